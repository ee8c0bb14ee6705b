using STrace.Model;

namespace STrace.Correlation;

/// <summary>
/// Joins the ends of connections: equal addresses on both (figure 5.7 of the dissertation), in time order where the addresses were used
/// again; else by packets or rewrites. What is decided for an end depends on nothing that comes later than its time of decision, so
/// that all decisions can be made while the hosts still record.
/// </summary>
internal sealed class ConnectionPairing(RewriteIndex rewrites, bool usesPackets, long toleranceNs, long timeoutNs)
{
    public const string Name = "connection";

    /// <summary>For how long ends that fit several wait for one that decides; how long a connection older than the session is looked at.</summary>
    public const long WindowNs = 3_000_000_000;

    private enum Matter { Direct, Seen, Near, Lose, Align }

    private readonly Dictionary<ConnectionKey, List<ConnectionEnd>> _clients = [];
    private readonly Dictionary<ConnectionKey, List<ConnectionEnd>> _olderServers = [];
    private readonly PriorityQueue<(Matter Matter, ConnectionEnd End), Due> _due = new();
    private readonly RewriteResolution _resolution = new(rewrites, toleranceNs);
    private readonly PacketProof _proof = new(toleranceNs);
    private readonly SweepPace _pace = new(least: 64);
    private int _pairs;

    /// <summary>When something is decided; at equal times in a fixed order.</summary>
    private readonly record struct Due(long TimeNs, Matter Matter, Step Start) : IComparable<Due>
    {
        public int CompareTo(Due other) => TimeNs != other.TimeNs ? TimeNs.CompareTo(other.TimeNs)
            : Matter != other.Matter ? Matter.CompareTo(other.Matter) : StepOrder.Instance.Compare(Start, other.Start);
    }

    /// <summary>Ends that began; in any order.</summary>
    public void Add(ConnectionEnd end)
    {
        if (end.IsServer)
        {
            Schedule(end.TimeNs, Matter.Direct, end);
            Schedule(end.TimeNs + toleranceNs, Matter.Near, end);
            if (end.IsOlder)
                Of(_olderServers, end.Key).Add(end);
            else if (usesPackets)
                Schedule(end.TimeNs, Matter.Seen, end);
            return;
        }
        Insert(Of(_clients, end.Key), end);
        _resolution.Add(end);
        if (end.IsOlder)
            Schedule(end.TimeNs, Matter.Direct, end);
        else if (usesPackets)
            Schedule(end.SeenNs(toleranceNs), Matter.Seen, end);
    }

    /// <summary>Calls on the connection were walked over; calls may have been lost.</summary>
    public void Moved(ConnectionEnd end)
    {
        if (end.Pair is not { } pair)
            return;
        PlanGaps(end);
        pair.Advance();
        Plan(pair);
    }

    /// <summary>Decides everything for which all is known until the time.</summary>
    public void Advance(long passedNs)
    {
        while (_due.TryPeek(out var due, out Due at) && at.TimeNs <= passedNs)
        {
            _due.Dequeue();
            Decide(due.Matter, due.End, at.TimeNs);
        }
        Sweep(passedNs);
    }

    private void Decide(Matter matter, ConnectionEnd end, long nowNs)
    {
        switch (matter)
        {
            case Matter.Lose:
                end.Pair!.Lose(end, end.Connection.Gaps![end.TakenGaps++]);
                Plan(end.Pair);
                break;
            case Matter.Align:
                end.Pair!.Align(nowNs);
                Plan(end.Pair);
                break;
            case Matter.Seen:
                _proof.Add(end);
                break;
            case Matter.Direct when end.Pair is null:
                if ((end.IsServer ? Opener(end, nowNs) : OlderServer(end)) is { } other)
                    Pair(end.IsServer ? other : end, end.IsServer ? end : other);
                else if (IsRewritable(end))
                    _resolution.AddAccept(end);
                break;
            case Matter.Near when end.Pair is null:
                if (Opener(end, nowNs) is { } near)
                    Pair(near, end);
                else if (IsRewritable(end))
                    Resolve(end, nowNs);
                break;
        }
    }

    private static bool IsRewritable(ConnectionEnd end) => end is { IsServer: true, Key.UnixSocket: null };

    /// <summary>The connect whose connection the accept took: the last one before it, else the first one that is stamped soon after it.</summary>
    private ConnectionEnd? Opener(ConnectionEnd server, long nowNs)
    {
        if (!_clients.TryGetValue(server.Key, out List<ConnectionEnd>? clients))
            return null;
        clients.RemoveAll(c => c.Pair is not null || c.IsAlone(nowNs));
        if (clients.Count == 0)
            _clients.Remove(server.Key);
        if (server.Key.UnixSocket is not null)
            return clients.Find(c => c.TimeNs <= server.TimeNs && IsOf(c, server)); // a backlog is taken in its order
        ConnectionEnd? last = server.IsOlder
            ? clients.FindLast(c => c.IsOlder && c.TimeNs <= nowNs)
            : clients.FindLast(c => c.TimeNs <= server.TimeNs);
        if (last is not null)
            clients.RemoveAll(c => c != last && c.TimeNs <= last.TimeNs && c.IsOlder == last.IsOlder); // nobody accepted those
        return last ?? (nowNs > server.TimeNs ? clients.Find(c => c.TimeNs <= nowNs) : null);
    }

