#!/usr/bin/python3
"""Writes the golden vectors of10/*.vec from the layouts of the OpenFlow 1.0.0 specification.

Independent of the C# codec: the bytes are packed here, field by field, and each message is shown to Open vSwitch
(ovs-ofctl ofp-print), whose reading is kept in the file as comments; what switches send is parsed by os-ken too.

    # comment
    0a000005          # hex bytes, then the field they are
    > Match = ip      # what the decoded object must say

Needs python3-os-ken and openvswitch-common.
"""
import pathlib
import socket
import struct
import subprocess

from os_ken.ofproto import ofproto_parser, ofproto_protocol

HERE = pathlib.Path(__file__).parent / "of10"
XID = 0x1234
FRAME = "ffffffffffff0000000000010806"


def u8(name, value): return [(struct.pack("!B", value), name)]
def u16(name, value): return [(struct.pack("!H", value), name)]
def u32(name, value): return [(struct.pack("!I", value), name)]
def u64(name, value): return [(struct.pack("!Q", value), name)]
def raw(name, hexa): return [(bytes.fromhex(hexa), name)]
def mac(name, value): return raw(name, value.replace(":", ""))
def ip(name, value): return [(socket.inet_aton(value), name)]
def pad(length): return [(bytes(length), "pad")]
def text(name, value, length): return [(value.encode().ljust(length, b"\0"), name)]
def size(fields): return sum(len(data) for data, _ in fields)


def message(kind, *body, version=1, xid=XID):
    body = sum(body, [])
    return u8("version", version) + u8("type", kind) + u16("length", 8 + size(body)) + u32("xid", xid) + body


def match(wildcards=0x3820ff, in_port=0, dl_src="00:00:00:00:00:00", dl_dst="00:00:00:00:00:00", vlan=0, pcp=0, dl_type=0,
          tos=0, proto=0, src="0.0.0.0", dst="0.0.0.0", tp_src=0, tp_dst=0, pad1="00", pad2="0000"):
    return (u32("wildcards", wildcards) + u16("in_port", in_port) + mac("dl_src", dl_src) + mac("dl_dst", dl_dst)
            + u16("dl_vlan", vlan) + u8("dl_vlan_pcp", pcp) + raw("pad1", pad1) + u16("dl_type", dl_type) + u8("nw_tos", tos)
            + u8("nw_proto", proto) + raw("pad2", pad2) + ip("nw_src", src) + ip("nw_dst", dst)
            + u16("tp_src", tp_src) + u16("tp_dst", tp_dst))


# dl_type, nw_proto, nw_src, nw_dst and tp_dst count.
NAT = match(0x3820ff & ~(0x10 | 0x20 | 0x80 | 63 << 8 | 63 << 14), dl_type=0x0800, proto=6, src="10.0.0.5", dst="200.200.200.201",
            tp_dst=3335)
NAT_TEXT = "tcp,nw_src=10.0.0.5,nw_dst=200.200.200.201,tp_dst=3335"


def action(kind, *body):
    body = sum(body, [])
    return u16("action type", kind) + u16("action len", 4 + size(body)) + body


def output(port, max_len=0): return action(0, u16("port", port), u16("max_len", max_len))


def flow_mod(the_match, *actions, cookie=0x5712, command=0, idle=10, hard=60, priority=100, buffer_id=0xffffffff, out_port=0xffff, flags=0):
    return message(14, the_match, u64("cookie", cookie), u16("command", command), u16("idle_timeout", idle),
                   u16("hard_timeout", hard), u16("priority", priority), u32("buffer_id", buffer_id), u16("out_port", out_port),
                   u16("flags", flags), *actions)


def port(number=3, name="of-sw1-eth3", config=0x10, state=1):
    return (u16("port_no", number) + mac("hw_addr", "02:00:00:00:00:03") + text("name", name, 16) + u32("config", config)
            + u32("state", state) + u32("curr", 0xc0) + u32("advertised", 0x2c0) + u32("supported", 0x6ff) + u32("peer", 0))


def stats_request(kind, *body): return message(16, u16("stats type", kind), u16("flags", 0), *body)
def stats_reply(kind, *body, flags=0): return message(17, u16("stats type", kind), u16("flags", flags), *body)


