using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>
/// What PACKET_IN (section 5.4.1) says to the applications. Most of what the controller hears is this: it is read without a copy and without
/// an object.
/// </summary>
/// <param name="BufferId">Where the switch keeps the packet, or <see cref="OpenFlowConstants.NoBuffer"/>.</param>
/// <param name="TotalLength">Bytes of the whole frame; <paramref name="Data"/> may hold fewer.</param>
/// <param name="Data">The Ethernet frame or its beginning; valid during the call only, unless <see cref="Kept"/>.</param>
internal readonly record struct ArrivedPacket(uint BufferId, ushort TotalLength, ushort InPort, ReadOnlyMemory<byte> Data)
{
    public static implicit operator ArrivedPacket(PacketInMessage message) =>
        new(message.BufferId, message.TotalLength, message.InPort, message.Data);

    /// <summary>False for another message, and for one that is not well-formed.</summary>
    /// <param name="frame">One whole message.</param>
    public static bool TryRead(ReadOnlyMemory<byte> frame, out ArrivedPacket packet)
    {
        var bytes = frame.Span;
        packet = default;
        if (bytes[0] != OpenFlowConstants.Version || bytes[OpenFlowFields.Type] != (byte)MessageType.PacketIn || bytes.Length < OpenFlowFields.PacketInData)
            return false;
        packet = new ArrivedPacket(
            OpenFlowFields.U32(bytes, OpenFlowFields.PacketInBufferId),
            OpenFlowFields.U16(bytes, OpenFlowFields.PacketInTotalLength),
            OpenFlowFields.U16(bytes, OpenFlowFields.PacketInPort),
            frame[OpenFlowFields.PacketInData..]);
        return true;
    }

    /// <summary>A copy for after the call.</summary>
    public ArrivedPacket Kept() => this with { Data = Data.ToArray() };
}
