"""Learning, and NAT of TCP connections, for os-ken, OpenFlow 1.0: an upstream that does what the manager's own controller would.

    osken-manager --config-file FILE nat.py

In the file, under [DEFAULT], a line for each virtual address and port: nat = DPID VIRTUAL:PORT REAL:PORT

It looks at everything that a switch shows to a controller, and prints, as a JSON object a line, each port that it is told of, and rules
that are not as it installed them.
"""
import json

from os_ken import cfg
from os_ken.controller import ofp_event
from os_ken.controller.handler import CONFIG_DISPATCHER, MAIN_DISPATCHER, set_ev_cls
from os_ken.lib import hub
from os_ken.lib.packet import arp, ethernet, ipv4, packet, tcp

from learning import Learning

BROADCAST, NO_ADDRESS = "ff:ff:ff:ff:ff:ff", "00:00:00:00:00:00"
IDLE_S = 10
LOOK_S = 1


def mac_of(virtual):
    return ":".join(["02", "4e", *(f"{int(part):02x}" for part in virtual.split("."))])


def shape(actions):
    return [(action.type, getattr(action, "port", None)) for action in actions]


class Nat(Learning):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.CONF.register_opts([cfg.MultiStrOpt("nat", default=[])])
        self.reals = {}  # (dpid, virtual address, port) -> real address, port
        for dpid, virtual, real in map(str.split, self.CONF.nat):
            (address, port), (to, to_port) = virtual.split(":"), real.split(":")
            self.reals[int(dpid, 16), address, int(port)] = (to, int(to_port))
        self.virtuals = {(dpid, address) for dpid, address, _ in self.reals}
        self.hosts = {}  # (dpid, address) -> Ethernet address, port
        self.waiting = {}  # (dpid, address) -> packets to a host that is being asked for
        self.switches = set()
        self.installed = {}  # cookie -> shape of the rule's actions
        hub.spawn(self.look)

    def forward(self, message, frame, layers):
        switch = message.datapath
        self.tell(switch, "packet", [message.in_port])
        question, ip, segment = (layers.get_protocol(layer) for layer in (arp.arp, ipv4.ipv4, tcp.tcp))
        if question:
            self.locate(switch, question.src_ip, (question.src_mac, message.in_port))
            if (switch.id, question.dst_ip) in self.virtuals:
                if question.opcode == arp.ARP_REQUEST:
                    self.say_arp(switch, message.in_port, arp.ARP_REPLY, question.dst_ip, question.src_mac, question.src_ip)
                return
        elif ip and (switch.id, ip.dst) in self.virtuals:
            if segment and (switch.id, ip.dst, segment.dst_port) in self.reals:
                self.connect(message, frame, ip, segment)
            return
        super().forward(message, frame, layers)

    def connect(self, message, frame, ip, segment):
        """The pair of rules of a connection, that for the answers first, and then its packet through them."""
        switch, ofp, parser = message.datapath, message.datapath.ofproto, message.datapath.ofproto_parser
        real, port = self.reals[switch.id, ip.dst, segment.dst_port]
        if (switch.id, real) not in self.hosts:
            self.waiting.setdefault((switch.id, real), []).append((message, frame, ip, segment))
            self.say_arp(switch, ofp.OFPP_FLOOD, arp.ARP_REQUEST, ip.dst, BROADCAST, real)
            return
        mac, out = self.hosts[switch.id, real]
        of_tcp = {"dl_type": frame.ethertype, "nw_proto": ip.proto}
        answers = parser.OFPMatch(**of_tcp, nw_src=real, tp_src=port, nw_dst=ip.src, tp_dst=segment.src_port)
        self.install(switch, answers, [
            parser.OFPActionSetDlSrc(mac_of(ip.dst)), parser.OFPActionSetNwSrc(ip.dst), parser.OFPActionSetTpSrc(segment.dst_port),
            parser.OFPActionOutput(message.in_port)], priority=200, idle_timeout=IDLE_S)
        calls = parser.OFPMatch(**of_tcp, nw_src=ip.src, tp_src=segment.src_port, nw_dst=ip.dst, tp_dst=segment.dst_port)
        self.install(switch, calls, [
            parser.OFPActionSetDlDst(mac), parser.OFPActionSetNwDst(real), parser.OFPActionSetTpDst(port), parser.OFPActionOutput(out)],
            priority=200, idle_timeout=IDLE_S)
        self.release(message, [parser.OFPActionOutput(ofp.OFPP_TABLE)])

    def locate(self, switch, address, place):
        self.hosts[switch.id, address] = place
        for waiting in self.waiting.pop((switch.id, address), []):
            self.connect(*waiting)

    def say_arp(self, switch, port, opcode, virtual, mac, address):
        ofp, parser = switch.ofproto, switch.ofproto_parser
        frame = packet.Packet()
        frame.add_protocol(ethernet.ethernet(mac, mac_of(virtual), 0x0806))
        frame.add_protocol(arp.arp_ip(opcode, mac_of(virtual), virtual, NO_ADDRESS if mac == BROADCAST else mac, address))
        frame.serialize()
        switch.send_msg(parser.OFPPacketOut(datapath=switch, buffer_id=ofp.OFP_NO_BUFFER, in_port=ofp.OFPP_NONE,
                                            actions=[parser.OFPActionOutput(port)], data=frame.data))

    def install(self, switch, match, actions, **fields):
        cookie = len(self.installed) + 1
        self.installed[cookie] = shape(actions)
        super().install(switch, match, actions, cookie=cookie, **fields)

    def look(self):
        while True:
            for switch in self.switches:
                ofp, parser = switch.ofproto, switch.ofproto_parser
                switch.send_msg(parser.OFPFlowStatsRequest(switch, 0, parser.OFPMatch(), 0xFF, ofp.OFPP_NONE))
                switch.send_msg(parser.OFPPortStatsRequest(switch, 0, ofp.OFPP_NONE))
            hub.sleep(LOOK_S)

    def tell(self, switch, what, ports):
        print(json.dumps({"dpid": f"{switch.id:016x}", "what": what, "ports": ports}), flush=True)

    @set_ev_cls(ofp_event.EventOFPSwitchFeatures, CONFIG_DISPATCHER)
    def look_at_features(self, event):
        self.tell(event.msg.datapath, "features", sorted(event.msg.ports))
        self.switches.add(event.msg.datapath)

    @set_ev_cls(ofp_event.EventOFPPortStatus, MAIN_DISPATCHER)
    def look_at_port(self, event):
        is_gone = event.msg.reason == event.msg.datapath.ofproto.OFPPR_DELETE
        self.tell(event.msg.datapath, "port removed" if is_gone else "port", [event.msg.desc.port_no])

    @set_ev_cls(ofp_event.EventOFPPortStatsReply, MAIN_DISPATCHER)
    def look_at_ports(self, event):
        self.tell(event.msg.datapath, "port statistics", [port.port_no for port in event.msg.body])

    @set_ev_cls(ofp_event.EventOFPFlowStatsReply, MAIN_DISPATCHER)
    def look_at_rules(self, event):
        for rule in event.msg.body:
            self.look_at_rule(event.msg.datapath, "rule", rule.cookie, rule.actions)

    @set_ev_cls(ofp_event.EventOFPFlowRemoved, MAIN_DISPATCHER)
    def look_at_removed(self, event):
        self.look_at_rule(event.msg.datapath, "removed", event.msg.cookie, None)

    @set_ev_cls(ofp_event.EventOFPErrorMsg, MAIN_DISPATCHER)
    def look_at_error(self, event):
        self.tell(event.msg.datapath, f"error {event.msg.type} {event.msg.code}", [])

    def look_at_rule(self, switch, what, cookie, actions):
        installed = self.installed.get(cookie)
        if installed is None or (actions is not None and shape(actions) != installed):
            what = f"strange {what}"
        self.tell(switch, what, [port for _, port in (shape(actions) if actions else []) if port is not None])
