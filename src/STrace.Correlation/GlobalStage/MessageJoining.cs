using STrace.Model;

namespace STrace.Correlation;

/// <summary>
/// Joins, on each paired connection and in each direction, reads to exactly the writes whose bytes they took, and with them the
/// requests. What one request reads on a connection must come from one request on the other side, and an answer from the one that
/// was asked, or nothing is joined.
/// </summary>
internal sealed class MessageJoining
{
    public const string Name = "bytes";

    private readonly HashSet<Request> _asked = new(ReferenceEqualityComparer.Instance);

    /// <summary>The bytes of one direction of one connection that were read for one request.</summary>
    private sealed record Exchange(object Flow, bool IsAnswer, List<Overlap> Overlaps);

    public void Join(IReadOnlyList<ConnectionPair> pairs)
    {
        // Questions first: who asked tells whose the answers are.
        List<Exchange> open = JoinAll([.. pairs.SelectMany(p => Exchanges(p, isAnswer: false))]);
        open = JoinAll([.. open, .. pairs.SelectMany(p => Exchanges(p, isAnswer: true))]);
        foreach (Exchange exchange in open)
            Ask(exchange);
    }

    /// <summary>A join may decide another that was open; without any, what is open stays open.</summary>
    private List<Exchange> JoinAll(List<Exchange> open)
    {
        for (int before = open.Count + 1; open.Count < before && open.Count > 0;)
        {
            before = open.Count;
            open.RemoveAll(TryJoin);
        }
        return open;
    }

    private static List<Exchange> Exchanges(ConnectionPair pair, bool isAnswer)
    {
        object flow = Flow(pair, isAnswer);
        (IReadOnlyList<Piece> sent, IReadOnlyList<Piece> received) =
            isAnswer ? (pair.Server.Sent, pair.Client.Received) : (pair.Client.Sent, pair.Server.Received);
        if (pair.First is { } first)
            (sent, received) = isAnswer
                ? (OlderStream.From(sent, first.Server), OlderStream.From(received, first.Client))
                : (OlderStream.From(sent, first.Client), OlderStream.From(received, first.Server));
        var open = new Dictionary<Request, Exchange>(ReferenceEqualityComparer.Instance);
        var all = new List<Exchange>();
        foreach (Overlap overlap in ByteAlignment.Overlaps(sent, received))
        {
            if (overlap.Receive.Request is not { } request || overlap.Send.Request is null)
                continue;
            if (!open.TryGetValue(request, out Exchange? exchange))
                all.Add(open[request] = exchange = new Exchange(flow, isAnswer, []));
            exchange.Overlaps.Add(overlap);
        }
        return all;
    }

    private bool TryJoin(Exchange exchange)
    {
        Request sender = exchange.Overlaps[0].Send.Request!.Whole;
        Request receiver = exchange.Overlaps[0].Receive.Request!;
        foreach (Overlap o in exchange.Overlaps)
            if (o.Send.Request!.Whole != sender)
                return false;
        if (exchange.IsAnswer && receiver.Whole != sender && exchange.Overlaps.Exists(o => _asked.Contains(o.Send.Request!)))
            return false;
        if (!exchange.IsAnswer)
            _asked.Add(receiver);
        foreach (Overlap o in exchange.Overlaps)
            o.Receive.CausedBy(new Link(o.Send, EdgeKind.Message, Name, new Evidence("bytes {1}..{2} of {0}", exchange.Flow, o.From, o.To - 1)));
        receiver.Unite(sender);
        return true;
    }

    private static void Ask(Exchange exchange)
    {
        foreach (var read in exchange.Overlaps.GroupBy(o => o.Receive))
            read.Key.Ask("one request's bytes came from calls of several requests",
                [.. read.Select(o => $"bytes {o.From}..{o.To - 1} of {exchange.Flow}: {o.Send.Describe()}")]);
        foreach (var write in exchange.Overlaps.GroupBy(o => o.Send))
            write.Key.Ask("its bytes were read together with another request's",
                [.. write.Select(o => $"bytes {o.From}..{o.To - 1} of {exchange.Flow}: {o.Receive.Describe()}")]);
    }

    private static object Flow(ConnectionPair pair, bool answers)
    {
        ConnectionEnd sender = answers ? pair.Server : pair.Client;
        return sender.Key.UnixSocket ?? (object)(answers ? sender.Key.Flow.Reversed : sender.Key.Flow);
    }
}
