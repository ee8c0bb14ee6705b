#!/usr/bin/python3
"""pingall and iperf on four switches through the manager as a proxy, before a controller that knows nothing of it.

The bytes on both sides of the proxy are kept by TCP relays, and compared message by message. With --tls both sides speak TLS, and
what is proven is that all hosts reach each other.
"""
from __future__ import annotations

import argparse
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

from mininet.net import Mininet
from mininet.node import OVSSwitch, RemoteController
from mininet.topo import Topo

import machine
import openflow_relay
from processes import Process, ScenarioError, wait_until

SWITCHES = 4
CONTROLLERS = ("ovs", "osken")
APPLICATION = pathlib.Path(__file__).resolve().parent.parent / "apps/osken/learning.py"


class Chain(Topo):
    """px1 to px4 in a row, a host at each."""

    def build(self) -> None:  # noqa: D102, called by Topo
        for number in range(1, SWITCHES + 1):
            self.addSwitch(f"px{number}", dpid=f"{number:016x}")
            self.addHost(f"p{number}", ip=f"10.9.0.{number}/24")
            self.addLink(f"p{number}", f"px{number}")
            if number > 1:
                self.addLink(f"px{number - 1}", f"px{number}")


def names() -> tuple[list[str], list[str]]:
    switches = [f"px{number}" for number in range(1, SWITCHES + 1)]
    return switches, [f"{switch}-eth{port}" for switch in switches for port in (1, 2, 3)]


def controller(kind: str, port: int, folder: pathlib.Path, keys: pathlib.Path | None) -> Process:
    if kind == "osken":
        command = ["osken-manager", "--ofp-tcp-listen-port", str(port), "--ofp-listen-host", "127.0.0.1", str(APPLICATION)]
    elif keys is not None:
        command = ["ovs-testcontroller", f"--private-key={keys}/controller-key.pem", f"--certificate={keys}/controller-cert.pem",
                   f"--ca-cert={keys}/ca-cert.pem", f"--unixctl={folder}/controller.ctl", f"pssl:{port}:127.0.0.1"]
    else:
        command = ["ovs-testcontroller", f"--unixctl={folder}/controller.ctl", f"ptcp:{port}:127.0.0.1"]
    return Process("controller", command, folder)


def connected(switches: list[str]) -> bool:
    told = subprocess.run(["ovs-vsctl", "--timeout=5", "--columns=is_connected,target", "-f", "csv", "--no-headings", "list",
                           "controller"], stdout=subprocess.PIPE, text=True, check=True).stdout
    return told.count("true") >= len(switches)


def controlled(manager: Process) -> int:
    """How many switches the manager has connected to the controller, by its log."""
    return len(re.findall(r"controller \S+ of switch \S+ is up$", manager.errors.read_text(errors="replace"), re.MULTILINE))


def reach_all(network: Mininet) -> None:
    hosts = network.hosts
    for host in hosts:
        host.cmd(f"ethtool -K {host.defaultIntf()} tx off")
    lost = network.pingAll(timeout="5")
    if lost:
        raise ScenarioError(f"pingall lost {lost:.0f}%")
    server = hosts[-1].popen(["iperf", "-s"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: ":5001" in hosts[-1].cmd("ss -ltn"), 20, lambda: "iperf does not listen")
        told = hosts[0].cmd(f"iperf -t 2 -f m -c {hosts[-1].IP()}")
        if "bits/sec" not in told:
            raise ScenarioError(f"iperf failed: {told.strip()[-200:]}")
        print(told.strip().splitlines()[-1], flush=True)
    finally:
        server.kill()
        server.wait()


def run(arguments: argparse.Namespace) -> None:
    machine.require()
    program = str(arguments.bin / "s-trace")
    switches, interfaces = names()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="st-proxy-"))
    listening, openflow, http, replay = machine.free_ports(4)
    keys = folder / "keys" if arguments.tls else None
    if keys is not None:
        subprocess.run([program, "keys", "init", str(keys)], check=True, stdout=subprocess.DEVNULL)
    north = openflow_relay.Relay(listening)
    south = openflow_relay.Relay(openflow)
    scheme = "ssl" if keys else "tcp"
    command = [
        program, "manager", "--openflow", f"{'ssl:' if keys else ''}127.0.0.1:{openflow}", "--upstream", f"{scheme}:127.0.0.1:{north.port}",
        "--replay-openflow", f"127.0.0.1:{replay}", "--http", f"127.0.0.1:{http}", "--agents", f"unix:{folder}/agents.sock",
        "--data", f"{folder}/data",
        *([] if keys is None else ["--tls-key", f"{keys}/manager-key.pem", "--tls-cert", f"{keys}/manager-cert.pem", "--tls-ca",
                                   f"{keys}/ca-cert.pem"])]
    processes: list[Process] = []
    try:
        processes.append(controller(arguments.controller, listening, folder, keys))
        manager = Process("manager", command, folder)
        processes.insert(0, manager)
        with machine.alone(), machine.open_vswitch():
            machine.remove_network(switches, interfaces)
            manager.wait_for("ready", 60)
            if keys is not None:
                subprocess.run(["ovs-vsctl", "set-ssl", f"{keys}/switch-key.pem", f"{keys}/switch-cert.pem", f"{keys}/ca-cert.pem"], check=True)
            network = Mininet(topo=Chain(), switch=lambda name, **kw: OVSSwitch(name, datapath="user", **kw), controller=None,
                              autoSetMacs=True)
            try:
                network.addController("c0", controller=RemoteController, ip="127.0.0.1", port=south.port, protocol=scheme)
                network.start()
                wait_until(lambda: connected(switches), 60, lambda: f"the switches do not connect: {manager.last_words()}")
                wait_until(lambda: controlled(manager) >= len(switches), 60,
                           lambda: f"the switches are not connected to the controller: {manager.last_words()}")
                reach_all(network)
                if keys is None:
                    compare(south, north)
            finally:
                network.stop()
                machine.remove_network(switches, interfaces)
                if keys is not None:
                    subprocess.run(["ovs-vsctl", "del-ssl"], check=False)
    finally:
        for process in processes:
            process.terminate()
            process.reap(10)
        shutil.rmtree(folder, ignore_errors=True)


def compare(south: openflow_relay.Relay, north: openflow_relay.Relay) -> None:
    """What is on its way while it is looked at arrives soon; what differs then, differs for good."""
    for _ in range(20):
        wrong, compared = openflow_relay.difference(south, north)
        if wrong is None and compared > 0:
            print(f"{compared} messages are the same on both sides of the proxy", flush=True)
            return
        time.sleep(0.5)
    raise ScenarioError(wrong or "no switch reached the controller")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=pathlib.Path, default=pathlib.Path("bin"), help="folder of s-trace")
    parser.add_argument("--controller", choices=CONTROLLERS, default="ovs", help="ovs-testcontroller, or an os-ken application")
    parser.add_argument("--tls", action="store_true", help="TLS towards switches and controller (ovs alone)")
    arguments = parser.parse_args()
    try:
        run(arguments)
    except ScenarioError as error:
        print(f"proxy: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
