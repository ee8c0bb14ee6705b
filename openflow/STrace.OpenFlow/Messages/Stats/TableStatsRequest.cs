namespace STrace.OpenFlow;

/// <summary>Which tables are there, and what did they take? No body (<c>OFPST_TABLE</c>, section 5.3.5).</summary>
public sealed record TableStatsRequest : StatsRequestBody
{
    /// <inheritdoc/>
    public override StatsType Type => StatsType.Table;

    internal override void Write(WireWriter writer)
    {
    }
}
