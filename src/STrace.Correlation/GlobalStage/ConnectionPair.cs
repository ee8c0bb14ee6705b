using STrace.Model;

namespace STrace.Correlation;

/// <summary>
/// Two ends of one connection. Finds which bytes one end's calls gave to which of the other's: both count from one beginning, in stream
/// order; times play no part, so a receive that is stamped before its send is joined all the same. Where the beginning is not known (the
/// connection is older than the session, or calls were lost) the exchanges tell where both ends can count again; nothing before is joined.
/// </summary>
internal sealed class ConnectionPair
{
    /// <summary>How far apart the corrected clocks of two hosts may still be.</summary>
    private const long ToleranceNs = 5_000_000;

    private readonly Direction _questions;
    private readonly Direction _answers;
    private readonly StreamCursor[] _cursors;
    private readonly long _timeoutNs;

    /// <summary>A beginning was found once: what was counted from it is joined, even if calls were lost since.</summary>
    private bool _counts;

    /// <summary>No call was lost since the beginning was found.</summary>
    private bool _isAligned;

    /// <summary>Why no beginning is known; null: the connection is older than the session.</summary>
    private EventLoss? _loss;

    /// <summary>Each <see cref="ConnectionPairing.WindowNs"/> since then a beginning is looked for in what came.</summary>
    private long _sinceNs;

    /// <param name="number">Pairs are counted in the order in which they were found.</param>
    /// <param name="isOlder">The connection is older than the session.</param>
    /// <param name="timeoutNs">Bytes that lie longer are joined to nobody.</param>
    public ConnectionPair(int number, ConnectionEnd client, ConnectionEnd server, bool isOlder, long timeoutNs)
    {
        (Client, Server, _timeoutNs) = (client, server, timeoutNs);
        (_counts, _isAligned, _sinceNs) = (!isOlder, !isOlder, Math.Max(client.TimeNs, server.TimeNs));
        _questions = new Direction(client, server, new Flow(number, client, IsAnswer: false));
        _answers = new Direction(server, client, new Flow(number, server, IsAnswer: true));
        _cursors = [_questions.Sent, _questions.Received, _answers.Sent, _answers.Received];
    }

    public ConnectionEnd Client { get; }
    public ConnectionEnd Server { get; }

    /// <summary>When a beginning is to be looked for, ns; null: one is known, or there is nothing to look at.</summary>
    public long? AlignNs
    {
        get
        {
            if (_isAligned)
                return null;
            long firstNs = _cursors.Min(c => c.FirstOpenNs);
            if (firstNs == long.MaxValue)
                return null;
            long windows = Math.Max(1, (firstNs - _sinceNs + ConnectionPairing.WindowNs - 1) / ConnectionPairing.WindowNs);
            return _sinceNs + (windows * ConnectionPairing.WindowNs);
        }
    }

    /// <summary>A connection that was opened for one request (to fill a pool) and first used by another: the accept is the user's.</summary>
    public bool IsFirstUsersAccept => Client.Connection.FirstSent is null || Client.Connection.FirstSent.Request == Client.Start.Request;

    /// <summary>One direction, as evidence names it: by the addresses, or the socket.</summary>
    internal sealed record Flow(int Number, ConnectionEnd Sender, bool IsAnswer)
    {
        public override string ToString() => Sender.Key.UnixSocket ?? (IsAnswer ? Sender.Key.Flow.Reversed : Sender.Key.Flow).ToString();
    }

    /// <summary>Calls of one end were lost; everything until then is known.</summary>
    public void Lose(ConnectionEnd end, Gap gap)
    {
        Advance();
        (Direction gave, Direction took) = end == Client ? (_questions, _answers) : (_answers, _questions);
        if (!_isAligned && !TryBegin(gap.TimeNs))
        {
            Refuse(gave.Sent, gap.Sent);
            Refuse(took.Received, gap.Received);
        }
        gave.Sent.OpenFrom(gap.Sent);
        took.Received.OpenFrom(gap.Received);
        (_isAligned, _loss, _sinceNs) = (false, gap.Loss, gap.TimeNs);
    }

    /// <summary>Looks for a beginning; everything until the time is known.</summary>
    public void Align(long nowNs)
    {
        if (_isAligned || nowNs <= _sinceNs || (nowNs - _sinceNs) % ConnectionPairing.WindowNs != 0)
            return; // one was found, or more lost, since this was planned
        Advance();
        if (TryBegin(nowNs))
            return;
        foreach (StreamCursor cursor in _cursors)
            Refuse(cursor, cursor.Open + cursor.OpenUntil(nowNs).Count());
    }

