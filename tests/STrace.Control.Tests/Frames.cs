using System.Buffers.Binary;
using STrace.OpenFlow;

namespace STrace.Control.Tests;

/// <summary>Ethernet frames for PACKET_INs.</summary>
internal static class Frames
{
    private const int EthernetLength = 14;
    private const int Ipv4Length = 20;

    public static byte[] Ethernet(MacAddress source, MacAddress destination, ushort etherType, params byte[] payload)
    {
        var frame = new byte[EthernetLength + payload.Length];
        destination.Write(frame);
        source.Write(frame.AsSpan(6));
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(12), etherType);
        payload.CopyTo(frame, EthernetLength);
        return frame;
    }

    public static byte[] Ipv4(
        MacAddress source, MacAddress destination, byte protocol, Ipv4Address from, Ipv4Address to, params byte[] transport)
    {
        var packet = new byte[Ipv4Length + transport.Length];
        packet[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), (ushort)packet.Length);
        packet[8] = 64;
        packet[9] = protocol;
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(12), from.Value);
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(16), to.Value);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(10), Checksum(packet.AsSpan(0, Ipv4Length)));
        transport.CopyTo(packet, Ipv4Length);
        return Ethernet(source, destination, 0x0800, packet);
    }

    public static byte[] Tcp(MacAddress source, MacAddress destination, Ipv4Address from, ushort fromPort, Ipv4Address to, ushort toPort)
    {
        var segment = new byte[20];
        BinaryPrimitives.WriteUInt16BigEndian(segment, fromPort);
        BinaryPrimitives.WriteUInt16BigEndian(segment.AsSpan(2), toPort);
        return Ipv4(source, destination, 6, from, to, segment);
    }

    public static byte[] EchoRequest(MacAddress source, MacAddress destination, Ipv4Address from, Ipv4Address to)
    {
        byte[] icmp = [8, 0, 0, 0, 0x12, 0x34, 0, 1, 0xfe, 0xdc];
        BinaryPrimitives.WriteUInt16BigEndian(icmp.AsSpan(2), Checksum(icmp));
        return Ipv4(source, destination, 1, from, to, icmp);
    }

    public static PacketInMessage PacketIn(ushort port, byte[] frame, uint bufferId = OpenFlowConstants.NoBuffer) =>
        new() { InPort = port, Data = frame, TotalLength = (ushort)frame.Length, BufferId = bufferId };

    /// <summary>The Internet checksum (RFC 1071), 0 over what already holds a right one.</summary>
    public static ushort Checksum(ReadOnlySpan<byte> bytes)
    {
        uint sum = 0;
        for (var i = 0; i < bytes.Length; i++)
            sum += (uint)bytes[i] << (i % 2 == 0 ? 8 : 0);
        while (sum > 0xffff)
            sum = (sum & 0xffff) + (sum >> 16);
        return (ushort)~sum;
    }
}
