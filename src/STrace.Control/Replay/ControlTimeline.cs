using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>
/// Recorded control messages in order, made ready to be sent again: buffer ids replaced by the bytes that they stood for,
/// what the switches refused left out.
/// </summary>
internal static class ControlTimeline
{
    public readonly record struct Entry(long TimeNs, ulong Dpid, ControlDirection Direction, OpenFlowMessage Message);

    /// <summary>In the order of time; messages that are not OpenFlow 1.0 are passed over.</summary>
    public static List<Entry> Decode(IEnumerable<RecordedControlMessage> messages)
    {
        var entries = new List<Entry>();
        foreach (var recorded in messages)
        {
            try
            {
                var message = OpenFlowCodec.Decode(recorded.Frame.Span);
                entries.Add(new Entry(recorded.TimeNs, recorded.Dpid, recorded.Direction, message));
            }
            catch (OpenFlowProtocolException)
            {
                // Vendor extensions, say: nothing that a replay could send.
            }
        }
        return [.. entries.OrderBy(entry => entry.TimeNs)];
    }

    /// <summary>
    /// The messages with no buffer ids. A rule that took a buffered packet is followed by that packet, sent through the table.
    /// </summary>
    /// <param name="refused">How many FLOW_MODs and PACKET_OUTs the switches answered with ERROR.</param>
    public static List<Entry> Resolve(List<Entry> messages, out int refused)
    {
        var buffers = new Dictionary<(ulong Dpid, uint BufferId), PacketInMessage>();
        var sent = new Dictionary<(ulong Dpid, uint Xid), List<int>>();
        var resolved = new List<Entry?>();
        refused = 0;
        foreach (var entry in messages)
        {
            switch (entry.Message)
            {
                case PacketInMessage { BufferId: not OpenFlowConstants.NoBuffer } packet:
                    buffers[(entry.Dpid, packet.BufferId)] = packet;
                    resolved.Add(entry);
                    break;
                case FlowModMessage rule:
                    Remember(entry, [rule with { BufferId = OpenFlowConstants.NoBuffer }, .. ThroughTable(entry.Dpid, rule)]);
                    break;
                case PacketOutMessage packet:
                    Remember(entry, [.. WithData(entry.Dpid, packet)]);
                    break;
                case ErrorMessage error when sent.Remove((entry.Dpid, error.Xid), out var indexes) && IsFor(error, resolved, indexes):
                    refused++;
                    foreach (var index in indexes)
                        resolved[index] = null;
                    break;
                default:
                    resolved.Add(entry);
                    break;
            }
        }
        return [.. resolved.OfType<Entry>()];

        void Remember(Entry entry, OpenFlowMessage[] replacements)
        {
            sent[(entry.Dpid, entry.Message.Xid)] = [.. Enumerable.Range(resolved.Count, replacements.Length)];
            foreach (var message in replacements)
                resolved.Add(entry with { Message = message });
        }

        IEnumerable<OpenFlowMessage> ThroughTable(ulong dpid, FlowModMessage rule)
        {
            if (rule.BufferId == OpenFlowConstants.NoBuffer || !buffers.TryGetValue((dpid, rule.BufferId), out var packet))
                yield break;
            yield return new PacketOutMessage
            {
                Xid = rule.Xid,
                InPort = packet.InPort,
                Actions = [new OutputAction(PortNumber.Table)],
                Data = packet.Data,
            };
        }

        IEnumerable<OpenFlowMessage> WithData(ulong dpid, PacketOutMessage packet)
        {
            if (packet.BufferId == OpenFlowConstants.NoBuffer)
                yield return packet;
            else if (buffers.TryGetValue((dpid, packet.BufferId), out var buffered))
                yield return packet with { BufferId = OpenFlowConstants.NoBuffer, Data = buffered.Data };
        }
    }

    /// <summary>An ERROR carries the first bytes of what it refuses: its type tells whether the xid is another message's.</summary>
    private static bool IsFor(ErrorMessage error, List<Entry?> resolved, List<int> indexes)
    {
        const int typeOffset = 1;
        return error.Data.Length <= typeOffset ||
            indexes.Any(index => resolved[index]?.Message.Type == (MessageType)error.Data.Span[typeOffset]);
    }
}
