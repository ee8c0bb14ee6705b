using System.Globalization;
using STrace.Model;

namespace STrace.Correlation;

/// <summary>Builds one path.</summary>
/// <param name="previous">For each event of the trace the last one before it on its thread that served a request.</param>
internal sealed class PathBuilder(JoinedTrace trace, PathParts parts, int[] previous, LossIndex losses, long slowThresholdNs)
{
    private readonly HostEvent[] _events = [.. parts.Events.Select(i => trace.Events[i])];

    /// <summary>For each event the index of the first event of its activity.</summary>
    private readonly int[] _activity = new int[parts.Events.Count];

    public CausalPath Build()
    {
        List<Link> links = Links();
        int[] order = CausalOrder.Sort(Ranks(), links, out List<Link> dropped);
        int[] place = Inverse(order);

        string[] eventIds = [.. place.Select(p => Id("e", p))];
        IGrouping<int, int>[] runs = [.. order.GroupBy(i => _activity[i])];
        Dictionary<int, string> activityIds = runs.Select((run, n) => (run.Key, Id("a", n))).ToDictionary();
        links.Sort((a, b) => (place[a.To], place[a.From], a.Kind).CompareTo((place[b.To], place[b.From], b.Kind)));
        var rewrites = new List<Rewrite>();
        PathEdge[] edges = [.. links.Select((link, i) => new PathEdge(
            Id("x", i), eventIds[link.From], eventIds[link.To], link.Kind, link.Rule, link.Evidence, Note(link, rewrites)))];
        PathCandidate[] candidates = Candidates(place, eventIds, dropped);
        EventLoss[] lost = Losses();
        HostEvent root = _events[order[0]];
        long startNs = root.EffectNs;
        PathStatus[] flags = Flags(links, candidates.Length > 0, lost.Length > 0);
        return new CausalPath
        {
            Id = PathNames.Id(root),
            StartNs = startNs,
            DurationNs = _events.Max(e => e.ExitNs) - startNs,
            Status = flags.FirstOrDefault(PathStatus.Ok),
            Flags = flags,
            Signature = PathNames.Signature(order, _events, links),
            RootEvent = eventIds[order[0]],
            Hosts = [.. order.Select(i => _events[i].Host).Distinct()],
            Elements = PathElements.Of(order.Select(i => _events[i]), rewrites),
            Activities = [.. runs.Select(run => new PathActivity(
                activityIds[run.Key], _events[run.Key].Host, _events[run.Key].Pid, _events[run.Key].Tid,
                [.. run.Select(i => eventIds[i])]))],
            Events = [.. order.Select(i => new PathEvent(eventIds[i], activityIds[_activity[i]], _events[i]))],
            Packets = [.. parts.Packets.OrderBy(p => p.Packet, PacketOrder.Instance).Select((p, i) => new PathPacket(
                Id("p", i), eventIds[parts.Events.BinarySearch(p.Event)], p.Packet, p.Retransmission, p.Error))],
            Edges = edges,
            Candidates = candidates,
            Losses = lost,
            Rewrites = rewrites,
        };
    }

    /// <summary>The path's links between its own indices, each once, and the order of calls in its threads.</summary>
    private List<Link> Links()
    {
        var links = new List<Link>();
        for (int i = 1; i < _events.Length; i++)
        {
            if (!PathAssembler.SameThread(_events[i - 1], _events[i]))
            {
                _activity[i] = i;
                continue;
            }
            bool resumed = previous[parts.Events[i]] != parts.Events[i - 1];
            _activity[i] = resumed ? i : _activity[i - 1];
            string evidence = $"calls {_events[i - 1].Sequence} and {_events[i].Sequence} of thread {_events[i].Tid}";
            links.Add(new Link(i - 1, i, EdgeKind.Order, ThreadContextRule.Name,
                resumed ? evidence + ", with other requests in between" : evidence));
        }
        var seen = new HashSet<(int, int, EdgeKind)>();
        foreach (Link link in parts.Links)
            if (link.From != link.To && seen.Add((link.From, link.To, link.Kind)))
                links.Add(link with { From = parts.Events.BinarySearch(link.From), To = parts.Events.BinarySearch(link.To) });
        return links;
    }

