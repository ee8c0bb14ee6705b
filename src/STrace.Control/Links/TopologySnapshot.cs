using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>The network as it is known at one moment.</summary>
/// <param name="Links">One a direction, in the order of their senders.</param>
/// <param name="Hosts">In the order of their addresses.</param>
public sealed record TopologySnapshot(IReadOnlyList<SwitchLink> Links, IReadOnlyList<EdgeHost> Hosts);

/// <summary>A frame that leaves <paramref name="From"/> enters at <paramref name="To"/>.</summary>
/// <param name="LastSeen">When LLDP last told of it.</param>
public sealed record SwitchLink(SwitchPort From, SwitchPort To, DateTimeOffset LastSeen);

/// <summary>A host at the edge of the network.</summary>
/// <param name="At">The port, no end of a link, at which its frames last came to the controller.</param>
public sealed record EdgeHost(MacAddress Address, SwitchPort At);
