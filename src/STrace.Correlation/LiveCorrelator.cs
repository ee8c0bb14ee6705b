using System.Runtime.InteropServices;
using STrace.Model;

namespace STrace.Correlation;

/// <summary>
/// Builds causal paths while hosts still record. A path is provisional until nothing that may still come can change it; final paths are
/// those that <see cref="Correlator.Build"/> makes of the same input, whatever the order in which it came. Holds what is not final yet
/// and nothing else. Pure: no I/O and no clock but the events' own. For one thread.
/// </summary>
public sealed class LiveCorrelator
{
    private readonly CorrelationOptions _options;
    private readonly SortedDictionary<string, HostProgress> _hosts = new(StringComparer.Ordinal);
    private readonly Dictionary<ThreadLife, Thread> _threads = [];
    private readonly RewriteIndex _rewrites = new();
    private readonly ConversationTable _conversations;
    private readonly ConnectionPairing _pairing;
    private readonly PriorityQueue<Group, long> _open = new();
    private readonly GroupBuild _build = new();
    private readonly LossIndex _losses = new();
    private readonly List<Connection> _touched = [];
    private readonly List<CausalPath> _final = [];
    private readonly List<UnpairedStart> _unpaired = [];
    private readonly List<string> _withdrawn = [];
    /// <summary>Where a thread's events go.</summary>
    private readonly record struct Thread(HostProgress Host, Ring Ring);

    private EdgeRoutes _routes = new(NetworkHistory.Empty);

    public LiveCorrelator(CorrelationOptions options)
    {
        _options = options;
        _conversations = new ConversationTable(options.ClockToleranceNs);
        _pairing = new ConnectionPairing(_rewrites, options.Rewrites.Contains(RewriteSource.Packets), options.ClockToleranceNs, options.RequestTimeoutNs);
    }

    /// <summary>Each host's own address, by which a connection to a host that is late is told.</summary>
    public IReadOnlyDictionary<string, IpAddress> HostAddresses { get; set; } = new Dictionary<string, IpAddress>();

    /// <summary>Rules, links and hosts' places as far as they are known; for the ways of paths that are built from now on.</summary>
    public NetworkHistory Network { set => _routes = new EdgeRoutes(value); }

    /// <summary>Events that wait for their turn, or serve paths that are not final.</summary>
    public long LiveEvents => _hosts.Values.Sum(h => h.Walk.Waiting) +
        _open.UnorderedItems.Where(o => o.Element.Top == o.Element).Sum(o => o.Element.StepCount);

    /// <summary>Events that came from a host behind what it had said to be all.</summary>
    public long TooLate { get; private set; }

    /// <summary>Takes the graphs of final paths in the place of paths in words.</summary>
    internal Action<PathGraph>? Graphs { get; set; }

    public void Add(HostEvent e)
    {
        Thread thread = Of(e.Thread);
        if (e.EffectNs <= thread.Host.PassedNs || thread.Host.LateSinceNs is not null)
            TooLate++;
        else
            thread.Host.Walk.Add(thread.Ring, e);
    }

    public void Add(ThreadOrigin origin) => Of(origin.Host).Walk.Add(origin);

    public void Add(DeclaredSend declared) => Of(declared.Host).Walk.Add(declared);

    public void Add(EventLoss loss)
    {
        Of(loss.Host).Walk.Add(loss);
        _losses.Add(loss);
    }

    /// <summary>A TCP header that a host's sniffer saw.</summary>
    public void Add(CapturedPacket packet) => _conversations.Add(packet);

    /// <summary>A rule that rewrites; it counts when its source is among <see cref="CorrelationOptions.Rewrites"/>.</summary>
    public void Add(RewriteRule rule)
    {
        if (_options.Rewrites.Contains(rule.Source))
            _rewrites.Add(rule);
    }

    /// <summary>The rule was not as it had been told, or has ended since: it is told again, as it is, if it ever was.</summary>
    public void Remove(RewriteRule rule)
    {
        if (_options.Rewrites.Contains(rule.Source))
            _rewrites.Remove(rule);
    }

    /// <summary>The host has given everything that took effect until the time, and its packets until then.</summary>
    /// <param name="untilNs">By the clock of the host's events.</param>
    public void Pass(string host, long untilNs)
    {
        HostProgress progress = Of(host);
        if (progress.LateSinceNs is null)
            progress.PassedNs = Math.Max(progress.PassedNs, untilNs);
    }

    /// <summary>Nobody waits for the host any more: paths for which something of it is missing are lossy, and say so.</summary>
    public void GiveUp(string host)
    {
        HostProgress progress = Of(host);
        progress.LateSinceNs ??= progress.PassedNs;
    }

