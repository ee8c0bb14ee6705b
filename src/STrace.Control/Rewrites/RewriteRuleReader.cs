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
        var tables = new RuleTables();
        var broken = 0;
        foreach (var recorded in messages)
        {
            try
            {
                tables.Apply(OpenFlowCodec.Decode(recorded.Frame.Span), recorded);
            }
            catch (OpenFlowProtocolException)
            {
                broken++;
            }
        }

        var rules = tables.All
            .Select(known => known.Rule.ToRewrite(known.Dpid))
            .OfType<RewriteRule>()
            .OrderBy(rule => rule.InstalledNs)
            .ToList();
        return new RewriteRuleReading(rules, broken);
    }
}

/// <param name="Rules">By the time of their installation.</param>
/// <param name="BrokenMessages">Recorded messages that are not OpenFlow 1.0 and were skipped.</param>
public sealed record RewriteRuleReading(IReadOnlyList<RewriteRule> Rules, int BrokenMessages);
