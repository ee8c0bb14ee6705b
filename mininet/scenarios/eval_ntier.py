#!/usr/bin/python3
"""Measures how many causal paths of n-Tier are exact (section 6.2.1 of the dissertation, table 6.1), and writes ntier.json.

Every run is measured with the rewrites of the rules seen live; one is replayed, too, and measured again with the rewrites that
the replay found. Ends with 0 when it could measure, whatever it measured.
"""
from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import os
import pathlib
import platform
import shutil
import subprocess
import sys
import time
from typing import Any, Iterator

import exported
import score
from clocks import Clocks
from processes import Process, ScenarioError
from ntier import CLIENTS, REPLICAS, NTier
from stack import Stack
from topologies import reference


@dataclasses.dataclass(frozen=True)
class Run:
    name: str
    requests: int
    in_flight: int
    accept: str
    replayed: bool = False
    clocks_off: bool = False


RUNS = (Run("one-at-a-time", 200, 1, "pool"), Run("sixteen-in-flight", 1000, 16, "pool", replayed=True),
        Run("main-accepts", 200, 8, "main"), Run("full-scale", 10_000, 64, "pool"),
        Run("full-scale-clocks-off", 10_000, 64, "pool", clocks_off=True))
SHORT_PART = {10_000: 500, 1000: 200, 200: 50}  # requests of a run -> of a short one
CLOCKS_OFF_MS = {host: 500 if turn % 2 == 0 else -500 for turn, host in enumerate(reference.HOSTS)}
CLIENTS_S, BUILD_S = 600, 1800
UNANSWERED = 1  # what a client ends with that has made all requests and did not get all answers
MOST_WRONG = 100  # requests that are told of


