#!/usr/bin/python3
"""Measures how many causal paths of real servers under load are exact, and writes servers.json.

Each application of servers/stacks runs on the reference network, a tier a host, with clients on h1..h3, and is held against its own ground
truth. Ends with 0 when it could measure, whatever it measured.
"""
from __future__ import annotations

import argparse
import concurrent.futures
import dataclasses
import fnmatch
import gc
import json
import multiprocessing
import os
import pathlib
import platform
import shlex
import shutil
import statistics
import subprocess
import sys
import time
from concurrent.futures import Future
from typing import Any

import exported
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
# One of each kind, for a run of some minutes.
SHORT_STACKS = ("tomcat-mariadb", "apache-*", "nginx-*", "haproxy-*", "gunicorn-postgresql", "node-hooks-*", "kestrel-hooks-*",
                "models-process-blocking", "models-thread-signal", "models-process-pool-select", "models-thread-pool-blocking-fresh",
                "models-event-epoll")
MOST_FEW = 1_000  # requests, where few are in flight
WARM_REQUESTS, WARM_FIRST = 128, 9_000_000
CLIENTS_S, BUILD_S, ORIGINAL_S = 900, 1800, 900
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


@dataclasses.dataclass
class Recording:
    run: Run
    visits: list[truth.Visit]
    latency_ms: float
    seconds: dict[str, float]  # what it took, by what it was spent on


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
    for repeat in range(arguments.repeats or application.repeats):
        for case in cases_of(application.goal, arguments):
            runs.append(Run(application.name, case, repeat, runs[-1].first + runs[-1].case.requests if runs else 1))
    return runs


class Evaluation:
    """One application: it is started, asked in all its runs, and stopped."""

    def __init__(self, stack: Stack, place: Place, application: Application, arguments: argparse.Namespace) -> None:
        self._stack = stack
        self._place = place
        self._application = application
        self._arguments = arguments
        self._truth = stack.run / "truth"
        self._truth.mkdir(exist_ok=True)

    def start(self) -> None:
        self._application.start(self._place)

    def record(self) -> list[Recording]:
        self._ask("warm", Case("identical", self._arguments.in_flight, WARM_REQUESTS), WARM_FIRST)
        recordings = [self._record(run) for run in runs_of(self._application, self._arguments)]
        self._stack.stop_applications()
        runs = {visit.id: recording for recording in recordings for visit in recording.visits}
        for visit in self._application.visits(self._place):
            if visit.id in runs:
                runs[visit.id].visits.append(visit)
        return recordings

    def _record(self, run: Run) -> Recording:
        self._stack.s_trace("session", "start", run.session)
        begin = time.monotonic()
        asked = self._ask(run.session, run.case, run.first)
        loaded = time.monotonic()
        self._stack.s_trace("session", "stop")
        latency_ms = statistics.median((visit.out[0].exit_ns - visit.out[0].enter_ns) / 1e6 for visit in asked)
        return Recording(run, asked, latency_ms, {"load": loaded - begin, "stop": time.monotonic() - loaded})

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


class Judge:
    """Holds the paths of recordings against their truth, two recordings at a time."""

    WIDTH = 2  # what builds paths uses one core, and so does the scorer

    def __init__(self, stack: Stack, arguments: argparse.Namespace) -> None:
        self._stack = stack
        self._arguments = arguments
        self._threads = concurrent.futures.ThreadPoolExecutor(self.WIDTH)
        self._scorers = concurrent.futures.ProcessPoolExecutor(self.WIDTH, multiprocessing.get_context("spawn"))

    def __enter__(self) -> Judge:
        return self

    def __exit__(self, *_: object) -> None:
        self._threads.shutdown(cancel_futures=True)
        self._scorers.shutdown(cancel_futures=True)

    def submit(self, recording: Recording, names: dict[str, str]) -> Future[list[dict[str, Any]]]:
        """`names`: how the hosts are called in the paths."""
        return self._threads.submit(self._judge, recording, names)

    def _judge(self, recording: Recording, names: dict[str, str]) -> list[dict[str, Any]]:
        run, results = recording.run, []
        if self._arguments.keep:
            truth.write(self._stack.run / "truth" / f"{run.session}.jsonl", recording.visits)
        methods = [("full", self._full)]
        if self._arguments.original and run.repeat == 0:  # what it joins does not differ from one repeat to the next
            methods.append(("original", self._original))
        for method, build in methods:
            file = self._stack.run / f"{run.session}-{method}.json"
            seconds = {**recording.seconds, **build(run, file)}
            begin = time.monotonic()
            scored = self._scorers.submit(scored_file, file, recording.visits, names).result()
            seconds["score"] = time.monotonic() - begin
            results.append({"stack": run.stack, "inFlight": run.case.in_flight, "urls": run.case.urls, "method": method,
                            "repeat": run.repeat, **scored.to_json(), "latencyMs": round(recording.latency_ms, 3),
                            "seconds": {what: round(value, 1) for what, value in seconds.items()},
                            "wrong": [{"request": verdict.request, "kind": verdict.kind, "paths": verdict.paths, "why": verdict.why}
                                      for verdict in scored.verdicts if verdict.kind != "exact"][:20]})
            print(line_of(results[-1]), flush=True)
            if not self._arguments.keep:
                file.unlink()
        if not self._arguments.keep:
            self._stack.s_trace("session", "delete", run.session)
        return results

    def _full(self, run: Run, file: pathlib.Path) -> dict[str, float]:
        begin = time.monotonic()
        self._stack.s_trace("paths", "build", "--session", run.session, "--rewrites", REWRITES, timeout_s=BUILD_S)
        built = time.monotonic()
        self._stack.export(run.session, file, REWRITES)
        return {"build": built - begin, "export": time.monotonic() - built}

    def _original(self, run: Run, file: pathlib.Path) -> dict[str, float]:
        """The dissertation's algorithm, on the same recording: COMMAND SESSION-DIRECTORY OUTPUT, the same JSON of paths."""
        begin = time.monotonic()
        command = [*shlex.split(self._arguments.original), str(self._stack.run / "data" / "sessions" / run.session), str(file)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=ORIGINAL_S)
        except subprocess.TimeoutExpired:
            raise ScenarioError(f"{command[0]} did not end within {ORIGINAL_S} s") from None
        if done.returncode != 0:
            raise ScenarioError(f"{command[0]} ended with {done.returncode}: {done.stderr.strip()[-300:]}")
        return {"build": time.monotonic() - begin}