    /// <summary>Goes on as far as all hosts have come.</summary>
    /// <returns>The paths that have become final since, and those that were seen to change.</returns>
    /// <param name="provisional">Whether paths that may still change are wanted, too.</param>
    public PathUpdate Build(bool provisional = true)
    {
        long passedNs = Advance(isLast: false);
        Close(passedNs);
        if (provisional)
            foreach ((Group group, _) in _open.UnorderedItems)
                Show(group);
        return Take();
    }

    private PathUpdate Take()
    {
        var update = new PathUpdate([.. _final], [.. _withdrawn]);
        _final.Clear();
        _withdrawn.Clear();
        return update;
    }

    /// <summary>Nothing more will come: everything is final.</summary>
    /// <returns>The paths that have become final since the last <see cref="Build"/>.</returns>
    public PathUpdate End()
    {
        foreach (HostProgress host in _hosts.Values)
            host.PassedNs = host.LateSinceNs ?? long.MaxValue;
        Close(Advance(isLast: true));
        _conversations.End();
        return Take();
    }

    /// <summary>Connection starts of final paths whose other end was not found, in the order of time.</summary>
    public IReadOnlyList<UnpairedStart> Unpaired => [.. _unpaired.OrderBy(u => u.TimeNs).ThenBy(u => u.Host, StringComparer.Ordinal).ThenBy(u => u.Tid)];

    /// <summary>Packets with data that stand under no call of any path, as far as that is certain.</summary>
    public IReadOnlyList<UnplacedPacket> UnplacedPackets => _conversations.Unplaced;

    private Thread Of(ThreadLife life)
    {
        ref Thread thread = ref CollectionsMarshal.GetValueRefOrAddDefault(_threads, life, out bool isKnown);
        if (!isKnown)
        {
            HostProgress host = Of(life.Host);
            thread = new Thread(host, host.Walk.RingOf(life));
        }
        return thread;
    }

    private HostProgress Of(string host)
    {
        if (!_hosts.TryGetValue(host, out HostProgress? progress))
            _hosts[host] = progress = new HostProgress(_options.RequestTimeoutNs);
        return progress;
    }

    /// <returns>Until when everything is known of all hosts that are waited for.</returns>
    private long Advance(bool isLast)
    {
        long passedNs = long.MaxValue;
        foreach (HostProgress host in _hosts.Values)
        {
            host.Walk.Advance(host.LateSinceNs is null ? host.PassedNs : long.MaxValue, isLast || host.LateSinceNs is not null);
            if (host.LateSinceNs is null)
                passedNs = Math.Min(passedNs, host.Walk.PassedNs);
        }
        foreach (HostProgress host in _hosts.Values)
            Collect(host);
        _conversations.Advance(passedNs);
        foreach (Connection connection in _touched)
            if (connection.End is { } end)
                _pairing.Moved(end);
        _pairing.Advance(passedNs);
        _rewrites.Forget(Math.Max(passedNs, 0) - (2 * _options.RequestTimeoutNs));
        foreach (Connection connection in _touched)
            if (connection.End?.IsAlone(passedNs) != false)
                connection.Forget();
        _touched.Clear();
        return passedNs;
    }

    /// <summary>Takes what the walk has found.</summary>
    private void Collect(HostProgress host)
    {
        foreach (Request request in host.Walk.New)
            _open.Enqueue(request.Group, long.MinValue);
        host.Walk.New.Clear();
        foreach (EventLoss gap in host.Walk.Gaps)
            _losses.Add(gap);
        host.Walk.Gaps.Clear();
        foreach (Connection connection in host.Walk.Connections.Touched)
        {
            connection.IsTouched = false;
            _touched.Add(connection);
            Learn(host, connection);
        }
        host.Walk.Connections.Touched.Clear();
    }

    private void Learn(HostProgress host, Connection connection)
    {
        Step? first = connection.Start ?? connection.FailedStart ?? connection.FirstMoved;
        if (first is null)
            return;
        if (!connection.IsAnnounced && connection.Channel is { Protocol: FlowTuple.Tcp, Local: not null, Peer: not null })
        {
            connection.IsAnnounced = true;
            _conversations.Add(connection, first.Event);
        }
        // A connect that failed makes no connection.
        bool isStarted = connection.Start is not null || connection.FailedStart is null;
        if (isStarted && connection.End is null && ConnectionKey.Of(connection) is { } key)
            _pairing.Add(connection.End = new ConnectionEnd(connection, first, key, host, _options));
    }

