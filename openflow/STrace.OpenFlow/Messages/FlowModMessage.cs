namespace STrace.OpenFlow;

/// <summary>Adds, changes or deletes rules (<c>OFPT_FLOW_MOD</c>, <c>ofp_flow_mod</c>, section 5.3.3).</summary>
public sealed record FlowModMessage : OpenFlowMessage
{
    //  8       48       56        58             60             62         64          68         70      72
    // +-------+--------+---------+--------------+--------------+----------+-----------+----------+-------+--------- - -
    // | match | cookie | command | idle_timeout | hard_timeout | priority | buffer_id | out_port | flags | actions
    // +-------+--------+---------+--------------+--------------+----------+-----------+----------+-------+--------- - -

    /// <inheritdoc/>
    public override MessageType Type => MessageType.FlowMod;

    /// <summary>Which packets the rule takes, or which rules are meant.</summary>
    public Match Match { get; init; } = Match.Any;

    /// <summary>The controller's mark on the rule.</summary>
    public ulong Cookie { get; init; }

    /// <summary>What is done.</summary>
    public FlowModCommand Command { get; init; }

    /// <summary>Seconds without a packet after which the rule goes; 0 never.</summary>
    public ushort IdleTimeoutSeconds { get; init; } = OpenFlowConstants.FlowPermanent;

    /// <summary>Seconds after which the rule goes; 0 never.</summary>
    public ushort HardTimeoutSeconds { get; init; } = OpenFlowConstants.FlowPermanent;

    /// <summary>The highest wins; a match without wildcards always wins.</summary>
    public ushort Priority { get; init; } = OpenFlowConstants.DefaultPriority;

    /// <summary>A buffered packet to put through the rule, or <see cref="OpenFlowConstants.NoBuffer"/>.</summary>
    public uint BufferId { get; init; } = OpenFlowConstants.NoBuffer;

    /// <summary>Deletes only rules with an output to this port; <see cref="PortNumber.None"/> for all.</summary>
    public ushort OutPort { get; init; } = PortNumber.None;

    /// <summary>Options.</summary>
    public FlowModFlags Flags { get; init; }

    /// <summary>What the rule does, in order; nothing drops the packet.</summary>
    public IReadOnlyList<OpenFlowAction> Actions { get; init; } = [];

    internal static FlowModMessage Read(ref WireReader reader) => new()
    {
        Xid = reader.Xid,
        Match = Match.Read(ref reader),
        Cookie = reader.ReadUInt64(),
        Command = (FlowModCommand)reader.ReadUInt16(),
        IdleTimeoutSeconds = reader.ReadUInt16(),
        HardTimeoutSeconds = reader.ReadUInt16(),
        Priority = reader.ReadUInt16(),
        BufferId = reader.ReadUInt32(),
        OutPort = reader.ReadUInt16(),
        Flags = (FlowModFlags)reader.ReadUInt16(),
        Actions = OpenFlowAction.ReadAll(ref reader),
    };

    internal override void Write(WireWriter writer)
    {
        Match.Write(writer);
        writer.WriteUInt64(Cookie);
        writer.WriteUInt16((ushort)Command);
        writer.WriteUInt16(IdleTimeoutSeconds);
        writer.WriteUInt16(HardTimeoutSeconds);
        writer.WriteUInt16(Priority);
        writer.WriteUInt32(BufferId);
        writer.WriteUInt16(OutPort);
        writer.WriteUInt16((ushort)Flags);
        OpenFlowAction.WriteAll(writer, Actions);
    }
}
