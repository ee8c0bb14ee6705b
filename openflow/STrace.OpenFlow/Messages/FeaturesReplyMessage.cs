namespace STrace.OpenFlow;

/// <summary>Who a switch is and what it can do (<c>OFPT_FEATURES_REPLY</c>, <c>ofp_switch_features</c>, section 5.3.1).</summary>
public sealed record FeaturesReplyMessage : OpenFlowMessage
{
    //  8             16          20         21    24             28        32
    // +-------------+-----------+----------+-----+--------------+---------+------- - -
    // | datapath_id | n_buffers | n_tables | pad | capabilities | actions | ports
    // +-------------+-----------+----------+-----+--------------+---------+------- - -
    private const int PaddingLength = 3;

    /// <inheritdoc/>
    public override MessageType Type => MessageType.FeaturesReply;

    /// <summary>Names the switch: the lower 48 bits are usually its MAC address.</summary>
    public ulong DatapathId { get; init; }

    /// <summary>How many packets it can buffer.</summary>
    public uint Buffers { get; init; }

    /// <summary>How many flow tables it has.</summary>
    public byte Tables { get; init; }

    /// <summary>What it can do.</summary>
    public Capabilities Capabilities { get; init; }

    /// <summary>Which actions it knows: bit N for the <see cref="ActionType"/> N.</summary>
    public uint SupportedActions { get; init; }

    /// <summary>Its ports.</summary>
    public IReadOnlyList<PortDescription> Ports { get; init; } = [];

    internal static FeaturesReplyMessage Read(ref WireReader reader)
    {
        var datapathId = reader.ReadUInt64();
        var buffers = reader.ReadUInt32();
        var tables = reader.ReadByte();
        reader.ReadPadding(PaddingLength);
        return new FeaturesReplyMessage
        {
            Xid = reader.Xid,
            DatapathId = datapathId,
            Buffers = buffers,
            Tables = tables,
            Capabilities = (Capabilities)reader.ReadUInt32(),
            SupportedActions = reader.ReadUInt32(),
            Ports = ReadPorts(ref reader),
        };
    }

    internal override void Write(WireWriter writer)
    {
        writer.WriteUInt64(DatapathId);
        writer.WriteUInt32(Buffers);
        writer.WriteByte(Tables);
        writer.WritePadding(PaddingLength);
        writer.WriteUInt32((uint)Capabilities);
        writer.WriteUInt32(SupportedActions);
        foreach (var port in Ports)
            port.Write(writer);
    }

    private static List<PortDescription> ReadPorts(ref WireReader reader)
    {
        var ports = new List<PortDescription>();
        while (reader.Remaining > 0)
            ports.Add(PortDescription.Read(ref reader));
        return ports;
    }
}
