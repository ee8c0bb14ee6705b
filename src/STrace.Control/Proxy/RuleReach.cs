using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>Where a rule's actions send packets.</summary>
/// <param name="Outputs">They send them anywhere.</param>
/// <param name="ToAll">They send them to OFPP_ALL as they came.</param>
/// <param name="ChangedToAll">They send them to OFPP_ALL after they may have changed them.</param>
/// <param name="Learns">They have the switch make rules of its own (NXAST_LEARN).</param>
internal readonly record struct RuleReach(bool Outputs, bool ToAll, bool ChangedToAll, bool Learns)
{
    // An action of Nicira, nx_action_header: vendor, subtype
    private const int Vendor = 4;
    private const int Subtype = 8;
    private const int SubtypeEnd = 10;

    public string? Flaw =>
        ChangedToAll ? "sends packets to all ports after it has changed them, and the datastore, at one of them, takes these for packets that entered"
        : Learns ? "has the switch make rules of its own, which have no mirror"
        : null;

    /// <summary>Reads actions; null where they are not well-formed.</summary>
    public static RuleReach? Of(ReadOnlySpan<byte> actions)
    {
        var reach = default(RuleReach);
        for (var isChanged = false; !actions.IsEmpty;)
        {
            int length = actions.Length < OpenFlowFields.OutputLength ? 0 : OpenFlowFields.U16(actions, OpenFlowFields.ActionLength);
            if (length < OpenFlowFields.OutputLength || length > actions.Length)
                return null;
            var action = actions[..length];
            actions = actions[length..];
            switch ((ActionType)OpenFlowFields.U16(action, 0))
            {
                case ActionType.Output or ActionType.Enqueue:
                    var toAll = OpenFlowFields.U16(action, OpenFlowFields.ActionPort) == PortNumber.All;
                    reach = reach with
                    {
                        Outputs = true,
                        ToAll = reach.ToAll || (toAll && !isChanged),
                        ChangedToAll = reach.ChangedToAll || (toAll && isChanged),
                    };
                    break;
                case ActionType.Vendor when length >= SubtypeEnd && OpenFlowFields.U32(action, Vendor) == NiciraMessage.VendorId:
                    var kind = (NiciraActionType)OpenFlowFields.U16(action, Subtype);
                    reach = reach with
                    {
                        Outputs = reach.Outputs || SendsBeside(kind),
                        Learns = reach.Learns || kind == NiciraActionType.Learn,
                    };
                    isChanged = true;
                    break;
                default:
                    isChanged = true;
                    break;
            }
        }
        return reach;
    }

    /// <summary>Whether it sends packets to ports that stand in registers, or in a list.</summary>
    private static bool SendsBeside(NiciraActionType kind) =>
        kind is NiciraActionType.Bundle or NiciraActionType.OutputRegister or NiciraActionType.OutputRegister2 or NiciraActionType.Clone;
}
