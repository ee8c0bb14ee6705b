using STrace.Model;

namespace STrace.Correlation.Tests;

/// <summary>
/// A network as a test draws it; times in ns.
/// <code>
///   h1 10.0.0.1 - 1 [s1] 12 ---- 11 [s2] 1 - h4 10.0.0.4
///   h2 10.0.0.2 - 2      13 ---- 11 [s3] 1 - h6 10.0.0.6
/// </code>
/// </summary>
internal sealed class NetworkScene
{
    public const ulong S1 = 1, S2 = 2, S3 = 3;
    public const long Installed = 1_000_000_000_000;

    /// <summary>A time at which rules that were installed have settled.</summary>
    public const long Later = Installed + 10_000_000_000;

    private readonly List<FlowRule> _rules = [];
    private readonly List<NetworkLink> _links = [];
    private readonly List<HostAttachment> _hosts = [];
    private readonly List<Neighbour> _neighbours = [];
    private readonly List<ControllerRelay> _relays = [];

    public NetworkScene()
    {
        Host(1, S1, 1).Host(2, S1, 2).Host(4, S2, 1).Host(6, S3, 1);
    }

    /// <summary>The network with its links, which stand all the time.</summary>
    public static NetworkScene WithLinks() => new NetworkScene().Link(S1, 12, S2, 11).Link(S1, 13, S3, 11);

    public static FlowTuple Flow(string source, string destination) => new(FlowTuple.Tcp, Endpoint.Parse(source), Endpoint.Parse(destination));

    public static FlowStep Output(ulong port) => new(FlowStepKind.Output, port);

    public static FlowStep SetSource(string address) => new(FlowStepKind.SetSource, IpAddress.Parse(address).V4);

    public static FlowStep SetDestination(string address) => new(FlowStepKind.SetDestination, IpAddress.Parse(address).V4);

    public static FlowMatch To(string address, int bits = 32) => new(DlType: 0x0800, Destination: new IpPrefix(IpAddress.Parse(address), bits));

    /// <summary>hN has 10.0.0.N and the Ethernet address N.</summary>
    public NetworkScene Host(byte number, ulong dpid, uint port)
    {
        _hosts.Add(new HostAttachment(number, IpAddress.Parse($"10.0.0.{number}"), new NetworkPort(dpid, port), 0));
        return this;
    }

    public NetworkScene Link(ulong dpid, uint port, ulong otherDpid, uint otherPort, long sinceNs = 0, long? untilNs = null)
    {
        NetworkPort one = new(dpid, port), other = new(otherDpid, otherPort);
        _links.AddRange([new NetworkLink(one, other, sinceNs, untilNs), new NetworkLink(other, one, sinceNs, untilNs)]);
        return this;
    }

    public NetworkScene Virtual(string address, ulong mac, ulong? sender = null)
    {
        _neighbours.Add(new Neighbour(sender, IpAddress.Parse(address), mac, 0));
        return this;
    }

    /// <summary>A rule; its text of actions is made of its steps.</summary>
    public NetworkScene Rule(
        ulong dpid, FlowMatch match, FlowStep[] steps, int priority = 100, long installedNs = Installed, long? removedNs = null, long? sureUntilNs = null)
    {
        _rules.Add(new FlowRule
        {
            Dpid = dpid,
            Priority = priority,
            Cookie = (ulong)_rules.Count,
            Fields = match,
            Steps = steps,
            InstalledNs = installedNs,
            RemovedNs = removedNs,
            SureUntilNs = sureUntilNs,
            Match = match.ToString(),
            Actions = string.Join(',', steps),
        });
        return this;
    }

    public NetworkScene Relay(ulong dpid, uint port, FlowTuple flow, long receivedNs, long? sentNs, params FlowStep[] steps)
    {
        _relays.Add(new ControllerRelay(new NetworkPort(dpid, port), flow, receivedNs, sentNs, steps));
        return this;
    }

    public NetworkWalk Walk() => new(new NetworkHistory(new Dictionary<ulong, string> { [S1] = "s1" }, _rules, _links, _hosts, _neighbours, _relays));

    /// <summary>A route in short: switch in-port&gt;out-port, one after the other.</summary>
    public static string Draw(NetworkRoute route) => string.Join(' ', route.Hops.Select(h => $"s{h.Dpid}:{h.InPort}>{h.OutPort?.ToString() ?? "?"}"));
}
