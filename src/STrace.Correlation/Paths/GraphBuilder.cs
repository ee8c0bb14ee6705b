using STrace.Model;

namespace STrace.Correlation;

/// <summary>Makes graphs of the steps that serve one request. Keeps its buffers; one at a time.</summary>
internal sealed class GraphBuilder
{
    private readonly List<GraphEdge> _edges = [];
    private readonly CausalOrder _order = new();

    /// <param name="steps">All that serve the request, in any order.</param>
    /// <param name="requests">What they serve.</param>
    public PathGraph Build(List<Step> steps, HashSet<Request> requests)
    {
        steps.Sort(StepOrder.Instance);
        FindTwins(steps);
        _edges.Clear();
        for (int i = 0; i < steps.Count; i++)
        {
            if (i > 0 && steps[i - 1].Ring == steps[i].Ring)
                _edges.Add(new GraphEdge(i - 1, i, null));
            int first = _edges.Count;
            for (Step? step = steps[i]; step is not null; step = step.Twin)
            {
                AddCauses(step.Joined, i, first, requests);
                AddCauses(step.Causes, i, first, requests);
            }
        }
        int[] order = _order.Sort(steps, _edges, out List<GraphEdge> dropped);
        var ordered = new Step[order.Length];
        // From places in the list to places in the order.
        int[] places = new int[order.Length];
        for (int place = 0; place < order.Length; place++)
        {
            ordered[place] = steps[order[place]];
            places[order[place]] = place;
            for (Step? step = ordered[place]; step is not null; step = step.Twin)
                step.Index = place;
        }
        GraphEdge[] edges = new GraphEdge[_edges.Count];
        for (int i = 0; i < edges.Length; i++)
            edges[i] = Moved(_edges[i], places);
        Array.Sort(edges, static (a, b) => a.To != b.To ? a.To.CompareTo(b.To) : a.From != b.From ? a.From.CompareTo(b.From) : a.Kind.CompareTo(b.Kind));
        return new PathGraph(ordered, edges, dropped.ConvertAll(e => Moved(e, places)));
    }

    private static GraphEdge Moved(GraphEdge edge, int[] places) => new(places[edge.From], places[edge.To], edge.Link);

    private void AddCauses(Link? link, int to, int first, HashSet<Request> requests)
    {
        for (; link is not null; link = link.Next)
            if (link.From.Request is { } request && requests.Contains(request) && link.From.Index != to && !IsKnown(first, link))
                _edges.Add(new GraphEdge(link.From.Index, to, link));
    }

    private bool IsKnown(int first, Link link)
    {
        for (int i = first; i < _edges.Count; i++)
            if (_edges[i].From == link.From.Index && _edges[i].Kind == link.Kind)
                return true;
        return false;
    }

    /// <summary>An event that served several requests which turned out to be one stands once; numbers the steps.</summary>
    private static void FindTwins(List<Step> steps)
    {
        int kept = 0;
        for (int i = 0; i < steps.Count; i++)
        {
            Step step = steps[i];
            step.Twin = null;
            if (kept > 0 && ReferenceEquals(steps[kept - 1].Event, step.Event))
            {
                step.Twin = steps[kept - 1].Twin;
                steps[kept - 1].Twin = step;
            }
            else
            {
                steps[kept++] = step;
            }
            step.Index = kept - 1;
        }
        steps.RemoveRange(kept, steps.Count - kept);
    }
}
