using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>
/// Puts the datastore's port into messages to a switch and takes it out of those from it, as bytes: all else stays as it is, and so
/// does a message that is not well-formed.
/// </summary>
internal static class HiddenDatastore
{
    /// <summary>
    /// A FLOW_MOD whose rule sends packets anywhere, with an output to the datastore before all else; as
    /// <see cref="DatastorePorts.Mirror"/> does it. Null where it stays as it is.
    /// </summary>
    public static byte[]? Mirror(ReadOnlySpan<byte> flowMod, ushort port)
    {
        if (flowMod.Length < OpenFlowFields.FlowModActions || flowMod.Length > OpenFlowFraming.MaxMessageLength - OpenFlowFields.OutputLength)
            return null;
        var installs = (FlowModCommand)OpenFlowFields.U16(flowMod, OpenFlowFields.FlowModCommand)
            is FlowModCommand.Add or FlowModCommand.Modify or FlowModCommand.ModifyStrict;
        if (!installs || !Outputs(flowMod[OpenFlowFields.FlowModActions..], to: null))
            return null;

        var mirrored = new byte[flowMod.Length + OpenFlowFields.OutputLength];
        flowMod[..OpenFlowFields.FlowModActions].CopyTo(mirrored);
        flowMod[OpenFlowFields.FlowModActions..].CopyTo(mirrored.AsSpan(OpenFlowFields.FlowModActions + OpenFlowFields.OutputLength));
        OpenFlowFields.Write(mirrored, OpenFlowFields.Length, mirrored.Length);
        var action = mirrored.AsSpan(OpenFlowFields.FlowModActions);
        OpenFlowFields.Write(action, OpenFlowFields.ActionLength, OpenFlowFields.OutputLength);
        OpenFlowFields.Write(action, OpenFlowFields.ActionPort, port);
        return mirrored;
    }

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
        if (length > actions.Length || !Outputs(actions[..length], PortNumber.All))
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
        catch (OpenFlowProtocolException)
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
                StatsType.Flow => WithoutMirrors(reply, port),
                _ => null,
            },
        _ => null,
    };

    /// <summary>Whether the first of these actions is the mirror.</summary>
    public static bool IsMirror(OpenFlowAction? first, ushort port) => first is OutputAction output && output.Port == port;

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

    private static byte[]? WithoutMirrors(ReadOnlySpan<byte> reply, ushort port)
    {
        var output = reply[..OpenFlowFields.StatsEntries].ToArray().ToList();
        var found = false;
        for (var rest = reply[OpenFlowFields.StatsEntries..]; !rest.IsEmpty;)
        {
            var length = rest.Length < OpenFlowFields.FlowStatsActions ? 0 : OpenFlowFields.U16(rest, 0);
            if (length < OpenFlowFields.FlowStatsActions || length > rest.Length)
                return null;
            var actions = rest[OpenFlowFields.FlowStatsActions..length];
            if (BeginsWithMirror(actions, port))
            {
                found = true;
                var start = output.Count;
                output.AddRange(rest[..OpenFlowFields.FlowStatsActions]);
                output.AddRange(actions[OpenFlowFields.OutputLength..]);
                OpenFlowFields.Write(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(output), start, length - OpenFlowFields.OutputLength);
            }
            else
            {
                output.AddRange(rest[..length]);
            }
            rest = rest[length..];
        }
        if (!found)
            return null;
        byte[] plain = [.. output];
        OpenFlowFields.Write(plain, OpenFlowFields.Length, plain.Length);
        return plain;
    }

    private static bool BeginsWithMirror(ReadOnlySpan<byte> actions, ushort port) =>
        actions.Length >= OpenFlowFields.OutputLength &&
        (ActionType)OpenFlowFields.U16(actions, 0) == ActionType.Output &&
        OpenFlowFields.U16(actions, OpenFlowFields.ActionPort) == port;

    /// <summary>Whether one of well-formed actions sends packets to this port, or to any at all.</summary>
    private static bool Outputs(ReadOnlySpan<byte> actions, ushort? to)
    {
        var found = false;
        while (!actions.IsEmpty)
        {
            var length = actions.Length < OpenFlowFields.OutputLength ? 0 : OpenFlowFields.U16(actions, OpenFlowFields.ActionLength);
            if (length < OpenFlowFields.OutputLength || length > actions.Length)
                return false;
            found |= (ActionType)OpenFlowFields.U16(actions, 0) is ActionType.Output or ActionType.Enqueue &&
                (to is null || OpenFlowFields.U16(actions, OpenFlowFields.ActionPort) == to);
            actions = actions[length..];
        }
        return found;
    }
}
