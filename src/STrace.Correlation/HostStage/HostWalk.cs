using System.Runtime.InteropServices;
using STrace.Model;

namespace STrace.Correlation;

/// <summary>
/// The first stage, as a walk through one host's events in the order in which they had their effect: which event serves which
/// request, what caused what, which connection ends stay open. It goes on as far as all events are known to be there, so that the
/// order in which they came plays no part. Needs nothing from other hosts.
/// </summary>
/// <param name="timeoutNs">After how long without a step a request counts as over, answered or not.</param>
internal sealed class HostWalk(long timeoutNs)
{
    /// <summary>Threads of one pthread_t that nobody was seen to join; older ones were detached.</summary>
    private const int MostUnjoined = 16;

    /// <summary>How much later than its effect (by the stamps: a listing may stamp receives at their entry) a cause may stand.</summary>
    private const long PatienceNs = 1_000_000_000;

    private readonly Dictionary<(Guid Agent, ulong Ring), Ring> _rings = [];
    private readonly Dictionary<Channel, ChannelState> _channels = [];
    private readonly Dictionary<(ulong Ring, int Tid), ThreadOrigin> _origins = [];
    private readonly Dictionary<(ulong Ring, int Tid), List<EventLoss>> _losses = [];
    private readonly PriorityQueue<DeclaredSend, long> _declared = new();
    private readonly Dictionary<(Guid Agent, int Pid), List<Ring>> _processes = [];
    private readonly Dictionary<(Guid Agent, int Pid, ulong Pthread), List<Ring>> _unjoined = [];
    private readonly List<Ring> _grown = [];
    private readonly TurnQueue _turns = new();
    private readonly List<ParkedRing> _parked = [];
    private readonly Queue<(ChannelState State, long ClosedNs)> _closed = new();
    private RuleBook? _rules;
    private long _untilNs = long.MinValue;

    private readonly record struct ParkedRing(Ring Ring, object Awaited);

    public ConnectionTable Connections { get; } = new();

    /// <summary>Requests that have begun and that nobody has taken out of here yet.</summary>
    public List<Request> New { get; } = [];

    /// <summary>Losses that nobody told, since the list was last emptied.</summary>
    public List<EventLoss> Gaps { get; } = [];

    /// <summary>Events that wait for their turn.</summary>
    public long Waiting { get; private set; }

    /// <summary>Every event that took effect until then was walked over.</summary>
    public long PassedNs
    {
        get
        {
            long passedNs = _untilNs;
            foreach (ParkedRing parked in _parked)
                passedNs = Math.Min(passedNs, parked.Ring.TurnNs - 1);
            return passedNs;
        }
    }

    private RuleBook Rules => _rules ??= new RuleBook(this);

    public void Add(Ring ring, HostEvent e)
    {
        ring.Add(e);
        Waiting++;
        if (ring.IsGrown || (ring.IsQueued && !ring.IsDisordered))
            return;
        ring.IsGrown = true;
        _grown.Add(ring);
    }

    public void Add(ThreadOrigin origin)
    {
        _origins[(origin.Ring, origin.Tid)] = origin;
    }

    public void Add(EventLoss loss)
    {
        ref List<EventLoss>? losses = ref CollectionsMarshal.GetValueRefOrAddDefault(_losses, (loss.Ring, loss.Tid), out _);
        losses ??= [];
        losses.Insert(losses.FindLastIndex(l => l.FirstSequence < loss.FirstSequence) + 1, loss);
    }

    public void Add(DeclaredSend declared) => _declared.Enqueue(declared, declared.TimeNs);

    /// <summary>Goes on through all events up to the time; nothing earlier is to come.</summary>
    /// <param name="isLast">Nothing at all is to come.</param>
    public void Advance(long untilNs, bool isLast)
    {
        Queue();
        _untilNs = Math.Max(_untilNs, untilNs);
        while (true)
        {
            if (_turns.Count == 0 || _turns.First.TurnNs > untilNs)
            {
                if (!isLast || !ReleaseFirst(long.MaxValue))
                    break;
                continue;
            }
            Ring ring = _turns.First;
            if (_parked.Count > 0 && ReleaseFirst(ring.TurnNs - PatienceNs))
                continue;
            if (!ring.IsReleased && Rules.Awaited(ring) is { } awaited)
            {
                _turns.RemoveFirst();
                _parked.Add(new ParkedRing(ring, awaited));
                continue;
            }
            long nowNs = ring.TurnNs;
            HostEvent e = ring.Take();
            if (ring.HasNext)
            {
                _turns.FirstChanged();
            }
            else
            {
                _turns.RemoveFirst();
                ring.IsQueued = false;
            }
            while (_declared.TryPeek(out DeclaredSend? declared, out long timeNs) && timeNs <= nowNs)
                Rules.Declare(_declared.Dequeue(), this);
            Walk(ring, e);
            Waiting--;
        }
        Forget();
    }