def scored_file(file: pathlib.Path, visits: list[truth.Visit], names: dict[str, str]) -> score.Score:
    gc.disable()  # of the many objects none is cyclic
    return score.score(exported.read_paths(file), truth.complete(visits), names)


def share(part: int, whole: int) -> float:
    """In per cent; of nothing, all of it."""
    return 100 * part / whole if whole else 100.0


def line_of(result: dict[str, Any]) -> str:
    counts = "".join(f"{result[key]:>8}" for key in (
        "requests", "exact", "claimed", "wrongJoins", "ambiguous", "lossy", "incomplete", "missing"))
    seconds = ", ".join(f"{what} {value:.0f}" for what, value in result["seconds"].items())
    return f"{result['stack']:<38}{result['inFlight']:>4} {result['urls']:<10}{result['method']:<9}{counts}   {seconds}"


HEADER = (f"{'stack':<38}{'in':>4} {'URLs':<10}{'method':<9}" + "".join(f"{name:>8}" for name in (
    "asked", "exact", "claimed", "wrong", "ambig.", "lossy", "lacking", "missing")) + "   seconds")

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
    judged: list[Future[list[dict[str, Any]]]] = []
    failures: list[str] = []
    print(HEADER, flush=True)
    with (LocalStack if arguments.local else Stack)(arguments.bin, arguments.out) as stack, Judge(stack, arguments) as judge:
        for application in some:
            place = (LocalPlace if arguments.local else Place)(stack, application.name)
            evaluation = Evaluation(stack, place, application, arguments)
            names = {host: place.recorded_as(host) for host in reference.HOSTS}
            try:
                evaluation.start()
                # What is recorded has the machine for itself; the judging of the application before may last while this one starts.
                collect(judged, results, failures)
                judged = [judge.submit(recording, names) for recording in evaluation.record()]
            except (ScenarioError, ValueError) as error:
                failures.append(f"{application.name}: {error}")
                stack.stop_applications()
            place.clear()
        collect(judged, results, failures)
    rows = rows_of(results, {application.name: application.goal for application in some})
    report = {"name": "servers", "machine": f"{os.cpu_count()} cores, {platform.machine()}, Linux {platform.release()}",
              "commit": commit(), "rows": rows, "runs": results, "failures": failures}
    (arguments.out / "servers.json").write_text(json.dumps(report, indent=2) + "\n")
    for row in rows:
        met = {True: "met", False: "NOT MET", None: ""}[row["met"]]
        print(f"{row['case']}: {row['metric']} {row['ours']}%" + (f", wanted {row['goal']}%: {met}" if met else ""))
    if failures:
        raise ScenarioError("; ".join(failures))
    if arguments.keep:
        print(f"recordings, truth and paths are kept in {stack.run}")
    else:
        shutil.rmtree(stack.run)


def collect(judged: list[Future[list[dict[str, Any]]]], results: list[dict[str, Any]], failures: list[str]) -> None:
    """Waits for what is being judged: one application that cannot be measured does not end the others."""
    while judged:
        try:
            results += judged.pop(0).result()
        except (ScenarioError, ValueError) as error:
            failures.append(str(error))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=pathlib.Path, default=pathlib.Path("bin"), help="folder of s-trace, libwrapper.so and loadclient")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("out/eval"), help="folder for servers.json")
    parser.add_argument("--stack", action="append",
                        help="name or pattern of an application of servers/stacks; may be said again; all when none is named")
    parser.add_argument("--requests", type=int, help=f"of each run; {REQUESTS}, short {SHORT_REQUESTS}")
    parser.add_argument("--in-flight", type=int, default=IN_FLIGHT)
    parser.add_argument("--repeats", type=int, help="of each case; 5, of a program of the models 1; short 1")
    parser.add_argument("--urls", choices=("identical", "distinct"), help="instead of the cases that a stack's goal asks for")
    parser.add_argument("--original", metavar="COMMAND",
                        help="builds paths by the dissertation's algorithm: COMMAND SESSION-DIRECTORY OUTPUT")
    parser.add_argument("--short", action="store_true", help="fewer requests, one repeat, one application of each kind")
    parser.add_argument("--local", action="store_true", help="on this machine's loopback, without the network")
    parser.add_argument("--keep", action="store_true", help="keep recordings, truth and paths")
    arguments = parser.parse_args()
    arguments.requests = arguments.requests or (SHORT_REQUESTS if arguments.short else REQUESTS)
    arguments.repeats = arguments.repeats or (1 if arguments.short else None)
    arguments.stack = arguments.stack or (list(SHORT_STACKS) if arguments.short else None)
    try:
        evaluate(arguments)
    except (ScenarioError, ValueError) as error:
        print(f"eval_servers: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
