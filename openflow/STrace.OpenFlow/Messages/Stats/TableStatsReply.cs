namespace STrace.OpenFlow;

/// <summary>Tables and their counters (an array of <c>ofp_table_stats</c>, section 5.3.5).</summary>
public sealed record TableStatsReply : StatsReplyBody
{
    /// <inheritdoc/>
    public override StatsType Type => StatsType.Table;

    /// <summary>One for each.</summary>
    public IReadOnlyList<TableStats> Entries { get; init; } = [];

    internal static TableStatsReply Read(ref WireReader reader)
    {
        var entries = new List<TableStats>();
        while (reader.Remaining > 0)
            entries.Add(TableStats.Read(ref reader));
        return new TableStatsReply { Entries = entries };
    }

    internal override void Write(WireWriter writer)
    {
        foreach (var entry in Entries)
            entry.Write(writer);
    }
}
