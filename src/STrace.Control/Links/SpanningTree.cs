namespace STrace.Control;

/// <summary>
/// Which links carry packets: as many as join all switches that can be joined, and no more, so that what is flooded comes to each
/// switch once. Immutable.
/// </summary>
internal sealed class SpanningTree
{
    public static readonly SpanningTree Empty = new(new HashSet<(SwitchPort, SwitchPort)>());

    private readonly ILookup<ulong, (SwitchPort Here, SwitchPort There)> _neighbours;
    private readonly HashSet<SwitchPort> _ports;

    private SpanningTree(IReadOnlySet<(SwitchPort Low, SwitchPort High)> cables)
    {
        Cables = cables;
        _ports = cables.SelectMany(cable => (SwitchPort[])[cable.Low, cable.High]).ToHashSet();
        _neighbours = cables
            .SelectMany(cable => ((SwitchPort, SwitchPort)[])[(cable.Low, cable.High), (cable.High, cable.Low)])
            .ToLookup(ends => ends.Item1.Dpid);
    }

    public IReadOnlySet<(SwitchPort Low, SwitchPort High)> Cables { get; }

    public bool Contains(SwitchPort port) => _ports.Contains(port);

    /// <summary>
    /// The tree of links by Kruskal's algorithm. Those that are up come first. Of others nobody knows whether packets still cross them: between
    /// switches that are gone they are taken to do, and one of those to such switches is used, for a switch without a controller may still
    /// forward. What is in use stays in use where it can; so does what was to a switch that has come back, until it is known whether it is still there.
    /// </summary>
    /// <param name="isConnected">Whether a switch is.</param>
    public static SpanningTree Of(IEnumerable<SwitchLink> links, SpanningTree before, Func<ulong, bool> isConnected)
    {
        var parents = new Dictionary<ulong, ulong>();
        var cables = links
            .GroupBy(link => link.Cable, (cable, directions) => (Cable: cable, Rank: Rank(cable, [.. directions.Select(link => link.Loss)])))
            .OrderBy(known => known.Rank).ThenByDescending(known => before.Cables.Contains(known.Cable)).ThenBy(known => known.Cable);
        return new SpanningTree(cables.Where(known => Join(known.Cable)).Select(known => known.Cable).ToHashSet());

        int Rank((SwitchPort Low, SwitchPort High) cable, LinkLoss?[] losses) => (isConnected(cable.Low.Dpid), isConnected(cable.High.Dpid)) switch
        {
            _ when losses.Contains(null) => 0,
            (true, true) when losses.Contains(LinkLoss.SwitchGone) && before.Cables.Contains(cable) => 0,
            (false, false) => 1,
            _ => 2,
        };

        bool Join((SwitchPort Low, SwitchPort High) cable)
        {
            var (one, other) = (Root(cable.Low.Dpid), Root(cable.High.Dpid));
            parents[one] = other;
            return one != other;
        }

        ulong Root(ulong dpid)
        {
            while (parents.TryGetValue(dpid, out var parent) && parent != dpid)
                dpid = parent;
            return dpid;
        }
    }

    /// <summary>The switches that can be reached from one, the nearest first, each with the port by which it is left for them; not itself.</summary>
    public IEnumerable<(ulong Dpid, ushort By)> From(ulong dpid)
    {
        var waiting = new Queue<(ulong Dpid, ulong From, ushort By)>(
            _neighbours[dpid].Select(link => (link.There.Dpid, dpid, link.Here.Port)));
        while (waiting.TryDequeue(out var reached))
        {
            yield return (reached.Dpid, reached.By);
            foreach (var (_, there) in _neighbours[reached.Dpid].Where(link => link.There.Dpid != reached.From))
                waiting.Enqueue((there.Dpid, reached.Dpid, reached.By));
        }
    }
}
