namespace STrace.OpenFlow;

/// <summary>A FLOW_MOD with an <c>nxm</c> match (<c>NXT_FLOW_MOD</c>, <c>nx_flow_mod</c>).</summary>
public sealed record NiciraFlowMod : NiciraMessage
{
    //  16       24        26             28             30         32          36         38      40          42    48
    // +--------+---------+--------------+--------------+----------+-----------+----------+-------+-----------+-----+------- - -+--------- - -
    // | cookie | command | idle_timeout | hard_timeout | priority | buffer_id | out_port | flags | match_len | pad | match     | actions
    // +--------+---------+--------------+--------------+----------+-----------+----------+-------+-----------+-----+------- - -+--------- - -
    private const int PaddingLength = 6;

    /// <inheritdoc/>
    public override NiciraMessageType Type => NiciraMessageType.FlowMod;

    /// <summary>Which packets the rule takes, or which rules are meant.</summary>
    public NiciraMatch Match { get; init; } = new([]);

    /// <summary>The controller's mark on the rule.</summary>
    public ulong Cookie { get; init; }

    /// <summary>What is done; after <see cref="NiciraFlowModTableId"/> with the table in the upper byte.</summary>
    public FlowModCommand Command { get; init; }

    /// <summary>Seconds without a packet after which the rule goes; 0 never.</summary>
    public ushort IdleTimeoutSeconds { get; init; }

    /// <summary>Seconds after which the rule goes; 0 never.</summary>
    public ushort HardTimeoutSeconds { get; init; }

    /// <summary>The highest wins.</summary>
    public ushort Priority { get; init; } = OpenFlowConstants.DefaultPriority;

    /// <summary>A buffered packet to put through the rule, or <see cref="OpenFlowConstants.NoBuffer"/>.</summary>
    public uint BufferId { get; init; } = OpenFlowConstants.NoBuffer;

    /// <summary>Deletes only rules with an output to this port; <see cref="PortNumber.None"/> for all.</summary>
    public ushort OutPort { get; init; } = PortNumber.None;

    /// <summary>Options.</summary>
    public FlowModFlags Flags { get; init; }

    /// <summary>What the rule does, in order; nothing drops the packet.</summary>
    public IReadOnlyList<OpenFlowAction> Actions { get; init; } = [];

    internal static NiciraFlowMod Read(ref WireReader reader)
    {
        var cookie = reader.ReadUInt64();
        var command = (FlowModCommand)reader.ReadUInt16();
        var idleTimeout = reader.ReadUInt16();
        var hardTimeout = reader.ReadUInt16();
        var priority = reader.ReadUInt16();
        var bufferId = reader.ReadUInt32();
        var outPort = reader.ReadUInt16();
        var flags = (FlowModFlags)reader.ReadUInt16();
        var matchLength = reader.ReadUInt16();
        reader.ReadPadding(PaddingLength);
        return new NiciraFlowMod
        {
            Match = NiciraMatch.Read(ref reader, matchLength),
            Cookie = cookie,
            Command = command,
            IdleTimeoutSeconds = idleTimeout,
            HardTimeoutSeconds = hardTimeout,
            Priority = priority,
            BufferId = bufferId,
            OutPort = outPort,
            Flags = flags,
            Actions = OpenFlowAction.ReadAll(ref reader),
        };
    }

    internal override void WriteBody(WireWriter writer)
    {
        writer.WriteUInt64(Cookie);
        writer.WriteUInt16((ushort)Command);
        writer.WriteUInt16(IdleTimeoutSeconds);
        writer.WriteUInt16(HardTimeoutSeconds);
        writer.WriteUInt16(Priority);
        writer.WriteUInt32(BufferId);
        writer.WriteUInt16(OutPort);
        writer.WriteUInt16((ushort)Flags);
        var matchLengthOffset = writer.Position;
        writer.WriteUInt16(0);
        writer.WritePadding(PaddingLength);
        Match.Write(writer, matchLengthOffset);
        OpenFlowAction.WriteAll(writer, Actions);
    }
}