def flow_stats(the_match, *actions, table=0):
    actions = sum(actions, [])
    return (u16("entry length", 88 + size(actions)) + u8("table_id", table) + pad(1) + the_match + u32("duration_sec", 12)
            + u32("duration_nsec", 345000000) + u16("priority", 100) + u16("idle_timeout", 10) + u16("hard_timeout", 60) + pad(6)
            + u64("cookie", 0x5712) + u64("packet_count", 7) + u64("byte_count", 518) + actions)


def queue(number, *properties):
    properties = sum(properties, [])
    return u32("queue_id", number) + u16("queue len", 8 + size(properties)) + pad(2) + properties


VECTORS = {}


def vector(name, title, fields, *expected): VECTORS[name] = (title, fields, expected)


vector("hello", "HELLO of a 1.0 switch", message(0), "Version = 1", "Body = ")
vector("hello_version6", "HELLO of a switch that speaks 1.5, with the bitmap of its versions",
       message(0, raw("version bitmap", "0001000800000052"), version=6), "Version = 6", "Body = 0001000800000052")
vector("error_buffer_unknown", "ERROR to a request with a buffer id that does not exist",
       message(1, u16("error type", 1), u16("code", 8), raw("request", "010e004800001234")),
       "ErrorType = BadRequest", "Code = 8", "CodeName = BufferUnknown", "Data = 010e004800001234")
vector("error_hello_failed", "ERROR because no version is common", message(1, u16("error type", 0), u16("code", 0), raw("text", "6e6f")),
       "ErrorType = HelloFailed", "CodeName = Incompatible", "Data = 6e6f")
vector("echo_request", "ECHO_REQUEST with data", message(2, raw("data", "707474")), "Data = 707474")
vector("echo_reply", "ECHO_REPLY without data", message(3), "Data = ")
vector("vendor", "Nicira's NXT_ROLE_REQUEST", message(4, u32("vendor", 0x2320), u32("subtype", 10), u32("role", 1)),
       "Vendor = 8992", "Data = 0000000a00000001")
vector("features_request", "FEATURES_REQUEST", message(5))
vector("features_reply", "FEATURES_REPLY with a port and the local port",
       message(6, u64("datapath_id", 0x0000020000000001), u32("n_buffers", 0), u8("n_tables", 254), pad(3), u32("capabilities", 0xc7),
               u32("actions", 0xfff), port(), port(0xfffe, "of-sw1", 1, 1)),
       "DatapathId = 2199023255553", "Buffers = 0", "Tables = 254", "SupportedActions = 4095",
       "Capabilities = FlowStats, TableStats, PortStats, QueueStats, ArpMatchIp", "Ports.Count = 2", "Ports[0].Number = 3",
       "Ports[0].HardwareAddress = 02:00:00:00:00:03", "Ports[0].Name = of-sw1-eth3", "Ports[0].Config = NoFlood",
       "Ports[0].State = LinkDown", "Ports[0].Current = Speed10GFull, Copper", "Ports[1].Number = 65534", "Ports[1].Config = PortDown")
vector("get_config_request", "GET_CONFIG_REQUEST", message(7))
vector("get_config_reply", "GET_CONFIG_REPLY", message(8, u16("flags", 0), u16("miss_send_len", 128)),
       "Fragments = Normal", "MissSendLength = 128")
vector("set_config", "SET_CONFIG: whole packets to the controller, drop fragments",
       message(9, u16("flags", 1), u16("miss_send_len", 0xffff)),
       "Fragments = Drop", "MissSendLength = 65535")
vector("packet_in", "PACKET_IN as Open vSwitch sends it: not buffered, xid 0",
       message(10, u32("buffer_id", 0xffffffff), u16("total_len", 14), u16("in_port", 2), u8("reason", 0), pad(1),
               raw("frame", FRAME), xid=0),
       "BufferId = 4294967295", "TotalLength = 14", "InPort = 2", "Reason = NoMatch", "Data = " + FRAME)
