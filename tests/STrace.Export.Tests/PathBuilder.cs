using STrace.Model;

namespace STrace.Export.Tests;

/// <summary>Makes a path by hand: calls in order, each the successor of its thread's last, and the edges between threads.</summary>
internal sealed class PathBuilder
{
    /// <summary>Times are given in microseconds from here; the dissertation's request began in this second.</summary>
    public const long BaseNs = 1_404_430_317_000_000_000;

    private readonly Dictionary<string, IpAddress> _hosts = [];
    private readonly List<PathEvent> _events = [];
    private readonly List<PathEdge> _edges = [];
    private readonly List<Rewrite> _rewrites = [];
    private readonly List<PathPacket> _packets = [];
    private readonly List<UnplacedPacket> _unplaced = [];
    private readonly List<PathHop> _hops = [];
    private readonly Dictionary<(string Host, int Tid), PathEvent> _last = [];

    public PathBuilder Host(string name, string address)
    {
        _hosts[name] = IpAddress.Parse(address);
        return this;
    }

    public string Call(
        string host, int tid, int pid, Operation operation, long microseconds,
        string? peer = null, string? path = null, int errno = 0, long? exit = null)
    {
        uint sequence = _last.TryGetValue((host, tid), out PathEvent? previous) ? previous.Event.Sequence + 1 : 1;
        var channel = new Channel
        {
            Host = host,
            Kind = path is null ? ChannelKind.Socket : ChannelKind.File,
            Id = $"8:{tid}",
            Peer = peer is null ? null : Endpoint.Parse(peer),
            Local = peer is null ? null : new Endpoint(_hosts[host], 40000),
        };
        var e = new PathEvent($"e{_events.Count + 1}", $"a{host}.{tid}", new HostEvent
        {
            Thread = new ThreadLife
            {
                Host = host,
                Ring = (ulong)tid,
                Pid = pid,
                Tid = tid,
                Ppid = 1,
                Program = host == "h2" ? "client" : "ntier",
            },
            Sequence = sequence,
            Operation = operation,
            EnterNs = BaseNs + microseconds * 1000,
            ExitNs = BaseNs + (exit ?? microseconds + 20) * 1000,
            Result = errno == 0 ? 7 : -1,
            Errno = errno,
            Channel = channel,
            Detail = new EventDetail { Path = path },
        });
        _events.Add(e);
        _last[(host, tid)] = e;
        if (previous is not null)
            Edge(previous.Id, e.Id, EdgeKind.Order);
        return e.Id;
    }

    public PathBuilder Edge(string from, string to, EdgeKind kind, string? rewrite = null)
    {
        _edges.Add(new PathEdge($"d{_edges.Count + 1}", from, to, kind, "rule-of-" + kind, "seen \"by hand\"", rewrite));
        return this;
    }

    public string Rewrite(string virtualDestination, string realDestination)
    {
        var before = new FlowTuple(FlowTuple.Tcp, Endpoint.Parse("10.0.0.5:40000"), Endpoint.Parse(virtualDestination));
        var rewrite = new Rewrite(
            $"r{_rewrites.Count + 1}", BaseNs, 3, 0xABC, 100, "tcp,nw_dst=200.200.200.201", "mod_nw_dst:10.0.0.7,output:2",
            before, before with { Destination = Endpoint.Parse(realDestination) }, RewriteSource.Replay, "replay-1");
        _rewrites.Add(rewrite);
        return rewrite.Id;
    }

    /// <summary>A packet captured on the call's host; of a connection between 10.0.0.4:40000 and 10.0.0.5:3333.</summary>
    public PathBuilder Packet(
        string call, long microseconds, bool outgoing, TcpMarks flags, uint sequence,
        int length = 0, bool again = false, string? error = null)
    {
        string host = _events.Single(e => e.Id == call).Event.Host;
        CapturedPacket packet = Captured(host, microseconds, outgoing, flags, sequence, length);
        _packets.Add(new PathPacket($"p{_packets.Count + 1}", call, packet, again, error));
        return this;
    }

