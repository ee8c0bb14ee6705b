using Microsoft.Extensions.Logging;
using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>
/// Virtual addresses: answers ARP for them at their switch and translates each connection to the real host and back by a
/// pair of rules. Rules are made for single connections, so that calls to the real address itself stay as they are. (An
/// exception is ICMP, whose echo identifier OpenFlow 1.0 cannot match: while a ping to the virtual address of an entry
/// without port runs, the same client's pings to the real address are answered by the virtual one.)
/// </summary>
internal sealed class NatApplication(NatOptions options, TimeProvider time, ILogger logger) : IControlApplication
{
    private readonly ILookup<ulong, NatEntry> _entries = options.Entries.ToLookup(entry => entry.Dpid);

    public ISwitchApplication? SwitchUp(Datapath datapath) =>
        _entries.Contains(datapath.Dpid) ? new NatSwitch(datapath, new NatTable(_entries[datapath.Dpid]), time, logger) : null;
}