vector("packet_in_buffered", "PACKET_IN with the beginning of a packet that the switch keeps",
       message(10, u32("buffer_id", 256), u16("total_len", 98), u16("in_port", 1), u8("reason", 1), pad(1), raw("frame", FRAME), xid=0),
       "BufferId = 256", "TotalLength = 98", "Reason = Action", "Data = " + FRAME)
vector("flow_removed", "FLOW_REMOVED by idle timeout",
       message(11, NAT, u64("cookie", 0x5712), u16("priority", 100), u8("reason", 0), pad(1), u32("duration_sec", 12),
               u32("duration_nsec", 345000000), u16("idle_timeout", 10), pad(2), u64("packet_count", 7), u64("byte_count", 518), xid=0),
       f"Match = {NAT_TEXT}", "Cookie = 22290", "Priority = 100", "Reason = IdleTimeout", "DurationSeconds = 12",
       "DurationNanoseconds = 345000000", "IdleTimeoutSeconds = 10", "PacketCount = 7", "ByteCount = 518")
vector("port_status", "PORT_STATUS: a port changed", message(12, u8("reason", 2), pad(7), port(), xid=0),
       "Reason = Modify", "Port.Number = 3", "Port.Name = of-sw1-eth3", "Port.State = LinkDown",
       "Port.Advertised = Speed10GFull, Copper, AutoNegotiation")
vector("port_status_long_name", "PORT_STATUS: a name that fills its field has no NUL",
       message(12, u8("reason", 0), pad(7), port(name="sixteen-letters!")),
       "Reason = Add", "Port.Name = sixteen-letters!")
vector("packet_out", "PACKET_OUT of a frame through the flow table",
       message(13, u32("buffer_id", 0xffffffff), u16("in_port", 2), u16("actions_len", 8), output(0xfff9), raw("frame", FRAME)),
       "BufferId = 4294967295", "InPort = 2", "Actions = TABLE", "Data = " + FRAME)
vector("packet_out_buffered", "PACKET_OUT of a buffered packet to all ports",
       message(13, u32("buffer_id", 256), u16("in_port", 2), u16("actions_len", 8), output(0xfffb)),
       "BufferId = 256", "Actions = FLOOD", "Data = ")
vector("flow_mod_nat", "FLOW_MOD: rewrite a virtual address, with a mirror before it",
       flow_mod(NAT, output(9), action(7, ip("nw_addr", "10.0.0.7")), action(10, u16("tp_port", 3335), pad(2)), output(3)),
       f"Match = {NAT_TEXT}", "Match.NwSrcPrefixLength = 32", "Cookie = 22290", "Command = Add", "IdleTimeoutSeconds = 10",
       "HardTimeoutSeconds = 60", "Priority = 100", "BufferId = 4294967295", "OutPort = 65535", "Flags = None",
       "Actions = output:9,mod_nw_dst:10.0.0.7,mod_tp_dst:3335,output:3")
vector("flow_mod_delete_all", "FLOW_MOD: delete all rules, wildcards as Open vSwitch writes them",
       flow_mod(match(), command=3, cookie=0, idle=0, hard=0, priority=0x8000),
       "Match = any", "Command = Delete", "Priority = 32768", "Actions = ")
vector("flow_mod_wildcards_all", "FLOW_MOD: all wildcards set (OFPFW_ALL) and garbage in what they free",
       flow_mod(match(0x3fffff, 7, "00:00:00:00:00:01", "00:00:00:00:00:02", 0xffff, 3, dl_type=0x0800, tos=4, proto=6,
                      src="1.2.3.4", dst="5.6.7.8", tp_src=80, tp_dst=81, pad1="aa", pad2="bbcc"), output(0xfffd, 128)),
       "Match = any", "Actions = CONTROLLER:128")
vector("flow_mod_every_field", "FLOW_MOD: a match on every field; SEND_FLOW_REM and CHECK_OVERLAP",
       flow_mod(match(0, 1, "00:00:00:00:00:01", "00:00:00:00:00:02", 5, 3, dl_type=0x0800, tos=32, proto=17, src="10.0.0.1",
                      dst="10.0.0.2", tp_src=53, tp_dst=54), output(0xfffa), command=2, flags=3),
       "Match = udp,in_port=1,dl_vlan=5,dl_vlan_pcp=3,dl_src=00:00:00:00:00:01,dl_dst=00:00:00:00:00:02,"
       "nw_src=10.0.0.1,nw_dst=10.0.0.2,nw_tos=32,tp_src=53,tp_dst=54",
       "Match.InPort = 1", "Match.DlVlan = 5", "Match.NwProto = 17", "Match.TpDst = 54", "Command = ModifyStrict",
       "Flags = SendFlowRemoved, CheckOverlap", "Actions = NORMAL")
