using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>
/// The applications at one connection. Messages come from its reader, news and <see cref="ForgetFlowsAsync"/> from anywhere: one
/// at a time.
/// </summary>
internal sealed class SwitchHandler : ISwitchHandler
{
    private readonly Lock _gate = new();
    private readonly Switchboard _switchboard;
    private ISwitchApplication[] _applications = [];

    public SwitchHandler(Datapath datapath, Switchboard switchboard)
    {
        _switchboard = switchboard;
        Datapath = datapath;
        switchboard.Add(this);
    }

    public Datapath Datapath { get; }

    /// <summary>What they post meanwhile, for this switch too, is told when they have started.</summary>
    public void Start(IReadOnlyList<IControlApplication> applications)
    {
        lock (_gate)
            _applications = [.. applications.Select(application => application.SwitchUp(Datapath)).OfType<ISwitchApplication>()];
        _switchboard.Deliver();
    }

    public bool Pass(ReadOnlyMemory<byte> frame)
    {
        if (!ArrivedPacket.TryRead(frame, out var packet))
            return false;
        if (PacketHeaders.TryRead(packet.Data.Span, out var headers))
        {
            lock (_gate)
                Receive(packet, headers);
            _switchboard.Deliver();
        }
        return true;
    }

    public void Receive(OpenFlowMessage message, ReadOnlyMemory<byte> frame)
    {
        lock (_gate)
            Receive(message);
        _switchboard.Deliver();
    }

    public Task ForgetFlowsAsync(CancellationToken cancellationToken)
    {
        Empty(application => application.Forget());
        return Datapath.BarrierAsync(cancellationToken);
    }

    public void Reroute() => Empty(application => application.Reroute());

    public void Tell(Action<ISwitchApplication> tell)
    {
        lock (_gate)
        {
            foreach (var application in _applications)
                tell(application);
        }
    }

    public void SwitchDown()
    {
        _switchboard.Remove(this);
        Tell(application => application.SwitchDown());
        _switchboard.Deliver();
    }

    private void Empty(Action<ISwitchApplication> then)
    {
        lock (_gate)
        {
            Datapath.DeleteFlows();
            Tell(then);
        }
    }

    private void Receive(in ArrivedPacket packet, in PacketHeaders headers)
    {
        foreach (var application in _applications)
        {
            if (application.PacketIn(packet, headers))
                break;
        }
    }

    private void Receive(OpenFlowMessage message)
    {
        switch (message)
        {
            case FlowRemovedMessage removed:
                foreach (var application in _applications)
                    application.FlowRemoved(removed);
                break;
            case PortStatusMessage status:
                foreach (var application in _applications)
                    application.PortStatus(status);
                break;
        }
    }
}
