namespace STrace.OpenFlow;

/// <summary>Kinds of message (<c>enum ofp_type</c>, section 5.1).</summary>
public enum MessageType : byte
{
    /// <summary><c>OFPT_HELLO</c></summary>
    Hello = 0,

    /// <summary><c>OFPT_ERROR</c></summary>
    Error = 1,

    /// <summary><c>OFPT_ECHO_REQUEST</c></summary>
    EchoRequest = 2,

    /// <summary><c>OFPT_ECHO_REPLY</c></summary>
    EchoReply = 3,

    /// <summary><c>OFPT_VENDOR</c></summary>
    Vendor = 4,

    /// <summary><c>OFPT_FEATURES_REQUEST</c></summary>
    FeaturesRequest = 5,

    /// <summary><c>OFPT_FEATURES_REPLY</c></summary>
    FeaturesReply = 6,

    /// <summary><c>OFPT_GET_CONFIG_REQUEST</c></summary>
    GetConfigRequest = 7,

    /// <summary><c>OFPT_GET_CONFIG_REPLY</c></summary>
    GetConfigReply = 8,

    /// <summary><c>OFPT_SET_CONFIG</c></summary>
    SetConfig = 9,

    /// <summary><c>OFPT_PACKET_IN</c></summary>
    PacketIn = 10,

    /// <summary><c>OFPT_FLOW_REMOVED</c></summary>
    FlowRemoved = 11,

    /// <summary><c>OFPT_PORT_STATUS</c></summary>
    PortStatus = 12,

    /// <summary><c>OFPT_PACKET_OUT</c></summary>
    PacketOut = 13,

    /// <summary><c>OFPT_FLOW_MOD</c></summary>
    FlowMod = 14,

    /// <summary><c>OFPT_PORT_MOD</c></summary>
    PortMod = 15,

    /// <summary><c>OFPT_STATS_REQUEST</c></summary>
    StatsRequest = 16,

    /// <summary><c>OFPT_STATS_REPLY</c></summary>
    StatsReply = 17,

    /// <summary><c>OFPT_BARRIER_REQUEST</c></summary>
    BarrierRequest = 18,

    /// <summary><c>OFPT_BARRIER_REPLY</c></summary>
    BarrierReply = 19,

    /// <summary><c>OFPT_QUEUE_GET_CONFIG_REQUEST</c></summary>
    QueueGetConfigRequest = 20,

    /// <summary><c>OFPT_QUEUE_GET_CONFIG_REPLY</c></summary>
    QueueGetConfigReply = 21,
}
