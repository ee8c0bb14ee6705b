using STrace.Export;
using STrace.Model;

namespace STrace.Original;

/// <summary>
/// Paths in the shape that scorers read (docs/formats.md). The original's edges say "happened after" (6.2.1): one chain through the
/// path, and its unions. Here the chain goes by when calls had their effect, not by the wrapper's stamps, which put a receive that
/// waited before the send that it received: the original is not to be judged by its stamps.
/// </summary>
internal sealed class OriginalPathWriter(IReadOnlyDictionary<string, IpAddress> addresses)
{
    public void Write(Stream output, string session, IReadOnlyList<OriginalPath> paths) => PathJsonWriter.Write(
        output, new PathSet(session, [], addresses, [], [.. paths.Index().Select(path => InWords(path.Index, path.Item))]));

    private static CausalPath InWords(int number, OriginalPath path)
    {
        List<HostEvent> events = [.. path.Nodes.Select(node => node.Call).OrderBy(call => call.EffectNs)];
        Dictionary<HostEvent, string> ids = events.Index().ToDictionary(call => call.Item, call => $"e{call.Index}");
        List<IGrouping<(string Host, int Pid, int Tid), HostEvent>> activities =
            [.. events.GroupBy(call => (call.Host, call.Pid, call.Tid))];
        Dictionary<(string, int, int), string> activityIds = activities.Index().ToDictionary(a => a.Item.Key, a => $"a{a.Index}");
        IEnumerable<PathEdge> edges = events.Zip(events.Skip(1), (from, to) => new PathEdge("", ids[from], ids[to], EdgeKind.Order, "time", ""))
            .Concat(path.Unions.Select(union => new PathEdge("", ids[union.Connect.Call], ids[union.Accept.Call],
                union.Special is null ? EdgeKind.Connection : EdgeKind.Rewrite, "endpoints",
                $"{union.Accept.Source}->{union.Accept.Destination}")));
        return new CausalPath
        {
            Id = $"original-{number}",
            StartNs = events[0].EffectNs,
            DurationNs = events.Max(call => call.ExitNs) - events[0].EffectNs,
            Status = events.Exists(call => call.Failed) ? PathStatus.Error : PathStatus.Ok,
            Flags = [],
            Signature = "",
            RootEvent = ids[events[0]],
            Hosts = [.. events.Select(call => call.Host).Distinct()],
            Elements = [],
            Activities = [.. activities.Select(activity => new PathActivity(
                activityIds[activity.Key], activity.Key.Host, activity.Key.Pid, activity.Key.Tid, [.. activity.Select(call => ids[call])]))],
            Events = [.. events.Select(call => new PathEvent(ids[call], activityIds[(call.Host, call.Pid, call.Tid)], call))],
            Edges = [.. edges.Index().Select(edge => edge.Item with { Id = $"d{edge.Index}" })],
            Candidates = [],
            Losses = [],
            Rewrites = [],
        };
    }
}
