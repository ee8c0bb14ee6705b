using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>
/// One connection to a switch: handshake, sign of life, and every message in both directions. Its fields belong to the
/// reading task; what other threads use is the outbox, the counters and <see cref="Close"/>.
/// </summary>
internal sealed class SwitchSession : IDisposable
{
    private const int ReadBufferBytes = 1 << 16;
    private const int TypeOffset = 1;
    private const ushort WholePackets = 0xffff;
    private static readonly TimeSpan CheckInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LastWordsTimeout = TimeSpan.FromSeconds(1);

    private readonly SessionServices _services;
    private readonly Stream _stream;
    private readonly Outbox _outbox;
    // Never disposed: Close may come from any thread at any time, and without a timer it holds nothing.
    private readonly CancellationTokenSource _stop = new();
    private readonly long _startTimestamp;
    private Disconnect? _disconnect;
    private long _receivedTimestamp;
    private volatile bool _echoSent;
    private volatile bool _greeted;
    private volatile Datapath? _datapath;
    private ISwitchHandler? _handler;

    public SwitchSession(Stream stream, EndPoint peer, SessionServices services)
    {
        _stream = stream;
        _services = services;
        Peer = peer;
        _outbox = new Outbox(services.Options.OutgoingLimitBytes, services.Time)
        {
            Recorder = services.Recorder is null ? null : new HeldRecorder(services.Recorder, services.Clock),
        };
        _startTimestamp = _receivedTimestamp = services.Time.GetTimestamp();
    }

    public EndPoint Peer { get; }

    public ControlOptions Options => _services.Options;

    public TimeProvider Time => _services.Time;

    public MessageCounters Received { get; } = new();

    public MessageCounters Sent { get; } = new();

    private string Name => _datapath is { } datapath ? $"{datapath.Dpid:x16} ({Peer})" : $"{Peer}";

    /// <summary>Serves the connection to its end; throws nothing for what the peer does.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var stopping = cancellationToken.Register(() => Close(DisconnectReason.Stopped, "the manager stops"));
        using var timer = new PeriodicTimer(CheckInterval, Time);
        var watch = WatchAsync(timer);
        var pump = PumpAsync();
        Send(new HelloMessage { Xid = 0 });
        await ReadAsync();

        // What is queued may be the reason why the connection ends: the peer gets a moment to read it.
        _outbox.Complete();
        await Task.WhenAny(pump, Task.Delay(LastWordsTimeout, CancellationToken.None));
        await _stream.DisposeAsync();
        timer.Dispose();
        await Task.WhenAll(pump, watch);

