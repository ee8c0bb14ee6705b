#!/usr/bin/env python3
"""Holds causal paths against the ground truth of n-Tier, and says of each request whether its path is exact.

A request is exact when one path alone holds calls of it, and that path holds every call of the truth in each thread's
order, every cause of the truth among its edges, and nothing else. This module shares nothing with the correlator: it
reads the exported JSON and the truth files, and no more.

usage: score.py PATHS.json TRUTH.txt...     exit status 1 when a request is not exact
"""
from __future__ import annotations

import collections
import dataclasses
import functools
import pathlib
import re
import sys
from typing import Any, Iterable

import exported
from clocks import RIGHT, Clocks

LINE = re.compile(r"\((\d+)\.(\d{9})\) \(([\d.]+)\) \[(\d+)/(\d+)\] - (\w+).*? #(\S+) call=(\d+) exit=(\d+)\.(\d{9})"
                  r"(?: parent=([\d.]+)/(\d+)/(\d+))?\s*$")
MECHANISMS = {"file": "file", "pipe": "pipe", "shm": "sharedMemory", "queue": "queue", "socket": "socket"}
# How many calls of which function one forward by a mechanism makes.
CALLS_PER_FORWARD = {"file": ("fopen", 4), "pipe": ("pipe", 2), "sharedMemory": ("shmget", 2), "queue": ("msgget", 2)}
# By how much a traced time may lie outside the application's own stamps: the two are read from different clocks.
SLACK_NS = 2_000_000

CallKey = tuple[str, int, int]  # ip, LWP, index of the call in its thread


@dataclasses.dataclass(frozen=True)
class Call:
    """One line of the truth; times in nanoseconds since the epoch."""
    key: CallKey
    parent: CallKey | None
    pid: int
    function: str
    request: str
    enter_ns: int
    exit_ns: int

    def __str__(self) -> str:
        return f"{self.function} ({self.key[0]} [{self.key[1]}/{self.pid}] call {self.key[2]})"


@dataclasses.dataclass
class Truth:
    """All calls of a run, and how often its replicas say that they forwarded by each mechanism."""
    calls: list[Call] = dataclasses.field(default_factory=list)
    ipc: dict[str, int] = dataclasses.field(default_factory=lambda: dict.fromkeys(MECHANISMS.values(), 0))
    lost: int = 0

    def of_request(self) -> dict[str, list[Call]]:
        grouped: dict[str, list[Call]] = collections.defaultdict(list)
        for call in self.calls:
            grouped[call.request].append(call)
        return grouped


@dataclasses.dataclass
class Verdict:
    """What holds of one request; `why` is empty when it is exact."""
    request: str
    paths: list[str]
    missing: int = 0
    extra: int = 0
    wrong_edges: int = 0
    why: list[str] = dataclasses.field(default_factory=list)

    @property
    def exact(self) -> bool:
        return not self.why


@functools.cache
def normal(function: str) -> str:
    """The name that both sides agree on: the truth says `_exit` and `connect(..)`, a path may say `connect`."""
    return re.sub(r"[^a-z0-9]", "", function.lower().split("(")[0].split(" ")[0])


def parse_line(line: str) -> Call | None:
    match = LINE.match(line)
    if match is None:
        return None
    sec, nsec, ip, lwp, pid, function, request, call, exit_sec, exit_nsec, p_ip, p_lwp, p_call = match.groups()
    parent = (p_ip, int(p_lwp), int(p_call)) if p_ip else None
    # n-Tier cannot stamp the end of a call that does not return: it may come any time after its line.
    exit_ns = sys.maxsize if normal(function) == "exit" else int(exit_sec + exit_nsec)
    return Call((ip, int(lwp), int(call)), parent, int(pid), normal(function), request, int(sec + nsec), exit_ns)


