namespace STrace.Correlation;

/// <summary>A path that is being built.</summary>
/// <param name="Requests">What each host knows of it.</param>
internal sealed record PathDraft(PathGraph Graph, HashSet<Request> Requests);
