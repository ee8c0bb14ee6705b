using STrace.Model;

namespace STrace.Correlation;

/// <summary>Divides the time between two calls into the application's, the kernels' and the network's, by the packets under the calls.</summary>
internal sealed class EdgeTimes
{
    /// <summary>For each call, by its place: the first packet with data that left for it, and the last that came for it.</summary>
    private readonly Dictionary<int, long> _left = [];
    private readonly Dictionary<int, long> _came = [];

    public EdgeTimes(IEnumerable<PlacedPacket> packets)
    {
        foreach (PlacedPacket placed in packets)
        {
            if (placed.Packet.PayloadLength == 0)
                continue;
            (int call, long timeNs) = (placed.Call.Index, placed.Packet.TimeNs);
            if (placed.Packet.Outgoing)
                _left[call] = Math.Min(_left.GetValueOrDefault(call, long.MaxValue), timeNs);
            else
                _came[call] = Math.Max(_came.GetValueOrDefault(call, long.MinValue), timeNs);
        }
    }

    public EdgeTime? Of(GraphEdge edge, Step[] steps)
    {
        (HostEvent from, HostEvent to) = (steps[edge.From].Event, steps[edge.To].Event);
        if (edge.Link is null)
            return new EdgeTime(Math.Max(0, to.EnterNs - from.ExitNs), 0, 0);
        if (edge.Kind != EdgeKind.Message || !_left.TryGetValue(edge.From, out long leftNs) || !_came.TryGetValue(edge.To, out long cameNs))
            return null;
        // What has come waits in the socket until the application takes it.
        long waited = Math.Max(0, to.EnterNs - cameNs);
        long taken = Math.Max(0, to.ExitNs - Math.Max(cameNs, to.EnterNs));
        return new EdgeTime(waited, Math.Max(0, leftNs - from.EnterNs) + taken, Math.Max(0, cameNs - leftNs));
    }
}
