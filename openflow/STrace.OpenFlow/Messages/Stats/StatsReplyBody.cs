namespace STrace.OpenFlow;

/// <summary>What a STATS_REPLY answers (section 5.3.5).</summary>
public abstract record StatsReplyBody
{
    /// <summary>Which statistics.</summary>
    public abstract StatsType Type { get; }

    internal abstract void Write(WireWriter writer);

    internal static StatsReplyBody Read(ref WireReader reader, StatsType type) => type switch
    {
        StatsType.Description => DescriptionStatsReply.Read(ref reader),
        StatsType.Flow => FlowStatsReply.Read(ref reader),
        StatsType.Aggregate => AggregateStatsReply.Read(ref reader),
        StatsType.Table => TableStatsReply.Read(ref reader),
        StatsType.Port => PortStatsReply.Read(ref reader),
        StatsType.Queue => QueueStatsReply.Read(ref reader),
        StatsType.Vendor => VendorStatsReply.Read(ref reader),
        _ => throw reader.Error($"unknown statistics type {(ushort)type}"),
    };
}
