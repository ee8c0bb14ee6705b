using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>The tables of the recording and of its replay, side by side, while the steps of the replay go by.</summary>
internal sealed class ReplaySides
{
    private readonly ReplayPlan _original;
    private readonly bool _same;
    private readonly HashSet<InstallRule> _refused = new(ReferenceEqualityComparer.Instance);
    private readonly PlanTables _recorded = new();
    private readonly PlanTables _replayed;
    private readonly TableWalk _recordedWalk;
    private readonly TableWalk _replayedWalk;

    // Of the original's packets; only where it is another plan.
    private readonly Dictionary<(long TimeNs, ulong Dpid, Type Kind), int> _places = [];
    private int _next;

    /// <param name="errors">What switches refused in the replay.</param>
    public ReplaySides(ReplayPlan plan, ReplayPlan original, IReadOnlyList<ReplayError> errors)
    {
        _original = original;
        var installed = plan.Steps.OfType<InstallRule>().ToLookup(step => (step.Dpid, step.Message.Xid));
        foreach (var error in errors)
        {
            // An xid that several rules have does not tell which was refused.
            if (installed[(error.Dpid, error.Xid)].Take(2).ToList() is [var only])
            {
                _refused.Add(only);
                Errors[only] = error;
            }
        }
        _same = ReferenceEquals(plan, original) && _refused.Count == 0;
        _replayed = _same ? _recorded : new PlanTables();
        _recordedWalk = new TableWalk(_recorded, original.Topology);
        _replayedWalk = new TableWalk(_replayed, plan.Topology);
        if (ReferenceEquals(plan, original))
            return;
        for (var index = 0; index < original.Steps.Count; index++)
        {
            if (original.Steps[index] is not InstallRule)
                _places[Place(original.Steps[index])] = index;
        }
    }

    /// <summary>The rules of the replay that were refused, with the switches' answers.</summary>
    public Dictionary<InstallRule, ReplayError> Errors { get; } = new(ReferenceEqualityComparer.Instance);

    public void Install(InstallRule step)
    {
        if (!_refused.Contains(step))
            _replayed.Apply(step);
        if (_same)
            return;
        if (_places.Count == 0)
            _recorded.Apply(step);
    }

    /// <summary>The ways of the packet of a step, by the tables as they stand.</summary>
    public (TableWay Recorded, TableWay Replayed) Follow(ReplayStep step, Match? headers)
    {
        if (_places.Count > 0)
            Advance(step);
        var recorded = Follow(_recordedWalk, step, headers);
        return (recorded, _same ? recorded : Follow(_replayedWalk, step, headers));
    }

    /// <summary>Brings the recorded tables to where the packet stands in the whole session.</summary>
    private void Advance(ReplayStep step)
    {
        var place = _places.GetValueOrDefault(Place(step), -1);
        while (_next < _original.Steps.Count && (place >= 0 ? _next < place : _original.Steps[_next].TimeNs <= step.TimeNs))
        {
            if (_original.Steps[_next++] is InstallRule rule)
                _recorded.Apply(rule);
        }
    }

    private static TableWay Follow(TableWalk walk, ReplayStep step, Match? headers) => step switch
    {
        SendPacket packet => walk.Send(packet.Dpid, packet.Message, headers),
        InjectFrame frame => walk.Enter(frame.At, headers),
        _ => throw new ArgumentException($"a {step.GetType().Name} is no packet", nameof(step)),
    };

    private static (long, ulong, Type) Place(ReplayStep step) => (step.TimeNs, step.Dpid, step.GetType());
}
