namespace STrace.OpenFlow;

/// <summary>A rule and what it took (<c>ofp_flow_stats</c>, section 5.3.5).</summary>
public sealed record FlowStats
{
    //  0        2          3     4       44             48              52
    // +--------+----------+-----+-------+--------------+---------------+
    // | length | table_id | pad | match | duration_sec | duration_nsec |
    // +--------+-+--------+-----+-+-----+--------+-----+--+------------+-+------------+--------- - -
    // | priority | idle_timeout | hard_timeout | pad2 | cookie | packet_count | byte_count | actions
    // +----------+--------------+--------------+------+--------+--------------+------------+--------- - -
    //  52         54             56             58     64       72             80           88
    private const int LengthLength = 2;
    private const int PaddingLength = 1;
    private const int SecondPaddingLength = 6;

    /// <summary>The table that it stands in.</summary>
    public byte TableId { get; init; }

    /// <summary>Which packets it takes.</summary>
    public Match Match { get; init; } = Match.Any;

    /// <summary>How long it lives: whole seconds.</summary>
    public uint DurationSeconds { get; init; }

    /// <summary>How long it lives: nanoseconds beyond the seconds.</summary>
    public uint DurationNanoseconds { get; init; }

    /// <summary>Its priority.</summary>
    public ushort Priority { get; init; }

    /// <summary>Its idle timeout, in seconds.</summary>
    public ushort IdleTimeoutSeconds { get; init; }

    /// <summary>Its hard timeout, in seconds.</summary>
    public ushort HardTimeoutSeconds { get; init; }

    /// <summary>The controller's mark on it.</summary>
    public ulong Cookie { get; init; }

    /// <summary>Packets it took.</summary>
    public ulong PacketCount { get; init; }

    /// <summary>Bytes it took.</summary>
    public ulong ByteCount { get; init; }

    /// <summary>What it does.</summary>
    public IReadOnlyList<OpenFlowAction> Actions { get; init; } = [];

    internal static FlowStats Read(ref WireReader reader)
    {
        var end = reader.Enter(reader.ReadUInt16() - LengthLength);
        var tableId = reader.ReadByte();
        reader.ReadPadding(PaddingLength);
        var match = Match.Read(ref reader);
        var seconds = reader.ReadUInt32();
        var nanoseconds = reader.ReadUInt32();
        var priority = reader.ReadUInt16();
        var idleTimeout = reader.ReadUInt16();
        var hardTimeout = reader.ReadUInt16();
        reader.ReadPadding(SecondPaddingLength);
        var flow = new FlowStats
        {
            TableId = tableId,
            Match = match,
            DurationSeconds = seconds,
            DurationNanoseconds = nanoseconds,
            Priority = priority,
            IdleTimeoutSeconds = idleTimeout,
            HardTimeoutSeconds = hardTimeout,
            Cookie = reader.ReadUInt64(),
            PacketCount = reader.ReadUInt64(),
            ByteCount = reader.ReadUInt64(),
            Actions = OpenFlowAction.ReadAll(ref reader),
        };
        reader.Leave(end);
        return flow;
    }

    internal void Write(WireWriter writer)
    {
        var start = writer.Position;
        writer.WriteUInt16(0);
        writer.WriteByte(TableId);
        writer.WritePadding(PaddingLength);
        Match.Write(writer);
        writer.WriteUInt32(DurationSeconds);
        writer.WriteUInt32(DurationNanoseconds);
        writer.WriteUInt16(Priority);
        writer.WriteUInt16(IdleTimeoutSeconds);
        writer.WriteUInt16(HardTimeoutSeconds);
        writer.WritePadding(SecondPaddingLength);
        writer.WriteUInt64(Cookie);
        writer.WriteUInt64(PacketCount);
        writer.WriteUInt64(ByteCount);
        OpenFlowAction.WriteAll(writer, Actions);
        writer.PatchUInt16(start, writer.Position - start);
    }
}
