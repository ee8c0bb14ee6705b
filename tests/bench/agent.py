"""How fast the agent drains, and what it needs: python3 agent.py --bin BIN --benchmarks DLL --out DIR [--short]."""
from __future__ import annotations

import argparse
import os
import pathlib
import statistics
import subprocess
import threading
import time

import recording
import report

DRAINED_GOAL = 20.0  # million records a second a core
RESIDENT_GOAL = 96.0  # MB, shared memory apart
REQUESTS = 100_000  # a second
EVENTS_A_REQUEST = 10
THREADS = 50
SAMPLE_S = 0.2
IDLE_S = 10
TICKS = os.sysconf("SC_CLK_TCK")


class AgentStack(recording.Stack):
    """With a spool of its own."""

    def start_agent(self) -> None:
        self.start("agent", "--host", self.HOST, "--manager", self.agents, "--socket", self.socket, "--interface", "none",
                   "--spool", f"{self.folder.name}/spool")


class Watch:
    """A process's private memory and processor time, until the end of the block."""

    def __init__(self, pid: int):
        self.pid = pid
        self.resident_mb: list[float] = []
        self.cpu_s = 0.0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Watch:
        self._begun = self._cpu()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self.cpu_s = self._cpu() - self._begun

    def _run(self) -> None:
        while not self._stop.wait(SAMPLE_S):
            for line in pathlib.Path(f"/proc/{self.pid}/status").read_text(encoding="utf-8").splitlines():
                if line.startswith("RssAnon:"):
                    self.resident_mb.append(int(line.split()[1]) / 1024)

    def _cpu(self) -> float:
        fields = pathlib.Path(f"/proc/{self.pid}/stat").read_text(encoding="utf-8").rpartition(") ")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS


def drainer(bin_dir: pathlib.Path, benchmarks: pathlib.Path, rounds: int) -> report.Row:
    done = subprocess.run(["dotnet", benchmarks, "drainer", str(rounds)], capture_output=True, text=True, check=True,
                          env={**os.environ, "STRACE_BIN": str(bin_dir)})
    ours, again, copied = zip(*([float(figure) for figure in line.split()] for line in done.stdout.splitlines()))
    return report.Row("ring to encoded block, 512 rings", "records a second of one core", "M/s", statistics.median(ours),
                      statistics.median(copied), "a copy of the same bytes", noise=report.noise(list(ours), list(again)),
                      runs=rounds, goal=DRAINED_GOAL, at_least=True)


def load(bin_dir: pathlib.Path, tools: pathlib.Path, seconds: int) -> list[report.Row]:
    with AgentStack(bin_dir) as stack:
        agent = stack.processes["agent"].pid
        time.sleep(IDLE_S)  # until it has started everything that it starts
        with Watch(agent) as idle:
            time.sleep(IDLE_S)
        stack.s_trace("session", "start", "load")
        with Watch(agent) as busy:
            done = subprocess.run(
                [tools / "paced", str(THREADS), str(REQUESTS * EVENTS_A_REQUEST), str(seconds)], capture_output=True, text=True, check=True,
                env={**os.environ, "STRACE_SOCKET": stack.socket, "LD_PRELOAD": str(bin_dir / "libwrapper.so")})
        stack.s_trace("session", "stop")
        touched = any(pathlib.Path(stack.folder.name, "spool").rglob("*.spool"))
    made = int(done.stdout)
    case = f"{REQUESTS:,} requests/s of {EVENTS_A_REQUEST} events, {seconds} s" + (", spool used" if touched else "")
    return [
        report.Row(case, "resident, shared memory apart", "MB", max(busy.resident_mb), goal=RESIDENT_GOAL, runs=len(busy.resident_mb)),
        report.Row(case, "calls recorded a second", "M/s", made / seconds / 1e6),
        report.Row(case, "agent's processor time", "%", 100 * busy.cpu_s / seconds),
        report.Row("idle", "agent's processor time", "%", 100 * idle.cpu_s / IDLE_S),
        report.Row("idle", "resident, shared memory apart", "MB", max(idle.resident_mb), runs=len(idle.resident_mb)),
    ]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--bin", type=pathlib.Path, required=True)
    arguments.add_argument("--benchmarks", type=pathlib.Path, required=True, help="STrace.Benchmarks.dll")
    arguments.add_argument("--out", type=pathlib.Path, required=True)
    arguments.add_argument("--tools", type=pathlib.Path, help="what native/bench builds [BIN/.native/bench]")
    arguments.add_argument("--short", action="store_true")
    told = arguments.parse_args()
    bin_dir = told.bin.resolve()
    rows = [drainer(bin_dir, told.benchmarks.resolve(), 5 if told.short else 20)]
    rows += load(bin_dir, told.tools or bin_dir / ".native/bench", 10 if told.short else 60)
    report.write(told.out, "agent", rows)


if __name__ == "__main__":
    main()
