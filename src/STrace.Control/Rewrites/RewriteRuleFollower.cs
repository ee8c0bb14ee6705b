using STrace.Model;
using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>
/// Tells while control messages come what <see cref="RewriteRuleReader"/> tells of all of them: which rules change addresses, and until
/// when. Keeps what stands and what ended lately. For one thread.
/// </summary>
/// <param name="keepNs">For how long a rule that has ended may still be spoken of, ns: by a late ERROR or a statistics reply.</param>
public sealed class RewriteRuleFollower
{
    private const int SweepEvery = 4096; // changes

    private readonly long _keepNs;
    private readonly RuleTables _tables;
    private readonly Dictionary<TableRule, ulong> _touched = [];
    private readonly Dictionary<TableRule, RewriteRule> _told = [];
    private int _changes;

    public RewriteRuleFollower(long keepNs)
    {
        _keepNs = keepNs;
        _tables = new RuleTables((dpid, rule) => _touched[rule] = dpid);
    }

    /// <summary>The next message; one that is not OpenFlow 1.0 tells nothing.</summary>
    public IReadOnlyList<RewriteRuleChange> Apply(in RecordedControlMessage recorded)
    {
        try
        {
            _tables.Apply(OpenFlowCodec.Decode(recorded.Frame.Span), recorded);
        }
        catch (OpenFlowProtocolException)
        {
            return [];
        }
        return Changes(recorded.TimeNs);
    }

    /// <summary>No message came until the time, ns since the epoch: rules may have timed out.</summary>
    public IReadOnlyList<RewriteRuleChange> Pass(long timeNs)
    {
        _tables.Expire(timeNs);
        return Changes(timeNs);
    }

    private List<RewriteRuleChange> Changes(long nowNs)
    {
        var changes = new List<RewriteRuleChange>();
        foreach (var (rule, dpid) in _touched)
        {
            var was = _told.GetValueOrDefault(rule);
            var now = rule.IsUndone ? null : rule.ToRewrite(dpid);
            if (was == now)
                continue;
            changes.Add(new RewriteRuleChange(was, now));
            if (now is null)
                _told.Remove(rule);
            else
                _told[rule] = now;
        }
        _touched.Clear();
        _changes += changes.Count;
        if (_changes >= SweepEvery)
            Sweep(nowNs - _keepNs);
        return changes;
    }

    private void Sweep(long endedBeforeNs)
    {
        _changes = 0;
        _tables.Forget(endedBeforeNs);
        foreach (var rule in _told.Keys)
            if (rule.RemovedNs < endedBeforeNs)
                _told.Remove(rule);
    }
}

/// <summary>What became known of a rule.</summary>
/// <param name="Was">As it was told before; null: it was not.</param>
/// <param name="Now">As it is to be taken from now on; null: it never was.</param>
public sealed record RewriteRuleChange(RewriteRule? Was, RewriteRule? Now);
