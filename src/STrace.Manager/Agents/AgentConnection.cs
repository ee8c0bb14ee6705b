using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using STrace.AgentProtocol;
using STrace.Model;
using STrace.Storage;

namespace STrace.Manager;

/// <summary>One agent's connection, from its HELLO to its end.</summary>
internal sealed class AgentConnection : IDisposable
{
    private static readonly TimeSpan HelloDeadline = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan PongDeadline = TimeSpan.FromSeconds(2);
    private const int ClockReadings = 8;
    private static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(5);

    private readonly NetworkStream _stream;
    private readonly SessionService _sessions;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _writing = new(1);
    private readonly CancellationTokenSource _closed = new();
    private readonly PipeReader _pipe;
    private SessionHost? _host;
    private readonly Injections _injections = new();
    private readonly SemaphoreSlim _injecting = new(1);
    private long _received;
    private readonly TaskCompletionSource _ended = NewSignal();
    private volatile TaskCompletionSource<(PongFrame Pong, long ReceivedNs)> _pong = NewPong();

    public AgentConnection(Socket socket, SessionService sessions, ILogger logger)
    {
        _stream = new NetworkStream(socket, ownsSocket: true);
        _pipe = PipeReader.Create(_stream);
        _sessions = sessions;
        _logger = logger;
    }

    /// <summary>Known after HELLO.</summary>
    public SessionHost Host => _host ?? throw new InvalidOperationException("the agent has not said hello");

    public bool HasHello => _host is not null;

    public bool Connected => !_closed.IsCancellationRequested;

    /// <summary>Blocks that this agent has sent on this connection.</summary>
    public long BlocksReceived => Interlocked.Read(ref _received);

    /// <summary>What it told of its host.</summary>
    public HostStatus Status { get; } = new();

    /// <summary>Where a datastore is; empty for the agent of a host.</summary>
    public IReadOnlyList<DatastorePort> Ports { get; private set; } = [];

    /// <summary>The session whose recording the agent has confirmed; null when none.</summary>
    public string? Armed { get; private set; }

    /// <summary>The session of which the agent has sent everything; null when it has not finished one.</summary>
    public string? Finished { get; private set; }

    /// <summary>Serves the agent until the connection ends. Whatever is wrong with it costs this connection only.</summary>
    public async Task RunAsync(AgentRegistry registry, CancellationToken stop)
    {
        using var both = CancellationTokenSource.CreateLinkedTokenSource(stop, _closed.Token);
        try
        {
            await HelloAsync(both.Token);
            await TakeHostAsync(registry, both.Token);
            LogMessages.AgentConnected(_logger, Host.Name, string.Join(' ', Host.Addresses));
            _sessions.AgentArrived(Host);
            await SendAsync(FrameCodec.Encode(
                new WelcomeFrame(FrameCodec.Version, _sessions.LastStored(Host.Name, Host.Agent))), both.Token);
            await SendAsync(FrameCodec.Encode(new ConfigureFrame(_sessions.Recording)), both.Token);
            await Task.WhenAny(ReceiveAsync(both.Token), AcknowledgeAsync(both.Token)).Unwrap();
        }
        catch (Exception e) when (e is AgentProtocolException or SessionStoreException)
        {
            LogMessages.AgentBroken(_logger, _host?.Name ?? "?", e.Message);
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            LogMessages.AgentGone(_logger, _host?.Name ?? "?");
        }
        finally
        {
            Dispose();
            if (registry.Holds(this))
                _sessions.AgentGone(Host);
        }
    }

    public void Close()
    {
        _closed.Cancel();
        _ended.TrySetResult();
    }

    public void Dispose()
    {
        Close();
        _injections.End(_host?.Name ?? "?");
        _sessions.DatastoreGone(this);
        _stream.Dispose();
    }

