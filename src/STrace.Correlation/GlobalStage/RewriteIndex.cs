using STrace.Model;

namespace STrace.Correlation;

/// <summary>
/// Finds the rewriting rules that cover a flow without looking at all: rules with the same wildcards stand in one table, keyed by
/// their match fields, so that a lookup costs one probe for each combination of wildcards in use.
/// </summary>
internal sealed class RewriteIndex
{
    private readonly Dictionary<Mask, Dictionary<FlowTuple, List<RewriteAction>>> _tables = [];

    public RewriteIndex(IEnumerable<RewriteRule> rules)
    {
        foreach (var same in rules.GroupBy(r => (Mask: Mask.Of(r), Key: Key(r), r.Dpid, Change: Change.Of(r)))
            .Where(g => g.Key.Change != default)
            .OrderBy(g => g.Key.Dpid))
        {
            if (!_tables.TryGetValue(same.Key.Mask, out var table))
                _tables[same.Key.Mask] = table = [];
            if (!table.TryGetValue(same.Key.Key, out List<RewriteAction>? actions))
                table[same.Key.Key] = actions = [];
            actions.Add(new RewriteAction(same));
        }
    }

    public IEnumerable<RewriteAction> Covering(FlowTuple flow) =>
        _tables.SelectMany(t => t.Value.TryGetValue(t.Key.Apply(flow), out List<RewriteAction>? actions) ? actions : []);

    private static FlowTuple Key(RewriteRule rule) => Mask.Of(rule).Apply(new FlowTuple(
        rule.Protocol ?? 0,
        new Endpoint(rule.MatchSource?.Address ?? default, rule.MatchSourcePort ?? 0),
        new Endpoint(rule.MatchDestination?.Address ?? default, rule.MatchDestinationPort ?? 0)));

    /// <summary>Which fields a rule looks at; of the addresses, how many of the 128 leading bits.</summary>
    private readonly record struct Mask(bool Protocol, int SourceBits, int DestinationBits, bool SourcePort, bool DestinationPort)
    {
        public static Mask Of(RewriteRule rule) => new(
            rule.Protocol is not null, Bits(rule.MatchSource), Bits(rule.MatchDestination),
            rule.MatchSourcePort is not null, rule.MatchDestinationPort is not null);

        public FlowTuple Apply(FlowTuple flow) => new(
            Protocol ? flow.Protocol : (byte)0,
            new Endpoint(Leading(flow.Source.Address, SourceBits), SourcePort ? flow.Source.Port : (ushort)0),
            new Endpoint(Leading(flow.Destination.Address, DestinationBits), DestinationPort ? flow.Destination.Port : (ushort)0));

        private static int Bits(IpPrefix? prefix) => prefix is { Length: > 0 } p ? p.Length + (p.Address.IsV4 ? 96 : 0) : 0;

        private static IpAddress Leading(IpAddress address, int bits) =>
            bits == 0 ? default : new IpAddress(address.Bits >> (128 - bits) << (128 - bits));
    }

    private readonly record struct Change(IpAddress? Source, ushort? SourcePort, IpAddress? Destination, ushort? DestinationPort)
    {
        public static Change Of(RewriteRule rule) =>
            new(rule.SetSource, rule.SetSourcePort, rule.SetDestination, rule.SetDestinationPort);
    }
}
