using Microsoft.Extensions.Logging;
using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>
/// The built-in controller: finds the links, keeps loops from carrying packets, answers ARP for virtual addresses, translates, and
/// learns.
/// </summary>
public sealed class Controller : INetworkControl
{
    private const ushort WholePackets = 0xffff;

    private readonly Switchboard _switchboard = new();
    private readonly LinkDiscovery _discovery;
    private readonly IReadOnlyList<IControlApplication> _applications;

    /// <param name="datastores">The same as the listener's; null where there are none.</param>
    /// <param name="portProbation">
    /// For how long a port that came up carries no packets, until it is known whether it leads to another switch; 1 s when null.
    /// </param>
    public Controller(
        NatOptions nat, TimeProvider time, ILogger<Controller> logger, DatastorePorts? datastores = null, TimeSpan? portProbation = null)
    {
        datastores ??= new DatastorePorts();
        _discovery = new LinkDiscovery(datastores, _switchboard, portProbation ?? LinkDiscovery.DefaultProbation, time);
        _applications =
        [
            new DatastoreKeeper(datastores), _discovery, new NatApplication(nat, _discovery, time, logger), new LearningSwitch(_discovery),
        ];
    }

    public ITopology Topology => _discovery;

    /// <summary>
    /// Has whole packets sent here, empties the flow table, so that nothing of an earlier connection is left, and starts the
    /// applications.
    /// </summary>
    public ISwitchHandler SwitchUp(Datapath datapath)
    {
        datapath.Send(new SetConfigMessage { Xid = datapath.NextXid(), MissSendLength = WholePackets });
        datapath.DeleteFlows();
        var handler = new SwitchHandler(datapath, _switchboard);
        handler.Start(_applications);
        return handler;
    }

    /// <summary>
    /// Empties the flow tables of these switches and forgets what was learnt from them, so that every rule is installed
    /// anew, that of a translated connection at once, others when their packets come: at a session's start, for the rules to
    /// have the mirror and its record to hold them; at its end, for them to lose it. Switches that are not connected are
    /// passed over.
    /// </summary>
    /// <exception cref="ControlException">A switch did not confirm it in time.</exception>
    public Task ForgetFlowsAsync(IEnumerable<ulong> dpids, CancellationToken cancellationToken)
    {
        var wanted = dpids.ToHashSet();
        return Task.WhenAll(_switchboard.Handlers
            .Where(handler => wanted.Contains(handler.Datapath.Dpid))
            .Select(handler => handler.ForgetFlowsAsync(cancellationToken)));
    }

    Task INetworkControl.RenewFlowsAsync(IEnumerable<ulong> dpids, CancellationToken cancellationToken) => ForgetFlowsAsync(dpids, cancellationToken);
}
