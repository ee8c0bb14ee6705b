using STrace.Model;

namespace STrace.Correlation;

/// <summary>Puts a path's events in an order in which every event stands behind all its causes.</summary>
internal static class CausalOrder
{
    /// <param name="rank">For each event its place by time, which decides where causes leave a choice.</param>
    /// <param name="links">
    /// Ends are indices into <paramref name="rank"/>. True evidence makes no circle; of one that false evidence makes, the link
    /// that leads farthest back in time is taken out.
    /// </param>
    /// <param name="dropped">The links taken out.</param>
    public static int[] Sort(int[] rank, List<Link> links, out List<Link> dropped)
    {
        ILookup<int, Link> leaving = links.ToLookup(l => l.From);
        var arriving = new HashSet<Link>[rank.Length];
        for (int i = 0; i < rank.Length; i++)
            arriving[i] = new HashSet<Link>(ReferenceEqualityComparer.Instance);
        foreach (Link link in links)
            arriving[link.To].Add(link);

        var ready = new PriorityQueue<int, int>();
        for (int i = 0; i < rank.Length; i++)
            if (arriving[i].Count == 0)
                ready.Enqueue(i, rank[i]);
        dropped = [];
        var order = new List<int>(rank.Length);
        while (order.Count < rank.Length)
        {
            if (ready.TryDequeue(out int done, out _))
            {
                order.Add(done);
                foreach (Link link in leaving[done])
                    Remove(link);
                continue;
            }
            Link back = Circle(rank, arriving)
                .Where(l => l.Kind != EdgeKind.Order)
                .MaxBy(l => (rank[l.From] - rank[l.To], rank[l.To]))!;
            dropped.Add(back);
            Remove(back);
        }
        foreach (Link link in dropped)
            links.Remove(link);
        return [.. order];

        void Remove(Link link)
        {
            if (arriving[link.To].Remove(link) && arriving[link.To].Count == 0)
                ready.Enqueue(link.To, rank[link.To]);
        }
    }

    /// <summary>The links of one circle: from any event that still waits, back along what it waits for, until an event comes again.</summary>
    private static List<Link> Circle(int[] rank, HashSet<Link>[] arriving)
    {
        int at = Enumerable.Range(0, rank.Length).Where(i => arriving[i].Count > 0).MinBy(i => rank[i]);
        var walked = new List<Link>();
        var seen = new Dictionary<int, int>();
        while (seen.TryAdd(at, walked.Count))
        {
            Link link = arriving[at].MinBy(l => (rank[l.From], l.Kind))!;
            walked.Add(link);
            at = link.From;
        }
        return walked[seen[at]..];
    }
}
