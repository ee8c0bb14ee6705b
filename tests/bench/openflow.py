#!/usr/bin/python3
"""Measures the controller and the proxy, and writes OUT/openflow.json.

A load generator plays switches (native/bench/switches.c) against S-Trace, against ovs-testcontroller, an os-ken learning switch and the least that can
answer (native/bench/responder.c: the ceiling of the generator), one after the other in each round. In throughput mode the
switches send as much as is taken, in latency mode each waits for the answer to its last question. The proxy stands before the responder and is
held against the responder alone and against a plain relay of bytes. Ends with 0 when it could measure, whatever it measured.
"""
from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from typing import Iterator

from recording import free_port
from report import Row, interleave, write

LEARNING = pathlib.Path(__file__).resolve().parents[2] / "mininet/apps/osken/learning.py"  # Debian's os-ken comes without its examples
READY_S = 30
ROUNDS, SECONDS, WARM_UP_S = 5, 5, 2
SHORT_ROUNDS, SHORT_SECONDS = 2, 2
SWITCHES = (1, 8, 16, 64, 256)
MACS = (100, 100_000)
MOST_OF_OVS = 16  # more it refuses
SOAK_SWITCHES, SOAK_S, SOAK_SLICE_S, SOAK_PAUSE_MS, SOAK_SLICES_A_PEER = 256, 600, 30, 10, 5
SOAK_RSS_MB, SOAK_WAIT_US = 300, 20_000
PROXY_MEDIAN_US, PROXY_P99_US = 60, 1000
CEILING_SHARE = 0.6


class BenchError(Exception):
    pass


@dataclasses.dataclass(frozen=True)
class Load:
    mode: str
    switches: int
    macs: int
    seconds: int
    pause_ms: int = 0

    def __str__(self) -> str:
        return f"{self.mode}, {self.switches} switch{'es' if self.switches > 1 else ''}, {self.macs:,} MACs"


