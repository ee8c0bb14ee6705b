using System.Buffers.Binary;
using System.Security.Cryptography;
using STrace.Model;

namespace STrace.Control;

/// <summary>What a frame is called before and after the network.</summary>
internal static class FrameIdentity
{
    private const int EthernetLength = 14;
    private const int TagLength = 4;

    private const int TosOffset = 1;
    private const int TotalLengthOffset = 2;
    private const int TtlOffset = 8;
    private const int ChecksumOffset = 10;
    private const int AddressesOffset = 12;
    private const int AddressesLength = 8;

    private const int PortsLength = 4;
    private const int TcpChecksumOffset = 16;
    private const int UdpChecksumOffset = 6;

    /// <summary><see cref="Hash"/> as a text.</summary>
    public static string Key(ReadOnlySpan<byte> frame) => $"{Hash(frame):x32}";

    /// <summary>
    /// A hash of all that address translation leaves alone: of an IPv4 packet its identification, protocol, the transport's
    /// header without ports (TCP: sequence and acknowledgment numbers, flags) and the payload. Padding does not count: some
    /// wires add it.
    /// </summary>
    public static UInt128 Hash(ReadOnlySpan<byte> frame)
    {
        if (!PacketHeaders.TryRead(frame, out var headers))
            return Sha256(frame);
        var packet = frame[(EthernetLength + (headers.Tagged ? TagLength : 0))..].ToArray();
        return headers.EtherType ^ Sha256(headers.Ip is { } ip ? WithoutAddresses(packet, ip) : packet.AsSpan().TrimEnd((byte)0));
    }

    /// <summary>The addresses of an IPv4 frame, ports 0 where it has none; null for other frames.</summary>
    public static FlowTuple? Flow(ReadOnlySpan<byte> frame)
    {
        if (!PacketHeaders.TryRead(frame, out var headers) || headers.Ip is not { } ip)
            return null;
        var ports = ip.Protocol is Protocols.Tcp or Protocols.Udp;
        return new FlowTuple(
            ip.Protocol,
            new Endpoint(IpAddress.FromV4(ip.Source.Value), ports ? ip.SourcePort : (ushort)0),
            new Endpoint(IpAddress.FromV4(ip.Destination.Value), ports ? ip.DestinationPort : (ushort)0));
    }

    /// <summary>For people: <c>tcp 10.0.0.2:40000->10.0.0.4:80</c>, <c>icmp 10.0.0.2->10.0.0.4</c>, <c>0x0806</c>.</summary>
    public static string Name(ReadOnlySpan<byte> frame)
    {
        if (Flow(frame) is not { } flow)
            return PacketHeaders.TryRead(frame, out var headers) ? $"0x{headers.EtherType:x4}" : "not Ethernet";
        return flow.Protocol switch
        {
            Protocols.Tcp => $"tcp {flow}",
            Protocols.Udp => $"udp {flow}",
            Protocols.Icmp => $"icmp {flow.Source.Address}->{flow.Destination.Address}",
            _ => $"ip {flow.Protocol} {flow.Source.Address}->{flow.Destination.Address}",
        };
    }

    private static UInt128 Sha256(ReadOnlySpan<byte> bytes)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes, hash);
        return BinaryPrimitives.ReadUInt128BigEndian(hash);
    }

    private static byte[] WithoutAddresses(byte[] packet, in Ipv4Headers ip)
    {
        var length = BinaryPrimitives.ReadUInt16BigEndian(packet.AsSpan(TotalLengthOffset));
        if (length < packet.Length)
            packet = packet[..length];

        packet[TosOffset] = 0;
        packet[TtlOffset] = 0;
        packet.AsSpan(ChecksumOffset, sizeof(ushort)).Clear();
        packet.AsSpan(AddressesOffset, AddressesLength).Clear();
        var transport = packet.AsSpan(Ipv4Headers.HeaderLength(packet[0]));
        var checksum = ip.Protocol switch
        {
            Protocols.Tcp => TcpChecksumOffset,
            Protocols.Udp => UdpChecksumOffset,
            _ => transport.Length,
        };
        if (ip.HasPorts && checksum + sizeof(ushort) <= transport.Length)
        {
            transport[..PortsLength].Clear();
            transport.Slice(checksum, sizeof(ushort)).Clear();
        }
        return packet;
    }
}
