using STrace.Model;

namespace STrace.Correlation;

/// <summary>Makes graphs of the steps that serve one request. Keeps its buffers; one at a time.</summary>
internal sealed class GraphBuilder
{
    private readonly List<GraphEdge> _edges = [];
    private readonly CausalOrder _order = new();

    /// <param name="steps">All that serve the request, in any order.</param>
    public PathGraph Build(List<Step> steps)
    {
        steps.Sort(StepOrder.Instance);
        RemoveTwins(steps);
        Request whole = steps[0].Request!.Whole;
        _edges.Clear();
        for (int i = 0; i < steps.Count; i++)
        {
            Step step = steps[i];
            if (i > 0 && steps[i - 1].Ring == step.Ring)
                _edges.Add(new GraphEdge(i - 1, i, null));
            int first = _edges.Count;
            for (Link? link = step.Causes; link is not null; link = link.Next)
                if (link.From.Request?.Whole == whole && link.From.Index != i && !IsKnown(first, link))
                    _edges.Add(new GraphEdge(link.From.Index, i, link));
        }
        int[] order = _order.Sort(steps, _edges, out List<GraphEdge> dropped);
        var ordered = new Step[order.Length];
        for (int place = 0; place < order.Length; place++)
        {
            ordered[place] = steps[order[place]];
        }
        // From places in the list to places in the order.
        int[] places = new int[order.Length];
        for (int place = 0; place < order.Length; place++)
        {
            places[order[place]] = place;
            ordered[place].Index = place;
        }
        GraphEdge[] edges = new GraphEdge[_edges.Count];
        for (int i = 0; i < edges.Length; i++)
            edges[i] = Moved(_edges[i], places);
        Array.Sort(edges, static (a, b) => a.To != b.To ? a.To.CompareTo(b.To) : a.From != b.From ? a.From.CompareTo(b.From) : a.Kind.CompareTo(b.Kind));
        return new PathGraph(ordered, edges, dropped.ConvertAll(e => Moved(e, places)));
    }

    private static GraphEdge Moved(GraphEdge edge, int[] places) => new(places[edge.From], places[edge.To], edge.Link);

    private bool IsKnown(int first, Link link)
    {
        for (int i = first; i < _edges.Count; i++)
            if (_edges[i].From == link.From.Index && _edges[i].Kind == link.Kind)
                return true;
        return false;
    }

    /// <summary>An event that served several requests which turned out to be one stands once; numbers the steps.</summary>
    private static void RemoveTwins(List<Step> steps)
    {
        int kept = 0;
        for (int i = 0; i < steps.Count; i++)
        {
            bool isTwin = kept > 0 && ReferenceEquals(steps[kept - 1].Event, steps[i].Event);
            if (isTwin)
                steps[kept - 1].Absorb(steps[i]);
            else
                steps[kept++] = steps[i];
            steps[kept - 1].Index = kept - 1;
        }
        steps.RemoveRange(kept, steps.Count - kept);
    }
}
