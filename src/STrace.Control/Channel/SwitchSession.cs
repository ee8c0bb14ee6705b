using System.Net;
using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>
/// One connection to a switch. What is said is <see cref="SwitchConversation"/>'s business. <see cref="Send"/> and
/// <see cref="Close"/> may be called from any thread.
/// </summary>
internal sealed class SwitchSession : IDisposable
{
    private readonly SessionServices _services;
    private readonly Connection _connection;
    private readonly Outbox _outbox;
    private readonly SwitchConversation _conversation;
    private readonly MessageLink _link;

    public SwitchSession(Connection connection, SessionServices services)
    {
        _connection = connection;
        _services = services;
        _outbox = new Outbox(services.Options.OutgoingLimitBytes, services.Time, connection.Direct)
        {
            Recorder = services.Recorder is null ? null : new HeldRecorder(services.Recorder, services.Clock),
        };
        _conversation = new SwitchConversation(this, _outbox, services);
        _link = new MessageLink(
            connection, _outbox, _conversation, services.Options, services.Time, services.Logger, peer: "switch", () => Name);
        Sent.Count((byte)MessageType.Hello);
    }

    public EndPoint Peer => _connection.Peer;

    public ControlOptions Options => _services.Options;

    public TimeProvider Time => _services.Time;

    public MessageCounters Received { get; } = new();

    public MessageCounters Sent { get; } = new();

    /// <summary>For the log: dpid, once it is known, and address.</summary>
    public string Name => _conversation.Datapath is { } datapath ? $"{datapath.Dpid:x16} ({Peer})" : $"{Peer}";

    /// <summary>Serves the connection to its end; throws nothing for what the peer does.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var (reason, explanation) = await _link.RunAsync(cancellationToken);
        _services.Registry.CountDisconnect(reason);
        _conversation.Down(explanation);
        _services.Logger.SwitchDown(Name, explanation);
    }

    /// <summary>Queues a message; false when the connection is gone. A switch that lets too much pile up is dropped.</summary>
    public bool Send(OpenFlowMessage message)
    {
        if (_link.Closed)
            return false;
        var frame = OpenFlowCodec.Encode(message);
        return Write((byte)message.Type, OnWire(message) is { } mirrored ? OpenFlowCodec.Encode(mirrored) : frame, recorded: frame);
    }

    /// <summary>As <see cref="Send"/>, for an encoded FLOW_MOD, which is decoded only where it may get a mirror.</summary>
    public bool SendRule(ReadOnlyMemory<byte> rule) => _conversation.Datapath is { } datapath && _services.Datastores?.Mirrors(datapath.Dpid) == true
        ? Send(OpenFlowCodec.Decode(rule.Span))
        : !_link.Closed && Write((byte)MessageType.FlowMod, rule, recorded: rule);

    /// <summary>As <see cref="Send"/>, for a message of another's: it waits for <see cref="Flush"/>, as more may follow it.</summary>
    /// <param name="recorded">As the recorder is to see it.</param>
    public bool Forward(ReadOnlyMemory<byte> frame, ReadOnlyMemory<byte> recorded) =>
        !_link.Closed && Write(frame.Span[OpenFlowFields.Type], frame, recorded, flush: false);

    public void Flush() => _outbox.Flush();

    /// <inheritdoc cref="Outbox.WaitForRoomAsync(int, CancellationToken)"/>
    public ValueTask WaitForRoomAsync(int mostBytes, CancellationToken cancellationToken) =>
        _outbox.WaitForRoomAsync(mostBytes, cancellationToken);

    /// <summary>Ends the connection; the first reason counts.</summary>
    public void Close(DisconnectReason reason, string explanation) => _link.Close(reason, explanation);

    public void Dispose() => _link.Dispose();

    /// <summary>The rule with its mirror; null where the message goes out as it is.</summary>
    private FlowModMessage? OnWire(OpenFlowMessage message) =>
        message is FlowModMessage rule && _conversation.Datapath is { } datapath
            ? _services.Datastores?.Mirror(datapath.Dpid, rule)
            : null;

    private bool Write(byte type, ReadOnlyMemory<byte> frame, ReadOnlyMemory<byte> recorded, bool flush = true)
    {
        if (!_outbox.TryWrite(frame, recorded, flush))
        {
            Close(DisconnectReason.DoesNotRead, $"it does not read, {_outbox.WaitingBytes} bytes wait for it");
            return false;
        }
        Sent.Count(type);
        return true;
    }
}
