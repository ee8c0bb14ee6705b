using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>
/// The rules of one table, found as a switch's own classifier finds them: rules that look at the same headers stand in one hash
/// table, keyed by the values that they ask for, so that a look-up costs one probe for each set of headers in use. The input port
/// does not count.
/// </summary>
internal sealed class RuleIndex
{
    private readonly Dictionary<HeaderFields, Dictionary<Match, List<TableRule>>> _groups = [];

    public void Add(TableRule rule)
    {
        var fields = HeaderFields.Of(rule.Match);
        if (!_groups.TryGetValue(fields, out var group))
            _groups[fields] = group = [];
        var key = fields.Select(rule.Match);
        if (!group.TryGetValue(key, out var same))
            group[key] = same = [];
        same.Add(rule);
    }

    public void Remove(TableRule rule)
    {
        var fields = HeaderFields.Of(rule.Match);
        var key = fields.Select(rule.Match);
        if (!_groups.TryGetValue(fields, out var group) || !group.TryGetValue(key, out var same) || !same.Remove(rule))
            return;
        if (same.Count == 0)
            group.Remove(key);
        if (group.Count == 0)
            _groups.Remove(fields);
    }

    /// <summary>As <see cref="MatchMeaning.CoversHeaders"/> of every rule would tell them, in no order.</summary>
    /// <param name="headers">Of a packet, normalised.</param>
    public IEnumerable<TableRule> Covering(Match headers)
    {
        foreach (var (fields, group) in _groups)
        {
            if (!group.TryGetValue(fields.Select(headers), out var rules))
                continue;
            foreach (var rule in rules)
                yield return rule;
        }
    }
}
