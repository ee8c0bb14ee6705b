using STrace.Model;
using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>
/// Looks at each rule on its way to a switch and keeps what rules with rewriting actions make of the connection starts that
/// found no partner (dissertation 5.2.2, algorithm 5.3). The rules go on unchanged.
/// </summary>
/// <param name="starts">Client to server.</param>
public sealed class RewriteInterceptor(IEnumerable<FlowTuple> starts, string replayId)
{
    private readonly Dictionary<ulong, RuleTable> _tables = [];
    private readonly IReadOnlyCollection<FlowTuple> _starts = [.. starts];

    /// <param name="recordedNs">When it was installed in the recording, which the rewrites keep: paths are compared with it.</param>
    public void Installing(ulong dpid, FlowModMessage rule, long recordedNs)
    {
        if (!_tables.TryGetValue(dpid, out var table))
            _tables[dpid] = table = new RuleTable();
        table.Apply(rule, recordedNs);
    }

    /// <summary>The switch has not taken the rule after all.</summary>
    public void Refused(ulong dpid, ErrorMessage error)
    {
        if (_tables.TryGetValue(dpid, out var table))
            table.Undo(error);
    }

    /// <summary>
    /// The rules so far that cover a start, or what other rules make of one (a connection may pass several translations), by
    /// the time of their installation.
    /// </summary>
    public IReadOnlyList<RewriteRule> Rewrites()
    {
        var rules = _tables
            .SelectMany(table => table.Value.All.Select(rule => rule.ToRewrite(table.Key)))
            .OfType<RewriteRule>()
            .ToList();
        var found = new HashSet<int>();
        var known = _starts.ToHashSet();
        var open = new Queue<FlowTuple>(known);
        while (open.TryDequeue(out var flow))
        {
            for (var index = 0; index < rules.Count; index++)
            {
                if (!rules[index].Covers(flow))
                    continue;
                found.Add(index);
                var rewritten = rules[index].Apply(flow);
                if (known.Add(rewritten))
                    open.Enqueue(rewritten);
            }
        }
        return [.. found
            .Select(index => rules[index] with { Source = RewriteSource.Replay, ReplayId = replayId })
            .OrderBy(rule => rule.InstalledNs)];
    }
}
