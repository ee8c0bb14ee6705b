using System.Collections.Concurrent;
using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>
/// L2 learning: a rule for each pair of hosts once both ports are known, flooding without a rule before. A switch that connects again
/// gets its rules back, by the ways that lead to the hosts now.
/// </summary>
internal sealed class LearningSwitch(LinkDiscovery discovery) : IControlApplication
{
    private readonly ConcurrentDictionary<ulong, RuleMemory> _memories = new();

    public ISwitchApplication SwitchUp(Datapath datapath) =>
        new Ports(datapath, discovery.PortsOf(datapath), _memories.GetOrAdd(datapath.Dpid, _ => new RuleMemory()));

    private sealed class Ports(Datapath datapath, PortWatch watch, RuleMemory memory) : ISwitchApplication
    {
        // One host may make up any number of addresses: like any switch with a full table, this one begins anew.
        private const int MostHosts = 1 << 17;

        // 01:80:c2:00:00:00 to 0f: between neighbours, never forwarded (IEEE 802.1D, 7.12.6).
        private const ulong LinkLocal = 0x01_80_c2_00_00_00;
        private const ulong LinkLocalMask = 0xff_ff_ff_ff_ff_f0;

        private readonly Dictionary<MacAddress, ushort> _ports = [];
        private readonly LearningRule _rule = new();
        private IReadOnlyList<(MacAddress Source, MacAddress Destination)> _earlier = memory.TakeAll(); // of the connection before

        public bool PacketIn(in ArrivedPacket packet, in PacketHeaders headers)
        {
            Learn(headers.Source, packet.InPort);
            if (headers.EtherType == Protocols.EtherLldp || (headers.Destination.Value & LinkLocalMask) == LinkLocal)
                datapath.Drop(packet);
            else if (!_ports.TryGetValue(headers.Destination, out var port))
                datapath.Forward(packet, watch.Flood(packet.InPort));
            else if (port == packet.InPort)
                datapath.Drop(packet);
            else
                Install(packet, headers, port);
            return true;
        }

        public void FlowRemoved(FlowRemovedMessage message)
        {
            if (message.Reason != FlowRemovedReason.Delete && message.Match is { DlSrc: { } source, DlDst: { } destination })
                memory.Remove(source, destination);
        }

        public void PortStatus(PortStatusMessage message)
        {
            if (!message.IsLoss())
                return;
            foreach (var mac in _ports.Where(known => known.Value == message.Port.Number).Select(known => known.Key).ToList())
                Forget(mac);
        }

        public void Forget()
        {
            _ports.Clear();
            memory.Clear();
            _earlier = [];
        }

        public void Reroute() => Forget();

        public void HostMoved(MacAddress host)
        {
            if (_ports.TryGetValue(host, out var port) && watch.PortTo(host) != port)
                Forget(host);
        }

        public void Settled()
        {
            var waiting = new List<(MacAddress, MacAddress)>();
            foreach (var (source, destination) in _earlier)
            {
                if (watch.PortTo(source) is not { } inPort || watch.PortTo(destination) is not { } output)
                {
                    waiting.Add((source, destination));
                    continue;
                }
                _ports[source] = inPort;
                _ports[destination] = output;
                if (inPort != output)
                    Install(inPort, source, destination, output);
            }
            _earlier = waiting;
        }

        public void SwitchDown()
        {
            foreach (var (source, destination) in _earlier)
                memory.Add(source, destination);
        }

        private void Learn(MacAddress host, ushort port)
        {
            if (!host.IsHost())
                return;
            if (_ports.TryGetValue(host, out var earlier))
            {
                if (earlier == port)
                    return;
                Forget(host);
            }
            else if (_ports.Count == MostHosts)
                _ports.Clear();
            _ports[host] = port;
        }

        /// <summary>The rules from and to a host that is not where they say.</summary>
        private void Forget(MacAddress host)
        {
            _ports.Remove(host);
            memory.Remove(host);
            foreach (var match in (ReadOnlySpan<Match>)[new Match { DlSrc = host }, new Match { DlDst = host }])
                datapath.Send(new FlowModMessage { Xid = datapath.NextXid(), Command = FlowModCommand.Delete, Match = match });
        }

        private void Install(in ArrivedPacket packet, in PacketHeaders headers, ushort port)
        {
            Install(packet.InPort, headers.Source, headers.Destination, port, packet.BufferId);
            if (packet.BufferId == OpenFlowConstants.NoBuffer)
                datapath.Forward(packet, new OutputAction(port));
        }

        private void Install(
            ushort inPort, MacAddress source, MacAddress destination, ushort output, uint bufferId = OpenFlowConstants.NoBuffer)
        {
            memory.Add(source, destination);
            datapath.SendRule(_rule.Write(datapath.NextXid(), inPort, source, destination, output, bufferId));
        }
    }
}
