using Microsoft.Extensions.Logging;
using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>NAT at one connection of one switch.</summary>
internal sealed class NatSwitch(
    Datapath datapath, NatTable table, NatConnections connections, PortWatch watch, TimeProvider time, ILogger logger) : ISwitchApplication
{
    // Packets still come to the controller until the switch has the rules. Later ones mean that it has lost them.
    private static readonly TimeSpan InstallTime = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan AskAgainAfter = TimeSpan.FromSeconds(1);

    private readonly Dictionary<Ipv4Address, HostLocation> _hosts = [];
    private readonly Dictionary<Ipv4Address, long> _asked = []; // when
    private readonly Dictionary<NatEntry, WaitingPackets> _waiting = [];
    private readonly Dictionary<NatEntry, int> _turns = [];
    private List<NatConnection> _earlier = Uninstalled(connections); // those with rules when the control connection before ended

    public bool PacketIn(in ArrivedPacket message, in PacketHeaders headers)
    {
        if (headers.Tagged)
            return false;

        var sender = new HostLocation(message.InPort, headers.Source);
        if (headers.Arp is { } arp)
        {
            Locate(arp.SenderIp, sender with { Mac = arp.SenderMac });
            if (arp.Operation == ArpPacket.Request && table.IsVirtual(arp.TargetIp))
            {
                var mac = NatEntry.MacOf(arp.TargetIp);
                var reply = new ArpPacket(ArpPacket.Reply, mac, arp.TargetIp, arp.SenderMac, arp.SenderIp);
                datapath.Emit(reply.ToFrame(arp.SenderMac), message.InPort);
                datapath.Drop(message);
                return true;
            }
        }
        else if (headers.Ip is { } ip)
        {
            Locate(ip.Source, sender);
            if (table.IsVirtual(ip.Destination))
            {
                Translate(message, sender, ip);
                return true;
            }
            if (connections.FindByAnswer(NatFlow.Of(ip)) is { } answered)
            {
                Answer(message, answered);
                return true;
            }
            // The client now calls the real host itself from the port of an idle connection.
            if (connections.FindByAnswer(NatFlow.Of(ip).Reversed) is { } over && !connections.IsInstalled(over))
                connections.Remove(over);
        }

        // What else is sent to a virtual MAC ends here, an answer to our own ARP requests for example.
        if (!table.IsVirtual(headers.Destination))
            return false;
        datapath.Drop(message);
        return true;
    }

    public void FlowRemoved(FlowRemovedMessage message)
    {
        // A pair lives and dies together: half of one would let answers through untranslated.
        if (connections.FindByCookie(message.Cookie) is { } connection)
            Uninstall(connection);
    }

    public void PortStatus(PortStatusMessage message)
    {
        if (!message.IsLoss())
            return;
        var port = message.Port.Number;
        foreach (var host in _hosts.Where(host => host.Value.Port == port).Select(host => host.Key).ToList())
            _hosts.Remove(host);
        foreach (var connection in connections.Installed.Where(known => known.Client.Port == port || known.Host.Port == port))
            Uninstall(connection);
    }

    /// <summary>Connections that are there go on: their rules come back before anything else, so that no answer escapes them.</summary>
    public void Forget()
    {
        foreach (var connection in Uninstalled(connections))
            Install(connection);
    }

    public void Reroute()
    {
        foreach (var (address, host) in _hosts.ToList())
            Follow(address, host);
        foreach (var connection in Uninstalled(connections))
            TryInstall(connection);
    }

    public void HostMoved(MacAddress host)
    {
        foreach (var (address, location) in _hosts.Where(known => known.Value.Mac == host).ToList())
            Follow(address, location);
        foreach (var connection in connections.Installed.Where(known => known.Client.Mac == host || known.Host.Mac == host))
        {
            Uninstall(connection);
            TryInstall(connection);
        }
    }

    public void Settled() =>
        _earlier = [.. _earlier.Where(connection => connections.Find(connection.Flow) == connection && !TryInstall(connection))];

    private void Translate(in ArrivedPacket message, HostLocation client, in Ipv4Headers packet)
    {
        var entry = table.Find(packet);
        var isEcho = packet is { Protocol: Protocols.Icmp, HasPorts: true, SourcePort: Protocols.IcmpEchoRequest };
        if (entry is null && isEcho && message.Data.Length == message.TotalLength)
            datapath.Emit(IcmpEcho.Reply(message.Data.Span), message.InPort);

        var canTranslate = packet.Protocol switch
        {
            Protocols.Icmp => isEcho,
            Protocols.Tcp or Protocols.Udp => packet.HasPorts,
            _ => true,
        };
        if (entry is null || !canTranslate)
            datapath.Drop(message);
        else
            Connect(message, NatFlow.Of(packet), client, entry);
    }

    private void Connect(in ArrivedPacket message, NatFlow flow, HostLocation client, NatEntry entry)
    {
        Ask(entry);
        var known = connections.Find(flow);
        if ((known?.Real ?? Choose(entry, flow)) is not { } real || !_hosts.TryGetValue(real.Address, out var host))
            Wait(message, flow, client, entry);
        else if (known is not null && known.Client.Port == message.InPort && IsOnItsWay(known))
            datapath.Forward(message, known.Forward.Actions);
        else
            Install(message, new NatConnection(entry, real, flow, client, host));
    }

    /// <summary>The real host whose turn it is, of those that are known; null where none is.</summary>
    private NatEnd? Choose(NatEntry entry, NatFlow flow)
    {
        var first = _turns.GetValueOrDefault(entry);
        for (var turn = first; turn < first + entry.Reals.Count; turn++)
        {
            var real = entry.Reals[turn % entry.Reals.Count];
            if (!_hosts.ContainsKey(real.Address) || IsAmbiguous(new NatConnection(entry, real, flow, default, default)))
                continue;
            _turns[entry] = (turn + 1) % entry.Reals.Count;
            return real;
        }
        return entry.Reals.Where(real => _hosts.ContainsKey(real.Address)).Select(real => (NatEnd?)real).FirstOrDefault();
    }

    /// <summary>The answers would look like those of another connection.</summary>
    private bool IsAmbiguous(NatConnection connection) =>
        connections.FindByAnswer(connection.Answers) is { } other && other.Flow != connection.Flow && connections.IsInstalled(other);

    /// <summary>The real host speaks on a known connection that has no rules, or not yet.</summary>
    private void Answer(in ArrivedPacket message, NatConnection connection)
    {
        if (IsOnItsWay(connection))
            datapath.Forward(message, connection.Reverse.Actions);
        else
            Install(message, Located(connection) ?? connection with { Host = _hosts.GetValueOrDefault(connection.Real.Address, connection.Host) });
    }

    private void Install(in ArrivedPacket message, NatConnection connection)
    {
        Install(connection);
        datapath.Send(new BarrierRequestMessage { Xid = datapath.NextXid() });
        datapath.Forward(message, new OutputAction(PortNumber.Table));
    }

    private void Install(NatConnection connection)
    {
        connection = connections.Install(connection, time.GetTimestamp());
        logger.NatInstalled(datapath.Dpid, connection.Flow, connection.Entry);

        // In this order, so that no answer can overtake its rule.
        datapath.Send(connection.Reverse with { Xid = datapath.NextXid() });
        datapath.Send(connection.Forward with { Xid = datapath.NextXid() });
    }

    /// <summary>Gives a connection its rules where it is known which way its ends are now; else its next packet does.</summary>
    private bool TryInstall(NatConnection connection)
    {
        if (Located(connection) is not { } located)
            return false;
        Install(located);
        return true;
    }

    /// <summary>The connection with its ends where they are now; null where that is not known.</summary>
    private NatConnection? Located(NatConnection connection) =>
        watch.PortTo(connection.Client.Mac) is { } client && watch.PortTo(connection.Host.Mac) is { } host
            ? connection with { Client = connection.Client with { Port = client }, Host = connection.Host with { Port = host } }
            : null;

    private void Wait(in ArrivedPacket message, NatFlow flow, HostLocation client, NatEntry entry)
    {
        if (!_waiting.TryGetValue(entry, out var waiting))
            _waiting[entry] = waiting = new WaitingPackets(time);
        Discard(entry, waiting.Add(message, flow, client));
    }

    /// <summary>Asks by ARP for the real hosts that are not known, each at most once a second.</summary>
    private void Ask(NatEntry entry)
    {
        foreach (var real in entry.Reals)
        {
            if (_hosts.ContainsKey(real.Address) ||
                (_asked.TryGetValue(real.Address, out var asked) && time.GetElapsedTime(asked) < AskAgainAfter))
                continue;
            _asked[real.Address] = time.GetTimestamp();
            var request = new ArpPacket(ArpPacket.Request, entry.VirtualMac, entry.Virtual.Address, default, real.Address);
            datapath.Emit(request.ToFrame(MacAddress.Broadcast), watch.Flood(PortNumber.None));
        }
    }

    /// <summary>Learns where a real host is, and goes on with what waited for it.</summary>
    private void Locate(Ipv4Address address, HostLocation location)
    {
        if (!table.IsReal(address) || table.IsVirtual(location.Mac))
            return;
        if (_hosts.TryGetValue(address, out var earlier) && earlier != location)
        {
            foreach (var connection in connections.Installed.Where(known => known.Real.Address == address))
                Uninstall(connection);
        }
        _hosts[address] = location;

        foreach (var entry in _waiting.Keys.Where(entry => entry.Reals.Any(real => real.Address == address)).ToList())
        {
            _waiting.Remove(entry, out var waiting);
            Discard(entry, waiting!.TakeOld());
            foreach (var (message, flow, client) in waiting.TakeAll())
                Connect(message, flow, client, entry);
        }
    }

    /// <summary>A real host may be behind another port now.</summary>
    private void Follow(Ipv4Address address, HostLocation location)
    {
        if (watch.PortTo(location.Mac) is { } port)
            _hosts[address] = location with { Port = port };
        else
            _hosts.Remove(address);
    }

    private void Discard(NatEntry entry, List<ArrivedPacket> packets)
    {
        if (packets.Count == 0)
            return;
        var unknown = entry.Reals.Where(real => !_hosts.ContainsKey(real.Address)).DefaultIfEmpty(entry.Reals[0]).Select(real => real.Address);
        logger.NatUnresolved(datapath.Dpid, string.Join(", ", unknown), packets.Count);
        foreach (var packet in packets)
            datapath.Drop(packet);
    }

    private bool IsOnItsWay(NatConnection connection) =>
        connections.IsInstalled(connection) && time.GetElapsedTime(connection.InstalledTimestamp) < InstallTime;

    /// <summary>Takes its rules from a connection; it stays known.</summary>
    private void Uninstall(NatConnection connection)
    {
        connections.Uninstall(connection);
        foreach (var rule in (ReadOnlySpan<FlowModMessage>)[connection.Forward, connection.Reverse])
        {
            datapath.Send(new FlowModMessage
            {
                Xid = datapath.NextXid(),
                Command = FlowModCommand.DeleteStrict,
                Match = rule.Match,
                Priority = rule.Priority,
            });
        }
    }

    /// <summary>The connections whose rules an emptied table has lost.</summary>
    private static List<NatConnection> Uninstalled(NatConnections connections)
    {
        List<NatConnection> installed = [.. connections.Installed];
        installed.ForEach(connections.Uninstall);
        return installed;
    }
}
