namespace STrace.Original;

/// <summary>What the original takes for all that served one request.</summary>
/// <param name="Nodes">In the list's order: by the wrapper's time stamps.</param>
/// <param name="Unions">Of the paths that it was united of; empty when it is one.</param>
internal sealed record OriginalPath(IReadOnlyList<WrapperNode> Nodes, IReadOnlyList<Union> Unions);

/// <summary>Two paths belong together, because these have the same endpoints (figure 5.7).</summary>
/// <param name="Special">The node that the replay sent, when it was needed (figure 5.8).</param>
internal sealed record Union(WrapperNode Connect, WrapperNode Accept, WrapperNode? Special);
