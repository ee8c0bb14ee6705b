using STrace.Model;

namespace STrace.Correlation;

/// <summary>
/// Tells for whom a thread asks another server: for the request that it works for, unless the program took several before it worked
/// for any, or passes work between threads unseen. Then what it forwards tells (the witness of the message), or that there is
/// only one; else it is not decided, and joined to none.
/// </summary>
internal sealed class Asker(ProcessTable processes)
{
    public const string Name = "message-witness";

    private static readonly List<Exchange> Nobody = [];

    /// <summary>For whom a question is.</summary>
    /// <param name="Request">Null: for none that is known.</param>
    /// <param name="IsChosen">It was chosen among several that waited.</param>
    /// <param name="Maybe">For whom it may be, if it turns out that the program passes work between threads; null: for nobody.</param>
    /// <param name="Undecided">For one of these, and nothing tells for which; null: that is not so.</param>
    public readonly record struct Finding(
        Request? Request, bool IsChosen = false, Exchange? Maybe = null, List<Exchange>? Undecided = null);

    /// <summary>Tells for whom the step asks.</summary>
    /// <param name="mark">Of the question; null when nothing tells of it.</param>
    public Finding Of(Step step, MessageMark? mark)
    {
        Request? own = step.Ring.Request;
        ProcessTable.Process process = processes.Of(step);
        List<Exchange> waiting = WhoWaits(process, step.Ring, own, step.EffectNs);
        if (waiting.Count == 0)
            return new Finding(own, Maybe: own is null && process.Waiting is [var only] ? only.Exchange : null);
        List<Exchange> fit = Witness.Narrow(waiting, mark);
        if (fit.Count == 1)
            return new Finding(Chosen(step, process, fit[0], byWitness: waiting.Count > 1), IsChosen: waiting.Count > 1);
        Ask(step, fit);
        return new Finding(null, Undecided: fit);
    }

    /// <summary>The request for which the step opens a connection; null: for none that is known, or the first question will tell.</summary>
    /// <param name="isOpen">The first question will tell: <see cref="Settle"/>.</param>
    public Request? OfConnect(Step step, out bool isOpen)
    {
        Request? own = step.Ring.Request;
        ProcessTable.Process process = processes.Of(step);
        List<Exchange> waiting = WhoWaits(process, step.Ring, own, step.EffectNs);
        isOpen = waiting.Count > 1;
        return waiting.Count switch
        {
            0 => own,
            1 => Chosen(step, process, waiting[0], byWitness: false),
            _ => null,
        };
    }

    /// <summary>The exchange is that of the question of which that was found.</summary>
    public void Note(Step step, Exchange exchange, Finding finding)
    {
        if (finding.Maybe is { } maybe)
            exchange.Request.Maybe = maybe;
        if (finding.Undecided is { } fit)
            NoteUndecided(step, exchange, fit);
    }

    /// <summary>The program passed the request to the thread that asked: another thread took the answer, or the asking one answers it.</summary>
    /// <param name="answered">The exchange that the thread answers; null: it takes an answer.</param>
    public void Confirm(Step step, Request asking, Exchange? answered)
    {
        if (asking.Maybe is not { } maybe || (answered is not null && answered != maybe))
            return;
        asking.Maybe = null;
        if (asking.IsOver(step.EffectNs) || maybe.Request.IsOver(step.EffectNs))
            return;
        Join(asking, Chosen(asking.FirstStep!, processes.Of(step), maybe, byWitness: false));
    }

    /// <summary>The first question on a connection says for whom it was opened.</summary>
    public void Settle(Step step, Exchange opened, MessageMark? mark)
    {
        if (!opened.IsOpen)
            return;
        opened.IsOpen = false;
        ProcessTable.Process process = processes.Of(step);
        List<Exchange> fit = Witness.Narrow([.. process.Waiting.Where(w => !w.Exchange.Request.IsOver(step.EffectNs)).Select(w => w.Exchange)], mark);
        if (fit.Count == 1)
        {
            opened.IsAside = true;
            Join(opened.Request, Chosen(step, process, fit[0], byWitness: true));
        }
        else if (fit.Count > 0)
        {
            Ask(step, fit);
            NoteUndecided(step, opened, fit);
        }
    }

    /// <summary>
    /// Nothing tells for which of those that fit the question is. Of n such questions that may be for n requests alone each is for one of them,
    /// because a request waits for one answer before it asks again: none of them waits on.
    /// </summary>
    private void NoteUndecided(Step step, Exchange exchange, List<Exchange> fit)
    {
        ProcessTable.Process process = processes.Of(step);
        process.Undecided.RemoveAll(u => u.Asked.Answered);
        process.Undecided.Add((exchange, fit));
        if (process.Undecided.Count(u => u.For.TrueForAll(fit.Contains)) >= fit.Count)
            process.Waiting.RemoveAll(w => fit.Contains(w.Exchange));
    }

    /// <summary>For whom it may be; empty when the thread's own context is good.</summary>
    private static List<Exchange> WhoWaits(ProcessTable.Process process, Ring ring, Request? own, long nowNs)
    {
        process.RemoveOver(nowNs);
        if (process.Waiting.Count == 0)
            return Nobody;
        var waiting = new List<Exchange>();
        bool isOwnAmong = false;
        foreach ((Exchange exchange, Ring taker) in process.Waiting)
        {
            if (!process.PassesWork && taker != ring)
                continue;
            waiting.Add(exchange);
            isOwnAmong |= exchange.Request == own;
        }
        // What has asked already, or came in unmarked, is not among those that wait.
        return own is { Answered: false, Outstanding: 0 } && !isOwnAmong ? Nobody : waiting;
    }

    private static void Join(Request part, Request chosen)
    {
        part.IsPart = true;
        part.Unite(chosen);
    }

    private static Request Chosen(Step step, ProcessTable.Process process, Exchange exchange, bool byWitness)
    {
        process.Remove(exchange);
        if (exchange.LastCall is { } last && (byWitness || last.Ring != step.Ring))
            step.CausedBy(new Link(last, EdgeKind.HandOff, Name, new Evidence(byWitness
                ? "it forwards the message that came in on {0}"
                : "the only request that waited in its process, of {0}", last.Event.Channel)));
        return exchange.Request;
    }

    private static void Ask(Step step, List<Exchange> fit)
    {
        step.Ask("the program had taken several requests, and nothing tells for which of them it asks",
            [.. fit.Select(e => $"the request of {e.LastCall}")]);
        foreach (Exchange exchange in fit)
            exchange.LastCall?.Ask("nothing tells which question to another server was asked for it", [step.ToString()]);
    }
}
