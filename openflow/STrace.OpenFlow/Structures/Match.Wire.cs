using System.Buffers.Binary;

namespace STrace.OpenFlow;

public sealed partial record Match
{
    //  0           4         6        12       18        20            21    22
    // +-----------+---------+--------+--------+---------+-------------+-----+---------+
    // | wildcards | in_port | dl_src | dl_dst | dl_vlan | dl_vlan_pcp | pad | dl_type |
    // +--------+--+-------+-+----+---+----+---+----+----+---+---------+-----+---------+
    // | nw_tos | nw_proto | pad2 | nw_src | nw_dst | tp_src | tp_dst |
    // +--------+----------+------+--------+--------+--------+--------+
    //  24       25         26     28       32       36       38       40
    internal const int Length = 40;

    private const int InPortOffset = 4;
    private const int DlSrcOffset = 6;
    private const int DlDstOffset = 12;
    private const int DlVlanOffset = 18;
    private const int DlVlanPcpOffset = 20;
    private const int DlTypeOffset = 22;
    private const int NwTosOffset = 24;
    private const int NwProtoOffset = 25;
    private const int NwSrcOffset = 28;
    private const int NwDstOffset = 32;
    private const int TpSrcOffset = 36;
    private const int TpDstOffset = 38;

    // enum ofp_flow_wildcards
    private const uint InPortWildcard = 1 << 0; // OFPFW_IN_PORT
    private const uint DlVlanWildcard = 1 << 1; // OFPFW_DL_VLAN
    private const uint DlSrcWildcard = 1 << 2; // OFPFW_DL_SRC
    private const uint DlDstWildcard = 1 << 3; // OFPFW_DL_DST
    private const uint DlTypeWildcard = 1 << 4; // OFPFW_DL_TYPE
    private const uint NwProtoWildcard = 1 << 5; // OFPFW_NW_PROTO
    private const uint TpSrcWildcard = 1 << 6; // OFPFW_TP_SRC
    private const uint TpDstWildcard = 1 << 7; // OFPFW_TP_DST
    private const int NwSrcShift = 8; // OFPFW_NW_SRC_SHIFT
    private const int NwDstShift = 14; // OFPFW_NW_DST_SHIFT
    private const uint NwBits = 0x3f; // six bits: how many low bits of the address are free; 32 and above are all
    private const uint DlVlanPcpWildcard = 1 << 20; // OFPFW_DL_VLAN_PCP
    private const uint NwTosWildcard = 1 << 21; // OFPFW_NW_TOS

    internal static Match Read(ref WireReader reader)
    {
        var bytes = reader.Take(Length);
        var match = Parse(bytes);
        Span<byte> canonical = stackalloc byte[Length];
        match.WriteCanonical(canonical);
        return bytes.SequenceEqual(canonical) ? match : match with { Original = bytes.ToArray() };
    }

    internal void Write(WireWriter writer)
    {
        var bytes = writer.Take(Length);
        // A copy changed by `with` carries the bytes of what it was copied from: they count only while they mean the same.
        if (Original is not null && Parse(Original).Equals(this))
            Original.CopyTo(bytes);
        else
            WriteCanonical(bytes);
    }

    private static Match Parse(ReadOnlySpan<byte> bytes)
    {
        var wildcards = BinaryPrimitives.ReadUInt32BigEndian(bytes);
        var nwSrcPrefix = PrefixLength(wildcards >> NwSrcShift);
        var nwDstPrefix = PrefixLength(wildcards >> NwDstShift);
        return new Match
        {
            InPort = Has(wildcards, InPortWildcard) ? UInt16(bytes, InPortOffset) : null,
            DlSrc = Has(wildcards, DlSrcWildcard) ? MacAddress.Read(bytes[DlSrcOffset..]) : null,
            DlDst = Has(wildcards, DlDstWildcard) ? MacAddress.Read(bytes[DlDstOffset..]) : null,
            DlVlan = Has(wildcards, DlVlanWildcard) ? UInt16(bytes, DlVlanOffset) : null,
            DlVlanPcp = Has(wildcards, DlVlanPcpWildcard) ? bytes[DlVlanPcpOffset] : null,
            DlType = Has(wildcards, DlTypeWildcard) ? UInt16(bytes, DlTypeOffset) : null,
            NwTos = Has(wildcards, NwTosWildcard) ? bytes[NwTosOffset] : null,
            NwProto = Has(wildcards, NwProtoWildcard) ? bytes[NwProtoOffset] : null,
            NwSrc = nwSrcPrefix > 0 ? Ipv4(bytes, NwSrcOffset).Mask(nwSrcPrefix) : null,
            NwSrcPrefixLength = nwSrcPrefix > 0 ? nwSrcPrefix : FullPrefixLength,
            NwDst = nwDstPrefix > 0 ? Ipv4(bytes, NwDstOffset).Mask(nwDstPrefix) : null,
            NwDstPrefixLength = nwDstPrefix > 0 ? nwDstPrefix : FullPrefixLength,
            TpSrc = Has(wildcards, TpSrcWildcard) ? UInt16(bytes, TpSrcOffset) : null,
            TpDst = Has(wildcards, TpDstWildcard) ? UInt16(bytes, TpDstOffset) : null,
        };
    }

