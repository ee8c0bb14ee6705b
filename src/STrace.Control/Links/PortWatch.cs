using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>The ports of one connected switch: which carry packets, and who is seen there.</summary>
internal sealed class PortWatch(LinkDiscovery discovery, Datapath datapath, HostTable hosts) : ISwitchApplication
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(250);

    // Both change under the lock of the discovery alone.
    private readonly Dictionary<ushort, long> _onProbation = []; // since when
    private readonly HashSet<ushort> _settled = [];

    private volatile PortView _view = PortView.Nothing;
    private ITimer? _timer;
    private long _announcedTimestamp;

    public Datapath Datapath => datapath;

    public ulong Dpid => datapath.Dpid;

    /// <summary>Takes up the ports that the switch has told of.</summary>
    public void Start()
    {
        var up = datapath.Ports.Where(port => !port.IsDown()).Select(port => port.Number).ToHashSet();
        hosts.RemoveAt(port => !up.Contains(port));
        CameUp(up);
        Announce();
        _timer = discovery.Time.CreateTimer(_ => Look(), null, Tick, Tick);
    }

    /// <summary>The actions that flood a packet.</summary>
    /// <param name="inPort"><see cref="PortNumber.None"/> for a packet of the controller's own.</param>
    public IReadOnlyList<OpenFlowAction> Flood(ushort inPort) => _view.Flood(inPort, discovery.Datastores.Find(Dpid));

    /// <summary>The port by which a host is reached from here; null where that is not known.</summary>
    public ushort? PortTo(MacAddress host) => discovery.PortTo(Dpid, host);

    public void Announce()
    {
        _announcedTimestamp = discovery.Time.GetTimestamp();
        foreach (var port in datapath.Ports)
            Announce(port);
    }

    /// <summary>
    /// An ARP probe (RFC 5227) to every host whose address is known: rules that stand keep their packets from the controller, and so from the
    /// record, which would not tell where they are. The answer, to the controller's own Ethernet address, meets no rule.
    /// </summary>
    public void AskHosts(IReadOnlySet<SwitchPort> inside)
    {
        foreach (var host in hosts.All)
        {
            if (host.Ip is not { } address || inside.Contains(new SwitchPort(Dpid, host.Port)))
                continue;
            var question = new ArpPacket(ArpPacket.Request, LldpFrame.Source, default, default, address);
            datapath.Emit(question.ToFrame(host.Mac), host.Port);
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

    public bool PacketIn(in ArrivedPacket packet, in PacketHeaders headers)
    {
        if (headers.EtherType == Protocols.EtherLldp && LldpFrame.TryRead(packet.Data.Span, out var sender))
        {
            discovery.Seen(sender, new SwitchPort(Dpid, packet.InPort));
            datapath.Drop(packet);
            return true;
        }
        if (!Accepts(packet.InPort))
        {
            datapath.Drop(packet);
            return true;
        }
        if (headers.Source.IsHost() && headers.Source != LldpFrame.Source && !_view.Links.Contains(packet.InPort))
            Meet(headers, packet.InPort);
        if (headers.Destination != LldpFrame.Source)
            return false;
        datapath.Drop(packet);
        return true;
    }

    public void PortStatus(PortStatusMessage message)
    {
        var port = message.Port.Number;
        if (!message.IsLoss())
        {
            CameUp([port]);
            Announce(message.Port);
            return;
        }
        discovery.Change(this, [], () => _onProbation.Remove(port) | _settled.Remove(port));
        discovery.PortDown(new SwitchPort(Dpid, port));
        foreach (var host in hosts.RemoveAt(at => at == port))
            discovery.Switchboard.Post(dpid => dpid != Dpid, application => application.HostMoved(host));
    }

    public void SwitchDown()
    {
        _timer?.Dispose();
        discovery.SwitchDown(this);
    }

    /// <summary>Which ports carry packets, as follows from the links. Under the lock of the discovery.</summary>
    /// <returns>Whether one that is up does no longer.</returns>
    public bool Update(IReadOnlySet<SwitchPort> linkPorts, SpanningTree tree)
    {
        var before = _view;
        var links = _settled.Concat(_onProbation.Keys).Where(port => linkPorts.Contains(new SwitchPort(Dpid, port))).ToHashSet();
        var open = _settled.Where(port => !links.Contains(port) || tree.Contains(new SwitchPort(Dpid, port))).ToHashSet();
        _view = new PortView(open, links, _onProbation.Keys.ToHashSet(), open.Count == _settled.Count + _onProbation.Count);
        hosts.RemoveAt(links.Contains);
        return before.Open.Any(port => _settled.Contains(port) && !open.Contains(port));
    }

    private bool Accepts(ushort port)
    {
        if (_view.Open.Contains(port))
            return true;
        // A port that the switch has not told of before (PORT_STATUS may come later than a packet) comes up by this.
        if (datapath.Ports.All(known => known.Number != port))
            CameUp([port]);
        return _view.Open.Contains(port);
    }

    private void Meet(in PacketHeaders headers, ushort port)
    {
        if (hosts.Seen(headers.Source, port, headers.Arp is { SenderIp.Value: not 0 } arp ? arp.SenderIp : null))
            discovery.HostArrived(Dpid, headers.Source);
    }

    private void CameUp(IReadOnlyCollection<ushort> ports)
    {
        var now = discovery.Time.GetTimestamp();
        discovery.Change(this, [], () =>
        {
            var any = false;
            foreach (var port in ports.Where(port => port <= PortNumber.Max || port == PortNumber.Local))
                any |= !_settled.Contains(port) && _onProbation.TryAdd(port, now);
            return any;
        });
        if (discovery.Probation == TimeSpan.Zero)
            Settle();
    }

    /// <summary>Called by the timer.</summary>
    private void Look()
    {
        if (discovery.Time.GetElapsedTime(_announcedTimestamp) >= LinkDiscovery.Period)
        {
            Announce();
            discovery.Expire(Dpid);
        }
        else if (_view.OnProbation.Count > 0)
        {
            foreach (var port in datapath.Ports.Where(port => _view.OnProbation.Contains(port.Number)))
                Announce(port);
        }
        if (_view.OnProbation.Count > 0)
            Settle();
        discovery.Switchboard.Deliver();
    }

    /// <summary>Ends the probation of the ports for which it has lasted long enough.</summary>
    private void Settle()
    {
        List<ushort> over = [];
        discovery.Change(this, over, () =>
        {
            over.AddRange(_onProbation.Where(port => discovery.Time.GetElapsedTime(port.Value) >= discovery.Probation).Select(port => port.Key));
            foreach (var port in over)
            {
                _onProbation.Remove(port);
                _settled.Add(port);
            }
            return over.Count > 0;
        });
        if (over.Count > 0)
            discovery.Switchboard.Post(dpid => dpid == Dpid, application => application.Settled());
    }

    private void Announce(PortDescription port)
    {
        if (port.Number <= PortNumber.Max && !port.IsDown() && discovery.Datastores.Find(Dpid) != port.Number)
            datapath.Emit(LldpFrame.Write(new SwitchPort(Dpid, port.Number)), port.Number);
    }
}
