#!/usr/bin/python3
"""The controller on a loop: switches in a ring, a host at each. Prints as JSON what came of it.

Each host sends broadcasts, and every other must get each once; a link and a whole switch are lost and come back, and packets go on; two servers
stand behind one virtual address with a range of ports. All of it must show in what S-Trace says of the network and of a session.
"""
from __future__ import annotations

import argparse
import contextlib
import json
import pathlib
import re
import subprocess
import sys
import time
from typing import Iterator

import machine
from mininet.net import Mininet
from mininet.node import Node
from processes import ScenarioError, wait_until

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from strace_controller import STraceController  # noqa: E402
from topologies.reference import UserSpaceSwitch  # noqa: E402

PATIENCE_S = 60
RESTORED_S = 20  # less than the idle timeout of any rule
BROADCASTS = 5
VIRTUAL = "200.200.200.200"
PORTS = range(8000, 8003)
PEER = pathlib.Path(__file__).resolve().parent / "ring_peer.py"


class Ring:
    """Switches s1 to sN and hosts h1 to hN; sI has hI at port 1, its successor at port 2 and its predecessor at port 3."""

    def __init__(self, net: Mininet, s_trace: str, server: str) -> None:
        self.net = net
        self._s_trace = [s_trace]
        self._server = server

    def s_trace(self, *words: str) -> str:
        done = subprocess.run([*self._s_trace, *words, "--server", self._server], capture_output=True, text=True, timeout=30)
        if done.returncode != 0:
            raise ScenarioError(f"s-trace {' '.join(words)} ended with {done.returncode}: {done.stderr.strip()}")
        return done.stdout

    def known(self, *what: str) -> object:
        return json.loads(self.s_trace(*what, "-o", "json"))

    def drawn(self) -> dict[str, int]:
        """How many lines of `topology -o dot` have what."""
        lines = self.s_trace("topology", "-o", "dot").splitlines()
        return {what: sum(what in line for line in lines) for what in ("up, spare", "down (port-down)", "down (switch-gone)", "gone since", "shape=ellipse")}

    def links(self, state: str) -> int:
        """How many links are in a state, a direction each."""
        return sum(link["state"] == state for link in self.known("topology")["links"])

    def wait_links(self, up: int) -> None:
        wait_until(lambda: self.links("up") == up, PATIENCE_S, lambda: f"{self.links('up')} links are up, not {up}", pause_s=0.2)

    def broadcasts(self) -> list[int]:
        """How often each host got each broadcast of the first one, as counted by all others; [1, 1, ..] is right."""
        counters = [self.start(host, "count", str(BROADCASTS)) for host in self.net.hosts[1:]]
        self.python(self.net.hosts[0], "send", str(BROADCASTS))
        return [int(counter.communicate(timeout=PATIENCE_S)[0]) for counter in counters]

    def wait_ping(self, one: Node, other: Node) -> float:
        """Seconds until a ping is answered."""
        start = time.monotonic()
        wait_until(lambda: " 0% packet loss" in one.cmd(f"ping -n -c1 -W1 {other.IP()}"), PATIENCE_S,
                   lambda: f"{one.name} does not reach {other.name}")
        return round(time.monotonic() - start, 1)

    def start(self, host: Node, *arguments: str) -> subprocess.Popen[str]:
        process = host.popen(["/usr/bin/python3", "-u", str(PEER), *arguments], stdin=subprocess.PIPE, text=True)
        if process.stdout.readline() != "ready\n":
            raise ScenarioError(f"{PEER.name} {arguments[0]} does not start on {host.name}: {process.stderr.read()}")
        return process

    def python(self, host: Node, *arguments: str) -> str:
        process = self.start(host, *arguments)
        output, errors = process.communicate(timeout=PATIENCE_S)
        if process.returncode != 0:
            raise ScenarioError(f"{PEER.name} {' '.join(arguments)} failed on {host.name}: {errors.strip()}")
        return output.strip()


def flows(switch: str) -> set[str]:
    """The rules of a switch by match and actions, whichever way its neighbours are reached."""
    return {re.sub(r"(in_port=|output:)\d+", r"\1N", re.sub(r".*priority", "priority", line)) for line in machine.flow_table(switch).splitlines() if "actions=" in line}


def counters(switch: str) -> dict[str, int]:
    """How many packets each rule of a switch has taken."""
    return {line.split("priority")[-1]: int(re.search(r"n_packets=(\d+)", line)[1]) for line in machine.flow_table(switch).splitlines() if "n_packets=" in line}


@contextlib.contextmanager
def running(count: int, arguments: argparse.Namespace, folder: pathlib.Path) -> Iterator[Ring]:
    openflow, http = machine.free_ports(2)
    config = folder / "config.json"
    config.write_text(json.dumps({"nat": [{
        "switch": "1", "virtual": f"{VIRTUAL}:{PORTS[0]}-{PORTS[-1]}",
        "real": [f"10.0.0.{host}:{PORTS[0] + 1000}-{PORTS[-1] + 1000}" for host in (2, 3)]}]}))
    switches = [f"s{number}" for number in range(1, count + 1)]
    interfaces = [f"{switch}-eth{port}" for switch in switches for port in (1, 2, 3)]
    machine.remove_network(switches, interfaces)
    net = Mininet(switch=UserSpaceSwitch, controller=None, build=False)
    try:
        net.addController("c0", controller=STraceController, port=openflow, command=arguments.s_trace, config=str(config),
                          http=f"127.0.0.1:{http}", agents=f"unix:{folder / 'agents.sock'}", data=str(folder / "data"))
        for number, switch in enumerate(switches, 1):
            net.addSwitch(switch, dpid=f"{number:016x}")
            net.addHost(f"h{number}", ip=f"10.0.0.{number}/24", mac=f"00:00:00:00:00:{number:02x}")
            net.addLink(f"h{number}", switch, port2=1)
        for number, switch in enumerate(switches):
            net.addLink(switch, switches[(number + 1) % count], port1=2, port2=3)
        net.build()
        for host in net.hosts:
            host.cmd(f"sysctl -w net.ipv6.conf.all.disable_ipv6=1; ethtool -K {host.name}-eth0 tx off; "
                     f"ip route add 200.200.200.0/24 dev {host.name}-eth0")
        net.start()
        yield Ring(net, arguments.s_trace, f"http://127.0.0.1:{http}")
    finally:
        net.stop()
        machine.remove_network(switches, interfaces)


