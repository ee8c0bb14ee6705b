"""A learning switch for os-ken, OpenFlow 1.0: an upstream that knows nothing of S-Trace. It asks for what controllers ask for: statistics, barriers."""
from os_ken.base import app_manager
from os_ken.controller import ofp_event
from os_ken.controller.handler import CONFIG_DISPATCHER, MAIN_DISPATCHER, set_ev_cls
from os_ken.lib.packet import ethernet, packet
from os_ken.ofproto import ofproto_v1_0

LLDP = 0x88CC


class Learning(app_manager.OSKenApp):
    OFP_VERSIONS = [ofproto_v1_0.OFP_VERSION]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.ports = {}

    @set_ev_cls(ofp_event.EventOFPSwitchFeatures, CONFIG_DISPATCHER)
    def features(self, event):
        switch, ofp, parser = event.msg.datapath, event.msg.datapath.ofproto, event.msg.datapath.ofproto_parser
        switch.send_msg(parser.OFPDescStatsRequest(switch, 0))
        switch.send_msg(parser.OFPFlowStatsRequest(switch, 0, parser.OFPMatch(), 0xFF, ofp.OFPP_NONE))
        switch.send_msg(parser.OFPBarrierRequest(switch))

    @set_ev_cls(ofp_event.EventOFPPacketIn, MAIN_DISPATCHER)
    def packet_in(self, event):
        message = event.msg
        switch, ofp, parser = message.datapath, message.datapath.ofproto, message.datapath.ofproto_parser
        layers = packet.Packet(message.data)
        frame = layers.get_protocol(ethernet.ethernet)
        if frame.ethertype == LLDP:
            return
        self.ports.setdefault(switch.id, {})[frame.src] = message.in_port
        self.forward(message, frame, layers)

    def forward(self, message, frame, layers):
        switch, ofp, parser = message.datapath, message.datapath.ofproto, message.datapath.ofproto_parser
        out = self.ports[switch.id].get(frame.dst, ofp.OFPP_FLOOD)
        actions = [parser.OFPActionOutput(out)]
        if out != ofp.OFPP_FLOOD:
            match = parser.OFPMatch(in_port=message.in_port, dl_src=frame.src, dl_dst=frame.dst)
            self.install(switch, match, actions, priority=100, idle_timeout=60)
        self.release(message, actions)

    def install(self, switch, match, actions, **fields):
        ofp, parser = switch.ofproto, switch.ofproto_parser
        switch.send_msg(parser.OFPFlowMod(datapath=switch, match=match, command=ofp.OFPFC_ADD, flags=ofp.OFPFF_SEND_FLOW_REM,
                                          actions=actions, **fields))

    def release(self, message, actions):
        """Sends the packet of a PACKET_IN on."""
        switch, ofp, parser = message.datapath, message.datapath.ofproto, message.datapath.ofproto_parser
        switch.send_msg(parser.OFPPacketOut(datapath=switch, buffer_id=message.buffer_id, in_port=message.in_port, actions=actions,
                                            data=message.data if message.buffer_id == ofp.OFP_NO_BUFFER else None))
