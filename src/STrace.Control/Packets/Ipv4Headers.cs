using System.Buffers.Binary;
using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>What an IPv4 packet (RFC 791) says about its flow.</summary>
/// <param name="SourcePort">TCP or UDP source port, or the ICMP type, as OpenFlow's tp_src has it; 0 where there is none.</param>
/// <param name="DestinationPort">TCP or UDP destination port, or the ICMP code, as OpenFlow's tp_dst has it.</param>
/// <param name="HasPorts">False for a later fragment, a packet cut off, or another protocol.</param>
internal readonly record struct Ipv4Headers(
    byte Protocol, Ipv4Address Source, Ipv4Address Destination, ushort SourcePort, ushort DestinationPort, bool HasPorts)
{
    //  0     1     2        4    6          8     9          10         12       16            20
    // +-----+-----+--------+----+----------+-----+----------+----------+--------+-------------+---- - -
    // | ihl | tos | length | id | fragment | ttl | protocol | checksum | source | destination | options, then TCP, UDP or ICMP
    // +-----+-----+--------+----+----------+-----+----------+----------+--------+-------------+---- - -
    private const int FragmentOffset = 6;
    public const int SourceOffset = 12;
    public const int DestinationOffset = 16;
    private const int ProtocolOffset = 9;
    private const int MinimumLength = 20;
    private const int WordLength = 4;
    private const ushort FragmentMask = 0x1fff;
    private const int Version = 4;

    /// <summary>Bytes of the header with its options, from its first byte.</summary>
    public static int HeaderLength(byte firstByte) => (firstByte & 0xf) * WordLength;

    /// <summary>Null where the header is cut off or not IPv4.</summary>
    public static Ipv4Headers? TryRead(ReadOnlySpan<byte> packet)
    {
        if (packet.Length < MinimumLength || packet[0] >> 4 != Version)
            return null;
        var headerLength = HeaderLength(packet[0]);
        if (headerLength < MinimumLength || packet.Length < headerLength)
            return null;

        var protocol = packet[ProtocolOffset];
        var transport = packet[headerLength..];
        var firstFragment = (BinaryPrimitives.ReadUInt16BigEndian(packet[FragmentOffset..]) & FragmentMask) == 0;
        var (sourcePort, destinationPort, hasPorts) = protocol switch
        {
            Protocols.Tcp or Protocols.Udp when firstFragment && transport.Length >= 4 =>
                (BinaryPrimitives.ReadUInt16BigEndian(transport), BinaryPrimitives.ReadUInt16BigEndian(transport[2..]), true),
            Protocols.Icmp when firstFragment && transport.Length >= 4 => (transport[0], transport[1], true),
            _ => ((ushort)0, (ushort)0, false),
        };
        return new Ipv4Headers(
            protocol,
            new Ipv4Address(BinaryPrimitives.ReadUInt32BigEndian(packet[SourceOffset..])),
            new Ipv4Address(BinaryPrimitives.ReadUInt32BigEndian(packet[DestinationOffset..])),
            sourcePort,
            destinationPort,
            hasPorts);
    }
}
