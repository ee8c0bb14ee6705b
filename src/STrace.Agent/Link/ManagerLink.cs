using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using STrace.AgentProtocol;
using STrace.Model;

namespace STrace.Agent;

/// <summary>
/// The connection to the manager, made again whenever it breaks. Blocks go out in order and stay in the spool until the manager
/// says that they are stored; after a reconnect they are sent again from the first that it does not have. What earlier runs left on
/// the disk goes first, each under its own identity, by which the manager knows what it already has.
/// </summary>
internal sealed class ManagerLink(
    LinkOptions options, Spool spool, ILinkHandler handler, ILogger<ManagerLink> logger, EarlierRuns? earlier = null)
{
    /// <summary>A block's header has room for it; the manager's own names are no longer.</summary>
    private const int LongestSession = 64;

    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromSeconds(2);

    private readonly EndPoint _manager = ManagerAddress.Parse(options.Manager);
    private readonly TaskCompletionSource _tried = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TimeSpan _retry = FirstRetry;
    private bool _told;

    /// <summary>Completes when the first connection stands, or has failed.</summary>
    public Task Tried => _tried.Task;

    public async Task RunAsync(CancellationToken stop)
    {
        long droppedTold = 0;
        while (!stop.IsCancellationRequested)
        {
            try
            {
                while (earlier?.Next() is { } left)
                {
                    using Socket other = await ConnectAsync(stop);
                    earlier.CountTry();
                    await SendEarlierAsync(other, left, stop);
                    earlier.Done();
                }
                using Socket socket = await ConnectAsync(stop);
                await TalkAsync(socket, spool, handler, stop);
            }
            catch (AgentProtocolException e)
            {
                LogMessages.ProtocolBroken(logger, e.Message);
            }
            catch (Exception e) when (e is SocketException or IOException)
            {
                if (!_told)
                    LogMessages.Unreachable(logger, options.Manager, e.Message);
                _told = true;
            }
            _tried.TrySetResult();
            if (spool.Dropped > droppedTold)
                LogMessages.SpoolFull(logger, droppedTold = spool.Dropped);
            await Task.Delay(_retry, stop);
            _retry = _retry * 2 < LongestRetry ? _retry * 2 : LongestRetry;
        }
    }

    private async Task<Socket> ConnectAsync(CancellationToken stop)
    {
        if (_manager is UnixDomainSocketEndPoint && !File.Exists(_manager.ToString()))
            throw new IOException("there is no such socket");
        Socket socket = ManagerAddress.CreateSocket(_manager);
        try
        {
            await socket.ConnectAsync(_manager, stop);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
        LogMessages.Connected(logger, options.Manager);
        (_retry, _told) = (FirstRetry, false);
        return socket;
    }

    /// <summary>On return the manager has stored all that the run left.</summary>
    private async Task SendEarlierAsync(Socket socket, SpoolFiles files, CancellationToken stop)
    {
        LogMessages.EarlierRun(logger, files.Blocks, files.Agent);
        using var sent = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var left = new Spool(0, files);
        left.ManagerAnswers(true);
        Task talking = TalkAsync(socket, left, new EarlierRunHandler(logger), sent.Token);
        Task emptied = left.EmptiedAsync(TimeSpan.MaxValue, sent.Token);
        if (await Task.WhenAny(talking, emptied) == talking)
        {
            await sent.CancelAsync();
            await talking;
        }
        await sent.CancelAsync();
        await talking.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    private async Task TalkAsync(Socket socket, Spool spool, ILinkHandler handler, CancellationToken stop)
    {
        using var both = CancellationTokenSource.CreateLinkedTokenSource(stop);
        await using var stream = new NetworkStream(socket, ownsSocket: false);
        using var writing = new SemaphoreSlim(1);
        var welcome = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        await WriteAsync(FrameCodec.Encode(
            new HelloFrame(FrameCodec.Version, spool.Agent, options.Host, OwnAddresses(), options.NowNs)));
        foreach (byte[] frame in handler.Greet())
            await WriteAsync(frame);
        _tried.TrySetResult();

        Task[] talks =
        [
            ReceiveAsync(stream, spool, handler, welcome, frame => WriteAsync(frame), both.Token),
            SendBlocksAsync(spool, welcome.Task, WriteAsync, both.Token),
        ];
        try
        {
            await await Task.WhenAny(talks);
        }
        finally
        {
            await both.CancelAsync();
            await Task.WhenAll(talks).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            spool.ManagerAnswers(false);
        }

        async Task WriteAsync(ReadOnlyMemory<byte> frame)
        {
            await writing.WaitAsync(both.Token);
            try
            {
                await stream.WriteAsync(frame, both.Token);
            }
            finally
            {
                writing.Release();
            }
        }
    }

    private async Task ReceiveAsync(
        NetworkStream stream, Spool spool, ILinkHandler handler, TaskCompletionSource<long> welcome, Func<byte[], Task> write,
        CancellationToken ct)
    {
        PipeReader pipe = PipeReader.Create(stream);
        while (true)
        {
            ReadResult read = await pipe.ReadAsync(ct);
            ReadOnlySequence<byte> buffer = read.Buffer;
            while (FrameCodec.TryReadFrame(ref buffer, out ReadOnlySequence<byte> frame))
            {
                switch (FrameCodec.Decode(frame.ToArray()))
                {
                    case WelcomeFrame w:
                        spool.Acknowledge(w.LastStored);
                        spool.ManagerAnswers(true);
                        welcome.TrySetResult(w.LastStored);
                        break;
                    case ConfigureFrame configure:
                        if (configure.Session is { Length: > LongestSession })
                            throw new AgentProtocolException($"the session's name has {configure.Session.Length} characters, more than {LongestSession}");
                        handler.Request(configure.Session);
                        break;
                    case AckFrame ack:
                        spool.Acknowledge(ack.Sequence);
                        break;
                    case PingFrame ping:
                        await write(FrameCodec.Encode(new PongFrame(ping.ManagerNs, options.NowNs)));
                        break;
                    case var other:
                        if (handler.Handle(other) is { } answer)
                            await write(answer);
                        break;
                }
            }
            pipe.AdvanceTo(buffer.Start, buffer.End);
            if (handler.Rest() is { } last)
                await write(last);
            if (read.IsCompleted)
                throw new IOException("it closed the connection");
        }
    }

    private static async Task SendBlocksAsync(Spool spool, Task<long> welcome, Func<ReadOnlyMemory<byte>, Task> write, CancellationToken ct)
    {
        long sent = await welcome.WaitAsync(ct);
        while (true)
        {
            (sent, ReadOnlyMemory<byte> frame) = await spool.NextAsync(sent, ct);
            await write(frame);
        }
    }

    /// <summary>The host's addresses, IPv4 first, without loopback.</summary>
    private static IReadOnlyList<IpAddress> OwnAddresses() =>
    [
        .. NetworkInterface.GetAllNetworkInterfaces()
            .Where(i => i.NetworkInterfaceType != NetworkInterfaceType.Loopback)
            .SelectMany(i => i.GetIPProperties().UnicastAddresses)
            .Where(a => !a.Address.IsIPv6LinkLocal)
            .Select(a => IpAddress.FromBytes(a.Address.GetAddressBytes()))
            .OrderBy(a => a.IsV4 ? 0 : 1)
            .Take(byte.MaxValue),
    ];
}
