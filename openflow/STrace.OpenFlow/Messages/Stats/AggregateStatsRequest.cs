namespace STrace.OpenFlow;

/// <summary>What did these rules take together? (<c>OFPST_AGGREGATE</c>, <c>ofp_aggregate_stats_request</c>, section 5.3.5).</summary>
public sealed record AggregateStatsRequest : StatsRequestBody
{
    //  12      52         53    54         56
    // +-------+----------+-----+----------+
    // | match | table_id | pad | out_port |
    // +-------+----------+-----+----------+
    private const int PaddingLength = 1;

    /// <inheritdoc/>
    public override StatsType Type => StatsType.Aggregate;

    /// <summary>Rules that this match covers.</summary>
    public Match Match { get; init; } = Match.Any;

    /// <summary>In this table, or in <see cref="OpenFlowConstants.AllTables"/>.</summary>
    public byte TableId { get; init; } = OpenFlowConstants.AllTables;

    /// <summary>With an output to this port; <see cref="PortNumber.None"/> for all.</summary>
    public ushort OutPort { get; init; } = PortNumber.None;

    internal static AggregateStatsRequest Read(ref WireReader reader)
    {
        var match = Match.Read(ref reader);
        var tableId = reader.ReadByte();
        reader.ReadPadding(PaddingLength);
        return new AggregateStatsRequest { Match = match, TableId = tableId, OutPort = reader.ReadUInt16() };
    }

    internal override void Write(WireWriter writer)
    {
        Match.Write(writer);
        writer.WriteByte(TableId);
        writer.WritePadding(PaddingLength);
        writer.WriteUInt16(OutPort);
    }
}
