using STrace.Model;

namespace STrace.Correlation;

/// <summary>Finds the packet that came to the controller.</summary>
internal sealed class RelayIndex(IEnumerable<ControllerRelay> relays)
{
    private readonly Dictionary<(NetworkPort At, FlowTuple Flow), ControllerRelay[]> _relays =
        relays.GroupBy(r => (r.At, r.Flow)).ToDictionary(g => g.Key, g => g.OrderBy(r => r.ReceivedNs).ToArray());

    /// <summary>The first packet with these addresses that came from this port in this time.</summary>
    public ControllerRelay? Find(NetworkPort at, FlowTuple flow, long fromNs, long untilNs)
    {
        if (!_relays.TryGetValue((at, flow), out ControllerRelay[]? same))
            return null;
        int index = Array.FindIndex(same, r => r.ReceivedNs >= fromNs);
        return index >= 0 && same[index].ReceivedNs <= untilNs ? same[index] : null;
    }
}
