using STrace.Model;

namespace STrace.Correlation;

/// <summary>Puts a path's steps in an order in which every one stands behind all its causes; where those leave a choice, time decides.</summary>
internal sealed class CausalOrder
{
    private readonly PriorityQueue<int, int> _ready = new();
    private int[] _missing = [];
    private int[] _firstLeaving = [];
    private int[] _nextLeaving = [];

    /// <param name="steps">By time.</param>
    /// <param name="edges">
    /// Ends are indices of <paramref name="steps"/>. True evidence makes no circle; of one that false evidence makes, the link
    /// that leads farthest back in time is taken out.
    /// </param>
    /// <param name="dropped">The links taken out.</param>
    /// <returns>Indices of the steps, in order.</returns>
    public int[] Sort(Step[] steps, List<GraphEdge> edges, out List<GraphEdge> dropped)
    {
        int count = steps.Length;
        Resize(ref _missing, count);
        Resize(ref _firstLeaving, count);
        Resize(ref _nextLeaving, edges.Count);
        Array.Clear(_missing, 0, count);
        Array.Fill(_firstLeaving, -1, 0, count);
        for (int i = 0; i < edges.Count; i++)
        {
            _missing[edges[i].To]++;
            _nextLeaving[i] = _firstLeaving[edges[i].From];
            _firstLeaving[edges[i].From] = i;
        }
        _ready.Clear();
        for (int i = 0; i < count; i++)
            if (_missing[i] == 0)
                _ready.Enqueue(i, i);

        dropped = [];
        HashSet<int>? removed = null;
        var order = new int[count];
        for (int done = 0; done < count;)
        {
            if (_ready.TryDequeue(out int next, out _))
            {
                order[done++] = next;
                for (int e = _firstLeaving[next]; e >= 0; e = _nextLeaving[e])
                    if (removed is null || !removed.Contains(e))
                        Remove(edges[e].To);
                continue;
            }
            int back = FarthestBack(Circle(edges, removed ??= [], count), edges);
            removed.Add(back);
            dropped.Add(edges[back]);
            Remove(edges[back].To);
        }
        if (removed is not null)
        {
            List<GraphEdge> taken = dropped;
            edges.RemoveAll(taken.Contains);
        }
        return order;
    }

    private void Remove(int to)
    {
        if (--_missing[to] == 0)
            _ready.Enqueue(to, to);
    }

    /// <summary>The links of one circle: from a step that waits, back along what it waits for, until a step comes again.</summary>
    private List<int> Circle(List<GraphEdge> edges, HashSet<int> removed, int count)
    {
        ILookup<int, int> arriving = Enumerable.Range(0, edges.Count).Where(e => !removed.Contains(e)).ToLookup(e => edges[e].To);
        int at = Enumerable.Range(0, count).Where(i => _missing[i] > 0).MinBy(i => i);
        var walked = new List<int>();
        var seen = new Dictionary<int, int>();
        while (seen.TryAdd(at, walked.Count))
        {
            // A step that waits for nothing more is in the order already.
            int link = arriving[at].Where(e => _missing[edges[e].From] > 0).MinBy(e => (edges[e].From, edges[e].Kind));
            walked.Add(link);
            at = edges[link].From;
        }
        return walked[seen[at]..];
    }

    private static int FarthestBack(List<int> circle, List<GraphEdge> edges) => circle
        .Where(e => edges[e].Kind != EdgeKind.Order)
        .MaxBy(e => (edges[e].From - edges[e].To, edges[e].To));

    private static void Resize<T>(ref T[] array, int count)
    {
        if (array.Length < count)
            array = new T[Math.Max(count, array.Length * 2)];
    }
}
