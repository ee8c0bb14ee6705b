using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>The flow table of one switch as its control messages tell it, with all rules that it ever had.</summary>
/// <param name="changed">Is told of every rule that begins, ends, or turns out to have done neither; null: nobody asks.</param>
internal sealed class RuleTable(Action<TableRule>? changed = null)
{
    private readonly List<TableRule> _all = [];
    private readonly Dictionary<(Match Match, ushort Priority), TableRule> _standing = [];
    private readonly RuleIndex _index = new();
    private readonly Dictionary<(Match Match, ushort Priority), TableRule> _lastEnded = [];
    private readonly Dictionary<uint, Change> _changes = [];
    private readonly PriorityQueue<TableRule, long> _timeouts = new();

    /// <summary>In the order in which they became known.</summary>
    public IReadOnlyList<TableRule> All => _all;

    /// <summary>The rules in the table that take such a packet, whatever port it entered at.</summary>
    /// <param name="headers">Normalised.</param>
    public IEnumerable<TableRule> Covering(Match headers) => _index.Covering(headers);

    /// <summary>Whether the rule is in the table now.</summary>
    public bool IsStanding(TableRule rule) => _standing.GetValueOrDefault((rule.Match, rule.Priority)) == rule;

    /// <summary>A FLOW_MOD to the switch (sections 4.6 and 5.3.3).</summary>
    public void Apply(FlowModMessage message, long timeNs)
    {
        if (message.Flags.HasFlag(FlowModFlags.Emergency))
            return;
        Expire(timeNs);

        var match = MatchMeaning.Normalise(message.Match);
        var priority = MatchMeaning.Priority(message.Match, message.Priority);
        var change = new Change(timeNs);
        _changes[message.Xid] = change;
        var affected = message.Command switch
        {
            FlowModCommand.Modify or FlowModCommand.Delete =>
                _standing.Values.Where(rule => MatchMeaning.Covers(match, rule.Match)).ToList(),
            _ => _standing.TryGetValue((match, priority), out var same) ? [same] : [],
        };

        switch (message.Command)
        {
            case FlowModCommand.Add:
            case FlowModCommand.Modify or FlowModCommand.ModifyStrict when affected.Count == 0:
                affected.ForEach(rule => End(rule, timeNs, change));
                Begin(match, priority, message, timeNs, change);
                break;
            case FlowModCommand.Modify or FlowModCommand.ModifyStrict:
                foreach (var rule in affected)
                {
                    End(rule, timeNs, change);
                    Begin(rule.Match, rule.Priority, message, timeNs, change, rule);
                }
                break;
            case FlowModCommand.Delete or FlowModCommand.DeleteStrict:
                affected.Where(rule => rule.Outputs(message.OutPort)).ToList().ForEach(rule => End(rule, timeNs, change));
                break;
        }
    }

    /// <summary>An ERROR: the FLOW_MOD of that xid, if it was one, has done nothing.</summary>
    public void Undo(ErrorMessage error)
    {
        const int typeOffset = 1;
        var isOfFlowMod = error.Data.Length <= typeOffset || error.Data.Span[typeOffset] == (byte)MessageType.FlowMod;
        if (!isOfFlowMod || !_changes.Remove(error.Xid, out var change))
            return;

        foreach (var rule in change.Begun)
        {
            _all.Remove(rule);
            if (IsStanding(rule))
                Remove(rule);
            rule.IsUndone = true;
            changed?.Invoke(rule);
        }
        foreach (var rule in change.Ended)
        {
            if (_standing.TryAdd((rule.Match, rule.Priority), rule))
            {
                _index.Add(rule);
                rule.RemovedNs = null;
                changed?.Invoke(rule);
            }
        }
    }

    /// <summary>
    /// A FLOW_REMOVED. The cookie must agree: one that crosses the rule's re-installation speaks of the earlier rule.
    /// </summary>
    public void Apply(FlowRemovedMessage message, long timeNs)
    {
        var key = (MatchMeaning.Normalise(message.Match), MatchMeaning.Priority(message.Match, message.Priority));
        var rule = _standing.TryGetValue(key, out var same)
            ? same
            : _standing.Values.FirstOrDefault(standing => message.Cookie != 0 && standing.Cookie == message.Cookie);
        if (rule?.Cookie != message.Cookie)
            return;
        rule.IsReported = true;
        End(rule, timeNs, new Change(timeNs));
    }

