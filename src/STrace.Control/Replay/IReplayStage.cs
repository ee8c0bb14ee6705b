using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>Where a replay takes place: switches of the recorded dpids and ports, with datastores in the place of hosts.</summary>
public interface IReplayStage
{
    /// <summary>A message that a switch sent of its own accord, or an ERROR. Raised by the connections' readers.</summary>
    event Action<ulong, OpenFlowMessage> Received;

    /// <summary>The ports of a switch; null where it is not connected.</summary>
    IReadOnlyCollection<ushort>? Ports(ulong dpid);

    /// <summary>Whether a datastore stands at the port and can send into it.</summary>
    bool CanInject(SwitchPort port);

    /// <summary>Queues a message with its xid as it stands.</summary>
    /// <exception cref="ControlException">The switch is gone.</exception>
    void Send(ulong dpid, OpenFlowMessage message);

    /// <summary>Waits until the switch has finished all that was sent before.</summary>
    /// <returns>The xid of the BARRIER_REQUEST that it answered.</returns>
    /// <exception cref="ControlException">The switch is gone, or does not answer.</exception>
    Task<uint> BarrierAsync(ulong dpid, CancellationToken cancellationToken);

    /// <summary>Has the datastore at the port send frames into it; returns when they have left.</summary>
    Task InjectAsync(SwitchPort port, IReadOnlyList<ReadOnlyMemory<byte>> frames, CancellationToken cancellationToken);
}

/// <summary>The datastores of a replay network.</summary>
public interface IFrameInjector
{
    /// <inheritdoc cref="IReplayStage.CanInject"/>
    bool CanInject(SwitchPort port);

    /// <inheritdoc cref="IReplayStage.InjectAsync"/>
    Task InjectAsync(SwitchPort port, IReadOnlyList<ReadOnlyMemory<byte>> frames, CancellationToken cancellationToken);
}