vector("flow_mod_networks", "FLOW_MOD: ARP for a network; bits of the address beyond the prefix do not count",
       flow_mod(match(0x3820ff & ~(0x10 | 63 << 8 | 63 << 14) | 8 << 8 | 24 << 14, dl_type=0x0806, src="200.200.200.9",
                      dst="10.1.2.3"), output(0xfffe)),
       "Match = arp,arp_spa=200.200.200.0/24,arp_tpa=10.0.0.0/8", "Match.NwSrc = 200.200.200.0", "Match.NwSrcPrefixLength = 24",
       "Match.NwDstPrefixLength = 8", "Actions = LOCAL")
vector("flow_mod_icmp", "FLOW_MOD: ICMP echo requests without a VLAN tag; no action drops them",
       flow_mod(match(0x3820ff & ~(0x02 | 0x10 | 0x20 | 0x40 | 0x80), vlan=0xffff, dl_type=0x0800, proto=1, tp_src=8)),
       "Match = icmp,dl_vlan=0xffff,icmp_type=8,icmp_code=0", "Actions = ")
vector("flow_mod_all_actions", "FLOW_MOD: every action",
       flow_mod(match(), action(1, u16("vlan_vid", 5), pad(2)), action(2, u8("vlan_pcp", 3), pad(3)), action(3, pad(4)),
                action(4, mac("dl_addr", "00:00:00:00:00:0a"), pad(6)), action(5, mac("dl_addr", "00:00:00:00:00:0b"), pad(6)),
                action(6, ip("nw_addr", "10.0.0.4")), action(7, ip("nw_addr", "10.0.0.7")), action(8, u8("nw_tos", 32), pad(3)),
                action(9, u16("tp_port", 3332), pad(2)), action(10, u16("tp_port", 3335), pad(2)),
                action(11, u16("port", 3), pad(6), u32("queue_id", 7)),
                # Nicira's NXAST_NOTE: subtype 8, six bytes of note
                action(0xffff, u32("vendor", 0x2320), raw("subtype 8, note", "0008010203040506")), output(1), output(0xfff8),
                output(0xfffc)),
       "Actions = mod_vlan_vid:5,mod_vlan_pcp:3,strip_vlan,mod_dl_src:00:00:00:00:00:0a,mod_dl_dst:00:00:00:00:00:0b,"
       "mod_nw_src:10.0.0.4,mod_nw_dst:10.0.0.7,mod_nw_tos:32,mod_tp_src:3332,mod_tp_dst:3335,enqueue:3:7,"
       "note:01.02.03.04.05.06,output:1,IN_PORT,ALL")
vector("port_mod", "PORT_MOD: leave a port out of FLOOD",
       message(15, u16("port_no", 9), mac("hw_addr", "02:00:00:00:00:09"), u32("config", 0x10), u32("mask", 0x10),
               u32("advertise", 0), pad(4)),
       "Port = 9", "HardwareAddress = 02:00:00:00:00:09", "Config = NoFlood", "Mask = NoFlood", "Advertise = None")
vector("stats_request_desc", "STATS_REQUEST: description", stats_request(0), "Body.Type = Description", "Flags = 0")
vector("stats_request_flow", "STATS_REQUEST: all rules", stats_request(1, match(), u8("table_id", 255), pad(1), u16("out_port", 0xffff)),
       "Body.Type = Flow", "Body.Match = any", "Body.TableId = 255", "Body.OutPort = 65535")
vector("stats_request_aggregate", "STATS_REQUEST: counters of the rules that a match covers",
       stats_request(2, NAT, u8("table_id", 0), pad(1), u16("out_port", 3)),
       "Body.Type = Aggregate", f"Body.Match = {NAT_TEXT}", "Body.TableId = 0", "Body.OutPort = 3")
