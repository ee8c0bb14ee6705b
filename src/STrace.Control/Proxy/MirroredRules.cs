using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>
/// Puts the mirror into rules on their way to a switch, and takes it out of what the switch says of rules, both as OpenFlow 1.0 writes them
/// and as Nicira does; as bytes: all else stays as it is, and so does a message that is not well-formed.
/// </summary>
internal static class MirroredRules
{
    // NXT_FLOW_MOD, nx_flow_mod: behind the match, padded to 8 bytes, the actions
    private const int NiciraCommand = 24;
    private const int NiciraMatchLength = 40;
    private const int NiciraMatch = 48;

    // STATS_REPLY of Nicira: kind (NXST_*), padding, entries
    private const int NiciraStatsVendor = 12;
    private const int NiciraStatsKind = 16;
    private const int NiciraStatsEntries = 24;
    private const uint NiciraFlow = 0;
    private const uint NiciraFlowMonitor = 2;

    // nx_flow_stats; nx_flow_update_full; nx_flow_update_abbrev
    private const int FlowMatchLength = 18;
    private const int FlowMatch = 48;
    private const int UpdateEvent = 2;
    private const int UpdateMatchLength = 12;
    private const int UpdateMatch = 24;
    private const int AbbreviatedXid = 4;
    private const int AbbreviatedLength = 8;
    private const int Abbreviated = 3;

    /// <summary>
    /// A message that installs a rule, with an output to the datastore before all else; null where it stays as it is. Packets that go to all
    /// ports unchanged reach the datastore by that.
    /// </summary>
    public static byte[]? Add(ReadOnlySpan<byte> message, ushort port)
    {
        if (ActionsOf(message) is not { } actions || message.Length > OpenFlowFraming.MaxMessageLength - OpenFlowFields.OutputLength ||
            RuleReach.Of(message[actions..]) is not { Outputs: true, ToAll: false })
        {
            return null;
        }
        var mirrored = new byte[message.Length + OpenFlowFields.OutputLength];
        message[..actions].CopyTo(mirrored);
        message[actions..].CopyTo(mirrored.AsSpan(actions + OpenFlowFields.OutputLength));
        OpenFlowFields.Write(mirrored, OpenFlowFields.Length, mirrored.Length);
        OpenFlowFields.Write(mirrored, actions + OpenFlowFields.ActionLength, OpenFlowFields.OutputLength);
        OpenFlowFields.Write(mirrored, actions + OpenFlowFields.ActionPort, port);
        return mirrored;
    }

    /// <summary>A message that installs a rule without its mirror; null where it has none.</summary>
    public static byte[]? Take(ReadOnlySpan<byte> message, ushort port)
    {
        if (ActionsOf(message) is not { } actions || !BeginsWithMirror(message[actions..], port))
            return null;
        byte[] plain = [.. message[..actions], .. message[(actions + OpenFlowFields.OutputLength)..]];
        OpenFlowFields.Write(plain, OpenFlowFields.Length, plain.Length);
        return plain;
    }

    /// <summary>What of a rule's packets the datastore cannot get right, for people; null where all is well.</summary>
    public static string? Flaw(ReadOnlySpan<byte> message) =>
        ActionsOf(message) is { } actions ? RuleReach.Of(message[actions..])?.Flaw : null;

    /// <summary>A STATS_REPLY without mirrors, and without updates that the manager's own changes brought; null where it stays as it is.</summary>
    public static byte[]? Remove(ReadOnlySpan<byte> reply, ushort port)
    {
        if (EntriesOf(reply) is not { } entries)
            return null;
        var plain = new byte[reply.Length];
        reply[..entries].CopyTo(plain);
        var written = entries;
        for (var rest = reply[entries..]; !rest.IsEmpty;)
        {
            int length = rest.Length < sizeof(ushort) ? 0 : OpenFlowFields.U16(rest, 0);
            if (length < AbbreviatedLength || length > rest.Length)
                return null;
            var entry = rest[..length];
            rest = rest[length..];
            if (ActionsOfEntry(reply, entry) is not { } actions)
                return null;
            if (IsOwnUpdate(reply, entry))
                continue;
            var cut = BeginsWithMirror(entry[actions..], port) ? OpenFlowFields.OutputLength : 0;
            entry[..actions].CopyTo(plain.AsSpan(written));
            entry[(actions + cut)..].CopyTo(plain.AsSpan(written + actions));
            OpenFlowFields.Write(plain, written, length - cut);
            written += length - cut;
        }
        if (written == reply.Length)
            return null;
        OpenFlowFields.Write(plain, OpenFlowFields.Length, written);
        return plain[..written];
    }

