using STrace.Model;

namespace STrace.Correlation;

/// <summary>
/// Joins, on each paired connection and in each direction, reads to exactly the writes whose bytes they took, and with them the
/// requests. What one request reads on a connection must come from one request on the other side, or nothing is joined.
/// </summary>
internal sealed class MessageJoining(JoinedTrace trace)
{
    public const string Name = "bytes";

    /// <summary>The bytes of one direction of one connection that were read for one request.</summary>
    private sealed record Exchange(string Flow, List<Overlap> Overlaps);

    public void Join(IReadOnlyList<ConnectionPair> pairs)
    {
        // Requests first: who asked tells whose the answers are.
        var open = new Queue<Exchange>(
            pairs.SelectMany(p => Exchanges(p.Client.Sent, p.Server.Received, Flow(p, answers: false)))
                .Concat(pairs.SelectMany(p => Exchanges(p.Server.Sent, p.Client.Received, Flow(p, answers: true)))));
        // A join may decide another that was open; without any, what is open stays open.
        for (int sinceJoin = 0; sinceJoin < open.Count;)
        {
            Exchange exchange = open.Dequeue();
            if (TryJoin(exchange))
            {
                sinceJoin = 0;
            }
            else
            {
                open.Enqueue(exchange);
                sinceJoin++;
            }
        }
        foreach (Exchange exchange in open)
            Ask(exchange);
    }

    private IEnumerable<Exchange> Exchanges(IReadOnlyList<ByteRange> sent, IReadOnlyList<ByteRange> received, string flow) =>
        ByteAlignment.Overlaps(sent, received)
            .GroupBy(o => trace.RequestOf(o.Receive))
            .Select(g => new Exchange(flow, [.. g]));

    private bool TryJoin(Exchange exchange)
    {
        int path = trace.PathOf(exchange.Overlaps[0].Send);
        if (exchange.Overlaps.Exists(o => trace.PathOf(o.Send) != path))
            return false;
        foreach (Overlap o in exchange.Overlaps)
        {
            trace.Unite(o.Send, o.Receive);
            trace.Links.Add(new Link(o.Send, o.Receive, EdgeKind.Message, Name, $"bytes {o.From}..{o.To - 1} of {exchange.Flow}"));
        }
        return true;
    }

    private void Ask(Exchange exchange)
    {
        foreach (var read in exchange.Overlaps.GroupBy(o => o.Receive))
            trace.Questions.Add(new OpenQuestion(read.Key, "one request's bytes came from calls of several requests",
                [.. read.Select(o => $"bytes {o.From}..{o.To - 1} of {exchange.Flow}: {trace.Describe(o.Send)}")]));
        foreach (var write in exchange.Overlaps.GroupBy(o => o.Send))
            trace.Questions.Add(new OpenQuestion(write.Key, "its bytes were read together with another request's",
                [.. write.Select(o => $"bytes {o.From}..{o.To - 1} of {exchange.Flow}: {trace.Describe(o.Receive)}")]));
    }

    private static string Flow(ConnectionPair pair, bool answers)
    {
        ConnectionEnd sender = answers ? pair.Server : pair.Client;
        return sender.Key.UnixSocket ?? (answers ? sender.Key.Flow.Reversed : sender.Key.Flow).ToString();
    }
}
