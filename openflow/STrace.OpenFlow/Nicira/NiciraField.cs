using System.Globalization;

namespace STrace.OpenFlow;

/// <summary>
/// The headers of <c>nxm</c> fields (nicira-ext.h): which part of a packet, or of what a switch knows of it. Class in the upper 16 bits, field
/// in the next 7, then whether a mask follows, and in the lower 8 the bytes that follow.
/// </summary>
public static class NiciraField
{
    /// <summary><c>NXM_OF_IN_PORT</c></summary>
    public const uint InPort = 0x00000002;

    /// <summary><c>NXM_OF_ETH_DST</c></summary>
    public const uint EthDst = 0x00000206;

    /// <summary><c>NXM_OF_ETH_SRC</c></summary>
    public const uint EthSrc = 0x00000406;

    /// <summary><c>NXM_OF_ETH_TYPE</c></summary>
    public const uint EthType = 0x00000602;

    /// <summary><c>NXM_OF_VLAN_TCI</c></summary>
    public const uint VlanTci = 0x00000802;

    /// <summary><c>NXM_OF_IP_TOS</c></summary>
    public const uint IpTos = 0x00000a01;

    /// <summary><c>NXM_OF_IP_PROTO</c></summary>
    public const uint IpProto = 0x00000c01;

    /// <summary><c>NXM_OF_IP_SRC</c></summary>
    public const uint IpSrc = 0x00000e04;

    /// <summary><c>NXM_OF_IP_DST</c></summary>
    public const uint IpDst = 0x00001004;

    /// <summary><c>NXM_OF_TCP_SRC</c></summary>
    public const uint TcpSrc = 0x00001202;

    /// <summary><c>NXM_OF_TCP_DST</c></summary>
    public const uint TcpDst = 0x00001402;

    /// <summary><c>NXM_OF_UDP_SRC</c></summary>
    public const uint UdpSrc = 0x00001602;

    /// <summary><c>NXM_OF_UDP_DST</c></summary>
    public const uint UdpDst = 0x00001802;

    /// <summary><c>NXM_OF_ICMP_TYPE</c></summary>
    public const uint IcmpType = 0x00001a01;

    /// <summary><c>NXM_OF_ICMP_CODE</c></summary>
    public const uint IcmpCode = 0x00001c01;

    /// <summary><c>NXM_OF_ARP_OP</c></summary>
    public const uint ArpOp = 0x00001e02;

    /// <summary><c>NXM_OF_ARP_SPA</c></summary>
    public const uint ArpSpa = 0x00002004;

    /// <summary><c>NXM_OF_ARP_TPA</c></summary>
    public const uint ArpTpa = 0x00002204;

    /// <summary><c>NXM_NX_REG0</c></summary>
    public const uint Register0 = 0x00010004;

    /// <summary><c>NXM_NX_REG15</c>; those between are <c>0x200</c> apart.</summary>
    public const uint Register15 = 0x00011e04;

    internal const uint MaskBit = 0x100;

    private const int FieldShift = 9;
    private const int BitsInByte = 8;

    private static readonly string[] OpenFlowNames =
    [
        "IN_PORT", "ETH_DST", "ETH_SRC", "ETH_TYPE", "VLAN_TCI", "IP_TOS", "IP_PROTO", "IP_SRC", "IP_DST", "TCP_SRC", "TCP_DST", "UDP_SRC",
        "UDP_DST", "ICMP_TYPE", "ICMP_CODE", "ARP_OP", "ARP_SPA", "ARP_TPA",
    ];

    private static readonly string[] NiciraNames =
    [
        .. Enumerable.Range(0, 16).Select(i => string.Create(CultureInfo.InvariantCulture, $"REG{i}")),
        "TUN_ID", "ARP_SHA", "ARP_THA", "IPV6_SRC", "IPV6_DST", "ICMPV6_TYPE", "ICMPV6_CODE", "ND_TARGET", "ND_SLL", "ND_TLL", "IP_FRAG",
        "IPV6_LABEL", "IP_ECN", "IP_TTL", "COOKIE", "TUN_IPV4_SRC", "TUN_IPV4_DST", "PKT_MARK", "TCP_FLAGS", "DP_HASH", "RECIRC_ID",
    ];

    /// <summary>The name in nicira-ext.h, or the header in hexadecimal where it has none here.</summary>
    public static string Name(uint header)
    {
        var (kind, field) = (header >> 16, (int)(header >> FieldShift) & 0x7f);
        return kind switch
        {
            0 when field < OpenFlowNames.Length => "NXM_OF_" + OpenFlowNames[field],
            1 when field < NiciraNames.Length => "NXM_NX_" + NiciraNames[field],
            1 when field is >= 105 and <= 108 => "NXM_NX_CT_" + (field - 105) switch { 0 => "STATE", 1 => "ZONE", 2 => "MARK", _ => "LABEL" },
            _ => $"0x{header:x8}",
        };
    }

    /// <summary>Whether it is one of the 16 registers of 32 bits, and no mask follows.</summary>
    public static bool IsRegister(uint header) => header is >= Register0 and <= Register15 && (header & 0x1ff) == sizeof(uint);

    /// <summary>How wide the field is, where no mask follows.</summary>
    public static int BitCount(uint header) => (int)(header & 0xff) * BitsInByte;

    /// <summary>The header of the same field where no mask follows the value.</summary>
    public static uint WithoutMask(uint header) => (header & MaskBit) == 0 ? header : (header & ~(MaskBit | 0xff)) | ((header & 0xff) / 2);

    /// <summary>Bits FIRST..FIRST+COUNT-1 of a field, as <c>ovs-ofctl</c> writes them: <c>NXM_OF_IP_DST[]</c>, <c>NXM_NX_REG0[4..7]</c>.</summary>
    internal static string Bits(uint header, int first, int count) => Name(header) + (first, count) switch
    {
        (0, _) when count == BitCount(header) => "[]",
        (_, 1) => $"[{first}]",
        _ => $"[{first}..{first + count - 1}]",
    };
}
