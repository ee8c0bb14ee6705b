using STrace.Model;

namespace STrace.Correlation.Tests;

/// <summary>
/// A drawn case, typed in: hosts' threads make calls one after another (a microsecond apart), each for the request named in
/// <see cref="Request"/> (null: for none). That name is the ground truth; the correlator never sees it.
/// </summary>
internal sealed class Scenario
{
    private readonly Dictionary<HostEvent, string?> _truth = new(ReferenceEqualityComparer.Instance);
    private readonly List<ThreadOrigin> _starts = [];
    private readonly List<EventLoss> _losses = [];
    private readonly List<RewriteRule> _rules = [];
    private readonly List<CapturedPacket> _packets = [];
    private readonly List<DeclaredSend> _declared = [];
    private ulong _rings;
    private int _channels;

    public long NowNs { get; set; } = 1_000_000_000;
    public string? Request { get; set; } = "A";
    public Dictionary<string, IpAddress> Addresses { get; } = [];
    public IReadOnlyCollection<HostEvent> Events => _truth.Keys;

    public TestThread Thread(string host, int pid, int tid = 0) => new(this, host, pid, tid == 0 ? pid : tid, ++_rings);

    public Channel Channel(string host, ChannelKind kind, string? path = null) =>
        new() { Host = host, Kind = kind, Id = $"c{++_channels}", Path = path };

    /// <summary>The accepting end of a Unix socket, whose other end the kernel says is that process's.</summary>
    public Channel UnixAccepted(string host, string path, int peerPid) =>
        new() { Host = host, Kind = ChannelKind.Socket, Id = $"c{++_channels}", Path = path, PeerPid = peerPid };

    public Channel Socket(string host, string local, string peer) => new()
    {
        Host = host,
        Kind = ChannelKind.Socket,
        Id = $"c{++_channels}",
        Protocol = FlowTuple.Tcp,
        Local = Endpoint.Parse(local),
        Peer = Endpoint.Parse(peer),
    };

    /// <summary>One end of a socketpair; the other has the same name of the pair.</summary>
    public Channel Pair(string host, string pair) =>
        new() { Host = host, Kind = ChannelKind.Socket, Id = $"c{++_channels}", Pair = pair };

    /// <summary>Both ends of a connection that nothing rewrites.</summary>
    public (Channel Client, Channel Server) Tcp(string clientHost, string client, string serverHost, string server) =>
        (Socket(clientHost, client, server), Socket(serverHost, server, client));

    /// <summary>A rule that sends what goes to one address and port to another address.</summary>
    public void Rewrite(
        ulong dpid, string from, string to, long installedNs = 0, long? removedNs = null, RewriteSource source = RewriteSource.Live)
    {
        Endpoint match = Endpoint.Parse(from), set = Endpoint.Parse(to);
        _rules.Add(new RewriteRule
        {
            InstalledNs = installedNs,
            RemovedNs = removedNs,
            Dpid = dpid,
            Cookie = 0x10 + dpid,
            Priority = 100,
            Source = source,
            Protocol = FlowTuple.Tcp,
            MatchDestination = new IpPrefix(match.Address, 32),
            MatchDestinationPort = match.Port,
            SetDestination = set.Address,
            SetDestinationPort = set.Port,
            Match = $"tcp,nw_dst={match.Address},tp_dst={match.Port}",
            Actions = $"mod_nw_dst:{set.Address},mod_tp_dst:{set.Port}",
        });
    }

    public void Add(RewriteRule rule) => _rules.Add(rule);

    public void Lose(TestThread thread, uint first, uint last) =>
        _losses.Add(new EventLoss(thread.Host, thread.Ring, thread.Tid, first, last, NowNs));

    public PathSet Build(params RewriteSource[] rewrites) => Build(new CorrelationOptions { Rewrites = rewrites });

    public PathSet Build(CorrelationOptions options, Random? shuffle = null, (string Host, long SinceNs)? late = null)
    {
        T[] Order<T>(IEnumerable<T> items)
        {
            T[] array = [.. items];
            shuffle?.Shuffle(array);
            return array;
        }
        var input = new CorrelationInput(
            "test", Addresses, Order(_truth.Keys), Order(_starts), Order(_losses), Order(_rules))
        {
            Packets = Order(_packets),
            DeclaredSends = Order(_declared),
        };
        if (late is { } gone)
            input = input with
            {
                Events = [.. input.Events.Where(e => e.Host != gone.Host || e.EffectNs <= gone.SinceNs)],
                ThreadStarts = [.. input.ThreadStarts.Where(s => s.Host != gone.Host || s.TimeNs <= gone.SinceNs)],
                Losses = [.. input.Losses.Where(l => l.Host != gone.Host || l.TimeNs <= gone.SinceNs)],
                Packets = [.. input.Packets.Where(p => p.Host != gone.Host || p.TimeNs <= gone.SinceNs)],
                DeclaredSends = [.. input.DeclaredSends.Where(d => d.Host != gone.Host || d.TimeNs <= gone.SinceNs)],
                LateHosts = new Dictionary<string, long> { [gone.Host] = gone.SinceNs },
            };
        // The times of a drawn case are all by one clock, even where they tell of calls stamped late.
        return Correlator.Build(input, options with { CorrectsClocks = false });
    }

