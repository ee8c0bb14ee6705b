namespace STrace.OpenFlow;

/// <summary>Has a switch send a packet (<c>OFPT_PACKET_OUT</c>, <c>ofp_packet_out</c>, section 5.3.6).</summary>
public sealed record PacketOutMessage : OpenFlowMessage
{
    //  8           12        14            16
    // +-----------+---------+-------------+---------+------ - -
    // | buffer_id | in_port | actions_len | actions | data
    // +-----------+---------+-------------+---------+------ - -
    private const int ActionsLengthOffset = 14;
    private const int ActionsOffset = 16;

    /// <inheritdoc/>
    public override MessageType Type => MessageType.PacketOut;

    /// <summary>Where the switch keeps the packet, or <see cref="OpenFlowConstants.NoBuffer"/>: then it is <see cref="Data"/>.</summary>
    public uint BufferId { get; init; } = OpenFlowConstants.NoBuffer;

    /// <summary>Where it is said to have come in, or <see cref="PortNumber.None"/>.</summary>
    public ushort InPort { get; init; } = PortNumber.None;

    /// <summary>What is done with it; nothing drops it.</summary>
    public IReadOnlyList<OpenFlowAction> Actions { get; init; } = [];

    /// <summary>The Ethernet frame.</summary>
    public ReadOnlyMemory<byte> Data { get; init; }

    internal static PacketOutMessage Read(ref WireReader reader)
    {
        var bufferId = reader.ReadUInt32();
        var inPort = reader.ReadUInt16();
        var actionsLength = reader.ReadUInt16();
        var end = reader.Enter(actionsLength);
        var actions = OpenFlowAction.ReadAll(ref reader);
        reader.Leave(end);
        return new PacketOutMessage
        {
            Xid = reader.Xid,
            BufferId = bufferId,
            InPort = inPort,
            Actions = actions,
            Data = reader.ReadRest(),
        };
    }

    internal override void Write(WireWriter writer)
    {
        writer.WriteUInt32(BufferId);
        writer.WriteUInt16(InPort);
        writer.WriteUInt16(0);
        OpenFlowAction.WriteAll(writer, Actions);
        writer.PatchUInt16(ActionsLengthOffset, writer.Position - ActionsOffset);
        writer.WriteBytes(Data);
    }
}
