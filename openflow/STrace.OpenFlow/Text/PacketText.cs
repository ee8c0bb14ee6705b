using System.Buffers.Binary;

namespace STrace.OpenFlow;

/// <summary>A frame by its headers, in one line as <c>tcpdump -en</c> writes it. What is cut off, or contradicts itself, ends the line with [|...].</summary>
internal static class PacketText
{
    private const int AddressesLength = 12;
    private const int EthernetHeaderLength = 14;
    private const int TagLength = 4;
    private const int MostTags = 4;
    private const ushort Vlan = 0x8100;
    private const ushort ServiceVlan = 0x88a8;
    private const ushort Arp = 0x0806;
    private const ushort Ipv4 = 0x0800;
    private const ushort Ipv6 = 0x86dd;
    private const ushort Lldp = 0x88cc;
    private const ushort LeastType = 0x600; // below, the field is a length (IEEE 802.3)

    public static string Of(ReadOnlySpan<byte> frame)
    {
        if (frame.Length < EthernetHeaderLength)
            return $"[|ether] {Convert.ToHexStringLower(frame)}";
        var (to, from) = (MacAddress.Read(frame), MacAddress.Read(frame[MacAddress.Length..]));
        var rest = frame[AddressesLength..];
        var type = Take16(ref rest);
        var text = $"{from} > {to}, {TypeName(type)}, length {frame.Length}: ";
        for (var tags = 0; type is Vlan or ServiceVlan && rest.Length >= TagLength && tags < MostTags; tags++)
        {
            var tag = Take16(ref rest);
            type = Take16(ref rest);
            text += $"vlan {tag & 0xfff}, p {tag >> 13}, {TypeName(type)}, ";
        }
        return text + type switch
        {
            Arp => ArpText(rest),
            Ipv4 => IpText.OfVersion4(rest),
            Ipv6 => IpText.OfVersion6(rest),
            Lldp => LldpText.Of(rest),
            _ => $"{rest.Length} bytes",
        };
    }

    internal static ushort Take16(ref ReadOnlySpan<byte> bytes)
    {
        var value = BinaryPrimitives.ReadUInt16BigEndian(bytes);
        bytes = bytes[sizeof(ushort)..];
        return value;
    }

    private static string TypeName(ushort type) => type switch
    {
        Arp => "ethertype ARP (0x0806)",
        Ipv4 => "ethertype IPv4 (0x0800)",
        Ipv6 => "ethertype IPv6 (0x86dd)",
        Lldp => "ethertype LLDP (0x88cc)",
        Vlan => "ethertype 802.1Q (0x8100)",
        ServiceVlan => "ethertype 802.1Q-QinQ (0x88a8)",
        < LeastType => "802.3",
        _ => $"ethertype Unknown (0x{type:x4})",
    };

    private static string ArpText(ReadOnlySpan<byte> packet)
    {
        const int senderMac = 8, sender = 14, target = 24, end = 28; // RFC 826, for IPv4 over Ethernet
        if (packet.Length < end)
            return "[|arp]";
        var operation = BinaryPrimitives.ReadUInt16BigEndian(packet[6..]);
        var (from, to) = (IpText.Address4(packet[sender..]), IpText.Address4(packet[target..]));
        return operation switch
        {
            1 => $"Request who-has {to} tell {from}, length {packet.Length}",
            2 => $"Reply {from} is-at {MacAddress.Read(packet[senderMac..])}, length {packet.Length}",
            _ => $"ARP operation {operation}, length {packet.Length}",
        };
    }
}