class Bench:
    def __init__(self, bin_dir: pathlib.Path, folder: pathlib.Path) -> None:
        self._bin, self._tools, self._folder = bin_dir, bin_dir / ".native" / "bench", folder
        self._count = 0

    def _tool(self, name: str) -> str:
        return str(self._tools / name)

    def measure(self, port: int, load: Load) -> dict[str, float]:
        done = subprocess.run([self._tool("switches"), str(port), load.mode, str(load.switches), str(load.macs), str(load.seconds), str(WARM_UP_S),
                               *([str(load.pause_ms)] if load.pause_ms else [])],
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise BenchError(f"{load}: {done.stderr.strip()}")
        return json.loads(done.stdout)

    @contextlib.contextmanager
    def _running(self, name: str, command: list[str], port: int, environment: dict[str, str] | None = None) -> Iterator[subprocess.Popen]:
        log = self._folder / f"{name}.log"
        with log.open("w", encoding="utf-8") as output:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, env=os.environ | (environment or {}))
            try:
                self._wait(name, process, port, log)
                yield process
            finally:
                process.terminate()
                try:
                    process.wait(timeout=READY_S)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()

    @staticmethod
    def _wait(name: str, process: subprocess.Popen, port: int, log: pathlib.Path) -> None:
        deadline = time.monotonic() + READY_S
        listening = f"0100007F:{port:04X}"
        while time.monotonic() < deadline and process.poll() is None:
            sockets = pathlib.Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()
            if any(line.split()[1] in (listening, f"00000000:{port:04X}") and line.split()[3] == "0A" for line in sockets[1:]):
                return
            time.sleep(0.05)
        raise BenchError(f"{name} does not listen on port {port}: {log.read_text(errors='replace')[-500:]}")

    @contextlib.contextmanager
    def responder(self) -> Iterator[int]:
        port = free_port()
        with self._running("responder", [self._tool("responder"), str(port)], port):
            yield port

    @contextlib.contextmanager
    def relay(self, to: int) -> Iterator[int]:
        port = free_port()
        with self._running("relay", [self._tool("relay"), str(port), str(to)], port):
            yield port

    @contextlib.contextmanager
    def ovs(self) -> Iterator[int]:
        port = free_port()
        with self._running("ovs-testcontroller", ["ovs-testcontroller", f"ptcp:{port}:127.0.0.1"], port):
            yield port

    @contextlib.contextmanager
    def os_ken(self) -> Iterator[int]:
        port = free_port()
        with self._running("os-ken", ["osken-manager", "--ofp-listen-host", "127.0.0.1", "--ofp-tcp-listen-port", str(port), "--default-log-level", "50",
                                      str(LEARNING)], port):
            yield port

    @contextlib.contextmanager
    def ours(self, records: bool = False, upstream: int | None = None) -> Iterator[tuple[int, int]]:
        """The port, and the manager's process."""
        self._count += 1
        folder = self._folder / f"manager{self._count}"
        folder.mkdir()
        port, http = free_port(), free_port()
        command = [str(self._bin / "s-trace"), "manager", "--openflow", f"127.0.0.1:{port}", "--http", f"127.0.0.1:{http}",
                   "--agents", f"unix:{folder}/agents.sock", "--data", str(folder / "data")]
        if upstream is not None:
            command += ["--upstream", f"tcp:127.0.0.1:{upstream}"]
        with self._running(f"manager{self._count}", command, port) as process:
            server = f"http://127.0.0.1:{http}"
            self._wait("manager", process, http, folder.with_suffix(".log"))
            if records:
                self._session(server, "start", "bench")
            yield port, process.pid
            if records:
                self._session(server, "stop")
        shutil.rmtree(folder, ignore_errors=True)

    def _session(self, server: str, *what: str) -> None:
        done = subprocess.run([self._bin / "s-trace", "session", *what, "--server", server], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise BenchError(f"session {what[0]}: {done.stderr.strip()}")


def median(runs: list[dict[str, float]], key: str = "answersPerSecond") -> float:
    return statistics.median(run[key] for run in runs)


def spread(first: list[dict[str, float]], second: list[dict[str, float]]) -> float:
    """A against A, as a share."""
    return statistics.median(abs(a["answersPerSecond"] / b["answersPerSecond"] - 1) for a, b in zip(first, second))


def controllers(bench: Bench, load: Load, rounds: int) -> list[Row]:
    def of(context, port=lambda given: given):
        def run() -> dict[str, float]:
            with context() as given:
                return bench.measure(port(given), load)
        return run
    peers = {"ours": of(bench.ours, lambda g: g[0]), "ours again": of(bench.ours, lambda g: g[0]),
             "recorded": of(lambda: bench.ours(records=True), lambda g: g[0]), "responder": of(bench.responder)}
    if load.switches <= MOST_OF_OVS:
        peers["ovs-testcontroller"] = of(bench.ovs)
    if load.switches <= 8 and load.macs == MACS[0]:
        peers["os-ken"] = of(bench.os_ken)
    runs = interleave(rounds, peers)
    noise = spread(runs["ours"], runs["ours again"])
    has_goal = load.switches in (1, 8) and load.macs == MACS[0]
    goals = {"throughput": {"ours": 10, "recorded": 5}, "latency": {"ours": 1, "recorded": None}}[load.mode]
    rows = []
    for name, what in (("ours", "recording off"), ("recorded", "every message recorded")):
        for peer in ("ovs-testcontroller", "os-ken", "responder"):
            if peer not in runs:
                continue
            goal = goals[name] if peer == "ovs-testcontroller" else CEILING_SHARE if peer == "responder" and load.mode == "latency" and name == "ours" else None
            ours, theirs = median(runs[name]), median(runs[peer])
            rows.append(Row(f"{load}, {what}", "answers", "/s", ours, theirs, peer, ours / theirs, noise, rounds, goal if has_goal else None, at_least=True))
    return rows


def proxies(bench: Bench, rounds: int, seconds: int) -> list[Row]:
    load = Load("latency", 1, MACS[0], seconds)
    with bench.responder() as port, bench.relay(port) as relayed, bench.ours(upstream=port) as (proxied, _), \
            bench.ours(records=True, upstream=port) as (recorded, _):
        runs = interleave(rounds, {name: lambda to=to: bench.measure(to, load) for name, to in
                                   (("none", port), ("none again", port), ("relay", relayed), ("proxy", proxied), ("recorded", recorded))})
        flood = dataclasses.replace(load, mode="throughput")
        floods = interleave(rounds, {name: lambda to=to: bench.measure(to, flood) for name, to in
                                     (("none", port), ("relay", relayed), ("proxy", proxied), ("proxy again", proxied), ("recorded", recorded))})
    rows = []
    for name, peer in (("proxy", "none"), ("proxy", "relay"), ("recorded", "none")):
        for metric, key, goal in (("added to the median round trip", "medianUs", PROXY_MEDIAN_US), ("added to the 99th percentile", "p99Us", PROXY_P99_US)):
            added = statistics.median(a[key] - b[key] for a, b in zip(runs[name], runs[peer]))
            noise = statistics.median(abs(a[key] - b[key]) for a, b in zip(runs["none"], runs["none again"]))
            rows.append(Row(f"proxy{', recorded' if name == 'recorded' else ''}", metric, "us", added, median(runs[peer], key), peer, None, noise, rounds,
                            goal if (name, peer) == ("proxy", "none") else None))
    noise = spread(floods["proxy"], floods["proxy again"])
    for name, peer, goal in (("proxy", "none", None), ("proxy", "relay", None), ("recorded", "proxy", 0.9)):
        ours, theirs = median(floods[name]), median(floods[peer])
        rows.append(Row(f"proxy{', recorded' if name == 'recorded' else ''}, throughput", "answers", "/s", ours, theirs, peer, ours / theirs, noise, rounds, goal, at_least=True))
    ours, theirs = median(runs["recorded"]), median(runs["proxy"])
    rows.append(Row("proxy, recorded, latency", "answers", "/s", ours, theirs, "proxy", ours / theirs, None, rounds, 0.9, at_least=True))
    return rows


def resident_mb(pid: int) -> float:
    lines = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("VmRSS"))) / 1024


