namespace STrace.OpenFlow;

/// <summary>Options of a FLOW_MOD (<c>enum ofp_flow_mod_flags</c>, section 5.3.3).</summary>
[Flags]
public enum FlowModFlags : ushort
{
    /// <summary>No option.</summary>
    None = 0,

    /// <summary><c>OFPFF_SEND_FLOW_REM</c>: say so when the rule goes.</summary>
    SendFlowRemoved = 1 << 0,

    /// <summary><c>OFPFF_CHECK_OVERLAP</c>: refuse a rule that overlaps another of its priority.</summary>
    CheckOverlap = 1 << 1,

    /// <summary><c>OFPFF_EMERG</c>: a rule for when the controller is lost.</summary>
    Emergency = 1 << 2,
}