vector("stats_request_table", "STATS_REQUEST: tables", stats_request(3), "Body.Type = Table")
vector("stats_request_port", "STATS_REQUEST: all ports", stats_request(4, u16("port_no", 0xffff), pad(6)),
       "Body.Type = Port", "Body.Port = 65535")
vector("stats_request_queue", "STATS_REQUEST: all queues of a port",
       stats_request(5, u16("port_no", 3), pad(2), u32("queue_id", 0xffffffff)),
       "Body.Type = Queue", "Body.Port = 3", "Body.QueueId = 4294967295")
vector("stats_request_vendor", "STATS_REQUEST: a vendor's (Nicira's NXST_FLOW, subtype 0, with an empty match)",
       stats_request(0xffff, u32("vendor", 0x2320), raw("data", "0000000000000000ffff0000ff000000")),
       "Body.Type = Vendor", "Body.Vendor = 8992", "Body.Data = 0000000000000000ffff0000ff000000")
vector("stats_reply_desc", "STATS_REPLY: description",
       stats_reply(0, text("mfr_desc", "Nicira, Inc.", 256), text("hw_desc", "Open vSwitch", 256), text("sw_desc", "3.1.0", 256),
                   text("serial_num", "None", 32), text("dp_desc", "of-sw1", 256)),
       "Body.Type = Description", "Body.Manufacturer = Nicira, Inc.", "Body.Hardware = Open vSwitch", "Body.Software = 3.1.0",
       "Body.SerialNumber = None", "Body.Datapath = of-sw1")
vector("stats_reply_flow", "STATS_REPLY: two rules, and more to come",
       stats_reply(1, flow_stats(NAT, action(7, ip("nw_addr", "10.0.0.7")), output(3)), flow_stats(match(), table=1), flags=1),
       "Body.Type = Flow", "Flags = More", "Body.Entries.Count = 2", f"Body.Entries[0].Match = {NAT_TEXT}",
       "Body.Entries[0].Actions = mod_nw_dst:10.0.0.7,output:3", "Body.Entries[0].DurationSeconds = 12",
       "Body.Entries[0].DurationNanoseconds = 345000000", "Body.Entries[0].Priority = 100", "Body.Entries[0].IdleTimeoutSeconds = 10",
       "Body.Entries[0].HardTimeoutSeconds = 60", "Body.Entries[0].Cookie = 22290", "Body.Entries[0].PacketCount = 7",
       "Body.Entries[0].ByteCount = 518", "Body.Entries[1].TableId = 1", "Body.Entries[1].Actions = ")
vector("stats_reply_aggregate", "STATS_REPLY: counters of rules together",
       stats_reply(2, u64("packet_count", 7), u64("byte_count", 518), u32("flow_count", 2), pad(4)),
       "Body.Type = Aggregate", "Body.PacketCount = 7", "Body.ByteCount = 518", "Body.FlowCount = 2")
vector("stats_reply_table", "STATS_REPLY: a table",
       stats_reply(3, u8("table_id", 0), pad(3), text("name", "classifier", 32), u32("wildcards", 0x3fffff), u32("max_entries", 1000000),
                   u32("active_count", 4), u64("lookup_count", 90), u64("matched_count", 88)),
       "Body.Type = Table", "Body.Entries[0].TableId = 0", "Body.Entries[0].Name = classifier", "Body.Entries[0].Wildcards = 4194303",
       "Body.Entries[0].MaxEntries = 1000000", "Body.Entries[0].ActiveCount = 4", "Body.Entries[0].LookupCount = 90",
       "Body.Entries[0].MatchedCount = 88")
COUNTERS = ("rx_packets", "tx_packets", "rx_bytes", "tx_bytes", "rx_dropped", "tx_dropped", "rx_errors", "tx_errors", "rx_frame_err",
            "rx_over_err", "rx_crc_err", "collisions")
