namespace STrace.Model;

/// <summary>How a rewrite became known.</summary>
public enum RewriteSource
{
    /// <summary>Read from a rule on its way to a switch, or from a switch's table, while the session was recorded.</summary>
    Live,

    /// <summary>Read from a rule while the session was replayed (dissertation 5.2.2).</summary>
    Replay,

    /// <summary>Proven by equal TCP sequence numbers on both sides.</summary>
    Packets,
}

/// <summary>
/// A flow rule with actions that change addresses or ports, reduced to what the correlator asks of it. Match fields are
/// null where the rule has a wildcard.
/// </summary>
public sealed record RewriteRule
{
    /// <summary>When the rule was sent to the switch (or first seen in its table), ns since the epoch.</summary>
    public required long InstalledNs { get; init; }

    /// <summary>When it was deleted, replaced or timed out; null while it stands.</summary>
    public long? RemovedNs { get; init; }

    public required ulong Dpid { get; init; }
    public required ulong Cookie { get; init; }
    public required int Priority { get; init; }

    public byte? Protocol { get; init; }
    public IpPrefix? MatchSource { get; init; }
    public IpPrefix? MatchDestination { get; init; }
    public ushort? MatchSourcePort { get; init; }
    public ushort? MatchDestinationPort { get; init; }

    /// <summary>OFPAT_SET_NW_SRC, or a load of Nicira's to the same effect; so with the next three.</summary>
    public IpAddress? SetSource { get; init; }

    /// <summary>OFPAT_SET_NW_DST.</summary>
    public IpAddress? SetDestination { get; init; }

    /// <summary>OFPAT_SET_TP_SRC.</summary>
    public ushort? SetSourcePort { get; init; }

    /// <summary>OFPAT_SET_TP_DST.</summary>
    public ushort? SetDestinationPort { get; init; }

    /// <summary>Bits of what is set that are taken from the packet's old addresses: they stand there as 0.</summary>
    public BitCopies Copies { get; init; } = BitCopies.None;

    /// <summary>
    /// What may happen to addresses that the rule does not tell, for a person; null when it tells all. Where its own changes are such, it sets
    /// nothing here, and so joins nothing.
    /// </summary>
    public string? Doubt { get; init; }

    /// <summary>The whole match and action list, as ovs-ofctl writes them.</summary>
    public required string Match { get; init; }
    public required string Actions { get; init; }

    public RewriteSource Source { get; init; }
    public string? ReplayId { get; init; }

    /// <summary>Whether a packet with these addresses meets the rule; fields that the rule leaves open keep the packet's values.</summary>
    public bool Covers(FlowTuple flow) =>
        (Protocol is null || Protocol == flow.Protocol) &&
        (MatchSource is null || MatchSource.Value.Contains(flow.Source.Address)) &&
        (MatchDestination is null || MatchDestination.Value.Contains(flow.Destination.Address)) &&
        (MatchSourcePort is null || MatchSourcePort == flow.Source.Port) &&
        (MatchDestinationPort is null || MatchDestinationPort == flow.Destination.Port);

    /// <summary>The packet's addresses behind the rule.</summary>
    public FlowTuple Apply(FlowTuple flow) => Copies.Apply(flow, new FlowTuple(
        flow.Protocol,
        new Endpoint(SetSource ?? flow.Source.Address, SetSourcePort ?? flow.Source.Port),
        new Endpoint(SetDestination ?? flow.Destination.Address, SetDestinationPort ?? flow.Destination.Port)));
}

/// <param name="Length">Leading bits that count, of 32 for IPv4, of 128 for IPv6; 0 matches everything.</param>
public readonly record struct IpPrefix(IpAddress Address, int Length)
{
    public bool Contains(IpAddress address)
    {
        int ignored = (Address.IsV4 ? 32 : 128) - Length;
        return Length == 0 || (Address.IsV4 == address.IsV4 && Address.Bits >> ignored == address.Bits >> ignored);
    }
}
