"""Who takes the records while something is measured: the drainer of native/bench, or S-Trace's own agent and manager."""
from __future__ import annotations

import json
import os
import pathlib
import signal
import socket
import subprocess
import tempfile
import time
from typing import Any

START_S = 30
COMMAND_S = 120


class Drainer:
    """native/bench/drainer.c: drains, checks, counts and forgets. `counts` is what it found, after the end."""

    def __init__(self, tools: pathlib.Path, *options: str):
        self.process = subprocess.Popen([tools / "drainer", *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.socket, self.arena = self.process.stdout.readline().split()
        self.counts: dict[str, Any] = {}

    def __enter__(self) -> Drainer:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is not None:  # it was killed, and left what it made
            for path in (self.socket, self.arena):
                pathlib.Path(path).unlink(missing_ok=True)
            return
        self.process.send_signal(signal.SIGCONT)  # in case a proof stopped it
        output, _ = self.process.communicate()
        if self.process.returncode == 0:
            self.counts = json.loads(output)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Stack:
    """A manager and an agent of their own, on ports, sockets and a data folder that nobody else uses."""

    HOST = "bench"

    def __init__(self, bin_dir: pathlib.Path):
        self.bin = bin_dir
        self.folder = tempfile.TemporaryDirectory(prefix="s-trace-bench-")
        os.chmod(self.folder.name, 0o755)  # applications of every user attach
        self.socket = f"{self.folder.name}/agent.sock"
        self.agents = f"unix:{self.folder.name}/agents.sock"
        self.log = open(f"{self.folder.name}/log", "w+", encoding="utf-8")
        self.server = f"http://127.0.0.1:{free_port()}"
        self.processes: dict[str, subprocess.Popen[str]] = {}

    def start(self, name: str, *arguments: str) -> None:
        self.processes[name] = subprocess.Popen([self.bin / "s-trace", name, *arguments], stdin=subprocess.DEVNULL,
                                                stdout=self.log, stderr=self.log, text=True)

    def start_agent(self) -> None:
        self.start("agent", "--host", self.HOST, "--manager", self.agents, "--socket", self.socket, "--interface", "none",
                   "--spool", f"{self.folder.name}/spool")

    def s_trace(self, *arguments: str) -> str:
        done = subprocess.run([self.bin / "s-trace", *arguments, "--server", self.server], capture_output=True, text=True,
                              check=False, timeout=COMMAND_S)
        if done.returncode != 0:
            raise RuntimeError(f"s-trace {' '.join(arguments)}: {done.stderr.strip()}")
        return done.stdout

    def wait_for_agent(self) -> None:
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            try:
                if self.HOST in self.s_trace("hosts") and os.path.exists(self.socket):
                    return
            except RuntimeError:
                pass
            if any(process.poll() is not None for process in self.processes.values()):
                break
            time.sleep(0.1)
        self.log.seek(0)
        raise RuntimeError(f"the manager and the agent did not start:\n{self.log.read()}")

    def __enter__(self) -> Stack:
        http = self.server.removeprefix("http://")
        self.start("manager", "--openflow", "127.0.0.1:0", "--replay-openflow", "127.0.0.1:0", "--agents", self.agents,
                   "--http", http, "--data", f"{self.folder.name}/data")
        self.start_agent()
        self.wait_for_agent()
        return self

    def __exit__(self, *_: object) -> None:
        for process in reversed(self.processes.values()):
            process.send_signal(signal.SIGTERM)
        for process in self.processes.values():
            try:
                process.wait(START_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.log.close()
        self.folder.cleanup()