def read_truth(files: Iterable[pathlib.Path]) -> Truth:
    """Reads the truth files of replicas and clients; ValueError names a line that is neither call nor comment."""
    truth = Truth()
    for file in files:
        for number, line in enumerate(file.read_text().splitlines(), 1):
            if line.startswith("# ipc "):
                for pair in line.split()[2:]:
                    name, count = pair.split("=")
                    truth.ipc[MECHANISMS[name]] += int(count)
            elif line.startswith("# lost "):
                truth.lost += int(line.split()[2])
            elif not line.startswith("#"):
                call = parse_line(line)
                if call is None:
                    raise ValueError(f"{file}:{number} is not a line of the truth: {line}")
                truth.calls.append(call)
    return truth


# ip, tid, the thread's sequence number, time (thread ids are used again): the same event in whichever path it stands
EventKey = tuple[str, int, int, int]


@dataclasses.dataclass(slots=True)
class Event:
    """Times are the machine's."""
    id: str
    key: EventKey
    pid: int
    function: str
    exit_ns: int
    failed: bool

    @property
    def seq(self) -> int:
        return self.key[2]

    @property
    def enter_ns(self) -> int:
        return self.key[3]

    def __str__(self) -> str:
        return f"{self.function} ({self.key[0]} [{self.key[1]}/{self.pid}])"


@dataclasses.dataclass(slots=True)
class Path:
    """What of a path is judged."""
    id: str
    events: list[Event]
    edges: set[tuple[str, str]]
    packets: int
    backward: int  # edges whose effect ends before their cause begins, by the path's own times


def reduce(path: dict[str, Any], clocks: Clocks = RIGHT) -> Path:
    events = path["events"]
    times = {event["id"]: (int(event["enterNs"]), int(event["exitNs"])) for event in events}
    reduced = []
    for event in events:
        enter_ns, exit_ns = (clocks.real(event["host"], time_ns) for time_ns in times[event["id"]])
        reduced.append(Event(event["id"], (event["ip"], event["tid"], event["seq"], enter_ns), event["pid"], normal(event["op"]), exit_ns,
                             bool(event["errno"])))
    edges = {(edge["from"], edge["to"]) for edge in path["edges"]}
    return Path(path["id"], reduced, edges, len(path["packets"]), sum(times[to][1] < times[start][0] for start, to in edges))


def identify(paths: list[Path], calls: Iterable[Call]) -> dict[EventKey, Call]:
    """Which call of the truth each event is: the same thread and function, inside its times; the order breaks ties."""
    events: dict[tuple[str, int, str], dict[EventKey, Event]] = collections.defaultdict(dict)
    for path in paths:
        for event in path.events:
            events[(*event.key[:2], event.function)][event.key] = event
    expected: dict[tuple[str, int, str], list[Call]] = collections.defaultdict(list)
    for call in calls:
        expected[(call.key[0], call.key[1], call.function)].append(call)
    found: dict[EventKey, Call] = {}
    for group, wanted in expected.items():
        wanted.sort(key=lambda call: call.enter_ns)
        at = 0
        for event in sorted(events.get(group, {}).values(), key=lambda event: (event.enter_ns, event.seq)):
            while at < len(wanted) and wanted[at].exit_ns + SLACK_NS < event.exit_ns:
                at += 1
            if at < len(wanted) and wanted[at].enter_ns - SLACK_NS <= event.enter_ns:
                found[event.key] = wanted[at]
                at += 1
    return found


def holders(paths: list[Path], known: dict[EventKey, Call]) -> dict[str, list[int]]:
    """The places of the paths that hold calls of each request, of the one with most of them first."""
    counts: dict[str, list[tuple[int, int]]] = collections.defaultdict(list)
    for index, path in enumerate(paths):
        held = collections.Counter(known[event.key].request for event in path.events if event.key in known)
        for request, count in held.items():
            counts[request].append((-count, index))
    return {request: [index for _, index in sorted(some)] for request, some in counts.items()}


def named(items: list[str], limit: int = 3) -> str:
    return ", ".join(items[:limit]) + (f" and {len(items) - limit} more" if len(items) > limit else "")


