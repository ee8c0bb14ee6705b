"""How fast events become paths, what they need until then: python3 correlator.py --benchmarks DLL --out DIR [--short]."""
from __future__ import annotations

import argparse
import dataclasses
import functools
import json
import math
import pathlib
import statistics
import subprocess
from typing import Any

import report
from report import Row

MEMORY_GOAL = 3.0  # million events a second of one core
STORE_GOAL = 1.0
GROWTH_GOAL = 1.25  # times the cost of an event, a decade
VISIBLE_GOAL = 1000.0  # ms
EVENTS_A_SECOND = 50_000  # of recorded time, as STrace.Benchmarks makes them


@dataclasses.dataclass(frozen=True)
class Sizes:
    """How much is measured, and how often."""
    memory: tuple[int, ...]
    store: int
    live: int
    original: tuple[int, ...]
    seconds: int
    rounds: int


FULL = Sizes(memory=(1_000_000, 10_000_000, 50_000_000), store=1_000_000, live=1_000_000, original=(4_000, 16_000, 64_000, 128_000),
             seconds=60, rounds=3)
SHORT = Sizes(memory=(100_000, 300_000), store=100_000, live=100_000, original=(4_000, 16_000), seconds=5, rounds=2)


class Benchmarks:
    """STrace.Benchmarks.dll: a process a measurement, so that none finds another's heap."""

    def __init__(self, dll: pathlib.Path):
        self.dll = dll

    def __call__(self, *arguments: object) -> dict[str, Any]:
        done = subprocess.run(["dotnet", self.dll, *map(str, arguments)], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(map(str, arguments))}: {done.stderr.strip()}")
        return json.loads(done.stdout)


def rate(ns: float) -> float:
    """Million a second, of what takes so long."""
    return 1e3 / ns


def decade(small: float, large: float, factor: float) -> float:
    """By how much the cost of an event is multiplied in a decade, when it goes from `small` to `large` while their number grows by `factor`."""
    return (large / small) ** (1 / math.log10(factor))


def taken(runs: list[dict[str, float]], *keys: str) -> list[float]:
    """Of each run the ns an event that these parts of it took."""
    return [sum(figures[key] for key in keys) for figures in runs]


def rate_row(case: str, metric: str, ours: list[float], again: list[float], goal: float | None = None) -> Row:
    """Events a second, of what an event took in runs and in as many runs of the same thing between them."""
    first, second = [rate(ns) for ns in ours], [rate(ns) for ns in again]
    return Row(case, metric, "M/s", statistics.median(first), noise=report.noise(first, second), runs=len(first), goal=goal, at_least=True)


def memory(run: Benchmarks, sizes: Sizes) -> list[Row]:
    results = report.interleave(
        sizes.rounds, {(n, again): functools.partial(run, "memory", n) for n in sizes.memory for again in (False, True)})
    rows, growth = [], []
    for n in sizes.memory:
        ours, again = results[n, False], results[n, True]
        case = f"memory to paths, {n:,} events"
        rows.append(rate_row(case, "events a second of one core", taken(ours, "processorNs"), taken(again, "processorNs"), MEMORY_GOAL))
        rows.append(rate_row(case, "events a second, by the clock", taken(ours, "wallNs"), taken(again, "wallNs")))
    for small, large in zip(sizes.memory, sizes.memory[1:]):
        few, many, again = (taken(results[key], "processorNs") for key in ((small, False), (large, False), (large, True)))
        growth.append(Row(f"{large:,} events, growth a decade", "processor time an event", "ns", statistics.median(many),
                          statistics.median(few), f"{small:,} events", decade(statistics.median(few), statistics.median(many), large / small),
                          report.noise(many, again), sizes.rounds, GROWTH_GOAL))
    return rows + growth


def store(run: Benchmarks, sizes: Sizes) -> list[Row]:
    results = report.interleave(sizes.rounds, {again: functools.partial(run, "store", sizes.store) for again in (False, True)})
    phases = {"writeNs": "written to the store", "readNs": "read back", "buildNs": "made into paths"}
    ours, again = results[False], results[True]
    case = f"agents' blocks through the store, {sizes.store:,}"
    parts = [Row(case, phase, "ns", statistics.median(taken(ours, key)), noise=report.noise(taken(ours, key), taken(again, key)), runs=sizes.rounds)
             for key, phase in phases.items()]
    return [rate_row(case, "events a second of one core", taken(ours, *phases), taken(again, *phases), STORE_GOAL), *parts]


def visibility(run: Benchmarks, sizes: Sizes) -> list[Row]:
    figures = run("visibility", sizes.seconds)
    case = f"{EVENTS_A_SECOND:,} events/s, {sizes.seconds} s, {figures['paths']:,.0f} paths"
    return [Row(case, f"last event to path, {name}", "ms", figures[key], goal=goal)
            for name, key, goal in (("median", "p50Ms", None), ("99%", "p99Ms", VISIBLE_GOAL), ("longest", "maxMs", None))]


def live(run: Benchmarks, sizes: Sizes) -> Row:
    figures = run("live", sizes.live)
    return Row(f"{figures['live']:,.0f} events, one host late", "memory a live event", "bytes", figures["bytes"])


def original(run: Benchmarks, sizes: Sizes) -> list[Row]:
    rows = []
    for n in sizes.original:
        figures = run("original", n)
        rows.append(Row(f"{n:,} events, a connection a request", "processor time an event", "ns", figures["processorNs"],
                        figures["originalNs"], "the original, scanning lists", figures["originalNs"] / figures["processorNs"]))
    return rows


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--benchmarks", type=pathlib.Path, required=True, help="STrace.Benchmarks.dll")
    arguments.add_argument("--out", type=pathlib.Path, required=True)
    arguments.add_argument("--short", action="store_true")
    told = arguments.parse_args()
    run, sizes = Benchmarks(told.benchmarks.resolve()), SHORT if told.short else FULL
    rows = [*memory(run, sizes), *store(run, sizes), *visibility(run, sizes), live(run, sizes), *original(run, sizes)]
    report.write(told.out, "correlator", rows, settings=run("settings"))


if __name__ == "__main__":
    main()
