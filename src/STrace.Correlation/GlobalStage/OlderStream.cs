namespace STrace.Correlation;

/// <summary>
/// A connection that was there before the session: bytes may have been under way when it began, or one of the hosts was heard later
/// than the other. The exchanges tell: where the lengths of their questions and answers agree at both ends, one after the other, and
/// nothing is taken before it was given, the positions do.
/// </summary>
internal static class OlderStream
{
    /// <summary>How many exchanges at the beginning may be without their counterpart, and how many must agree.</summary>
    private const int MostSkipped = 8;
    private const int MostCompared = 32;

    /// <summary>How far apart corrected clocks may still be.</summary>
    private const long ToleranceNs = 5_000_000;

    private sealed class Seen(int number)
    {
        public int Number { get; } = number;
        public long AskedBytes { get; set; }
        public long AnsweredBytes { get; set; }

        /// <summary>Of the first call that moved the question, and the last that moved the answer.</summary>
        public long AskedNs { get; set; } = long.MaxValue;
        public long AnsweredNs { get; set; } = long.MinValue;
    }

    /// <summary>The numbers of the first exchange that both ends saw; null when it cannot be told.</summary>
    /// <param name="untilNs">Of what came later nothing is used.</param>
    public static (int Client, int Server)? FirstCommon(Connection client, Connection server, long untilNs)
    {
        List<Seen> ofClient = Exchanges(client.Sent, client.Received, untilNs), ofServer = Exchanges(server.Received, server.Sent, untilNs);
        for (int skipped = 0; skipped <= MostSkipped; skipped++)
        {
            if (Agree(ofClient, 0, ofServer, skipped))
                return (ofClient[0].Number, ofServer[skipped].Number);
            if (Agree(ofClient, skipped, ofServer, 0))
                return (ofClient[skipped].Number, ofServer[0].Number);
        }
        return null;
    }

    private static bool Agree(List<Seen> client, int firstOfClient, List<Seen> server, int firstOfServer)
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
            if (c.AskedNs > s.AskedNs + ToleranceNs || (c.AnsweredBytes > 0 && s.AnsweredNs > c.AnsweredNs + ToleranceNs))
                return false;
        }
        return count > 0;
    }

    /// <summary>In the order of their numbers.</summary>
    private static List<Seen> Exchanges(ByteStream questions, ByteStream answers, long untilNs)
    {
        var exchanges = new SortedDictionary<int, Seen>();
        foreach (Piece piece in Beginning(questions, untilNs))
        {
            Seen seen = Of(piece.Exchange);
            seen.AskedBytes += piece.To - piece.From;
            seen.AskedNs = Math.Min(seen.AskedNs, piece.Step.Event.EffectNs);
        }
        foreach (Piece piece in Beginning(answers, untilNs))
        {
            Seen seen = Of(piece.Exchange);
            seen.AnsweredBytes += piece.To - piece.From;
            seen.AnsweredNs = Math.Max(seen.AnsweredNs, piece.Step.Event.ExitNs);
        }
        return [.. exchanges.Values];

        Seen Of(int number)
        {
            if (!exchanges.TryGetValue(number, out Seen? seen))
                exchanges[number] = seen = new Seen(number);
            return seen;
        }
    }

    private static IEnumerable<Piece> Beginning(ByteStream stream, long untilNs) =>
        stream.Pieces.TakeWhile(p => p.Exchange <= MostSkipped + MostCompared + 1 && p.Step.Event.EffectNs <= untilNs);
}
