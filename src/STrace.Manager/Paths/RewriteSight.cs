using System.Buffers.Binary;
using System.Collections.Concurrent;
using STrace.Control;
using STrace.OpenFlow;

namespace STrace.Manager;

/// <summary>
/// Says of control messages, by a look at their bytes, whether rules that rewrite depend on them. Of a switch that has had no such rule
/// nothing does. Any thread; one at a time for a switch.
/// </summary>
internal sealed class RewriteSight
{
    // Offsets of OpenFlow 1.0: ofp_header, ofp_flow_mod, ofp_stats_reply, ofp_flow_stats, ofp_action_header, ofp_vendor_header.
    private const int TypeOffset = 1, CommandOffset = 56, ActionsOffset = 72;
    private const int StatsTypeOffset = 8, StatsBodyOffset = 12, EntryActionsOffset = 88;
    private const int ActionHeaderBytes = 4;
    private const int VendorOffset = 8, SubtypeOffset = 12, NiciraCommandOffset = 25;

    private const uint Types = 1u << (int)MessageType.FlowMod | 1u << (int)MessageType.StatsReply | 1u << (int)MessageType.Vendor |
        1u << (int)MessageType.FlowRemoved | 1u << (int)MessageType.Error;

    private readonly ConcurrentDictionary<ulong, Switch> _switches = new();
    private volatile bool _isLost;

    private sealed class Switch
    {
        public bool Rewrites;
        public bool HasPassedOver;
    }

    /// <summary>
    /// A rule was changed to rewrite that may be one of those that were passed over: what depends on the messages is not known any more.
    /// </summary>
    public bool IsLost => _isLost;

    /// <summary>Whether a message of the burst may matter.</summary>
    public static bool Concerns(in ControlBurst burst) => (burst.Types & Types) != 0;

    /// <summary>Whether the message may matter.</summary>
    public bool Concerns(ulong dpid, ReadOnlySpan<byte> frame)
    {
        switch ((MessageType)frame[TypeOffset])
        {
            case MessageType.FlowMod:
                return Concerns(dpid, frame.Length < ActionsOffset || Rewrites(frame[ActionsOffset..]), Modifies(frame));
            case MessageType.StatsReply:
                return Concerns(dpid, StatsRewrite(frame), modifies: false);
            case MessageType.Vendor:
                return IsNiciraRule(frame) && Concerns(dpid, rewrites: true, NiciraModifies(frame));
            case MessageType.FlowRemoved or MessageType.Error:
                return _switches.TryGetValue(dpid, out Switch? known) && known.Rewrites;
            default:
                return false;
        }
    }

    private bool Concerns(ulong dpid, bool rewrites, bool modifies)
    {
        Switch known = _switches.GetOrAdd(dpid, static _ => new Switch());
        if (known.Rewrites)
            return true;
        if (rewrites && modifies && known.HasPassedOver)
            _isLost = true;
        known.Rewrites = rewrites;
        known.HasPassedOver |= !rewrites;
        return rewrites;
    }

    private static bool Modifies(ReadOnlySpan<byte> flowMod) =>
        flowMod.Length >= ActionsOffset &&
        (FlowModCommand)BinaryPrimitives.ReadUInt16BigEndian(flowMod[CommandOffset..]) is FlowModCommand.Modify or FlowModCommand.ModifyStrict;

    /// <summary>Malformed actions count as such that do: who decodes them knows better.</summary>
    private static bool Rewrites(ReadOnlySpan<byte> actions)
    {
        while (actions.Length >= ActionHeaderBytes)
        {
            var type = (ActionType)BinaryPrimitives.ReadUInt16BigEndian(actions);
            int length = BinaryPrimitives.ReadUInt16BigEndian(actions[2..]);
            if (type is ActionType.SetNwSrc or ActionType.SetNwDst or ActionType.SetTpSrc or ActionType.SetTpDst or ActionType.Vendor ||
                length < ActionHeaderBytes || length > actions.Length)
                return true;
            actions = actions[length..];
        }
        return false;
    }

    private static bool StatsRewrite(ReadOnlySpan<byte> reply)
    {
        if (reply.Length < StatsBodyOffset)
            return false;
        var type = (StatsType)BinaryPrimitives.ReadUInt16BigEndian(reply[StatsTypeOffset..]);
        if (type != StatsType.Flow)
            return type == StatsType.Vendor;
        for (ReadOnlySpan<byte> rest = reply[StatsBodyOffset..]; rest.Length >= EntryActionsOffset;)
        {
            int length = BinaryPrimitives.ReadUInt16BigEndian(rest);
            if (length < EntryActionsOffset || length > rest.Length || Rewrites(rest[EntryActionsOffset..length]))
                return true;
            rest = rest[length..];
        }
        return false;
    }

    private static bool IsNiciraRule(ReadOnlySpan<byte> vendor) =>
        vendor.Length >= SubtypeOffset + sizeof(uint) &&
        BinaryPrimitives.ReadUInt32BigEndian(vendor[VendorOffset..]) == NiciraMessage.VendorId &&
        (NiciraMessageType)BinaryPrimitives.ReadUInt32BigEndian(vendor[SubtypeOffset..])
            is NiciraMessageType.FlowMod or NiciraMessageType.FlowModTableId or NiciraMessageType.FlowRemoved;

    /// <summary>Of nx_flow_mod; the higher byte of its command may name a table.</summary>
    private static bool NiciraModifies(ReadOnlySpan<byte> vendor) =>
        (NiciraMessageType)BinaryPrimitives.ReadUInt32BigEndian(vendor[SubtypeOffset..]) == NiciraMessageType.FlowMod &&
        vendor.Length > NiciraCommandOffset && (FlowModCommand)vendor[NiciraCommandOffset] is FlowModCommand.Modify or FlowModCommand.ModifyStrict;
}