    /// <summary>A switch that the message of the last edge crossed, with a rule that sends 10.0.0.2's packets for the virtual address on.</summary>
    /// <param name="to">The destination behind it; null where it changes nothing.</param>
    public PathBuilder Crossed(string name, uint inPort, uint outPort, ulong? cookie, string? to = null)
    {
        var before = new FlowTuple(FlowTuple.Tcp, Endpoint.Parse("10.0.0.2:40000"), Endpoint.Parse("200.200.200.200:3332"));
        FlowTuple after = to is null ? before : before with { Destination = Endpoint.Parse(to) };
        FlowRule? rule = cookie is null ? null : new FlowRule
        {
            Dpid = 1,
            Priority = 200,
            Cookie = cookie.Value,
            Fields = to is null
                ? new FlowMatch(InPort: inPort, DlSrc: 0x0000_0000_0102, DlDst: 0x0253_54c8_c8c8)
                : new FlowMatch(Destination: new IpPrefix(before.Destination.Address, 32), DestinationPort: 3332),
            Steps = [],
            InstalledNs = BaseNs,
            Match = "the whole match",
            Actions = "the whole actions",
        };
        var hop = new NetworkHop(1, name, inPort, outPort, null, rule, ViaController: rule is null, before, after, null);
        _hops.Add(new PathHop(_edges[^1].Id, BaseNs, hop));
        return this;
    }

    public PathBuilder Unplaced(string host, long microseconds, string reason)
    {
        _unplaced.Add(new UnplacedPacket(Captured(host, microseconds, true, TcpMarks.Psh | TcpMarks.Ack, 77, 5), reason));
        return this;
    }

    private static CapturedPacket Captured(string host, long microseconds, bool outgoing, TcpMarks flags, uint sequence, int length)
    {
        var flow = new FlowTuple(FlowTuple.Tcp, Endpoint.Parse("10.0.0.4:40000"), Endpoint.Parse("10.0.0.5:3333"));
        return new CapturedPacket(host, BaseNs + microseconds * 1000, outgoing, flow, flags, sequence, 9001, length, 1);
    }

    public PathSet Build(string session = "demo")
    {
        long start = _events.Min(e => e.Event.EnterNs);
        var path = new CausalPath
        {
            Id = "4f1c9a07d2be6138",
            StartNs = start,
            DurationNs = _events.Max(e => e.Event.ExitNs) - start,
            Status = _events.Any(e => e.Event.Failed) ? PathStatus.Error : PathStatus.Ok,
            Flags = _events.Any(e => e.Event.Failed) ? [PathStatus.Error] : [],
            Signature = "00ff",
            RootEvent = _events[0].Id,
            Hosts = _events.Select(e => e.Event.Host).Distinct().ToList(),
            Elements = [new PathElement("x1", "host", _events[0].Event.Host)],
            Activities = _events.GroupBy(e => e.Activity).Select(a => new PathActivity(
                a.Key, a.First().Event.Host, a.First().Event.Pid, a.First().Event.Tid, a.Select(e => e.Id).ToList())).ToList(),
            Events = _events,
            Packets = _packets,
            Hops = _hops,
            Edges = _edges,
            Candidates = [new PathCandidate(_events[0].Id, "two fit", ["h5 accept", "h6 accept"])],
            Losses = [new EventLoss("h4", 2021, 2021, 8, 9, BaseNs)],
            Rewrites = _rewrites,
        };
        var unanswered = new FlowTuple(FlowTuple.Tcp, Endpoint.Parse("10.0.0.4:40001"), Endpoint.Parse("10.0.0.99:80"));
        return new PathSet(
            session, [RewriteSource.Live, RewriteSource.Replay], _hosts,
            [new UnpairedStart("h4", 2021, Operation.Connect, BaseNs, unanswered, path.Id)], [path])
        {
            UnplacedPackets = _unplaced,
        };
    }
}
