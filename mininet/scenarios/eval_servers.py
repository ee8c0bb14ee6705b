#!/usr/bin/python3
"""Measures how many causal paths of real servers under load are exact, and writes servers.json.

Each application of servers/stacks runs on the reference network, a tier a host, with clients on h1..h3, and is held against its own ground
truth. Ends with 0 when it could measure, whatever it measured.
"""
from __future__ import annotations

import argparse
import dataclasses
import fnmatch
import json
import os
import pathlib
import platform
import shlex
import shutil
import statistics
import subprocess
import sys
from typing import Any

from eval_ntier import commit, shares
from ntier import CLIENTS
from processes import ScenarioError
from servers import score, truth
from servers.application import Application, Goal
from servers.place import LocalPlace, LocalStack, Place
from servers.stacks import applications
from stack import Stack
from topologies import reference

REQUESTS, SHORT_REQUESTS = 10_000, 200
IN_FLIGHT = 32
REPEATS, SHORT_REPEATS = 5, 1
# One of each kind, for a run of some minutes.
SHORT_STACKS = ("tomcat-mariadb", "apache-*", "nginx-*", "haproxy-*", "gunicorn-postgresql", "node-hooks-*", "kestrel-hooks-*",
                "models-process-blocking", "models-thread-signal", "models-process-pool-select", "models-thread-pool-blocking-fresh",
                "models-event-epoll")
MOST_FEW = 1_000  # requests, where few are in flight
WARM_REQUESTS, WARM_FIRST = 128, 9_000_000
CLIENTS_S, BUILD_S, ORIGINAL_S = 900, 1800, 3600
REWRITES = "live,packets"


@dataclasses.dataclass(frozen=True)
class Case:
    """A way of asking an application: identical URLs or distinct ones, and how many requests in flight."""
    urls: str
    in_flight: int
    requests: int


@dataclasses.dataclass(frozen=True)
class Run:
    stack: str
    case: Case
    repeat: int
    first: int  # number of the first request

    @property
    def session(self) -> str:
        return f"{self.stack}-{self.case.urls}-{self.case.in_flight}-{self.repeat}"


def cases_of(goal: Goal, arguments: argparse.Namespace) -> list[Case]:
    requests, in_flight = arguments.requests, arguments.in_flight
    if arguments.urls:
        return [Case(arguments.urls, in_flight, requests)]
    cases = [Case("identical", in_flight, requests)]
    if goal is Goal.WITNESSED:
        cases.append(Case("distinct", in_flight, requests))
    if goal is Goal.UNDECIDED:
        cases += [Case("identical", width, min(requests, MOST_FEW)) for width in (4, 1) if width < in_flight]
    return cases


def runs_of(application: Application, arguments: argparse.Namespace) -> list[Run]:
    """All runs of an application; each request of them has a number of its own."""
    runs: list[Run] = []
    for repeat in range(arguments.repeats):
        for case in cases_of(application.goal, arguments):
            runs.append(Run(application.name, case, repeat, runs[-1].first + runs[-1].case.requests if runs else 1))
    return runs


