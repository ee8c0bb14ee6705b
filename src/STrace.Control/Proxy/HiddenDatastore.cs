using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>
/// Puts the datastore's port into messages to a switch and takes it out of those from it, as bytes: all else stays as it is, and so
/// does a message that is not well-formed.
/// </summary>
internal static class HiddenDatastore
{
    /// <summary>
    /// A PACKET_OUT to OFPP_ALL, which would reach the datastore though it is set NO_FLOOD, with each other port in its place. The
    /// datastore does not get what controllers send: the record of the control messages holds it. Null where it stays as it is.
    /// </summary>
    public static byte[]? WithoutDatastore(ReadOnlySpan<byte> packetOut, ushort port, IReadOnlyList<PortDescription> ports)
    {
        var actions = packetOut.Length < OpenFlowFields.PacketOutActions
            ? []
            : packetOut[OpenFlowFields.PacketOutActions..];
        var length = actions.IsEmpty ? 0 : OpenFlowFields.U16(packetOut, OpenFlowFields.PacketOutActionsLength);
        if (length > actions.Length || RuleReach.Of(actions[..length]) is not ({ ToAll: true } or { ChangedToAll: true }))
            return null;
        try
        {
            var message = (PacketOutMessage)OpenFlowCodec.Decode(packetOut);
            OpenFlowAction[] others = [.. ports.Where(other => other.Number != port).Select(other => new OutputAction(other.Number))];
            return OpenFlowCodec.Encode(message with
            {
                Actions = [.. message.Actions.SelectMany(action => action is OutputAction { Port: PortNumber.All } ? others : [action])],
            });
        }
        catch (Exception malformed) when (malformed is OpenFlowProtocolException or ArgumentException) // or too long
        {
            return null;
        }
    }

    /// <summary>A FEATURES_REPLY without the port, or a STATS_REPLY without it and its mirrors; null where it stays as it is.</summary>
    public static byte[]? Hide(ReadOnlySpan<byte> reply, ushort port) => (MessageType)reply[OpenFlowFields.Type] switch
    {
        MessageType.FeaturesReply => Without(reply, OpenFlowFields.FeaturesPorts, OpenFlowFields.PortLength, port),
        MessageType.StatsReply when reply.Length >= OpenFlowFields.StatsEntries =>
            (StatsType)OpenFlowFields.U16(reply, OpenFlowFields.StatsType) switch
            {
                StatsType.Port => Without(reply, OpenFlowFields.StatsEntries, OpenFlowFields.PortStatsLength, port),
                StatsType.Queue => Without(reply, OpenFlowFields.StatsEntries, OpenFlowFields.QueueStatsLength, port),
                _ => MirroredRules.Remove(reply, port),
            },
        _ => null,
    };

    /// <summary>The message without the entries, all of one length, that begin with this port.</summary>
    private static byte[]? Without(ReadOnlySpan<byte> reply, int entries, int entryLength, ushort port)
    {
        for (var at = entries; at + entryLength <= reply.Length; at += entryLength)
        {
            if (OpenFlowFields.U16(reply, at) != port)
                continue;
            byte[] rest = [.. reply[..at], .. reply[(at + entryLength)..]];
            OpenFlowFields.Write(rest, OpenFlowFields.Length, rest.Length);
            return Without(rest, entries, entryLength, port) ?? rest; // a port has several queues
        }
        return null;
    }
}