    /// <summary>Threads that have events again get their turns.</summary>
    private void Queue()
    {
        bool isReordered = false;
        foreach (Ring ring in _grown)
        {
            ring.IsGrown = false;
            isReordered |= ring.IsQueued;
            ring.Prepare();
            if (ring.IsQueued)
                continue;
            ring.IsQueued = true;
            _turns.Add(ring);
        }
        _grown.Clear();
        if (isReordered)
            _turns.Reorder();
    }

    /// <summary>Nobody uses the channel any more, as far as its host tells.</summary>
    public void Closed(ChannelState state, long nowNs) => _closed.Enqueue((state, nowNs));

    /// <summary>Forgets channels that were closed long ago.</summary>
    private void Forget()
    {
        while (_closed.TryPeek(out var closed) && closed.ClosedNs + Request.LingerNs < _untilNs)
        {
            _closed.Dequeue();
            if (_channels.GetValueOrDefault(closed.State.Channel) == closed.State)
                _channels.Remove(closed.State.Channel);
        }
    }

    /// <summary>What was awaited is there: who waits for it gets a turn.</summary>
    public void Wake(object awaited)
    {
        for (int i = 0; i < _parked.Count; i++)
        {
            if (_parked[i].Awaited != awaited)
                continue;
            _turns.Add(_parked[i].Ring);
            _parked.RemoveAt(i--);
        }
    }

    public ChannelState StateOf(Channel channel)
    {
        ref ChannelState? state = ref CollectionsMarshal.GetValueRefOrAddDefault(_channels, channel, out _);
        return state ??= new ChannelState(channel);
    }

    /// <summary>The state of the channel on which the thread made a call: most often it is that of its last call.</summary>
    private ChannelState StateOf(Channel channel, Ring ring) =>
        // What was closed may have been forgotten since.
        ring.Last?.Channel is { Connection: null or { IsClosed: false } } last && last.Channel == channel ? last : StateOf(channel);

    /// <summary>How the thread began, as its creator's library told; null when it did not.</summary>
    public ThreadOrigin? OriginOf(Ring ring) => _origins.GetValueOrDefault((ring.Life.Ring, ring.Life.Tid));

    /// <summary>The threads of a process that made a call; several processes may have had the number.</summary>
    public IReadOnlyList<Ring> RingsOf(Guid agent, int pid) => _processes.TryGetValue((agent, pid), out List<Ring>? rings) ? rings : [];

    /// <summary>
    /// The thread that a call joins: the last that was there when the call began. A pthread_t is given anew once the thread is gone, which
    /// may be before the call that joins it has returned.
    /// </summary>
    public Ring? Join(Guid agent, int pid, ulong pthread, long enterNs)
    {
        if (!_unjoined.TryGetValue((agent, pid, pthread), out List<Ring>? rings))
            return null;
        int at = Math.Max(0, rings.FindLastIndex(r => r.CreatedNs <= enterNs));
        Ring joined = rings[at];
        rings.RemoveAt(at);
        if (rings.Count == 0)
            _unjoined.Remove((agent, pid, pthread));
        return joined;
    }

    /// <summary>A thread makes its first call.</summary>
    private void Begin(Ring ring)
    {
        ThreadLife life = ring.Life;
        ref List<Ring>? rings = ref CollectionsMarshal.GetValueRefOrAddDefault(_processes, (life.Agent, life.Pid), out _);
        (rings ??= []).Add(ring);
        if (OriginOf(ring) is not { Pthread: not 0 } origin)
            return;
        ring.CreatedNs = origin.TimeNs;
        ref List<Ring>? unjoined = ref CollectionsMarshal.GetValueRefOrAddDefault(_unjoined, (life.Agent, life.Pid, origin.Pthread), out _);
        unjoined ??= [];
        if (unjoined.Count == MostUnjoined)
            unjoined.RemoveAt(0);
        unjoined.Add(ring);
    }

