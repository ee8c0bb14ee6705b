using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>What a match means to a switch, however it is written.</summary>
internal static class MatchMeaning
{
    private const ushort EtherRarp = 0x8035;
    private const byte DscpMask = 0xfc;
    private const char OtherSeparator = ',';

    /// <summary>
    /// Without the fields that a switch ignores for want of another (section 3.4): nw_* needs dl_type, tp_* also nw_proto.
    /// Open vSwitch reports rules in this form.
    /// </summary>
    public static Match Normalise(Match match)
    {
        var isIp = match.DlType == Protocols.EtherIpv4;
        var hasAddresses = isIp || match.DlType is Protocols.EtherArp or EtherRarp;
        var hasPorts = isIp && match.NwProto is Protocols.Icmp or Protocols.Tcp or Protocols.Udp;
        return match with
        {
            DlVlanPcp = match.DlVlan is null or OpenFlowConstants.VlanNone ? null : match.DlVlanPcp,
            NwTos = isIp ? (byte?)(match.NwTos & DscpMask) : null,
            NwProto = hasAddresses ? match.NwProto : null,
            NwSrc = hasAddresses ? match.NwSrc : null,
            NwDst = hasAddresses ? match.NwDst : null,
            TpSrc = hasPorts ? match.TpSrc : null,
            TpDst = hasPorts ? match.TpDst : null,
        };
    }

    /// <summary>The priority that counts: a match without wildcards always wins (section 3.4).</summary>
    public static ushort Priority(Match match, ushort priority)
    {
        var isExact = match is
        {
            InPort: not null, DlSrc: not null, DlDst: not null, DlVlan: not null, DlVlanPcp: not null, DlType: not null,
            NwTos: not null, NwProto: not null, NwSrc: not null, NwSrcPrefixLength: Match.FullPrefixLength,
            NwDst: not null, NwDstPrefixLength: Match.FullPrefixLength, TpSrc: not null, TpDst: not null,
        };
        return isExact ? ushort.MaxValue : priority;
    }

    /// <summary>What OpenFlow 1.0 has no fields for, in one order.</summary>
    public static string OtherFields(NiciraMatch match) =>
        string.Join(OtherSeparator, match.Others.Select(field => field.ToString()).Order(StringComparer.Ordinal));

    /// <summary>As <see cref="Covers(Match, Match)"/> of <see cref="OtherFields"/>; a field with another mask or value counts as another.</summary>
    public static bool CoversOthers(string outer, string inner) =>
        outer.Length == 0 || outer.Split(OtherSeparator).All(inner.Split(OtherSeparator).Contains);

    /// <summary>Whether the outer match takes every packet that the inner one takes; both normalised.</summary>
    public static bool Covers(Match outer, Match inner) =>
        Covers(outer.InPort, inner.InPort) && CoversHeaders(outer, inner);

    /// <summary>As <see cref="Covers(Match, Match)"/>, at whatever port packets enter.</summary>
    public static bool CoversHeaders(Match outer, Match inner) =>
        Covers(outer.DlSrc, inner.DlSrc) &&
        Covers(outer.DlDst, inner.DlDst) &&
        Covers(outer.DlVlan, inner.DlVlan) &&
        Covers(outer.DlVlanPcp, inner.DlVlanPcp) &&
        Covers(outer.DlType, inner.DlType) &&
        Covers(outer.NwTos, inner.NwTos) &&
        Covers(outer.NwProto, inner.NwProto) &&
        Covers(outer.NwSrc, outer.NwSrcPrefixLength, inner.NwSrc, inner.NwSrcPrefixLength) &&
        Covers(outer.NwDst, outer.NwDstPrefixLength, inner.NwDst, inner.NwDstPrefixLength) &&
        Covers(outer.TpSrc, inner.TpSrc) &&
        Covers(outer.TpDst, inner.TpDst);

    private static bool Covers<T>(T? outer, T? inner)
        where T : struct => outer is null || outer.Equals(inner);

    private static bool Covers(Ipv4Address? outer, int outerLength, Ipv4Address? inner, int innerLength) =>
        outer is null ||
        (inner is not null && outerLength <= innerLength && outer.Value.Mask(outerLength) == inner.Value.Mask(outerLength));
}
