using STrace.Model;

namespace STrace.Correlation;

/// <summary>Makes graphs of the steps that serve one request. Keeps its buffers; one at a time.</summary>
internal sealed class GraphBuilder
{
    private readonly List<GraphEdge> _edges = [];
    private readonly CausalOrder _order = new();
    private Step[] _steps = [];
    private long[] _times = [];

    /// <param name="draft">Without its graph.</param>
    /// <param name="count">The steps of all its requests.</param>
    public PathGraph Build(PathDraft draft, int count)
    {
        Step[] steps = InOrder(draft, count);
        bool isInOrder = FindEdges(steps, draft);
        List<GraphEdge> dropped = [];
        GraphEdge[] edges;
        if (isInOrder)
        {
            edges = [.. _edges];
            SortByCause(edges);
        }
        else
        {
            int[] order = _order.Sort(steps, _edges, out dropped);
            var ordered = new Step[order.Length];
            // From places by time to places in the order.
            int[] places = new int[order.Length];
            for (int place = 0; place < order.Length; place++)
            {
                ordered[place] = steps[order[place]];
                places[order[place]] = place;
                for (Step? step = ordered[place]; step is not null; step = step.Twin)
                    step.Index = place;
            }
            steps = ordered;
            edges = new GraphEdge[_edges.Count];
            for (int i = 0; i < edges.Length; i++)
                edges[i] = Moved(_edges[i], places);
            dropped = dropped.ConvertAll(e => Moved(e, places));
            Array.Sort(edges, Compare);
        }
        return new PathGraph(steps, edges, dropped);
    }

    /// <summary>By time; at equal times by <see cref="StepOrder"/>. An event that served several requests which turned out to be one stands once.</summary>
    private Step[] InOrder(PathDraft draft, int count)
    {
        if (_steps.Length < count)
            (_steps, _times) = (new Step[Math.Max(count, 2 * _steps.Length)], new long[Math.Max(count, 2 * _steps.Length)]);
        int at = 0;
        foreach (Request request in draft.Requests)
            for (Step? step = request.FirstStep; step is not null; step = step.Next)
                (_steps[at], _times[at++]) = (step, step.EffectNs);
        Array.Sort(_times, _steps, 0, count);
        for (int i = 1, first = 0; i <= count; i++)
        {
            if (i < count && _times[i] == _times[first])
                continue;
            if (i - first > 1)
                Array.Sort(_steps, first, i - first, StepOrder.Instance);
            first = i;
        }
        var steps = new Step[Distinct(count)];
        Array.Copy(_steps, steps, steps.Length);
        Array.Clear(_steps, 0, count);
        return steps;
    }

    /// <summary>Puts steps of one event together; numbers the steps.</summary>
    private int Distinct(int count)
    {
        int kept = 0;
        for (int i = 0; i < count; i++)
        {
            Step step = _steps[i];
            step.Twin = null;
            if (kept > 0 && ReferenceEquals(_steps[kept - 1].Event, step.Event))
            {
                step.Twin = _steps[kept - 1].Twin;
                _steps[kept - 1].Twin = step;
            }
            else
            {
                _steps[kept++] = step;
            }
            step.Index = kept - 1;
        }
        return kept;
    }

    /// <returns>Whether every step stands behind its causes.</returns>
    private bool FindEdges(Step[] steps, PathDraft draft)
    {
        _edges.Clear();
        bool isInOrder = true;
        for (int i = 0; i < steps.Length; i++)
        {
            int first = _edges.Count;
            Ring ring = steps[i].Ring;
            if (ring.Graph == draft.Number)
            {
                Step before = steps[ring.GraphIndex];
                if (before.Sequence < steps[i].Sequence)
                    _edges.Add(new GraphEdge(ring.GraphIndex, i, null));
                else
                    isInOrder = false;
            }
            (ring.Graph, ring.GraphIndex) = (draft.Number, i);
            for (Step? step = steps[i]; step is not null; step = step.Twin)
            {
                isInOrder &= AddCauses(step.Received, i, first, draft) & AddCauses(step.Causes, i, first, draft);
            }
        }
        if (steps.Length > 0 && !isInOrder)
            OrderRings(steps);
        return isInOrder;
    }

    /// <summary>Where times contradict the order of a thread's calls, the calls' numbers tell it.</summary>
    private void OrderRings(Step[] steps)
    {
        _edges.RemoveAll(e => e.Link is null);
        foreach (var ofRing in steps.GroupBy(s => s.Ring))
        {
            Step[] calls = [.. ofRing.OrderBy(s => s.Sequence)];
            for (int i = 1; i < calls.Length; i++)
                _edges.Add(new GraphEdge(calls[i - 1].Index, calls[i].Index, null));
        }
    }

    private static int Compare(GraphEdge a, GraphEdge b) =>
        a.To != b.To ? a.To.CompareTo(b.To) : a.From != b.From ? a.From.CompareTo(b.From) : a.Kind.CompareTo(b.Kind);

    /// <summary>The edges stand by the later call already, and most calls have one cause.</summary>
    private static void SortByCause(GraphEdge[] edges)
    {
        for (int i = 1; i < edges.Length; i++)
        {
            GraphEdge edge = edges[i];
            int at = i;
            for (; at > 0 && Compare(edge, edges[at - 1]) < 0; at--)
                edges[at] = edges[at - 1];
            edges[at] = edge;
        }
    }

    private static GraphEdge Moved(GraphEdge edge, int[] places) => new(places[edge.From], places[edge.To], edge.Link);

    /// <returns>Whether all of them stand before the step.</returns>
    private bool AddCauses(Link? link, int to, int first, PathDraft draft)
    {
        bool isInOrder = true;
        for (; link is not null; link = link.Next)
        {
            if (!draft.Has(link.From) || link.From.Index == to || (link.Kind == EdgeKind.Message && !link.IsJoined) || IsKnown(first, link))
                continue;
            _edges.Add(new GraphEdge(link.From.Index, to, link));
            isInOrder &= link.From.Index < to;
        }
        return isInOrder;
    }

    private bool IsKnown(int first, Link link)
    {
        for (int i = first; i < _edges.Count; i++)
            if (_edges[i].From == link.From.Index && _edges[i].Kind == link.Kind)
                return true;
        return false;
    }
}
