using System.Text.RegularExpressions;

namespace STrace.OpenFlow.Tests;

/// <summary>What of ovs-ofctl's text is comparable with ours, letter for letter: nearly all.</summary>
internal static partial class OpenVSwitchReading
{
    public static bool Knows(OpenFlowMessage message) => message switch
    {
        VendorMessage vendor => NiciraMessage.Of(vendor) is not null,
        StatsRequestMessage { Body: VendorStatsRequest } or StatsReplyMessage { Body: VendorStatsReply } => false,
        _ => true,
    };

    public static string Comparable(OpenFlowMessage message, IEnumerable<string> lines)
    {
        lines = message switch
        {
            // Packets are shown in tcpdump's way, and requests only as far as they came back.
            PacketInMessage or PacketOutMessage or ErrorMessage => lines.Take(1),
            VendorMessage vendor when NiciraMessage.Of(vendor) is NiciraPacketIn => lines.Take(1),
            // Open vSwitch names a port without queues nowhere.
            QueueGetConfigReplyMessage { Queues.Count: 0 } => lines.Take(1).Select(line => line[..(line.IndexOf("):", StringComparison.Ordinal) + 2)]),
            // It sorts queues, in no order that a person would expect.
            QueueGetConfigReplyMessage => lines.Take(1).Concat(lines.Skip(1).Order(StringComparer.Ordinal)),
            // Open vSwitch shows the wildcards of a table in groups of its own.
            StatsReplyMessage { Body: TableStatsReply } => lines.Where(line => !TableFields().IsMatch(line)),
            _ => lines,
        };
        var text = string.Join('\n', lines).TrimEnd();
        // OpenFlow 1.0 says NONE where later versions say ANY, and ALL in requests for queues.
        text = text.Replace("ANY", message is StatsRequestMessage { Body: QueueStatsRequest } ? "ALL" : "NONE", StringComparison.Ordinal);
        text = text.Replace("vlan_tci=0x0000", "dl_vlan=0xffff", StringComparison.Ordinal); // no tag
        text = text.Replace(", duration=?", "", StringComparison.Ordinal); // of queues, in later versions
        text = text.Replace("OFPFMFC_ALL_TABLES_FULL", "OFPFMFC_TABLE_FULL", StringComparison.Ordinal); // as later versions say it
        text = text.Replace(" cookie:0xffffffffffffffff", "", StringComparison.Ordinal); // which it takes for none
        text = text.Replace("):  reason=", "): reason=", StringComparison.Ordinal); // of a rule without match and priority
        return StpState().Replace(text, "$1 LINK_DOWN");
    }

    [GeneratedRegex("^    (  |matching:|wildcards:)|^$")]
    private static partial Regex TableFields();

    [GeneratedRegex("(STP_[A-Z]+?)LINK_DOWN")]
    private static partial Regex StpState();
}
