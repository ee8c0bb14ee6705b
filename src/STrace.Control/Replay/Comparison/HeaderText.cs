using STrace.Model;
using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>Headers for people.</summary>
internal static class HeaderText
{
    /// <summary>As <see cref="FrameIdentity.Name"/> names a frame.</summary>
    public static string Name(Match? headers)
    {
        if (headers is null)
            return "not Ethernet";
        if (Flow(headers) is not { } flow)
            return $"0x{headers.DlType:x4}";
        return flow.Protocol switch
        {
            Protocols.Tcp => $"tcp {flow}",
            Protocols.Udp => $"udp {flow}",
            Protocols.Icmp => $"icmp {flow.Source.Address}->{flow.Destination.Address}",
            _ => $"ip {flow.Protocol} {flow.Source.Address}->{flow.Destination.Address}",
        };
    }

    /// <summary>As <see cref="FrameIdentity.Flow"/> tells of a frame.</summary>
    public static FlowTuple? Flow(Match headers)
    {
        if (headers is not { DlType: Protocols.EtherIpv4, NwSrc: { } source, NwDst: { } destination, NwProto: { } protocol })
            return null;
        var ports = protocol is Protocols.Tcp or Protocols.Udp;
        return new FlowTuple(
            protocol,
            new Endpoint(IpAddress.FromV4(source.Value), ports ? headers.TpSrc ?? 0 : (ushort)0),
            new Endpoint(IpAddress.FromV4(destination.Value), ports ? headers.TpDst ?? 0 : (ushort)0));
    }

    /// <summary>The fields in which they differ: <c>nw_dst 10.0.0.5, not 10.0.0.4</c>.</summary>
    public static string Difference(Match seen, Match expected)
    {
        (string Name, object? Seen, object? Expected)[] fields =
        [
            ("dl_src", seen.DlSrc, expected.DlSrc), ("dl_dst", seen.DlDst, expected.DlDst), ("dl_vlan", seen.DlVlan, expected.DlVlan),
            ("dl_vlan_pcp", seen.DlVlanPcp, expected.DlVlanPcp), ("nw_tos", seen.NwTos, expected.NwTos),
            ("nw_src", seen.NwSrc, expected.NwSrc), ("nw_dst", seen.NwDst, expected.NwDst),
            ("tp_src", seen.TpSrc, expected.TpSrc), ("tp_dst", seen.TpDst, expected.TpDst),
        ];
        return string.Join(
            ", ", fields.Where(field => !Equals(field.Seen, field.Expected)).Select(field => $"{field.Name} {field.Seen}, not {field.Expected}"));
    }
}
