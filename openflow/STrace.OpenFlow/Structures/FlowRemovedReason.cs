namespace STrace.OpenFlow;

/// <summary>Why a rule went (<c>enum ofp_flow_removed_reason</c>, section 5.4.2).</summary>
public enum FlowRemovedReason : byte
{
    /// <summary><c>OFPRR_IDLE_TIMEOUT</c></summary>
    IdleTimeout = 0,

    /// <summary><c>OFPRR_HARD_TIMEOUT</c></summary>
    HardTimeout = 1,

    /// <summary><c>OFPRR_DELETE</c>: by a FLOW_MOD.</summary>
    Delete = 2,
}