    /// <summary>Zeros in whatever is not matched; 32 (not 33..63) as the free bits of an address that is not.</summary>
    private void WriteCanonical(Span<byte> bytes)
    {
        bytes.Clear();
        var wildcards =
            Wildcard(InPort is null, InPortWildcard) | Wildcard(DlVlan is null, DlVlanWildcard) |
            Wildcard(DlSrc is null, DlSrcWildcard) | Wildcard(DlDst is null, DlDstWildcard) |
            Wildcard(DlType is null, DlTypeWildcard) | Wildcard(NwProto is null, NwProtoWildcard) |
            Wildcard(TpSrc is null, TpSrcWildcard) | Wildcard(TpDst is null, TpDstWildcard) |
            Wildcard(DlVlanPcp is null, DlVlanPcpWildcard) | Wildcard(NwTos is null, NwTosWildcard) |
            (FreeBits(NwSrc, NwSrcPrefixLength) << NwSrcShift) | (FreeBits(NwDst, NwDstPrefixLength) << NwDstShift);
        BinaryPrimitives.WriteUInt32BigEndian(bytes, wildcards);
        BinaryPrimitives.WriteUInt16BigEndian(bytes[InPortOffset..], InPort ?? 0);
        DlSrc.GetValueOrDefault().Write(bytes[DlSrcOffset..]);
        DlDst.GetValueOrDefault().Write(bytes[DlDstOffset..]);
        BinaryPrimitives.WriteUInt16BigEndian(bytes[DlVlanOffset..], DlVlan ?? 0);
        bytes[DlVlanPcpOffset] = DlVlanPcp ?? 0;
        BinaryPrimitives.WriteUInt16BigEndian(bytes[DlTypeOffset..], DlType ?? 0);
        bytes[NwTosOffset] = NwTos ?? 0;
        bytes[NwProtoOffset] = NwProto ?? 0;
        BinaryPrimitives.WriteUInt32BigEndian(bytes[NwSrcOffset..], NwSrc.GetValueOrDefault().Mask(NwSrcPrefixLength).Value);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[NwDstOffset..], NwDst.GetValueOrDefault().Mask(NwDstPrefixLength).Value);
        BinaryPrimitives.WriteUInt16BigEndian(bytes[TpSrcOffset..], TpSrc ?? 0);
        BinaryPrimitives.WriteUInt16BigEndian(bytes[TpDstOffset..], TpDst ?? 0);
    }

    private static bool Has(uint wildcards, uint wildcard) => (wildcards & wildcard) == 0;

    private static uint Wildcard(bool free, uint wildcard) => free ? wildcard : 0;

    private static int PrefixLength(uint freeBits) => FullPrefixLength - (int)Math.Min(freeBits & NwBits, FullPrefixLength);

    private static uint FreeBits(Ipv4Address? address, int prefixLength) =>
        (uint)(address is null ? FullPrefixLength : FullPrefixLength - prefixLength);

    private static ushort UInt16(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt16BigEndian(bytes[offset..]);

    private static Ipv4Address Ipv4(ReadOnlySpan<byte> bytes, int offset) => new(BinaryPrimitives.ReadUInt32BigEndian(bytes[offset..]));
}
