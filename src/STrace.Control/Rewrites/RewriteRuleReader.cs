using STrace.Model;
using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>
/// Reads from recorded control messages which rules changed addresses or ports, and when (the interception of dissertation
/// 5.3.3: SET_NW_SRC, SET_NW_DST, SET_TP_SRC, SET_TP_DST). A rule lasts from its FLOW_MOD, or from what flow statistics say
/// of its age, to its deletion, overwriting, or FLOW_REMOVED; one that the switch refused by ERROR never was.
/// </summary>
public static class RewriteRuleReader
{
    /// <param name="messages">In the order in which they were recorded.</param>
    public static RewriteRuleReading Read(IEnumerable<RecordedControlMessage> messages)
    {
        var tables = new Dictionary<ulong, RuleTable>();
        var broken = 0;
        foreach (var recorded in messages)
        {
            if (!tables.TryGetValue(recorded.Dpid, out var table))
                tables[recorded.Dpid] = table = new RuleTable();
            try
            {
                Apply(table, OpenFlowCodec.Decode(recorded.Frame.Span), recorded);
            }
            catch (OpenFlowProtocolException)
            {
                broken++;
            }
        }

        var rules = tables
            .SelectMany(table => table.Value.All.Select(rule => rule.ToRewrite(table.Key)))
            .OfType<RewriteRule>()
            .OrderBy(rule => rule.InstalledNs)
            .ToList();
        return new RewriteRuleReading(rules, broken);
    }

    private static void Apply(RuleTable table, OpenFlowMessage message, in RecordedControlMessage recorded)
    {
        switch (message, recorded.Direction)
        {
            case (FlowModMessage flowMod, ControlDirection.ToSwitch):
                table.Apply(flowMod, recorded.TimeNs);
                break;
            case (ErrorMessage error, ControlDirection.FromSwitch):
                table.Undo(error);
                break;
            case (FlowRemovedMessage removed, ControlDirection.FromSwitch):
                table.Apply(removed, recorded.TimeNs);
                break;
            case (StatsReplyMessage { Body: FlowStatsReply flows }, ControlDirection.FromSwitch):
                foreach (var flow in flows.Entries)
                    table.Apply(flow, recorded.TimeNs);
                break;
        }
    }
}

/// <param name="Rules">By the time of their installation.</param>
/// <param name="BrokenMessages">Recorded messages that are not OpenFlow 1.0 and were skipped.</param>
public sealed record RewriteRuleReading(IReadOnlyList<RewriteRule> Rules, int BrokenMessages);
