using STrace.Model;

namespace STrace.Correlation;

/// <summary>A flow's addresses behind some rewrites.</summary>
/// <param name="Before">The addresses before the last of them; null at the start.</param>
/// <param name="By">The rewrites that make this change.</param>
internal sealed record Reached(FlowTuple Flow, Reached? Before, List<RewriteAction> By)
{
    public const int MaxHops = 8;

    /// <summary>All addresses that the flow can come to have, the nearest first.</summary>
    public static List<Reached> From(FlowTuple start, RewriteIndex rewrites)
    {
        var all = new List<Reached>();
        var seen = new HashSet<FlowTuple> { start };
        List<Reached> front = [new Reached(start, null, [])];
        for (int hop = 0; hop < MaxHops && front.Count > 0; hop++)
        {
            var next = new Dictionary<FlowTuple, Reached>();
            foreach (Reached at in front)
            {
                foreach (RewriteAction action in rewrites.Covering(at.Flow))
                {
                    FlowTuple to = action.Apply(at.Flow);
                    if (seen.Contains(to))
                        continue;
                    if (!next.TryGetValue(to, out Reached? reached))
                        next[to] = reached = new Reached(to, at, []);
                    if (reached.Before == at)
                        reached.By.Add(action);
                }
            }
            front = [.. next.Values];
            seen.UnionWith(next.Keys);
            all.AddRange(front);
        }
        return all;
    }

    /// <summary>
    /// The rules that were in force between the two times, first hop first, each on another switch; of several that do the same
    /// the one installed last before the connection, on the lowest dpid. Null when a hop has none.
    /// </summary>
    public List<RewriteHop>? Hops(long fromNs, long untilNs)
    {
        if (Before is null)
            return [];
        if (Before.Hops(fromNs, untilNs) is not { } hops)
            return null;
        RewriteRule? rule = By
            .Where(a => !hops.Exists(h => h.Rule.Dpid == a.Dpid))
            .Select(a => a.InForce(fromNs, untilNs))
            .OfType<RewriteRule>()
            .OrderByDescending(r => r.InstalledNs).ThenBy(r => r.Dpid)
            .FirstOrDefault();
        if (rule is null)
            return null;
        hops.Add(new RewriteHop(rule, Before.Flow, Flow));
        return hops;
    }
}
