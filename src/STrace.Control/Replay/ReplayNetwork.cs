using System.Collections.Concurrent;
using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>
/// The stage made of real switches: those that connect to the replay's own listener. One object a replay: a switch that
/// connects anew has lost its rules, and so is gone for it.
/// </summary>
/// <param name="registry">The listener's.</param>
/// <param name="plane">The listener's.</param>
public sealed class ReplayNetwork(SwitchRegistry registry, ReplayPlane plane, IFrameInjector injector) : IReplayStage
{
    private readonly ConcurrentDictionary<ulong, Datapath> _switches = new();

    public event Action<ulong, OpenFlowMessage> Received
    {
        add => plane.Received += value;
        remove => plane.Received -= value;
    }

    public IReadOnlyCollection<ushort>? Ports(ulong dpid)
    {
        if (registry.Find(dpid) is not { } datapath)
            return null;
        _switches[dpid] = datapath;
        return [.. datapath.Ports.Select(port => port.Number)];
    }

    public bool CanInject(SwitchPort port) => injector.CanInject(port);

    public void Send(ulong dpid, OpenFlowMessage message)
    {
        if (!Find(dpid).Send(message))
            throw Gone(dpid);
    }

    public async Task<uint> BarrierAsync(ulong dpid, CancellationToken cancellationToken) =>
        (await Find(dpid).RequestAsync(new BarrierRequestMessage(), cancellationToken))[0].Xid;

    public Task InjectAsync(SwitchPort port, IReadOnlyList<ReadOnlyMemory<byte>> frames, CancellationToken cancellationToken) =>
        injector.InjectAsync(port, frames, cancellationToken);

    private Datapath Find(ulong dpid) => _switches.GetValueOrDefault(dpid) ?? throw Gone(dpid);

    private static ControlException Gone(ulong dpid) => new($"switch {dpid:x16} has left the replay network");
}
