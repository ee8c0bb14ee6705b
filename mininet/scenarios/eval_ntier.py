#!/usr/bin/python3
"""Measures how many causal paths of n-Tier are exact (section 6.2.1 of the dissertation, table 6.1), and writes ntier.json.

Every run is measured with the rewrites of the rules seen live; one is replayed, too, and measured again with the rewrites that
the replay found. Ends with 0 when it could measure, whatever it measured.
"""
from __future__ import annotations

import argparse
import dataclasses
import json
import os
import pathlib
import platform
import shutil
import subprocess
import sys
from typing import Any

import score
from processes import ScenarioError
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


RUNS = (Run("one-at-a-time", 200, 1, "pool"), Run("sixteen-in-flight", 1000, 16, "pool", replayed=True),
        Run("main-accepts", 200, 8, "main"))
SHORT_RUNS = (Run("one-at-a-time", 50, 1, "pool"), Run("sixteen-in-flight", 200, 16, "pool", replayed=True),
              Run("main-accepts", 50, 8, "main"))
CLIENTS_S = 600


def shares(total: int, parts: int) -> list[int]:
    return [total // parts + (1 if part < total % parts else 0) for part in range(parts)]


def make_requests(application: NTier, run: Run) -> None:
    """The three clients at once, or one after the other when one request at a time is wanted."""
    started = []
    in_flight = shares(run.in_flight, len(CLIENTS)) if run.in_flight > 1 else [1] * len(CLIENTS)
    for host, requests, width in zip(CLIENTS, shares(run.requests, len(CLIENTS)), in_flight):
        client = application.start_client(host, f"{host}_{run.in_flight}", requests, width)
        if run.in_flight == 1:
            client.wait_status(CLIENTS_S)
        started.append(client)
    for client in started:
        client.wait_status(CLIENTS_S)


def record(stack: Stack, run: Run) -> score.Truth:
    application = NTier(stack)
    application.start_replicas(run.accept)
    stack.s_trace("session", "start", run.name)
    make_requests(application, run)
    application.stop_replicas()
    stack.s_trace("session", "stop")
    return application.take_truth()[0]


def measure(run: Run, rewrites: str, exported: dict[str, Any], truth: score.Truth) -> dict[str, Any]:
    paths = exported["paths"]
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
        "packets": {"placed": sum(len(path["packets"]) for path in paths), "unplaced": len(exported["unplacedPackets"])},
        "ipc": score.count_ipc(paths, {reference.address_of(host) for host in REPLICAS}),
        "ipcTruth": truth.ipc,
        "wrong": [{"request": verdict.request, "why": "; ".join(verdict.why)} for verdict in verdicts if not verdict.exact],
    }


def measure_all(stack: Stack, runs: tuple[Run, ...]) -> list[dict[str, Any]]:
    def built(run: Run, rewrites: str) -> dict[str, Any]:
        return measure(run, rewrites, stack.export_all(run.name, stack.run / f"{run.name}-{rewrites}.json", rewrites), truths[run])
    truths: dict[Run, score.Truth] = {}
    results = []
    for run in runs:
        truths[run] = record(stack, run)
        results.append(built(run, "live"))
    stack.change_to_replay_network()
    for run in (run for run in runs if run.replayed):
        replayed = stack.replay(run.name)
        results.append({**built(run, "replay"), "replay": {
            "id": replayed["id"], "injected": sum(place["frames"] for place in replayed["injected"]),
            **{name: replayed["comparison"][name] for name in ("delivered", "dropped", "rewritten", "unexpected")}}})
    return results


def rows_of(result: dict[str, Any]) -> list[dict[str, Any]]:
    measured = (("exact paths", "requests", result["exactPaths"], result["requests"]),
                ("missing events", "events", result["missingEvents"], 0), ("extra events", "events", result["extraEvents"], 0),
                ("wrong edges", "edges", result["wrongEdges"], 0),
                ("unplaced packets", "packets", result["packets"]["unplaced"], 0))
    return [{"case": f"{result['name']}, {result['rewrites']}", "metric": metric, "unit": unit, "ours": ours, "peer": None, "peerName": None, "ratio": None,
             "noise": None, "runs": 1, "goal": goal, "met": ours == goal} for metric, unit, ours, goal in measured]


def table_of(results: list[dict[str, Any]]) -> str:
    lines = [f"{'run':<20}{'rewrites':>9}{'requests':>9}{'exact':>7}{'missing':>9}{'extra':>7}{'edges':>7}"
             f"{'packets':>9}{'unplaced':>9}   mechanisms, from paths / from n-Tier"]
    for result in results:
        ipc = ", ".join(f"{name} {count}/{result['ipcTruth'][name]}" for name, count in result["ipc"].items())
        lines.append(f"{result['name']:<20}{result['rewrites']:>9}{result['requests']:>9}{result['exactPaths']:>7}"
                     f"{result['missingEvents']:>9}{result['extraEvents']:>7}{result['wrongEdges']:>7}"
                     f"{result['packets']['placed']:>9}{result['packets']['unplaced']:>9}   {ipc}")
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
    with Stack(arguments.bin, out) as stack:
        results = measure_all(stack, SHORT_RUNS if arguments.short else RUNS)
    report = {"name": "ntier", "machine": f"{os.cpu_count()} cores, {platform.machine()}, Linux {platform.release()}",
              "commit": commit(), "rows": [row for result in results for row in rows_of(result)], "runs": results}
    (out / "ntier.json").write_text(json.dumps(report, indent=2) + "\n")
    print(table_of(results))
    if all(not result["wrong"] for result in results):
        shutil.rmtree(stack.run)
    else:
        print(f"recordings, truth and paths of these runs are kept in {stack.run}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=pathlib.Path, default=pathlib.Path("bin"), help="folder of s-trace, libwrapper.so and ntier")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("out/eval"), help="folder for ntier.json")
    parser.add_argument("--short", action="store_true", help="fewer requests")
    try:
        evaluate(parser.parse_args())
    except ScenarioError as error:
        print(f"eval_ntier: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
