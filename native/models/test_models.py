#!/usr/bin/env python3
"""Runs every model of server with every model of I/O on loopback addresses, and holds their ground truth against what it must be.

usage: test_models.py MODELS [--quick] [--no-async] [--library LIBWRAPPER]
MODELS is the executable; with --library the tiers and the client run under it, without an agent. --quick is for programs that a
sanitizer makes slow, --no-async for those whose sanitizer does not survive the threads that libc makes for asynchronous I/O.

Three tiers of one model ask one another. Every request must have been visited by each, once; the two ends of each exchange must
name the same connection, its times within those of the one that caused it; and the truth of calls must be as n-Tier's.
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "ntier"))
from test_truth import faults_of, read_truth  # noqa: E402, found by the line above

IO = ("blocking", "polling", "select", "signal", "async")
PAIRS = [(model, io) for model in ("process", "thread", "process-pool", "thread-pool") for io in IO]
PAIRS += [("event", io) for io in ("select", "epoll", "polling", "signal", "async")]
TIERS = ("first", "second", "last")
PORT = 39100


def address(index: int) -> str:
    return f"127.0.0.{40 + index}:{PORT + index}"


class Run:
    """Three tiers and a client; `environment` is what they run with."""

    def __init__(self, models: str, folder: pathlib.Path, environment: dict[str, str]) -> None:
        self._models, self._folder, self._environment = models, folder, environment
        self._tiers: list[subprocess.Popen] = []

    def _truth(self, name: str) -> list[str]:
        return ["--tier", name, "--truth", str(self._folder / f"{name}.jsonl"), "--calls", str(self._folder / f"{name}.txt")]

    def start(self, options: list[str]) -> None:
        for index in reversed(range(len(TIERS))):
            following = ["--next", address(index + 1)] if index + 1 < len(TIERS) else []
            self._tiers.append(subprocess.Popen(
                [self._models, "--listen", address(index), "--touch", "/etc/hostname", *following, *options, *self._truth(TIERS[index])],
                stdout=subprocess.PIPE, text=True, env=self._environment))
            if self._tiers[-1].stdout.readline() != "ready\n":
                raise RuntimeError("a tier did not become ready")

    def ask(self, requests: int, in_flight: int, options: list[str]) -> int:
        return subprocess.run(
            [self._models, "--client", "--ip", "127.0.0.1", "--to", address(0), "--prefix", "r", "--requests", str(requests),
             "--in-flight", str(in_flight), *options, *self._truth("client")],
            stdout=subprocess.DEVNULL, env=self._environment, timeout=120).returncode

    def stop(self) -> list[int]:
        for tier in self._tiers:
            tier.terminate()
        return [tier.wait(timeout=30) for tier in self._tiers]


def exchange_faults(asking: dict, answering: dict) -> list[str]:
    out, entry = asking["out"][0], answering["in"]
    wrong = []
    if (out["local"], out["peer"]) != (entry["peer"], entry["local"]):
        wrong.append(f"{asking['id']}: {asking['tier']} asked by {out}, {answering['tier']} was asked by {entry}")
    if not out["enterNs"] <= entry["enterNs"] <= entry["exitNs"] <= out["exitNs"]:
        wrong.append(f"{asking['id']}: the visit of {answering['tier']} is not within what {asking['tier']} waited for")
    return wrong


def visit_faults(folder: pathlib.Path, requests: int) -> list[str]:
    visits: dict[str, dict[str, dict]] = {}
    count = 0
    for file in folder.glob("*.jsonl"):
        for line in file.read_text().splitlines():
            visit = json.loads(line)
            visits.setdefault(visit["id"], {})[visit["tier"]] = visit
            count += 1
    wrong = [] if len(visits) == requests and count == requests * (len(TIERS) + 1) else [f"{count} visits of {len(visits)} requests"]
    for by_tier in visits.values():
        if set(by_tier) != {"client", *TIERS}:
            wrong.append(f"only {sorted(by_tier)} were visited")
            continue
        for asking, answering in zip(("client", *TIERS), TIERS):
            wrong += exchange_faults(by_tier[asking], by_tier[answering])
    return wrong


def run(models: str, environment: dict[str, str], tiers: list[str], requests: int, in_flight: int, client: list[str]) -> list[str]:
    """One run, and what was wrong with it."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        application = Run(models, folder, environment)
        try:
            application.start(tiers)
            asked = application.ask(requests, in_flight, client)
        finally:
            ended = application.stop()
        if asked != 0 or any(ended):
            return [f"the client ended with {asked}, the tiers with {ended}"]
        calls = [call for file in folder.glob("*.txt") for call in read_truth(file)[0]]
        wrong = visit_faults(folder, requests) + faults_of(calls)
        if len({call.request for call in calls}) != requests:
            wrong.append("the truth of calls does not hold every request")
        return wrong


def main() -> int:
    models = os.path.abspath(sys.argv[1])
    quick = "--quick" in sys.argv
    environment = dict(os.environ)
    if "--library" in sys.argv:
        environment["LD_PRELOAD"] = os.path.abspath(sys.argv[sys.argv.index("--library") + 1])
    requests, in_flight = (40, 8) if quick else (200, 16)
    failed = passed = 0

    def check(name: str, wrong: list[str]) -> None:
        nonlocal failed, passed
        failed, passed = failed + bool(wrong), passed + (not wrong)
        print(f"{'failed' if wrong else 'passed'}  {name}", *wrong[:5], sep="\n        " if wrong else "", flush=True)

    without = {"async"} if "--no-async" in sys.argv else set()
    for model, io in (pair for pair in PAIRS if pair[1] not in without):
        tiers = ["--model", model, "--io", io]
        for kept in (False, True):
            links, client = (["--next-keep"], "--keep") if kept else ([], "--fresh")
            check(f"{model}, {io}, {'kept' if kept else 'fresh'} connections",
                  run(models, environment, [*tiers, *links], requests, in_flight, [client]))
    check("thread-pool, blocking, the main thread accepts",
          run(models, environment, ["--model", "thread-pool", "--io", "blocking", "--accept", "main"], requests, in_flight, ["--fresh"]))
    for io in sorted({"select", "epoll", "signal", "async"} - without):
        check(f"event, {io}, eight requests at once on a connection",
              run(models, environment, ["--model", "event", "--io", io, "--next-keep"], requests, 4, ["--keep", "--pipeline", "8"]))
    check("event, signal, requests of different lengths",
          run(models, environment, ["--model", "event", "--io", "signal"], requests, in_flight, ["--distinct"]))
    check("event, epoll, writes when it is told that it can",
          run(models, environment, ["--model", "event", "--io", "epoll", "--next-keep", "--write-when-ready"], requests, in_flight, ["--keep"]))
    for arguments, status in (([], 2), (["--model", "event", "--io", "blocking", "--listen", "127.0.0.1:1", "--truth", "x"], 2),
                              (["--help"], 0)):
        done = subprocess.run([models, *arguments], capture_output=True, text=True)
        right = done.returncode == status and (status == 0 or done.stderr.count("\n") == 1)
        check(f"models {' '.join(arguments)} ends with {status}", [] if right else [f"{done.returncode}: {done.stderr}"])
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
