using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>Which headers a match looks at; of an address how many leading bits, 0 for none.</summary>
internal readonly record struct HeaderFields(
    bool DlSrc, bool DlDst, bool DlVlan, bool DlVlanPcp, bool DlType, bool NwTos, bool NwProto, int NwSrcBits, int NwDstBits,
    bool TpSrc, bool TpDst)
{
    public static HeaderFields Of(Match match) => new(
        match.DlSrc is not null, match.DlDst is not null, match.DlVlan is not null, match.DlVlanPcp is not null,
        match.DlType is not null, match.NwTos is not null, match.NwProto is not null,
        match.NwSrc is null ? 0 : match.NwSrcPrefixLength, match.NwDst is null ? 0 : match.NwDstPrefixLength,
        match.TpSrc is not null, match.TpDst is not null);

    /// <summary>The match's values of these fields alone. A field that it leaves open stays so, and equals no rule's.</summary>
    public Match Select(Match match) => new()
    {
        DlSrc = DlSrc ? match.DlSrc : null,
        DlDst = DlDst ? match.DlDst : null,
        DlVlan = DlVlan ? match.DlVlan : null,
        DlVlanPcp = DlVlanPcp ? match.DlVlanPcp : null,
        DlType = DlType ? match.DlType : null,
        NwTos = NwTos ? match.NwTos : null,
        NwProto = NwProto ? match.NwProto : null,
        NwSrc = Leading(match.NwSrc, NwSrcBits),
        NwSrcPrefixLength = NwSrcBits == 0 ? Match.FullPrefixLength : NwSrcBits,
        NwDst = Leading(match.NwDst, NwDstBits),
        NwDstPrefixLength = NwDstBits == 0 ? Match.FullPrefixLength : NwDstBits,
        TpSrc = TpSrc ? match.TpSrc : null,
        TpDst = TpDst ? match.TpDst : null,
    };

    private static Ipv4Address? Leading(Ipv4Address? address, int bits) => bits == 0 ? null : address?.Mask(bits);
}
