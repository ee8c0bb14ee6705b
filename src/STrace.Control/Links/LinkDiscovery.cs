using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>
/// Finds the links between switches by LLDP frames that the switches send for it and report to it, and, on the ports that
/// are no links, the hosts. Those are asked by ARP who they are when a session begins: rules that stand keep their packets from
/// the controller, and so from the record, which would not tell where they are.
/// </summary>
internal sealed class LinkDiscovery(DatastorePorts datastores, TimeProvider time) : IControlApplication, ITopology
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(15);

    private readonly Lock _gate = new();
    private readonly List<Neighbours> _switches = [];
    private readonly Dictionary<SwitchPort, SwitchLink> _links = [];

    private TimeProvider Time => time;

    private DatastorePorts Datastores => datastores;

    public ISwitchApplication SwitchUp(Datapath datapath)
    {
        var neighbours = new Neighbours(this, datapath);
        lock (_gate)
            _switches.Add(neighbours);
        neighbours.Start();
        return neighbours;
    }

    public TopologySnapshot Snapshot()
    {
        lock (_gate)
        {
            var inside = LinkPorts();
            var hosts = _switches
                .SelectMany(neighbours => neighbours.Sightings)
                .Where(sighting => !inside.Contains(sighting.Host.At))
                .GroupBy(sighting => sighting.Host.Address, (_, same) => same.MaxBy(sighting => sighting.Timestamp).Host);
            return new TopologySnapshot(
                [.. _links.Values.OrderBy(link => link.From.Dpid).ThenBy(link => link.From.Port)],
                [.. hosts.OrderBy(host => host.Address.Value)]);
        }
    }

    public async Task DiscoverAsync(CancellationToken cancellationToken)
    {
        Neighbours[] switches;
        HashSet<SwitchPort> inside;
        lock (_gate)
        {
            switches = [.. _switches];
            inside = LinkPorts();
        }
        foreach (var neighbours in switches)
        {
            neighbours.Announce();
            neighbours.AskHosts(inside);
        }

        // After the first round the frames have left; what they caused at their receivers comes before the second's answers.
        await Task.WhenAll(switches.Select(neighbours => neighbours.BarrierAsync(cancellationToken)));
        await Task.WhenAll(switches.Select(neighbours => neighbours.BarrierAsync(cancellationToken)));
    }

    private HashSet<SwitchPort> LinkPorts() => _links.Values.SelectMany(link => (SwitchPort[])[link.From, link.To]).ToHashSet();

    private void Seen(SwitchPort from, SwitchPort to)
    {
        lock (_gate)
            _links[from] = new SwitchLink(from, to, time.GetUtcNow());
    }

    private void Lost(SwitchPort port) => RemoveLinks(end => end == port);

    private void Down(Neighbours neighbours)
    {
        lock (_gate)
        {
            _switches.Remove(neighbours);
            if (_switches.All(other => other.Dpid != neighbours.Dpid))
                RemoveLinks(end => end.Dpid == neighbours.Dpid);
        }
    }

    private void RemoveLinks(Func<SwitchPort, bool> isLost)
    {
        lock (_gate)
        {
            foreach (var link in _links.Values.Where(link => isLost(link.From) || isLost(link.To)).ToList())
                _links.Remove(link.From);
        }
    }

    /// <summary>One switch: what is seen at its ports.</summary>
    private sealed class Neighbours(LinkDiscovery discovery, Datapath datapath) : ISwitchApplication
    {
        private readonly Dictionary<MacAddress, (ushort Port, long Timestamp, Ipv4Address? Address)> _hosts = [];
        private ITimer? _timer;

        public ulong Dpid => datapath.Dpid;

        public IReadOnlyList<(EdgeHost Host, long Timestamp)> Sightings
        {
            get
            {
                lock (_hosts)
                {
                    return [.. _hosts.Select(host =>
                        (new EdgeHost(host.Key, new SwitchPort(Dpid, host.Value.Port)), host.Value.Timestamp))];
                }
            }
        }

        public void Start()
        {
            Announce();
            _timer = discovery.Time.CreateTimer(_ => Announce(), null, Period, Period);
        }

        public void Announce()
        {
            foreach (var port in datapath.Ports)
                Announce(port);
        }

        /// <summary>
        /// An ARP probe (RFC 5227) to every host whose address is known: its answer, to the controller's own Ethernet address, meets
        /// no rule.
        /// </summary>
        public void AskHosts(HashSet<SwitchPort> inside)
        {
            lock (_hosts)
            {
                foreach (var (mac, host) in _hosts)
                {
                    if (host.Address is not { } address || inside.Contains(new SwitchPort(Dpid, host.Port)))
                        continue;
                    var question = new ArpPacket(ArpPacket.Request, LldpFrame.Source, default, default, address);
                    datapath.Emit(question.ToFrame(mac), host.Port);
                }
            }
        }

        public async Task BarrierAsync(CancellationToken cancellationToken)
        {
            try
            {
                await datapath.BarrierAsync(cancellationToken);
            }
            catch (ControlException)
            {
                // Its links are found by the next round.
            }
        }

        public bool PacketIn(PacketInMessage message, in PacketHeaders headers)
        {
            if (headers.EtherType == Protocols.EtherLldp && LldpFrame.TryRead(message.Data.Span, out var sender))
            {
                discovery.Seen(sender, new SwitchPort(Dpid, message.InPort));
                datapath.Drop(message);
                return true;
            }
            if (headers.Source.IsHost())
            {
                lock (_hosts)
                {
                    var address = headers.Arp?.SenderIp ?? _hosts.GetValueOrDefault(headers.Source).Address;
                    _hosts[headers.Source] = (message.InPort, discovery.Time.GetTimestamp(), address);
                }
            }
            if (headers.Destination != LldpFrame.Source)
                return false;
            datapath.Drop(message);
            return true;
        }

        public void PortStatus(PortStatusMessage message)
        {
            if (!message.IsLoss())
            {
                Announce(message.Port);
                return;
            }
            discovery.Lost(new SwitchPort(Dpid, message.Port.Number));
            lock (_hosts)
            {
                foreach (var host in _hosts.Where(host => host.Value.Port == message.Port.Number).Select(host => host.Key).ToList())
                    _hosts.Remove(host);
            }
        }

        public void SwitchDown()
        {
            _timer?.Dispose();
            discovery.Down(this);
        }

        private void Announce(PortDescription port)
        {
            if (port.Number <= PortNumber.Max && !port.IsDown() && discovery.Datastores.Find(Dpid) != port.Number)
                datapath.Emit(LldpFrame.Write(new SwitchPort(Dpid, port.Number)), port.Number);
        }
    }
}