class Evaluation:
    def __init__(self, stack: Stack, place: Place, application: Application, arguments: argparse.Namespace) -> None:
        self._stack = stack
        self._place = place
        self._application = application
        self._arguments = arguments
        self._truth = stack.run / "truth"
        self._truth.mkdir(exist_ok=True)

    def measure(self) -> list[dict[str, Any]]:
        runs = runs_of(self._application, self._arguments)
        self._application.start(self._place)
        self._ask("warm", Case("identical", self._arguments.in_flight, WARM_REQUESTS), WARM_FIRST)
        asked = {run: self._record(run) for run in runs}
        self._stack.stop_applications()
        visits = self._application.visits(self._place)
        return [result for run in runs for result in self._judge(run, asked[run], visits)]

    def _record(self, run: Run) -> list[truth.Visit]:
        self._stack.s_trace("session", "start", run.session)
        asked = self._ask(run.session, run.case, run.first)
        self._stack.s_trace("session", "stop")
        return asked

    def _ask(self, name: str, case: Case, first: int) -> list[truth.Visit]:
        """The clients' own visits: one client if one request is in flight, else three."""
        started, files = [], []
        hosts = CLIENTS[:min(case.in_flight, len(CLIENTS))]
        for host, requests, width in zip(hosts, shares(case.requests, len(hosts)), shares(case.in_flight, len(hosts))):
            files.append(self._truth / f"{name}-{host}.jsonl")
            started.append(self._place.start(host, f"{name}-{host}", [
                *self._application.client(self._place), "--to", self._application.entry(self._place), "--host", host,
                "--truth", str(files[-1]), "--requests", str(requests), "--in-flight", str(width), "--first", str(first),
                *(["--distinct"] if case.urls == "distinct" else [])]))
            first += requests
        for client in started:
            client.wait_status(CLIENTS_S)
        return [visit for file in files for visit in truth.read(file)]

    def _judge(self, run: Run, asked: list[truth.Visit], visits: list[truth.Visit]) -> list[dict[str, Any]]:
        ids = {visit.id for visit in asked}
        mine = asked + [visit for visit in visits if visit.id in ids]
        truth.write(self._truth / f"{run.session}.jsonl", mine)
        exchanges = truth.complete(mine)
        results = []
        for method, file in self._paths(run):
            names = {host: self._place.recorded_as(host) for host in reference.HOSTS}
            scored = score.score(score.read_paths(file), exchanges, names)
            results.append({"stack": run.stack, "inFlight": run.case.in_flight, "urls": run.case.urls, "method": method,
                            "repeat": run.repeat, **scored.to_json(),
                            "latencyMs": round(statistics.median((v.out[0].exit_ns - v.out[0].enter_ns) / 1e6 for v in asked), 3),
                            "wrong": [{"request": verdict.request, "kind": verdict.kind, "paths": verdict.paths, "why": verdict.why}
                                      for verdict in scored.verdicts if verdict.kind != "exact"][:20]})
            print(line_of(results[-1]), flush=True)
            if not self._arguments.keep:
                file.unlink()
        if not self._arguments.keep:
            self._stack.s_trace("session", "delete", run.session)
        return results

    def _paths(self, run: Run) -> list[tuple[str, pathlib.Path]]:
        """The exported paths, by the method that built them."""
        found = [("full", self._stack.run / f"{run.session}.json")]
        self._stack.s_trace("paths", "build", "--session", run.session, "--rewrites", REWRITES, timeout_s=BUILD_S)
        self._stack.export(run.session, found[0][1], REWRITES)
        if self._arguments.original:
            # The dissertation's algorithm, on the same recording: COMMAND SESSION-DIRECTORY OUTPUT, the same JSON of paths.
            found.append(("original", self._stack.run / f"{run.session}-original.json"))
            command = [*shlex.split(self._arguments.original), str(self._stack.run / "data" / "sessions" / run.session), str(found[1][1])]
            done = subprocess.run(command, capture_output=True, text=True, timeout=ORIGINAL_S)
            if done.returncode != 0:
                raise ScenarioError(f"{command[0]} ended with {done.returncode}: {done.stderr.strip()[-300:]}")
        return found


def share(part: int, whole: int) -> float:
    """In per cent; of nothing, all of it."""
    return 100 * part / whole if whole else 100.0


def line_of(result: dict[str, Any]) -> str:
    return f"{result['stack']:<38}{result['inFlight']:>4} {result['urls']:<10}{result['method']:<9}" + "".join(
        f"{result[key]:>8}" for key in ("requests", "exact", "claimed", "wrongJoins", "ambiguous", "lossy", "incomplete", "missing"))


HEADER = (f"{'stack':<38}{'in':>4} {'URLs':<10}{'method':<9}" + "".join(f"{name:>8}" for name in (
    "asked", "exact", "claimed", "wrong", "ambig.", "lossy", "lacking", "missing")))

MEASURES = {
    "exact paths": lambda run: share(run["exact"], run["requests"]),
    "wrong joins": lambda run: share(run["wrongJoins"], run["requests"]),
    "wrong joins of claimed paths": lambda run: share(run["wrongClaimed"], run["claimed"]) if run["claimed"] else 0.0,
    "claimed paths": lambda run: share(run["claimed"], run["requests"]),
}


def bars(goal: Goal, urls: str, in_flight: int) -> list[tuple[str, float | None, bool]]:
    """What is asked of a case: the measure, its bar in per cent, and whether that is the least (else the most) that is wanted."""
    if goal is Goal.DETERMINED:
        return [("exact paths", 99.9, True)]
    if goal is Goal.WITNESSED and urls == "distinct":
        return [("exact paths", 99.0, True)]
    if goal is Goal.WITNESSED:
        return [("wrong joins", 0.1, False), ("claimed paths", None, True)]
    return [("exact paths", 100.0 if in_flight == 1 else None, True), ("wrong joins of claimed paths", 0.1, False),
            ("claimed paths", 50.0 if in_flight == 4 else None, True)]


