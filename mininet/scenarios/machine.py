"""What a scenario needs of the machine: to be alone with its network's names, and Open vSwitch running."""
from __future__ import annotations

import contextlib
import fcntl
import os
import pathlib
import shutil
import socket
import subprocess
import sys
from typing import Iterator

from processes import ScenarioError, wait_until

OVS_CTL = "/usr/share/openvswitch/scripts/ovs-ctl"
STATE = pathlib.Path("/run/s-trace-mininet")
TOOLS = {"mnexec": "mininet", "ovs-vsctl": "openvswitch-switch", "ethtool": "ethtool"}


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


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
