"""What the proofs share: a program under libwrapper that counts its own calls, and what came of them in the rings."""
from __future__ import annotations

import atexit
import dataclasses
import os
import pathlib
import struct
import subprocess
import sys
import time
from typing import Any, Callable

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "bench"))

COUNTER = struct.Struct("<QQQ40x")  # struct counter of native/bench/generator.c
PATIENCE_S = 120


@dataclasses.dataclass(frozen=True)
class Places:
    bin: pathlib.Path
    folder: pathlib.Path  # temporary

    @property
    def tools(self) -> pathlib.Path:
        return self.bin / ".native" / "bench"


@dataclasses.dataclass
class Proof:
    """Figures for the report, and what speaks against the claim."""
    figures: dict[str, Any]
    failures: list[str]

    def expect(self, holds: bool, otherwise: str) -> None:
        if not holds:
            self.failures.append(otherwise)


@dataclasses.dataclass(frozen=True)
class Counted:
    """One thread's own count."""
    tid: int
    calls: int
    longest_ns: int


class Generator:
    """native/bench/generator.c under libwrapper; `calls` 0: until it is killed."""

    def __init__(self, places: Places, socket: str, threads: int, calls: int, mixed: bool = False):
        self.counters = places.folder / "counters"
        self.counters.unlink(missing_ok=True)
        environment = os.environ | {"LD_PRELOAD": str(places.bin / "libwrapper.so"), "STRACE_SOCKET": socket}
        self.process = subprocess.Popen([places.tools / "generator", str(threads), str(calls), self.counters, *(["mixed"] if mixed else [])],
                                        env=environment, stdin=subprocess.DEVNULL)
        atexit.register(self.kill)  # whatever becomes of the proof

    def counted(self) -> list[Counted]:
        """A line a thread that has started."""
        data = self.counters.read_bytes() if self.counters.exists() else b""
        lines = [Counted(*line) for line in COUNTER.iter_unpack(data[:len(data) // COUNTER.size * COUNTER.size])]
        return [line for line in lines if line.tid != 0]

    def calls(self) -> int:
        return sum(line.calls for line in self.counted())

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


def wait_until(condition: Callable[[], bool]) -> bool:
    """Polls, for as long as a slow machine may need; whether it came true."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.001)
    return True
