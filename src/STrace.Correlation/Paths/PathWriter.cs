using System.Globalization;
using STrace.Model;

namespace STrace.Correlation;

/// <summary>Puts a path's graph into words.</summary>
/// <param name="packets">Of the graph's calls, in any order.</param>
internal sealed class PathWriter(PathGraph graph, List<PlacedPacket> packets, EdgeRoutes routes, LossIndex losses, EventLoss[] late, long slowThresholdNs)
{
    private readonly Step[] _steps = graph.Steps;

    /// <summary>For each step the place of the first step of its activity.</summary>
    private readonly int[] _activity = new int[graph.Steps.Length];

    /// <summary>For each step the one before it in its thread that is of the path; -1: none.</summary>
    private readonly int[] _previous = new int[graph.Steps.Length];

    public CausalPath Write()
    {
        FindActivities();
        string[] eventIds = [.. Enumerable.Range(0, _steps.Length).Select(i => Id("e", i))];
        IGrouping<int, int>[] runs = [.. Enumerable.Range(0, _steps.Length).GroupBy(i => _activity[i])];
        Dictionary<int, string> activityIds = runs.Select((run, n) => (run.Key, Id("a", n))).ToDictionary();
        var rewrites = new List<Rewrite>();
        var hops = new List<PathHop>();
        var times = new EdgeTimes(packets);
        PathEdge[] edges = [.. graph.Edges.Select((edge, i) => new PathEdge(Id("x", i), eventIds[edge.From], eventIds[edge.To], edge.Kind,
            edge.Link?.Rule ?? ThreadContextRule.Name, edge.Link?.Evidence.ToString() ?? OrderEvidence(edge), Note(edge.Link, rewrites))
        {
            Time = times.Of(edge, _steps),
            UnknownWay = Follow(edge, Id("x", i), hops),
        })];
        PathCandidate[] candidates = Candidates(eventIds);
        EventLoss[] lost = Losses();
        PathStatus[] flags = Flags(candidates.Length > 0, lost.Length > 0);
        return new CausalPath
        {
            Id = PathNames.Id(_steps[0].Event),
            StartNs = graph.StartNs,
            DurationNs = _steps.Max(s => s.Event.ExitNs) - graph.StartNs,
            Status = flags.FirstOrDefault(PathStatus.Ok),
            Flags = flags,
            Signature = PathNames.Signature(graph),
            RootEvent = eventIds[0],
            Hosts = [.. _steps.Select(s => s.Event.Host).Distinct()],
            Elements = PathElements.Of(_steps.Select(s => s.Event), hops, rewrites),
            Activities = [.. runs.Select(run => new PathActivity(
                activityIds[run.Key], _steps[run.Key].Event.Host, _steps[run.Key].Event.Pid, _steps[run.Key].Event.Tid,
                [.. run.Select(i => eventIds[i])]))],
            Events = [.. _steps.Select((s, i) => new PathEvent(eventIds[i], activityIds[_activity[i]], s.Event))],
            Packets = [.. packets.OrderBy(p => p.Packet, PacketOrder.Instance).Select((p, i) => new PathPacket(
                Id("p", i), eventIds[p.Call.Index], p.Packet, p.Retransmission, p.Error))],
            Hops = hops,
            Edges = edges,
            Candidates = candidates,
            Losses = lost,
            Rewrites = rewrites,
        };
    }

    /// <returns>Why the way is not known to its end; null when it is, or there is none.</returns>
    private string? Follow(GraphEdge edge, string id, List<PathHop> hops)
    {
        if (routes.Of(edge, _steps) is not { } route)
            return null;
        hops.AddRange(route.Hops.Select(h => new PathHop(id, _steps[edge.From].EffectNs, h)));
        return route.Unknown;
    }

