namespace STrace.OpenFlow;

/// <summary>
/// Which packets a rule takes (<c>ofp_match</c>, section 5.2.3). A null field takes any value. Two matches are equal when they take
/// the same packets by the same fields; what a peer left in wildcarded fields is kept for re-encoding only.
/// </summary>
public sealed partial record Match
{
    /// <summary>Bits in an IPv4 address: the prefix length of an exact match.</summary>
    public const int FullPrefixLength = 32;

    /// <summary>Takes every packet.</summary>
    public static readonly Match Any = new();

    /// <summary>Input port.</summary>
    public ushort? InPort { get; init; }

    /// <summary>Ethernet source.</summary>
    public MacAddress? DlSrc { get; init; }

    /// <summary>Ethernet destination.</summary>
    public MacAddress? DlDst { get; init; }

    /// <summary>VLAN id; <see cref="OpenFlowConstants.VlanNone"/> takes packets without a tag.</summary>
    public ushort? DlVlan { get; init; }

    /// <summary>VLAN priority, 0..7.</summary>
    public byte? DlVlanPcp { get; init; }

    /// <summary>Ethernet type: <c>0x0800</c> IPv4, <c>0x0806</c> ARP.</summary>
    public ushort? DlType { get; init; }

    /// <summary>IP type of service: the upper six bits are the DSCP.</summary>
    public byte? NwTos { get; init; }

    /// <summary>IP protocol, or the lower eight bits of the ARP operation.</summary>
    public byte? NwProto { get; init; }

    /// <summary>IPv4 source, or the sender's address in ARP.</summary>
    public Ipv4Address? NwSrc { get; init; }

    /// <summary>How many leading bits of <see cref="NwSrc"/> must agree, 1..32.</summary>
    public int NwSrcPrefixLength { get; init => field = CheckPrefix(value); } = FullPrefixLength;

    /// <summary>IPv4 destination, or the target's address in ARP.</summary>
    public Ipv4Address? NwDst { get; init; }

    /// <summary>How many leading bits of <see cref="NwDst"/> must agree, 1..32.</summary>
    public int NwDstPrefixLength { get; init => field = CheckPrefix(value); } = FullPrefixLength;

    /// <summary>TCP or UDP source port, or the ICMP type.</summary>
    public ushort? TpSrc { get; init; }

    /// <summary>TCP or UDP destination port, or the ICMP code.</summary>
    public ushort? TpDst { get; init; }

    /// <summary>The bytes this was decoded from, where they differ from what <see cref="WriteCanonical"/> would write.</summary>
    private byte[]? Original { get; init; }

    /// <inheritdoc/>
    public bool Equals(Match? other)
    {
        if (other is null)
            return false;
        Span<byte> mine = stackalloc byte[Length];
        Span<byte> theirs = stackalloc byte[Length];
        WriteCanonical(mine);
        other.WriteCanonical(theirs);
        return mine.SequenceEqual(theirs);
    }

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        Span<byte> bytes = stackalloc byte[Length];
        WriteCanonical(bytes);
        var hash = new HashCode();
        hash.AddBytes(bytes);
        return hash.ToHashCode();
    }

    private static int CheckPrefix(int length)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, FullPrefixLength);
        return length;
    }
}
