using STrace.Model;

namespace STrace.Correlation;

/// <summary>One life of one thread: its events that wait for their turn, and what it works for while the host stage walks through them.</summary>
internal sealed class Ring(ThreadLife life)
{
    private readonly List<HostEvent> _events = [];
    private int _next;
    private bool _sorted = true;

    public ThreadLife Life { get; } = life;

    /// <summary>The last loss behind which the thread is, and when it made its next call, ns.</summary>
    public EventLoss? Lost { get; set; }
    public long LostNs { get; set; }

    /// <summary>Its last event that was walked over; null: none was.</summary>
    public Step? Last { get; set; }

    /// <summary>The request that the thread works for now; null: it is idle.</summary>
    public Request? Request { get; private set; }

    /// <summary>The connection whose close by this thread ends its work for the request; null when no close does.</summary>
    public ChannelState? TakenOn { get; private set; }

    /// <summary>Requests that came in on connections, were taken by this thread and are not answered yet.</summary>
    public List<Request> Open { get; } = [];

    /// <summary>The idle thread's last call, when it was <c>socket</c>: a connect may make it the first call of a request.</summary>
    public Step? PendingSocket { get; set; }

    /// <summary>Waits of the idle thread for a wake-up, the last one on each object: a request taken next may claim them.</summary>
    public List<Step> PendingWaits { get; } = [];

    /// <summary>What the thread did since it was woken, while nothing said for whom.</summary>
    public List<Step> PendingWork { get; } = [];

    /// <summary>The only request for which somebody had woken it; null: there were none, or several.</summary>
    public Request? WokenFor { get; set; }

    /// <summary>The run in which the thread served its last request, and that request.</summary>
    public int Run { get; private set; }
    private Request? _served;

    /// <summary>When the call that created the thread returned, ns; where nobody saw that call, when the thread began.</summary>
    public long CreatedNs { get; set; }

    /// <summary>What its process has to do; null: nobody has asked for it as yet.</summary>
    public ProcessTable.Process? Process { get; set; }

    /// <summary>It stands among those to which events were added.</summary>
    public bool IsGrown { get; set; }

    /// <summary>The last graph in which it has a step, by number, and the place of the last one so far.</summary>
    public long Graph { get; set; }
    public int GraphIndex { get; set; }

    /// <summary>When it takes its turn: not before an event before it.</summary>
    public long TurnNs { get; private set; } = long.MinValue;
    private long _passedNs = long.MinValue;
    public bool TurnTakes { get; private set; }

    /// <summary>It stands among those that have an event to be walked over, or waits for what its next event needs.</summary>
    public bool IsQueued { get; set; }

    /// <summary>It has waited long enough for what its next event needs.</summary>
    public bool IsReleased { get; set; }

    /// <summary>Its events came out of order: <see cref="Prepare"/> is due.</summary>
    public bool IsDisordered => !_sorted;
    public bool HasNext => _next < _events.Count;
    public HostEvent Next => _events[_next];

    public void Add(HostEvent e)
    {
        _sorted &= _events.Count == _next || _events[^1].Sequence < e.Sequence;
        _events.Add(e);
    }

    /// <summary>Finds the next turn; blocks may have come in any order.</summary>
    public void Prepare()
    {
        if (!_sorted)
            _events.Sort(_next, _events.Count - _next, BySequence);
        _sorted = true;
        FindTurn();
    }

    public HostEvent Take()
    {
        HostEvent e = _events[_next++];
        _passedNs = TurnNs;
        IsReleased = false;
        if (_next == _events.Count || (_next > 1024 && _next > _events.Count / 2))
        {
            _events.RemoveRange(0, _next);
            _next = 0;
        }
        FindTurn();
        return e;
    }

    /// <summary>The thread works for the request, whatever it did before, until it takes another or its process closes the connection.</summary>
    public void WorkFor(Request? request, ChannelState? takenOn = null)
    {
        if (Request is { } before)
            before.Workers--;
        if (request is not null)
            request.Workers++;
        (Request, TakenOn) = (request, takenOn);
    }

    /// <summary>The thread has no more to do with its request.</summary>
    public void BecomeIdle() => WorkFor(null);

    /// <summary>The step serves the request: it stands in the thread's present run for it, or begins another.</summary>
    public void Serve(Step step, Request request)
    {
        if (step.Request is not null)
            throw new InvalidOperationException($"{step} serves a request already");
        if (_served != request)
        {
            Run++;
            _served = request;
        }
        step.Run = Run;
        step.Request = request;
        request.Add(step);
    }

    /// <summary>Requests that are answered, or over, are not open any more.</summary>
    public void ForgetDone(long nowNs) => Open.RemoveWhere(nowNs, static (request, now) => request.Answered || request.IsOver(now));

    /// <summary>The connection was closed: what came in on it is not open any more.</summary>
    public void ForgetOf(ChannelState origin) => Open.RemoveWhere(origin, static (request, of) => request.Origin == of);

    private void FindTurn()
    {
        if (!HasNext)
            return;
        HostEvent next = Next;
        TurnTakes = next.Operation.TakesEffectAtExit();
        TurnNs = Math.Max(_passedNs, TurnTakes ? next.ExitNs : next.EnterNs);
    }

    private static readonly Comparer<HostEvent> BySequence = Comparer<HostEvent>.Create((a, b) => a.Sequence.CompareTo(b.Sequence));
}
