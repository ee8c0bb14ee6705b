using System.Buffers.Binary;

namespace STrace.Capture;

/// <summary>Reads the headers of captured frames: Ethernet, LINUX_SLL and LINUX_SLL2, IPv4 and IPv6, TCP, UDP and ICMP.</summary>
public static class PacketDissector
{
    private const int EthernetTypeOffset = 12;

    // LINUX_SLL: packet type, ARPHRD, address length (2 bytes each), address (8), protocol.
    private const int SllProtocolOffset = 14;

    // IEEE 802.1Q: the tag's control information (2 bytes) stands between its own type and the next one.
    private const ushort VlanTag = 0x8100;
    private const ushort ServiceVlanTag = 0x88a8;
    private const int VlanTagLength = 4;
    private const int MostVlanTags = 2;

    private const int ArpLength = 28;

    /// <summary>
    /// Reads what the frame begins with. Bytes that are neither ARP nor IP give their <see cref="DissectedPacket.EtherType"/> alone,
    /// an IP protocol other than TCP, UDP and ICMP gives the IP header. Never throws, whatever the bytes are.
    /// </summary>
    /// <param name="frame">The captured part. TCP options and payload may be cut off.</param>
    /// <returns>False when a header is cut off or contradicts itself; nothing was read then.</returns>
    public static bool TryRead(LinkType linkType, ReadOnlySpan<byte> frame, out DissectedPacket packet)
    {
        packet = default;
        if (linkType == LinkType.Raw)
            return TryReadRaw(frame, out packet);
        int typeOffset = linkType switch
        {
            LinkType.Ethernet => EthernetTypeOffset,
            LinkType.LinuxSll => SllProtocolOffset,
            LinkType.LinuxSll2 => LinuxSll2.ProtocolOffset,
            _ => int.MaxValue,
        };
        int networkOffset = linkType == LinkType.LinuxSll2 ? LinuxSll2.HeaderLength : typeOffset + sizeof(ushort);
        if (typeOffset == int.MaxValue || frame.Length < networkOffset)
            return false;

        ushort etherType = BinaryPrimitives.ReadUInt16BigEndian(frame[typeOffset..]);
        for (int tags = 0; tags < MostVlanTags && etherType is VlanTag or ServiceVlanTag; tags++)
        {
            if (frame.Length < networkOffset + VlanTagLength)
                return false;
            etherType = BinaryPrimitives.ReadUInt16BigEndian(frame[(networkOffset + VlanTagLength - sizeof(ushort))..]);
            networkOffset += VlanTagLength;
        }
        if (linkType == LinkType.LinuxSll2 && BeginsWithUntoldTag(frame[networkOffset..], etherType))
            networkOffset += VlanTagLength;

        var link = new DissectedPacket
        {
            DestinationMac = linkType == LinkType.Ethernet ? ReadMac(frame) : 0,
            SourceMac = linkType == LinkType.Ethernet ? ReadMac(frame[6..]) : 0,
            EtherType = etherType,
            NetworkOffset = networkOffset,
        };
        return etherType switch
        {
            DissectedPacket.EtherTypeIPv4 => IpHeaders.TryReadV4(frame, link, out packet),
            DissectedPacket.EtherTypeIPv6 => IpHeaders.TryReadV6(frame, link, out packet),
            DissectedPacket.EtherTypeArp => TryReadOpaque(frame, link, ArpLength, out packet),
            _ => TryReadOpaque(frame, link, headerLength: 0, out packet),
        };
    }

    /// <summary>
    /// Of a packet with two tags that arrived, Linux (seen with 6.18) tells the type behind both, though only the outer one is gone. A tag
    /// ends with that type; the same bytes in an IP header are a length of 2048 or a flow label.
    /// </summary>
    private static bool BeginsWithUntoldTag(ReadOnlySpan<byte> network, ushort etherType) =>
        etherType is DissectedPacket.EtherTypeIPv4 or DissectedPacket.EtherTypeIPv6
        && network.Length > VlanTagLength
        && BinaryPrimitives.ReadUInt16BigEndian(network[(VlanTagLength - sizeof(ushort))..]) == etherType
        && network[VlanTagLength] >> 4 == (etherType == DissectedPacket.EtherTypeIPv4 ? 4 : 6)
        && network[0] != IpHeaders.V4WithoutOptions;

    /// <summary>Without a link header the IP version alone tells what it is.</summary>
    private static bool TryReadRaw(ReadOnlySpan<byte> frame, out DissectedPacket packet)
    {
        packet = default;
        return !frame.IsEmpty && (frame[0] >> 4) switch
        {
            4 => IpHeaders.TryReadV4(frame, new DissectedPacket { EtherType = DissectedPacket.EtherTypeIPv4 }, out packet),
            6 => IpHeaders.TryReadV6(frame, new DissectedPacket { EtherType = DissectedPacket.EtherTypeIPv6 }, out packet),
            _ => false,
        };
    }

    private static bool TryReadOpaque(ReadOnlySpan<byte> frame, in DissectedPacket link, int headerLength, out DissectedPacket packet)
    {
        int payloadOffset = link.NetworkOffset + headerLength;
        bool whole = frame.Length >= payloadOffset;
        packet = whole
            ? link with { TransportOffset = payloadOffset, PayloadOffset = payloadOffset, HeaderLength = payloadOffset }
            : default;
        return whole;
    }

    private static ulong ReadMac(ReadOnlySpan<byte> bytes) =>
        ((ulong)BinaryPrimitives.ReadUInt16BigEndian(bytes) << 32) | BinaryPrimitives.ReadUInt32BigEndian(bytes[2..]);
}
