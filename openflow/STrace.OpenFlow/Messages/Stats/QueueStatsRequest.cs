namespace STrace.OpenFlow;

/// <summary>What passed a queue? (<c>OFPST_QUEUE</c>, <c>ofp_queue_stats_request</c>, section 5.3.5).</summary>
/// <param name="Port">A port, or <see cref="PortNumber.All"/>.</param>
/// <param name="QueueId">A queue, or <see cref="OpenFlowConstants.AllQueues"/>.</param>
public sealed record QueueStatsRequest(ushort Port = PortNumber.All, uint QueueId = OpenFlowConstants.AllQueues) : StatsRequestBody
{
    //  12        14    16         20
    // +---------+-----+----------+
    // | port_no | pad | queue_id |
    // +---------+-----+----------+
    private const int PaddingLength = 2;

    /// <inheritdoc/>
    public override StatsType Type => StatsType.Queue;

    internal static QueueStatsRequest Read(ref WireReader reader)
    {
        var port = reader.ReadUInt16();
        reader.ReadPadding(PaddingLength);
        return new QueueStatsRequest(port, reader.ReadUInt32());
    }

    internal override void Write(WireWriter writer)
    {
        writer.WriteUInt16(Port);
        writer.WritePadding(PaddingLength);
        writer.WriteUInt32(QueueId);
    }
}