    /// <summary>Tells the agent which session records. An agent that cannot be told is told when it comes back.</summary>
    public async Task ConfigureAsync(string? session, CancellationToken ct)
    {
        try
        {
            await SendAsync(FrameCodec.Encode(new ConfigureFrame(session)), ct);
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
        {
            Close();
        }
    }

    /// <summary>Has the datastore send the frames into its ports, in this order.</summary>
    /// <returns>Completes when they have left.</returns>
    /// <exception cref="ManagerException">One could not be sent, or the datastore is gone.</exception>
    public async Task InjectAsync(IReadOnlyList<(ulong Dpid, ushort Port, ReadOnlyMemory<byte> Frame)> frames, CancellationToken ct)
    {
        // The datastore answers by number, so one batch is sent whole before the next gets its numbers.
        await _injecting.WaitAsync(ct);
        Task left;
        try
        {
            left = _injections.Expect(frames.Count, out long first);
            for (int i = 0; i < frames.Count; i++)
                await SendAsync(FrameCodec.Encode(new InjectFrame(first + i, frames[i].Dpid, frames[i].Port, frames[i].Frame)), ct);
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
        {
            throw Injections.Gone(Host.Name);
        }
        finally
        {
            _injecting.Release();
        }
        await left.WaitAsync(ct);
    }

    /// <summary>Reads the agent's clock a few times, one after another.</summary>
    /// <returns>The reading whose answer came soonest; null when there was no answer.</returns>
    public async Task<ClockReading?> ReadClockAsync(CancellationToken ct)
    {
        ClockReading? best = null;
        try
        {
            for (int i = 0; i < ClockReadings; i++)
            {
                Task<(PongFrame Pong, long ReceivedNs)> answer = _pong.Task;
                long sentNs = _sessions.NowNs;
                await SendAsync(FrameCodec.Encode(new PingFrame(sentNs)), _closed.Token).WaitAsync(ct); // a frame is sent whole or not at all
                (PongFrame pong, long receivedNs) = await answer.WaitAsync(PongDeadline, ct);
                bool isAnswer = pong.ManagerNs == sentNs; // else to the ping of someone else
                if (isAnswer && (best is null || receivedNs - sentNs < best.ReceivedNs - best.SentNs))
                    best = new ClockReading(Host.Name, sentNs, pong.AgentNs, receivedNs);
            }
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException or IOException or SocketException or ObjectDisposedException)
        {
            // Without an answer what was read before is all.
        }
        return best;
    }

    private async Task SendAsync(byte[] frame, CancellationToken ct)
    {
        await _writing.WaitAsync(ct);
        try
        {
            await _stream.WriteAsync(frame, ct);
        }
        finally
        {
            _writing.Release();
        }
    }

    private async Task HelloAsync(CancellationToken ct)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(ct);
        deadline.CancelAfter(HelloDeadline);
        object first = FrameCodec.Decode(await ReadFrameAsync(deadline.Token));
        if (first is not HelloFrame hello)
            throw new AgentProtocolException($"the first frame is {first.GetType().Name}, not a hello");
        if (hello.Version != FrameCodec.Version)
            throw new AgentProtocolException($"agent {hello.Host} speaks version {hello.Version}, this manager {FrameCodec.Version}: install the same release on both");
        _host = new SessionHost(hello.Host, hello.Agent, [.. hello.Addresses.Select(a => a.ToString())]);
    }

    /// <summary>
    /// Waits while another agent has the host and answers; the first is not to be thrown out by one that was given its name by mistake.
    /// </summary>
    private async Task TakeHostAsync(AgentRegistry registry, CancellationToken ct)
    {
        bool told = false;
        while (registry.Add(this) is { } holder)
        {
            if (!await holder.AnswersAsync(ct))
            {
                holder.Close();
                continue;
            }
            if (!told)
            {
                string reason = $"another agent of host {Host.Name} ({string.Join(' ', holder.Host.Addresses)}) is connected and answers: " +
                    "stop one of them, or give this one another --host; it is taken when the other ends";
                LogMessages.AgentRefused(_logger, Host.Name, string.Join(' ', Host.Addresses), reason);
                await SendAsync(FrameCodec.Encode(new RefuseFrame(reason)), ct);
                told = true;
            }
            await Task.WhenAny(holder._ended.Task, Task.Delay(AskAgain, ct));
            await SendAsync(FrameCodec.Encode(new PingFrame(0)), ct); // fails when the one that waits has given up
        }
    }

    private async Task<bool> AnswersAsync(CancellationToken ct)
    {
        Task pong = _pong.Task;
        try
        {
            await SendAsync(FrameCodec.Encode(new PingFrame(0)), ct);
            await pong.WaitAsync(PongDeadline, ct);
            return true;
        }
        catch (Exception e) when (e is TimeoutException or IOException or SocketException or ObjectDisposedException)
        {
            return false;
        }
    }

    private async Task ReceiveAsync(CancellationToken ct)
    {
        while (true)
        {
            switch (FrameCodec.Decode(await ReadFrameAsync(ct)))
            {
                case BlockFrame block:
                    Interlocked.Increment(ref _received);
                    Status.Learn(block);
                    if (block.Session.Length == 0 || !_sessions.Accept(Host, block))
                        await SendAsync(FrameCodec.Encode(new AckFrame(block.Sequence)), ct);
                    break;
                case ArmedFrame armed:
                    Armed = armed.Session;
                    Passed(armed.Session, 0, dropped: 0, isLast: false);
                    _sessions.Flush();
                    await SendAsync(FrameCodec.Encode(new AckFrame(armed.Sequence)), ct);
                    break;
                case WatermarkFrame watermark:
                    Armed = null;
                    Finished = watermark.Session;
                    if (watermark.Dropped > 0)
                        LogMessages.AgentDropped(_logger, Host.Name, watermark.Dropped);
                    Passed(watermark.Session, watermark.UpToNs, watermark.Dropped, isLast: true);
                    _sessions.Flush();
                    _sessions.AgentFinished(Host.Name, watermark.Session);
                    await SendAsync(FrameCodec.Encode(new AckFrame(watermark.Sequence)), ct);
                    break;
                case PassedFrame passed:
                    Passed(passed.Session, passed.UpToNs, passed.Dropped, isLast: false);
                    break;
                case PortsFrame ports:
                    Ports = ports.Ports;
                    await _sessions.DatastoreArrivedAsync(this, ct);
                    break;
                case InjectedFrame injected:
                    _injections.Left(injected);
                    break;
                case PongFrame pong:
                    Interlocked.Exchange(ref _pong, NewPong()).TrySetResult((pong, _sessions.NowNs));
                    break;
                case var other:
                    throw new AgentProtocolException($"an agent does not send {other.GetType().Name}");
            }
        }
    }

    private void Passed(string session, long untilNs, long dropped, bool isLast)
    {
        if (Ports.Count == 0)
            _sessions.AgentPassed(Host, session, untilNs, dropped, isLast);
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static TaskCompletionSource<(PongFrame Pong, long ReceivedNs)> NewPong() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Says what is in the store whenever something more is.</summary>
    private async Task AcknowledgeAsync(CancellationToken ct)
    {
        long acknowledged = 0;
        while (true)
        {
            Task committed = _sessions.NextCommit;
            long stored = _sessions.LastStored(Host.Name, Host.Agent);
            if (stored > acknowledged)
                await SendAsync(FrameCodec.Encode(new AckFrame(acknowledged = stored)), ct);
            await committed.WaitAsync(ct);
        }
    }

    private async Task<ReadOnlyMemory<byte>> ReadFrameAsync(CancellationToken ct)
    {
        while (true)
        {
            ReadResult read = await _pipe.ReadAsync(ct);
            ReadOnlySequence<byte> buffer = read.Buffer;
            if (FrameCodec.TryReadFrame(ref buffer, out ReadOnlySequence<byte> frame))
            {
                byte[] copy = frame.ToArray();
                _pipe.AdvanceTo(buffer.Start);
                return copy;
            }
            _pipe.AdvanceTo(buffer.Start, buffer.End);
            if (read.IsCompleted)
                throw new IOException("the agent closed the connection");
        }
    }
}
