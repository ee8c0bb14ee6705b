using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>The network as it is known at one moment.</summary>
/// <param name="Links">Those that are up, one a direction, in the order of their senders.</param>
/// <param name="LostLinks">Those that were up before, likewise.</param>
/// <param name="Hosts">In the order of their addresses.</param>
public sealed record TopologySnapshot(IReadOnlyList<SwitchLink> Links, IReadOnlyList<SwitchLink> LostLinks, IReadOnlyList<EdgeHost> Hosts);

/// <summary>A frame that leaves <paramref name="From"/> enters at <paramref name="To"/>.</summary>
/// <param name="LastSeen">When LLDP last told of it.</param>
/// <param name="Since">Since when it is up, or is not.</param>
/// <param name="Loss">Why it is not up; null while it is.</param>
/// <param name="Floods">Whether it belongs to the spanning tree: the others carry no packets.</param>
public sealed record SwitchLink(
    SwitchPort From, SwitchPort To, DateTimeOffset LastSeen, DateTimeOffset Since, LinkLoss? Loss = null, bool Floods = false)
{
    /// <summary>The same for both directions: its lower end first.</summary>
    internal (SwitchPort Low, SwitchPort High) Cable => From.CompareTo(To) <= 0 ? (From, To) : (To, From);
}

/// <summary>Why a link is not up.</summary>
public enum LinkLoss
{
    /// <summary>A port at its end went down, or led nowhere when it had come up again.</summary>
    PortDown,

    /// <summary>A switch at its end is not connected. The link may still carry packets.</summary>
    SwitchGone,

    /// <summary>No LLDP came over it for long, although nothing else tells of a loss. It may still carry packets.</summary>
    Silent,
}

/// <summary>A host at the edge of the network.</summary>
/// <param name="At">The port, no end of a link, at which its frames last came to the controller.</param>
/// <param name="Ip">As it said in its ARP; null where it has not.</param>
public sealed record EdgeHost(MacAddress Address, SwitchPort At, Ipv4Address? Ip = null);
