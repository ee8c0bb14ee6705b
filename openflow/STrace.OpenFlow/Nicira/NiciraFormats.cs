namespace STrace.OpenFlow;

/// <summary>How a switch writes matches (<c>enum nx_flow_format</c>).</summary>
public enum NiciraFlowFormat : uint
{
    /// <summary><c>NXFF_OPENFLOW10</c>: as <c>ofp_match</c>.</summary>
    OpenFlow10 = 0,

    /// <summary><c>NXFF_NXM</c>: as <see cref="NiciraMatch"/>, in <see cref="NiciraFlowRemoved"/> and Nicira's own statistics.</summary>
    Nxm = 2,
}

/// <summary>How a switch writes a PACKET_IN (<c>enum ofputil_packet_in_format</c>).</summary>
public enum NiciraPacketInFormat : uint
{
    /// <summary>As <see cref="PacketInMessage"/>.</summary>
    Standard = 0,

    /// <summary>As <see cref="NiciraPacketIn"/>.</summary>
    Nicira = 1,
}

/// <summary>Chooses how matches are written (<c>NXT_SET_FLOW_FORMAT</c>, <c>nx_set_flow_format</c>).</summary>
public sealed record NiciraSetFlowFormat(NiciraFlowFormat Format) : NiciraMessage
{
    /// <inheritdoc/>
    public override NiciraMessageType Type => NiciraMessageType.SetFlowFormat;

    internal override void WriteBody(WireWriter writer) => writer.WriteUInt32((uint)Format);
}

/// <summary>Chooses how PACKET_INs are written (<c>NXT_SET_PACKET_IN_FORMAT</c>, <c>nx_set_packet_in_format</c>).</summary>
public sealed record NiciraSetPacketInFormat(NiciraPacketInFormat Format) : NiciraMessage
{
    /// <inheritdoc/>
    public override NiciraMessageType Type => NiciraMessageType.SetPacketInFormat;

    internal override void WriteBody(WireWriter writer) => writer.WriteUInt32((uint)Format);
}

/// <summary>
/// Lets the upper byte of a FLOW_MOD's command be a table (<c>NXT_FLOW_MOD_TABLE_ID</c>, <c>nx_flow_mod_table_id</c>).
/// </summary>
public sealed record NiciraFlowModTableId(bool Enabled) : NiciraMessage
{
    //  16    17    24
    // +-----+-----+
    // | set | pad |
    // +-----+-----+
    private const int PaddingLength = 7;

    /// <inheritdoc/>
    public override NiciraMessageType Type => NiciraMessageType.FlowModTableId;

    internal static NiciraFlowModTableId? Read(ref WireReader reader)
    {
        var set = reader.ReadByte();
        reader.ReadPadding(PaddingLength);
        return set <= 1 ? new NiciraFlowModTableId(set == 1) : null;
    }

    internal override void WriteBody(WireWriter writer)
    {
        writer.WriteByte(Enabled ? (byte)1 : (byte)0);
        writer.WritePadding(PaddingLength);
    }
}
