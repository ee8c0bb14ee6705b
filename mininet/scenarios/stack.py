"""The reference scenario, running: manager, network, agents, n-Tier replicas and clients (section 6.1 of the dissertation)."""
from __future__ import annotations

import contextlib
import json
import logging
import os
import pathlib
import shutil
import signal
import subprocess
import sys
from typing import Any

import machine
import score
from processes import Ledger, Process, ScenarioError, wait_until

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from topologies import reference  # noqa: E402, found by the line above

REPLICAS = tuple(f"h{number}" for number in range(4, 12))
CLIENTS = ("h1", "h2", "h3")
VIRTUAL_OF_SWITCH = {"of-sw2": "200.200.200.200", "of-sw3": "200.200.200.201"}
START_S = 90  # how long a part may take to start on a loaded machine
STOP_S = 20


def port_of(host: str) -> int:
    return 3328 + int(host[1:])


def real_address(host: str) -> str:
    return f"{reference.address_of(host)}:{port_of(host)}"


def default_nat() -> dict[str, tuple[str, str]]:
    """Virtual address -> (switch that rewrites it, real address)."""
    return {f"{virtual}:{port_of(host)}": (switch, real_address(host))
            for switch, virtual in VIRTUAL_OF_SWITCH.items() for host in reference.SWITCHES[switch]}


def overridden_nat(overrides: list[str]) -> dict[str, tuple[str, str]]:
    """The default NAT with entries of the form VIRTUAL=REAL put in."""
    nat = default_nat()
    for override in overrides:
        virtual, equals, real = override.partition("=")
        switch = next((s for s, ip in VIRTUAL_OF_SWITCH.items() if virtual.startswith(ip + ":")), None)
        if not equals or switch is None or ":" not in real:
            raise ScenarioError(f"--nat {override}: VIRTUAL=REAL is needed, as in 200.200.200.200:3332=10.0.0.8:3336")
        nat[virtual] = (switch, real)
    return nat


