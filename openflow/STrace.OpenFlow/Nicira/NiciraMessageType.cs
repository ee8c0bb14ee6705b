namespace STrace.OpenFlow;

/// <summary>Kinds of Nicira message (<c>NXT_*</c> of Open vSwitch's nicira-ext.h) that are recognised.</summary>
public enum NiciraMessageType : uint
{
    /// <summary><c>NXT_ROLE_REQUEST</c></summary>
    RoleRequest = 10,

    /// <summary><c>NXT_ROLE_REPLY</c></summary>
    RoleReply = 11,

    /// <summary><c>NXT_SET_FLOW_FORMAT</c></summary>
    SetFlowFormat = 12,

    /// <summary><c>NXT_FLOW_MOD</c></summary>
    FlowMod = 13,

    /// <summary><c>NXT_FLOW_REMOVED</c></summary>
    FlowRemoved = 14,

    /// <summary><c>NXT_FLOW_MOD_TABLE_ID</c></summary>
    FlowModTableId = 15,

    /// <summary><c>NXT_SET_PACKET_IN_FORMAT</c></summary>
    SetPacketInFormat = 16,

    /// <summary><c>NXT_PACKET_IN</c></summary>
    PacketIn = 17,
}
