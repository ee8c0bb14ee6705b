using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>
/// The flow tables of one switch as its control messages tell them, OpenFlow's and Nicira's, with all rules that they ever had. The tables
/// are told apart where the controller does so (<c>NXT_FLOW_MOD_TABLE_ID</c>), else all is one.
/// </summary>
/// <param name="changed">Is told of every rule that begins, ends, or turns out to have done neither; null: nobody asks.</param>
internal sealed class RuleTable(Action<TableRule>? changed = null)
{
    private readonly List<TableRule> _all = [];
    private readonly Dictionary<RuleKey, TableRule> _standing = [];
    private readonly RuleIndex _index = new();
    private readonly Dictionary<RuleKey, TableRule> _lastEnded = [];
    private readonly Dictionary<uint, Change> _changes = [];
    private readonly PriorityQueue<TableRule, long> _timeouts = new();
    private int _others; // standing rules with other fields

    /// <summary>A FLOW_MOD's command names the table in its upper byte.</summary>
    public bool HasTableIds { get; set; }

    /// <summary>In the order in which they became known.</summary>
    public IReadOnlyList<TableRule> All => _all;

    /// <summary>The rules in the first table that surely take such a packet, whatever port it entered at.</summary>
    /// <param name="headers">Normalised.</param>
    public IEnumerable<TableRule> Covering(Match headers) => _index.Covering(headers);

    /// <summary>Whether the rule is in the table now.</summary>
    public bool IsStanding(TableRule rule) => _standing.GetValueOrDefault(rule.Key) == rule;

    /// <summary>A FLOW_MOD to the switch (sections 4.6 and 5.3.3).</summary>
    public void Apply(FlowModMessage message, long timeNs) => Apply(message, null, timeNs);

    /// <summary>A FLOW_MOD of Nicira's.</summary>
    public void Apply(NiciraFlowMod message, uint xid, long timeNs) => Apply(
        new FlowModMessage
        {
            Xid = xid,
            Match = message.Match.Match,
            Cookie = message.Cookie,
            Command = message.Command,
            IdleTimeoutSeconds = message.IdleTimeoutSeconds,
            HardTimeoutSeconds = message.HardTimeoutSeconds,
            Priority = message.Priority,
            OutPort = message.OutPort,
            Flags = message.Flags,
            Actions = message.Actions,
        },
        message.Match,
        timeNs);

