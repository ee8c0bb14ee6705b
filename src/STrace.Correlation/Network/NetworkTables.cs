using STrace.Model;

namespace STrace.Correlation;

/// <summary>The flow tables of all switches at any time of a session. Immutable, and so safe for any thread.</summary>
public sealed class NetworkTables
{
    private readonly Dictionary<ulong, SwitchRules> _switches;

    public NetworkTables(IEnumerable<FlowRule> rules) =>
        _switches = rules.GroupBy(r => r.Dpid).ToDictionary(s => s.Key, s => new SwitchRules(s));

    /// <summary>The rule that takes a packet: of those that cover it, the one with the highest priority.</summary>
    public RuleLookup RuleFor(ulong dpid, in PacketFields packet, long timeNs) =>
        _switches.TryGetValue(dpid, out SwitchRules? rules)
            ? rules.Find(packet, timeNs)
            : new RuleLookup(null, false, long.MinValue, long.MaxValue);
}
