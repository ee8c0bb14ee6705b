using STrace.Model;

namespace STrace.Correlation;

/// <summary>
/// Finds the rewriting rules that cover a flow without looking at all: rules with the same wildcards stand in one table, keyed by
/// their match fields, so that a lookup costs one probe for each combination of wildcards in use.
/// </summary>
internal sealed class RewriteIndex
{
    private readonly Dictionary<Mask, Dictionary<FlowTuple, List<Same>>> _tables = [];
    private readonly SweepPace _pace = new(least: 1024);
    private int _count;

    /// <summary>Grows with every rule.</summary>
    public int Version { get; private set; }

    public void Add(RewriteRule rule)
    {
        if (Change.Of(rule) is var change && change == Change.Nothing)
            return;
        Version++;
        Mask mask = Mask.Of(rule);
        if (!_tables.TryGetValue(mask, out var table))
            _tables[mask] = table = [];
        FlowTuple key = Key(rule);
        if (!table.TryGetValue(key, out List<Same>? all))
            table[key] = all = [];
        Same? same = all.Find(s => s.Dpid == rule.Dpid && s.Change == change);
        if (same is null)
        {
            all.Add(same = new Same(rule.Dpid, change));
            all.Sort((a, b) => a.Dpid.CompareTo(b.Dpid));
        }
        same.Add(rule);
        _count++;
    }

    /// <summary>The rule was not as it had been told.</summary>
    public void Remove(RewriteRule rule)
    {
        Mask mask = Mask.Of(rule);
        FlowTuple key = Key(rule);
        if (_tables.TryGetValue(mask, out var table) && table.TryGetValue(key, out List<Same>? all))
            Remove(mask, key, all, r => r == rule);
    }

    /// <summary>Forgets the rules that had ended by the time, now and then.</summary>
    public void Forget(long endedNs)
    {
        if (!_pace.IsDue(_count))
            return;
        foreach ((Mask mask, var table) in _tables)
            foreach ((FlowTuple key, List<Same> all) in table)
                Remove(mask, key, all, r => r.RemovedNs <= endedNs);
        _pace.Swept(_count);
    }

    private void Remove(Mask mask, FlowTuple key, List<Same> all, Predicate<RewriteRule> isGone)
    {
        foreach (Same same in all)
            _count -= same.RemoveAll(isGone);
        all.RemoveAll(s => s.IsEmpty);
        if (all.Count == 0 && _tables[mask] is var table && table.Remove(key) && table.Count == 0)
            _tables.Remove(mask);
    }

    public IEnumerable<RewriteAction> Covering(FlowTuple flow) =>
        _tables.SelectMany(t => t.Value.TryGetValue(t.Key.Apply(flow), out List<Same>? all) ? all.Select(s => s.Action) : []);

    /// <summary>Rules that match the same and do the same on one switch.</summary>
    private sealed class Same(ulong dpid, Change change)
    {
        private readonly List<RewriteRule> _rules = [];
        private RewriteAction? _action;

        public ulong Dpid => dpid;
        public Change Change => change;
        public RewriteAction Action => _action ??= new RewriteAction(_rules);

        public bool IsEmpty => _rules.Count == 0;

        public void Add(RewriteRule rule)
        {
            _rules.Add(rule);
            _action = null;
        }

        public int RemoveAll(Predicate<RewriteRule> isGone)
        {
            _action = null;
            return _rules.RemoveAll(isGone);
        }
    }

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

    private readonly record struct Change(
        IpAddress? Source, ushort? SourcePort, IpAddress? Destination, ushort? DestinationPort, BitCopies Copies)
    {
        public static readonly Change Nothing = new(null, null, null, null, BitCopies.None);

        public static Change Of(RewriteRule rule) =>
            new(rule.SetSource, rule.SetSourcePort, rule.SetDestination, rule.SetDestinationPort, rule.Copies);
    }
}
