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

    /// <summary>The last answer was a choice among several requests that waited.</summary>
    public bool HasChosen { get; set; }

    /// <summary>For whom the question may be that was last asked and not decided.</summary>
    private List<Exchange>? _asked;

    private readonly HashSet<Exchange> _undecided = new(ReferenceEqualityComparer.Instance);

    /// <summary>What idle threads asked for while one request alone waited in their process: it may have been passed to them unseen.</summary>
    private readonly Dictionary<Request, Exchange> _maybe = new(ReferenceEqualityComparer.Instance);

    /// <summary>The request for which the step asks; null: for none that is known.</summary>
    /// <param name="mark">Of the question; null when nothing tells of it.</param>
    /// <param name="maybe">For whom it may be, if it turns out that the program passes work between threads; null: for nobody.</param>
    public Request? Of(Step step, MessageMark? mark, out Exchange? maybe)
    {
        maybe = null;
        Request? own = step.Ring.Request;
        ProcessTable.Process process = processes.Of(step);
        List<Exchange> waiting = WhoWaits(process, step.Ring, own);
        if (waiting.Count == 0)
        {
            if (own is null && process.Waiting is [var only])
                maybe = only.Exchange;
            return own;
        }
        List<Exchange> fit = Witness.Narrow(waiting, mark);
        if (fit.Count == 1)
        {
            HasChosen = waiting.Count > 1;
            return Chosen(step, process, fit[0], HasChosen);
        }
        Ask(step, fit);
        _asked = fit;
        return null;
    }

    /// <summary>The request for which the step opens a connection; null: for none that is known, or the first question will tell.</summary>
    /// <param name="isOpen">The first question will tell: <see cref="Settle"/>.</param>
    public Request? OfConnect(Step step, out bool isOpen)
    {
        Request? own = step.Ring.Request;
        ProcessTable.Process process = processes.Of(step);
        List<Exchange> waiting = WhoWaits(process, step.Ring, own);
        isOpen = waiting.Count > 1;
        return waiting.Count switch
        {
            0 => own,
            1 => Chosen(step, process, waiting[0], byWitness: false),
            _ => null,
        };
    }

    /// <summary>The exchange was opened by a connect of which nobody could say for whom it was.</summary>
    public void LeaveOpen(Exchange opened) => _undecided.Add(opened);

    public bool IsOpen(Exchange opened) => _undecided.Contains(opened);

    /// <summary>The request that an idle thread began may be another's.</summary>
    public void LeaveOpen(Request asking, Exchange maybe) => _maybe[asking] = maybe;

    /// <summary>The program passed the request to the thread that asked: another thread took the answer, or the asking one answers it.</summary>
    /// <param name="answered">The exchange that the thread answers; null: it takes an answer.</param>
    public void Confirm(Step step, Request asking, Exchange? answered)
    {
        if (_maybe.Count == 0 || !_maybe.TryGetValue(asking, out Exchange? maybe) || (answered is not null && answered != maybe))
            return;
        _maybe.Remove(asking);
        Join(asking, Chosen(asking.Steps[0], processes.Of(step), maybe, byWitness: false));
    }

    /// <summary>The first question on a connection says for whom it was opened.</summary>
    public void Settle(Step step, Exchange opened, MessageMark? mark)
    {
        if (!_undecided.Remove(opened))
            return;
        ProcessTable.Process process = processes.Of(step);
        List<Exchange> fit = Witness.Narrow([.. process.Waiting.Select(w => w.Exchange)], mark);
        if (fit.Count == 1)
        {
            opened.IsAside = true;
            Join(opened.Request, Chosen(step, process, fit[0], byWitness: true));
        }
        else if (fit.Count > 0)
        {
            Ask(step, fit);
            _asked = fit;
            NoteUndecided(step, opened);
        }
    }

    /// <summary>
    /// The exchange is that of a question of which <see cref="Of"/> could not tell for whom it is. Of n such questions that may be for n requests
    /// alone each is for one of them, because a request waits for one answer before it asks again: none of them waits on.
    /// </summary>
    public void NoteUndecided(Step step, Exchange exchange)
    {
        if (_asked is not { } fit)
            return;
        _asked = null;
        ProcessTable.Process process = processes.Of(step);
        process.Undecided.RemoveAll(u => u.Asked.Answered);
        process.Undecided.Add((exchange, fit));
        if (process.Undecided.Count(u => u.For.TrueForAll(fit.Contains)) >= fit.Count)
            process.Waiting.RemoveAll(w => fit.Contains(w.Exchange));
    }

    /// <summary>For whom it may be; empty when the thread's own context is good.</summary>
    private static List<Exchange> WhoWaits(ProcessTable.Process process, Ring ring, Request? own)
    {
        if (process.Waiting.Count == 0)
            return [];
        List<Exchange> waiting = [.. process.Waiting.Where(w => process.PassesWork || w.Taker == ring).Select(w => w.Exchange)];
        // What has asked already, or came in unmarked, is not among those that wait.
        bool isAtWork = own is { Answered: false, Outstanding: 0 } && !waiting.Exists(e => e.Request == own);
        return isAtWork ? [] : waiting;
    }

    private static void Join(Request part, Request chosen)
    {
        part.IsPart = true;
        part.Unite(chosen);
    }

    private static Request Chosen(Step step, ProcessTable.Process process, Exchange exchange, bool byWitness)
    {
        process.Waiting.RemoveAll(w => w.Exchange == exchange);
        if (exchange.LastCall is { } last && (byWitness || last.Ring != step.Ring))
            step.CausedBy(new Link(last, EdgeKind.HandOff, Name, new Evidence(byWitness
                ? "it forwards the message that came in on {0}"
                : "the only request that waited in its process, of {0}", last.Event.Channel)));
        return exchange.Request;
    }

    private static void Ask(Step step, List<Exchange> fit)
    {
        if (fit.Count == 0)
            return;
        step.Ask("the program had taken several requests, and nothing tells for which of them it asks",
            [.. fit.Select(e => $"the request of {e.LastCall}")]);
        foreach (Exchange exchange in fit)
            exchange.LastCall?.Ask("nothing tells which question to another server was asked for it", [step.ToString()]);
    }
}
