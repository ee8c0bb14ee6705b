using STrace.Model;

namespace STrace.Manager;

/// <summary>Paths in the form of the API.</summary>
internal static class PathAnswer
{
    public static PathList List(PathSet set) => new(
        set.Session,
        [.. set.RewritesUsed.Select(r => r.ToString().ToLowerInvariant())],
        set.Unpaired.Count,
        [.. set.Paths.Select(Summary)]);

    public static PathSummary Summary(CausalPath path) => new(
        path.Id, path.StartNs.ToString(), path.DurationNs.ToString(), path.Status.ToString().ToLowerInvariant(),
        path.Events.Count, path.Rewrites.Count, path.Hosts, Root(path), path.Final, path.Revision, path.Signature);

    private static string Root(CausalPath path)
    {
        HostEvent root = path.Events.First(e => e.Id == path.RootEvent).Event;
        return $"{root.Program} {root.Operation.Name()}";
    }
}