def check_events(path: Path, wanted: list[Call], known: dict[EventKey, Call], verdict: Verdict) -> dict[CallKey, str]:
    """Compares a path's events with a request's calls; returns the event id of each call."""
    ids: dict[CallKey, str] = {}
    order: dict[tuple[str, int], list[tuple[int, int]]] = collections.defaultdict(list)
    others: collections.Counter[str] = collections.Counter()
    strangers: list[str] = []
    for event in path.events:
        call = known.get(event.key)
        if call is None:
            strangers.append(str(event))
        elif call.request != verdict.request:
            others[call.request] += 1
        else:
            ids[call.key] = event.id
            order[call.key[:2]].append((event.seq, call.key[2]))
            if event.pid != call.pid:
                verdict.why.append(f"{call} is said to be of process {event.pid}")
    missing = [str(call) for call in wanted if call.key not in ids]
    verdict.missing = len(missing)
    verdict.extra = len(strangers) + sum(others.values())
    if missing:
        verdict.why.append(f"the path lacks {named(missing)}")
    if strangers:
        verdict.why.append(f"the path has {named(strangers)}, which no request made")
    if others:
        verdict.why.append(f"the path is mixed with {named([f'request {r} ({n} calls)' for r, n in others.most_common()])}")
    for (ip, lwp), pairs in order.items():
        indices = [index for _, index in sorted(pairs)]
        if indices != sorted(indices):
            verdict.why.append(f"the calls of thread {lwp} on {ip} are out of order")
    return ids


def check_edges(path: Path, wanted: list[Call], ids: dict[CallKey, str], verdict: Verdict) -> None:
    by_key = {call.key: call for call in wanted}
    absent = [f"{by_key.get(call.parent, call.parent)} -> {call}" for call in wanted
              if call.parent is not None and (ids.get(call.parent), ids.get(call.key)) not in path.edges]
    verdict.wrong_edges = len(absent)
    if absent:
        verdict.why.append(f"the path lacks the edge {named(absent)}")


def judge(request: str, wanted: list[Call], held: list[Path], known: dict[EventKey, Call]) -> Verdict:
    verdict = Verdict(request, [path.id for path in held])
    if not held:
        verdict.missing = len(wanted)
        verdict.why.append("no path holds a call of it")
        return verdict
    if len(held) > 1:
        verdict.why.append(f"its calls are spread over {len(held)} paths")
    check_edges(held[0], wanted, check_events(held[0], wanted, known, verdict), verdict)
    return verdict


def score(paths: list[Path], truth: Truth, requests: Iterable[str] | None = None) -> list[Verdict]:
    """A verdict for each request of the truth, or for those named."""
    known = identify(paths, truth.calls)
    held = holders(paths, known)
    grouped = truth.of_request()
    return [judge(request, grouped.get(request, []), [paths[index] for index in held.get(request, [])], known)
            for request in (grouped if requests is None else requests)]


def count_ipc(paths: list[Path], replicas: set[str]) -> dict[str, float]:
    """How often each mechanism carried a request, from the paths' events alone; a call that failed carried nothing."""
    events = {event.key: event for path in paths for event in path.events if event.key[0] in replicas}
    functions = collections.Counter(event.function for event in events.values() if event.function == "connect" or not event.failed)
    counts: dict[str, float] = {name: functions[function] / per for name, (function, per) in CALLS_PER_FORWARD.items()}
    counts["socket"] = functions["connect"]
    return {name: int(count) if count == int(count) else round(count, 2) for name, count in counts.items()}


def main() -> int:
    if len(sys.argv) < 3:
        print(__doc__, file=sys.stderr)
        return 2
    paths = [reduce(path) for path in exported.read_paths(pathlib.Path(sys.argv[1]))]
    verdicts = score(paths, read_truth(map(pathlib.Path, sys.argv[2:])))
    for verdict in verdicts:
        if not verdict.exact:
            print(f"{verdict.request}: {'; '.join(verdict.why)}")
    print(f"{sum(verdict.exact for verdict in verdicts)} of {len(verdicts)} requests are exact")
    return 0 if all(verdict.exact for verdict in verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