def rows_of(results: list[dict[str, Any]], goals: dict[str, Goal]) -> list[dict[str, Any]]:
    cases = {(result["stack"], result["urls"], result["inFlight"]): None for result in results}
    rows = []
    for stack, urls, in_flight in cases:
        def values(method: str, measure: str) -> list[float]:
            return [MEASURES[measure](result) for result in results if method == result["method"]
                    and (stack, urls, in_flight) == (result["stack"], result["urls"], result["inFlight"])]
        for measure, bar, at_least in bars(goals[stack], urls, in_flight):
            ours, theirs = values("full", measure), values("original", measure)
            mine, peer = statistics.median(ours), statistics.median(theirs) if theirs else None
            rows.append({"case": f"{stack}, {urls} URLs, {in_flight} in flight", "metric": measure, "unit": "%", "ours": round(mine, 3),
                         "peer": None if peer is None else round(peer, 3), "peerName": "original" if theirs else None,
                         "ratio": round(mine / peer, 3) if peer else None, "noise": round(max(ours) - min(ours), 3), "runs": len(ours),
                         "goal": bar, "met": None if bar is None else (mine >= bar if at_least else mine <= bar)})
    return rows


def chosen(names: list[str]) -> list[Application]:
    known = applications()
    unknown = [name for name in names if not fnmatch.filter(known, name)]
    if unknown:
        raise ScenarioError(f"there is no stack {unknown[0]}: {', '.join(known)}")
    some = [application for name, application in known.items() if any(fnmatch.fnmatch(name, wanted) for wanted in names or ["*"])]
    missing = {package for application in some for package in application.packages
               if any(shutil.which(program) is None and not pathlib.Path(program).is_file() for program in application.programs)}
    if missing:
        raise ScenarioError(f"servers are missing: apt-get install {' '.join(sorted(missing))}")
    return some


def evaluate(arguments: argparse.Namespace) -> None:
    some = chosen(arguments.stack or [])
    arguments.out.mkdir(parents=True, exist_ok=True)
    results: list[dict[str, Any]] = []
    print(HEADER, flush=True)
    with (LocalStack if arguments.local else Stack)(arguments.bin, arguments.out) as stack:
        for application in some:
            place = (LocalPlace if arguments.local else Place)(stack, application.name)
            results += Evaluation(stack, place, application, arguments).measure()
            place.clear()
    rows = rows_of(results, {application.name: application.goal for application in some})
    report = {"name": "servers", "machine": f"{os.cpu_count()} cores, {platform.machine()}, Linux {platform.release()}",
              "commit": commit(), "rows": rows, "runs": results}
    (arguments.out / "servers.json").write_text(json.dumps(report, indent=2) + "\n")
    for row in rows:
        met = {True: "met", False: "NOT MET", None: ""}[row["met"]]
        print(f"{row['case']}: {row['metric']} {row['ours']}%" + (f", wanted {row['goal']}%: {met}" if met else ""))
    if arguments.keep:
        print(f"recordings, truth and paths are kept in {stack.run}")
    else:
        shutil.rmtree(stack.run)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=pathlib.Path, default=pathlib.Path("bin"), help="folder of s-trace, libwrapper.so and loadclient")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("out/eval"), help="folder for servers.json")
    parser.add_argument("--stack", action="append",
                        help="name or pattern of an application of servers/stacks; may be said again; all when none is named")
    parser.add_argument("--requests", type=int, help=f"of each run; {REQUESTS}, short {SHORT_REQUESTS}")
    parser.add_argument("--in-flight", type=int, default=IN_FLIGHT)
    parser.add_argument("--repeats", type=int, help=f"of each case; {REPEATS}, short {SHORT_REPEATS}")
    parser.add_argument("--urls", choices=("identical", "distinct"), help="instead of the cases that a stack's goal asks for")
    parser.add_argument("--original", metavar="COMMAND",
                        help="builds paths by the dissertation's algorithm: COMMAND SESSION-DIRECTORY OUTPUT")
    parser.add_argument("--short", action="store_true", help="fewer requests, one repeat, one application of each kind")
    parser.add_argument("--local", action="store_true", help="on this machine's loopback, without the network")
    parser.add_argument("--keep", action="store_true", help="keep recordings, truth and paths")
    arguments = parser.parse_args()
    arguments.requests = arguments.requests or (SHORT_REQUESTS if arguments.short else REQUESTS)
    arguments.repeats = arguments.repeats or (SHORT_REPEATS if arguments.short else REPEATS)
    arguments.stack = arguments.stack or (list(SHORT_STACKS) if arguments.short else None)
    try:
        evaluate(arguments)
    except (ScenarioError, ValueError) as error:
        print(f"eval_servers: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
