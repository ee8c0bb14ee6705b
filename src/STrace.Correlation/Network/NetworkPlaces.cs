using STrace.Model;

namespace STrace.Correlation;

/// <summary>Links and hosts, at any time of a session.</summary>
internal sealed class NetworkPlaces
{
    private readonly Timeline<NetworkPort, NetworkLink> _links;
    private readonly Timeline<IpAddress, HostAttachment> _hosts;
    private readonly Timeline<(ulong? Sender, IpAddress Address), Neighbour> _neighbours;
    private readonly Dictionary<IpAddress, ulong> _undisputed;
    private readonly HashSet<NetworkPort> _linkPorts;
    private readonly ILookup<ulong, NetworkPort> _linkPortsOfSwitch;
    private readonly long[] _changesNs;

    public NetworkPlaces(NetworkHistory history)
    {
        _links = new(history.Links, l => l.From, l => l.SinceNs);
        _hosts = new(history.Hosts, h => h.Address, h => h.SinceNs);
        _neighbours = new(history.Neighbours, n => (n.Sender, n.Address), n => n.SinceNs);
        _undisputed = history.Neighbours.GroupBy(n => n.Address, n => n.Mac).Where(macs => macs.Distinct().Count() == 1)
            .ToDictionary(macs => macs.Key, macs => macs.First());
        _linkPorts = [.. history.Links.Select(l => l.From), .. history.Links.Select(l => l.To)];
        _linkPortsOfSwitch = history.Links.Select(l => l.From).Distinct().ToLookup(p => p.Dpid);
        _changesNs = [.. history.Links.SelectMany(l => (long[])[l.SinceNs, l.UntilNs ?? 0]).Concat(history.Hosts.Select(h => h.SinceNs))
            .Concat(history.Neighbours.Select(n => n.SinceNs)).Distinct().Order()];
    }

    /// <summary>Whether the port was ever seen to lead to another switch.</summary>
    public bool IsLinkPort(NetworkPort port) => _linkPorts.Contains(port);

    public IEnumerable<NetworkPort> LinkPorts(ulong dpid) => _linkPortsOfSwitch[dpid];

    public NetworkLink? LinkFrom(NetworkPort port, long timeNs) =>
        _links.At(port, timeNs) is { } link && timeNs < (link.UntilNs ?? long.MaxValue) ? link : null;

    public HostAttachment? Host(IpAddress address, long timeNs) => _hosts.At(address, timeNs);

    /// <summary>
    /// To which Ethernet address a host sends packets for an IP address: as it was seen to, else as ARP told, else the owner's, else as
    /// all others send.
    /// </summary>
    public ulong? MacFor(ulong sender, IpAddress address, long timeNs) =>
        (_neighbours.At((sender, address), timeNs) ?? _neighbours.At((null, address), timeNs))?.Mac ?? Host(address, timeNs)?.Mac ??
        (_undisputed.TryGetValue(address, out ulong mac) ? mac : null);

    /// <summary>The time around the given one in which nothing of all this changed.</summary>
    public (long FromNs, long UntilNs) Unchanged(long timeNs)
    {
        int index = Array.BinarySearch(_changesNs, timeNs);
        int next = index >= 0 ? index + 1 : ~index;
        return (next > 0 ? _changesNs[next - 1] : long.MinValue, next < _changesNs.Length ? _changesNs[next] : long.MaxValue);
    }
}
