#!/usr/bin/python3
"""Measures the agent's sniffer, from the kernel to blocks that have reached the manager, and writes sniffer.json.

A generator on one core sends packets through a veth pair; on the other core the agent captures them on all interfaces, and in turn tcpdump
does. What was sent and what arrived is counted on both sides of the capture. Ends with 0 when it could measure, whatever it measured.
"""
from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import os
import pathlib
import platform
import re
import shutil
import signal
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import threading
import time
from typing import Callable

RATE = 300_000  # the goal, packets a second
LADDER = (400_000, 500_000, 600_000, 800_000, 1_000_000, 1_250_000, 1_500_000)
KINDS = {"udp64": "UDP of 64 bytes", "tcp1500": "TCP of 1500 bytes"}
GENERATOR_CORE, SNIFFER_CORE = 0, 1
INTERFACE = "v0"
HOST = "sniffed"
WAIT_S = 20

# Frames between agent and manager, see docs/formats.md.
WELCOME, CONFIGURE, ACK, EVENTS, OBJECTS, WATERMARK, ARMED, PACKETS = 2, 3, 4, 10, 11, 12, 13, 14


class BenchError(Exception):
    pass


@dataclasses.dataclass
class Measured:
    sent: int
    recorded: int
    dropped: int  # as the sniffer itself says
    cpu_s: float  # of the sniffer's process, while the packets came
    rate: int  # packets a second that came; a busy machine's generator may not reach what it was told

    @property
    def lost(self) -> int:
        return self.sent - self.recorded


class Manager:
    """Takes one agent's blocks, counts the packets in them and acknowledges each at once."""

    def __init__(self, path: str) -> None:
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(path)
        self._listener.listen(1)
        self._agent: socket.socket | None = None
        self._packets = 0
        self._seen: dict[int, threading.Event] = {kind: threading.Event() for kind in (ARMED, WATERMARK)}
        threading.Thread(target=self._serve, daemon=True).start()

    def begin(self, session: str) -> None:
        self._packets = 0
        self._switch(session, ARMED)

    def end(self) -> int:
        """Ends the session; the number of its packets."""
        self._switch("", WATERMARK)
        return self._packets

    def _switch(self, session: str, answer: int) -> None:
        wait_until(lambda: self._agent is not None, "the agent to connect")
        self._seen[answer].clear()
        self._send(CONFIGURE, struct.pack("<H", len(session)) + session.encode())
        if not self._seen[answer].wait(WAIT_S):
            raise BenchError(f"the agent did not begin or end a session within {WAIT_S} s")

    def _send(self, kind: int, body: bytes) -> None:
        assert self._agent is not None
        self._agent.sendall(struct.pack("<IB", 1 + len(body), kind) + body)

    def _serve(self) -> None:
        agent, _ = self._listener.accept()
        with agent.makefile("rb", buffering=1 << 20) as stream:
            (version,) = struct.unpack_from("<H", self._frame(stream)[1])
            self._agent = agent
            self._send(WELCOME, struct.pack("<Hq", version, 0))
            while True:
                kind, body = self._frame(stream)
                if kind in (ARMED, WATERMARK, PACKETS, EVENTS, OBJECTS):
                    (text,) = struct.unpack_from("<H", body)
                    (sequence,) = struct.unpack_from("<q", body, 2 + text)
                    if kind == PACKETS:
                        self._packets += struct.unpack_from("<i", body, 2 + text + 3 * 8)[0]
                    self._send(ACK, struct.pack("<q", sequence))
                if kind in self._seen:
                    self._seen[kind].set()

    @staticmethod
    def _frame(stream) -> tuple[int, bytes]:
        header = stream.read(4)
        if len(header) < 4:
            raise SystemExit  # the agent has ended, and with it this thread
        frame = stream.read(struct.unpack("<I", header)[0])
        return frame[0], frame[1:]