    /// <summary>Whether the call of this number of the thread was not walked over yet, but may be.</summary>
    public bool IsToCome(Guid agent, ulong ring, uint sequence) =>
        _rings.TryGetValue((agent, ring), out Ring? found) && found.Last is { } last && last.Sequence < sequence;

    public Request NewRequest(ChannelState origin)
    {
        var request = new Request(origin, timeoutNs);
        request.Group = new Group(request);
        New.Add(request);
        return request;
    }

    /// <summary>Equal for two lives exactly when they are one, told twice.</summary>
    public Ring RingOf(ThreadLife life)
    {
        ref Ring? ring = ref CollectionsMarshal.GetValueRefOrAddDefault(_rings, (life.Agent, life.Ring), out _);
        return ring ??= new Ring(life);
    }

    /// <summary>Gives a turn to the parked thread that has waited longest, if it has since the time.</summary>
    private bool ReleaseFirst(long sinceNs)
    {
        int first = -1;
        for (int i = 0; i < _parked.Count; i++)
            if (first < 0 || TurnQueue.IsBefore(_parked[i].Ring, _parked[first].Ring))
                first = i;
        if (first < 0 || _parked[first].Ring.TurnNs > sinceNs)
            return false;
        Ring ring = _parked[first].Ring;
        _parked.RemoveAt(first);
        ring.IsReleased = true;
        _turns.Add(ring);
        return true;
    }

    private void Walk(Ring ring, HostEvent e)
    {
        ChannelState? channel = e.Channel is { } c ? StateOf(c, ring) : null;
        var step = new Step(e, ring, channel);
        if (ring.Last is null)
            Begin(ring);
        if (ring.Last is { } last && e.Sequence > last.Sequence + 1)
            FindGap(last.Event, e);
        if (_losses.Count > 0)
            PassLosses(ring, e);
        if (channel is not null && channel.LastUser != ring)
            Use(channel, ring, step);
        Rules.Apply(step);
        if (channel is { Channel.Kind: ChannelKind.Socket } && StreamCalls.Tells(e))
        {
            channel.Endings.Add(step);
            if (channel.Connection is { } connection)
                step.Request?.Uses(connection);
        }
        ring.Last = step;
    }

    private void Use(ChannelState channel, Ring ring, Step step)
    {
        channel.LastUser = ring;
        if (!channel.AddUser(ring))
            return;
        channel.FirstUse ??= step;
        // Lost calls may have acted on it before this thread was first seen to use it, but not on what began since.
        if (ring.Lost is not null && channel.FirstUse != step && channel.FirstUse.Event.EnterNs <= ring.LostNs)
            Lose(channel, ring.Lost, step.Event.EnterNs - Request.GraceNs, step.EffectNs);
    }

    private void Lose(ChannelState channel, EventLoss loss, long sinceNs, long nowNs)
    {
        channel.Lose(loss, sinceNs, nowNs);
        if (channel.Connection is { } connection)
            Connections.Touch(connection);
    }

    /// <summary>Calls are missing between two of a thread: where no loss was told, what told of it was lost, too.</summary>
    private void FindGap(HostEvent before, HostEvent e)
    {
        if (_losses.TryGetValue((e.Ring, e.Tid), out List<EventLoss>? told) &&
            told.Exists(l => l.FirstSequence < e.Sequence && l.LastSequence > before.Sequence))
        {
            return;
        }
        var loss = new EventLoss(e.Host, e.Ring, e.Tid, before.Sequence + 1, e.Sequence - 1, e.EnterNs);
        Add(loss);
        Gaps.Add(loss);
    }

    /// <summary>The thread comes to an event behind calls that were lost.</summary>
    private void PassLosses(Ring ring, HostEvent e)
    {
        if (!_losses.TryGetValue((ring.Life.Ring, ring.Life.Tid), out List<EventLoss>? losses))
            return;
        foreach (EventLoss loss in losses)
        {
            if (loss.FirstSequence >= e.Sequence || (ring.Last is { } last && loss.LastSequence < last.Sequence))
                continue;
            (ring.Lost, ring.LostNs) = (loss, e.EnterNs);
            long sinceNs = Math.Max(ring.Last?.Event.ExitNs ?? long.MinValue, e.EnterNs - Request.GraceNs);
            foreach (ChannelState used in _channels.Values.Where(c => c.IsUsedBy(ring)))
                Lose(used, loss, sinceNs, e.EffectNs);
        }
    }
}
