using STrace.Model;

namespace STrace.Original.Tests;

/// <summary>A drawn case: threads of hosts make calls one after another, a microsecond apart, each half a microsecond long.</summary>
internal sealed class Drawing
{
    private readonly List<HostEvent> _events = [];

    public long NowNs { get; set; } = 1_000_000_000;

    public IReadOnlyList<HostEvent> Events => _events;

    public DrawnThread Thread(int pid, int tid = 0, int ppid = 0, string host = "a") => new(this, host, pid, tid == 0 ? pid : tid, ppid);

    /// <summary>Both ends of a connection, as the hosts see them.</summary>
    public static (Channel Client, Channel Server) Connection(int port, string client = "10.0.0.1", string server = "10.0.0.2") => (
        Socket($"{client}:{port}", $"{server}:80"), Socket($"{server}:80", $"{client}:{port}"));

    public static Channel Socket(string local, string peer) => new()
    {
        Host = "",
        Kind = ChannelKind.Socket,
        Id = local,
        Protocol = FlowTuple.Tcp,
        Local = Endpoint.Parse(local),
        Peer = Endpoint.Parse(peer),
    };

    /// <summary>A switch's rule that sends to a real address what goes to a virtual one.</summary>
    public static RewriteRule Rule(string virtualAddress, string realAddress) => new()
    {
        InstalledNs = 0,
        Dpid = 3,
        Cookie = 0,
        Priority = 1,
        MatchDestination = new IpPrefix(IpAddress.Parse(virtualAddress), 32),
        SetDestination = IpAddress.Parse(realAddress),
        Match = "",
        Actions = "",
    };

    public void Add(HostEvent call) => _events.Add(call);

    /// <summary>The paths, each the numbers that its calls have in the drawing, from 0.</summary>
    public int[][] Build(params RewriteRule[] rules) => Numbers(new OriginalCorrelator().Build(_events, rules));

    public int[][] Numbers(IReadOnlyList<OriginalPath> paths) =>
        [.. paths.Select(path => path.Nodes.Select(node => _events.IndexOf(node.Call)).ToArray())];
}
