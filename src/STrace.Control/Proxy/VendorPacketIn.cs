using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>
/// A PACKET_IN in one of the forms that Open vSwitch gives it when asked by NXT_SET_PACKET_IN_FORMAT (nicira-ext.h). What they say beyond
/// <see cref="PacketInMessage"/> is not read.
/// </summary>
internal static class VendorPacketIn
{
    // NXT_PACKET_IN2: properties, each padded to 8 bytes
    //  0      2        4
    // +------+--------+------ - -
    // | type | length | value
    // +------+--------+------ - -
    private const int PropertyLength = 2;
    private const int PropertyValue = 4;
    private const int Packet = 0;
    private const int BufferId = 2;
    private const int Metadata = 6;

    // A field of the metadata: class and number, whether it has a mask, bytes that follow
    private const int FieldValue = 4;
    private const uint NxmInPort = 0x0000_0002;
    private const uint OxmInPort = 0x8000_0004; // 32 bits, of which OpenFlow 1.0 has the lower 16

    /// <summary>Whether a message is one.</summary>
    public static bool Is(ReadOnlySpan<byte> frame) =>
        NiciraFields.Type(frame) is NiciraMessageType.PacketIn or NiciraFields.PacketIn2;

    /// <summary>The packet and how it came; null where there is none or the message is malformed.</summary>
    public static PacketInMessage? Read(ReadOnlyMemory<byte> frame) =>
        NiciraFields.Type(frame.Span) == NiciraMessageType.PacketIn ? ReadFirst(frame.Span) : ReadSecond(frame);

    private static PacketInMessage? ReadFirst(ReadOnlySpan<byte> frame) =>
        NiciraMessage.Of((VendorMessage)OpenFlowCodec.Decode(frame)) is NiciraPacketIn { Metadata.Match.InPort: { } port } packet
            ? new PacketInMessage { BufferId = packet.BufferId, InPort = port, Reason = packet.Reason, Data = packet.Data }
            : null;

    private static PacketInMessage? ReadSecond(ReadOnlyMemory<byte> frame)
    {
        var packet = new PacketInMessage { InPort = PortNumber.None };
        for (var rest = frame[NiciraFields.Body..]; rest.Length >= PropertyValue;)
        {
            int length = OpenFlowFields.U16(rest.Span, PropertyLength);
            if (length < PropertyValue || length > rest.Length)
                return null;
            var value = rest[PropertyValue..length];
            packet = OpenFlowFields.U16(rest.Span, 0) switch
            {
                Packet => packet with { Data = value },
                BufferId when value.Length == 4 => packet with { BufferId = OpenFlowFields.U32(value.Span, 0) },
                Metadata => packet with { InPort = InPort(value.Span) },
                _ => packet,
            };
            rest = rest[Math.Min(NiciraFields.Padded(length), rest.Length)..];
        }
        return packet.Data.IsEmpty || packet.InPort == PortNumber.None ? null : packet;
    }

    private static ushort InPort(ReadOnlySpan<byte> metadata)
    {
        while (metadata.Length >= FieldValue)
        {
            var field = OpenFlowFields.U32(metadata, 0);
            var length = FieldValue + (int)(field & 0xff);
            if (length > metadata.Length)
                break;
            if (field is NxmInPort or OxmInPort)
                return OpenFlowFields.U16(metadata, length - sizeof(ushort));
            metadata = metadata[length..];
        }
        return PortNumber.None;
    }
}