    private bool TryBegin(long nowNs)
    {
        bool isOneClock = Client.Connection.Channel.Host == Server.Connection.Channel.Host;
        var alignment = new ExchangeAlignment(isOneClock ? 0 : ToleranceNs, mustBeOnly: _loss is not null);
        if (alignment.FirstCommon(_questions.Sent.OpenUntil(nowNs), _questions.Received.OpenUntil(nowNs),
            _answers.Sent.OpenUntil(nowNs), _answers.Received.OpenUntil(nowNs)) is not { } first)
        {
            return false;
        }
        int[] begins = [.. _cursors.Select(c => c.FirstOf(IsOfClient(c) ? first.Client : first.Server))];
        // Before an older connection's beginning one host simply was not heard, unless both were.
        bool disagree = Enumerable.Range(0, begins.Length).Where(i => begins[i] > _cursors[i].Open).Select(i => IsOfClient(_cursors[i])).Distinct().Count() == 2;
        for (int i = 0; i < begins.Length; i++)
        {
            if (_loss is not null || disagree)
                Refuse(_cursors[i], begins[i]);
            _cursors[i].BeginWith(begins[i]);
        }
        (_isAligned, _counts, _loss) = (true, true, null);
        Advance();
        return true;
    }

    /// <summary>Joins what both ends have moved since.</summary>
    public void Advance()
    {
        if (!_counts)
            return;
        Advance(_questions);
        Advance(_answers);
    }

    /// <summary>Forgets bytes of paths that are done.</summary>
    public void Forget()
    {
        foreach (StreamCursor cursor in _cursors)
            cursor.Forget();
    }

    /// <summary>Whether all that the request moved at the end has found its counterpart, or never will.</summary>
    public bool IsSettled(ConnectionEnd end, Request request, long passedNs)
    {
        (Direction gave, Direction took, ConnectionEnd other) = end == Client ? (_questions, _answers, Server) : (_answers, _questions, Client);
        if (!_isAligned && (gave.Sent.HasOpen(request) || took.Received.HasOpen(request)))
            return false;
        return other.Connection.IsClosed || other.IsLate || !gave.Sent.HasLeft(request, passedNs - _timeoutNs);
    }

    private void Advance(Direction direction)
    {
        while (direction.Next() is var (sent, received, from, to))
        {
            if (from >= to || sent.Request is not { } sender || received.Request is not { } receiver ||
                sender.Group.IsClosed || receiver.Group.IsClosed || received.Event.EffectNs - sent.Event.EffectNs > _timeoutNs)
            {
                continue;
            }
            sender.Group.Unite(receiver.Group);
            received.Takes(new Link(sent, EdgeKind.Message, GroupBuild.Name, new Evidence("bytes {1}..{2} of {0}", direction.Flow, from, to - 1)));
        }
        direction.Sent.Forget();
        direction.Received.Forget();
    }

    private bool IsOfClient(StreamCursor cursor) => cursor == _questions.Sent || cursor == _answers.Received;

    /// <summary>What stands before the number is joined to nothing, and says why.</summary>
    private void Refuse(StreamCursor cursor, int number)
    {
        foreach (Step step in cursor.PassOpen(number))
        {
            if (_loss is not null)
                step.Refused = _loss;
            else if (cursor == _questions.Received || cursor == _answers.Received)
                step.Ask("the connection is older than the session, and where its messages begin cannot be told", []);
        }
    }

    /// <summary>What one end sent and the other received.</summary>
    private sealed class Direction(ConnectionEnd sender, ConnectionEnd receiver, Flow flow)
    {
        public Flow Flow { get; } = flow;
        public StreamCursor Sent { get; } = new(sender.Connection.Sent);
        public StreamCursor Received { get; } = new(receiver.Connection.Received);

        /// <summary>The next two pieces that may have bytes in common; null when one end has none.</summary>
        public (Step Sent, Step Received, long From, long To)? Next()
        {
            if (Sent.Current is not { } sent || Received.Current is not { } received)
                return null;
            if (sent.To <= received.To)
                Sent.Pass();
            if (received.To <= sent.To)
                Received.Pass();
            return (sent.Step, received.Step, Math.Max(sent.From, received.From), Math.Min(sent.To, received.To));
        }
    }
}
