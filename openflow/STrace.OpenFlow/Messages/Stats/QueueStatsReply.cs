namespace STrace.OpenFlow;

/// <summary>Queues and their counters (an array of <c>ofp_queue_stats</c>, section 5.3.5).</summary>
public sealed record QueueStatsReply : StatsReplyBody
{
    /// <inheritdoc/>
    public override StatsType Type => StatsType.Queue;

    /// <summary>One for each.</summary>
    public IReadOnlyList<QueueStats> Entries { get; init; } = [];

    internal static QueueStatsReply Read(ref WireReader reader)
    {
        var entries = new List<QueueStats>();
        while (reader.Remaining > 0)
            entries.Add(QueueStats.Read(ref reader));
        return new QueueStatsReply { Entries = entries };
    }

    internal override void Write(WireWriter writer)
    {
        foreach (var entry in Entries)
            entry.Write(writer);
    }
}
