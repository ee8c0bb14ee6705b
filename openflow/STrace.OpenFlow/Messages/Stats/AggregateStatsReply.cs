namespace STrace.OpenFlow;

/// <summary>What the rules took together (<c>ofp_aggregate_stats_reply</c>, section 5.3.5).</summary>
public sealed record AggregateStatsReply : StatsReplyBody
{
    //  12             20           28           32    36
    // +--------------+------------+------------+-----+
    // | packet_count | byte_count | flow_count | pad |
    // +--------------+------------+------------+-----+
    private const int PaddingLength = 4;

    /// <inheritdoc/>
    public override StatsType Type => StatsType.Aggregate;

    /// <summary>Packets.</summary>
    public ulong PacketCount { get; init; }

    /// <summary>Bytes.</summary>
    public ulong ByteCount { get; init; }

    /// <summary>How many rules.</summary>
    public uint FlowCount { get; init; }

    internal static AggregateStatsReply Read(ref WireReader reader)
    {
        var body = new AggregateStatsReply
        {
            PacketCount = reader.ReadUInt64(),
            ByteCount = reader.ReadUInt64(),
            FlowCount = reader.ReadUInt32(),
        };
        reader.ReadPadding(PaddingLength);
        return body;
    }

    internal override void Write(WireWriter writer)
    {
        writer.WriteUInt64(PacketCount);
        writer.WriteUInt64(ByteCount);
        writer.WriteUInt32(FlowCount);
        writer.WritePadding(PaddingLength);
    }
}
