using STrace.Model;

namespace STrace.Original;

/// <summary>
/// The path building of the dissertation (5.2.1, algorithm 5.2), re-made from its text and its wrapper's code: what S-Trace is measured
/// against. One building over all that was recorded, not one every five minutes.
/// </summary>
/// <param name="scansLists">
/// Whether lists are gone through as the text says, at its cost; otherwise the same paths are found by tables.
/// </param>
internal sealed class OriginalCorrelator(bool scansLists = true)
{
    /// <param name="events">Of all hosts, in any order.</param>
    /// <param name="rules">Rules with rewriting actions, as the replay meets them; none: paths as they are before the replay.</param>
    public IReadOnlyList<OriginalPath> Build(IReadOnlyList<HostEvent> events, IReadOnlyList<RewriteRule>? rules = null)
    {
        List<WrapperNode> list = [.. events.Select(Wrapper.Tell).OfType<WrapperNode>().OrderBy(node => node.TimeNs)];
        var unions = new PathUnions(BuildPaths(list));
        unions.Unite();
        unions.Unite(rules ?? []);
        return unions.Paths();
    }

    private List<List<WrapperNode>> BuildPaths(List<WrapperNode> list)
    {
        var paths = new List<List<WrapperNode>>();
        var taken = new bool[list.Count];
        for (int start = -1; (start = FindStart(list, taken, scansLists ? 0 : start + 1)) >= 0;)
            paths.Add(BuildPath(list, taken, start));
        return paths;
    }

    /// <summary>
    /// Algorithm 5.2, but for its slip of not going on from a node without a link. A node is in one path only: table 5.1 gives the second
    /// path what the first left; an end that another path has still ends this one.
    /// </summary>
    private List<WrapperNode> BuildPath(List<WrapperNode> list, bool[] taken, int start)
    {
        IPathMembers members = scansLists ? new ScannedMembers() : new IndexedMembers();
        var path = new List<int>();
        int end = FindEnd(list, start);
        // The end's thread is a member from the beginning; its close comes before the start, which has the descriptor open.
        if (end < list.Count && !taken[end])
            Take(end);
        Take(start);
        for (int i = start + 1; i < end; i++)
        {
            if (!taken[i] && members.IsLinked(list[i]))
                Take(i);
        }
        path.Sort();
        return [.. path.Select(i => list[i])];

        void Take(int index)
        {
            taken[index] = true;
            members.Add(list[index]);
            path.Add(index);
        }
    }

    /// <returns>-1 when no connection's start is left.</returns>
    private static int FindStart(List<WrapperNode> list, bool[] taken, int from)
    {
        for (int i = from; i < list.Count; i++)
        {
            if (!taken[i] && list[i].StartsConnection)
                return i;
        }
        return -1;
    }

    /// <summary>
    /// The descriptor's close; where there is none, the message that a protocol processor calls the connection's last; where there
    /// is none either (the application died, the connection is still open), the list's end.
    /// </summary>
    private static int FindEnd(List<WrapperNode> list, int start)
    {
        WrapperNode first = list[start];
        int end = list.FindIndex(start + 1, node =>
            node.Operation == Operation.Close && node.Argument1 == first.Descriptors.First &&
            node.Pid == first.Pid && node.Host == first.Host);
        if (end < 0 && first is { Source: not null, Destination: not null })
            end = list.FindIndex(start + 1, node => node.IsLast && node.Host == first.Host && IsOfConnection(node, first));
        return end < 0 ? list.Count : end;
    }

    private static bool IsOfConnection(WrapperNode node, WrapperNode start) =>
        (node.Source == start.Source && node.Destination == start.Destination) ||
        (node.Source == start.Destination && node.Destination == start.Source);
}
