using STrace.Model;

namespace STrace.Correlation;

/// <summary>
/// What both ends of a connection have in common: bytes that go with the direction of requests are questions, the others are
/// answers. Marks divide a call's bytes between the exchanges (pipelining, several replies in one read, HTTP/2 streams); without
/// marks the turn does: the first bytes of the asking side behind an answer begin the next exchange.
/// </summary>
internal abstract class ConnectionRule(HostWalk walk) : HostRule
{
    private readonly List<(Exchange Exchange, long To)> _parts = [];

    protected HostWalk Walk { get; } = walk;

    public override bool Concerns(Operation operation) =>
        operation.IsReceive() || operation.IsSend() || operation is Operation.Connect or Operation.AioReturn;

    /// <summary>The exchange that a question begins.</summary>
    /// <param name="mark">What tells of the question; null when nothing does.</param>
    /// <param name="offset">Of the question in the call's bytes.</param>
    protected abstract Exchange Begin(Step step, Connection connection, MessageMark? mark, long offset);

    /// <summary>For whom a runtime hook declared the call's bytes, with the offset behind the last byte of each.</summary>
    protected virtual IReadOnlyList<(Request Request, long To)> Named => [];

    /// <summary>The exchange that the same call has begun before; null: none.</summary>
    protected Exchange? Began => _parts.Count > 0 ? _parts[^1].Exchange : null;

    /// <summary>The question of an exchange has ended.</summary>
    protected virtual void Asked(Step step, Exchange exchange)
    {
    }

    /// <summary>The answer of an exchange has begun.</summary>
    protected virtual void Answered(Step step, Exchange exchange)
    {
    }

    /// <summary>The exchanges of which the call moved bytes, with the offset behind the last byte of each, in order.</summary>
    protected List<(Exchange Exchange, long To)> Divide(Step step, Connection connection, bool asking)
    {
        _parts.Clear();
        MarkTraits side = asking ? MarkTraits.Request : MarkTraits.Response;
        Exchange? last = null;
        IReadOnlyList<MessageMark> marks = step.Event.Marks;
        for (int i = 0; i < marks.Count; i++)
        {
            MessageMark mark = marks[i];
            if ((mark.Traits & side) == 0)
                continue;
            bool starts = (mark.Traits & MarkTraits.Start) != 0;
            if (starts && last is not null)
                AddPart(last, mark.StartOffset);
            last = asking ? Question(step, connection, mark, starts) : Answer(step, connection, mark, starts);
        }
        if (last is null && asking)
            last = AddNamed(step, connection) ?? Unmarked(step, connection);
        else
            last ??= connection.Answering ?? UnmarkedAnswer(step, connection);
        if (last is not null)
            AddPart(last, step.Event.Moved);
        return _parts;
    }

    /// <summary>Notes that bytes went for or against the exchange.</summary>
    protected void Turn(Step step, Exchange exchange, bool asking)
    {
        exchange.Asked |= asking;
        bool answered = exchange.Asked && !asking;
        if (answered && !exchange.Answered)
            Answered(step, exchange);
        exchange.IsAside &= !answered;
        exchange.Answered = answered;
        exchange.Request.Answered = answered;
        if (exchange.Request.Origin == step.Channel)
            exchange.Request.Replied = answered;
    }

    private void AddPart(Exchange exchange, long to)
    {
        if (_parts.Count > 0 && _parts[^1].Exchange == exchange)
            _parts[^1] = (exchange, to);
        else
            _parts.Add((exchange, to));
    }

    private Exchange Question(Step step, Connection connection, MessageMark mark, bool starts)
    {
        Exchange? exchange = mark.Stream != 0
            ? connection.Streams.GetValueOrDefault(mark.Stream)
            : connection.Asking ?? (connection.Current is { Asked: true, Answered: false, Question: null } begun ? begun : null);
        // The first question that is recognised on a connection, or after bytes that could not be followed, may have begun before its mark.
        bool goesOn = exchange is { Question: null } && (!connection.HasMarks || (mark.Traits & MarkTraits.Resync) != 0);
        connection.HasMarks = true;
        if ((starts && !goesOn) || exchange is null)
            exchange = Begin(step, connection, mark, mark.StartOffset);
        if (exchange.Question is null)
        {
            exchange.Question = mark;
            exchange.Asked = true;
            exchange.Left = mark.Count;
            if (mark.Stream != 0)
                connection.Streams[mark.Stream] = exchange;
            else
                connection.Unanswered.Enqueue(exchange);
            connection.Current = exchange;
        }
        bool ends = (mark.Traits & MarkTraits.End) != 0;
        if (mark.Stream == 0)
            connection.Asking = ends ? null : exchange;
        if (ends)
            Asked(step, exchange);
        return exchange;
    }