    private void FindActivities()
    {
        Array.Fill(_previous, -1);
        foreach (GraphEdge edge in graph.Edges)
            if (edge.Link is null)
                _previous[edge.To] = edge.From;
        for (int i = 0; i < _steps.Length; i++)
            _activity[i] = _previous[i] >= 0 && !IsResumed(_previous[i], i) ? _activity[_previous[i]] : i;
    }

    /// <summary>The thread served other requests in between.</summary>
    private bool IsResumed(int before, int step) => _steps[step].Run - _steps[before].Run > 1;

    private string OrderEvidence(GraphEdge edge)
    {
        (HostEvent a, HostEvent b) = (_steps[edge.From].Event, _steps[edge.To].Event);
        string evidence = $"calls {a.Sequence} and {b.Sequence} of thread {b.Tid}";
        return IsResumed(edge.From, edge.To) ? evidence + ", with other requests in between" : evidence;
    }

    /// <returns>The id of the link's first rewrite, which those of its further hops follow; null when it has none.</returns>
    private static string? Note(Link? link, List<Rewrite> rewrites)
    {
        if (link?.Hops is null)
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

    private PathCandidate[] Candidates(string[] eventIds) =>
    [
        .. _steps.SelectMany((s, i) => Questions(s).Select(q => (At: i, q.Reason, q.Choices)))
            .Concat(graph.Dropped.Select(e => (At: e.To, Reason: "the evidence makes the event a cause of its own cause",
                Choices: (IReadOnlyList<string>)[$"{e.Kind} from {eventIds[e.From]}: {e.Link!.Evidence}"])))
            .OrderBy(q => q.At).ThenBy(q => q.Reason, StringComparer.Ordinal)
            .Select(q => new PathCandidate(eventIds[q.At], q.Reason, q.Choices)),
    ];

    private static IEnumerable<OpenQuestion> Questions(Step step)
    {
        for (Step? at = step; at is not null; at = at.Twin)
            foreach (OpenQuestion question in (at.Notes?.Questions ?? []).Concat(at.Notes?.Open ?? []))
                yield return question;
    }

    private EventLoss[] Losses()
    {
        var lost = new HashSet<EventLoss>(late);
        foreach (Step step in _steps)
            for (Step? at = step; at is not null; at = at.Twin)
                if (at.Refused is { } refused)
                    lost.Add(refused);
        foreach (var activity in Enumerable.Range(0, _steps.Length).GroupBy(i => _activity[i]))
            lost.UnionWith(losses.Around(_steps[activity.First()].Event, _steps[activity.Last()].Event));
        return [.. lost.OrderBy(l => l.TimeNs).ThenBy(l => l.Host, StringComparer.Ordinal).ThenBy(l => l.Ring)
            .ThenBy(l => l.FirstSequence)];
    }

    /// <summary>Worst first.</summary>
    private PathStatus[] Flags(bool ambiguous, bool lossy)
    {
        bool slow = graph.Edges.Any(e => e.Kind == EdgeKind.Order && _steps[e.To].Event.EnterNs - _steps[e.From].Event.ExitNs > slowThresholdNs) ||
            Enumerable.Range(0, _steps.Length).Any(IsSlow);
        IEnumerable<(PathStatus Status, bool Applies)> all =
        [
            (PathStatus.Error, _steps.Any(s => s.Event.Failed)), (PathStatus.Lossy, lossy), (PathStatus.Ambiguous, ambiguous),
            (PathStatus.Slow, slow),
        ];
        return [.. all.Where(f => f.Applies).Select(f => f.Status)];
    }

    /// <summary>A thread that waits for work, in the accept or read that begins an activity, is not slow at it.</summary>
    private bool IsSlow(int i)
    {
        HostEvent e = _steps[i].Event;
        bool waitsForWork = _activity[i] == i && e.Operation.TakesEffectAtExit();
        return !waitsForWork && e.ExitNs - e.EnterNs > slowThresholdNs;
    }

    private static string Id(string prefix, int number) => prefix + (number + 1).ToString(CultureInfo.InvariantCulture);
}
