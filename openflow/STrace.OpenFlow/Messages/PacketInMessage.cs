namespace STrace.OpenFlow;

/// <summary>A packet comes to the controller (<c>OFPT_PACKET_IN</c>, <c>ofp_packet_in</c>, section 5.4.1).</summary>
public sealed record PacketInMessage : OpenFlowMessage
{
    //  8           12          14        16       17    18
    // +-----------+-----------+---------+--------+-----+------ - -
    // | buffer_id | total_len | in_port | reason | pad | data
    // +-----------+-----------+---------+--------+-----+------ - -
    private const int PaddingLength = 1;

    /// <inheritdoc/>
    public override MessageType Type => MessageType.PacketIn;

    /// <summary>Where the switch keeps the packet, or <see cref="OpenFlowConstants.NoBuffer"/>.</summary>
    public uint BufferId { get; init; } = OpenFlowConstants.NoBuffer;

    /// <summary>Bytes of the whole frame; <see cref="Data"/> may hold fewer.</summary>
    public ushort TotalLength { get; init; }

    /// <summary>Where it came in.</summary>
    public ushort InPort { get; init; }

    /// <summary>Why it is here.</summary>
    public PacketInReason Reason { get; init; }

    /// <summary>The Ethernet frame or its beginning.</summary>
    public ReadOnlyMemory<byte> Data { get; init; }

    internal static PacketInMessage Read(ref WireReader reader)
    {
        var bufferId = reader.ReadUInt32();
        var totalLength = reader.ReadUInt16();
        var inPort = reader.ReadUInt16();
        var reason = (PacketInReason)reader.ReadByte();
        reader.ReadPadding(PaddingLength);
        return new PacketInMessage
        {
            Xid = reader.Xid,
            BufferId = bufferId,
            TotalLength = totalLength,
            InPort = inPort,
            Reason = reason,
            Data = reader.ReadRest(),
        };
    }

    internal override void Write(WireWriter writer)
    {
        writer.WriteUInt32(BufferId);
        writer.WriteUInt16(TotalLength);
        writer.WriteUInt16(InPort);
        writer.WriteByte((byte)Reason);
        writer.WritePadding(PaddingLength);
        writer.WriteBytes(Data);
    }
}
