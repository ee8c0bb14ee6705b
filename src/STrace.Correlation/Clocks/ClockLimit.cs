namespace STrace.Correlation;

/// <summary>The receiver's offset is at most so much above the sender's at a moment.</summary>
/// <param name="SentNs">When it was sent, from the moment on; with each ns a ns that the sender drifts faster the limit is higher by this.</param>
/// <param name="ReceivedNs">The same of the receiver, and lower.</param>
internal readonly record struct ClockLimit(int Sender, int Receiver, long MostNs, long SentNs, long ReceivedNs)
{
    /// <returns>Limits around a cycle that sum to less than 0, so that no offsets keep them (Bellman and Ford); null when there are none.</returns>
    public static List<ClockLimit>? Contradiction(List<ClockLimit> limits, int clocks)
    {
        var most = new long[clocks];
        var by = new ClockLimit?[clocks];
        int last = -1;
        for (int round = 0; round <= clocks; round++)
        {
            last = -1;
            foreach (ClockLimit limit in limits)
            {
                if (most[limit.Sender] + limit.MostNs >= most[limit.Receiver])
                    continue;
                most[limit.Receiver] = most[limit.Sender] + limit.MostNs;
                by[limit.Receiver] = limit;
                last = limit.Receiver;
            }
            if (last < 0)
                return null;
        }
        for (int i = 0; i < clocks; i++)
            last = by[last]!.Value.Sender; // back into the cycle
        var cycle = new List<ClockLimit>();
        int at = last;
        do
        {
            cycle.Add(by[at]!.Value);
            at = cycle[^1].Sender;
        }
        while (at != last);
        return cycle;
    }
}