vector("stats_reply_port", "STATS_REPLY: a port, the last counter not kept",
       stats_reply(4, u16("port_no", 3), pad(6), *(u64(name, 101 + i) for i, name in enumerate(COUNTERS[:-1])),
                   u64("collisions", 2**64 - 1)),
       "Body.Type = Port", "Body.Entries[0].Port = 3", "Body.Entries[0].ReceivedPackets = 101", "Body.Entries[0].SentPackets = 102",
       "Body.Entries[0].ReceivedBytes = 103", "Body.Entries[0].SentBytes = 104", "Body.Entries[0].ReceiveDropped = 105",
       "Body.Entries[0].SendDropped = 106", "Body.Entries[0].ReceiveErrors = 107", "Body.Entries[0].SendErrors = 108",
       "Body.Entries[0].ReceiveFrameErrors = 109", "Body.Entries[0].ReceiveOverruns = 110", "Body.Entries[0].ReceiveCrcErrors = 111",
       "Body.Entries[0].Collisions = 18446744073709551615")
vector("stats_reply_queue", "STATS_REPLY: a queue",
       stats_reply(5, u16("port_no", 3), pad(2), u32("queue_id", 7), u64("tx_bytes", 518), u64("tx_packets", 6), u64("tx_errors", 1)),
       "Body.Type = Queue", "Body.Entries[0].Port = 3", "Body.Entries[0].QueueId = 7", "Body.Entries[0].SentBytes = 518",
       "Body.Entries[0].SentPackets = 6", "Body.Entries[0].SendErrors = 1")
vector("stats_reply_vendor", "STATS_REPLY: a vendor's, without rules (NXST_FLOW)",
       stats_reply(0xffff, u32("vendor", 0x2320), raw("data", "0000000000000000")),
       "Body.Type = Vendor", "Body.Vendor = 8992", "Body.Data = 0000000000000000")
vector("barrier_request", "BARRIER_REQUEST", message(18))
vector("barrier_reply", "BARRIER_REPLY", message(19))
vector("queue_get_config_request", "QUEUE_GET_CONFIG_REQUEST", message(20, u16("port", 3), pad(2)), "Port = 3")
vector("queue_get_config_reply", "QUEUE_GET_CONFIG_REPLY: a queue with a minimum rate and one without",
       message(21, u16("port", 3), pad(6),
               queue(7, u16("property", 1) + u16("property len", 16) + pad(4) + u16("rate", 250) + pad(6)), queue(8)),
       "Port = 3", "Queues.Count = 2", "Queues[0].QueueId = 7", "Queues[0].Properties[0].TenthsOfPercent = 250", "Queues[1].QueueId = 8",
       "Queues[1].Properties.Count = 0")
vector("packet_in_odd_padding", "PACKET_IN of a switch that leaves garbage in its padding",
       message(10, u32("buffer_id", 0xffffffff), u16("total_len", 14), u16("in_port", 2), u8("reason", 0), raw("pad", "5a"),
               raw("frame", FRAME)),
       "InPort = 2", "Data = " + FRAME)

FROM_SWITCH = {1, 3, 6, 8, 10, 11, 12, 17, 19, 21}


def open_vswitch_reading(frame):
    shown = subprocess.run(["ovs-ofctl", "ofp-print", frame.hex()], capture_output=True, text=True, check=False)
    return (shown.stdout + shown.stderr).strip().splitlines()


def write(name, title, fields, expected):
    frame = b"".join(data for data, _ in fields)
    if frame[1] in FROM_SWITCH:
        datapath = ofproto_protocol.ProtocolDesc(version=1)
        ofproto_parser.msg(datapath, *struct.unpack_from("!BBHI", frame), frame)
    lines = [f"# {title}", "#", "# Open vSwitch reads:"]
    lines += [f"#   {line}".rstrip() for line in open_vswitch_reading(frame)]
    lines += [""] + [f"{data.hex():<16} # {field}" for data, field in fields]
    lines += ["", f"> Xid = {struct.unpack_from('!I', frame, 4)[0]}"] + [f"> {line}" for line in expected]
    (HERE / f"{name}.vec").write_text("\n".join(line.rstrip() for line in lines) + "\n", encoding="ascii")


def main():
    HERE.mkdir(exist_ok=True)
    for name, (title, fields, expected) in VECTORS.items():
        write(name, title, fields, expected)


if __name__ == "__main__":
    main()