    private int[] Ranks() => Inverse([.. Enumerable.Range(0, _events.Length)
        .OrderBy(i => _events[i].EffectNs).ThenBy(i => _events[i].Host, StringComparer.Ordinal)
        .ThenBy(i => _events[i].Ring).ThenBy(i => _events[i].Sequence)]);

    /// <returns>The id of the link's first rewrite, which those of its further hops follow; null when it has none.</returns>
    private static string? Note(Link link, List<Rewrite> rewrites)
    {
        if (link.Hops is null)
            return null;
        string first = Id("r", rewrites.Count);
        foreach (RewriteHop hop in link.Hops)
        {
            RewriteRule rule = hop.Rule;
            rewrites.Add(new Rewrite(Id("r", rewrites.Count), rule.InstalledNs, rule.Dpid, rule.Cookie, rule.Priority,
                rule.Match, rule.Actions, hop.From, hop.To, rule.Source, rule.ReplayId));
        }
        return first;
    }

    private PathCandidate[] Candidates(int[] place, string[] eventIds, List<Link> dropped) =>
    [
        .. parts.Questions
            .Select(q => (At: parts.Events.BinarySearch(q.Event), q.Reason, q.Choices))
            .Concat(dropped.Select(l => (At: l.To, Reason: "the evidence makes the event a cause of its own cause",
                Choices: (IReadOnlyList<string>)[$"{l.Kind} from {eventIds[l.From]}: {l.Evidence}"])))
            .OrderBy(q => place[q.At]).ThenBy(q => q.Reason, StringComparer.Ordinal)
            .Select(q => new PathCandidate(eventIds[q.At], q.Reason, q.Choices)),
    ];

    private EventLoss[] Losses()
    {
        var lost = new HashSet<EventLoss>(parts.Losses);
        for (int i = 0, end; i < _events.Length; i = end)
        {
            for (end = i + 1; end < _events.Length && _activity[end] == _activity[i];)
                end++;
            lost.UnionWith(losses.Around(_events[i], _events[end - 1]));
        }
        return [.. lost.OrderBy(l => l.TimeNs).ThenBy(l => l.Host, StringComparer.Ordinal).ThenBy(l => l.Ring)
            .ThenBy(l => l.FirstSequence)];
    }

    /// <summary>Worst first.</summary>
    private PathStatus[] Flags(List<Link> links, bool ambiguous, bool lossy)
    {
        bool slow = links.Exists(l => l.Kind == EdgeKind.Order && _events[l.To].EnterNs - _events[l.From].ExitNs > slowThresholdNs) ||
            Enumerable.Range(0, _events.Length).Any(IsSlow);
        IEnumerable<(PathStatus Status, bool Applies)> all =
        [
            (PathStatus.Error, _events.Any(e => e.Failed)), (PathStatus.Lossy, lossy), (PathStatus.Ambiguous, ambiguous),
            (PathStatus.Slow, slow),
        ];
        return [.. all.Where(f => f.Applies).Select(f => f.Status)];
    }

    /// <summary>A thread that waits for work, in the accept or read that begins an activity, is not slow at it.</summary>
    private bool IsSlow(int i)
    {
        HostEvent e = _events[i];
        bool waitsForWork = _activity[i] == i && (e.Operation.IsAccept() || e.Operation.IsReceive() || e.Operation.IsWait());
        return !waitsForWork && e.ExitNs - e.EnterNs > slowThresholdNs;
    }

    private static string Id(string prefix, int number) => prefix + (number + 1).ToString(CultureInfo.InvariantCulture);

    private static int[] Inverse(int[] order)
    {
        var inverse = new int[order.Length];
        for (int i = 0; i < order.Length; i++)
            inverse[order[i]] = i;
        return inverse;
    }
}
