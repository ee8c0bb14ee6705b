"""The n-Tier application on the reference network: eight replicas, their virtual addresses, clients, and the ground truth."""
from __future__ import annotations

import pathlib
import sys
from typing import TYPE_CHECKING

import score
from processes import Process, ScenarioError

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from topologies import reference  # noqa: E402, found by the line above

if TYPE_CHECKING:
    from stack import Stack

REPLICAS = tuple(f"h{number}" for number in range(4, 12))
CLIENTS = ("h1", "h2", "h3")
RECORDS = 1_000_000  # calls of each program's truth
VIRTUAL_OF_SWITCH = {"of-sw2": "200.200.200.200", "of-sw3": "200.200.200.201"}

Nat = dict[str, tuple[str, str]]  # virtual address -> (switch that rewrites it, real address)


def port_of(host: str) -> int:
    return 3328 + int(host[1:])


def real_address(host: str) -> str:
    return f"{reference.address_of(host)}:{port_of(host)}"


def default_nat() -> Nat:
    return {f"{virtual}:{port_of(host)}": (switch, real_address(host))
            for switch, virtual in VIRTUAL_OF_SWITCH.items() for host in reference.SWITCHES[switch]}


def overridden_nat(overrides: list[str]) -> Nat:
    """The default NAT with entries of the form VIRTUAL=REAL put in."""
    nat = default_nat()
    for override in overrides:
        virtual, equals, real = override.partition("=")
        switch = next((s for s, ip in VIRTUAL_OF_SWITCH.items() if virtual.startswith(ip + ":")), None)
        if not equals or switch is None or ":" not in real:
            raise ScenarioError(f"--nat {override}: VIRTUAL=REAL is needed, as in 200.200.200.200:3332=10.0.0.8:3336")
        nat[virtual] = (switch, real)
    return nat


def addresses(nat: Nat, but: str | None = None) -> list[str]:
    """One address of each replica, virtual and direct ones by turns; `but` names a host to leave out."""
    virtual = {real: name for name, (_, real) in nat.items()}
    reals = [real_address(host) for host in REPLICAS if host != but]
    return [virtual.get(real, real) if turn % 2 == 0 else real for turn, real in enumerate(reals)]


class NTier:
    """The application, started in the hosts of a running stack, which ends what is left of it."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._program = str(stack.bin / "ntier")
        self._replicas: dict[str, Process] = {}
        self._truth = stack.run / "truth"
        self._truth.mkdir(exist_ok=True)

    def start_replicas(self, accept: str = "pool", layers: int = 3, hosts: tuple[str, ...] = REPLICAS,
                       faults: dict[str, str] | None = None) -> None:
        """`layers`: how many more threads or processes one replica may pass a request on to; `faults`: host -> --fault."""
        for host in hosts:
            more = ["--fault", faults[host]] if faults and host in faults else []
            self._replicas[host] = self._stack.start_application(host, f"replica-{host}", [
                self._program, "replica", "--ip", reference.address_of(host), "--port", str(port_of(host)), "--accept", accept,
                "--max-layers", str(layers), "--dir", str(self._stack.scratch),
                "--peers", ",".join(addresses(self._stack.nat, host)), "--truth", str(self._truth / f"{host}.txt"),
                "--truth-records", str(RECORDS), *more])
        for replica in self._replicas.values():
            replica.wait_for("ready", self._stack.START_S)

    def start_client(self, host: str, prefix: str, requests: int = 1, in_flight: int = 1, to: str | None = None,
                     route: str | None = None, pause_ms: int = 0) -> Process:
        """Its requests are called PREFIX-1, PREFIX-2 and so on; without `to`, each goes to some replica."""
        more = ["--route", route] if route else []
        return self._stack.start_application(host, f"client-{prefix}", [
            self._program, "client", "--ip", reference.address_of(host), "--to", to or ",".join(addresses(self._stack.nat)), "--requests",
            str(requests), "--in-flight", str(in_flight), "--pause-ms", str(pause_ms), "--prefix", prefix, "--truth",
            str(self._truth / f"{host}-{prefix}.txt"), "--truth-records", str(RECORDS), *more])

    def stop_replicas(self) -> None:
        """Ends the replicas, which write their truth then."""
        for replica in self._replicas.values():
            replica.terminate()
        for replica in self._replicas.values():
            replica.wait_status(30)
        self._replicas.clear()

    def expect_abort(self, host: str, status: int) -> None:
        """Waits for a replica whose fault ends it."""
        self._replicas.pop(host).wait_status(30, status)

    def take_truth(self) -> tuple[score.Truth, list[pathlib.Path]]:
        """Reads all truth files, and moves them out of the way of the next run to where the second result names them."""
        kept = self._stack.run / f"truth-{sum(1 for _ in self._stack.run.glob('truth-*')) + 1}"
        self._truth.rename(kept)
        self._truth.mkdir()
        files = sorted(kept.glob("*.txt"))
        truth = score.read_truth(files)
        if truth.lost:
            raise ScenarioError(f"the applications lost {truth.lost} calls of their own truth: more --truth-records are needed")
        return truth, files