    /// <summary>The kernel tells the accepting side of a Unix socket which process connected.</summary>
    private static bool IsOf(ConnectionEnd client, ConnectionEnd server)
    {
        int pid = server.Start.Event.Channel!.PeerPid;
        return pid == 0 || pid == client.Start.Event.Pid;
    }

    private ConnectionEnd? OlderServer(ConnectionEnd client)
    {
        if (!_olderServers.TryGetValue(client.Key, out List<ConnectionEnd>? servers))
            return null;
        servers.RemoveAll(s => s.Pair is not null || s.IsAlone(client.TimeNs));
        if (servers.Count == 0)
            _olderServers.Remove(client.Key);
        return servers.Find(s => s.TimeNs <= client.TimeNs && (client.Key.UnixSocket is null || IsOf(client, s)));
    }

    private void Resolve(ConnectionEnd server, long nowNs)
    {
        if (_proof.Find(server, nowNs, _resolution) is { } proven)
        {
            if (proven.Link is not null)
                JoinAmong(proven.Client!, server, proven.Link, nowNs);
            return;
        }
        foreach ((ConnectionEnd client, ConnectionEnd accepted, Link link) in _resolution.Resolve(server, nowNs))
            JoinAmong(client, accepted, link, nowNs);
    }

    /// <summary>Those that might have been one of the two are looked at again.</summary>
    private void JoinAmong(ConnectionEnd client, ConnectionEnd server, Link link, long nowNs)
    {
        ConnectionEnd[] rivals = [.. (client.Question?.Fitting ?? []).Concat(server.Question?.Fitting ?? []).Where(r => r != client && r != server)];
        Join(client, server, link);
        foreach (ConnectionEnd again in rivals.Concat(rivals.SelectMany(r => r.Question?.Fitting ?? [])).Distinct().Where(r => r.IsOpen(nowNs)).ToList())
        {
            again.Question = null;
            if (again.IsServer)
                Resolve(again, nowNs);
        }
    }

    private void Pair(ConnectionEnd client, ConnectionEnd server)
    {
        object evidence = server.Key.UnixSocket is not { } path ? server.Key.Flow
            : server.Start.Event.Channel!.PeerPid is not 0 and var pid ? $"{path}, opened by process {pid}" : path;
        Join(client, server, new Link(client.Start, EdgeKind.Connection, Name, new Evidence("{0}", evidence)));
    }

    private void Join(ConnectionEnd client, ConnectionEnd server, Link link)
    {
        bool isOlder = client.IsOlder || server.IsOlder;
        var pair = new ConnectionPair(++_pairs, client, server, isOlder, timeoutNs);
        (client.Pair, server.Pair, client.Question, server.Question) = (pair, pair, null, null);
        PlanGaps(client);
        PlanGaps(server);
        if (!isOlder && client.Start.Request is { Group.Top.IsClosed: false } a && server.Start.Request is { Group.Top.IsClosed: false } b)
        {
            a.Group.Unite(b.Group);
            server.Start.Takes(link);
        }
        pair.Advance();
        Plan(pair);
    }

    private void PlanGaps(ConnectionEnd end)
    {
        if (end.Connection.Gaps is not { } gaps)
            return;
        for (; end.PlannedGaps < gaps.Count; end.PlannedGaps++)
            Schedule(gaps[end.PlannedGaps].TimeNs, Matter.Lose, end);
    }

    private void Plan(ConnectionPair pair)
    {
        if (pair.AlignNs is { } alignNs)
            Schedule(alignNs, Matter.Align, pair.Client);
    }

    private void Schedule(long timeNs, Matter matter, ConnectionEnd end) => _due.Enqueue((matter, end), new Due(timeNs, matter, end.Start));

    /// <summary>Ends that nobody will ask for are forgotten, now and then.</summary>
    private void Sweep(long nowNs)
    {
        _resolution.Sweep(nowNs);
        if (!_pace.IsDue(_clients.Count + _olderServers.Count))
            return;
        foreach (Dictionary<ConnectionKey, List<ConnectionEnd>> ends in (ReadOnlySpan<Dictionary<ConnectionKey, List<ConnectionEnd>>>)[_clients, _olderServers])
            foreach ((ConnectionKey key, List<ConnectionEnd> same) in ends)
                if (same.TrueForAll(e => !e.IsOpen(nowNs)))
                    ends.Remove(key);
        _pace.Swept(_clients.Count + _olderServers.Count);
    }

    /// <summary>In the order of time.</summary>
    private static void Insert(List<ConnectionEnd> ends, ConnectionEnd end)
    {
        int at = ends.Count;
        while (at > 0 && IsBefore(end, ends[at - 1]))
            at--;
        ends.Insert(at, end);
    }

    private static bool IsBefore(ConnectionEnd a, ConnectionEnd b) =>
        a.TimeNs != b.TimeNs ? a.TimeNs < b.TimeNs : StepOrder.Instance.Compare(a.Start, b.Start) < 0;

    private static List<ConnectionEnd> Of(Dictionary<ConnectionKey, List<ConnectionEnd>> lists, ConnectionKey key)
    {
        if (!lists.TryGetValue(key, out List<ConnectionEnd>? list))
            lists[key] = list = [];
        return list;
    }
}
