using STrace.Model;

namespace STrace.Correlation;

/// <summary>
/// Joins connects to accepts whose addresses the network rewrote in between (figure 5.8 of the dissertation). A connect is joined
/// when exactly one accept fits and no other connect has only that one; else the paths name the candidates.
/// </summary>
internal sealed class RewriteResolution(RewriteIndex rewrites, long toleranceNs)
{
    public const string Name = "rewrite";

    private sealed record Option(ConnectionEnd Client, ConnectionEnd Server, List<RewriteHop> Hops);

    /// <summary>Connects that were not joined, by every address pair that they can come to have.</summary>
    private readonly Dictionary<FlowTuple, List<ConnectionEnd>> _reaching = [];
    private readonly List<ConnectionEnd> _clients = [];
    private readonly SweepPace _pace = new(least: 64);
    private int _version = -1;

    /// <summary>Accepts that were not joined, by their addresses.</summary>
    private readonly Dictionary<FlowTuple, List<ConnectionEnd>> _accepted = [];

    public void Add(ConnectionEnd client)
    {
        if (client.Key.UnixSocket is not null)
            return;
        _clients.Add(client);
        if (_version == rewrites.Version)
            Index(client);
    }

    /// <summary>An accept of which no connect has the addresses.</summary>
    public void AddAccept(ConnectionEnd accept) => Of(_accepted, accept.Key.Flow).Add(accept);

    /// <summary>What the rules in force can have made of the connection's addresses, hop by hop.</summary>
    public List<List<RewriteHop>> InForce(ConnectionEnd client, ConnectionEnd server)
    {
        long untilNs = server.Start.Event.ExitNs + toleranceNs;
        return [.. Reached.From(client.Key.Flow, rewrites)
            .Select(r => r.Hops(client.Start.Event.EnterNs, untilNs))
            .OfType<List<RewriteHop>>()];
    }

    /// <summary>The joins that the accept decides: its own, or others that depend on it.</summary>
    public List<(ConnectionEnd Client, ConnectionEnd Server, Link Link)> Resolve(ConnectionEnd accept, long nowNs)
    {
        if (_pace.IsDue(_clients.Count) || _version != rewrites.Version)
            Refresh(nowNs);
        var joined = new List<(ConnectionEnd, ConnectionEnd, Link)>();
        List<Option> options = Component(accept, nowNs);
        while (options.Find(o => IsDecided(o, options)) is { } only)
        {
            joined.Add((only.Client, only.Server, new Link(
                only.Client.Start, EdgeKind.Rewrite, Name, new Evidence("{0}", string.Join(", ", only.Hops)), only.Hops)));
            options.RemoveAll(o => o.Client == only.Client || o.Server == only.Server);
        }
        foreach (var same in options.GroupBy(o => o.Client))
            Ask(same.Key, "several accepts fit behind the rewrites, or one fits several connects",
                same.Select(o => $"{o.Server.Start.Describe()} {o.Server.Key.Flow} by {string.Join(", ", o.Hops)}"), same.Select(o => o.Server));
        foreach (var same in options.GroupBy(o => o.Server))
            Ask(same.Key, "one of several connections that rewrites can have led here or elsewhere",
                same.Select(o => $"{o.Client.Start.Describe()} {o.Client.Key.Flow}"), same.Select(o => o.Client));
        return joined;
    }

    /// <summary>The connect has only this accept, and no other connect has only that.</summary>
    private static bool IsDecided(Option option, List<Option> options) =>
        options.Count(o => o.Client == option.Client) == 1 &&
        !options.Exists(o => o.Server == option.Server && o.Client != option.Client && options.Count(p => p.Client == o.Client) == 1);

    /// <summary>Everything on which the accept's join depends, as far as it began until the time.</summary>
    private List<Option> Component(ConnectionEnd accept, long nowNs)
    {
        var options = new List<Option>();
        var accepts = new HashSet<ConnectionEnd>(ReferenceEqualityComparer.Instance) { accept };
        var clients = new HashSet<ConnectionEnd>(ReferenceEqualityComparer.Instance);
        var front = new Queue<ConnectionEnd>([accept]);
        while (front.TryDequeue(out ConnectionEnd? server))
        {
            foreach (Option option in Options(server, nowNs))
            {
                options.Add(option);
                if (!clients.Add(option.Client))
                    continue;
                foreach (Reached reached in Reached.From(option.Client.Key.Flow, rewrites))
                    foreach (ConnectionEnd other in _accepted.GetValueOrDefault(reached.Flow, []))
                        if (other.IsOpen(nowNs) && accepts.Add(other))
                            front.Enqueue(other);
            }
        }
        return [.. options.OrderBy(o => o.Client.Start, StepOrder.Instance).ThenBy(o => o.Server.Start, StepOrder.Instance)];
    }

    /// <summary>The connects that fit the accept; of the same addresses the last one before it, else the first one soon after it.</summary>
    private IEnumerable<Option> Options(ConnectionEnd server, long nowNs)
    {
        if (!_reaching.TryGetValue(server.Key.Flow, out List<ConnectionEnd>? clients))
            yield break;
        foreach (var same in clients.Where(c => c.TimeNs <= nowNs && c.TimeNs <= server.TimeNs + toleranceNs && c.IsOpen(nowNs)).GroupBy(c => c.Key.Flow))
        {
            ConnectionEnd client = same.Where(c => c.TimeNs <= server.TimeNs).MaxBy(c => c.TimeNs) ?? same.MinBy(c => c.TimeNs)!;
            long untilNs = server.Start.Event.ExitNs + toleranceNs;
            foreach (Reached reached in Reached.From(client.Key.Flow, rewrites).Where(r => r.Flow == server.Key.Flow))
                if (reached.Hops(client.Start.Event.EnterNs, untilNs) is { } hops)
                    yield return new Option(client, server, hops);
        }
    }

    /// <summary>Connects that were joined, or stay alone, are forgotten, now and then.</summary>
    public void Sweep(long nowNs)
    {
        if (_pace.IsDue(_clients.Count))
            Refresh(nowNs);
    }

    /// <summary>Forgets what was joined or stays alone; learns new rules.</summary>
    private void Refresh(long nowNs)
    {
        _clients.RemoveAll(c => !c.IsOpen(nowNs));
        _reaching.Clear();
        foreach (ConnectionEnd client in _clients)
            Index(client);
        foreach ((FlowTuple flow, List<ConnectionEnd> accepts) in _accepted)
            if (accepts.RemoveAll(a => !a.IsOpen(nowNs)) > 0 && accepts.Count == 0)
                _accepted.Remove(flow);
        _version = rewrites.Version;
        _pace.Swept(_clients.Count);
    }

    private void Index(ConnectionEnd client)
    {
        foreach (Reached reached in Reached.From(client.Key.Flow, rewrites))
        {
            List<ConnectionEnd> reaching = Of(_reaching, reached.Flow);
            if (reaching.Count == 0 || reaching[^1] != client)
                reaching.Add(client);
        }
    }

    private static void Ask(ConnectionEnd end, string reason, IEnumerable<string> choices, IEnumerable<ConnectionEnd> fitting) =>
        end.Question = new EndQuestion(reason, [.. choices.Order(StringComparer.Ordinal)], [.. fitting]);

    private static List<ConnectionEnd> Of(Dictionary<FlowTuple, List<ConnectionEnd>> lists, FlowTuple flow)
    {
        if (!lists.TryGetValue(flow, out List<ConnectionEnd>? list))
            lists[flow] = list = [];
        return list;
    }
}
