namespace STrace.OpenFlow;

/// <summary>A rule is gone, with its <c>nxm</c> match (<c>NXT_FLOW_REMOVED</c>, <c>nx_flow_removed</c>).</summary>
public sealed record NiciraFlowRemoved : NiciraMessage
{
    //  16       24         26       27         28             32              36             38          40             48           56
    // +--------+----------+--------+----------+--------------+---------------+--------------+-----------+--------------+------------+------ - -
    // | cookie | priority | reason | table_id | duration_sec | duration_nsec | idle_timeout | match_len | packet_count | byte_count | match
    // +--------+----------+--------+----------+--------------+---------------+--------------+-----------+--------------+------------+------ - -

    /// <inheritdoc/>
    public override NiciraMessageType Type => NiciraMessageType.FlowRemoved;

    /// <summary>Which packets the rule took.</summary>
    public NiciraMatch Match { get; init; } = new([]);

    /// <summary>The controller's mark on the rule.</summary>
    public ulong Cookie { get; init; }

    /// <summary>Its priority.</summary>
    public ushort Priority { get; init; }

    /// <summary>Why it went.</summary>
    public FlowRemovedReason Reason { get; init; }

    /// <summary>Its table plus one; 0 where the switch does not say.</summary>
    public byte TablePlusOne { get; init; }

    /// <summary>How long it lived: whole seconds.</summary>
    public uint DurationSeconds { get; init; }

    /// <summary>How long it lived: nanoseconds beyond the seconds.</summary>
    public uint DurationNanoseconds { get; init; }

    /// <summary>Its idle timeout, in seconds.</summary>
    public ushort IdleTimeoutSeconds { get; init; }

    /// <summary>Packets it took.</summary>
    public ulong PacketCount { get; init; }

    /// <summary>Bytes it took.</summary>
    public ulong ByteCount { get; init; }

    internal static NiciraFlowRemoved Read(ref WireReader reader)
    {
        var removed = new NiciraFlowRemoved
        {
            Cookie = reader.ReadUInt64(),
            Priority = reader.ReadUInt16(),
            Reason = (FlowRemovedReason)reader.ReadByte(),
            TablePlusOne = reader.ReadByte(),
            DurationSeconds = reader.ReadUInt32(),
            DurationNanoseconds = reader.ReadUInt32(),
            IdleTimeoutSeconds = reader.ReadUInt16(),
        };
        var matchLength = reader.ReadUInt16();
        return removed with
        {
            PacketCount = reader.ReadUInt64(),
            ByteCount = reader.ReadUInt64(),
            Match = NiciraMatch.Read(ref reader, matchLength),
        };
    }

    internal override void WriteBody(WireWriter writer)
    {
        writer.WriteUInt64(Cookie);
        writer.WriteUInt16(Priority);
        writer.WriteByte((byte)Reason);
        writer.WriteByte(TablePlusOne);
        writer.WriteUInt32(DurationSeconds);
        writer.WriteUInt32(DurationNanoseconds);
        writer.WriteUInt16(IdleTimeoutSeconds);
        var matchLengthOffset = writer.Position;
        writer.WriteUInt16(0);
        writer.WriteUInt64(PacketCount);
        writer.WriteUInt64(ByteCount);
        Match.Write(writer, matchLengthOffset);
    }
}