class Agent:
    """The agent in the receiving namespace; one session a measurement."""

    def __init__(self, network: Network, binaries: pathlib.Path, folder: pathlib.Path) -> None:
        self._manager = Manager(str(folder / "manager.sock"))
        self._log = folder / "agent.log"
        with open(self._log, "w") as log:
            self._process = network.start(
                str(binaries / "s-trace"), "agent", "--host", HOST, "--manager", f"unix:{folder}/manager.sock", "--socket", f"{folder}/agent.sock",
                "--interface", "any", stdout=subprocess.PIPE, stderr=log)
        if self._process.stdout.readline() != b"ready\n":
            raise BenchError(f"the agent did not start: {self._log.read_text()}")

    def measure(self, send: Callable[[], tuple[int, int]]) -> Measured:
        self._manager.begin("bench")
        before = cpu_s(self._process.pid)
        sent, rate = send()
        recorded = self._manager.end()
        cpu = cpu_s(self._process.pid) - before
        dropped = int(re.findall(r"packets recorded, (\d+) lost", self._log.read_text())[-1])
        return Measured(sent, recorded, dropped, cpu, rate)

    def resident_mb(self) -> float:
        status = pathlib.Path(f"/proc/{self._process.pid}/status").read_text()
        return sum(int(re.search(rf"{part}:\s+(\d+) kB", status).group(1)) for part in ("RssAnon", "RssFile")) / 1024

    def close(self) -> None:
        stop(self._process, signal.SIGTERM)


