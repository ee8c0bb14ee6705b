"""Starts, watches and stops the processes of a scenario; every wait has an end, and its failure is one sentence."""
from __future__ import annotations

import contextlib
import os
import pathlib
import signal
import subprocess
import time
from typing import Callable, Iterator


class ScenarioError(Exception):
    """What went wrong, in one sentence for whoever started the scenario."""


def wait_until(condition: Callable[[], bool], timeout_s: float, failure: Callable[[], str], pause_s: float = 0.05) -> None:
    end = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > end:
            raise ScenarioError(failure())
        time.sleep(pause_s)


@contextlib.contextmanager
def within(timeout_s: int, failure: str) -> Iterator[None]:
    """Bounds what has no bound of its own, as Mininet's waiting for its shells; in the main thread alone."""
    def give_up(*_: object) -> None:
        raise ScenarioError(f"{failure} within {timeout_s} s")
    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(timeout_s)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def started_at(pid: int) -> str | None:
    """When a process was started, in the kernel's ticks: together with its id this names it for good. None: it is gone."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (FileNotFoundError, ProcessLookupError):
        return None


class Process:
    """One process, its output in files."""

    def __init__(self, name: str, arguments: list[str], logs: pathlib.Path) -> None:
        self.name = name
        self.output = logs / f"{name}.out"
        self.errors = logs / f"{name}.err"
        with self.output.open("wb") as out, self.errors.open("wb") as err:
            # A session of its own: an interrupt at the terminal reaches the scenario alone, which stops the rest in order.
            self._process = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=out, stderr=err, start_new_session=True)
        self.pid = self._process.pid

    def running(self) -> bool:
        return self._process.poll() is None

    def last_words(self) -> str:
        lines = self.errors.read_text(errors="replace").strip().splitlines()
        return lines[-1] if lines else f"no message in {self.errors}"

    def wait_for(self, word: str, timeout_s: float) -> None:
        """Waits until the process has printed a line that is `word`."""
        def said() -> bool:
            if word in self.output.read_text(errors="replace").splitlines():
                return True
            if not self.running():
                raise ScenarioError(f"{self.name} ended with {self._process.returncode} before it said {word}: {self.last_words()}")
            return False
        wait_until(said, timeout_s, lambda: f"{self.name} did not say {word} within {timeout_s:.0f} s: {self.last_words()}")

    def wait_status(self, timeout_s: float, *expected: int) -> int:
        """Waits for the process to end by itself, with 0 unless others are `expected`: minus a signal's number when that should end it."""
        try:
            status = self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            raise ScenarioError(f"{self.name} did not end within {timeout_s:.0f} s") from None
        if status not in (expected or (0,)):
            raise ScenarioError(f"{self.name} ended with {status}: {self.last_words()}")
        return status

    def terminate(self) -> None:
        if self.running():
            self._process.send_signal(signal.SIGTERM)

    def reap(self, timeout_s: float) -> bool:
        """Waits for a process that was told to end, and kills it when it does not; whether it ended by itself."""
        try:
            self._process.wait(timeout_s)
            return True
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            return False


class Ledger:
    """A file that names the processes of the running scenario, so that the next one can end what a killed one left."""

    def __init__(self, path: pathlib.Path) -> None:
        self._path = path

    def add(self, pid: int) -> None:
        with self._path.open("a") as file:
            file.write(f"{pid} {started_at(pid)}\n")

    def end_leftovers(self) -> None:
        if self._path.exists():
            for line in self._path.read_text().splitlines():
                pid, _, start = line.partition(" ")
                if start and started_at(int(pid)) == start:
                    os.kill(int(pid), signal.SIGKILL)
        self.clear()

    def clear(self) -> None:
        self._path.unlink(missing_ok=True)
