using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>
/// What is said on one connection: the handshake, echoes, the answers to our own requests; the rest goes to the control
/// plane. Called by the connection's reader; other threads only look at its state.
/// </summary>
internal sealed class SwitchConversation(SwitchSession session, Outbox outbox, SessionServices services) : ILinkUser
{
    // Held in memory for the recorder until the dpid is known.
    private const int MostBeforeFeatures = 256;

    private volatile bool _greeted;
    private volatile Datapath? _datapath;
    private int _beforeFeatures;
    private volatile ISwitchHandler? _handler;

    /// <summary>Null until the switch has told its dpid.</summary>
    public Datapath? Datapath => _datapath;

    /// <summary>What the handshake waits for; null when it is done.</summary>
    public string? Awaited => _datapath is not null ? null : _greeted ? "FEATURES_REPLY" : "HELLO";

    public ValueTask ReadBeginsAsync(CancellationToken cancellationToken)
    {
        var room = outbox.WaitForRoomAsync(cancellationToken);
        var turn = _handler?.ReadBeginsAsync(cancellationToken) ?? ValueTask.CompletedTask;
        if (!room.IsCompletedSuccessfully || !turn.IsCompletedSuccessfully)
            return WaitAsync(room, turn);
        outbox.Hold();
        return ValueTask.CompletedTask;
    }

    public void Receive(ReadOnlyMemory<byte> frame)
    {
        outbox.RecordReceived(frame);
        var type = frame.Span[OpenFlowFields.Type];
        session.Received.Count(type);
        if (_datapath is null && ++_beforeFeatures > MostBeforeFeatures)
            session.Close(DisconnectReason.NoHandshake, $"{MostBeforeFeatures} messages before its {Awaited}");
        else if (_handler is { } handler && !IsOfTheChannel(type) && handler.Pass(frame))
            return;
        else if (type > MessageCounters.LastType)
            services.Logger.UnknownMessage(session.Name, type);
        else
            Receive(OpenFlowCodec.Decode(frame.Span), frame);
    }

    public void ReadEnds()
    {
        outbox.Release();
        _handler?.ReadEnds();
    }

    public void SendEcho() => session.Send(new EchoRequestMessage());

    /// <summary>The connection has ended.</summary>
    public void Down(string explanation)
    {
        if (_datapath is not { } datapath)
            return;
        services.Registry.Remove(datapath);
        datapath.Down(explanation);
        _handler?.SwitchDown();
    }

    private async ValueTask WaitAsync(ValueTask room, ValueTask turn)
    {
        await room;
        await turn;
        outbox.Hold();
    }

    private static bool IsOfTheChannel(byte type) => (MessageType)type is MessageType.Hello or MessageType.EchoRequest or MessageType.EchoReply;

    private void Receive(OpenFlowMessage message, ReadOnlyMemory<byte> frame)
    {
        switch (message)
        {
            case HelloMessage hello when !_greeted:
                Greet(hello);
                break;
            case EchoRequestMessage echo:
                session.Send(new EchoReplyMessage { Xid = echo.Xid, Data = echo.Data });
                break;
            case HelloMessage or EchoReplyMessage:
                break;
            case ErrorMessage { ErrorType: ErrorType.HelloFailed } when _datapath is null:
                session.Close(DisconnectReason.Incompatible, "it refuses OpenFlow 1.0");
                break;
            case FeaturesReplyMessage features when _greeted && _datapath is null:
                Up(features);
                break;
            default:
                if (_datapath is { } datapath && !datapath.Take(message))
                    Handle(message, frame);
                break;
        }
    }

    /// <summary>Version negotiation (section 5.5.1): the highest that both speak, so a switch of any later version may settle on 1.0.</summary>
    private void Greet(HelloMessage hello)
    {
        if (!hello.Offers(OpenFlowConstants.Version))
        {
            session.Send(ErrorMessage.Incompatible(hello));
            session.Close(DisconnectReason.Incompatible, $"it speaks {hello.VersionsText()}; have it speak OpenFlow 1.0 too");
            return;
        }
        _greeted = true;
        session.Send(new FeaturesRequestMessage());
    }

    private void Up(FeaturesReplyMessage features)
    {
        outbox.ReleaseRecorder(features.DatapathId);
        var datapath = new Datapath(session, features, services.Time.GetUtcNow());
        _datapath = datapath;
        services.Logger.SwitchUp(session.Name, features.Ports.Count);
        services.Registry.Add(datapath);
        _ = datapath.AskDescriptionAsync();
        _handler = services.Plane.SwitchUp(datapath);
    }

    private void Handle(OpenFlowMessage message, ReadOnlyMemory<byte> frame)
    {
        if (message is ErrorMessage error)
            services.Logger.SwitchError(session.Name, error.Xid, $"{error.ErrorType}", error.CodeName);
        _handler!.Receive(message, frame);
    }
}
