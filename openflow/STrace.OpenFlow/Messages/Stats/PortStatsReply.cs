namespace STrace.OpenFlow;

/// <summary>Ports and their counters (an array of <c>ofp_port_stats</c>, section 5.3.5).</summary>
public sealed record PortStatsReply : StatsReplyBody
{
    /// <inheritdoc/>
    public override StatsType Type => StatsType.Port;

    /// <summary>One for each.</summary>
    public IReadOnlyList<PortStats> Entries { get; init; } = [];

    internal static PortStatsReply Read(ref WireReader reader)
    {
        var entries = new List<PortStats>();
        while (reader.Remaining > 0)
            entries.Add(PortStats.Read(ref reader));
        return new PortStatsReply { Entries = entries };
    }

    internal override void Write(WireWriter writer)
    {
        foreach (var entry in Entries)
            entry.Write(writer);
    }
}
