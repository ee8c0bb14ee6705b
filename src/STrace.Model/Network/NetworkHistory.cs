namespace STrace.Model;

/// <summary>The network during a session: what stood in its switches, how they were linked, and who was where.</summary>
/// <param name="Switches">The name of each switch that told one.</param>
/// <param name="Rules">By the time of their installation.</param>
/// <param name="Links">One a direction.</param>
/// <param name="Hosts">By time.</param>
/// <param name="Neighbours">By time.</param>
/// <param name="Relays">By the time at which the packet came to the controller.</param>
public sealed record NetworkHistory(
    IReadOnlyDictionary<ulong, string> Switches,
    IReadOnlyList<FlowRule> Rules,
    IReadOnlyList<NetworkLink> Links,
    IReadOnlyList<HostAttachment> Hosts,
    IReadOnlyList<Neighbour> Neighbours,
    IReadOnlyList<ControllerRelay> Relays)
{
    public static readonly NetworkHistory Empty = new(new Dictionary<ulong, string>(), [], [], [], [], []);
}

/// <summary>A port of a switch.</summary>
public readonly record struct NetworkPort(ulong Dpid, uint Port)
{
    public override string ToString() => $"{Dpid:x16}:{Port}";
}

/// <summary>What leaves <paramref name="From"/> enters at <paramref name="To"/>.</summary>
/// <param name="SinceNs">ns since the epoch; 0 for before the session.</param>
/// <param name="UntilNs">When the switches told that it was gone; null while it stands.</param>
public sealed record NetworkLink(NetworkPort From, NetworkPort To, long SinceNs, long? UntilNs)
{
    public override string ToString() => $"{From}->{To}";
}

/// <summary>Where frames with this IP source address entered the network, until the next entry for the address.</summary>
/// <param name="Mac">Their Ethernet source: 48 bits, the first byte on the wire highest.</param>
/// <param name="SinceNs">ns since the epoch; 0 for the first place of an address.</param>
public sealed record HostAttachment(ulong Mac, IpAddress Address, NetworkPort At, long SinceNs);

/// <summary>To which Ethernet address packets for an IP address were sent, until the next entry of the same sender.</summary>
/// <param name="Sender">Ethernet address of who sent so; null for what ARP told everybody.</param>
/// <param name="SinceNs">ns since the epoch; 0 for the first entry.</param>
public sealed record Neighbour(ulong? Sender, IpAddress Address, ulong Mac, long SinceNs);

/// <summary>A packet that came to the controller, and what the controller had the switch do with it.</summary>
/// <param name="At">Where it had entered.</param>
/// <param name="Flow">Its addresses then.</param>
/// <param name="SentNs">When the controller sent it on, ns since the epoch; null when it did not.</param>
/// <param name="Steps">The actions of the PACKET_OUT.</param>
public sealed record ControllerRelay(NetworkPort At, FlowTuple Flow, long ReceivedNs, long? SentNs, IReadOnlyList<FlowStep> Steps);
