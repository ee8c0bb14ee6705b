namespace STrace.OpenFlow;

/// <summary>Statistics: what is asked in a line, what is answered as a table of lines.</summary>
internal static class StatsText
{
    private static readonly string[] WildcardNames =
        ["in_port", "dl_vlan", "dl_src", "dl_dst", "dl_type", "nw_proto", "tp_src", "tp_dst"];

    private const int NwSrcShift = 8; // two counts of six bits, then the rest of the flags
    private const int NwDstShift = 14;
    private const uint NwBits = 0x3f;
    private const int LaterShift = 20;
    private static readonly string[] LaterWildcardNames = ["dl_vlan_pcp", "nw_tos"];

    public static string Request(StatsRequestBody body) => body switch
    {
        FlowStatsRequest flow => Rules(flow.TableId, flow.OutPort, flow.Match),
        AggregateStatsRequest flow => Rules(flow.TableId, flow.OutPort, flow.Match),
        PortStatsRequest port => $" port_no={PortNumber.Format(port.Port)}",
        QueueStatsRequest queue => $" port={PortNumber.Format(queue.Port)} queue={Queue(queue.QueueId)}",
        VendorStatsRequest vendor => Opaque(vendor.Vendor, vendor.Data),
        _ => "",
    };

    public static string Reply(StatsReplyMessage reply)
    {
        var flags = reply.Flags == StatsReplyFlags.None ? "" : $" flags=[{FlagText.Of((uint)reply.Flags, ["more"], " ")}]";
        return flags + reply.Body switch
        {
            DescriptionStatsReply it =>
                $"\nManufacturer: {Text(it.Manufacturer)}\nHardware: {Text(it.Hardware)}\nSoftware: {Text(it.Software)}"
                + $"\nSerial Num: {Text(it.SerialNumber)}\nDP Description: {Text(it.Datapath)}",
            FlowStatsReply flows => string.Concat(flows.Entries.Select(FlowText.Stats)),
            AggregateStatsReply sum => $" packet_count={sum.PacketCount} byte_count={sum.ByteCount} flow_count={sum.FlowCount}",
            TableStatsReply tables => string.Concat(tables.Entries.Select(Table)),
            PortStatsReply ports => $" {ports.Entries.Count} ports{string.Concat(ports.Entries.Select(Port))}",
            QueueStatsReply queues => $" {queues.Entries.Count} queues{string.Concat(queues.Entries.Select(Queue))}",
            VendorStatsReply vendor => Opaque(vendor.Vendor, vendor.Data),
            _ => "",
        };
    }

    private static string Rules(byte table, ushort outPort, Match match) =>
        (table == OpenFlowConstants.AllTables ? "" : $" table={table}")
        + (outPort == PortNumber.None ? "" : $" out_port={PortNumber.Format(outPort)}")
        + (match.Equals(Match.Any) ? "" : $" {match}");

    private static string Table(TableStats table) =>
        $"\n  table {table.TableId} (\"{Text(table.Name)}\"):"
        + $"\n    active={table.ActiveCount}, lookup={table.LookupCount}, matched={table.MatchedCount}"
        + $"\n    max_entries={table.MaxEntries}\n    wildcards: {Wildcards(table.Wildcards)}";

    private static string Port(PortStats port) =>
        $"\n  port {PortNumber.Format(port.Port),2}: rx pkts={FlowText.Counter(port.ReceivedPackets)}, bytes={FlowText.Counter(port.ReceivedBytes)}, "
        + $"drop={FlowText.Counter(port.ReceiveDropped)}, errs={FlowText.Counter(port.ReceiveErrors)}, "
        + $"frame={FlowText.Counter(port.ReceiveFrameErrors)}, over={FlowText.Counter(port.ReceiveOverruns)}, "
        + $"crc={FlowText.Counter(port.ReceiveCrcErrors)}"
        + $"\n           tx pkts={FlowText.Counter(port.SentPackets)}, bytes={FlowText.Counter(port.SentBytes)}, "
        + $"drop={FlowText.Counter(port.SendDropped)}, errs={FlowText.Counter(port.SendErrors)}, coll={FlowText.Counter(port.Collisions)}";

    private static string Queue(QueueStats queue) =>
        $"\n  port {PortNumber.Format(queue.Port)} queue {Queue(queue.QueueId)}: bytes={FlowText.Counter(queue.SentBytes)}, "
        + $"pkts={FlowText.Counter(queue.SentPackets)}, errors={FlowText.Counter(queue.SendErrors)}";

    private static string Queue(uint queue) => queue == OpenFlowConstants.AllQueues ? "ALL" : $"{queue}";

    /// <summary>Which fields a table can leave free; of an address how many of its low bits, 32 and above being all.</summary>
    private static string Wildcards(uint wildcards)
    {
        var parts = WildcardNames.Where((_, bit) => (wildcards >> bit & 1) != 0).ToList();
        foreach (var (name, shift) in new[] { ("nw_src", NwSrcShift), ("nw_dst", NwDstShift) })
        {
            var bits = wildcards >> shift & NwBits;
            if (bits != 0)
                parts.Add(bits >= Match.FullPrefixLength ? name : $"{name}:{bits}");
        }
        if (wildcards >> LaterShift != 0)
            parts.Add(FlagText.Of(wildcards >> LaterShift, LaterWildcardNames, " "));
        return parts.Count == 0 ? "none" : string.Join(' ', parts);
    }

    private static string Opaque(uint vendor, ReadOnlyMemory<byte> data) => $" vendor=0x{vendor:x8}{HexDump.Lines(data.Span)}";

    private static string Text(string text) => ErrorText.Printable(text);
}
