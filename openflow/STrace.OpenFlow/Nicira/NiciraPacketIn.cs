namespace STrace.OpenFlow;

/// <summary>A packet comes to the controller, with its rule and what the switch knows of it (<c>NXT_PACKET_IN</c>, <c>nx_packet_in</c>).</summary>
public sealed record NiciraPacketIn : NiciraMessage
{
    //  16          20          22       23         24       32          34    40
    // +-----------+-----------+--------+----------+--------+-----------+-----+------- - -+------+------ - -
    // | buffer_id | total_len | reason | table_id | cookie | match_len | pad | match     | pad2 | data
    // +-----------+-----------+--------+----------+--------+-----------+-----+------- - -+------+------ - -
    private const int PaddingLength = 6;
    private const int SecondPaddingLength = 2;

    /// <inheritdoc/>
    public override NiciraMessageType Type => NiciraMessageType.PacketIn;

    /// <summary>Where the switch keeps the packet, or <see cref="OpenFlowConstants.NoBuffer"/>.</summary>
    public uint BufferId { get; init; } = OpenFlowConstants.NoBuffer;

    /// <summary>Bytes of the whole frame; <see cref="Data"/> may hold fewer.</summary>
    public ushort TotalLength { get; init; }

    /// <summary>Why it is here.</summary>
    public PacketInReason Reason { get; init; }

    /// <summary>The table that sent it.</summary>
    public byte TableId { get; init; }

    /// <summary>The mark on the rule that sent it; all ones where none did.</summary>
    public ulong Cookie { get; init; }

    /// <summary>What the switch knows of the packet, its input port among it.</summary>
    public NiciraMatch Metadata { get; init; } = new([]);

    /// <summary>The Ethernet frame or its beginning.</summary>
    public ReadOnlyMemory<byte> Data { get; init; }

    internal static NiciraPacketIn Read(ref WireReader reader)
    {
        var packet = new NiciraPacketIn
        {
            BufferId = reader.ReadUInt32(),
            TotalLength = reader.ReadUInt16(),
            Reason = (PacketInReason)reader.ReadByte(),
            TableId = reader.ReadByte(),
            Cookie = reader.ReadUInt64(),
        };
        var matchLength = reader.ReadUInt16();
        reader.ReadPadding(PaddingLength);
        var metadata = NiciraMatch.Read(ref reader, matchLength);
        reader.ReadPadding(SecondPaddingLength);
        return packet with { Metadata = metadata, Data = reader.ReadRest() };
    }

    internal override void WriteBody(WireWriter writer)
    {
        writer.WriteUInt32(BufferId);
        writer.WriteUInt16(TotalLength);
        writer.WriteByte((byte)Reason);
        writer.WriteByte(TableId);
        writer.WriteUInt64(Cookie);
        var matchLengthOffset = writer.Position;
        writer.WriteUInt16(0);
        writer.WritePadding(PaddingLength);
        Metadata.Write(writer, matchLengthOffset);
        writer.WritePadding(SecondPaddingLength);
        writer.WriteBytes(Data);
    }
}
