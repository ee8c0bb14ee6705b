using STrace.Model;

namespace STrace.Correlation;

/// <summary>
/// Follows packets through the recorded network: which switches and links they crossed, by which rules, and what those changed. Says
/// only what the record tells; where it does not, the route ends and says why. For one thread.
/// </summary>
public sealed class NetworkWalk(NetworkHistory history)
{
    private const int MostKept = 1 << 16;

    private readonly NetworkPlaces _places = new(history);
    private readonly RelayIndex _relays = new(history.Relays);
    private readonly Dictionary<(FlowTuple Flow, NetworkPort From), Kept> _kept = [];
    private readonly bool _linksAreMissing = history.Links.Count == 0 && history.Rules.DistinctBy(r => r.Dpid).Skip(1).Any();

    /// <summary>A route, and the time in which every packet with the same addresses takes it.</summary>
    private readonly record struct Kept(NetworkRoute Route, long FromNs, long UntilNs);

    public NetworkTables Tables { get; } = new(history.Rules);

    /// <summary>The way of a packet that its source sends at a time.</summary>
    /// <param name="flow">Its addresses as the source sends them.</param>
    /// <param name="timeNs">By the clock of the recorded control messages, ns since the epoch.</param>
    /// <param name="received">Its addresses as its receiver saw them, where known: a route that leads elsewhere is not its route.</param>
    public NetworkRoute Walk(FlowTuple flow, long timeNs, FlowTuple? received = null)
    {
        if (_linksAreMissing)
            return new NetworkRoute([], flow, "no links between the switches are recorded");
        return _places.Host(flow.Source.Address, timeNs) is { } source
            ? Walk(flow, source, timeNs, received)
            : new NetworkRoute([], flow, $"where {flow.Source.Address} is in the network is not recorded");
    }

    /// <summary>The same, of a packet that enters the network at a known place.</summary>
    public NetworkRoute Walk(FlowTuple flow, HostAttachment source, long timeNs, FlowTuple? received = null)
    {
        if (!_kept.TryGetValue((flow, source.At), out Kept kept) || timeNs < kept.FromNs || timeNs >= kept.UntilNs)
        {
            if (_places.MacFor(source.Mac, flow.Destination.Address, timeNs) is not { } destination)
                return new NetworkRoute([], flow, $"the Ethernet address for {flow.Destination.Address} is not recorded");
            kept = Follow(source.At, new PacketFields(source.At.Port, source.Mac, destination, flow), timeNs, received);
        }
        NetworkRoute route = kept.Route;
        return route.Unknown is null && received is { } arrived && arrived != route.Arrives
            ? route with { Unknown = $"it was received as {arrived}, where the recorded rules do not lead" }
            : route;
    }

    private Kept Follow(NetworkPort at, PacketFields packet, long timeNs, FlowTuple? received)
    {
        var walk = new PacketWalk(Tables, _places, _relays, history.Switches, usesNewRules: true);
        NetworkRoute route = walk.Follow(at, packet, timeNs);
        if (walk.IsDoubtful && received is { } arrived && arrived != route.Arrives)
        {
            NetworkRoute other = new PacketWalk(Tables, _places, _relays, history.Switches, usesNewRules: false).Follow(at, packet, timeNs);
            route = other.Arrives == arrived ? other : route;
        }
        (long fromNs, long untilNs) = _places.Unchanged(timeNs);
        var kept = new Kept(route, Math.Max(fromNs, walk.FromNs), Math.Min(untilNs, walk.UntilNs));
        if (!walk.Repeatable)
            return kept;
        if (_kept.Count >= MostKept)
            _kept.Clear();
        return _kept[(packet.Flow, at)] = kept;
    }
}