class Stack:
    """A context manager; it stops everything it started, whatever ends it. Files go to `folder`/run, recordings included."""

    def __init__(self, binaries: pathlib.Path, folder: pathlib.Path, nat: list[str] | None = None) -> None:
        self._bin = binaries.resolve()
        self.run = folder.resolve() / "run"
        self.nat = overridden_nat(nat or [])
        self._ledger = Ledger(machine.STATE / "processes")
        self._manager: list[Process] = []
        self._agents: list[Process] = []
        self._applications: list[Process] = []
        self._replicas: list[Process] = []
        self._scratch = pathlib.Path()
        self._server = ""
        self._network: Any = None
        self._cleanup = contextlib.ExitStack()

    def __enter__(self) -> Stack:
        machine.require()
        for name in ("s-trace", "libwrapper.so", "ntier"):
            if not (self._bin / name).exists():
                raise ScenarioError(f"{self._bin / name} does not exist: build it with make")
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda received, _: sys.exit(128 + received))
        try:
            self._start()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def _start(self) -> None:
        self._cleanup.enter_context(machine.alone())
        shutil.rmtree(self.run, ignore_errors=True)
        for name in ("logs", "truth", "data"):
            (self.run / name).mkdir(parents=True)
        self._ledger.end_leftovers()
        self._cleanup.callback(self._ledger.clear)
        self._scratch = self._cleanup.enter_context(machine.scratch_folder())
        self._cleanup.enter_context(machine.open_vswitch())
        machine.remove_network(list(reference.SWITCHES), reference.interfaces())
        self._cleanup.callback(self._stop_network)
        self._cleanup.callback(self._stop_processes)
        openflow = self._start_manager()
        self._start_network(openflow)
        self._start_agents()

    def _stop(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        self._cleanup.close()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)

    def _stop_processes(self) -> None:
        """Applications first, so that agents ship their last events; then agents, while the manager still takes them."""
        for group in (self._applications, self._agents, self._manager):
            for process in group:
                process.terminate()
            for process in group:
                if not process.reap(STOP_S):
                    print(f"{process.name} did not stop within {STOP_S} s and was killed", file=sys.stderr)

    def _stop_network(self) -> None:
        if self._network is not None:
            self._network.stop()

    def _spawn(self, group: list[Process], name: str, arguments: list[str]) -> Process:
        process = Process(name, arguments, self.run / "logs")
        group.append(process)
        self._ledger.add(process.pid)
        return process

    def _start_manager(self) -> int:
        openflow, http = machine.free_port(), machine.free_port()
        config = self._scratch / "manager.json"
        config.write_text(json.dumps({"nat": [
            {"switch": reference.dpid_of(switch), "virtual": virtual, "real": real} for virtual, (switch, real) in self.nat.items()]}))
        self._server = f"http://127.0.0.1:{http}"
        self._spawn(self._manager, "manager", [
            str(self._bin / "s-trace"), "manager", "--config", str(config), "--openflow", f"127.0.0.1:{openflow}", "--agents",
            self._agents_address(), "--http", f"127.0.0.1:{http}", "--data", str(self.run / "data")]).wait_for("ready", START_S)
        return openflow

    def _agents_address(self) -> str:
        return f"unix:{self._scratch / 'agents.sock'}"

    def _start_network(self, openflow: int) -> None:
        logging.getLogger("mininet").setLevel(logging.WARNING)
        self._network = reference.build_network(openflow)
        for node in [*self._network.hosts, *self._network.switches, *self._network.controllers]:
            self._ledger.add(node.pid)
        self._network.start()
        self._wait_connected("switches", len(reference.SWITCHES))

    def _start_agents(self) -> None:
        for host in reference.HOSTS:
            self._spawn(self._agents, f"agent-{host}", self._inside(host, [
                str(self._bin / "s-trace"), "agent", "--host", host, "--manager", self._agents_address()]))
        for agent in self._agents:
            agent.wait_for("ready", START_S)
        self._wait_connected("hosts", len(reference.HOSTS))

    def _wait_connected(self, what: str, expected: int) -> None:
        def connected() -> int:
            return sum(1 for item in json.loads(self.s_trace(what, "-o", "json")) if item["connected"])
        wait_until(lambda: connected() == expected, START_S,
                   lambda: f"only {connected()} of {expected} {what} are connected to the manager", pause_s=0.2)

    def _inside(self, host: str, arguments: list[str]) -> list[str]:
        return ["mnexec", "-a", str(self._network.get(host).pid), *arguments]

    def _traced(self, host: str, arguments: list[str]) -> list[str]:
        """An application under the tracer, as `s-trace run` starts it; only the application itself loads the library."""
        return self._inside(host, ["env", f"STRACE_HOST={host}", f"LD_PRELOAD={self._bin / 'libwrapper.so'}", *arguments])

    def s_trace(self, *arguments: str, timeout_s: float = 300) -> str:
        """Runs a client command of s-trace and returns what it printed."""
        try:
            done = subprocess.run([str(self._bin / "s-trace"), *arguments], env={**os.environ, "STRACE_SERVER": self._server},
                                  capture_output=True, text=True, timeout=timeout_s)
        except subprocess.TimeoutExpired:
            raise ScenarioError(f"s-trace {' '.join(arguments)} did not end within {timeout_s:.0f} s") from None
        if done.returncode != 0:
            words = (done.stderr.strip() or done.stdout.strip() or "no message").splitlines()[-1]
            raise ScenarioError(f"s-trace {' '.join(arguments)} ended with {done.returncode}: {words}")
        return done.stdout

    def addresses(self, but: str | None = None) -> list[str]:
        """One address of each replica, virtual and direct ones by turns; `but` names a host to leave out."""
        virtual = {real: name for name, (_, real) in self.nat.items()}
        reals = [real_address(host) for host in REPLICAS if host != but]
        return [virtual.get(real, real) if turn % 2 == 0 else real for turn, real in enumerate(reals)]

    def start_replicas(self, accept: str = "pool", layers: int = 3) -> None:
        """`layers`: how many more threads or processes one replica may pass a request on to."""
        for host in REPLICAS:
            self._replicas.append(self._spawn(self._applications, f"replica-{host}", self._traced(host, [
                str(self._bin / "ntier"), "replica", "--ip", reference.address_of(host), "--port", str(port_of(host)), "--accept",
                accept, "--max-layers", str(layers), "--dir", str(self._scratch), "--peers", ",".join(self.addresses(host)), "--truth",
                str(self.run / "truth" / f"{host}.txt")])))
        for replica in self._replicas:
            replica.wait_for("ready", START_S)

    def start_client(self, host: str, prefix: str, requests: int, in_flight: int = 1, to: str | None = None,
                     route: str | None = None, pause_ms: int = 0) -> Process:
        more = ["--route", route] if route else []
        return self._spawn(self._applications, f"client-{prefix}", self._traced(host, [
            str(self._bin / "ntier"), "client", "--ip", reference.address_of(host), "--to", to or ",".join(self.addresses()),
            "--requests", str(requests), "--in-flight", str(in_flight), "--pause-ms", str(pause_ms), "--prefix", prefix,
            "--truth", str(self.run / "truth" / f"{host}-{prefix}.txt"), *more]))

    def stop_replicas(self) -> None:
        """Ends the replicas, which write their truth then."""
        for replica in self._replicas:
            replica.terminate()
        for replica in self._replicas:
            replica.wait_success(30)
        self._replicas.clear()

    def take_truth(self) -> score.Truth:
        """Reads all truth files and moves them out of the way of the next run."""
        folder = self.run / "truth"
        truth = score.read_truth(sorted(folder.glob("*.txt")))
        folder.rename(self.run / f"truth-{sum(1 for _ in self.run.glob('truth*'))}")
        folder.mkdir()
        if truth.lost:
            raise ScenarioError(f"the applications lost {truth.lost} calls of their own truth: more --truth-records are needed")
        return truth

    def export(self, session: str, file: pathlib.Path, rewrites: str, kind: str = "json", paths: list[str] | None = None) -> None:
        chosen = [argument for path in paths or [] for argument in ("--path", path)]
        self.s_trace("export", "--session", session, *chosen, "--rewrites", rewrites, "--format", kind, "--out", str(file))

    def export_paths(self, session: str, file: pathlib.Path, rewrites: str) -> list[dict[str, Any]]:
        self.s_trace("paths", "build", "--session", session, "--rewrites", rewrites)
        self.export(session, file, rewrites)
        return json.loads(file.read_text())["paths"]
