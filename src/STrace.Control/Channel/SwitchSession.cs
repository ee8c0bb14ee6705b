using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>
/// One connection to a switch: bytes in, messages out, and its end. What is said is <see cref="SwitchConversation"/>'s
/// business. Reading is one task; <see cref="Send"/> and <see cref="Close"/> may be called from any thread.
/// </summary>
internal sealed class SwitchSession : IDisposable
{
    private const int ReadBufferBytes = 1 << 16;
    private static readonly TimeSpan CheckInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LastWordsTimeout = TimeSpan.FromSeconds(1);

    private readonly SessionServices _services;
    private readonly Stream _stream;
    private readonly Outbox _outbox;
    private readonly SwitchConversation _conversation;
    private readonly LifeWatch _life;

    // Never disposed: Close may come from any thread at any time, and without a timer it holds nothing.
    private readonly CancellationTokenSource _stop = new();
    private Disconnect? _disconnect;

    public SwitchSession(Stream stream, EndPoint peer, SessionServices services)
    {
        _stream = stream;
        _services = services;
        Peer = peer;
        _outbox = new Outbox(services.Options.OutgoingLimitBytes, services.Time)
        {
            Recorder = services.Recorder is null ? null : new HeldRecorder(services.Recorder, services.Clock),
        };
        _conversation = new SwitchConversation(this, _outbox, services);
        _life = new LifeWatch(this, _conversation, _outbox, services);
    }

    public EndPoint Peer { get; }

    public ControlOptions Options => _services.Options;

    public TimeProvider Time => _services.Time;

    public MessageCounters Received { get; } = new();

    public MessageCounters Sent { get; } = new();

    /// <summary>For the log: dpid, once it is known, and address.</summary>
    public string Name => _conversation.Datapath is { } datapath ? $"{datapath.Dpid:x16} ({Peer})" : $"{Peer}";

    /// <summary>Serves the connection to its end; throws nothing for what the peer does.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var stopping = cancellationToken.Register(() => Close(DisconnectReason.Stopped, "the manager stops"));
        using var timer = new PeriodicTimer(CheckInterval, Time);
        var watch = _life.RunAsync(timer);
        var pump = PumpAsync();
        Send(new HelloMessage());
        await ReadAsync();

        // What is queued may be the reason why the connection ends: the peer gets a moment to read it.
        _outbox.Complete();
        await Task.WhenAny(pump, Task.Delay(LastWordsTimeout, CancellationToken.None));
        await _stream.DisposeAsync();
        timer.Dispose();
        await Task.WhenAll(pump, watch);

        var (reason, explanation) = _disconnect!;
        _services.Registry.CountDisconnect(reason);
        _conversation.Down(explanation);
        _services.Logger.SwitchDown(Name, explanation);
    }

    /// <summary>Queues a message; false when the connection is gone. A switch that lets too much pile up is dropped.</summary>
    public bool Send(OpenFlowMessage message)
    {
        if (_disconnect is not null)
            return false;
        var frame = OpenFlowCodec.Encode(message);
        if (!_outbox.TryWrite(OnWire(message) is { } mirrored ? OpenFlowCodec.Encode(mirrored) : frame, recorded: frame))
        {
            Close(DisconnectReason.DoesNotRead, $"it does not read, {_outbox.WaitingBytes} bytes wait for it");
            return false;
        }
        Sent.Count((byte)message.Type);
        return true;
    }

    /// <summary>Ends the connection; the first reason counts.</summary>
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

    /// <summary>The rule with its mirror; null where the message goes out as it is.</summary>
    private FlowModMessage? OnWire(OpenFlowMessage message) =>
        message is FlowModMessage rule && _conversation.Datapath is { } datapath
            ? _services.Datastores?.Mirror(datapath.Dpid, rule)
            : null;

    private async Task ReadAsync()
    {
        var reader = PipeReader.Create(_stream, new StreamPipeReaderOptions(bufferSize: ReadBufferBytes, leaveOpen: true));
        try
        {
            while (true)
            {
                await _outbox.WaitForRoomAsync(_stop.Token);
                var result = await reader.ReadAsync(_stop.Token);
                _life.Seen();
                var rest = ReceiveAll(result.Buffer);
                reader.AdvanceTo(rest.Start, rest.End);
                if (!result.IsCompleted)
                    continue;
                var where = rest.IsEmpty ? "" : " in the middle of a message";
                Close(DisconnectReason.ClosedBySwitch, $"closed by the switch{where}");
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
            _services.Logger.SessionFailed(bug, Name);
            Close(DisconnectReason.Failed, $"the manager failed on a message: {bug.Message}");
        }
        finally
        {
            await reader.CompleteAsync();
        }
    }

    private ReadOnlySequence<byte> ReceiveAll(ReadOnlySequence<byte> buffer)
    {
        _outbox.Hold();
        try
        {
            while (_disconnect is null && OpenFlowFraming.TryReadFrame(ref buffer, out var frame))
                _conversation.Receive(frame.IsSingleSegment ? frame.First : frame.ToArray());
            return buffer;
        }
        finally
        {
            _outbox.Release();
        }
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

    private sealed record Disconnect(DisconnectReason Reason, string Explanation);
}
