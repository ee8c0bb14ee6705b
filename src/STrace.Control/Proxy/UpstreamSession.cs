using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>
/// One connection to an upstream, in the switch's place: HELLO and ECHO are said here, all else goes to the switch. Messages come from
/// the connection's reader.
/// </summary>
internal sealed class UpstreamSession : ILinkUser, IDisposable
{
    private const int OutgoingLimitBytes = 1 << 20;

    private readonly Upstream _upstream;
    private readonly ProxySwitch _owner;
    private readonly ProxyServices _services;
    private readonly string _name;
    private readonly Outbox _outbox;
    private readonly MessageLink _link;
    private volatile bool _settled;

    public UpstreamSession(Connection connection, Upstream upstream, ProxySwitch owner, ProxyServices services, string name)
    {
        _upstream = upstream;
        _owner = owner;
        _services = services;
        _name = name;
        _outbox = new Outbox(OutgoingLimitBytes, services.Time, connection.Direct);
        _link = new MessageLink(connection, _outbox, this, services.Options, services.Time, services.Logger, peer: "controller", () => _name);
    }

    public string? Awaited => _settled ? null : "HELLO";

    /// <summary>Whether both sides speak OpenFlow 1.0.</summary>
    public bool Settled => _settled;

    public Task<Disconnect> RunAsync(CancellationToken cancellationToken) => _link.RunAsync(cancellationToken);

    public void Dispose() => _link.Dispose();

    /// <summary>Nothing is said before the upstream's HELLO.</summary>
    public void Forward(ReadOnlyMemory<byte> frame)
    {
        if (_settled)
            Write(frame, flush: false);
    }

    public void Send(byte[] frame) => Write(frame, flush: true);

    public void Flush() => _outbox.Flush();

    public ValueTask WaitForRoomAsync(int mostBytes, CancellationToken cancellationToken) =>
        _link.Closed ? ValueTask.CompletedTask : _outbox.WaitForRoomAsync(mostBytes, cancellationToken);

    public ValueTask ReadBeginsAsync(CancellationToken cancellationToken)
    {
        var room = _outbox.WaitForRoomAsync(cancellationToken);
        return room.IsCompletedSuccessfully ? _owner.UpstreamBeginsAsync(cancellationToken) : WaitAsync();

        async ValueTask WaitAsync()
        {
            await room;
            await _owner.UpstreamBeginsAsync(cancellationToken);
        }
    }

    public void Receive(ReadOnlyMemory<byte> frame)
    {
        var type = (MessageType)frame.Span[OpenFlowFields.Type];
        switch (type)
        {
            case MessageType.Hello when !_settled:
                Greet((HelloMessage)OpenFlowCodec.Decode(frame.Span));
                break;
            case MessageType.Hello or MessageType.EchoReply:
                break;
            case MessageType.EchoRequest:
                var reply = frame.ToArray();
                reply[OpenFlowFields.Type] = (byte)MessageType.EchoReply;
                Send(reply);
                break;
            case MessageType.Error when IsHelloFailed(frame.Span):
                _settled = false;
                _link.Close(DisconnectReason.Incompatible, "it refuses OpenFlow 1.0, which the switch speaks");
                break;
            default:
                if (_settled)
                    _owner.Pass(_upstream, frame);
                else
                    _link.Close(DisconnectReason.NoHandshake, $"{type} before its HELLO");
                break;
        }
    }

    public void ReadEnds() => _owner.UpstreamEnds();

    public void SendEcho() => Send(OpenFlowCodec.Encode(new EchoRequestMessage()));

    private static bool IsHelloFailed(ReadOnlySpan<byte> error) =>
        error.Length >= OpenFlowFields.ErrorData && (ErrorType)OpenFlowFields.U16(error, OpenFlowFields.ErrorType) == ErrorType.HelloFailed;

    /// <summary>The switch's HELLO says 1.0, and the highest that both speak counts (section 5.5.1).</summary>
    private void Greet(HelloMessage hello)
    {
        if (!hello.Offers(OpenFlowConstants.Version))
        {
            Send(OpenFlowCodec.Encode(ErrorMessage.Incompatible(hello)));
            _link.Close(DisconnectReason.Incompatible, $"it speaks {hello.VersionsText()}, the switch OpenFlow 1.0");
            return;
        }
        _settled = true;
        _services.Logger.UpstreamUp(_name);
    }

    private void Write(ReadOnlyMemory<byte> frame, bool flush)
    {
        if (!_outbox.TryWrite(frame, frame, flush))
            _link.Close(DisconnectReason.DoesNotRead, $"it does not read, {_outbox.WaitingBytes} bytes wait for it");
    }
}
