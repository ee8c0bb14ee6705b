using System.Buffers.Binary;
using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>The controller's own LLDP frames (IEEE 802.1AB), which name the switch port that they leave by.</summary>
internal static class LldpFrame
{
    //  0             6        12           14        16        17     25        27        28     30        34          43
    // +-------------+--------+------------+---------+---------+------+---------+---------+------+---------+-----------+---------+
    // | destination | source | ether type | chassis | subtype | dpid | port id | subtype | port | ttl     | name      | end     |
    // |             |        |            | TLV: 9  | 7       |      | TLV: 3  | 7       |      | TLV: 2  | TLV: 7    | TLV: 0  |
    // +-------------+--------+------------+---------+---------+------+---------+---------+------+---------+-----------+---------+
    private const int SourceOffset = 6;
    private const int EtherTypeOffset = 12;
    private const int ChassisOffset = 14;
    private const int DpidOffset = 17;
    private const int PortIdOffset = 25;
    private const int PortOffset = 28;
    private const int TtlOffset = 30;
    private const int NameOffset = 34;
    private const int Length = 45;
    private const int MinimumFrameLength = 60;

    private const byte LocallyAssigned = 7;
    private const ushort TtlSeconds = 120;

    /// <summary>The controller's own Ethernet address.</summary>
    public static readonly MacAddress Source = MacAddress.Parse("02:53:54:00:00:00");

    private static readonly MacAddress NearestBridge = MacAddress.Parse("01:80:c2:00:00:0e");

    public static byte[] Write(SwitchPort sender)
    {
        var frame = new byte[MinimumFrameLength];
        NearestBridge.Write(frame);
        Source.Write(frame.AsSpan(SourceOffset));
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(EtherTypeOffset), Protocols.EtherLldp);
        WriteHeader(frame.AsSpan(ChassisOffset), type: 1, length: 9);
        frame[DpidOffset - 1] = LocallyAssigned;
        BinaryPrimitives.WriteUInt64BigEndian(frame.AsSpan(DpidOffset), sender.Dpid);
        WriteHeader(frame.AsSpan(PortIdOffset), type: 2, length: 3);
        frame[PortOffset - 1] = LocallyAssigned;
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(PortOffset), sender.Port);
        WriteHeader(frame.AsSpan(TtlOffset), type: 3, length: 2);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(TtlOffset + 2), TtlSeconds);
        WriteHeader(frame.AsSpan(NameOffset), type: 5, length: 7);
        "s-trace"u8.CopyTo(frame.AsSpan(NameOffset + 2));
        return frame;
    }

    /// <summary>False for every frame that <see cref="Write"/> has not made: neighbours and other controllers send LLDP too.</summary>
    public static bool TryRead(ReadOnlySpan<byte> frame, out SwitchPort sender)
    {
        sender = default;
        if (frame.Length < Length)
            return false;
        sender = new SwitchPort(
            BinaryPrimitives.ReadUInt64BigEndian(frame[DpidOffset..]), BinaryPrimitives.ReadUInt16BigEndian(frame[PortOffset..]));
        return frame[EtherTypeOffset..Length].SequenceEqual(Write(sender).AsSpan(EtherTypeOffset..Length));
    }

    /// <summary>Seven bits of type, nine of length.</summary>
    private static void WriteHeader(Span<byte> tlv, int type, int length) =>
        BinaryPrimitives.WriteUInt16BigEndian(tlv, (ushort)((type << 9) | length));
}
