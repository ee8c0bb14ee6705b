namespace STrace.OpenFlow;

/// <summary>Kinds of action (<c>enum ofp_action_type</c>, section 5.2.4).</summary>
public enum ActionType : ushort
{
    /// <summary><c>OFPAT_OUTPUT</c>: out of a port.</summary>
    Output = 0,

    /// <summary><c>OFPAT_SET_VLAN_VID</c></summary>
    SetVlanVid = 1,

    /// <summary><c>OFPAT_SET_VLAN_PCP</c></summary>
    SetVlanPcp = 2,

    /// <summary><c>OFPAT_STRIP_VLAN</c></summary>
    StripVlan = 3,

    /// <summary><c>OFPAT_SET_DL_SRC</c></summary>
    SetDlSrc = 4,

    /// <summary><c>OFPAT_SET_DL_DST</c></summary>
    SetDlDst = 5,

    /// <summary><c>OFPAT_SET_NW_SRC</c></summary>
    SetNwSrc = 6,

    /// <summary><c>OFPAT_SET_NW_DST</c></summary>
    SetNwDst = 7,

    /// <summary><c>OFPAT_SET_NW_TOS</c></summary>
    SetNwTos = 8,

    /// <summary><c>OFPAT_SET_TP_SRC</c></summary>
    SetTpSrc = 9,

    /// <summary><c>OFPAT_SET_TP_DST</c></summary>
    SetTpDst = 10,

    /// <summary><c>OFPAT_ENQUEUE</c>: out of a port through one of its queues.</summary>
    Enqueue = 11,

    /// <summary><c>OFPAT_VENDOR</c></summary>
    Vendor = 0xffff,
}
