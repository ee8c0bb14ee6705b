using STrace.Model;

namespace STrace.Correlation;

/// <summary>
/// Two ends of one connection. Finds which bytes one end's calls gave to which of the other's: both count from offset 0, in stream
/// order; times play no part, so a receive that is stamped before its send is joined all the same.
/// </summary>
/// <param name="number">Pairs are counted in the order in which they were found.</param>
/// <param name="link">From the connect to the accept; null when the connection is older than the session.</param>
/// <param name="timeoutNs">Bytes that lie longer are joined to nobody.</param>
internal sealed class ConnectionPair(int number, ConnectionEnd client, ConnectionEnd server, Link? link, long timeoutNs)
{
    private readonly Direction _questions = new(client.Connection.Sent, server.Connection.Received, new Flow(number, client, IsAnswer: false));
    private readonly Direction _answers = new(server.Connection.Sent, client.Connection.Received, new Flow(number, server, IsAnswer: true));

    /// <summary>Of an older connection: not aligned as yet.</summary>
    private bool _isAligned = link is not null;
    private bool _isRefused;

    public int Number { get; } = number;
    public ConnectionEnd Client { get; } = client;
    public ConnectionEnd Server { get; } = server;

    /// <summary>When enough of an older connection was seen to align it, ns.</summary>
    public long AlignNs => Math.Max(Client.TimeNs, Server.TimeNs) + ConnectionPairing.WindowNs;

    /// <summary>A connection that was opened for one request (to fill a pool) and first used by another: the accept is the user's.</summary>
    public bool IsFirstUsersAccept => Client.Connection.FirstSent is null || Client.Connection.FirstSent.Request == Client.Start.Request;

    /// <summary>One direction, as evidence names it: by the addresses, or the socket.</summary>
    internal sealed record Flow(int Number, ConnectionEnd Sender, bool IsAnswer)
    {
        public override string ToString() => Sender.Key.UnixSocket ?? (IsAnswer ? Sender.Key.Flow.Reversed : Sender.Key.Flow).ToString();
    }

    /// <summary>Everything until <see cref="AlignNs"/> is known.</summary>
    public void Align()
    {
        _isAligned = true;
        if (OlderStream.FirstCommon(Client.Connection, Server.Connection, AlignNs) is not { } first)
        {
            _isRefused = true;
            return;
        }
        _questions.Begin(first.Client, first.Server);
        _answers.Begin(first.Server, first.Client);
    }

    /// <summary>Joins what both ends have moved since.</summary>
    public void Advance()
    {
        if (!_isAligned)
            return;
        if (_isRefused)
        {
            Refuse(_questions);
            Refuse(_answers);
            return;
        }
        Advance(_questions);
        Advance(_answers);
    }

    /// <summary>Forgets bytes of paths that are done.</summary>
    public void Forget()
    {
        if (!_isAligned)
            return;
        _questions.Forget();
        _answers.Forget();
    }

    /// <summary>Whether all that the request moved at the end has found its counterpart, or never will.</summary>
    public bool IsSettled(ConnectionEnd end, Request request, long passedNs)
    {
        if (_isRefused)
            return true;
        if (!_isAligned)
            return false;
        (Direction gave, ConnectionEnd other) = end == Client ? (_questions, Server) : (_answers, Client);
        if (other.Connection.IsClosed || other.IsLate)
            return true;
        for (int i = gave.NextSent - gave.Sent.Forgotten; i < gave.Sent.Pieces.Count; i++)
            if (gave.Sent.Pieces[i].Step.Request == request && gave.Sent.Pieces[i].Step.Event.EffectNs + timeoutNs >= passedNs)
                return false;
        return true;
    }

    private void Advance(Direction direction)
    {
        while (direction.Next() is var (sent, received, from, to))
        {
            if (from >= to || sent.Request is not { } sender || received.Request is not { } receiver ||
                sender.Group.IsClosed || receiver.Group.IsClosed || received.Event.EffectNs - sent.Event.EffectNs > timeoutNs)
            {
                continue;
            }
            sender.Group.Unite(receiver.Group);
            received.Takes(new Link(sent, EdgeKind.Message, GroupBuild.Name, new Evidence("bytes {1}..{2} of {0}", direction.Flow, from, to - 1)));
        }
        direction.Forget();
    }

    private static void Refuse(Direction direction)
    {
        while (direction.NextReceived - direction.Received.Forgotten < direction.Received.Pieces.Count)
            direction.Received.Pieces[direction.NextReceived++ - direction.Received.Forgotten].Step.Ask(
                "the connection is older than the session, and where its messages begin cannot be told", []);
        direction.NextSent = direction.Sent.Forgotten + direction.Sent.Pieces.Count;
        direction.Forget();
    }

    /// <summary>What one end sent and the other received, and how far both were held against each other.</summary>
    private sealed class Direction(ByteStream sent, ByteStream received, Flow flow)
    {
        private long _sentBase;
        private long _receivedBase;

        public Flow Flow { get; } = flow;
        public ByteStream Sent { get; } = sent;
        public ByteStream Received { get; } = received;

        /// <summary>Numbers of the first pieces that were not used up.</summary>
        public int NextSent { get; set; }
        public int NextReceived { get; set; }

        /// <summary>Begins with the given exchanges: positions count from there.</summary>
        public void Begin(int sentExchange, int receivedExchange)
        {
            (NextSent, _sentBase) = FirstOf(Sent, sentExchange);
            (NextReceived, _receivedBase) = FirstOf(Received, receivedExchange);
        }

        /// <summary>The next two pieces that may have bytes in common; null when one end has none.</summary>
        public (Step Sent, Step Received, long From, long To)? Next()
        {
            int s = NextSent - Sent.Forgotten, r = NextReceived - Received.Forgotten;
            if (s >= Sent.Pieces.Count || r >= Received.Pieces.Count)
                return null;
            (Piece sent, Piece received) = (Sent.Pieces[s], Received.Pieces[r]);
            long sentTo = sent.To - _sentBase, receivedTo = received.To - _receivedBase;
            if (sentTo <= receivedTo)
                NextSent++;
            else
                NextReceived++;
            return (sent.Step, received.Step, Math.Max(sent.From - _sentBase, received.From - _receivedBase), Math.Min(sentTo, receivedTo));
        }

        public void Forget()
        {
            Sent.Forget(NextSent);
            Received.Forget(NextReceived);
        }

        private static (int Number, long Base) FirstOf(ByteStream stream, int exchange)
        {
            int first = 0;
            while (first < stream.Pieces.Count && stream.Pieces[first].Exchange < exchange)
                first++;
            return (stream.Forgotten + first, first < stream.Pieces.Count ? stream.Pieces[first].From : 0);
        }
    }
}
