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
        var removed = new List<Link>();
        ILookup<int, Link> leaving = links.ToLookup(l => l.From);
        var missing = new int[rank.Length];
        foreach (Link link in links)
            missing[link.To]++;
        var ready = new PriorityQueue<int, int>();
        for (int i = 0; i < rank.Length; i++)
            if (missing[i] == 0)
                ready.Enqueue(i, rank[i]);

        var order = new List<int>(rank.Length);
        while (order.Count < rank.Length)
        {
            if (ready.TryDequeue(out int next, out _))
            {
                order.Add(next);
                foreach (Link link in leaving[next].Where(l => !removed.Contains(l)))
                    Remove(link);
                continue;
            }
            Link back = Circle(rank, links.Except(removed).ToLookup(l => l.To), missing)
                .Where(l => l.Kind != EdgeKind.Order)
                .MaxBy(l => (rank[l.From] - rank[l.To], rank[l.To]))!;
            removed.Add(back);
            Remove(back);
        }
        links.RemoveAll(removed.Contains);
        dropped = removed;
        return [.. order];

        void Remove(Link link)
        {
            if (--missing[link.To] == 0)
                ready.Enqueue(link.To, rank[link.To]);
        }
    }

    /// <summary>The links of one circle: from an event that waits, back along what it waits for, until an event comes again.</summary>
    private static List<Link> Circle(int[] rank, ILookup<int, Link> arriving, int[] missing)
    {
        int at = Enumerable.Range(0, rank.Length).Where(i => missing[i] > 0).MinBy(i => rank[i]);
        var walked = new List<Link>();
        var seen = new Dictionary<int, int>();
        while (seen.TryAdd(at, walked.Count))
        {
            // An event that waits for nothing more is in the order already.
            Link link = arriving[at].Where(l => missing[l.From] > 0).MinBy(l => (rank[l.From], l.Kind))!;
            walked.Add(link);
            at = link.From;
        }
        return walked[seen[at]..];
    }
}
