using Microsoft.Extensions.Logging;
using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>NAT at one connection of one switch. Its state ends with the connection, as the rules do.</summary>
internal sealed class NatSwitch(Datapath datapath, NatTable table, TimeProvider time, ILogger logger) : ISwitchApplication
{
    private const ulong FirstCookie = 0x5354_0000_0000_0000;

    // Packets still come to the controller until the switch has the rules. Later ones mean that it has lost them.
    private static readonly TimeSpan InstallTime = TimeSpan.FromSeconds(1);

    // Connections without rules are kept up to here: on an idle connection the server may be the first to speak again.
    private const int MostIdle = 16_384;

    private readonly Dictionary<Ipv4Address, HostLocation> _hosts = [];
    private readonly Dictionary<Ipv4Address, WaitingPackets> _waiting = [];
    private readonly Dictionary<NatFlow, NatConnection> _connections = [];
    private readonly Dictionary<NatFlow, NatConnection> _byAnswer = [];
    private readonly Dictionary<ulong, NatConnection> _byCookie = []; // those that have rules
    private ulong _nextCookie = FirstCookie;

    public bool PacketIn(PacketInMessage message, in PacketHeaders headers)
    {
        if (headers.Tagged)
            return false;

        if (headers.Arp is { } arp)
        {
            Locate(arp.SenderIp, new HostLocation(message.InPort, arp.SenderMac));
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
            Locate(ip.Source, new HostLocation(message.InPort, headers.Source));
            if (table.IsVirtual(ip.Destination))
            {
                Translate(message, ip);
                return true;
            }
            if (_byAnswer.TryGetValue(NatFlow.Of(ip), out var answered))
            {
                Answer(message, answered);
                return true;
            }
            // The client now calls the real host itself from the port of an idle connection.
            if (_byAnswer.TryGetValue(NatFlow.Of(ip).Reversed, out var over) && !IsInstalled(over))
                Remove(over);
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
        if (_byCookie.TryGetValue(message.Cookie, out var connection))
            Uninstall(connection);
    }

    /// <summary>Connections that are there go on: their rules come back before anything else, so that no answer escapes them.</summary>
    public void Forget()
    {
        var installed = _byCookie.Values.Distinct().ToList();
        _byCookie.Clear();
        foreach (var connection in installed)
            Install(connection);
    }

    private void Translate(PacketInMessage message, in Ipv4Headers packet)
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
        else if (_hosts.TryGetValue(entry.Real, out var host))
            Connect(message, NatFlow.Of(packet), entry, host);
        else
            Wait(message, NatFlow.Of(packet), entry);
    }

    private void Connect(PacketInMessage message, NatFlow flow, NatEntry entry, HostLocation host)
    {
        if (_connections.TryGetValue(flow, out var known) && known.ClientSwitchPort == message.InPort && IsOnItsWay(known))
            datapath.Forward(message, known.Forward.Actions);
        else
            Install(message, new NatConnection(entry, flow, message.InPort, host));
    }

    /// <summary>The real host speaks on a known connection that has no rules, or not yet.</summary>
    private void Answer(PacketInMessage message, NatConnection connection)
    {
        if (IsOnItsWay(connection))
            datapath.Forward(message, connection.Reverse.Actions);
        else
            Install(message, connection with { Host = _hosts.GetValueOrDefault(connection.Entry.Real, connection.Host) });
    }

    private void Install(PacketInMessage message, NatConnection connection)
    {
        if (_connections.TryGetValue(connection.Flow, out var earlier))
            Remove(earlier);
        else if (_connections.Count - (_byCookie.Count / 2) >= MostIdle)
            RemoveIdle();

        Install(connection);
        datapath.Send(new BarrierRequestMessage { Xid = datapath.NextXid() });
        datapath.Forward(message, new OutputAction(PortNumber.Table));
    }

    /// <summary>Gives a connection its rules, under cookies of their own: of earlier ones FLOW_REMOVED may still come.</summary>
    private void Install(NatConnection connection)
    {
        connection = connection with { Cookie = _nextCookie, InstalledTimestamp = time.GetTimestamp() };
        _nextCookie += 2;
        _connections[connection.Flow] = _byAnswer[connection.Answers] = connection;
        _byCookie[connection.Cookie] = _byCookie[connection.Cookie + 1] = connection;
        logger.NatInstalled(datapath.Dpid, connection.Flow, connection.Entry);

        // In this order, so that no answer can overtake its rule.
        datapath.Send(connection.Reverse with { Xid = datapath.NextXid() });
        datapath.Send(connection.Forward with { Xid = datapath.NextXid() });
    }

    private void Wait(PacketInMessage message, NatFlow flow, NatEntry entry)
    {
        if (!_waiting.TryGetValue(entry.Real, out var waiting))
            _waiting[entry.Real] = waiting = new WaitingPackets(time);

        Discard(entry.Real, waiting.Add(message, flow, entry));
        if (!waiting.ShouldAsk())
            return;
        var request = new ArpPacket(ArpPacket.Request, entry.VirtualMac, entry.Virtual, default, entry.Real);
        datapath.Emit(request.ToFrame(MacAddress.Broadcast), PortNumber.Flood);
    }

    /// <summary>Learns where a real host is, and goes on with what waited for it.</summary>
    private void Locate(Ipv4Address address, HostLocation location)
    {
        if (!table.IsReal(address) || table.IsVirtual(location.Mac))
            return;
        if (_hosts.TryGetValue(address, out var earlier) && earlier != location)
        {
            foreach (var connection in _connections.Values.Where(known => known.Entry.Real == address && IsInstalled(known)).ToList())
                Uninstall(connection);
        }
        _hosts[address] = location;

        if (!_waiting.Remove(address, out var waiting))
            return;
        Discard(address, waiting.TakeOld());
        while (waiting.TryTake(out var message, out var flow, out var entry))
            Connect(message, flow, entry, location);
    }

    private void Discard(Ipv4Address real, List<PacketInMessage> packets)
    {
        if (packets.Count == 0)
            return;
        logger.NatUnresolved(datapath.Dpid, real, packets.Count);
        foreach (var packet in packets)
            datapath.Drop(packet);
    }

    private bool IsInstalled(NatConnection connection) => _byCookie.ContainsKey(connection.Cookie);

    private bool IsOnItsWay(NatConnection connection) =>
        IsInstalled(connection) && time.GetElapsedTime(connection.InstalledTimestamp) < InstallTime;

    /// <summary>Takes its rules from a connection; it stays known.</summary>
    private void Uninstall(NatConnection connection)
    {
        _byCookie.Remove(connection.Cookie);
        _byCookie.Remove(connection.Cookie + 1);
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

    private void Remove(NatConnection connection)
    {
        _connections.Remove(connection.Flow);
        if (_byAnswer.GetValueOrDefault(connection.Answers) == connection)
            _byAnswer.Remove(connection.Answers);
        _byCookie.Remove(connection.Cookie);
        _byCookie.Remove(connection.Cookie + 1);
    }

    private void RemoveIdle()
    {
        foreach (var idle in _connections.Values.Where(connection => !IsInstalled(connection)).ToList())
            Remove(idle);
    }
}
