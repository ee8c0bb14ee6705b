namespace STrace.OpenFlow;

/// <summary>A rule and what it took, with its <c>nxm</c> match (an entry of NXST_FLOW, <c>nx_flow_stats</c>).</summary>
/// <param name="Match">Which packets it takes.</param>
/// <param name="Stats">All else, and of the match what OpenFlow 1.0 can say.</param>
public sealed record NiciraFlowStats(NiciraMatch Match, FlowStats Stats)
{
    //  0        2          3     4              8               12         14             16             18          20
    // +--------+----------+-----+--------------+---------------+----------+--------------+--------------+-----------+
    // | length | table_id | pad | duration_sec | duration_nsec | priority | idle_timeout | hard_timeout | match_len |
    // +--------+-+--------+-+---+----+---------+----+----------+-+-------++--------------+--------------+-----------+
    // | idle_age | hard_age | cookie | packet_count | byte_count | match | actions
    // +----------+----------+--------+--------------+------------+-------+--------- - -
    //  20         22         24       32             40           48
    private const uint Flow = 0; // NXST_FLOW
    private const int BodyPaddingLength = 4;
    private const int PaddingLength = 1;
    private const int AgesLength = 4;

    /// <summary>The rules of an answer; null when it is another vendor's, of another kind, or malformed.</summary>
    public static IReadOnlyList<NiciraFlowStats>? ReadAll(VendorStatsReply reply)
    {
        ArgumentNullException.ThrowIfNull(reply);
        if (reply.Vendor != NiciraMessage.VendorId)
            return null;
        var reader = new WireReader(reply.Data.Span, MessageType.StatsReply, 0);
        try
        {
            if (reader.ReadUInt32() != Flow)
                return null;
            reader.ReadPadding(BodyPaddingLength);
            var rules = new List<NiciraFlowStats>();
            while (reader.Remaining > 0)
                rules.Add(Read(ref reader));
            return rules;
        }
        catch (OpenFlowProtocolException)
        {
            return null;
        }
    }

    private static NiciraFlowStats Read(ref WireReader reader)
    {
        var end = reader.Enter(reader.ReadUInt16() - sizeof(ushort));
        var tableId = reader.ReadByte();
        reader.ReadPadding(PaddingLength);
        var (seconds, nanoseconds) = (reader.ReadUInt32(), reader.ReadUInt32());
        var (priority, idleTimeout, hardTimeout) = (reader.ReadUInt16(), reader.ReadUInt16(), reader.ReadUInt16());
        var matchLength = reader.ReadUInt16();
        reader.ReadPadding(AgesLength);
        var (cookie, packets, bytes) = (reader.ReadUInt64(), reader.ReadUInt64(), reader.ReadUInt64());
        var match = NiciraMatch.Read(ref reader, matchLength);
        var stats = new FlowStats
        {
            TableId = tableId,
            Match = match.Match,
            DurationSeconds = seconds,
            DurationNanoseconds = nanoseconds,
            Priority = priority,
            IdleTimeoutSeconds = idleTimeout,
            HardTimeoutSeconds = hardTimeout,
            Cookie = cookie,
            PacketCount = packets,
            ByteCount = bytes,
            Actions = OpenFlowAction.ReadAll(ref reader),
        };
        reader.Leave(end);
        return new NiciraFlowStats(match, stats);
    }
}
