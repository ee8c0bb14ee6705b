namespace STrace.OpenFlow;

public sealed partial record Match
{
    private const ushort EthernetIpv4 = 0x0800;
    private const ushort EthernetArp = 0x0806;
    private const ushort EthernetRarp = 0x8035;
    private const ushort EthernetIpv6 = 0x86dd;
    private const ushort EthernetMpls = 0x8847;
    private const ushort EthernetMplsMulticast = 0x8848;
    private const byte ProtocolIcmp = 1;
    private const byte ProtocolTcp = 6;
    private const byte ProtocolUdp = 17;
    private const byte ProtocolIcmpv6 = 58;
    private const byte ProtocolSctp = 132;

    /// <summary>As <c>ovs-ofctl</c> writes it: <c>tcp,nw_src=10.0.0.5,tp_dst=3335</c>; <c>any</c> when it takes every packet.</summary>
    public override string ToString()
    {
        var arp = DlType is EthernetArp or EthernetRarp;
        var icmp = (DlType, NwProto) is (EthernetIpv4, ProtocolIcmp) or (EthernetIpv6, ProtocolIcmpv6);
        var (protocol, saysNwProto) = Protocol();

        var parts = new List<string>();
        if (protocol is not null)
            parts.Add(protocol);
        if (InPort is { } inPort)
            parts.Add($"in_port={PortNumber.Format(inPort)}");
        Add("dl_vlan", DlVlan is OpenFlowConstants.VlanNone ? "0xffff" : DlVlan);
        Add("dl_vlan_pcp", DlVlanPcp);
        Add("dl_src", DlSrc);
        Add("dl_dst", DlDst);
        if (protocol is null && DlType is { } dlType)
            parts.Add($"dl_type=0x{dlType:x4}");
        Add(arp ? "arp_spa" : "nw_src", Network(NwSrc, NwSrcPrefixLength));
        Add(arp ? "arp_tpa" : "nw_dst", Network(NwDst, NwDstPrefixLength));
        if (!saysNwProto)
            Add(arp ? "arp_op" : "nw_proto", NwProto);
        Add("nw_tos", NwTos);
        Add(icmp ? "icmp_type" : "tp_src", TpSrc);
        Add(icmp ? "icmp_code" : "tp_dst", TpDst);
        return parts.Count == 0 ? "any" : string.Join(',', parts);

        void Add(string name, object? value)
        {
            if (value is not null)
                parts.Add($"{name}={value}");
        }
    }

    /// <summary>The one word for Ethernet type and IP protocol, and whether it says the latter.</summary>
    private (string? Word, bool SaysNwProto) Protocol() => (DlType, NwProto) switch
    {
        (EthernetIpv4, ProtocolIcmp) => ("icmp", true),
        (EthernetIpv4, ProtocolTcp) => ("tcp", true),
        (EthernetIpv4, ProtocolUdp) => ("udp", true),
        (EthernetIpv4, ProtocolSctp) => ("sctp", true),
        (EthernetIpv4, _) => ("ip", false),
        (EthernetIpv6, ProtocolIcmpv6) => ("icmp6", true),
        (EthernetIpv6, ProtocolTcp) => ("tcp6", true),
        (EthernetIpv6, ProtocolUdp) => ("udp6", true),
        (EthernetIpv6, ProtocolSctp) => ("sctp6", true),
        (EthernetIpv6, _) => ("ipv6", false),
        (EthernetMpls, _) => ("mpls", false),
        (EthernetMplsMulticast, _) => ("mplsm", false),
        (EthernetArp, _) => ("arp", false),
        (EthernetRarp, _) => ("rarp", false),
        _ => (null, false),
    };

    private static string? Network(Ipv4Address? address, int prefixLength) => address switch
    {
        null => null,
        _ when prefixLength == FullPrefixLength => address.ToString(),
        _ => $"{address.Value.Mask(prefixLength)}/{prefixLength}",
    };
}
