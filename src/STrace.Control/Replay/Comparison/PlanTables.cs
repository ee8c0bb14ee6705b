using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>The flow tables of all switches as the rules of a plan make them, one after another.</summary>
internal sealed class PlanTables
{
    private readonly Dictionary<ulong, RuleTable> _tables = [];

    public void Apply(InstallRule step)
    {
        if (!_tables.TryGetValue(step.Dpid, out var table))
            _tables[step.Dpid] = table = new RuleTable();
        table.Apply(step.Message, step.TimeNs);
    }

    /// <summary>The rule that takes a packet; null where none does.</summary>
    /// <param name="headers">Normalised.</param>
    /// <param name="tied">Another of the same priority takes it too and does something else: the choice is the switch's.</param>
    public TableRule? Find(SwitchPort at, Match headers, out bool tied)
    {
        tied = false;
        TableRule? best = null;
        if (!_tables.TryGetValue(at.Dpid, out var table))
            return null;
        foreach (var rule in table.Covering(headers))
        {
            if ((rule.Match.InPort is { } port && port != at.Port) || rule.Priority < best?.Priority)
                continue;
            tied = rule.Priority == best?.Priority && (tied || !rule.Actions.SequenceEqual(best.Actions));
            best = rule;
        }
        return best;
    }

    /// <summary>The rule of this match and priority; null where there is none.</summary>
    public TableRule? Find(ulong dpid, Match match, ushort priority) =>
        _tables.TryGetValue(dpid, out var table)
            ? table.Covering(match).FirstOrDefault(rule => rule.Priority == priority && rule.Match.Equals(match))
            : null;
}