    private static bool BeginsWithMirror(ReadOnlySpan<byte> actions, ushort port) =>
        actions.Length >= OpenFlowFields.OutputLength &&
        (ActionType)OpenFlowFields.U16(actions, 0) == ActionType.Output &&
        OpenFlowFields.U16(actions, OpenFlowFields.ActionPort) == port;

    /// <summary>Where the actions of a message begin that installs a rule; null of any other.</summary>
    private static int? ActionsOf(ReadOnlySpan<byte> message)
    {
        int command, actions;
        if ((MessageType)message[OpenFlowFields.Type] == MessageType.FlowMod)
            (command, actions) = (OpenFlowFields.FlowModCommand, OpenFlowFields.FlowModActions);
        else if (NiciraFields.Type(message) == NiciraMessageType.FlowMod && message.Length >= NiciraMatch)
            (command, actions) = (NiciraCommand, NiciraMatch + NiciraFields.Padded(OpenFlowFields.U16(message, NiciraMatchLength)));
        else
            return null;
        // The upper byte of the command may be a table (NXT_FLOW_MOD_TABLE_ID).
        return actions <= message.Length && (FlowModCommand)message[command + 1] is FlowModCommand.Add or FlowModCommand.Modify or FlowModCommand.ModifyStrict
            ? actions
            : null;
    }

    /// <summary>Where the entries of a STATS_REPLY begin that has rules in it; null of any other.</summary>
    private static int? EntriesOf(ReadOnlySpan<byte> reply) =>
        reply.Length < OpenFlowFields.StatsEntries ? null
        : IsStandard(reply) ? OpenFlowFields.StatsEntries
        : (StatsType)OpenFlowFields.U16(reply, OpenFlowFields.StatsType) == StatsType.Vendor && reply.Length >= NiciraStatsEntries &&
            OpenFlowFields.U32(reply, NiciraStatsVendor) == NiciraMessage.VendorId &&
            OpenFlowFields.U32(reply, NiciraStatsKind) is NiciraFlow or NiciraFlowMonitor ? NiciraStatsEntries
        : null;

    private static bool IsStandard(ReadOnlySpan<byte> reply) =>
        (StatsType)OpenFlowFields.U16(reply, OpenFlowFields.StatsType) == StatsType.Flow;

    private static bool IsMonitor(ReadOnlySpan<byte> reply) => !IsStandard(reply) && OpenFlowFields.U32(reply, NiciraStatsKind) == NiciraFlowMonitor;

    private static int? ActionsOfEntry(ReadOnlySpan<byte> reply, ReadOnlySpan<byte> entry)
    {
        var actions = IsStandard(reply) ? OpenFlowFields.FlowStatsActions
            : IsAbbreviated(reply, entry) ? entry.Length
            : IsMonitor(reply) ? BehindMatch(entry, UpdateMatchLength, UpdateMatch)
            : BehindMatch(entry, FlowMatchLength, FlowMatch);
        return actions <= entry.Length ? actions : null;
    }

    private static int BehindMatch(ReadOnlySpan<byte> entry, int matchLength, int match) =>
        entry.Length < match ? int.MaxValue : match + NiciraFields.Padded(OpenFlowFields.U16(entry, matchLength));

    private static bool IsAbbreviated(ReadOnlySpan<byte> reply, ReadOnlySpan<byte> entry) =>
        IsMonitor(reply) && OpenFlowFields.U16(entry, UpdateEvent) == Abbreviated;

    private static bool IsOwnUpdate(ReadOnlySpan<byte> reply, ReadOnlySpan<byte> entry) =>
        IsAbbreviated(reply, entry) && Datapath.IsOwnXid(OpenFlowFields.U32(entry, AbbreviatedXid));
}
