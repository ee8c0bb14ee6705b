namespace STrace.OpenFlow;

/// <summary>A rule is gone (<c>OFPT_FLOW_REMOVED</c>, <c>ofp_flow_removed</c>, section 5.4.2).</summary>
public sealed record FlowRemovedMessage : OpenFlowMessage
{
    //  8       48       56         58       59    60             64              68             70     72             80           88
    // +-------+--------+----------+--------+-----+--------------+---------------+--------------+------+--------------+------------+
    // | match | cookie | priority | reason | pad | duration_sec | duration_nsec | idle_timeout | pad2 | packet_count | byte_count |
    // +-------+--------+----------+--------+-----+--------------+---------------+--------------+------+--------------+------------+
    private const int PaddingLength = 1;
    private const int SecondPaddingLength = 2;

    /// <inheritdoc/>
    public override MessageType Type => MessageType.FlowRemoved;

    /// <summary>Which packets the rule took.</summary>
    public Match Match { get; init; } = Match.Any;

    /// <summary>The controller's mark on the rule.</summary>
    public ulong Cookie { get; init; }

    /// <summary>Its priority.</summary>
    public ushort Priority { get; init; }

    /// <summary>Why it went.</summary>
    public FlowRemovedReason Reason { get; init; }

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

    internal static FlowRemovedMessage Read(ref WireReader reader)
    {
        var match = Match.Read(ref reader);
        var cookie = reader.ReadUInt64();
        var priority = reader.ReadUInt16();
        var reason = (FlowRemovedReason)reader.ReadByte();
        reader.ReadPadding(PaddingLength);
        var seconds = reader.ReadUInt32();
        var nanoseconds = reader.ReadUInt32();
        var idleTimeout = reader.ReadUInt16();
        reader.ReadPadding(SecondPaddingLength);
        return new FlowRemovedMessage
        {
            Xid = reader.Xid,
            Match = match,
            Cookie = cookie,
            Priority = priority,
            Reason = reason,
            DurationSeconds = seconds,
            DurationNanoseconds = nanoseconds,
            IdleTimeoutSeconds = idleTimeout,
            PacketCount = reader.ReadUInt64(),
            ByteCount = reader.ReadUInt64(),
        };
    }

    internal override void Write(WireWriter writer)
    {
        Match.Write(writer);
        writer.WriteUInt64(Cookie);
        writer.WriteUInt16(Priority);
        writer.WriteByte((byte)Reason);
        writer.WritePadding(PaddingLength);
        writer.WriteUInt32(DurationSeconds);
        writer.WriteUInt32(DurationNanoseconds);
        writer.WriteUInt16(IdleTimeoutSeconds);
        writer.WritePadding(SecondPaddingLength);
        writer.WriteUInt64(PacketCount);
        writer.WriteUInt64(ByteCount);
    }
}
