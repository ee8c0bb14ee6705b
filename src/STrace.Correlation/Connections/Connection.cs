using STrace.Model;

namespace STrace.Correlation;

/// <summary>One end of a stream socket, and the exchanges on it: a question and its answer each.</summary>
internal sealed class Connection(ChannelState state, bool isServer)
{
    public ChannelState State { get; } = state;
    public Channel Channel => State.Channel;

    /// <summary>Requests come in here; else they go out.</summary>
    public bool IsServer { get; } = isServer;

    /// <summary>The connect or accept; null when it was not seen, or failed.</summary>
    public Step? Start { get; set; }

    /// <summary>The first connect that failed; null when none did.</summary>
    public Step? FailedStart { get; set; }

    /// <summary>The present exchange: what is not told apart by marks belongs to it.</summary>
    public Exchange? Current { get; set; }

    /// <summary>Marks have told of a question on it.</summary>
    public bool HasMarks { get; set; }

    /// <summary>The exchange whose question has begun and not ended, as marks tell.</summary>
    public Exchange? Asking { get; set; }

    /// <summary>The exchange whose answer has begun and not ended, as marks tell.</summary>
    public Exchange? Answering { get; set; }

    /// <summary>Asked, as marks tell, and not answered to the end; answers come in this order (RESP, HTTP/1.1, MySQL, ..).</summary>
    public Queue<Exchange> Unanswered { get; } = new();

    /// <summary>The same by stream id, where messages have one (HTTP/2, FastCGI): those are answered in any order.</summary>
    public Dictionary<ulong, Exchange> Streams { get; } = [];

    public ByteStream Sent { get; } = new();
    public ByteStream Received { get; } = new();

    /// <summary>Where calls may have been lost, in the order of time.</summary>
    public List<Gap>? Gaps { get; private set; }

    /// <summary>The first call on it that moved bytes; null: none has.</summary>
    public Step? FirstMoved { get; private set; }

    /// <summary>The first such call that sent.</summary>
    public Step? FirstSent { get; private set; }

    /// <summary>When the first bytes were received, ns.</summary>
    public long? FirstReceivedNs { get; private set; }

    /// <summary>Its process has closed it.</summary>
    public bool IsClosed { get; set; }

    /// <summary>What the global stage knows of it; null: nothing as yet.</summary>
    public ConnectionEnd? End { get; set; }

    /// <summary>Packets are looked for that belong to it.</summary>
    public bool IsAnnounced { get; set; }

    /// <summary>It stands in <see cref="ConnectionTable.Touched"/>.</summary>
    public bool IsTouched { get; set; }

    /// <summary>The packets of it that its host saw; null: none, or not found yet.</summary>
    public Conversation? Conversation { get; set; }

    private int _exchanges;

    /// <summary>Counts bytes that were moved.</summary>
    /// <param name="step">Of the exchange's request.</param>
    public void Move(Step step, Exchange exchange, long bytes, bool sent)
    {
        if (exchange.Number == 0)
            exchange.Number = ++_exchanges;
        (sent ? Sent : Received).Add(step, bytes, exchange.Number);
        if (bytes <= 0)
            return;
        step.Request?.Uses(this);
        if (!sent)
            FirstReceivedNs ??= step.EffectNs;
        FirstMoved ??= step;
        if (sent)
            FirstSent ??= step;
    }

    /// <inheritdoc cref="ChannelState.Lose"/>
    public void Lose(EventLoss loss, long sinceNs, long nowNs)
    {
        (Gaps ??= []).Add(new Gap(loss, nowNs, Sent.End, Received.End));
        Sent.Lose(loss, sinceNs);
        Received.Lose(loss, sinceNs);
    }

    /// <summary>Forgets bytes of paths that are done.</summary>
    public void Forget()
    {
        if (End?.Pair is { } pair)
        {
            pair.Forget();
            return;
        }
        Sent.Forget(int.MaxValue);
        Received.Forget(int.MaxValue);
    }

    /// <summary>The request's next call on it would serve the request.</summary>
    public bool Holds(Request request) => !IsClosed && (Current?.Request == request || Asking?.Request == request || Answering?.Request == request ||
        Contains(Unanswered, request) || Contains(Streams.Values, request));

    /// <summary>Ends the exchanges whose request is over: what comes now on the connection is not theirs.</summary>
    public void Forget(long nowNs)
    {
        if (Current is { } current && current.Request.IsOver(nowNs))
            Current = null;
        if (Asking is { } asking && asking.Request.IsOver(nowNs))
            Asking = null;
        if (Answering is { } answering && answering.Request.IsOver(nowNs))
            Answering = null;
        while (Unanswered.TryPeek(out Exchange? oldest) && oldest.Request.IsOver(nowNs))
            Unanswered.Dequeue();
        if (Streams.Count == 0)
            return;
        foreach ((ulong stream, Exchange exchange) in Streams)
            if (exchange.Request.IsOver(nowNs))
                Streams.Remove(stream);
    }

    private static bool Contains(IEnumerable<Exchange> exchanges, Request request)
    {
        foreach (Exchange exchange in exchanges)
            if (exchange.Request == request)
                return true;
        return false;
    }
}

/// <summary>Calls on a connection may have been lost.</summary>
/// <param name="TimeNs">When the first call behind them had its effect.</param>
/// <param name="Sent">The number of the first piece behind them.</param>
/// <param name="Received">The same of what was received.</param>
internal readonly record struct Gap(EventLoss Loss, long TimeNs, int Sent, int Received);

/// <summary>A question and its answer.</summary>
internal sealed class Exchange(Request request)
{
    public Request Request { get; } = request;

    /// <summary>Of those on its connection that moved bytes, from 1; 0: it has not yet.</summary>
    public int Number { get; set; }

    /// <summary>The last call of it on its connection.</summary>
    public Step? LastCall { get; set; }

    /// <summary>Bytes of the question were seen: the answer to come is one to it, not a greeting.</summary>
    public bool Asked { get; set; }

    /// <summary>Bytes of the answer were seen since: the next bytes of the asking side begin another exchange.</summary>
    public bool Answered { get; set; }

    /// <summary>Answers that are still to end, where one mark stands for many questions.</summary>
    public long Left { get; set; } = 1;

    private bool _isOutstanding;

    /// <summary>It counts among its request's <see cref="Request.Outstanding"/> from now on.</summary>
    public void Opened()
    {
        if (!_isOutstanding)
            Request.Outstanding++;
        _isOutstanding = true;
    }

    /// <summary>It counts no more.</summary>
    public void Over()
    {
        if (_isOutstanding)
            Request.Outstanding--;
        _isOutstanding = false;
    }

    /// <summary>Opened by a connect of which nobody could say for whom it was: the first question will tell.</summary>
    public bool IsOpen { get; set; }

    /// <summary>It is for another request than its thread's: the thread goes on with its own.</summary>
    public bool IsAside { get; set; }

    /// <summary>What tells the question from others; null when nothing does.</summary>
    public MessageMark? Question { get; set; }
}
