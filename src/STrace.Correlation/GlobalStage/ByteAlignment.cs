namespace STrace.Correlation;

/// <summary>Bytes that one call gave and another took.</summary>
internal readonly record struct Overlap(Step Send, Step Receive, long From, long To);

internal static class ByteAlignment
{
    /// <summary>
    /// Joins receives to exactly the sends whose bytes they took. Both lists are gapless from offset 0 and in stream order; times
    /// play no part, so a receive that is stamped before its send is joined all the same.
    /// </summary>
    public static IEnumerable<Overlap> Overlaps(IReadOnlyList<Piece> sent, IReadOnlyList<Piece> received)
    {
        for (int s = 0, r = 0; s < sent.Count && r < received.Count;)
        {
            long from = Math.Max(sent[s].From, received[r].From);
            long to = Math.Min(sent[s].To, received[r].To);
            if (from < to)
                yield return new Overlap(sent[s].Step, received[r].Step, from, to);
            if (sent[s].To <= received[r].To)
                s++;
            else
                r++;
        }
    }
}
