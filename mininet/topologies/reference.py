"""The reference network: four OpenFlow 1.0 switches and thirteen hosts (section 6.1 of the dissertation, figure 6.1).

                    of-sw1 (h1 h2 h3)
                 12 /     | 13     \\ 14
             11 /         | 11      \\ 11
     of-sw2              of-sw3              of-sw4
  (h4 h5 h8 h9)       (h6 h7 h10 h11)      (h12 h13)

Port numbers are fixed. On every switch its hosts have the ports 1, 2, 3, .. in the order above; of-sw1 reaches of-swN by
port 10+N, and each of those reaches of-sw1 by port 11. The datastore host dsN of of-swN has port 20 and no address.

hN has 10.0.0.N/24 and the MAC address 00:00:00:00:00:NN (hex), and holds 200.200.200.0/24, where the virtual addresses of
the NAT rules are, for directly connected.

The replay network is its copy, for what was recorded on it: rp-swN has the dpid, the trunks and the port numbers of of-swN,
and one host, rpN, has an interface at each port where of-swN has a host: rpN-ethP at port P. Nothing there answers.
"""
from __future__ import annotations

from mininet.net import Mininet
from mininet.node import Node, OVSSwitch, RemoteController
from mininet.topo import Topo

SWITCHES = {
    "of-sw1": ("h1", "h2", "h3"),
    "of-sw2": ("h4", "h5", "h8", "h9"),
    "of-sw3": ("h6", "h7", "h10", "h11"),
    "of-sw4": ("h12", "h13"),
}
HOSTS = tuple(f"h{number}" for number in range(1, 14))
MIDDLE = "of-sw1"
VIRTUAL_NETWORK = "200.200.200.0/24"
DATASTORE_PORT = 20

Place = tuple[str, int, str]  # a switch, a port of it, and the host's interface that is linked to the port


def address_of(host: str) -> str:
    return f"10.0.0.{host[1:]}"


def mac_of(host: str) -> str:
    return f"00:00:00:00:00:{int(host[1:]):02x}"


def dpid_of(switch: str) -> str:
    return f"{int(switch[-1]):016x}"


def datastore_of(switch: str) -> str:
    return f"ds{switch[-1]}"


def replay_switch_of(switch: str) -> str:
    return f"rp-sw{switch[-1]}"


def replay_host_of(switch: str) -> str:
    return f"rp{switch[-1]}"


def edge_ports(switch: str) -> range:
    return range(1, len(SWITCHES[switch]) + 1)


def switch_end_of(host: str) -> str:
    """The switch's interface at the other end of a host's link."""
    switch = next(name for name, hosts in SWITCHES.items() if host in hosts)
    return f"{switch}-eth{SWITCHES[switch].index(host) + 1}"


def trunks() -> list[tuple[str, int, str, int]]:
    """The links between switches: switch, port, switch, port."""
    return [(MIDDLE, 10 + int(switch[-1]), switch, 11) for switch in SWITCHES if switch != MIDDLE]


def _trunk_ports(switch: str) -> list[int]:
    return [port for a, m, b, n in trunks() for end, port in ((a, m), (b, n)) if end == switch]


def interfaces() -> list[str]:
    """The switches' ends of all links, as Mininet names them."""
    return [f"{switch}-eth{port}" for switch in SWITCHES
            for port in (*edge_ports(switch), *_trunk_ports(switch), DATASTORE_PORT)]


def replay_interfaces() -> list[str]:
    """The same of the replay network."""
    return [f"{replay_switch_of(switch)}-eth{port}" for switch in SWITCHES
            for port in (*edge_ports(switch), *_trunk_ports(switch))]


def datastores() -> dict[str, list[Place]]:
    """Where each datastore host is."""
    return {datastore_of(switch): [(switch, DATASTORE_PORT, f"{datastore_of(switch)}-eth0")] for switch in SWITCHES}


def replay_datastores() -> dict[str, list[Place]]:
    """The same of the replay network's hosts; a place's switch is the one whose part is played."""
    return {replay_host_of(switch): [(switch, port, f"{replay_host_of(switch)}-eth{port}") for port in edge_ports(switch)]
            for switch in SWITCHES}


class ReferenceTopology(Topo):
    def build(self) -> None:  # noqa: D102, called by Topo
        for switch, hosts in SWITCHES.items():
            self.addSwitch(switch, dpid=dpid_of(switch))
            for port, host in enumerate(hosts, 1):
                self.addHost(host, ip=f"{address_of(host)}/24", mac=mac_of(host))
                self.addLink(host, switch, port1=0, port2=port)
            self.addHost(datastore_of(switch), ip=None)
            self.addLink(datastore_of(switch), switch, port1=0, port2=DATASTORE_PORT)
        for a, m, b, n in trunks():
            self.addLink(a, b, port1=m, port2=n)


class ReplayTopology(Topo):
    def build(self) -> None:  # noqa: D102, called by Topo
        for switch in SWITCHES:
            self.addSwitch(replay_switch_of(switch), dpid=dpid_of(switch))
            self.addHost(replay_host_of(switch), ip=None)
            for port in edge_ports(switch):
                self.addLink(replay_host_of(switch), replay_switch_of(switch), port1=port, port2=port)
        for a, m, b, n in trunks():
            self.addLink(replay_switch_of(a), replay_switch_of(b), port1=m, port2=n)


class UserSpaceSwitch(OVSSwitch):
    """Open vSwitch without its kernel module, speaking OpenFlow 1.0; it forwards nothing by itself."""

    def __init__(self, name: str, **params: object) -> None:
        super().__init__(name, datapath="user", protocols="OpenFlow10", failMode="secure", **params)


class Manager(RemoteController):
    """The manager, which runs already: Mininet need not look for it by telnet, which it would take for a switch."""

    def checkListening(self) -> None:  # noqa: N802, called by RemoteController
        pass


def _silence(node: Node, interface: str) -> None:
    """Nobody but the applications speaks: a kernel announces itself by IPv6 on every interface, those of switches too."""
    node.cmd(f"sysctl -w net.ipv6.conf.{interface}.disable_ipv6=1")


def _build(topology: Topo, controller_port: int) -> Mininet:
    net = Mininet(topo=topology, switch=UserSpaceSwitch, controller=None, build=False, autoSetMacs=False)
    net.addController("c0", controller=Manager, ip="127.0.0.1", port=controller_port)
    net.build()
    for node in (*net.hosts, *net.switches):
        # A switch lives in the machine's own namespace, and so does the machine's loopback.
        for interface in (name for name in node.intfNames() if name != "lo"):
            _silence(node, interface)
            # A frame is on the link as the application's host made it: its checksums computed, because packets cross the
            # user-space switches with whatever they have, and no longer than the MTU, so that a datastore can send it again.
            node.cmd(f"ethtool -K {interface} tx off tso off gso off gro off")
    return net


def start_network(net: Mininet) -> None:
    net.start()
    for switch in net.switches:
        _silence(switch, switch.name)


def build_network(controller_port: int) -> Mininet:
    """The network, built and not started; its switches connect to the controller at 127.0.0.1."""
    net = _build(ReferenceTopology(), controller_port)
    for host in HOSTS:
        net.get(host).cmd(f"ip route add {VIRTUAL_NETWORK} dev {host}-eth0")
    return net


def build_replay_network(controller_port: int) -> Mininet:
    """The replay network, built and not started; it may run beside the other one."""
    return _build(ReplayTopology(), controller_port)