    /// <summary>Built while it comes, in random pieces and order: each host's events are there when its watermark passes them.</summary>
    /// <param name="late">A host that is heard until the time and not waited for behind it.</param>
    public LiveResult BuildLive(CorrelationOptions options, Random random, (string Host, long SinceNs)? late = null)
    {
        var live = new LiveCorrelator(options) { HostAddresses = Addresses };
        foreach (RewriteRule rule in _rules)
            live.Add(rule);
        var hosts = Arrivals(live).GroupBy(a => a.Host).Select(g => new Queue<Arrival>(g.OrderBy(a => a.TimeNs))).ToList();
        var names = hosts.ConvertAll(h => h.Peek().Host);
        foreach (string name in names)
            live.Pass(name, long.MinValue + 1);
        var result = new LiveResult();
        while (hosts.Exists(h => h.Count > 0))
        {
            int chosen = random.Next(hosts.Count);
            Queue<Arrival> host = hosts[chosen];
            var piece = new List<Arrival>();
            for (int n = random.Next(1, 60); n > 0 && host.Count > 0; n--)
                piece.Add(host.Dequeue());
            while (piece.Count > 0 && host.TryPeek(out Arrival next) && next.TimeNs == piece[^1].TimeNs)
                piece.Add(host.Dequeue());
            if (piece.Count == 0)
                continue;
            long untilNs = piece[^1].TimeNs;
            Arrival[] inAnyOrder = [.. piece];
            random.Shuffle(inAnyOrder);
            foreach (Arrival arrival in inAnyOrder)
                if (late is not { } l || l.Host != arrival.Host || arrival.TimeNs <= l.SinceNs)
                    arrival.Add();
            live.Pass(names[chosen], late is { } lost && lost.Host == names[chosen] ? Math.Min(untilNs, lost.SinceNs) : untilNs);
            if (late is { } gone && gone.Host == names[chosen] && untilNs >= gone.SinceNs)
            {
                live.Pass(gone.Host, gone.SinceNs);
                live.GiveUp(gone.Host);
            }
            if (random.Next(3) == 0)
                result.Take(live.Build(provisional: random.Next(2) == 0));
        }
        result.Take(live.End());
        result.Unpaired = live.Unpaired;
        result.UnplacedPackets = live.UnplacedPackets;
        result.LeftOver = live.LiveEvents;
        return result;
    }

    private readonly record struct Arrival(string Host, long TimeNs, Action Add);

    private IEnumerable<Arrival> Arrivals(LiveCorrelator live) =>
    [
        .. Events.Select(e => new Arrival(e.Host, e.EffectNs, () => live.Add(e))),
        .. _starts.Select(s => new Arrival(s.Host, s.TimeNs, () => live.Add(s))),
        .. _losses.Select(l => new Arrival(l.Host, Events.Where(e => e.Ring == l.Ring && e.Sequence > l.LastSequence).Select(e => e.EffectNs).Append(l.TimeNs).Min(), () => live.Add(l))),
        .. _packets.Select(p => new Arrival(p.Host, p.TimeNs, () => live.Add(p))),
        .. _declared.Select(d => new Arrival(d.Host, d.TimeNs, () => live.Add(d))),
    ];

    /// <summary>Every request has one path, with all its calls and no other.</summary>
    public void AssertExact(PathSet set)
    {
        var expected = _truth.Where(t => t.Value is not null).GroupBy(t => t.Value!, t => t.Key).ToDictionary(g => g.Key);
        Assert.Equal(expected.Count, set.Paths.Count);
        foreach (CausalPath path in set.Paths)
        {
            string request = _truth[path.Events[0].Event] ?? "none";
            Assert.Equal(Names(expected[request]), Names(path.Events.Select(e => e.Event)));
            Assert.Empty(path.Candidates);
            AssertOneRoot(path);
        }
    }

    /// <summary>Of so many calls nothing is known but their number.</summary>
    public void LoseAtRandom(Random random, double share)
    {
        foreach (HostEvent e in _truth.Keys.Where(_ => random.NextDouble() < share).ToList())
        {
            _truth.Remove(e);
            _losses.Add(new EventLoss(e.Host, e.Ring, e.Tid, e.Sequence, e.Sequence, e.ExitNs));
        }
    }

    internal void Record(HostEvent e) => _truth.Add(e, Request);

    internal void Record(ThreadOrigin start) => _starts.Add(start);

    internal void Record(CapturedPacket packet) => _packets.Add(packet);

    internal void Record(DeclaredSend declared) => _declared.Add(declared);

    private string[] Names(IEnumerable<HostEvent> events) =>
        [.. events.Select(e => $"{_truth[e]}: {e.Host} [{e.Tid}/{e.Pid}] #{e.Sequence:d6} {e.Operation}").Order(StringComparer.Ordinal)];

    /// <summary>Events stand behind their causes, and all but the root have one.</summary>
    private static void AssertOneRoot(CausalPath path)
    {
        var places = path.Events.Select((e, i) => (e.Id, i)).ToDictionary();
        Assert.All(path.Edges, e => Assert.True(places[e.From] < places[e.To], $"{e.Kind} {e.Evidence} leads back"));
        Assert.Equal([path.RootEvent], path.Events.Select(e => e.Id).Except(path.Edges.Select(e => e.To)));
        Assert.Equal(path.RootEvent, path.Events[0].Id);
    }
}
