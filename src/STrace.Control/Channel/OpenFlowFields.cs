using System.Buffers.Binary;

namespace STrace.Control;

/// <summary>
/// Fields of messages as bytes (section 5.1 and those named), for what looks at a message without decoding it. The drawings are
/// above the messages of STrace.OpenFlow.
/// </summary>
internal static class OpenFlowFields
{
    public const int Type = 1;
    public const int Length = 2;
    public const int Xid = 4;
    public const int Body = 8;

    // PACKET_IN, section 5.4.1
    public const int PacketInBufferId = 8;
    public const int PacketInTotalLength = 12;
    public const int PacketInPort = 14;
    public const int PacketInReason = 16;
    public const int PacketInData = 18;

    // PACKET_OUT, section 5.3.6
    public const int PacketOutActionsLength = 14;
    public const int PacketOutActions = 16;

    // FLOW_MOD, section 5.3.3; its match, section 5.2.3
    public const int FlowModInPort = 12;
    public const int FlowModDlSrc = 14;
    public const int FlowModDlDst = 20;
    public const int FlowModCommand = 56;
    public const int FlowModBufferId = 64;
    public const int FlowModActions = 72;

    // FEATURES_REPLY, section 5.3.1: ports of 48 bytes
    public const int FeaturesPorts = 32;
    public const int PortLength = 48;

    // PORT_STATUS, section 5.4.3
    public const int PortStatusPort = 16;

    // STATS_REPLY, section 5.3.5: flows of any length, actions behind 88 bytes; ports of 104 bytes; queues of 32
    public const int StatsType = 8;
    public const int StatsEntries = 12;
    public const int FlowStatsActions = 88;
    public const int PortStatsLength = 104;
    public const int QueueStatsLength = 32;

    // ERROR, section 5.4.4
    public const int ErrorType = 8;
    public const int ErrorData = 12;

    // VENDOR, section 5.5.4
    public const int Vendor = 8;

    // An action, section 5.2.4; of OUTPUT and ENQUEUE the port follows
    public const int ActionLength = 2;
    public const int ActionPort = 4;
    public const int OutputLength = 8;

    public static ushort U16(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt16BigEndian(bytes[offset..]);

    public static uint U32(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt32BigEndian(bytes[offset..]);

    public static void Write(Span<byte> bytes, int offset, int value) =>
        BinaryPrimitives.WriteUInt16BigEndian(bytes[offset..], checked((ushort)value));

    public static void Write(Span<byte> bytes, int offset, uint value) => BinaryPrimitives.WriteUInt32BigEndian(bytes[offset..], value);

    /// <summary>The message with another xid, in new memory.</summary>
    public static byte[] WithXid(ReadOnlySpan<byte> frame, uint xid)
    {
        var changed = frame.ToArray();
        Write(changed, Xid, xid);
        return changed;
    }
}
