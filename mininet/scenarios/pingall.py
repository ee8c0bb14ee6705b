#!/usr/bin/python3
"""Mininet's own pingall on three hosts and one switch, with the manager that listens at 127.0.0.1:PORT as its controller, or with one that
mininet/strace_controller.py starts."""
from __future__ import annotations

import argparse
import pathlib
import subprocess
import sys

import machine
from processes import ScenarioError

SWITCHES = ["s1"]
INTERFACES = ["s1-eth1", "s1-eth2", "s1-eth3"]
TIMEOUT_S = 120
CONTROLLER = pathlib.Path(__file__).resolve().parent.parent / "strace_controller.py"


def run(controller: list[str]) -> int:
    machine.require()
    command = ["mn", *controller, "--topo", "single,3",
               "--switch", "ovsk,datapath=user,protocols=OpenFlow10", "--test", "pingall"]
    with machine.alone(), machine.open_vswitch():
        machine.remove_network(SWITCHES, INTERFACES)
        try:
            return subprocess.run(command, stdin=subprocess.DEVNULL, timeout=TIMEOUT_S).returncode
        except subprocess.TimeoutExpired:
            raise ScenarioError(f"{' '.join(command)} did not end within {TIMEOUT_S} s") from None
        finally:
            machine.remove_network(SWITCHES, INTERFACES)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=6653, help="the manager's OpenFlow port")
    parser.add_argument("--start", metavar="OPTIONS", help="have Mininet start the manager, with these options of its controller")
    arguments = parser.parse_args()
    try:
        return run([f"--controller=remote,ip=127.0.0.1,port={arguments.port}"] if arguments.start is None
                   else [f"--custom={CONTROLLER}", f"--controller=strace,port={arguments.port},{arguments.start}"])
    except ScenarioError as error:
        print(f"pingall: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
