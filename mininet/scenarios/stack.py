"""The reference scenario, running: manager, network, agents and datastores (section 6.1 of the dissertation), then replay."""
from __future__ import annotations

import contextlib
import functools
import json
import logging
import os
import pathlib
import shutil
import signal
import subprocess
import sys
from typing import Any, Callable

import machine
import ntier
from processes import Ledger, Process, ScenarioError, wait_until, within
from topologies import reference
from upstream import Upstream

STOP_S = 20
REPLAY_S = 600


class Stack:
    """A context manager; it stops everything it started, whatever ends it. Files go to `folder`/run, recordings included.

    It begins with the reference network, in which requests are recorded. `change_to_replay_network` puts the replay network in
    its place; the manager goes on.
    """

    START_S = 90  # how long a part may take to start on a loaded machine

    def __init__(self, binaries: pathlib.Path, folder: pathlib.Path, nat: list[str] | None = None,
                 clocks_off_ms: dict[str, int] | None = None, behind_proxy: bool = False) -> None:
        """`clocks_off_ms`: host -> by how much its agent's clock is off; `behind_proxy`: another controller rewrites, behind the manager."""
        self.bin = binaries.resolve()
        self.run = folder.resolve() / "run"
        self.scratch = pathlib.Path()
        self.nat = ntier.overridden_nat(nat or [])
        self.clocks_off_ms = clocks_off_ms or {}
        self.upstream: Upstream | None = None
        self._behind_proxy = behind_proxy
        self._ledger = Ledger(machine.STATE / "processes")
        self._manager: list[Process] = []
        self._tracers: list[Process] = []
        self._applications: list[Process] = []
        self._server = ""
        self._replay_port = 0
        self._network: Any = None
        self._cleanup = contextlib.ExitStack()

    def __enter__(self) -> Stack:
        machine.require()
        for name in ("s-trace", "libwrapper.so", "ntier"):
            if not (self.bin / name).exists():
                raise ScenarioError(f"{self.bin / name} does not exist: build it with make")
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
        logging.getLogger("mininet").setLevel(logging.WARNING)
        self._cleanup.enter_context(machine.alone())
        shutil.rmtree(self.run, ignore_errors=True)
        for name in ("logs", "data"):
            (self.run / name).mkdir(parents=True)
        self._ledger.end_leftovers()
        self._cleanup.callback(self._ledger.clear)
        self.scratch = self._cleanup.enter_context(machine.scratch_folder())
        self._cleanup.enter_context(machine.open_vswitch())
        machine.remove_network(list(reference.SWITCHES), reference.interfaces())
        machine.remove_network([reference.replay_switch_of(s) for s in reference.SWITCHES], reference.replay_interfaces())
        self._cleanup.callback(self._stop_network)
        self._cleanup.callback(self._end, self._manager)
        self._cleanup.callback(self._stop_hosts)
        openflow = self._start_manager()
        self._start_network(reference.build_network, openflow)
        self._start_agents()
        self._start_datastores(reference.datastores())
        self._wait_connected("switches", len(reference.SWITCHES))
        if self.upstream is not None:
            self.upstream.wait_for_switches(self.START_S)

    def _stop(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        self._cleanup.close()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)

    def _end(self, group: list[Process]) -> None:
        for process in group:
            process.terminate()
        for process in group:
            if not process.reap(STOP_S):
                print(f"{process.name} did not stop within {STOP_S} s and was killed", file=sys.stderr)
        group.clear()

    def _stop_hosts(self) -> None:
        """Applications first, so that agents ship their last events, while the manager still takes them."""
        self.stop_applications()
        self._end(self._tracers)

    def _stop_network(self) -> None:
        if self._network is not None:
            self._network.stop()
            self._network = None

    def _spawn(self, group: list[Process], name: str, arguments: list[str]) -> Process:
        process = Process(name, arguments, self.run / "logs")
        group.append(process)
        self._ledger.add(process.pid)
        return process

    def _start_manager(self) -> int:
        openflow, self._replay_port, http, behind = machine.free_ports(4)
        config = self.scratch / "manager.json"
        if self._behind_proxy:
            self.upstream = Upstream(functools.partial(self._spawn, self._manager), behind, self.scratch, self.nat)
            control: dict[str, Any] = {"upstream": [f"tcp:127.0.0.1:{behind}"]}
        else:
            control = {"nat": [{"switch": reference.dpid_of(switch), "virtual": virtual, "real": real}
                               for virtual, (switch, real) in self.nat.items()]}
        config.write_text(json.dumps(control))
        self._server = f"http://127.0.0.1:{http}"
        self._spawn(self._manager, "manager", [
            str(self.bin / "s-trace"), "manager", "--config", str(config), "--openflow", f"127.0.0.1:{openflow}",
            "--replay-openflow", f"127.0.0.1:{self._replay_port}", "--agents", self._agents_address(), "--http", f"127.0.0.1:{http}",
            "--data", str(self.run / "data")]).wait_for("ready", self.START_S)
        return openflow

    def _agents_address(self) -> str:
        return f"unix:{self.scratch / 'agents.sock'}"

    def _start_network(self, build: Callable[[int], Any], openflow: int) -> None:
        with within(self.START_S, "Mininet did not start the network"):
            self._network = build(openflow)
            for node in [*self._network.hosts, *self._network.switches, *self._network.controllers]:
                self._ledger.add(node.pid)
            reference.start_network(self._network)

    def _start_agents(self) -> None:
        for host in reference.HOSTS:
            self._spawn(self._tracers, f"agent-{host}", self._inside(host, [
                str(self.bin / "s-trace"), "agent", "--host", host, "--manager", self._agents_address(),
                "--spool", str(self.scratch / f"spool-{host}"), f"--clock-offset={self.clocks_off_ms.get(host, 0)}"]))
        for agent in self._tracers:
            agent.wait_for("ready", self.START_S)
        self._wait_connected("hosts", len(reference.HOSTS))

    def _start_datastores(self, datastores: dict[str, list[reference.Place]]) -> None:
        started = []
        for host, places in datastores.items():
            triples = [argument for switch, port, interface in places for argument in (
                "--switch", reference.dpid_of(switch), "--port", str(port), "--interface", interface)]
            started.append(self._spawn(self._tracers, f"datastore-{host}", self._inside(host, [
                str(self.bin / "s-trace"), "datastore", "--manager", self._agents_address(), "--name", host, *triples])))
        for datastore in started:
            datastore.wait_for("ready", self.START_S)

        def missing() -> list[str]:
            known = json.loads(self.s_trace("topology", "-o", "json"))["datastores"]
            return sorted(set(datastores) - {datastore["name"] for datastore in known if datastore["connected"]})
        wait_until(lambda: not missing(), self.START_S, lambda: f"datastores are not connected: {', '.join(missing())}", pause_s=0.2)

    def _wait_connected(self, what: str, expected: int) -> None:
        def connected() -> int:
            return sum(1 for item in json.loads(self.s_trace(what, "-o", "json")) if item["connected"])
        wait_until(lambda: connected() == expected, self.START_S,
                   lambda: f"only {connected()} of {expected} {what} are connected to the manager", pause_s=0.2)

    def pid_of(self, host: str) -> int:
        """A process of the host's network namespace."""
        return self._network.get(host).pid

    def _inside(self, host: str, arguments: list[str]) -> list[str]:
        return ["mnexec", "-a", str(self.pid_of(host)), *arguments]

    def start_application(self, host: str, name: str, command: list[str], user: str | None = None,
                          environment: dict[str, str] | None = None, traced: bool = True) -> Process:
        """A program under the tracer, as `s-trace run` starts it; only the application itself loads the library."""
        become = ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups"] if user else []
        variables = {**(self._tracing(host) if traced else {}), **(environment or {})}
        return self._spawn(self._applications, name, self._inside(host, [
            *become, "env", *(f"{key}={value}" for key, value in variables.items()), *command]))

    def _tracing(self, host: str) -> dict[str, str]:
        return {"STRACE_HOST": host, "LD_PRELOAD": str(self.bin / "libwrapper.so")}

    def stop_applications(self) -> None:
        self._end(self._applications)

    def s_trace(self, *arguments: str, timeout_s: float = 300, answers: tuple[int, ...] = (0,)) -> str:
        """Runs a client command of s-trace and returns what it printed; `answers` are the exit statuses that are no failure."""
        try:
            done = subprocess.run([str(self.bin / "s-trace"), *arguments], env={**os.environ, "STRACE_SERVER": self._server},
                                  capture_output=True, text=True, timeout=timeout_s)
        except subprocess.TimeoutExpired:
            raise ScenarioError(f"s-trace {' '.join(arguments)} did not end within {timeout_s:.0f} s") from None
        if done.returncode not in answers:
            words = (done.stderr.strip() or done.stdout.strip() or "no message").splitlines()[-1]
            raise ScenarioError(f"s-trace {' '.join(arguments)} ended with {done.returncode}: {words}")
        return done.stdout

    def export(self, session: str, file: pathlib.Path, rewrites: str, kind: str = "json", paths: list[str] | None = None,
               slow: str = "60s") -> None:
        chosen = [argument for path in paths or [] for argument in ("--path", path)]
        self.s_trace("export", "--session", session, *chosen, "--rewrites", rewrites, "--slow", slow, "--format", kind,
                     "--out", str(file))

    def export_all(self, session: str, file: pathlib.Path, rewrites: str, slow: str = "60s") -> dict[str, Any]:
        """Builds a session's paths and returns what was written to the file: docs/formats.md."""
        self.s_trace("paths", "build", "--session", session, "--rewrites", rewrites, "--slow", slow)
        self.export(session, file, rewrites, slow=slow)
        return json.loads(file.read_text())

    def change_to_replay_network(self) -> None:
        """Ends everything but the manager, and starts the replay network with its datastores."""
        self._stop_hosts()
        self._stop_network()
        self._start_network(reference.build_replay_network, self._replay_port)
        if not self._network.waitConnected(timeout=self.START_S, delay=0.2):
            raise ScenarioError(f"not all switches of the replay network are connected within {self.START_S} s")
        self._start_datastores(reference.replay_datastores())

    def replay(self, session: str, *options: str) -> dict[str, Any]:
        """Replays a session; its record, and `flowTables`: dpid -> the switch's rules afterwards, as ovs-ofctl prints them."""
        record = json.loads(self.s_trace("replay", session, *options, "-o", "json", timeout_s=REPLAY_S, answers=(0, 1)))
        return {**record, "flowTables": {
            reference.dpid_of(switch): machine.flow_table(reference.replay_switch_of(switch)) for switch in reference.SWITCHES}}
