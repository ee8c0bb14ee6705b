namespace STrace.OpenFlow;

/// <summary>Rules and what they took (an array of <c>ofp_flow_stats</c>, section 5.3.5).</summary>
public sealed record FlowStatsReply : StatsReplyBody
{
    /// <inheritdoc/>
    public override StatsType Type => StatsType.Flow;

    /// <summary>One for each.</summary>
    public IReadOnlyList<FlowStats> Entries { get; init; } = [];

    internal static FlowStatsReply Read(ref WireReader reader)
    {
        var entries = new List<FlowStats>();
        while (reader.Remaining > 0)
            entries.Add(FlowStats.Read(ref reader));
        return new FlowStatsReply { Entries = entries };
    }

    internal override void Write(WireWriter writer)
    {
        foreach (var entry in Entries)
            entry.Write(writer);
    }
}
