using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>L2 learning: a rule for each pair of hosts once both ports are known, flooding without a rule before.</summary>
internal sealed class LearningSwitch : IControlApplication
{
    public ISwitchApplication SwitchUp(Datapath datapath) => new Ports(datapath);

    private sealed class Ports(Datapath datapath) : ISwitchApplication
    {
        private const ushort RulePriority = 100;
        private const ushort IdleTimeoutSeconds = 60;

        // 01:80:c2:00:00:00 to 0f: between neighbours, never forwarded (IEEE 802.1D, 7.12.6).
        private const ulong LinkLocal = 0x01_80_c2_00_00_00;
        private const ulong LinkLocalMask = 0xff_ff_ff_ff_ff_f0;

        private readonly Dictionary<MacAddress, ushort> _ports = [];

        public bool PacketIn(PacketInMessage message, in PacketHeaders headers)
        {
            Learn(headers.Source, message.InPort);
            if (headers.EtherType == Protocols.EtherLldp || (headers.Destination.Value & LinkLocalMask) == LinkLocal)
                datapath.Drop(message);
            else if (!_ports.TryGetValue(headers.Destination, out var port))
                datapath.Forward(message, new OutputAction(PortNumber.Flood));
            else if (port == message.InPort)
                datapath.Drop(message);
            else
                Install(message, headers, port);
            return true;
        }

        public void PortStatus(PortStatusMessage message)
        {
            if (!message.IsLoss())
                return;
            foreach (var mac in _ports.Where(known => known.Value == message.Port.Number).Select(known => known.Key).ToList())
                Forget(mac);
        }

        public void Forget() => _ports.Clear();

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
            _ports[host] = port;
        }

        /// <summary>The rules from and to a host that is not where they say.</summary>
        private void Forget(MacAddress host)
        {
            _ports.Remove(host);
            foreach (var match in (ReadOnlySpan<Match>)[new Match { DlSrc = host }, new Match { DlDst = host }])
                datapath.Send(new FlowModMessage { Xid = datapath.NextXid(), Command = FlowModCommand.Delete, Match = match });
        }

        private void Install(PacketInMessage message, in PacketHeaders headers, ushort port)
        {
            var output = new OutputAction(port);
            datapath.Send(new FlowModMessage
            {
                Xid = datapath.NextXid(),
                Match = new Match { InPort = message.InPort, DlSrc = headers.Source, DlDst = headers.Destination },
                Priority = RulePriority,
                IdleTimeoutSeconds = IdleTimeoutSeconds,
                Flags = FlowModFlags.SendFlowRemoved,
                BufferId = message.BufferId,
                Actions = [output],
            });
            if (message.BufferId == OpenFlowConstants.NoBuffer)
                datapath.Forward(message, output);
        }
    }
}
