namespace STrace.OpenFlow;

/// <summary>What became of a port (<c>enum ofp_port_reason</c>, section 5.4.3).</summary>
public enum PortStatusReason : byte
{
    /// <summary><c>OFPPR_ADD</c></summary>
    Add = 0,

    /// <summary><c>OFPPR_DELETE</c></summary>
    Delete = 1,

    /// <summary><c>OFPPR_MODIFY</c></summary>
    Modify = 2,
}
