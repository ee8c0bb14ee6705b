using STrace.Model;

namespace STrace.Correlation;

/// <summary>What became known of a session's paths since the last time.</summary>
/// <param name="Changed">New paths and new revisions of known ones.</param>
/// <param name="Withdrawn">Ids of paths that turned out to be part of others.</param>
public sealed record PathUpdate(IReadOnlyList<CausalPath> Changed, IReadOnlyList<string> Withdrawn);
