"""Where an application runs: the hosts of the reference network, or all of them on this machine's loopback."""
from __future__ import annotations

import os
import pathlib
import shutil
import tempfile

from processes import Ledger, Process, ScenarioError, wait_until
from stack import Stack
from topologies import reference

ID_HEADER = "X-Eval-Id"
LISTEN = "0A"  # linux/include/net/tcp_states.h


class Place:
    """The reference network: every host by its own name."""

    def __init__(self, stack: Stack, name: str) -> None:
        """`name` sets the files of one application apart from those of the others."""
        self._stack = stack
        self._name = name
        self._folders: list[pathlib.Path] = []

    def address(self, host: str) -> str:
        return reference.address_of(host)

    def virtual(self, host: str, port: int) -> str:
        """ip:port by which the network's NAT reaches a host's port; its own where there is none."""
        real = f"{self.address(host)}:{port}"
        return next((virtual for virtual, (_, other) in self._stack.nat.items() if other == real), real)

    def recorded_as(self, host: str) -> str:
        """The host's name in the paths."""
        return host

    def folder(self, name: str, user: str | None = None) -> pathlib.Path:
        folder = self._stack.scratch / f"{self._name}-{len(self._folders)}-{name}"
        folder.mkdir()
        self._folders.append(folder)
        if user is not None:
            self.give(folder, user)
        return folder

    def give(self, folder: pathlib.Path, user: str) -> None:
        """Makes a user the owner of a folder and all that is in it."""
        for path in (folder, *folder.rglob("*")):
            shutil.chown(path, user, user)

    def clear(self) -> None:
        """Removes all folders."""
        for folder in self._folders:
            shutil.rmtree(folder)
        self._folders.clear()

    def hooks(self) -> dict[str, str]:
        """The environment in which `s-trace run` starts a command so that runtimes load their hooks."""
        return {"NODE_OPTIONS": f"--require {self._stack.bin / 'hooks' / 'strace-node.js'}",
                "DOTNET_STARTUP_HOOKS": str(self._stack.bin / "hooks" / "STrace.DotnetHook.dll")}

    def program(self, name: str) -> str:
        """A program that is built with S-Trace."""
        return str(self._stack.bin / name)

    def start(self, host: str, name: str, command: list[str], user: str | None = None,
              environment: dict[str, str] | None = None, traced: bool = True) -> Process:
        variables = {"STRACE_WITNESS_EXCEPT": ID_HEADER, **(environment or {})}
        return self._stack.start_application(host, f"{self._name}-{name}", command, user, variables, traced)

    def wait_listening(self, host: str, port: int, process: Process) -> None:
        """Waits until somebody listens on the host's port; `process` must not end before."""
        def listening() -> bool:
            if not process.running():
                raise ScenarioError(f"{process.name} ended before it listened on port {port}: {process.last_words()}")
            return port in listening_ports(self._stack.pid_of(host), self.address(host))
        wait_until(listening, self._stack.START_S,
                   lambda: f"{process.name} does not listen on port {port} of {host}: {process.last_words()}")


def listening_ports(pid: int, address: str) -> set[int]:
    """The ports on which an address is listened to, in the network namespace of a process."""
    numbers = [f"{part:02X}" for part in map(int, address.split("."))]
    mine = "".join(reversed(numbers))
    ports = set()
    for table in ("tcp", "tcp6"):
        for line in pathlib.Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            local, state = line.split()[1], line.split()[3]
            bound, _, port = local.partition(":")
            if state == LISTEN and (set(bound) == {"0"} or bound.endswith(mine)):
                ports.add(int(port, 16))
    return ports


class LocalPlace(Place):
    """One host for all: each host's address is one of the loopback's."""

    def address(self, host: str) -> str:
        return f"127.{os.getpid() % 250 + 1}.0.{host[1:]}"

    def recorded_as(self, host: str) -> str:
        return LocalStack.HOST


class LocalStack(Stack):
    """Manager and one agent on this machine, without a network; any number of these may run at once."""

    HOST = f"local-{os.getpid()}"  # an agent takes over what an earlier one of its host's name left

    def _start(self) -> None:
        shutil.rmtree(self.run, ignore_errors=True)
        for name in ("logs", "data"):
            (self.run / name).mkdir(parents=True)
        self.scratch = pathlib.Path(self._cleanup.enter_context(tempfile.TemporaryDirectory(prefix="s-trace-")))
        self.scratch.chmod(0o755)  # servers run as users of their own
        self._ledger = Ledger(self.scratch / "processes")
        self.nat = {}
        self._cleanup.callback(self._end, self._manager)
        self._cleanup.callback(self._stop_hosts)
        self._start_manager()
        self._spawn(self._tracers, "agent", [
            str(self.bin / "s-trace"), "agent", "--host", self.HOST, "--manager", self._agents_address(), "--spool", "none",
            "--socket", str(self.scratch / "agent.sock"), "--interface", "none"]).wait_for("ready", self.START_S)
        self._wait_connected("hosts", 1)

    def pid_of(self, host: str) -> int:
        return os.getpid()

    def _inside(self, host: str, arguments: list[str]) -> list[str]:
        return arguments

    def _tracing(self, host: str) -> dict[str, str]:
        return {**super()._tracing(self.HOST), "STRACE_SOCKET": str(self.scratch / "agent.sock")}
