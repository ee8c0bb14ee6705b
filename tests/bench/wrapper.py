#!/usr/bin/python3
"""Measures what libwrapper adds to a call, and what its peers add, and writes OUT/wrapper.json.

Every figure is the median, over rounds in which all variants take turns, of the difference to the same loop under an empty
preload library; a run is itself the median of its batches (native/bench/loops.c). Ends with 0 when it could measure.
"""
from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import os
import pathlib
import re
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from typing import Any, Callable, Iterator

from recording import Drainer, Stack
from report import Row, added, interleave, noise, times, write

SIZES = (1, 100, 1500, 10000)
LOOP_S = 60
FIGURE = re.compile(r"^\d+\.\d+$", re.M)


@dataclasses.dataclass(frozen=True)
class Scale:
    rounds: int
    batches: int
    peer_rounds: int


FULL, SHORT = Scale(15, 300, 5), Scale(3, 100, 2)


@dataclasses.dataclass(frozen=True)
class Variant:
    """How a loop is run: what is preloaded, by which command, with which environment."""
    preload: tuple[pathlib.Path, ...] = ()
    command: tuple[str, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    quoted: bool = False  # the command takes the loop as one argument


class Loops:
    def __init__(self, bin_dir: pathlib.Path):
        self.tools = bin_dir / ".native" / "bench"
        self.empty = Variant((self.tools / "libempty.so",))
        self.wrapper = bin_dir / "libwrapper.so"
        for needed in (self.wrapper, self.tools / "loops", self.tools / "libempty.so"):
            if not needed.exists():  # the dynamic linker would go on without it
                raise SystemExit(f"bench-wrapper needs {needed}: run make, and make -C native/bench")

    def ours(self, socket: str, *after: pathlib.Path) -> Variant:
        return Variant((self.wrapper, *after), environment=(("STRACE_SOCKET", socket),))

    def start(self, variant: Variant, case: str, size: int, batches: int) -> subprocess.CompletedProcess[str]:
        loop = [str(self.tools / "loops"), case, str(size), str(batches), str(self.tools / "child")]
        if variant.preload:
            loop = ["env", "LD_PRELOAD=" + ":".join(map(str, variant.preload)), *loop]
        command = [*variant.command, shlex.join(loop)] if variant.quoted else [*variant.command, *loop]
        return subprocess.run(command, env={**os.environ, **dict(variant.environment)}, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False, timeout=LOOP_S)

    def cost(self, variant: Variant, case: str, size: int, batches: int) -> float:
        """ns a call."""
        done = self.start(variant, case, size, batches)
        figure = FIGURE.search(done.stdout)
        if done.returncode != 0 or figure is None:
            raise RuntimeError(f"{shlex.join(map(str, done.args))} ended with {done.returncode}: {done.stderr.strip()[-500:]}")
        return float(figure[0])

    def measure(self, rounds: int, batches: int, case: str, size: int, variants: dict[str, Variant]) -> dict[str, list[float]]:
        def bound(variant: Variant) -> Callable[[], float]:
            return lambda: self.cost(variant, case, size, batches)
        print(f"{case} {size}", file=sys.stderr)
        return interleave(rounds, {name: bound(variant) for name, variant in variants.items()})


def no_system_call(loops: Loops, scale: Scale, drained: Drainer, undrained: Drainer) -> list[Row]:
    """Against the bare ring, on a write that returns at once; no reader, as the bare ring has none, and with one."""
    null = loops.tools / "libnull.so"
    results = loops.measure(scale.rounds, scale.batches, "null", 1, {
        "plain": Variant((null,)), "again": Variant((null,)), "bare": Variant((loops.tools / "libbare.so", null)),
        "ours": loops.ours(undrained.socket, null), "drained": loops.ours(drained.socket, null)})
    bare, floor = added(results["bare"], results["plain"]), noise(results["again"], results["plain"])
    ours, read = added(results["ours"], results["plain"]), added(results["drained"], results["plain"])
    return [Row("no system call, nobody reads the ring", "added a call", "ns", ours, bare, "bare ring", ours / bare, floor, scale.rounds, 1.5),
            Row("no system call, the ring is drained", "added a call", "ns", read, bare, "bare ring, not drained", read / bare, floor,
                scale.rounds)]


def calls(loops: Loops, scale: Scale, drained: Drainer, original: Variant) -> list[Row]:
    """Reading and writing, and fopen, beside the original with a kept connection."""
    rows = []
    for case, size in [(case, size) for case in ("write", "read", "send", "recv") for size in SIZES] + [("fopen", 0)]:
        results = loops.measure(scale.rounds, scale.batches, case, size, {
            "empty": loops.empty, "again": loops.empty, "plain": Variant(), "ours": loops.ours(drained.socket)})
        slow = loops.measure(scale.peer_rounds, scale.batches // 10, case, size, {"empty": loops.empty, "peer": original})
        ours, peer = added(results["ours"], results["empty"]), added(slow["peer"], slow["empty"])
        floor = noise(results["again"], results["empty"])
        name = f"{case} {size} B" if size else "fopen and fclose"
        rows.append(Row(name, "added a call", "ns", ours, peer, "original, kept connection", times(peer, ours, floor),
                        floor, scale.rounds))
        rows.append(Row(name, "a call, and without anything", "ns", statistics.median(results["ours"]),
                        statistics.median(results["plain"]), "nothing preloaded", None, None, scale.rounds))
    return rows


def starts(loops: Loops, scale: Scale, drained: Drainer) -> list[Row]:
    rows = []
    for case, name, goal in (("thread", "pthread_create and join", 5), ("fork", "fork and waitpid", 10), ("exec", "fork, exec, waitpid", 40)):
        results = loops.measure(scale.rounds, scale.batches, case, 0, {
            "empty": loops.empty, "again": loops.empty, "ours": loops.ours(drained.socket)})
        rows.append(Row(name, "added over an empty library", "us", added(results["ours"], results["empty"]) / 1000,
                        statistics.median(results["empty"]) / 1000, "empty preload library", None,
                        noise(results["again"], results["empty"]) / 1000, scale.rounds, goal))
    return rows


@contextlib.contextmanager
def collector(loops: Loops) -> Iterator[str]:
    with subprocess.Popen([loops.tools / "collector"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.communicate()


@contextlib.contextmanager
def lttng() -> Iterator[None]:
    """A recording session of LTTng-UST's own daemon, which is started when none runs."""
    def run(*arguments: str) -> bool:
        return subprocess.run(["lttng", *arguments], capture_output=True, check=False).returncode == 0
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        if not run("list"):
            ready = subprocess.Popen(["lttng-sessiond", "--no-kernel"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            stack.callback(ready.wait)
            stack.callback(ready.terminate)
            while not run("list") and ready.poll() is None:
                time.sleep(0.1)
        if not run("create", "s-trace-bench", f"--output={folder}"):
            raise RuntimeError("lttng create failed")
        stack.callback(run, "destroy", "s-trace-bench")
        if not (run("enable-event", "-u", "strace_bench:*") and run("start")):
            raise RuntimeError("lttng could not enable its events")
        yield


PROBE_BODY = "/pid == cpid/ { @start[tid] = nsecs; } %s /@start[tid]/ { @ns = sum(nsecs - @start[tid]); @calls = count(); delete(@start[tid]); }"
TRACEPOINT = "tracepoint:syscalls:sys_enter_write " + PROBE_BODY % "tracepoint:syscalls:sys_exit_write"
# The tracing file system is mounted for the peer alone, where the machine has not mounted it.
PRIVATE_TRACEFS = ("unshare", "--mount", "sh", "-c", '[ -e /sys/kernel/tracing/events ] || mount -t tracefs tracefs /sys/kernel/tracing; exec "$@"', "sh")


def libc() -> str:
    with open("/proc/self/maps", encoding="utf-8") as maps:
        return next(line.split()[-1] for line in maps if "/libc.so.6" in line or "/libc-2" in line)


def peers(loops: Loops, folder: str, port: str) -> dict[str, tuple[Variant, int, float | None]]:
    """Name -> how, batches of every hundred of ours, goal."""
    uprobe = f"uprobe:{libc()}:write {PROBE_BODY % f'uretprobe:{libc()}:write'}"
    kept = Variant((loops.tools / "liboriginal.so",), environment=(("ORIGINAL_MANAGER", port),))
    return {
        "original, kept connection": (kept, 10, 100),
        "original, a connection an event": (dataclasses.replace(kept, environment=(*kept.environment, ("ORIGINAL_PER_EVENT", "1"))), 2, None),
        "LTTng-UST, enter and leave": (Variant((loops.tools / "liblttng.so",)), 100, 8),
        "LTTng-UST, one event": (Variant((loops.tools / "liblttng-one.so",)), 100, 8),
        "uftrace, arguments": (Variant(command=("uftrace", "record", "--force", "--no-event", "-a", "-d", f"{folder}/uftrace")), 20, None),
        "bpftrace, tracepoints": (Variant(command=(*PRIVATE_TRACEFS, "bpftrace", "-e", TRACEPOINT, "-c"), quoted=True), 50, None),
        "bpftrace, uprobes": (Variant(command=(*PRIVATE_TRACEFS, "bpftrace", "-e", uprobe, "-c"), quoted=True), 10, None),
        "strace -f": (Variant(command=("strace", "-f", "-o", "/dev/null")), 5, 300),
        "ltrace": (Variant(command=("ltrace", "-f", "-o", "/dev/null")), 2, None),
    }


def against_peers(loops: Loops, scale: Scale, drained: Drainer, port: str) -> tuple[list[Row], dict[str, str]]:
    """A write of one byte under each peer, in the same rounds as ours. Returns the rows, and why a peer is missing.

    The original asks for addresses only on a socket, so it is measured on one as well.
    """
    missing, rows = {}, []
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        try:
            if not (loops.tools / "liblttng.so").exists():
                raise RuntimeError("liblttng-ust-dev was not there when it was built")
            stack.enter_context(lttng())
        except (RuntimeError, OSError) as e:
            missing["LTTng-UST"] = str(e)
        all_peers = [("write 1 B, pipe", "write", name, how) for name, how in peers(loops, folder, port).items()]
        all_peers.insert(1, ("write 1 B, socket", "write-unix", *all_peers[0][2:]))
        for title, case, name, (variant, share, goal) in all_peers:
            if any(name.startswith(absent) for absent in missing):
                continue
            fewer = max(scale.batches * share // 100, 3)
            try:
                results = interleave(scale.peer_rounds, {
                    "empty": lambda: loops.cost(loops.empty, case, 1, scale.batches),
                    "again": lambda: loops.cost(loops.empty, case, 1, scale.batches),
                    "ours": lambda: loops.cost(loops.ours(drained.socket), case, 1, scale.batches),
                    "peer": lambda: loops.cost(variant, case, 1, fewer)})
            except (RuntimeError, OSError) as e:
                missing[name] = str(e)
                continue
            ours, peer = added(results["ours"], results["empty"]), added(results["peer"], results["empty"])
            floor = noise(results["again"], results["empty"])
            rows.append(Row(title, "added a call", "ns", ours, peer, name, times(peer, ours, floor), floor, scale.peer_rounds, goal,
                            at_least=True))
            shutil.rmtree(f"{folder}/uftrace", ignore_errors=True)
    return rows, missing


def with_real_agent(loops: Loops, scale: Scale, bin_dir: pathlib.Path, drained: Drainer) -> list[Row]:
    """The same under a session of S-Trace's own agent and manager: both drainers must agree."""
    with Stack(bin_dir) as stack:
        stack.s_trace("session", "start", "wrapper")
        results = loops.measure(scale.peer_rounds, scale.batches, "write", 1, {
            "empty": loops.empty, "again": loops.empty, "ours": loops.ours(stack.socket), "drainer": loops.ours(drained.socket)})
        stack.s_trace("session", "stop")
    ours, peer = added(results["ours"], results["empty"]), added(results["drainer"], results["empty"])
    return [Row("write 1 B, agent and manager record", "added a call", "ns", ours, peer, "the drainer of this benchmark", ours / peer,
                noise(results["again"], results["empty"]), scale.peer_rounds)]


def system_calls(loops: Loops, drained: Drainer) -> list[Row]:
    """What strace -c counts more in 2N calls than in N, under libwrapper more than under an empty library."""
    few = 500

    def counted(variant: Variant, case: str, number: int) -> int:
        with tempfile.NamedTemporaryFile("r") as summary:
            loops.start(dataclasses.replace(variant, command=("strace", "-f", "-c", "-U", "calls", "-o", summary.name)),
                        case, number, 0).check_returncode()
            return int(re.findall(r"^\s*(\d+)(?:\s+total)?\s*$", summary.read(), re.M)[-1])

    def a_call(variant: Variant, case: str) -> float:
        return (counted(variant, case, 2 * few) - counted(variant, case, few)) / few

    def more(case: str) -> float:
        return a_call(loops.ours(drained.socket), case) - a_call(loops.empty, case)
    rows = [Row(f"{case}, known descriptor", "system calls added a call", "calls", more(case), runs=1, goal=0)
            for case in ("write", "read", "send", "recv")]
    for case, name, descriptors in (("files", "open of a file", 1), ("pipes", "pipe, both ends", 2), ("inherited", "inherited socket", 2),
                                    ("listeners", "socket, bind, listen", 1), ("connections", "connect and accept", 2)):
        rows.append(Row(name, "system calls a descriptor", "calls", more(case) / descriptors, runs=1, goal=3))
    return rows


def protocols(loops: Loops) -> list[Row]:
    """What the protocol processors cost by message size, and the hash alone (native/bench/protocol.c): not in the figures above."""
    done = subprocess.run([loops.tools / "protocol", "--json"], capture_output=True, text=True, check=True)
    return [Row(f"{line['calls']} {line['bytes']} B, processor", "a call", "ns", line["ns"], line["hash_ns"], "witness hash of as many bytes")
            for line in json.loads(done.stdout)]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=pathlib.Path, default=pathlib.Path("bin"))
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("out/bench"))
    parser.add_argument("--short", action="store_true")
    arguments = parser.parse_args()
    scale = SHORT if arguments.short else FULL
    loops = Loops(arguments.bin.resolve())
    with Drainer(loops.tools) as drained, Drainer(loops.tools, "--skip") as undrained, collector(loops) as port:
        original = Variant((loops.tools / "liboriginal.so",), environment=(("ORIGINAL_MANAGER", port),))
        rows = no_system_call(loops, scale, drained, undrained)
        rows += calls(loops, scale, drained, original)
        rows += starts(loops, scale, drained)
        compared, missing = against_peers(loops, scale, drained, port)
        rows += compared
        rows += with_real_agent(loops, scale, arguments.bin.resolve(), drained)
        rows += system_calls(loops, drained)
        rows += protocols(loops)
    counts = {key: drained.counts[key] for key in ("calls", "lost", "gaps", "torn", "noSlot")}
    if counts["calls"] == 0:
        raise SystemExit("bench-wrapper measured nothing: libwrapper recorded no call")
    write(arguments.out, "wrapper", rows, missing=missing, drained=counts)
    for peer, why in missing.items():
        print(f"not measured: {peer}: {why}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
