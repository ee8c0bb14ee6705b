using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>The network as the control messages of a session tell of it.</summary>
/// <param name="Ports">All ports that each switch has had, in order, without the local one.</param>
/// <param name="LinkPorts">Ports between switches, by the LLDP frames that came in.</param>
/// <param name="Hosts">Where each host was last seen at the edge.</param>
public sealed record RecordedTopology(
    IReadOnlyDictionary<ulong, IReadOnlyCollection<ushort>> Ports,
    IReadOnlySet<SwitchPort> LinkPorts,
    IReadOnlyDictionary<MacAddress, SwitchPort> Hosts)
{
    /// <summary>Where what leaves a port enters next, in both directions of each link.</summary>
    public IReadOnlyDictionary<SwitchPort, SwitchPort> Links { get; init; } = new Dictionary<SwitchPort, SwitchPort>();

    /// <summary>Whether the port leads to hosts, not to another switch.</summary>
    public bool IsEdge(SwitchPort port) => !LinkPorts.Contains(port);

    /// <param name="messages">In the order in which they were recorded; broken ones are passed over.</param>
    public static RecordedTopology Read(IEnumerable<RecordedControlMessage> messages) => Read(ControlTimeline.Decode(messages));

    internal static RecordedTopology Read(IEnumerable<ControlTimeline.Entry> messages)
    {
        var ports = new Dictionary<ulong, SortedSet<ushort>>();
        var links = new Dictionary<SwitchPort, SwitchPort>();
        var sightings = new Dictionary<SwitchPort, Dictionary<MacAddress, int>>();
        var sequence = 0;
        foreach (var (_, dpid, direction, message) in messages)
        {
            if (direction != ControlDirection.FromSwitch)
                continue;
            switch (message)
            {
                case FeaturesReplyMessage features:
                    AddPorts(dpid, features.Ports);
                    break;
                case PortStatusMessage status:
                    AddPorts(dpid, [status.Port]);
                    break;
                case PacketInMessage packet when LldpFrame.TryRead(packet.Data.Span, out var sender):
                    var receiver = new SwitchPort(dpid, packet.InPort);
                    links[sender] = receiver;
                    links.TryAdd(receiver, sender); // until its own frame is seen, which may be lost
                    break;
                case PacketInMessage packet when PacketHeaders.TryRead(packet.Data.Span, out var headers) && headers.Source.IsHost():
                    var at = new SwitchPort(dpid, packet.InPort);
                    if (!sightings.TryGetValue(at, out var hosts))
                        sightings[at] = hosts = [];
                    hosts[headers.Source] = sequence++;
                    break;
            }
        }

        var places = sightings
            .Where(port => !links.ContainsKey(port.Key))
            .SelectMany(port => port.Value.Select(host => (Address: host.Key, At: port.Key, Sequence: host.Value)))
            .OrderBy(sighting => sighting.Sequence);
        var last = new Dictionary<MacAddress, SwitchPort>();
        foreach (var (address, at, _) in places)
            last[address] = at;
        return new RecordedTopology(
            ports.ToDictionary(known => known.Key, IReadOnlyCollection<ushort> (known) => known.Value), links.Keys.ToHashSet(), last)
        {
            Links = links,
        };

        void AddPorts(ulong dpid, IEnumerable<PortDescription> described)
        {
            if (!ports.TryGetValue(dpid, out var known))
                ports[dpid] = known = [];
            known.UnionWith(described.Select(port => port.Number).Where(number => number <= PortNumber.Max));
        }
    }
}
