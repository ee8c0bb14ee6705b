using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>
/// Reads what each switch forwarded during a session: the answers to the manager's own questions after its counters, at its beginning and
/// end and whenever else they were asked, and what FLOW_REMOVED said of rules that went.
/// </summary>
public static class SwitchTrafficReader
{
    /// <param name="messages">In the order in which they were recorded; what is not well-formed is passed over.</param>
    /// <returns>In the order of the dpids.</returns>
    public static IReadOnlyList<SwitchTraffic> Read(IEnumerable<RecordedControlMessage> messages)
    {
        var switches = new SortedDictionary<ulong, Reading>();
        foreach (var recorded in messages)
        {
            if (!switches.TryGetValue(recorded.Dpid, out var reading))
                switches[recorded.Dpid] = reading = new Reading(recorded.TimeNs);
            if (!Tells(recorded.Frame.Span))
                continue;
            try
            {
                reading.Apply(OpenFlowCodec.Decode(recorded.Frame.Span), recorded.TimeNs);
            }
            catch (OpenFlowProtocolException)
            {
                // Its counters are missing, then.
            }
        }
        return [.. switches.Select(known => known.Value.ToTraffic(known.Key))];
    }

    /// <summary>An upstream's questions may be after some rules only.</summary>
    private static bool Tells(ReadOnlySpan<byte> frame) =>
        frame.Length >= OpenFlowFields.Body && (MessageType)frame[OpenFlowFields.Type] switch
        {
            MessageType.FlowRemoved => true,
            MessageType.StatsRequest or MessageType.StatsReply => Datapath.IsOwnXid(OpenFlowFields.U32(frame, OpenFlowFields.Xid)),
            _ => false,
        };

    private sealed class Reading(long beginNs)
    {
        private readonly RuleCounters _rules = new(beginNs);
        private readonly SortedDictionary<ushort, (Counter Received, Counter Sent, Counter[] Dropped, Counter[] Errors)> _ports = [];
        private readonly Dictionary<byte, (Counter Looked, Counter Matched)> _tables = [];
        private long? _fromNs;
        private long? _untilNs;
        private uint? _asked;
        private uint? _answered;
        private int _standing;

        public void Apply(OpenFlowMessage message, long timeNs)
        {
            switch (message)
            {
                case FlowRemovedMessage removed:
                    _rules.Read(removed, timeNs);
                    break;
                case StatsRequestMessage { Body: FlowStatsRequest }:
                    _asked = message.Xid;
                    break;
                case StatsReplyMessage { Body: FlowStatsReply flows }:
                    _fromNs ??= timeNs;
                    _untilNs = timeNs;
                    _standing = flows.Entries.Count + (_answered == message.Xid ? _standing : 0); // an answer may have several parts
                    _answered = message.Xid;
                    foreach (var flow in flows.Entries)
                        _rules.Read(flow, timeNs);
                    break;
                case StatsReplyMessage { Body: PortStatsReply ports }:
                    foreach (var port in ports.Entries)
                        Read(port);
                    break;
                case StatsReplyMessage { Body: TableStatsReply tables }:
                    foreach (var table in tables.Entries)
                        Read(table);
                    break;
            }
        }

        public SwitchTraffic ToTraffic(ulong dpid) => new(
            dpid, _fromNs, _untilNs, _asked != _answered, _standing, _rules.Packets, _rules.Bytes,
            (ulong)_tables.Values.Sum(table => Math.Max(0, (long)table.Looked.Grown - (long)table.Matched.Grown)),
            [.. _ports.Select(port => new PortTraffic(
                port.Key, port.Value.Received.Grown, port.Value.Sent.Grown, Sum(port.Value.Dropped), Sum(port.Value.Errors)))]);

        private void Read(PortStats port)
        {
            if (!_ports.TryGetValue(port.Port, out var known))
                _ports[port.Port] = known = (new(), new(), [new(), new()], [new(), new()]);
            known.Received.Read(port.ReceivedPackets);
            known.Sent.Read(port.SentPackets);
            known.Dropped[0].Read(port.ReceiveDropped);
            known.Dropped[1].Read(port.SendDropped);
            known.Errors[0].Read(port.ReceiveErrors);
            known.Errors[1].Read(port.SendErrors);
        }

        private void Read(TableStats table)
        {
            if (!_tables.TryGetValue(table.TableId, out var known))
                _tables[table.TableId] = known = (new(), new());
            known.Looked.Read(table.LookupCount);
            known.Matched.Read(table.MatchedCount);
        }

        private static ulong Sum(IEnumerable<Counter> counters) => counters.Aggregate(0UL, (sum, counter) => sum + counter.Grown);
    }
}
