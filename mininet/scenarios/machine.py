"""What a scenario needs of the machine: to be alone with its network's names, and Open vSwitch running."""
from __future__ import annotations

import contextlib
import fcntl
import os
import pathlib
import random
import shutil
import socket
import subprocess
import sys
from typing import Iterator

from processes import ScenarioError, wait_until

OVS_CTL = "/usr/share/openvswitch/scripts/ovs-ctl"
STATE = pathlib.Path("/run/s-trace-mininet")
TOOLS = {"mnexec": "mininet", "ovs-vsctl": "openvswitch-switch", "ethtool": "ethtool", "tc": "iproute2"}


def require() -> None:
    if os.geteuid() != 0:
        raise ScenarioError("the scenario must be run by root, because it makes network namespaces")
    missing = sorted(package for tool, package in TOOLS.items() if shutil.which(tool) is None)
    if missing:
        raise ScenarioError(f"missing packages: install them with apt-get install {' '.join(missing)}")


@contextlib.contextmanager
def alone(timeout_s: float = 300) -> Iterator[None]:
    """Keeps other scenarios out: switches, hosts and agents' sockets have the same names in all of them."""
    STATE.mkdir(exist_ok=True)
    with open(STATE / "lock", "w") as lock:
        said = False

        def taken() -> bool:
            nonlocal said
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return True
            except BlockingIOError:
                if not said:
                    print("waiting for another scenario on this machine to end", file=sys.stderr, flush=True)
                said = True
                return False
        wait_until(taken, timeout_s, lambda: f"another scenario still runs on this machine after {timeout_s:.0f} s", pause_s=0.5)
        yield


@contextlib.contextmanager
def scratch_folder() -> Iterator[pathlib.Path]:
    """A folder with a short path, as Unix sockets need; only one scenario at a time uses it."""
    folder = STATE / "scratch"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _succeeds(*command: str) -> bool:
    return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0


@contextlib.contextmanager
def open_vswitch() -> Iterator[None]:
    """Open vSwitch, running; it is stopped afterwards if it was started here and nobody else has a bridge by then."""
    marker = STATE / "started-open-vswitch"  # outlives a scenario that was killed
    if not _succeeds("ovs-vsctl", "--timeout=5", "show"):
        marker.touch()
        done = subprocess.run([OVS_CTL, "start", "--system-id=random"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
        if not _succeeds("ovs-vsctl", "--timeout=5", "show"):
            raise ScenarioError(f"Open vSwitch does not start: {done.stdout.decode(errors='replace').strip()[-300:]}")
    try:
        yield
    finally:
        bridges = subprocess.run(["ovs-vsctl", "--timeout=5", "list-br"], stdout=subprocess.PIPE, check=False).stdout.strip()
        if marker.exists() and not bridges:
            marker.unlink()
            subprocess.run([OVS_CTL, "stop"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60)


def remove_network(switches: list[str], interfaces: list[str]) -> None:
    """Removes what a killed scenario left of these switches and their links."""
    for switch in switches:
        subprocess.run(["ovs-vsctl", "--timeout=5", "--if-exists", "del-br", switch], check=False)
    present = set(os.listdir("/sys/class/net"))
    for interface in [*interfaces, *switches]:
        if interface in present:
            _succeeds("ip", "link", "del", interface)


def flow_table(switch: str) -> str:
    """The rules of a switch of Open vSwitch."""
    return subprocess.run(["ovs-ofctl", "-O", "OpenFlow10", "dump-flows", switch], stdout=subprocess.PIPE, text=True, check=True,
                          timeout=30).stdout


def retransmitted_segments(pid: int) -> int:
    """How many segments TCP has sent again in the network namespace of a process."""
    names, values = (line.split() for line in pathlib.Path(f"/proc/{pid}/net/snmp").read_text().splitlines() if line.startswith("Tcp:"))
    return int(values[names.index("RetransSegs")])


def loss_filter(share: float) -> str:
    """Classic BPF (linux/filter.h), as tc takes it, that drops a share of the TCP packets."""
    keep, drop = 6, 7  # instructions that a jump leads to
    program = (  # operation, how many instructions to skip if it is true, and if not, operand
        (0x28, 0, 0, 12), (0x15, 0, keep - 2, 0x0800),  # the frame's type is IPv4
        (0x30, 0, 0, 23), (0x15, 0, keep - 4, 6),  # its protocol is TCP
        (0x20, 0, 0, 0xFFFFF038), (0x25, drop - 6, 0, int((1 - share) * 2**32)),  # SKF_AD_RANDOM, 32 bits, is above
        (0x06, 0, 0, 0xFFFFFFFF), (0x06, 0, 0, 2))  # return TC_ACT_UNSPEC, TC_ACT_SHOT
    return ",".join([str(len(program)), *(" ".join(map(str, instruction)) for instruction in program)])


@contextlib.contextmanager
def losing_tcp(interface: str, share: float) -> Iterator[None]:
    """Drops a share of the TCP packets that leave by an interface; by a filter, because not every kernel has netem."""
    _tc("qdisc", "add", "dev", interface, "clsact")
    try:
        _tc("filter", "add", "dev", interface, "egress", "bpf", "direct-action", "bytecode", loss_filter(share))
        yield
    finally:
        _tc("qdisc", "del", "dev", interface, "clsact")


def _tc(*arguments: str) -> None:
    done = subprocess.run(["tc", *arguments], capture_output=True, text=True, timeout=30)
    if done.returncode != 0:
        raise ScenarioError(f"tc {' '.join(arguments[:4])} failed: {done.stderr.strip()}")


def free_ports(count: int) -> list[int]:
    """TCP ports of the loopback that nobody has now, all different, and none that the kernel gives to whoever asks for just any."""
    low, high = map(int, pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split())
    asked_for = [port for port in range(10000, 65536) if not low <= port <= high] or list(range(10000, 65536))
    found: list[int] = []
    for port in random.sample(asked_for, len(asked_for)):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            found.append(port)
        if len(found) == count:
            break
    return found
