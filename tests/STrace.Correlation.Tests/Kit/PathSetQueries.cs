using STrace.Model;

namespace STrace.Correlation.Tests;

internal static class PathSetQueries
{
    public static CausalPath? PathOf(this PathSet set, HostEvent e) =>
        set.Paths.SingleOrDefault(p => p.Events.Any(x => ReferenceEquals(x.Event, e)));

    /// <summary>The edge of the given kind between two calls; null when there is none.</summary>
    public static PathEdge? Edge(this PathSet set, HostEvent from, HostEvent to, EdgeKind kind)
    {
        foreach (CausalPath path in set.Paths)
        {
            string? a = path.Events.FirstOrDefault(x => ReferenceEquals(x.Event, from))?.Id;
            string? b = path.Events.FirstOrDefault(x => ReferenceEquals(x.Event, to))?.Id;
            if (path.Edges.FirstOrDefault(e => e.From == a && e.To == b && e.Kind == kind) is { } edge)
                return edge;
        }
        return null;
    }

    /// <summary>The packet where it stands in a path; null when it stands in none.</summary>
    public static PathPacket? Placed(this PathSet set, CapturedPacket packet) =>
        set.Paths.SelectMany(p => p.Packets).SingleOrDefault(p => ReferenceEquals(p.Packet, packet));

    /// <summary>The call under which the packet stands; null when there is none.</summary>
    public static HostEvent? CallOf(this PathSet set, CapturedPacket packet)
    {
        CausalPath? path = set.Paths.SingleOrDefault(p => p.Packets.Any(x => ReferenceEquals(x.Packet, packet)));
        return path?.Events.Single(e => e.Id == set.Placed(packet)!.Event).Event;
    }

    /// <summary>Why the packet stands under no call.</summary>
    public static string? ReasonOf(this PathSet set, CapturedPacket packet) =>
        set.UnplacedPackets.SingleOrDefault(p => ReferenceEquals(p.Packet, packet))?.Reason;
}
