using System.Buffers.Binary;

namespace STrace.Control;

/// <summary>Frames without what they carry: the payload is zeros, lengths stay, checksums are right.</summary>
internal static class HeadersOnly
{
    private const int EthernetLength = 14;
    private const int TagLength = 4;
    private const int TotalLengthOffset = 2;
    private const int FragmentOffset = 6;
    private const int FragmentMask = 0x3fff; // more fragments, and the offset
    private const int TcpDataOffset = 12;
    private const int TcpChecksumOffset = 16;
    private const int UdpLength = 8;
    private const int UdpChecksumOffset = 6;
    private const int IcmpLength = 8;
    private const int IcmpChecksumOffset = 2;

    /// <summary>
    /// ARP and what is no Ethernet frame stay as they are. A fragment keeps its transport header, whose checksum spans packets
    /// that are not at hand, and so is wrong.
    /// </summary>
    public static ReadOnlyMemory<byte> Of(ReadOnlyMemory<byte> frame)
    {
        if (!PacketHeaders.TryRead(frame.Span, out var headers) || headers.EtherType is Protocols.EtherArp or Protocols.EtherLldp)
            return frame;
        var copy = frame.ToArray();
        var packet = copy.AsSpan(EthernetLength + (headers.Tagged ? TagLength : 0));
        if (headers.Ip is not { } ip)
        {
            packet.Clear();
            return copy;
        }

        var total = Math.Min(BinaryPrimitives.ReadUInt16BigEndian(packet[TotalLengthOffset..]), packet.Length);
        var header = Ipv4Headers.HeaderLength(packet[0]);
        var isFragment = (BinaryPrimitives.ReadUInt16BigEndian(packet[FragmentOffset..]) & FragmentMask) != 0;
        var transport = packet[header..Math.Max(header, total)];
        var (length, checksum) = ip.Protocol switch
        {
            Protocols.Tcp when transport.Length > TcpDataOffset => (TcpHeaderLength(transport), TcpChecksumOffset),
            Protocols.Udp => (UdpLength, UdpChecksumOffset),
            Protocols.Icmp => (IcmpLength, IcmpChecksumOffset),
            _ => (0, 0),
        };
        if (!ip.HasPorts)
            length = 0;
        transport[Math.Min(length, transport.Length)..].Clear();
        if (isFragment || length == 0 || transport.Length < length)
            return copy;

        var field = transport.Slice(checksum, sizeof(ushort));
        var unused = ip.Protocol == Protocols.Udp && field is [0, 0];
        field.Clear();
        var pseudo = ip.Protocol == Protocols.Icmp ? 0 : Sum(packet[Ipv4Headers.SourceOffset..(Ipv4Headers.DestinationOffset + 4)]) +
            ip.Protocol + (uint)transport.Length;
        var sum = (ushort)~Fold(pseudo + Sum(transport));
        if (!unused)
            BinaryPrimitives.WriteUInt16BigEndian(field, sum == 0 && ip.Protocol == Protocols.Udp ? ushort.MaxValue : sum);
        return copy;
    }

    private static int TcpHeaderLength(ReadOnlySpan<byte> transport) => Math.Max(20, (transport[TcpDataOffset] >> 4) * 4);

    /// <summary>Of 16-bit words (RFC 1071), not yet folded.</summary>
    private static uint Sum(ReadOnlySpan<byte> bytes)
    {
        uint sum = 0;
        for (var index = 0; index < bytes.Length; index++)
            sum += index % 2 == 0 ? (uint)bytes[index] << 8 : bytes[index];
        return sum;
    }

    private static ushort Fold(uint sum)
    {
        while (sum > ushort.MaxValue)
            sum = (sum & ushort.MaxValue) + (sum >> 16);
        return (ushort)sum;
    }
}
