namespace STrace.OpenFlow;

/// <summary>Switches, their ports and queues.</summary>
internal static class PortText
{
    private const uint StpMask = (uint)PortState.StpBlock;
    private const ushort WholeRate = 1000; // tenths of a percent; above it a rate is not configured

    private static readonly string[] CapabilityNames =
        ["FLOW_STATS", "TABLE_STATS", "PORT_STATS", "STP", "RESERVED", "IP_REASM", "QUEUE_STATS", "ARP_MATCH_IP"];

    private static readonly string[] ConfigNames =
        ["PORT_DOWN", "NO_STP", "NO_RECV", "NO_RECV_STP", "NO_FLOOD", "NO_FWD", "NO_PACKET_IN"];

    private static readonly string[] FeatureNames =
    [
        "10MB-HD", "10MB-FD", "100MB-HD", "100MB-FD", "1GB-HD", "1GB-FD", "10GB-FD", "COPPER", "FIBER", "AUTO_NEG", "AUTO_PAUSE",
        "AUTO_PAUSE_ASYM",
    ];

    /// <summary>Bit N of the actions that a switch knows, in the order in which Open vSwitch lists them.</summary>
    private static readonly (ActionType Type, string Name)[] ActionNames =
    [
        (ActionType.Output, "output"), (ActionType.Enqueue, "enqueue"), (ActionType.SetVlanVid, "set_vlan_vid"),
        (ActionType.SetVlanPcp, "set_vlan_pcp"), (ActionType.StripVlan, "strip_vlan"), (ActionType.SetDlSrc, "mod_dl_src"),
        (ActionType.SetDlDst, "mod_dl_dst"), (ActionType.SetNwSrc, "mod_nw_src"), (ActionType.SetNwDst, "mod_nw_dst"),
        (ActionType.SetNwTos, "mod_nw_tos"), (ActionType.SetTpSrc, "mod_tp_src"), (ActionType.SetTpDst, "mod_tp_dst"),
    ];

    public static string Features(FeaturesReplyMessage features) =>
        $" dpid:{features.DatapathId:x16}\nn_tables:{features.Tables}, n_buffers:{features.Buffers}"
        + $"\ncapabilities: {FlagText.Of((uint)features.Capabilities, CapabilityNames, " ")}"
        + (features.SupportedActions == 0 ? "" : $"\nactions: {string.Join(' ', ActionNames.Where(action => (features.SupportedActions >> (int)action.Type & 1) != 0).Select(action => action.Name))}")
        + string.Concat(features.Ports.Select(port => "\n" + Of(port)));

    public static string Of(PortDescription port) =>
        $" {PortNumber.Format(port.Number)}({ErrorText.Printable(port.Name)}): addr:{port.HardwareAddress}"
        + $"\n     config:     {FlagText.Of((uint)port.Config, ConfigNames, " ")}"
        + $"\n     state:      {State(port.State)}"
        + Features("current:    ", port.Current)
        + Features("advertised: ", port.Advertised)
        + Features("supported:  ", port.Supported)
        + Features("peer:       ", port.Peer)
        + $"\n     speed: {Speed(port.Current)} Mbps now, {Speed(port.Supported)} Mbps max";

    public static string Mod(PortModMessage port) =>
        $" port: {PortNumber.Format(port.Port)}: addr:{port.HardwareAddress}"
        + $"\n     config: {FlagText.Of((uint)(port.Config & port.Mask), ConfigNames, " ")}"
        + $"\n     mask:   {FlagText.Of((uint)port.Mask, ConfigNames, " ")}"
        + $"\n     advertise: {(port.Advertise == PortFeatures.None ? "UNCHANGED" : FlagText.Of((uint)port.Advertise, FeatureNames, " "))}";

    public static string Queues(QueueGetConfigReplyMessage reply) =>
        $" port={PortNumber.Format(reply.Port)}"
        + string.Concat(reply.Queues.Select(queue => $"\nqueue {queue.QueueId}:{string.Concat(queue.Properties.Select(Property))}"));

    private static string Property(QueueProperty property) => property switch
    {
        MinimumRateQueueProperty { TenthsOfPercent: > WholeRate } => " min_rate:(disabled)",
        MinimumRateQueueProperty rate => $" min_rate:{rate.TenthsOfPercent / 10}.{rate.TenthsOfPercent % 10}%",
        OtherQueueProperty { Number: 0, Body.Length: 0 } => "",
        OtherQueueProperty other => $" property {other.Number}:{Convert.ToHexStringLower(other.Body.Span)}",
        _ => "",
    };

    private static string Features(string title, PortFeatures features) =>
        features == PortFeatures.None ? "" : $"\n     {title}{FlagText.Of((uint)features, FeatureNames, " ")}";

    private static string State(PortState state)
    {
        var stp = (state & PortState.StpBlock) switch
        {
            PortState.StpLearn => "STP_LEARN",
            PortState.StpForward => "STP_FORWARD",
            PortState.StpBlock => "STP_BLOCK",
            _ => null, // listening, and what a switch without spanning tree says
        };
        var others = (uint)state & ~StpMask;
        return stp is null || others != 0 ? $"{stp}{(stp is null ? "" : " ")}{FlagText.Of(others, ["LINK_DOWN"], " ")}" : stp;
    }

    private static int Speed(PortFeatures features) => features switch
    {
        _ when (features & PortFeatures.Speed10GFull) != 0 => 10_000,
        _ when (features & (PortFeatures.Speed1GFull | PortFeatures.Speed1GHalf)) != 0 => 1_000,
        _ when (features & (PortFeatures.Speed100MFull | PortFeatures.Speed100MHalf)) != 0 => 100,
        _ when (features & (PortFeatures.Speed10MFull | PortFeatures.Speed10MHalf)) != 0 => 10,
        _ => 0,
    };
}
