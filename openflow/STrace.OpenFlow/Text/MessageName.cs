namespace STrace.OpenFlow;

/// <summary>Names of messages as the specification and nicira-ext.h spell them.</summary>
internal static class MessageName
{
    private static readonly string[] Types =
    [
        "HELLO", "ERROR", "ECHO_REQUEST", "ECHO_REPLY", "VENDOR", "FEATURES_REQUEST", "FEATURES_REPLY", "GET_CONFIG_REQUEST",
        "GET_CONFIG_REPLY", "SET_CONFIG", "PACKET_IN", "FLOW_REMOVED", "PORT_STATUS", "PACKET_OUT", "FLOW_MOD", "PORT_MOD", "STATS_REQUEST",
        "STATS_REPLY", "BARRIER_REQUEST", "BARRIER_REPLY", "QUEUE_GET_CONFIG_REQUEST", "QUEUE_GET_CONFIG_REPLY",
    ];

    private static readonly string[] Stats = ["DESC", "FLOW", "AGGREGATE", "TABLE", "PORT", "QUEUE"];

    /// <summary>Nicira's own statistics, by the number behind the vendor's id.</summary>
    private static readonly string[] NiciraStats = ["NXST_FLOW", "NXST_AGGREGATE", "NXST_FLOW_MONITOR"];

    public static string Of(OpenFlowMessage message) => message switch
    {
        HelloMessage { Version: not OpenFlowConstants.Version } hello => $"OFPT_HELLO (OF1.{hello.Version - 1})",
        VendorMessage vendor => Vendor(vendor),
        StatsRequestMessage { Body: VendorStatsRequest body } => $"{NiciraStatistics(body.Vendor, body.Data.Span)} request",
        StatsRequestMessage stats => $"{Of(stats.Body.Type)} request",
        StatsReplyMessage { Body: VendorStatsReply body } => $"{NiciraStatistics(body.Vendor, body.Data.Span)} reply",
        StatsReplyMessage stats => $"{Of(stats.Body.Type)} reply",
        _ => Of(message.Type),
    };

    public static string Of(MessageType type) => "OFPT_" + Types[(int)type];

    private static string Of(StatsType type) => type == StatsType.Vendor ? "OFPST_VENDOR" : "OFPST_" + Stats[(int)type];

    private static string Vendor(VendorMessage message) => NiciraMessage.Of(message)?.Type switch
    {
        NiciraMessageType.RoleRequest => "NXT_ROLE_REQUEST",
        NiciraMessageType.RoleReply => "NXT_ROLE_REPLY",
        NiciraMessageType.SetFlowFormat => "NXT_SET_FLOW_FORMAT",
        NiciraMessageType.FlowMod => "NXT_FLOW_MOD",
        NiciraMessageType.FlowRemoved => "NXT_FLOW_REMOVED",
        NiciraMessageType.FlowModTableId => "NXT_FLOW_MOD_TABLE_ID",
        NiciraMessageType.SetPacketInFormat => "NXT_SET_PACKET_IN_FORMAT",
        NiciraMessageType.PacketIn => "NXT_PACKET_IN",
        _ => "OFPT_VENDOR",
    };

    private static string NiciraStatistics(uint vendor, ReadOnlySpan<byte> data) =>
        vendor == NiciraMessage.VendorId && data is [0, 0, 0, var kind, ..] && kind < NiciraStats.Length ? NiciraStats[kind] : "OFPST_VENDOR";
}
