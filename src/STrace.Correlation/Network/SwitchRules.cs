using STrace.Model;

namespace STrace.Correlation;

/// <summary>
/// All rules that one switch ever had, found as a switch's own classifier finds them: rules that look at the same fields stand in one
/// hash table, keyed by the values that they ask for, so that a look-up costs one probe for each set of fields in use.
/// </summary>
internal sealed class SwitchRules
{
    private readonly Group[] _groups;

    public SwitchRules(IEnumerable<FlowRule> rules) =>
        _groups = [.. rules.GroupBy(r => FieldKey.Mask(r.Fields)).Select(same => new Group(same.Key, same))
            .OrderByDescending(g => g.HighestPriority)];

    public RuleLookup Find(in PacketFields packet, long timeNs)
    {
        FieldKey fields = FieldKey.Of(packet);
        FlowRule? best = null;
        bool tied = false;
        long fromNs = long.MinValue, untilNs = long.MaxValue;
        foreach (Group group in _groups)
        {
            if (group.HighestPriority < best?.Priority)
                break;
            if (!group.Rules.TryGetValue(fields.And(group.Mask), out FlowRule[][]? chains))
                continue;
            foreach (FlowRule[] chain in chains)
            {
                if (chain[0].Priority < best?.Priority)
                    break;
                if (InForce(chain, timeNs, ref fromNs, ref untilNs) is not { } rule)
                    continue;
                tied = best is not null && best.Priority == rule.Priority && (tied || best.Actions != rule.Actions);
                best = rule;
            }
        }
        return new RuleLookup(best, tied, fromNs, untilNs);
    }

    /// <summary>The rule of a chain that stands at a time; narrows the interval in which that is the answer.</summary>
    private static FlowRule? InForce(FlowRule[] chain, long timeNs, ref long fromNs, ref long untilNs)
    {
        int low = 0, high = chain.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (chain[middle].InstalledNs <= timeNs)
                low = middle + 1;
            else
                high = middle;
        }
        FlowRule? last = low > 0 ? chain[low - 1] : null;
        long lastEndsNs = last is null ? long.MinValue : last.RemovedNs ?? long.MaxValue;
        long nextNs = low < chain.Length ? chain[low].InstalledNs : long.MaxValue;
        bool stands = timeNs < lastEndsNs;
        fromNs = Math.Max(fromNs, stands ? last!.InstalledNs : lastEndsNs);
        untilNs = Math.Min(untilNs, stands ? Math.Min(lastEndsNs, nextNs) : nextNs);
        return stands ? last : null;
    }

    /// <summary>The rules that look at the same fields.</summary>
    private sealed class Group
    {
        public Group(FieldKey mask, IEnumerable<FlowRule> rules)
        {
            Mask = mask;
            Rules = rules.GroupBy(r => FieldKey.Of(r.Fields)).ToDictionary(same => same.Key, same => same
                .GroupBy(r => r.Priority).OrderByDescending(p => p.Key).Select(p => p.OrderBy(r => r.InstalledNs).ToArray()).ToArray());
            HighestPriority = Rules.Values.Max(chains => chains[0][0].Priority);
        }

        public FieldKey Mask { get; }
        public int HighestPriority { get; }

        /// <summary>By what they ask for; of those that ask for the same, one chain in order of time a priority, the highest first.</summary>
        public Dictionary<FieldKey, FlowRule[][]> Rules { get; }
    }
}