def loop(ring: Ring, found: dict[str, object]) -> None:
    """The ring as it is, with a link less, and as it was."""
    count = len(ring.net.switches)
    ring.wait_links(2 * count)
    found["lossPercent"] = ring.net.pingAll(timeout="2")
    found["broadcasts"] = ring.broadcasts()
    spare = [link for link in ring.known("topology")["links"] if not link["floods"]]
    found["spareLinks"] = len(spare)
    found["drawn"] = ring.drawn()
    one, other = next((number, number % count + 1) for number in range(1, count + 1)
                      if all(link["from"]["dpid"] != f"{number:016x}" or link["from"]["port"] != 2 for link in spare))
    for state, up in (("down", 2 * count - 2), ("up", 2 * count)):
        ring.net.configLinkStatus(f"s{one}", f"s{other}", state)
        found[f"link{state.title()}Seconds"] = ring.wait_ping(ring.net.get(f"h{one}"), ring.net.get(f"h{other}"))
        ring.wait_links(up)
        found[f"link{state.title()}Reasons"] = sorted({link["reason"] for link in ring.known("topology")["links"] if link["reason"]})
        found[f"link{state.title()}Drawn"] = ring.drawn()
        found[f"link{state.title()}LossPercent"] = ring.net.pingAll(timeout="2")
        found[f"link{state.title()}Broadcasts"] = ring.broadcasts()


def recorded(ring: Ring, found: dict[str, object]) -> None:
    """A session: what each switch forwarded in it. Open vSwitch counts with a delay."""
    ring.s_trace("session", "start", "ring")
    before = {switch.name: counters(switch.name) for switch in ring.net.switches}
    ring.net.pingAll(timeout="2")
    for name, rules in before.items():
        wait_until(lambda: any(packets > rules.get(rule, 0) for rule, packets in counters(name).items()), PATIENCE_S,
                   lambda: f"no rule of {name} has taken a packet")
    ring.s_trace("session", "stop")
    found["forwarded"] = ring.known("session", "show", "ring")["switches"]


def servers(ring: Ring, found: dict[str, object]) -> None:
    """Two servers behind one virtual address, and their switch without controller and rules for a while, under an open connection."""
    client = ring.net.get("h1")
    started = [ring.start(ring.net.get(name), "serve", name, str(PORTS[0] + 1000), str(PORTS[-1] + 1000)) for name in ("h2", "h3")]
    open_connection = None
    try:
        ring.python(client, "call", VIRTUAL, str(PORTS[0]))
        found["calls"] = [ring.python(client, "call", VIRTUAL, str(port)) for port in (*PORTS, *PORTS)]
        open_connection = ring.start(client, "hold", VIRTUAL, str(PORTS[1]))
        found["held"] = [say(open_connection)]
        switch = ring.net.get("s1")
        # Those of its own host: where it stood between the others, their packets may have another way now.
        before = {flow for flow in flows("s1") if "00:00:00:00:00:01" in flow or "10.0.0.1," in flow}
        switch.cmd("ovs-vsctl del-controller s1")
        wait_until(lambda: [s["connected"] for s in ring.known("switches")][0] is False, PATIENCE_S, lambda: "s1 is not shown as gone")
        found["goneReasons"] = sorted({link["reason"] for link in ring.known("topology")["links"] if link["reason"]})
        found["goneDrawn"] = ring.drawn()
        switch.cmd("ovs-ofctl -O OpenFlow10 del-flows s1")
        switch.cmd(f"ovs-vsctl set-controller s1 tcp:127.0.0.1:{ring.net.controllers[0].port}")
        ring.wait_links(2 * len(ring.net.switches))
        wait_until(lambda: before <= flows("s1"), RESTORED_S, lambda: f"rules are missing after the restart: {before - flows('s1')}")
        found["backDrawn"] = ring.drawn()
        found["flowsRestored"] = len(before)
        found["natFlowsRestored"] = sum("mod_nw" in flow for flow in before)
        found["held"].append(say(open_connection))
    finally:
        for process in (*started, *([open_connection] if open_connection else [])):
            process.kill()


def say(connection: subprocess.Popen[str]) -> str:
    connection.stdin.write("again\n")
    connection.stdin.flush()
    return connection.stdout.readline().strip()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--switches", type=int, default=3)
    parser.add_argument("--servers", action="store_true", help="also the virtual address and the restart of a switch")
    parser.add_argument("--s-trace", required=True, help="the program")
    arguments = parser.parse_args()
    found: dict[str, object] = {}
    try:
        machine.require()
        with machine.alone(), machine.open_vswitch(), machine.scratch_folder() as folder, \
                running(arguments.switches, arguments, folder) as ring:
            loop(ring, found)
            recorded(ring, found)
            if arguments.servers:
                servers(ring, found)
    except ScenarioError as error:
        print(f"ring: {error}; until then: {json.dumps(found)}", file=sys.stderr)
        return 1
    print(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
