using STrace.Model;

namespace STrace.Correlation;

/// <summary>
/// Joins a new thread, process or program to the call that started it: it works for the request that its creator worked for, until it
/// takes another. What an idle thread starts is idle.
/// </summary>
internal sealed class InheritanceRule(HostWalk walk) : HostRule
{
    public const string Name = "inheritance";

    /// <summary>Calls that started threads and processes, by the caller's ring and sequence.</summary>
    private readonly Dictionary<(Guid Agent, ulong Ring, uint Sequence), Step> _creators = [];

    /// <summary>Calls that started the process, or the program that goes on as it, by its pid.</summary>
    private readonly Dictionary<(Guid Agent, int Pid), Step> _starters = [];

    /// <summary>Who waits for the creator's call of this name.</summary>
    private readonly Dictionary<(Guid, ulong, uint), object> _awaited = [];

    private readonly SweepPace _pace = new(least: 4096);

    public override bool Concerns(Operation operation) => operation == Operation.Exec || KindOf(operation) is not null;

    /// <summary>The call that started the thread, which was not walked over yet; null: it was, or nobody knows which it is.</summary>
    public object? Awaited(Ring ring)
    {
        if (walk.OriginOf(ring) is not { } origin)
            return null;
        var creator = (ring.Life.Agent, origin.ParentRing, origin.ParentSequence);
        if (_creators.ContainsKey(creator) || !walk.IsToCome(creator.Agent, creator.ParentRing, creator.ParentSequence))
            return null;
        if (!_awaited.TryGetValue(creator, out object? awaited))
            _awaited[creator] = awaited = new object();
        return awaited;
    }

    /// <summary>The first call of a thread.</summary>
    public void Begin(Step step)
    {
        Ring ring = step.Ring;
        _starters.Remove((ring.Life.Agent, ring.Life.Pid), out Step? creator);
        if (walk.OriginOf(ring) is { } origin)
            _creators.Remove((ring.Life.Agent, origin.ParentRing, origin.ParentSequence), out creator);
        if (creator is null)
            return;
        ring.CreatedNs = creator.Event.ExitNs;
        if (creator.Request?.IsGone(step.EffectNs) != true)
            ring.WorkFor(creator.Request);
        EdgeKind kind = creator.Event.Operation == Operation.Exec ? EdgeKind.Order : KindOf(creator.Event.Operation) ?? EdgeKind.ThreadStart;
        step.CausedBy(new Link(creator, kind, Name, new Evidence("{0} started {1}", creator, ring.Life.Tid)));
    }

    /// <summary>Notes calls that start something; settles nothing.</summary>
    public override bool Apply(Step step)
    {
        HostEvent e = step.Event;
        HandOn(step);
        if (e.Operation == Operation.Exec)
        {
            _starters[(e.Agent, e.Pid)] = step;
            return false;
        }
        if (e.Errno != 0)
            return false;
        var name = (e.Agent, e.Ring, e.Sequence);
        Sweep(e.EnterNs);
        _creators[name] = step;
        if (KindOf(e.Operation) == EdgeKind.Fork)
            _starters[(e.Agent, (int)(e.Operation is Operation.PosixSpawn or Operation.PosixSpawnp ? e.Arg0 : e.Result))] = step;
        if (_awaited.Remove(name, out object? awaited))
            walk.Wake(awaited);
        return false;
    }

    /// <summary>Calls whose thread or process was never seen are forgotten, now and then.</summary>
    private void Sweep(long nowNs)
    {
        if (!_pace.IsDue(_creators.Count + _starters.Count))
            return;
        foreach (var (name, creator) in _creators)
            if (IsOld(creator))
                _creators.Remove(name);
        foreach (var (name, starter) in _starters)
            if (IsOld(starter))
                _starters.Remove(name);
        _pace.Swept(_creators.Count + _starters.Count);

        bool IsOld(Step step) => step.Event.EnterNs + Request.LingerNs < nowNs;
    }

    private static EdgeKind? KindOf(Operation operation) => operation switch
    {
        Operation.Fork or Operation.Vfork or Operation.Clone or Operation.PosixSpawn or Operation.PosixSpawnp => EdgeKind.Fork,
        Operation.PthreadCreate or Operation.ThrdCreate => EdgeKind.ThreadStart,
        _ => null,
    };
}