    private void Apply(FlowModMessage message, NiciraMatch? nicira, long timeNs)
    {
        const int tableShift = 8;
        if (message.Flags.HasFlag(FlowModFlags.Emergency))
            return;
        Expire(timeNs);

        var tableId = (byte)((ushort)message.Command >> tableShift);
        HasTableIds |= tableId != 0;
        var command = (FlowModCommand)(byte)message.Command;
        var key = Key(tableId, message.Match, nicira, message.Priority);
        var change = new Change(timeNs);
        _changes[message.Xid] = change;
        var affected = command switch
        {
            FlowModCommand.Modify or FlowModCommand.Delete => _standing.Values.Where(rule => IsMeant(rule, key)).ToList(),
            _ => _standing.TryGetValue(key, out var same) ? [same] : [],
        };

        switch (command)
        {
            case FlowModCommand.Add:
            case FlowModCommand.Modify or FlowModCommand.ModifyStrict when affected.Count == 0:
                affected.ForEach(rule => End(rule, timeNs, change));
                Begin(key, message, timeNs, change);
                break;
            case FlowModCommand.Modify or FlowModCommand.ModifyStrict:
                foreach (var rule in affected)
                {
                    End(rule, timeNs, change);
                    Begin(rule.Key, message, timeNs, change, rule);
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
        var isOfFlowMod = error.Data.Length <= typeOffset ||
            (MessageType)error.Data.Span[typeOffset] is MessageType.FlowMod or MessageType.Vendor;
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
            if (_standing.TryAdd(rule.Key, rule))
            {
                Index(rule);
                rule.RemovedNs = null;
                changed?.Invoke(rule);
            }
        }
    }

    /// <summary>
    /// A FLOW_REMOVED. The cookie must agree: one that crosses the rule's re-installation speaks of the earlier rule.
    /// </summary>
    public void Apply(FlowRemovedMessage message, long timeNs) =>
        Removed(Key(0, message.Match, null, message.Priority), message.Cookie, timeNs);

    /// <summary>A FLOW_REMOVED of Nicira's.</summary>
    public void Apply(NiciraFlowRemoved message, long timeNs)
    {
        var tableId = HasTableIds && message.TablePlusOne > 0 ? (byte)(message.TablePlusOne - 1) : (byte)0;
        Removed(Key(tableId, message.Match.Match, message.Match, message.Priority), message.Cookie, timeNs);
    }

    private void Removed(RuleKey key, ulong cookie, long timeNs)
    {
        var rule = _standing.TryGetValue(key, out var same)
            ? same
            : _standing.Values.FirstOrDefault(standing => cookie != 0 && standing.Cookie == cookie);
        if (rule?.Cookie != cookie)
            return;
        rule.IsReported = true;
        End(rule, timeNs, new Change(timeNs));
    }

    /// <summary>A rule in a flow statistics reply.</summary>
    /// <returns>Whether it is new: no message has told of it.</returns>
    public bool Apply(FlowStats stats, long timeNs) => Apply(stats, null, timeNs);

    /// <summary>A rule in a statistics reply of Nicira's.</summary>
    public void Apply(NiciraFlowStats rule, long timeNs) => Apply(rule.Stats, rule.Match, timeNs);

    private bool Apply(FlowStats stats, NiciraMatch? nicira, long timeNs)
    {
        Expire(timeNs);
        var key = Key(HasTableIds ? stats.TableId : (byte)0, stats.Match, nicira, stats.Priority);
        var installedNs = Math.Max(0, timeNs - (stats.DurationSeconds * 1_000_000_000L) - stats.DurationNanoseconds);
        var removedMeanwhile = _lastEnded.TryGetValue(key, out var ended) && ended.Cookie == stats.Cookie && installedNs < ended.RemovedNs;
        if (Standing(key, stats, nicira) is { } known)
        {
            known.SeenNs = timeNs;
            return false;
        }
        if (removedMeanwhile)
            return false;
        Begin(new TableRule
        {
            InstalledNs = installedNs,
            TableId = key.TableId,
            Match = key.Match,
            OtherFields = key.OtherFields,
            Priority = key.Priority,
            Cookie = stats.Cookie,
            Actions = stats.Actions,
            AddedNs = installedNs,
            IdleTimeoutSeconds = stats.IdleTimeoutSeconds,
            HardTimeoutSeconds = stats.HardTimeoutSeconds,
            SeenNs = timeNs,
        });
        return true;
    }

    /// <summary>In OpenFlow's own statistics a rule lacks the fields that they cannot say.</summary>
    private TableRule? Standing(RuleKey key, FlowStats stats, NiciraMatch? nicira) =>
        _standing.TryGetValue(key, out var known) ? known
        : nicira is null && _others > 0 ? _standing.Values.FirstOrDefault(rule =>
            rule.OtherFields.Length > 0 && rule.Cookie == stats.Cookie && rule.Key with { OtherFields = "" } == key)
        : null;

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
    private void Begin(RuleKey key, FlowModMessage message, long timeNs, Change change, TableRule? modified = null)
    {
        var rule = new TableRule
        {
            InstalledNs = timeNs,
            TableId = key.TableId,
            Match = key.Match,
            OtherFields = key.OtherFields,
            Priority = key.Priority,
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
        _standing[rule.Key] = rule;
        Index(rule);
        if (rule.TimesOutNs is { } timesOutNs)
            _timeouts.Enqueue(rule, timesOutNs);
        changed?.Invoke(rule);
    }

    private void End(TableRule rule, long timeNs, Change change)
    {
        rule.RemovedNs = timeNs;
        Remove(rule);
        _lastEnded[rule.Key] = rule;
        change.Ended.Add(rule);
        changed?.Invoke(rule);
    }

    private void Remove(TableRule rule)
    {
        _standing.Remove(rule.Key);
        _others -= rule.OtherFields.Length > 0 ? 1 : 0;
        if (rule.IsPlain)
            _index.Remove(rule);
    }

    private void Index(TableRule rule)
    {
        _others += rule.OtherFields.Length > 0 ? 1 : 0;
        if (rule.IsPlain)
            _index.Add(rule);
    }

    private static RuleKey Key(byte tableId, Match match, NiciraMatch? nicira, ushort priority) => new(
        tableId, MatchMeaning.Normalise(match), nicira is null ? "" : MatchMeaning.OtherFields(nicira),
        nicira is null ? MatchMeaning.Priority(match, priority) : priority);

    /// <summary>Whether a message that is not strict means the rule; without a table it means all.</summary>
    private bool IsMeant(TableRule rule, RuleKey key) =>
        (!HasTableIds || rule.TableId == key.TableId) && MatchMeaning.Covers(key.Match, rule.Match) &&
        MatchMeaning.CoversOthers(key.OtherFields, rule.OtherFields);

    /// <summary>What one FLOW_MOD did.</summary>
    private sealed class Change(long timeNs)
    {
        public long TimeNs { get; } = timeNs;
        public List<TableRule> Begun { get; } = [];
        public List<TableRule> Ended { get; } = [];
    }
}
