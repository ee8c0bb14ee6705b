using STrace.Model;
using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>
/// Reads from the recorded control messages of a session what the network was at each time: the rules of every switch, the links, the
/// hosts' places, and the packets that the controller sent on itself.
/// </summary>
public static class NetworkHistoryReader
{
    /// <param name="messages">In the order in which they were recorded; those that are not OpenFlow 1.0 are passed over.</param>
    public static NetworkHistory Read(IEnumerable<RecordedControlMessage> messages)
    {
        var reading = new Reading();
        foreach (var recorded in messages)
        {
            try
            {
                reading.Apply(OpenFlowCodec.Decode(recorded.Frame.Span), recorded);
            }
            catch (OpenFlowProtocolException)
            {
                // A vendor's extension, say: it tells nothing that is asked here. RewriteRuleReader counts them.
            }
        }
        return reading.ToHistory();
    }

    private sealed class Reading
    {
        private readonly Dictionary<ulong, string> _names = [];
        private readonly RuleTables _tables = new();
        private readonly LinkHistory _links = new();
        private readonly HostHistory _hosts = new();
        private readonly RelayHistory _relays = new();
        private long _lastNs;

        public void Apply(OpenFlowMessage message, in RecordedControlMessage recorded)
        {
            _lastNs = Math.Max(_lastNs, recorded.TimeNs);
            _tables.Apply(message, recorded);
            switch (message, recorded.Direction)
            {
                case (FeaturesReplyMessage features, ControlDirection.FromSwitch):
                    // Open vSwitch gives its local port the bridge's name.
                    if (features.Ports.FirstOrDefault(port => port.Number == PortNumber.Local) is { Name.Length: > 0 } local)
                        _names[recorded.Dpid] = local.Name;
                    break;
                case (PortStatusMessage status, ControlDirection.FromSwitch):
                    _links.Apply(new NetworkPort(recorded.Dpid, status.Port.Number), status, recorded.TimeNs);
                    break;
                case (PacketInMessage packet, ControlDirection.FromSwitch):
                    Received(packet, recorded);
                    break;
                case (PacketOutMessage packet, ControlDirection.ToSwitch):
                    if (PacketHeaders.TryRead(packet.Data.Span, out var sent))
                        _hosts.Told(sent, recorded.TimeNs);
                    _relays.Sent(recorded.Dpid, packet, recorded.TimeNs);
                    break;
                case (FlowModMessage rule, ControlDirection.ToSwitch):
                    _relays.Sent(recorded.Dpid, rule, recorded.TimeNs);
                    break;
            }
        }

        public NetworkHistory ToHistory()
        {
            _tables.Expire(_lastNs);
            var links = _links.All;
            var linkPorts = links.SelectMany(link => (NetworkPort[])[link.From, link.To]).ToHashSet();
            return new NetworkHistory(
                _names,
                [.. _tables.All.Where(known => known.Rule.TableId == 0).Select(known => known.Rule.ToFlowRule(known.Dpid)).OrderBy(rule => rule.InstalledNs)],
                links,
                _hosts.Places(linkPorts.Contains),
                _hosts.Neighbours,
                _relays.All);
        }

        private void Received(PacketInMessage packet, in RecordedControlMessage recorded)
        {
            var frame = packet.Data.Span;
            var at = new NetworkPort(recorded.Dpid, packet.InPort);
            if (LldpFrame.TryRead(frame, out var sender))
            {
                _links.Seen(new NetworkPort(sender.Dpid, sender.Port), at, recorded.TimeNs);
                return;
            }
            if (!PacketHeaders.TryRead(frame, out var headers))
                return;
            if (!_links.IsLinkPort(at))
                _hosts.Entered(at, headers, recorded.TimeNs);
            _hosts.Told(headers, recorded.TimeNs);
            if (FrameIdentity.Flow(frame) is { } flow)
                _relays.Received(at, packet, flow, recorded.TimeNs);
        }
    }
}
