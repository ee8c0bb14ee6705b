using System.Buffers.Binary;

namespace STrace.OpenFlow.Tests;

/// <summary>What tcpdump must print of a message.</summary>
internal static class TcpdumpReading
{
    private const int LinkTypeRaw = 101; // IP packets without a link header
    private const int HeadersLength = 40;
    private const ushort ControllerPort = 6653;

    /// <summary>A pcap file: each message is a TCP segment from a controller.</summary>
    public static void WriteCapture(string file, IEnumerable<byte[]> frames)
    {
        using var writer = new BinaryWriter(File.Create(file));
        foreach (uint word in new uint[] { 0xa1b2c3d4, 2 | 4 << 16, 0, 0, ushort.MaxValue, LinkTypeRaw })
            writer.Write(word);
        Span<byte> headers = stackalloc byte[HeadersLength];
        foreach (var frame in frames)
        {
            headers.Clear();
            (headers[0], headers[8], headers[9]) = (0x45, 64, 6); // IPv4, 20 bytes; time to live; TCP
            BinaryPrimitives.WriteUInt16BigEndian(headers[2..], (ushort)(HeadersLength + frame.Length));
            BinaryPrimitives.WriteUInt16BigEndian(headers[20..], ControllerPort);
            BinaryPrimitives.WriteUInt16BigEndian(headers[22..], 40000);
            (headers[32], headers[33]) = (0x50, 0x18); // TCP, 20 bytes; PUSH and ACK
            foreach (var word in new[] { 0, 0, HeadersLength + frame.Length, HeadersLength + frame.Length })
                writer.Write(word);
            writer.Write(headers);
            writer.Write(frame);
        }
    }

    /// <summary>Whether it is there, and no longer number begins with it.</summary>
    public static bool Contains(string text, string part)
    {
        for (var at = text.IndexOf(part, StringComparison.Ordinal); at >= 0; at = text.IndexOf(part, at + 1, StringComparison.Ordinal))
        {
            var end = at + part.Length;
            if (end == text.Length || !char.IsAsciiLetterOrDigit(text[end]))
                return true;
        }
        return false;
    }

    /// <summary>Parts that must be in its text: the type, and what matters of each.</summary>
    public static IEnumerable<string> Expected(OpenFlowMessage message)
    {
        if (message is HelloMessage { Version: not OpenFlowConstants.Version })
            return []; // tcpdump says no more than the header of other versions
        return ExpectedBody(message).Prepend($"type {TypeName(message.Type)}, length");
    }

    private static IEnumerable<string> ExpectedBody(OpenFlowMessage message) => message switch
    {
        ErrorMessage error => [$"type {Name(error.ErrorType)}, code", $"data ({error.Data.Length} octets)"],
        EchoRequestMessage { Data.Length: > 0 } echo => [$"data ({echo.Data.Length} octets)"],
        EchoReplyMessage { Data.Length: > 0 } echo => [$"data ({echo.Data.Length} octets)"],
        VendorMessage vendor => [$"vendor 0x{vendor.Vendor:x8}"],
        FeaturesReplyMessage it =>
        [
            $"dpid 0x{it.DatapathId:x16}", $"n_buffers {it.Buffers}", $"n_tables {it.Tables}", $"capabilities 0x{(uint)it.Capabilities:x8}",
            $"actions 0x{it.SupportedActions:x8}", .. it.Ports.SelectMany(Port),
        ],
        GetConfigReplyMessage it => [$"miss_send_len {it.MissSendLength}"],
        SetConfigMessage it => [$"miss_send_len {it.MissSendLength}"],
        PacketInMessage it => [$"total_len {it.TotalLength}", $"in_port {PortNumber.Format(it.InPort)}", Buffer(it.BufferId, "NONE"), .. Data(it.Data)],
        PacketOutMessage it => [$"in_port {PortNumber.Format(it.InPort)}", Buffer(it.BufferId, "0xffffffff"), .. Actions(it.Actions), .. Data(it.Data)],
        FlowModMessage it => [.. Match(it.Match), $"cookie 0x{it.Cookie:x16}", $"command {Name(it.Command)}", $"priority {it.Priority}", .. Actions(it.Actions)],
        FlowRemovedMessage it =>
        [
            .. Match(it.Match), $"cookie 0x{it.Cookie:x16}", $"priority {it.Priority}", $"reason {Name(it.Reason)}",
            $"duration_sec {it.DurationSeconds}", $"duration_nsec {it.DurationNanoseconds}", $"packet_count {it.PacketCount}",
            $"byte_count {it.ByteCount}",
        ],
        PortStatusMessage it => [$"reason {Name(it.Reason)}", .. Port(it.Port)],
        PortModMessage it =>
        [
            $"port_no {it.Port}", $"hw_addr {it.HardwareAddress}", $"config 0x{(uint)it.Config:x8}", $"mask 0x{(uint)it.Mask:x8}",
            $"advertise 0x{(uint)it.Advertise:x8}",
        ],
        StatsRequestMessage it => [$"type {Name(it.Body.Type)}, flags 0x{it.Flags:x4}", .. Request(it.Body)],
        StatsReplyMessage it => [$"type {Name(it.Body.Type)}, flags 0x{(ushort)it.Flags:x4}", .. Reply(it.Body)],
        QueueGetConfigRequestMessage it => [$"port {it.Port}"],
        QueueGetConfigReplyMessage it => [$"port {it.Port}", .. it.Queues.Select(queue => $"queue_id {queue.QueueId}")],
        _ => [],
    };

