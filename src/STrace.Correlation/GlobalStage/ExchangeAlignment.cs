namespace STrace.Correlation;

/// <summary>
/// Finds where both ends of a connection can count bytes from when the beginning is not known: bytes may have been under way when the
/// session began, one of the hosts may have been heard later, calls may have been lost. The exchanges tell: where the lengths of their
/// questions and answers agree at both ends, one after the other, and nothing is taken before it was given, the positions do.
/// </summary>
/// <param name="toleranceNs">How far apart the two ends' corrected clocks may still be.</param>
/// <param name="mustBeOnly">
/// Exchanges are missing in the middle, so that two ways in which they agree are none; a connection that is merely older has the first one.
/// </param>
internal sealed class ExchangeAlignment(long toleranceNs, bool mustBeOnly)
{
    /// <summary>How many exchanges at the beginning may be without their counterpart, and how many must agree.</summary>
    private const int MostSkipped = 8;
    private const int MostCompared = 32;

    private sealed class Seen(int number)
    {
        public int Number { get; } = number;
        public long AskedBytes { get; set; }
        public long AnsweredBytes { get; set; }

        /// <summary>Of the first call that moved the question, and the last that moved the answer.</summary>
        public long AskedNs { get; set; } = long.MaxValue;
        public long AnsweredNs { get; set; } = long.MinValue;

        /// <summary>Of any call.</summary>
        public long FirstNs { get; set; } = long.MaxValue;
        public long LastNs { get; set; } = long.MinValue;
    }

    /// <summary>The numbers of the first exchange that both ends saw; null when it cannot be told.</summary>
    public (int Client, int Server)? FirstCommon(
        IEnumerable<Piece> asked, IEnumerable<Piece> taken, IEnumerable<Piece> answered, IEnumerable<Piece> answersTaken)
    {
        List<Seen> client = Exchanges(asked, answersTaken), server = Exchanges(taken, answered);
        if (client.Count == 0 || server.Count == 0)
            return null;
        (int Client, int Server)? found = null;
        int ofServer = FirstSince(server, client[0].FirstNs), ofClient = ofServer < server.Count ? FirstSince(client, server[ofServer].FirstNs) : 0;
        for (int skipped = 0; skipped <= 2 * MostSkipped; skipped++)
        {
            for (int i = Math.Max(0, skipped - MostSkipped); i <= Math.Min(skipped, MostSkipped); i++)
            {
                (int c, int s) = (ofClient + i, ofServer + skipped - i);
                if (!Agree(client, c, server, s) || (found is { } at && at.Client - at.Server == c - s))
                    continue;
                if (!mustBeOnly)
                    return (client[c].Number, server[s].Number);
                if (found is not null)
                    return null;
                found = (c, s);
            }
        }
        return found is { } only ? (client[only.Client].Number, server[only.Server].Number) : null;
    }

    private int FirstSince(List<Seen> exchanges, long sinceNs)
    {
        int first = 0;
        while (first < exchanges.Count && exchanges[first].LastNs < sinceNs - toleranceNs)
            first++;
        return first;
    }

    private bool Agree(List<Seen> client, int firstOfClient, List<Seen> server, int firstOfServer)
    {
        int count = Math.Min(client.Count - firstOfClient, server.Count - firstOfServer);
        for (int i = 0; i < Math.Min(count, MostCompared); i++)
        {
            (Seen c, Seen s) = (client[firstOfClient + i], server[firstOfServer + i]);
            bool isWhole = c.AskedBytes == s.AskedBytes && c.AnsweredBytes == s.AnsweredBytes;
            // The last one may not have been taken to its end.
            bool isPart = i > 0 && i == count - 1 && s.AskedBytes <= c.AskedBytes && c.AnsweredBytes <= s.AnsweredBytes;
            if (!isWhole && !isPart)
                return false;
            if (mustBeOnly && i == 0 && (c.AskedBytes == 0 || c.AnsweredBytes == 0))
                return false;
            if (c.AskedNs > s.AskedNs + toleranceNs || (c.AnsweredBytes > 0 && s.AnsweredNs > c.AnsweredNs + toleranceNs))
                return false;
        }
        return count > 0;
    }

    /// <summary>In the order of their numbers.</summary>
    private static List<Seen> Exchanges(IEnumerable<Piece> questions, IEnumerable<Piece> answers)
    {
        var exchanges = new SortedDictionary<int, Seen>();
        foreach (Piece piece in questions)
        {
            Seen seen = Of(piece);
            seen.AskedBytes += piece.To - piece.From;
            seen.AskedNs = Math.Min(seen.AskedNs, piece.Step.EffectNs);
        }
        foreach (Piece piece in answers)
        {
            Seen seen = Of(piece);
            seen.AnsweredBytes += piece.To - piece.From;
            seen.AnsweredNs = Math.Max(seen.AnsweredNs, piece.Step.EffectNs);
        }
        return [.. exchanges.Values];

        Seen Of(Piece piece)
        {
            if (!exchanges.TryGetValue(piece.Exchange, out Seen? seen))
                exchanges[piece.Exchange] = seen = new Seen(piece.Exchange);
            seen.FirstNs = Math.Min(seen.FirstNs, piece.Step.Event.EnterNs);
            seen.LastNs = Math.Max(seen.LastNs, piece.Step.Event.ExitNs);
            return seen;
        }
    }
}
