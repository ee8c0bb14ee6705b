namespace STrace.OpenFlow;

/// <summary>What a STATS_REQUEST asks (section 5.3.5).</summary>
public abstract record StatsRequestBody
{
    /// <summary>Which statistics.</summary>
    public abstract StatsType Type { get; }

    internal abstract void Write(WireWriter writer);

    internal static StatsRequestBody Read(ref WireReader reader, StatsType type) => type switch
    {
        StatsType.Description => new DescriptionStatsRequest(),
        StatsType.Flow => FlowStatsRequest.Read(ref reader),
        StatsType.Aggregate => AggregateStatsRequest.Read(ref reader),
        StatsType.Table => new TableStatsRequest(),
        StatsType.Port => PortStatsRequest.Read(ref reader),
        StatsType.Queue => QueueStatsRequest.Read(ref reader),
        StatsType.Vendor => VendorStatsRequest.Read(ref reader),
        _ => throw reader.Error($"unknown statistics type {(ushort)type}"),
    };
}
