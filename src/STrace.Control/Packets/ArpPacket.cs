using System.Buffers.Binary;
using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>ARP for IPv4 over Ethernet (RFC 826).</summary>
internal readonly record struct ArpPacket(
    ushort Operation, MacAddress SenderMac, Ipv4Address SenderIp, MacAddress TargetMac, Ipv4Address TargetIp)
{
    public const ushort Request = 1;
    public const ushort Reply = 2;

    //  0               2               4            5            6           8            14          18           24          28
    // +---------------+---------------+------------+------------+-----------+------------+-----------+------------+-----------+
    // | hardware type | protocol type | hw length  | pr length  | operation | sender mac | sender ip | target mac | target ip |
    // +---------------+---------------+------------+------------+-----------+------------+-----------+------------+-----------+
    private const uint EthernetAndIpv4 = 0x0001_0800;
    private const ushort AddressLengths = 0x0604;
    private const int LengthsOffset = 4;
    private const int OperationOffset = 6;
    private const int SenderMacOffset = 8;
    private const int SenderIpOffset = 14;
    private const int TargetMacOffset = 18;
    private const int TargetIpOffset = 24;
    private const int Length = 28;

    private const int EthernetHeaderLength = 14;
    private const int MinimumFrameLength = 60;

    /// <summary>Null where the bytes are cut off or another kind of ARP.</summary>
    public static ArpPacket? TryRead(ReadOnlySpan<byte> packet)
    {
        if (packet.Length < Length ||
            BinaryPrimitives.ReadUInt32BigEndian(packet) != EthernetAndIpv4 ||
            BinaryPrimitives.ReadUInt16BigEndian(packet[LengthsOffset..]) != AddressLengths)
        {
            return null;
        }
        return new ArpPacket(
            BinaryPrimitives.ReadUInt16BigEndian(packet[OperationOffset..]),
            MacAddress.Read(packet[SenderMacOffset..]),
            new Ipv4Address(BinaryPrimitives.ReadUInt32BigEndian(packet[SenderIpOffset..])),
            MacAddress.Read(packet[TargetMacOffset..]),
            new Ipv4Address(BinaryPrimitives.ReadUInt32BigEndian(packet[TargetIpOffset..])));
    }

    /// <summary>The packet as an Ethernet frame from the sender to the given address.</summary>
    public byte[] ToFrame(MacAddress destination)
    {
        var frame = new byte[MinimumFrameLength];
        destination.Write(frame);
        SenderMac.Write(frame.AsSpan(MacAddress.Length));
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(2 * MacAddress.Length), Protocols.EtherArp);

        var packet = frame.AsSpan(EthernetHeaderLength);
        BinaryPrimitives.WriteUInt32BigEndian(packet, EthernetAndIpv4);
        BinaryPrimitives.WriteUInt16BigEndian(packet[LengthsOffset..], AddressLengths);
        BinaryPrimitives.WriteUInt16BigEndian(packet[OperationOffset..], Operation);
        SenderMac.Write(packet[SenderMacOffset..]);
        BinaryPrimitives.WriteUInt32BigEndian(packet[SenderIpOffset..], SenderIp.Value);
        TargetMac.Write(packet[TargetMacOffset..]);
        BinaryPrimitives.WriteUInt32BigEndian(packet[TargetIpOffset..], TargetIp.Value);
        return frame;
    }
}
