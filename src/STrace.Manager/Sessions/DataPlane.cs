using STrace.AgentProtocol;
using STrace.Control;

namespace STrace.Manager;

/// <summary>
/// The packets of a session: which datastores record them, and that every rule gets the mirror while one does. A datastore of
/// the recorded network stands at one port of its switch; those of a replay network stand where hosts are, at several.
/// </summary>
internal sealed class DataPlane(INetworkControl network, DatastorePorts datastores, AgentRegistry agents)
{
    public void Arrived(AgentConnection datastore)
    {
        foreach (DatastorePort port in RecordingPorts(datastore))
            datastores.Set(port.Dpid, port.Port);
    }

    public void Gone(AgentConnection datastore)
    {
        foreach (DatastorePort port in datastore.Ports)
            datastores.Remove(port.Dpid, port.Port);
    }

    /// <summary>The agents of hosts, and the datastores that record: who takes part in a session.</summary>
    public IReadOnlyList<AgentConnection> Participants =>
        [.. agents.Connected.Where(a => a.Ports.Count == 0 || RecordingPorts(a).Any(p => datastores.Find(p.Dpid) == p.Port))];

    /// <summary>
    /// The datastores listen by now: has every rule installed anew, with the mirror, and the links told once more, so that the
    /// session's record begins with them.
    /// </summary>
    public async Task BeginAsync(CancellationToken ct)
    {
        datastores.Recording = true;
        await network.RenewFlowsAsync(datastores.Switches, ct);
        await network.Topology.DiscoverAsync(ct);
    }

    /// <summary>Has the rules installed anew, without the mirror.</summary>
    public Task EndAsync(CancellationToken ct)
    {
        datastores.Recording = false;
        return network.RenewFlowsAsync(datastores.Switches, ct);
    }

    private IEnumerable<DatastorePort> RecordingPorts(AgentConnection datastore)
    {
        TopologySnapshot known = network.Topology.Snapshot();
        return datastore.Ports
            .GroupBy(p => p.Dpid)
            .Where(ports => ports.Count() == 1)
            .Select(ports => ports.Single())
            .Where(p => new SwitchPort(p.Dpid, p.Port) is var at && known.Hosts.All(h => h.At != at) && known.Links.All(l => l.From != at));
    }
}