    private static IEnumerable<string> Request(StatsRequestBody body) => body switch
    {
        FlowStatsRequest it => [.. Match(it.Match), $"out_port {PortNumber.Format(it.OutPort)}"],
        AggregateStatsRequest it => [.. Match(it.Match), $"out_port {PortNumber.Format(it.OutPort)}"],
        PortStatsRequest it => [$"port_no {PortNumber.Format(it.Port)}"],
        QueueStatsRequest it => [$"port_no {PortNumber.Format(it.Port)}"],
        VendorStatsRequest it => [$"vendor 0x{it.Vendor:x8}"],
        _ => [],
    };

    private static IEnumerable<string> Reply(StatsReplyBody body) => body switch
    {
        DescriptionStatsReply it => [$"mfr_desc '{it.Manufacturer}'", $"hw_desc '{it.Hardware}'", $"serial_num '{it.SerialNumber}'"],
        FlowStatsReply it => it.Entries.SelectMany(flow => (string[])
        [
            .. Match(flow.Match), Table(flow.TableId), $"duration_sec {flow.DurationSeconds}", $"priority {flow.Priority}",
            $"cookie 0x{flow.Cookie:x16}", $"packet_count {flow.PacketCount}", $"byte_count {flow.ByteCount}", .. Actions(flow.Actions),
        ]),
        AggregateStatsReply it => [$"packet_count {it.PacketCount}", $"byte_count {it.ByteCount}", $"flow_count {it.FlowCount}"],
        TableStatsReply it => it.Entries.SelectMany(table => (string[])
        [
            Table(table.TableId), $"wildcards 0x{table.Wildcards:x8}", $"max_entries {table.MaxEntries}",
            $"active_count {table.ActiveCount}", $"lookup_count {table.LookupCount}", $"matched_count {table.MatchedCount}",
        ]),
        PortStatsReply it => it.Entries.SelectMany(port => (string[])
        [
            $"port_no {PortNumber.Format(port.Port)}", $"rx_packets {port.ReceivedPackets}", $"tx_packets {port.SentPackets}",
            $"rx_bytes {port.ReceivedBytes}", $"tx_bytes {port.SentBytes}", $"rx_dropped {port.ReceiveDropped}", $"tx_dropped {port.SendDropped}",
            $"rx_errors {port.ReceiveErrors}", $"tx_errors {port.SendErrors}", $"rx_frame_err {port.ReceiveFrameErrors}",
            $"rx_over_err {port.ReceiveOverruns}", $"rx_crc_err {port.ReceiveCrcErrors}", $"collisions {port.Collisions}",
        ]),
        QueueStatsReply it => it.Entries.Select(queue =>
            $"port_no {PortNumber.Format(queue.Port)}, queue_id {queue.QueueId}, tx_bytes {queue.SentBytes}, tx_packets {queue.SentPackets}, tx_errors {queue.SendErrors}"),
        VendorStatsReply it => [$"vendor 0x{it.Vendor:x8}"],
        _ => [],
    };

    private static string Table(byte number) => $"table_id {number switch { 0xfe => "EMERG", 0xff => "ALL", _ => $"{number}" }}";

    private static IEnumerable<string> Port(PortDescription port) =>
    [
        $"port_no {PortNumber.Format(port.Number)}, hw_addr {port.HardwareAddress}, name '{port.Name}'", $"config 0x{(uint)port.Config:x8}",
        $"state 0x{(uint)port.State:x8}", $"curr 0x{(uint)port.Current:x8}", $"peer 0x{(uint)port.Peer:x8}",
    ];

