using System.Buffers.Binary;
using STrace.OpenFlow;

namespace STrace.Fuzz;

/// <summary>Puts random bytes where a match does not look.</summary>
internal static class MatchLitter
{
    private const int FlowStatsRequestOffset = 12;

    /// <summary>OFPFW_*: the wildcard, where its field stands in <c>ofp_match</c>, and how long it is.</summary>
    private static readonly (int Bit, int Offset, int Length)[] Fields =
    [
        (0, 4, 2), (1, 18, 2), (2, 6, 6), (3, 12, 6), (4, 22, 2), (5, 25, 1), (6, 36, 2), (7, 38, 2), (20, 20, 1), (21, 24, 1),
        (13, 28, 4), (19, 32, 4), // the highest bits of the counts of free address bits: all are
    ];

    public static void Add(byte[] frame, Random random)
    {
        if (MatchOffset(frame) is not { } start)
            return;
        var match = frame.AsSpan(start);
        var wildcards = BinaryPrimitives.ReadUInt32BigEndian(match);
        foreach (var (bit, offset, length) in Fields)
        {
            if ((wildcards >> bit & 1) != 0)
                random.NextBytes(match.Slice(offset, length));
        }
    }

    private static int? MatchOffset(byte[] frame) => (MessageType)frame[1] switch
    {
        MessageType.FlowMod or MessageType.FlowRemoved => OpenFlowFraming.HeaderLength,
        MessageType.StatsRequest when frame[9] is (byte)StatsType.Flow or (byte)StatsType.Aggregate && frame[8] == 0 => FlowStatsRequestOffset,
        _ => null,
    };
}
