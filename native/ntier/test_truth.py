#!/usr/bin/env python3
"""Runs n-Tier on loopback addresses and holds its ground truth against what every truth must be.

usage: test_truth.py NTIER [--sanitized]
NTIER is the executable. A sanitizer's allocator does not survive a fork while other threads use it, so that with
--sanitized layers are processes only where one request is in flight.

Every reference to a parent must resolve to a line of the same request, every request must have one root, from which all
its calls come, and a cause never begins after its effect has ended.
"""
import collections
import dataclasses
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile

LINE = re.compile(r"\((\d+)\.(\d{9})\) \(([\d.]+)\) \[(\d+)/(\d+)\] - (\w+)(?:\(\S+\))? #(\S+) call=(\d+) "
                  r"exit=(\d+)\.(\d{9})(?: parent=([\d.]+)/(\d+)/(\d+))?$")
FIRST, COUNT, PORT = 20, 5, 39000
MECHANISMS = {"file": ("fopen", 4), "pipe": ("pipe", 2), "shm": ("shmget", 2), "queue": ("msgget", 2)}


@dataclasses.dataclass(frozen=True)
class Call:
    key: tuple[str, int, int]
    parent: tuple[str, int, int] | None
    pid: int
    function: str
    request: str
    enter_ns: int
    exit_ns: int


def address(index: int) -> str:
    return f"127.0.0.{FIRST + index}"


def read_truth(path: pathlib.Path) -> tuple[list[Call], dict[str, int]]:
    calls, counts = [], {}
    for line in path.read_text().splitlines():
        if line.startswith("# ipc "):
            counts = {name: int(value) for name, value in (pair.split("=") for pair in line.split()[2:])}
        elif line.startswith("# "):
            counts[line.split()[1]] = int(line.split()[2])
        else:
            match = LINE.match(line)
            if match is None:
                raise ValueError(f"{path}: not a line of the truth: {line}")
            sec, nsec, ip, lwp, pid, function, request, call, out_sec, out_nsec, *parent = match.groups()
            calls.append(Call((ip, int(lwp), int(call)), (parent[0], int(parent[1]), int(parent[2])) if parent[0] else None,
                              int(pid), function, request, int(sec + nsec), int(out_sec + out_nsec)))
    return calls, counts


def faults_of(calls: list[Call]) -> list[str]:
    """What is wrong with a truth, a sentence each."""
    wrong: list[str] = []
    by_key = {call.key: call for call in calls}
    if len(by_key) != len(calls):
        wrong.append("two calls have the same thread and number")
    roots = collections.Counter(call.request for call in calls if call.parent is None)
    wrong += [f"request {request} has {roots[request]} roots" for request in {c.request for c in calls} if roots[request] != 1]
    for call in calls:
        seen, at = set(), call
        while at.parent is not None and at.key not in seen:
            seen.add(at.key)
            cause = by_key.get(at.parent)
            if cause is None or cause.request != call.request:
                wrong.append(f"{at} names a parent that is not a call of its request")
                break
            if cause.enter_ns > at.exit_ns:
                wrong.append(f"{at} ended before its parent began")
            at = cause
        else:
            if at.parent is not None:
                wrong.append(f"the causes of {call} go in a circle")
    return wrong


def counts_agree(calls: list[Call], counts: collections.Counter) -> bool:
    functions = collections.Counter(call.function for call in calls)
    return all(functions[function] == per * counts[name] for name, (function, per) in MECHANISMS.items())


def start_replicas(ntier: str, folder: pathlib.Path, options: list[str]) -> list[subprocess.Popen]:
    peers = [f"{address(i)}:{PORT + i}" for i in range(COUNT)]
    replicas = []
    for i in range(COUNT):
        others = ",".join(peer for peer in peers if not peer.startswith(address(i)))
        replicas.append(subprocess.Popen(
            [ntier, "replica", "--ip", address(i), "--port", str(PORT + i), "--dir", str(folder), "--peers", others,
             "--truth", str(folder / f"replica-{i}.txt"), *options], stdout=subprocess.PIPE, text=True))
    for replica in replicas:
        if replica.stdout.readline() != "ready\n":
            raise RuntimeError("a replica did not become ready")
    return replicas


def stop(replicas: list[subprocess.Popen]) -> list[int]:
    for replica in replicas:
        if replica.poll() is None:
            replica.send_signal(signal.SIGTERM)
    return [replica.wait(timeout=20) for replica in replicas]


def ask(ntier: str, folder: pathlib.Path, requests: int, in_flight: int, *more: str) -> int:
    everyone = ",".join(f"{address(i)}:{PORT + i}" for i in range(COUNT))
    return subprocess.run(
        [ntier, "client", "--ip", "127.0.0.1", "--to", everyone, "--requests", str(requests), "--in-flight", str(in_flight),
         "--prefix", "t", "--truth", str(folder / "client.txt"), *more],
        stdout=subprocess.DEVNULL, timeout=300).returncode