def shares(total: int, parts: int) -> list[int]:
    return [total // parts + (1 if part < total % parts else 0) for part in range(parts)]


def make_requests(application: NTier, run: Run) -> list[str]:
    """The three clients at once, or one after the other when one request at a time is wanted; what those say that lack an answer."""
    started, unanswered = [], []
    in_flight = shares(run.in_flight, len(CLIENTS)) if run.in_flight > 1 else [1] * len(CLIENTS)

    def wait(client: Process) -> None:
        if client.wait_status(CLIENTS_S, 0, UNANSWERED) == UNANSWERED:
            unanswered.append(f"{client.name}: {client.last_words()}")
    for host, requests, width in zip(CLIENTS, shares(run.requests, len(CLIENTS)), in_flight):
        client = application.start_client(host, f"{host}_{run.in_flight}", requests, width)
        if run.in_flight == 1:
            wait(client)
        else:
            started.append(client)
    for client in started:
        wait(client)
    return unanswered


def record(stack: Stack, run: Run) -> tuple[score.Truth, list[str]]:
    application = NTier(stack)
    application.start_replicas(run.accept)
    stack.s_trace("session", "start", run.name)
    unanswered = make_requests(application, run)
    application.stop_replicas()
    stack.s_trace("session", "stop")
    return application.take_truth()[0], unanswered


def measure(run: Run, rewrites: str, file: pathlib.Path, truth: score.Truth, off_ms: dict[str, int]) -> dict[str, Any]:
    head = exported.read_head(file)
    clocks = Clocks(head["clocks"], {host: off * 1_000_000 for host, off in off_ms.items()})
    paths = [score.reduce(path, clocks) for path in exported.read_paths(file)]
    verdicts = score.score(paths, truth)
    return {
        "name": run.name,
        "rewrites": rewrites,
        "requests": len(verdicts),
        "inFlight": run.in_flight,
        "exactPaths": sum(verdict.exact for verdict in verdicts),
        "missingEvents": sum(verdict.missing for verdict in verdicts),
        "extraEvents": sum(verdict.extra for verdict in verdicts),
        "wrongEdges": sum(verdict.wrong_edges for verdict in verdicts),
        "effectsBeforeCauses": sum(path.backward for path in paths),
        "clockOffsetsMs": {clock["host"]: [round(int(knot["offsetNs"]) / 1e6, 3) for knot in clock["knots"]] for clock in head["clocks"]},
        "packets": {"placed": sum(path.packets for path in paths), "unplaced": len(head["unplacedPackets"])},
        "ipc": score.count_ipc(paths, {reference.address_of(host) for host in REPLICAS}),
        "ipcTruth": truth.ipc,
        "wrong": [{"request": verdict.request, "why": "; ".join(verdict.why)} for verdict in verdicts if not verdict.exact][:MOST_WRONG],
    }


def measure_all(stack: Stack, runs: list[Run], results: list[dict[str, Any]]) -> None:
    def built(run: Run, rewrites: str, seconds: dict[str, float]) -> dict[str, Any]:
        file = stack.run / f"{run.name}-{rewrites}.json"
        with timed(seconds, "build"):
            stack.s_trace("paths", "build", "--session", run.name, "--rewrites", rewrites, timeout_s=BUILD_S)
        with timed(seconds, "export"):
            stack.export(run.name, file, rewrites)
        with timed(seconds, "score"):
            result = measure(run, rewrites, file, truths[run], stack.clocks_off_ms)
        if not result["wrong"]:
            file.unlink()
        return {**result, "unanswered": unanswered[run], "seconds": seconds}
    truths: dict[Run, score.Truth] = {}
    unanswered: dict[Run, list[str]] = {}
    for run in runs:
        seconds: dict[str, float] = {}
        with timed(seconds, "record"):
            truths[run], unanswered[run] = record(stack, run)
        results.append(built(run, "live", seconds))
    replayed = [run for run in runs if run.replayed]
    if replayed:
        stack.change_to_replay_network()
    for run in replayed:
        record_of = stack.replay(run.name)
        results.append({**built(run, "replay", {}), "replay": {
            "id": record_of["id"], "injected": sum(place["frames"] for place in record_of["injected"]),
            **{name: record_of["comparison"][name] for name in ("delivered", "dropped", "rewritten", "unexpected")}}})


@contextlib.contextmanager
def timed(seconds: dict[str, float], what: str) -> Iterator[None]:
    begin = time.monotonic()
    yield
    seconds[what] = round(time.monotonic() - begin, 1)


def rows_of(result: dict[str, Any]) -> list[dict[str, Any]]:
    measured = (("exact paths", "requests", result["exactPaths"], result["requests"]),
                ("missing events", "events", result["missingEvents"], 0), ("extra events", "events", result["extraEvents"], 0),
                ("wrong edges", "edges", result["wrongEdges"], 0),
                ("effects before causes", "edges", result["effectsBeforeCauses"], 0),
                ("unplaced packets", "packets", result["packets"]["unplaced"], 0))
    return [{"case": f"{result['name']}, {result['rewrites']}", "metric": metric, "unit": unit, "ours": ours, "peer": None, "peerName": None, "ratio": None,
             "noise": None, "runs": 1, "goal": goal, "met": ours == goal} for metric, unit, ours, goal in measured]


def table_of(results: list[dict[str, Any]]) -> str:
    lines = [f"{'run':<23}{'rewrites':>9}{'requests':>9}{'exact':>7}{'missing':>9}{'extra':>7}{'edges':>7}{'backward':>9}"
             f"{'packets':>9}{'unplaced':>9}   mechanisms, from paths / from n-Tier; seconds"]
    for result in results:
        ipc = ", ".join(f"{name} {count}/{result['ipcTruth'][name]}" for name, count in result["ipc"].items())
        lines.append(f"{result['name']:<23}{result['rewrites']:>9}{result['requests']:>9}{result['exactPaths']:>7}"
                     f"{result['missingEvents']:>9}{result['extraEvents']:>7}{result['wrongEdges']:>7}{result['effectsBeforeCauses']:>9}"
                     f"{result['packets']['placed']:>9}{result['packets']['unplaced']:>9}   {ipc}; "
                     + ", ".join(f"{what} {seconds:.0f}" for what, seconds in result["seconds"].items()))
        lines += [f"    {words}" for words in result["unanswered"]]
        lines += [f"    {wrong['request']}: {wrong['why']}" for wrong in result["wrong"][:5]]
        if len(result["wrong"]) > 5:
            lines.append(f"    and {len(result['wrong']) - 5} more in ntier.json")
    return "\n".join(lines)


def commit() -> str:
    done = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else "unknown"


def evaluate(arguments: argparse.Namespace) -> None:
    out: pathlib.Path = arguments.out
    out.mkdir(parents=True, exist_ok=True)
    runs = [run for run in RUNS if not arguments.run or run.name in arguments.run]
    runs = [dataclasses.replace(run, requests=arguments.requests or (SHORT_PART[run.requests] if arguments.short else run.requests))
            for run in runs]
    results: list[dict[str, Any]] = []
    try:
        for folder, off_ms in ((out, {}), (out / "clocks-off", CLOCKS_OFF_MS)):
            some = [run for run in runs if run.clocks_off == bool(off_ms)]
            if some:
                measure_on(arguments.bin, folder, off_ms, some, results)
    finally:
        report = {"name": "ntier", "machine": f"{os.cpu_count()} cores, {platform.machine()}, Linux {platform.release()}",
                  "commit": commit(), "rows": [row for result in results for row in rows_of(result)], "runs": results}
        (out / "ntier.json").write_text(json.dumps(report, indent=2) + "\n")
        print(table_of(results))


def measure_on(binaries: pathlib.Path, folder: pathlib.Path, off_ms: dict[str, int], runs: list[Run],
               results: list[dict[str, Any]]) -> None:
    """On a network of its own, whose agents' clocks are off."""
    before = len(results)
    with Stack(binaries, folder, clocks_off_ms=off_ms) as stack:
        measure_all(stack, runs, results)
    if all(not result["wrong"] for result in results[before:]):
        shutil.rmtree(stack.run)
    else:
        print(f"recordings, truth and paths of these runs are kept in {stack.run}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=pathlib.Path, default=pathlib.Path("bin"), help="folder of s-trace, libwrapper.so and ntier")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("out/eval"), help="folder for ntier.json")
    parser.add_argument("--short", action="store_true", help="fewer requests")
    parser.add_argument("--run", action="append", choices=[run.name for run in RUNS],
                        help="one run; may be said again; all when none is named")
    parser.add_argument("--requests", type=int, help="of each run")
    try:
        evaluate(parser.parse_args())
    except ScenarioError as error:
        print(f"eval_ntier: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