def soak(bench: Bench, seconds: int) -> list[Row]:
    """Many switches for long, each with a question every few milliseconds: not so many that they wait for one another's answers."""
    resident, ours, least, lost = [], [], [], 0
    load = Load("latency", SOAK_SWITCHES, MACS[0], min(seconds, SOAK_SLICE_S), SOAK_PAUSE_MS)
    with bench.ours() as (port, pid), bench.responder() as responder:
        for index in range(max(1, seconds // SOAK_SLICE_S)):
            measured = bench.measure(port, load)
            resident.append(resident_mb(pid))
            ours.append(measured["maxUs"])
            lost += int(measured["dropped"] + measured["errors"])
            if index % SOAK_SLICES_A_PEER == 0:
                least.append(bench.measure(responder, load)["maxUs"])
    case = f"{SOAK_SWITCHES} switches, {seconds} s"
    late = resident[len(resident) // 2:]
    return [Row(case, "resident memory, most", "MB", max(resident), goal=SOAK_RSS_MB),
            Row(case, "growth in the second half", "MB", late[-1] - late[0]),
            Row(case, "packets dropped or refused", "", lost, goal=0),
            Row(case, "longest wait for an answer", "us", max(ours), max(least), "responder", runs=len(ours), goal=SOAK_WAIT_US)]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", type=pathlib.Path, default=pathlib.Path("bin"))
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("out/bench"))
    parser.add_argument("--short", action="store_true", help="fewer rounds, 1 and 8 switches only")
    parser.add_argument("--only", choices=("controllers", "proxy", "soak"), action="append")
    arguments = parser.parse_args()
    rounds, seconds = (SHORT_ROUNDS, SHORT_SECONDS) if arguments.short else (ROUNDS, SECONDS)
    parts = arguments.only or ["controllers", "proxy", "soak"]
    rows: list[Row] = []
    try:
        with tempfile.TemporaryDirectory(prefix="s-trace-bench-") as folder:
            bench = Bench(arguments.bin.resolve(), pathlib.Path(folder))
            if "controllers" in parts:
                for mode in ("throughput", "latency"):
                    for switches in SWITCHES[:2] if arguments.short else SWITCHES:
                        for macs in MACS[:1] if arguments.short else MACS:
                            rows += controllers(bench, Load(mode, switches, macs, seconds), rounds if switches <= 8 else min(rounds, 3))
            if "proxy" in parts:
                rows += proxies(bench, rounds, seconds)
            if "soak" in parts:
                rows += soak(bench, SOAK_SLICE_S if arguments.short else SOAK_S)
    except BenchError as error:
        print(f"bench-openflow: {error}", file=sys.stderr)
        return 1
    write(arguments.out, "openflow", rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
