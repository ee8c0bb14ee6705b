namespace STrace.AgentProtocol;

/// <summary>
/// What an agent says of itself, as it stands in the payload of a block of losses; the newest stands for all before it.
/// <code>
///  +---------+-------+--------------+-------------+------------------+-----------------+-------+----------------+
///  | version | clock | spool blocks | spool bytes | packets received | packets dropped | count | reason | total | ...
///  +---------+-------+--------------+-------------+------------------+-----------------+-------+----------------+
/// </code>
/// Texts are a length (u16) and UTF-8, <c>count</c> is a u16, the other numbers are 64 bits wide.
/// </summary>
/// <param name="Version">Release of the agent.</param>
/// <param name="Clock">What libwrapper reads the time from: <c>tsc</c> or <c>monotonic</c>.</param>
/// <param name="SpoolBlocks">Blocks that the manager has not acknowledged.</param>
/// <param name="PacketsReceived">By the sniffer in the session; 0 without one.</param>
/// <param name="PacketsDropped">Of these, before they could be recorded.</param>
/// <param name="Counters">What was lost since the agent started, by reason.</param>
public sealed record LossRecord(
    string Version, string Clock, long SpoolBlocks, long SpoolBytes, long PacketsReceived, long PacketsDropped,
    IReadOnlyList<LossCounter> Counters)
{
    public byte[] Write()
    {
        FrameWriter writer = new FrameWriter().Text(Version).Text(Clock).Int64(SpoolBlocks).Int64(SpoolBytes)
            .Int64(PacketsReceived).Int64(PacketsDropped).UInt16(checked((ushort)Counters.Count));
        foreach (LossCounter counter in Counters)
            writer.Text(counter.Reason).Int64(counter.Total);
        return writer.ToPayload();
    }

    /// <exception cref="AgentProtocolException">The payload is cut off, or longer than it says.</exception>
    public static LossRecord Read(ReadOnlyMemory<byte> payload)
    {
        var reader = new FrameReader(payload);
        var record = new LossRecord(reader.Text(), reader.Text(), reader.Int64(), reader.Int64(), reader.Int64(), reader.Int64(), Totals(ref reader));
        reader.ExpectEnd(FrameType.Loss);
        return record;
    }

    private static LossCounter[] Totals(ref FrameReader reader)
    {
        var counters = new LossCounter[reader.UInt16()];
        for (int i = 0; i < counters.Length; i++)
            counters[i] = new LossCounter(reader.Text(), reader.Int64());
        return counters;
    }
}

/// <param name="Reason">What was lost and why, in a few words.</param>
public sealed record LossCounter(string Reason, long Total);
