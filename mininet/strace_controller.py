"""S-Trace as Mininet's controller:

    mn --custom mininet/strace_controller.py --controller strace --switch ovsk,datapath=user,protocols=OpenFlow10

starts `s-trace manager` on the controller's port, waits until it can be used, and stops it again. The program is taken from bin/ of
this repository, else from PATH. `--controller strace,config=FILE` has it read a configuration file; `http`, `agents` and `data` go to
the options of those names, and `verbose=1` to --verbose.
"""
from __future__ import annotations

import pathlib
import select
import shutil
import subprocess
import time

from mininet.log import info, warn
from mininet.node import Controller, Node

# mn executes this file without __file__; its code knows its name.
BIN = pathlib.Path((lambda: None).__code__.co_filename).resolve().parent.parent / "bin" / "s-trace"
START_TIMEOUT_S = 60
STOP_TIMEOUT_S = 20


def program() -> str:
    found = str(BIN) if BIN.exists() else shutil.which("s-trace")
    if found is None:
        raise RuntimeError(f"s-trace is neither at {BIN} nor in PATH: run `make` in the repository, or put the program in PATH")
    return found


class STraceController(Controller):
    """A manager of its own for one Mininet network."""

    def __init__(self, name: str, command: str | None = None, config: str | None = None, http: str | None = None,
                 agents: str | None = None, data: str | None = None, verbose: bool = False, **params: object) -> None:
        self._manager: subprocess.Popen[bytes] | None = None
        self._options = {"config": config, "http": http, "agents": agents, "data": data}
        self._verbose = verbose
        self.log_file = pathlib.Path(f"/tmp/{name}.log")
        super().__init__(name, command=command or program(), **params)

    def checkListening(self) -> None:  # noqa: N802, called by Controller
        """A port that is taken is told by the manager itself."""

    def start(self) -> None:  # noqa: D102, called by Mininet
        arguments = [self.command, "manager", "--openflow", f"{self.ip or '127.0.0.1'}:{self.port}"]
        for option, value in self._options.items():
            arguments += [f"--{option}", str(value)] if value else []
        arguments += ["--verbose"] if self._verbose else []
        with self.log_file.open("wb") as log:
            # A session of its own: an interrupt at Mininet's prompt is not meant for the manager.
            self._manager = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log,
                                             start_new_session=True)
        if not self._says_ready():
            words = self.log_file.read_text(errors="replace").strip().splitlines()
            status = self._manager.poll()
            self.stop()
            raise RuntimeError("s-trace manager " + (f"did not get ready within {START_TIMEOUT_S} s" if status is None
                               else f"ended with {status}") + f": {words[-1] if words else f'no message in {self.log_file}'}")
        info(f"(s-trace, pid {self._manager.pid}) ")

    def stop(self, *args: object, **kwargs: object) -> None:  # noqa: D102, called by Mininet
        if self._manager is not None:
            self._manager.terminate()
            try:
                self._manager.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                warn(f"s-trace manager (pid {self._manager.pid}) did not end within {STOP_TIMEOUT_S} s and is killed\n")
                self._manager.kill()
                self._manager.wait()
            self._manager.stdout.close()
            self._manager = None
        Node.stop(self, *args, **kwargs)

    def _says_ready(self) -> bool:
        end, said = time.monotonic() + START_TIMEOUT_S, b""
        output = self._manager.stdout
        while b"ready\n" not in said:
            readable, _, _ = select.select([output], [], [], max(0, end - time.monotonic()))
            more = output.read1(4096) if readable else b""
            if not more:
                return False
            said += more
        return True


controllers = {"strace": STraceController}