class Tcpdump:
    """tcpdump as it is told to be quick: headers only, nothing written, the same buffer."""

    def __init__(self, network: Network) -> None:
        self._network = network

    def measure(self, send: Callable[[], tuple[int, int]]) -> Measured:
        process = self._network.start("tcpdump", "-i", "any", "-n", "-s", "96", "-B", str(24 << 10), "-w", "/dev/null", "-Z", "root",
                                      stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        said = process.stderr.readline()
        while b"listening" not in said:
            if not said:
                raise BenchError("tcpdump did not start")
            said = process.stderr.readline()
        time.sleep(0.1)
        before = cpu_s(process.pid)
        sent, rate = send()
        time.sleep(1.2)  # tcpdump's batches wait for a second
        cpu = cpu_s(process.pid) - before
        process.send_signal(signal.SIGINT)
        report = process.stderr.read().decode()
        process.wait(WAIT_S)
        counts = {name: int(number) for number, name in re.findall(r"(\d+) packets? (captured|dropped by kernel)", report)}
        return Measured(sent, counts["captured"], counts["dropped by kernel"], cpu, rate)


class Network:
    """Two namespaces and a veth pair between them. Nobody in the receiving one answers."""

    def __init__(self, generator: pathlib.Path) -> None:
        self._generator = generator
        self._sender, self._receiver = (f"st{os.getpid()}{end}" for end in "sr")
        try:
            for name in (self._sender, self._receiver):
                run("ip", "netns", "add", name)
                for which in ("all", "default"):
                    run("ip", "netns", "exec", name, "sysctl", "-qw", f"net.ipv6.conf.{which}.disable_ipv6=1")
            run("ip", "-n", self._sender, "link", "add", INTERFACE, "type", "veth", "peer", "name", INTERFACE, "netns", self._receiver)
            for name in (self._sender, self._receiver):
                run("ip", "-n", name, "link", "set", INTERFACE, "up")
        except BaseException:
            self.close()
            raise

    def start(self, *command: str, **pipes) -> subprocess.Popen:
        return subprocess.Popen(["ip", "netns", "exec", self._receiver, "taskset", "-c", str(SNIFFER_CORE), *command], **pipes)

    def send(self, kind: str, count: int, rate: int) -> tuple[int, int]:
        """Sends that many; how many came through the pair, and how many a second."""
        before = self._arrived()
        took_ns = run("ip", "netns", "exec", self._sender, "taskset", "-c", str(GENERATOR_CORE), str(self._generator), INTERFACE, kind, str(count), str(rate))
        arrived = self._arrived() - before
        return arrived, round(arrived / int(took_ns) * 1e9)

    def close(self) -> None:
        for name in (self._sender, self._receiver):
            subprocess.run(["ip", "netns", "del", name], stderr=subprocess.DEVNULL, check=False)

    def _arrived(self) -> int:
        shown = json.loads(run("ip", "-n", self._receiver, "-json", "-stats", "link", "show", INTERFACE))
        return shown[0]["stats64"]["rx"]["packets"]


def run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BenchError(f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout


def wait_until(condition: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + WAIT_S
    while not condition():
        if time.monotonic() > end:
            raise BenchError(f"waited {WAIT_S} s for {what}")
        time.sleep(0.01)


def stop(process: subprocess.Popen, how: signal.Signals) -> None:
    process.send_signal(how)
    try:
        process.wait(WAIT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def cpu_s(pid: int) -> float:
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def highest_rate(sniffer: Agent | Tcpdump, network: Network, kind: str, seconds: float) -> int:
    """Of the highest rung at which nothing was lost."""
    best = 0
    for rate in (RATE, *LADDER):
        measured = sniffer.measure(lambda: network.send(kind, int(rate * seconds), rate))
        if measured.lost:
            break
        best = max(best, measured.rate)
    return best


def row(case: str, metric: str, unit: str, ours: list[float], peer: list[float], goal: float | None, met: Callable[[float], bool] | None) -> dict:
    middle, other = statistics.median(ours), statistics.median(peer) if peer else None
    return {"case": case, "metric": metric, "unit": unit, "ours": middle, "peer": other, "peerName": "tcpdump -s 96 -w /dev/null" if peer else None,
            "ratio": round(middle / other, 3) if other else None, "noise": round(max(ours) - min(ours), 4), "runs": len(ours), "goal": goal,
            "met": met(middle) if met else None}


def measure_kind(network: Network, agent: Agent, tcpdump: Tcpdump, kind: str, runs: int, seconds: float) -> list[dict]:
    pairs = [[sniffer.measure(lambda: network.send(kind, int(RATE * seconds), RATE)) for sniffer in (agent, tcpdump)] for _ in range(runs)]
    ours, peers = zip(*pairs)
    flood = agent.measure(lambda: network.send(kind, int(2_000_000 * seconds), 0))
    rates = [[highest_rate(sniffer, network, kind, seconds) for sniffer in (agent, tcpdump)] for _ in range(runs)]
    case = f"{KINDS[kind]}, {RATE} a second"
    return [
        row(case, "packets lost", "packets", [m.lost for m in ours], [m.lost for m in peers], 0, lambda lost: lost == 0),
        row(case, "CPU a packet", "ns", *([round(m.cpu_s / m.sent * 1e9) for m in side] for side in (ours, peers)), None, None),
        row(KINDS[kind], "highest rate without loss", "packets/s", *map(list, zip(*rates)), RATE, lambda rate: rate >= 0.999 * RATE),
        row(f"{KINDS[kind]}, as fast as they come", "packets neither recorded nor counted as dropped", "packets",
            [flood.lost - flood.dropped], [], 0, lambda missing: missing == 0)
        | {"sent": flood.sent, "recorded": flood.recorded, "dropped": flood.dropped},
    ]


def bench(arguments: argparse.Namespace) -> None:
    runs, seconds = (2, 1.0) if arguments.short else (5, 5.0)
    rows: list[dict] = []
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="st-")))
        network = Network(arguments.generator.resolve())
        stack.callback(network.close)
        agent = Agent(network, arguments.bin.resolve(), folder)
        stack.callback(agent.close)
        for kind in KINDS:
            rows += measure_kind(network, agent, Tcpdump(network), kind, runs, seconds)
        rows.append(row("after all of it", "agent's resident memory", "MB", [round(agent.resident_mb(), 1)], [], 96, lambda mb: mb <= 96))
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False).stdout.strip() or "unknown"
    report = {"name": "sniffer", "machine": f"{os.cpu_count()} cores, {platform.machine()}, Linux {platform.release()}", "commit": commit, "rows": rows}
    arguments.out.mkdir(parents=True, exist_ok=True)
    (arguments.out / "sniffer.json").write_text(json.dumps(report, indent=2) + "\n")
    print(f"{'case':<40}{'metric':<50}{'ours':>10}{'peer':>10}{'noise':>10}{'goal':>9}  met")
    for r in rows:
        print(f"{r['case']:<40}{r['metric']:<50}{r['ours']:>10}{r['peer'] if r['peer'] is not None else '-':>10}{r['noise']:>10}"
              f"{r['goal'] if r['goal'] is not None else '-':>9}  {r['met'] if r['met'] is not None else '-'}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=pathlib.Path, default=pathlib.Path("bin"), help="folder of s-trace")
    parser.add_argument("--generator", type=pathlib.Path, default=pathlib.Path("bin/.native/bench/packets"), help="native/bench/packets.c, built")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("out/bench"), help="folder for sniffer.json")
    parser.add_argument("--short", action="store_true", help="fewer and shorter runs")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # the namespaces are removed then, too
    try:
        if os.geteuid() != 0:
            raise BenchError("must be run by root, because it makes network namespaces")
        if shutil.which("tcpdump") is None:
            raise BenchError("tcpdump is missing: apt-get install tcpdump")
        if (os.cpu_count() or 1) < 2:
            raise BenchError("needs two cores, one for the packets' sender and one for the sniffer")
        bench(arguments)
    except (BenchError, OSError) as error:
        print(f"sniffer: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
