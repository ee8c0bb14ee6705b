using STrace.Model;

namespace STrace.Correlation;

/// <summary>One cause of a call, by the calls' places in their path.</summary>
/// <param name="Link">Null: the order of calls in their thread.</param>
internal readonly record struct GraphEdge(int From, int To, Link? Link)
{
    public EdgeKind Kind => Link?.Kind ?? EdgeKind.Order;
}

/// <summary>
/// One path, whole but not yet in words: the calls in causal order and the edges between them. <see cref="PathWriter"/> makes a
/// <see cref="CausalPath"/> of it.
/// </summary>
/// <param name="Steps">Every one behind its causes; the first is the root.</param>
/// <param name="Edges">By the later call's place.</param>
/// <param name="Dropped">Links that would make a call a cause of its own cause.</param>
internal sealed record PathGraph(Step[] Steps, GraphEdge[] Edges, List<GraphEdge> Dropped)
{
    /// <summary>When the path began, ns.</summary>
    public long StartNs => Steps[0].EffectNs;
}