    /// <summary>Makes final what can be.</summary>
    private void Close(long passedNs)
    {
        while (_open.TryPeek(out Group? group, out long dueNs) && dueNs <= passedNs)
        {
            _open.Dequeue();
            if (group.Top != group || group.IsClosed)
                continue;
            if (!group.IsOver(passedNs))
            {
                _open.Enqueue(group, group.NextLookNs(passedNs));
                continue;
            }
            Finish(group);
            group.Close();
        }
    }

    private void Finish(Group group)
    {
        if (Graphs is { } use)
        {
            foreach (PathDraft draft in _build.Build(group))
                use(draft.Graph);
            return;
        }
        foreach (CausalPath path in Write(group, isFinal: true))
            _final.Add(path);
        _withdrawn.AddRange(group.Shown?.Keys ?? Enumerable.Empty<string>());
    }

    /// <summary>Writes the group's paths if more is known of them than when they were last shown.</summary>
    private void Show(Group group)
    {
        if (group.Top != group || group.Size is var size && size == group.ShownSize)
            return;
        group.ShownSize = size;
        var shown = new Dictionary<string, int>();
        foreach (CausalPath path in Write(group, isFinal: false))
        {
            _final.Add(path);
            shown[path.Id] = path.Revision;
        }
        _withdrawn.AddRange((group.Shown?.Keys ?? Enumerable.Empty<string>()).Where(id => !shown.ContainsKey(id)));
        group.Shown = shown;
    }

    private IEnumerable<CausalPath> Write(Group group, bool isFinal)
    {
        long lastNs = long.MinValue;
        for (Request? member = group.First; member is not null; member = member.NextMember)
            lastNs = Math.Max(lastNs, member.LastNs);
        EventLoss[] late = [.. Late(group)];
        foreach (PathDraft draft in _build.Build(group))
        {
            CausalPath path = new PathWriter(draft.Graph, Packets(draft, lastNs, isFinal), _routes, _losses, late, _options.SlowThresholdNs).Write();
            int shown = 0;
            if (isFinal)
            {
                _unpaired.AddRange(UnpairedOf(draft, path.Id));
                if (group.Shown?.Remove(path.Id, out shown) != true)
                    shown = 0;
            }
            else
            {
                shown = group.Shown?.GetValueOrDefault(path.Id) ?? 0;
            }
            yield return path with { Final = isFinal, Revision = shown + 1 };
        }
    }

    /// <summary>What stands under the path's calls; what came long after them stands under none.</summary>
    private List<PlacedPacket> Packets(PathDraft draft, long lastNs, bool isFinal)
    {
        var packets = new List<PlacedPacket>();
        foreach (Request request in draft.Requests)
        {
            foreach (PlacedPacket placed in request.Packets ?? [])
            {
                if (placed.Packet.TimeNs <= lastNs + Request.GraceNs)
                    packets.Add(placed);
                else if (isFinal)
                    _conversations.Leave(placed.Packet, "its request was over");
            }
        }
        var seen = new HashSet<Connection>(ReferenceEqualityComparer.Instance);
        foreach (Request request in draft.Requests)
            foreach (Connection connection in request.Connections)
                if (connection.Conversation is not null && seen.Add(connection))
                    packets.AddRange(MarkPackets.Of(connection).Where(p => draft.Has(p.Call) && p.Packet.TimeNs <= lastNs + Request.GraceNs));
        return packets;
    }

    /// <summary>Hosts of which calls for the group may be missing, as losses.</summary>
    private IEnumerable<EventLoss> Late(Group group)
    {
        foreach ((string name, HostProgress host) in _hosts)
        {
            if (host.LateSinceNs is not { } sinceNs)
                continue;
            bool hasAddress = HostAddresses.TryGetValue(name, out IpAddress address);
            bool isMissing = false;
            for (Request? member = group.First; member is not null; member = member.NextMember)
                isMissing |= member.Origin.Channel.Host == name ? sinceNs <= member.GoneNs : hasAddress && member.LastNs > sinceNs && Talks(member, address);
            if (isMissing)
                yield return new EventLoss(name, 0, 0, 0, 0, sinceNs);
        }
    }

    private static bool Talks(Request request, IpAddress to)
    {
        foreach (Connection connection in request.Connections)
            if (connection.Channel.Peer?.Address == to)
                return true;
        return false;
    }

    private static IEnumerable<UnpairedStart> UnpairedOf(PathDraft draft, string path)
    {
        foreach (Request request in draft.Requests)
            foreach (Connection connection in request.Connections)
                if (connection.End is { Pair: null, IsOlder: false, Key.UnixSocket: null } end && end.Start.Request == request && end.Start.Event is var e)
                    yield return new UnpairedStart(e.Host, e.Tid, e.Operation, e.EffectNs, end.Key.Flow, path);
    }
}