    /// <summary>A rule in a flow statistics reply: new when no message has told of it.</summary>
    public void Apply(FlowStats stats, long timeNs)
    {
        Expire(timeNs);
        var match = MatchMeaning.Normalise(stats.Match);
        var key = (match, MatchMeaning.Priority(stats.Match, stats.Priority));
        var installedNs = Math.Max(0, timeNs - (stats.DurationSeconds * 1_000_000_000L) - stats.DurationNanoseconds);
        var removedMeanwhile = _lastEnded.TryGetValue(key, out var ended) && ended.Cookie == stats.Cookie && installedNs < ended.RemovedNs;
        if (_standing.TryGetValue(key, out var known))
            known.SeenNs = timeNs;
        if (known is not null || removedMeanwhile)
            return;
        Begin(new TableRule
        {
            InstalledNs = installedNs,
            Match = match,
            Priority = key.Item2,
            Cookie = stats.Cookie,
            Actions = stats.Actions,
            AddedNs = installedNs,
            IdleTimeoutSeconds = stats.IdleTimeoutSeconds,
            HardTimeoutSeconds = stats.HardTimeoutSeconds,
            SeenNs = timeNs,
        });
    }

    /// <summary>Ends the rules whose hard timeout has passed.</summary>
    public void Expire(long timeNs)
    {
        while (_timeouts.TryPeek(out var rule, out var timesOutNs) && timesOutNs <= timeNs)
        {
            _timeouts.Dequeue();
            if (IsStanding(rule))
                End(rule, timesOutNs, new Change(timeNs));
        }
    }

    /// <summary>Forgets the rules that ended before the time, and which messages ended them.</summary>
    public void Forget(long endedBeforeNs)
    {
        _all.RemoveAll(rule => rule.RemovedNs < endedBeforeNs);
        foreach (var (key, rule) in _lastEnded)
            if (rule.RemovedNs < endedBeforeNs)
                _lastEnded.Remove(key);
        foreach (var (xid, change) in _changes)
            if (change.TimeNs < endedBeforeNs)
                _changes.Remove(xid);
    }

    /// <param name="modified">The rule whose actions are changed: its timeouts stay.</param>
    private void Begin(
        Match match, ushort priority, FlowModMessage message, long timeNs, Change change, TableRule? modified = null)
    {
        var rule = new TableRule
        {
            InstalledNs = timeNs,
            Match = match,
            Priority = priority,
            Cookie = message.Cookie,
            Actions = message.Actions,
            AddedNs = modified?.AddedNs ?? timeNs,
            IdleTimeoutSeconds = modified?.IdleTimeoutSeconds ?? message.IdleTimeoutSeconds,
            HardTimeoutSeconds = modified?.HardTimeoutSeconds ?? message.HardTimeoutSeconds,
            IsReported = modified?.IsReported ?? message.Flags.HasFlag(FlowModFlags.SendFlowRemoved),
        };
        Begin(rule);
        change.Begun.Add(rule);
    }

    private void Begin(TableRule rule)
    {
        _all.Add(rule);
        _standing[(rule.Match, rule.Priority)] = rule;
        _index.Add(rule);
        if (rule.TimesOutNs is { } timesOutNs)
            _timeouts.Enqueue(rule, timesOutNs);
        changed?.Invoke(rule);
    }

    private void End(TableRule rule, long timeNs, Change change)
    {
        rule.RemovedNs = timeNs;
        Remove(rule);
        _lastEnded[(rule.Match, rule.Priority)] = rule;
        change.Ended.Add(rule);
        changed?.Invoke(rule);
    }

    private void Remove(TableRule rule)
    {
        _standing.Remove((rule.Match, rule.Priority));
        _index.Remove(rule);
    }

    /// <summary>What one FLOW_MOD did.</summary>
    private sealed class Change(long timeNs)
    {
        public long TimeNs { get; } = timeNs;
        public List<TableRule> Begun { get; } = [];
        public List<TableRule> Ended { get; } = [];
    }
}
