namespace STrace.OpenFlow;

/// <summary>Vendor messages: Nicira's where they are understood.</summary>
internal static class NiciraText
{
    public static string Of(VendorMessage message) => NiciraMessage.Of(message) switch
    {
        NiciraRoleRequest request => $" role={Role(request.Role)}",
        NiciraRoleReply reply => $" role={Role(reply.Role)}",
        NiciraSetFlowFormat { Format: NiciraFlowFormat.OpenFlow10 } => " format=openflow10",
        NiciraSetFlowFormat { Format: NiciraFlowFormat.Nxm } => " format=nxm",
        NiciraSetFlowFormat format => $" format={(uint)format.Format}",
        NiciraSetPacketInFormat { Format: NiciraPacketInFormat.Standard } => " format=standard",
        NiciraSetPacketInFormat { Format: NiciraPacketInFormat.Nicira } => " format=nxt_packet_in",
        NiciraSetPacketInFormat format => $" format={(uint)format.Format}",
        NiciraFlowModTableId table => table.Enabled ? " enable" : " disable",
        NiciraFlowMod flow => FlowText.Mod(flow),
        NiciraFlowRemoved flow => FlowText.Removed(flow),
        NiciraPacketIn packet => PacketIn(packet),
        _ => $" vendor=0x{message.Vendor:x8}{HexDump.Lines(message.Data.Span)}",
    };

    private static string Role(NiciraRole role) => role switch
    {
        NiciraRole.Equal => "equal",
        NiciraRole.Primary => "primary",
        NiciraRole.Secondary => "secondary",
        _ => $"{(uint)role}",
    };

    private static string PacketIn(NiciraPacketIn packet)
    {
        var known = packet.Metadata.Match;
        var others = packet.Metadata.Others;
        return (packet.TableId == 0 ? "" : $" table_id={packet.TableId}")
            + (packet.Cookie == ulong.MaxValue ? "" : $" cookie=0x{packet.Cookie:x}")
            + OpenFlowText.Arrival(
                packet.TotalLength, $"{(known.InPort is { } port ? PortNumber.Format(port) : "?")}{string.Concat(others.Select(field => $" {field}"))}",
                packet.Reason, packet.Data.Length, packet.BufferId)
            + OpenFlowText.Payload(packet.Data);
    }
}
