using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace STrace.Control;

/// <summary>
/// Virtual addresses: answers ARP for them at their switch and translates each connection to a real host and back by a
/// pair of rules. Rules are made for single connections, so that calls to the real address itself stay as they are. (An
/// exception is ICMP, whose echo identifier OpenFlow 1.0 cannot match: while a ping to the virtual address of an entry
/// without port runs, the same client's pings to the real address are answered by the virtual one.)
/// </summary>
internal sealed class NatApplication(NatOptions options, LinkDiscovery discovery, TimeProvider time, ILogger logger) : IControlApplication
{
    private readonly ILookup<ulong, NatEntry> _entries = options.Entries.ToLookup(entry => entry.Dpid);
    private readonly ConcurrentDictionary<ulong, NatConnections> _connections = new();

    public ISwitchApplication? SwitchUp(Datapath datapath)
    {
        if (!_entries.Contains(datapath.Dpid))
            return null;
        var connections = _connections.AddOrUpdate(datapath.Dpid, _ => new NatConnections(), (_, earlier) => earlier.TakeOver());
        return new NatSwitch(datapath, new NatTable(_entries[datapath.Dpid]), connections, discovery.PortsOf(datapath), time, logger);
    }
}