    private static IEnumerable<string> Match(Match match)
    {
        var (arp, icmp) = (match.DlType == 0x0806, match is { DlType: 0x0800, NwProto: 1 });
        (string Name, object? Value)[] fields =
        [
            ("in_port", match.InPort is { } port ? PortNumber.Format(port) : null), ("dl_src", match.DlSrc), ("dl_dst", match.DlDst),
            ("dl_vlan", match.DlVlan is OpenFlowConstants.VlanNone ? "NONE" : match.DlVlan), ("dl_vlan_pcp", match.DlVlanPcp),
            ("dl_type", match.DlType is { } type ? $"0x{type:x4}" : null), ("nw_tos", match.NwTos is { } tos ? $"0x{tos:x2}" : null),
            (arp ? "arp_opcode" : "nw_proto", match.NwProto), (icmp ? "icmp_type" : "tp_src", match.TpSrc),
            (icmp ? "icmp_code" : "tp_dst", match.TpDst),
            ("nw_src", match.NwSrc is { } source ? $"{source}/{match.NwSrcPrefixLength}" : null),
            ("nw_dst", match.NwDst is { } destination ? $"{destination}/{match.NwDstPrefixLength}" : null),
        ];
        return fields.Where(field => field.Value is not null).Select(field => $"match {field.Name} {field.Value}");
    }

    private static IEnumerable<string> Actions(IEnumerable<OpenFlowAction> actions) => actions.Select(action => "action type " + action switch
    {
        OutputAction { Port: PortNumber.Controller } it => $"OUTPUT, len 8, port CONTROLLER, max_len {it.MaxLength}",
        OutputAction it => $"OUTPUT, len 8, port {PortNumber.Format(it.Port)}",
        SetVlanVidAction it => $"SET_VLAN_VID, len 8, vlan_vid {it.VlanId}",
        SetVlanPcpAction it => $"SET_VLAN_PCP, len 8, vlan_pcp {it.Priority}",
        StripVlanAction => "STRIP_VLAN, len 8",
        SetDlSrcAction it => $"SET_DL_SRC, len 16, dl_addr {it.Address}",
        SetDlDstAction it => $"SET_DL_DST, len 16, dl_addr {it.Address}",
        SetNwSrcAction it => $"SET_NW_SRC, len 8, nw_addr {it.Address}",
        SetNwDstAction it => $"SET_NW_DST, len 8, nw_addr {it.Address}",
        SetNwTosAction it => $"SET_NW_TOS, len 8, nw_tos 0x{it.TypeOfService:x2}",
        SetTpSrcAction it => $"SET_TP_SRC, len 8, tp_port {it.Port}",
        SetTpDstAction it => $"SET_TP_DST, len 8, tp_port {it.Port}",
        EnqueueAction it => $"ENQUEUE, len 16, port {it.Port}, queue_id {it.QueueId}",
        VendorAction it => $"VENDOR, len {8 + it.Data.Length}, vendor 0x{it.Vendor:x8}",
        _ => throw new ArgumentException($"{action.Type} is not known here"),
    });

    private static string Buffer(uint id, string none) => $"buffer_id {(id == OpenFlowConstants.NoBuffer ? none : $"0x{id:x8}")}";

    private static IEnumerable<string> Data(ReadOnlyMemory<byte> data) => data.IsEmpty ? [] : [$"data ({data.Length} octets)"];

    /// <summary><c>StatsRequest</c> as <c>STATS_REQUEST</c>.</summary>
    private static string TypeName(MessageType type) => string.Concat($"{type}".Select((c, i) => char.IsUpper(c) && i > 0 ? $"_{c}" : $"{char.ToUpperInvariant(c)}"));

    private static string Name(ErrorType type) => new[] { "HELLO_FAILED", "BAD_REQUEST", "BAD_ACTION", "FLOW_MOD_FAILED", "PORT_MOD_FAILED", "QUEUE_OP_FAILED" }[(int)type];

    private static string Name(FlowModCommand command) => new[] { "ADD", "MODIFY", "MODIFY_STRICT", "DELETE", "DELETE_STRICT" }[(int)command];

    private static string Name(FlowRemovedReason reason) => new[] { "IDLE_TIMEOUT", "HARD_TIMEOUT", "DELETE" }[(int)reason];

    private static string Name(PortStatusReason reason) => new[] { "ADD", "DELETE", "MODIFY" }[(int)reason];

    private static string Name(StatsType type) => type == StatsType.Vendor ? "VENDOR" : new[] { "DESC", "FLOW", "AGGREGATE", "TABLE", "PORT", "QUEUE" }[(int)type];
}