def run(ntier: str, options: list[str], requests: int, in_flight: int, *more: str) -> tuple[list[Call], list[str]]:
    """One run; its calls and what was wrong with it."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        replicas = start_replicas(ntier, folder, options)
        try:
            asked = ask(ntier, folder, requests, in_flight, *more)
        finally:
            ended = stop(replicas)
        calls: list[Call] = []
        counts: collections.Counter = collections.Counter()
        for path in folder.glob("*.txt"):
            some, numbers = read_truth(path)
            calls += some
            counts.update(numbers)
        wrong = faults_of(calls)
        if asked != 0 or any(ended):
            wrong.append(f"the client ended with {asked}, the replicas with {ended}")
        if len({call.request for call in calls}) != requests:
            wrong.append("the truth does not hold every request")
        if counts["lost"] != 0 or not counts_agree(calls, counts):
            wrong.append(f"the counts do not agree with the calls: {dict(counts)}")
        left = [path.name for path in folder.iterdir() if path.suffix != ".txt"]
        return calls, wrong + [f"files were left behind: {left[:3]}" for _ in left[:1]]


def suffer(ntier: str, fault: str) -> tuple[list[Call], int, int]:
    """One request to one replica with a fault; all calls, and how client and replica ended."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "foo").touch()
        replica = subprocess.Popen(
            [ntier, "replica", "--ip", address(0), "--port", str(PORT), "--dir", name, "--fault", fault, "--forward", "0",
             "--truth", str(folder / "replica.txt")], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        replica.stdout.readline()
        client = subprocess.run([ntier, "client", "--ip", "127.0.0.1", "--to", f"{address(0)}:{PORT}", "--prefix", "t",
                                 "--truth", str(folder / "client.txt")], capture_output=True, timeout=60).returncode
        (ended,) = stop([replica])
        return read_truth(folder / "replica.txt")[0] + read_truth(folder / "client.txt")[0], client, ended


def check_sleep(ntier: str) -> list[str]:
    calls, *status = suffer(ntier, "sleep:1")
    times = {call.function: call for call in calls if call.key[0] == address(0)}
    slept = times["fclose"].enter_ns - times["fopen"].exit_ns >= 1_000_000_000
    return faults_of(calls) + ([] if slept and status == [0, 0] else [f"slept {slept}, ended with {status}"])


def check_connect(ntier: str) -> list[str]:
    calls, *status = suffer(ntier, "connect:127.0.0.1:1")
    functions = [call.function for call in calls if call.key[0] == address(0)]
    right = functions == ["accept", "recv", "socket", "connect"] and status == [1, -signal.SIGABRT]
    return faults_of(calls) + ([] if right else [f"made {functions}, ended with {status}"])


def shape(calls: list[Call]) -> collections.Counter:
    return collections.Counter((call.request, call.function) for call in calls)


def main() -> int:
    ntier = os.path.abspath(sys.argv[1])
    sanitized = "--sanitized" in sys.argv[2:]
    processes = ["--process", "0"] if sanitized else []
    results: list[tuple[str, list[str]]] = []

    def check(name: str, wrong: list[str]) -> None:
        results.append((name, wrong))
        print(f"{'failed' if wrong else 'passed'}  {name}", *wrong[:5], sep="\n        " if wrong else "", flush=True)

    shapes = []
    for accept in ("pool", "main"):
        calls, wrong = run(ntier, ["--accept", accept, *processes], 1000, 16)
        check(f"1,000 requests, 16 in flight, --accept {accept}: {len(calls)} calls", wrong)
        shapes.append(collections.Counter({k: n for k, n in shape(calls).items() if not k[1].startswith("sem_")}))
    check("the same requests make the same calls in both modes", [] if shapes[0] == shapes[1] else ["they differ"])
    for ipc in MECHANISMS:
        for process in ("0", "1"):
            in_flight = 1 if sanitized and process == "1" else 8
            calls, wrong = run(ntier, ["--ipc", ipc, "--process", process, "--forward", "0.9"], 100, in_flight)
            used = {call.function for call in calls}
            if MECHANISMS[ipc][0] not in used or ("fork" if process == "1" else "pthread_create") not in used:
                wrong.append("the mechanism was not used")
            check(f"layers by {ipc} in {'processes' if process == '1' else 'threads'}", wrong)
    route = ",".join(f"{address(i)}:{PORT + i}" for i in (1, 3, 2))
    calls, wrong = run(ntier, processes, 20, 4, "--route", route)
    hops = collections.Counter((call.request, call.key[0]) for call in calls if call.function == "connect")
    if any(sum(n for (request, _), n in hops.items() if request == f"t-{i}") != 4 for i in range(1, 21)):
        wrong.append("a request did not make the route's hops")
    check("an explicit route is followed", wrong)
    check("a replica with the fault sleep answers late", check_sleep(ntier))
    check("a replica with the fault connect ends abnormally, its truth kept", check_connect(ntier))
    for arguments, status in ((["replica", "--pool", "none"], 2), (["client", "--to"], 2), ([], 2), (["--help"], 0),
                              (["replica", "--ip", "192.0.2.1", "--port", "1", "--dir", "/tmp", "--truth", "/dev/null"], 1)):
        done = subprocess.run([ntier, *arguments], capture_output=True, text=True)
        right = done.returncode == status and (status == 0 or done.stderr.count("\n") == 1)
        check(f"ntier {' '.join(arguments)} ends with {status}", [] if right else [f"{done.returncode}: {done.stderr}"])
    failed = sum(1 for _, wrong in results if wrong)
    print(f"{len(results) - failed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
