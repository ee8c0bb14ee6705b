using STrace.Model;
using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>Where hosts are, and to which Ethernet addresses they send, from the packets that came to the controller or from it.</summary>
internal sealed class HostHistory
{
    private readonly List<HostAttachment> _places = [];
    private readonly Dictionary<IpAddress, HostAttachment> _lastPlaces = [];
    private readonly List<Neighbour> _neighbours = [];
    private readonly Dictionary<(ulong? Sender, IpAddress Address), ulong> _lastNeighbours = [];

    public IReadOnlyList<Neighbour> Neighbours => _neighbours;

    /// <param name="isLinkPort">Ports that were seen to lead to another switch, perhaps later than a packet from there.</param>
    public IReadOnlyList<HostAttachment> Places(Func<NetworkPort, bool> isLinkPort)
    {
        var places = new List<HostAttachment>();
        var known = new HashSet<IpAddress>();
        foreach (var place in _places.Where(place => !isLinkPort(place.At)))
            places.Add(known.Add(place.Address) ? place with { SinceNs = 0 } : place);
        return places;
    }

    /// <summary>A packet that came to the controller from a port to hosts.</summary>
    public void Entered(NetworkPort at, in PacketHeaders headers, long timeNs)
    {
        if (!headers.Source.IsHost())
            return;
        if (headers.Arp is { } arp && arp.SenderIp.Value != 0)
            Place(new HostAttachment(arp.SenderMac.Value, Address(arp.SenderIp), at, timeNs));
        if (headers.Ip is { } ip)
            Place(new HostAttachment(headers.Source.Value, Address(ip.Source), at, timeNs));
    }

    /// <summary>A packet from wherever tells to whom its sender sends it; an ARP reply, who has an address.</summary>
    public void Told(in PacketHeaders headers, long timeNs)
    {
        if (headers.Arp is { Operation: ArpPacket.Reply } arp)
            Knows(null, Address(arp.SenderIp), arp.SenderMac.Value, timeNs);
        if (headers.Ip is { } ip && headers.Source.IsHost() && headers.Destination.IsHost())
            Knows(headers.Source.Value, Address(ip.Destination), headers.Destination.Value, timeNs);
    }

    private void Place(HostAttachment place)
    {
        if (_lastPlaces.TryGetValue(place.Address, out var last) && last.At == place.At && last.Mac == place.Mac)
            return;
        _lastPlaces[place.Address] = place;
        _places.Add(place);
    }

    private void Knows(ulong? sender, IpAddress address, ulong mac, long timeNs)
    {
        var isFirst = !_lastNeighbours.TryGetValue((sender, address), out var last);
        if (!isFirst && last == mac)
            return;
        _lastNeighbours[(sender, address)] = mac;
        _neighbours.Add(new Neighbour(sender, address, mac, isFirst ? 0 : timeNs));
    }

    private static IpAddress Address(Ipv4Address address) => IpAddress.FromV4(address.Value);
}