        var (reason, explanation) = _disconnect!;
        if (_datapath is { } datapath)
        {
            datapath.Down(explanation);
            _handler?.SwitchDown();
            _services.Registry.Remove(datapath);
        }
        _services.Registry.CountDisconnect(reason);
        _services.Logger.SwitchDown(Name, explanation);
    }

    /// <summary>Queues a message; false when the connection is gone. A switch that lets too much pile up is dropped.</summary>
    public bool Send(OpenFlowMessage message)
    {
        if (_disconnect is not null)
            return false;
        if (!_outbox.TryWrite(OpenFlowCodec.Encode(message)))
        {
            Close(DisconnectReason.DoesNotRead, $"it does not read, {_outbox.WaitingBytes} bytes wait for it");
            return false;
        }
        Sent.Count((byte)message.Type);
        return true;
    }

    /// <summary>Ends the connection from any thread; the first reason counts.</summary>
    public void Close(DisconnectReason reason, string explanation)
    {
        if (Interlocked.CompareExchange(ref _disconnect, new Disconnect(reason, explanation), null) is null)
            _stop.Cancel();
    }

    public void Dispose()
    {
        _outbox.Dispose();
        _stream.Dispose();
    }

    private async Task ReadAsync()
    {
        var reader = PipeReader.Create(_stream, new StreamPipeReaderOptions(bufferSize: ReadBufferBytes));
        try
        {
            while (true)
            {
                await _outbox.WaitForRoomAsync(_stop.Token);
                var result = await reader.ReadAsync(_stop.Token);
                Interlocked.Exchange(ref _receivedTimestamp, Time.GetTimestamp());
                _echoSent = false;

                var rest = ReceiveAll(result.Buffer);
                reader.AdvanceTo(rest.Start, rest.End);
                if (!result.IsCompleted)
                    continue;
                Close(DisconnectReason.ClosedBySwitch, rest.IsEmpty ? "closed by the switch" : "closed by the switch in the middle of a message");
                return;
            }
        }
        catch (OpenFlowProtocolException broken)
        {
            _services.Logger.BrokenMessage(Name, broken.MessageType?.ToString() ?? "unknown", broken.Offset, broken.Message);
            Close(DisconnectReason.BrokenMessage, broken.Message);
        }
        catch (IOException lost)
        {
            Close(DisconnectReason.ClosedBySwitch, lost.Message);
        }
        catch (OperationCanceledException)
        {
            // Close has been called and knows why.
        }
        catch (Exception bug)
        {
            // A mistake of ours costs this connection; its state begins anew when the switch comes back.
            _services.Logger.HandlerFailed(bug, Name);
            Close(DisconnectReason.Failed, $"the manager failed on a message: {bug.Message}");
        }
    }

    private ReadOnlySequence<byte> ReceiveAll(ReadOnlySequence<byte> buffer)
    {
        _outbox.Hold();
        try
        {
            while (_disconnect is null && OpenFlowFraming.TryReadFrame(ref buffer, out var frame))
                Receive(frame.IsSingleSegment ? frame.First : frame.ToArray());
            return buffer;
        }
        finally
        {
            _outbox.Release();
        }
    }

    private void Receive(ReadOnlyMemory<byte> frame)
    {
        _outbox.RecordReceived(frame);
        var type = frame.Span[TypeOffset];
        Received.Count(type);
        if (type > MessageCounters.LastType)
        {
            _services.Logger.UnknownMessage(Name, type);
            return;
        }

        switch (OpenFlowCodec.Decode(frame.Span))
        {
            case HelloMessage hello:
                ReceiveHello(hello);
                break;
            case EchoRequestMessage echo:
                Send(new EchoReplyMessage { Xid = echo.Xid, Data = echo.Data });
                break;
            case EchoReplyMessage:
                break;
            case FeaturesReplyMessage features when _greeted && _datapath is null:
                Up(features);
                break;
            case var message when _datapath is { } datapath && !datapath.Take(message):
                Handle(message, frame);
                break;
        }
    }

    /// <summary>Version negotiation (section 5.5.1): the lower of both, so a switch of any later version may settle on 1.0.</summary>
    private void ReceiveHello(HelloMessage hello)
    {
        if (_greeted)
            return;
        if (hello.Version < OpenFlowConstants.Version)
        {
            Send(new ErrorMessage { Xid = hello.Xid, ErrorType = ErrorType.HelloFailed, Code = (ushort)HelloFailedCode.Incompatible });
            Close(DisconnectReason.Incompatible, $"it speaks no later version of OpenFlow than {hello.Version}");
            return;
        }
        _greeted = true;
        Send(new FeaturesRequestMessage());
    }

    private void Up(FeaturesReplyMessage features)
    {
        _outbox.ReleaseRecorder(features.DatapathId);
        var datapath = new Datapath(this, features, Time.GetUtcNow());
        _datapath = datapath;
        _services.Logger.SwitchUp(Name, features.Ports.Count);
        _services.Registry.Add(datapath);
        Send(new SetConfigMessage { Xid = datapath.NextXid(), MissSendLength = WholePackets });
        datapath.AskDescription();
        _handler = _services.Plane.SwitchUp(datapath);
    }

    private void Handle(OpenFlowMessage message, ReadOnlyMemory<byte> frame)
    {
        if (message is ErrorMessage error)
            _services.Logger.SwitchError(Name, error.Xid, $"{error.ErrorType}", error.CodeName);
        _handler?.Receive(message, frame);
    }

    private async Task PumpAsync()
    {
        try
        {
            await _outbox.PumpAsync(_stream);
        }
        catch (Exception lost) when (lost is IOException or ObjectDisposedException)
        {
            Close(DisconnectReason.ClosedBySwitch, lost.Message);
        }
    }

    private async Task WatchAsync(PeriodicTimer timer)
    {
        while (await timer.WaitForNextTickAsync())
            CheckLife();
    }

    private void CheckLife()
    {
        var silence = Time.GetElapsedTime(Interlocked.Read(ref _receivedTimestamp));
        if (_datapath is null && Time.GetElapsedTime(_startTimestamp) >= Options.HandshakeTimeout)
        {
            var missing = _greeted ? "FEATURES_REPLY" : "HELLO";
            Close(DisconnectReason.NoHandshake, $"no {missing} within {Options.HandshakeTimeout.TotalSeconds} s");
        }
        else if (_outbox.Stalled >= Options.DeadAfter)
        {
            Close(DisconnectReason.DoesNotRead, $"it has not read for {_outbox.Stalled.TotalSeconds:0} s, {_outbox.WaitingBytes} bytes wait for it");
        }
        else if (silence >= Options.DeadAfter)
        {
            Close(DisconnectReason.Silent, $"silent for {silence.TotalSeconds:0} s");
        }
        else if (silence >= Options.EchoAfter && !_echoSent)
        {
            _echoSent = true;
            Send(new EchoRequestMessage());
        }
    }

    private sealed record Disconnect(DisconnectReason Reason, string Explanation);
}
