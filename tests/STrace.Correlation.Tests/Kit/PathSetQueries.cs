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
}
