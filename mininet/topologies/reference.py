"""The reference network: four OpenFlow 1.0 switches and thirteen hosts (section 6.1 of the dissertation, figure 6.1).

                    of-sw1 (h1 h2 h3)
                 12 /     | 13     \\ 14
             11 /         | 11      \\ 11
     of-sw2              of-sw3              of-sw4
  (h4 h5 h8 h9)       (h6 h7 h10 h11)      (h12 h13)

Port numbers are fixed. On every switch its hosts have the ports 1, 2, 3, .. in the order above; of-sw1 reaches of-swN by
port 10+N, and each of those reaches of-sw1 by port 11. Ports from 20 are left to datastore hosts.

hN has 10.0.0.N/24 and the MAC address 00:00:00:00:00:NN (hex), and holds 200.200.200.0/24, where the virtual addresses of
the NAT rules are, for directly connected.
"""
from __future__ import annotations

from mininet.net import Mininet
from mininet.node import Host, OVSSwitch, RemoteController
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


def address_of(host: str) -> str:
    return f"10.0.0.{host[1:]}"


def mac_of(host: str) -> str:
    return f"00:00:00:00:00:{int(host[1:]):02x}"


def dpid_of(switch: str) -> str:
    return f"{int(switch[-1]):016x}"


def trunks() -> list[tuple[str, int, str, int]]:
    """The links between switches: switch, port, switch, port."""
    return [(MIDDLE, 10 + int(switch[-1]), switch, 11) for switch in SWITCHES if switch != MIDDLE]


def interfaces() -> list[str]:
    """The switches' ends of all links, as Mininet names them."""
    ends = [f"{switch}-eth{port}" for switch, hosts in SWITCHES.items() for port in range(1, len(hosts) + 1)]
    return ends + [f"{switch}-eth{port}" for a, m, b, n in trunks() for switch, port in ((a, m), (b, n))]


class ReferenceTopology(Topo):
    def build(self) -> None:  # noqa: D102, called by Topo
        for switch, hosts in SWITCHES.items():
            self.addSwitch(switch, dpid=dpid_of(switch))
            for port, host in enumerate(hosts, 1):
                self.addHost(host, ip=f"{address_of(host)}/24", mac=mac_of(host))
                self.addLink(host, switch, port1=0, port2=port)
        for a, m, b, n in trunks():
            self.addLink(a, b, port1=m, port2=n)


class UserSpaceSwitch(OVSSwitch):
    """Open vSwitch without its kernel module, speaking OpenFlow 1.0; it forwards nothing by itself."""

    def __init__(self, name: str, **params: object) -> None:
        super().__init__(name, datapath="user", protocols="OpenFlow10", failMode="secure", **params)


def prepare_host(host: Host) -> None:
    interface = host.defaultIntf()
    # Packets cross the user-space switches with whatever checksum they have: the host must compute it itself.
    host.cmd(f"ethtool -K {interface} tx off")
    host.cmd("sysctl -w net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1")
    host.cmd(f"ip route add {VIRTUAL_NETWORK} dev {interface}")


def build_network(controller_port: int) -> Mininet:
    """The network, built and not started; its switches connect to the controller at 127.0.0.1."""
    net = Mininet(topo=ReferenceTopology(), switch=UserSpaceSwitch, controller=None, build=False, autoSetMacs=False)
    net.addController("c0", controller=RemoteController, ip="127.0.0.1", port=controller_port)
    net.build()
    for host in net.hosts:
        prepare_host(host)
    return net