    private static Exchange? Answer(Step step, Connection connection, MessageMark mark, bool starts)
    {
        Exchange? exchange = mark.Stream != 0
            ? connection.Streams.GetValueOrDefault(mark.Stream) ?? connection.Current
            : (starts ? null : connection.Answering) ?? Oldest(connection) ?? connection.Current;
        if (exchange is null)
            return null;
        bool isInterim = mark.Code is >= 100 and < 200 && (mark.Traits & MarkTraits.Upgrade) == 0;
        bool ends = (mark.Traits & MarkTraits.End) != 0 && !isInterim;
        if (mark.Stream == 0)
            connection.Answering = ends ? null : exchange;
        if (!ends)
            return exchange;
        // A mark may stand for many answers, and an exchange for many questions.
        Exchange? answered = exchange;
        for (long left = mark.Count; left > 0 && answered is not null;)
        {
            long taken = Math.Min(left, Math.Max(1, answered.Left));
            left -= taken;
            answered.Left -= taken;
            if (answered.Left > 0)
                break;
            End(connection, answered);
            connection.Streams.Remove(mark.Stream);
            if (mark.Stream == 0 && Oldest(connection) == answered)
                connection.Unanswered.Dequeue();
            answered = mark.Stream == 0 ? Oldest(connection) : null;
        }
        return exchange;
    }

    /// <summary>Questions that only a hook tells apart; null: it tells nothing.</summary>
    private Exchange? AddNamed(Step step, Connection connection)
    {
        Exchange? last = null;
        if (Named.Count == 0)
            return null;
        while (Oldest(connection) is { Answered: true })
            connection.Unanswered.Dequeue();
        foreach ((Request request, long to) in Named)
        {
            bool goesOn = connection.Current is { Answered: false } current && current.Request == request;
            last = goesOn ? connection.Current! : new Exchange(request);
            if (!goesOn || !last.Asked)
                connection.Unanswered.Enqueue(last);
            connection.Current = last;
            AddPart(last, to);
        }
        return last;
    }

    /// <summary>Answers come in the order of the questions; how many of them one call moved, only marks tell.</summary>
    private static Exchange? UnmarkedAnswer(Step step, Connection connection)
    {
        if (Oldest(connection) is not { } oldest)
            return connection.Current;
        string[] others = [.. connection.Unanswered.Select(e => e.Request).Distinct().Where(r => r.LastStep is not null).Select(r => $"the request of {r.LastStep}")];
        if (others.Length > 1 && step.Event.Moved > 0)
            step.Ask("nothing tells to whose questions it is the answer", others);
        return oldest;
    }

    private Exchange? Unmarked(Step step, Connection connection)
    {
        if (connection.Asking is { } going)
            return going;
        if (connection.Current is { } current && !(current.Answered && step.Event.Moved > 0) && !IsTakenOver(step, connection))
            return current;
        if (step.Event.Moved <= 0)
            return connection.Current;
        if (connection.Current is { Answered: true } done)
            End(connection, done);
        return connection.Current = Begin(step, connection, null, 0);
    }

    /// <summary>The exchange was answered to its end; the request too, when it came in, or went out, as that exchange.</summary>
    protected static void End(Connection connection, Exchange exchange) =>
        exchange.Request.Ended |= exchange.Request.Origin == connection.State;

    /// <summary>The connection was opened for nobody, or another, and is taken out of a pool for the first time.</summary>
    protected virtual bool IsTakenOver(Step step, Connection connection) => false;

    private static Exchange? Oldest(Connection connection) => connection.Unanswered.TryPeek(out Exchange? oldest) ? oldest : null;
}
