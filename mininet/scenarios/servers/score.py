"""Holds exported paths against the ground truth of a run, and says of each request whether its path is exact.

A request is exact when one path alone holds the client's request, and that path holds both ends of every exchange of the truth, the request
taken and the response sent, by the right process and thread, each caused by the client's request and a cause of its end, and no
exchange of another request. This module shares nothing with the correlator: it reads the exported JSON and the truth, and no more.
"""
from __future__ import annotations

import bisect
import collections
import dataclasses
import itertools
import json
import pathlib
from typing import Any, Iterable, Iterator

from servers.truth import Exchange, Visit

# The traced times and the application's own are read from different clocks.
SLACK_NS = 20_000
CLIENT = "client"
CHUNK = 1 << 20

SENDING = {"write", "writev", "send", "sendto", "sendmsg", "sendmmsg", "sendfile", "aio_write"}
TAKING = {"read", "readv", "recv", "recvfrom", "recvmsg", "recvmmsg"}

EndKey = tuple[str, str, str]  # host, local, peer


@dataclasses.dataclass(frozen=True)
class Window:
    """When one end of an exchange can have moved its request, or its response."""
    low: float
    high: float
    exchange: int


@dataclasses.dataclass
class Touch:
    """A call of a path that moved bytes of one of these exchanges (several, where connections carry several at once)."""
    event: int
    exchanges: frozenset[int]
    asking: bool  # at the end that asks
    request: bool
    time_ns: int
    pid: int
    tid: int

    def is_by(self, visit: Visit) -> bool:
        return visit.pid in (None, self.pid) and visit.tid in (None, self.tid)


@dataclasses.dataclass
class Path:
    id: str
    flags: frozenset[str]
    touches: list[Touch]
    edges: list[tuple[int, int]]

    @property
    def claimed(self) -> bool:
        return not self.flags & {"ambiguous", "lossy"}


@dataclasses.dataclass
class Verdict:
    """What holds of one request. `kind`: exact; wrong, if its path holds another request's exchange; else ambiguous or lossy, if its
    path says so; incomplete, if it does not; missing, if no path holds the client's request."""
    request: str
    kind: str
    paths: list[str]
    claimed: bool
    why: str = ""


class Index:
    """Finds the exchanges that a call belongs to: by its connection, as its host sees it, and its time."""

    def __init__(self, exchanges: list[Exchange], host_names: dict[str, str] | None = None) -> None:
        self.exchanges = exchanges
        self._windows: dict[tuple[EndKey, bool, bool], list[Window]] = collections.defaultdict(list)
        self._latest: dict[tuple[EndKey, bool, bool], list[float]] = {}  # end of the windows up to each
        names = host_names or {}
        conversations: dict[EndKey, list[int]] = collections.defaultdict(list)
        for number, exchange in enumerate(exchanges):
            conversations[self.conversation(number)].append(number)
        for numbers in conversations.values():
            numbers.sort(key=lambda number: _begin(exchanges[number]))
            for at, number in enumerate(numbers):
                before = _end(exchanges[numbers[at - 1]]) if at > 0 else float("-inf")
                after = _begin(exchanges[numbers[at + 1]]) if at + 1 < len(numbers) else float("inf")
                self._add(number, before, after, names)
        for key, windows in self._windows.items():
            windows.sort(key=lambda window: window.low)
            self._latest[key] = list(itertools.accumulate((window.high for window in windows), max))

    def _add(self, number: int, before: float, after: float, names: dict[str, str]) -> None:
        e = self.exchanges[number]
        entry = e.answering.entry
        assert entry is not None
        asking = (names.get(e.asking.host, e.asking.host), e.end.local, e.end.peer)
        answering = (names.get(e.answering.host, e.answering.host), entry.local, entry.peer)
        low, high = (e.outer if e.outer else (before, after))
        taken, sent = e.inner if e.inner else (high, low)
        given = e.end.sent_ns or taken
        # php-fpm reads the end of a request when it has answered: from then until the next one, its reads may be of either.
        last_taken = max(taken, sent) if e.outer else after
        for key, is_asking, is_request, window in (
                (asking, True, True, Window(low, given, number)), (asking, True, False, Window(sent, high, number)),
                (answering, False, True, Window(low, last_taken, number)), (answering, False, False, Window(sent, high, number))):
            self._windows[(key, is_asking, is_request)].append(window)

    def ends(self, key: EndKey) -> list[bool]:
        """Whether an end asks, for each way in which it is known (a connection to oneself is known in two)."""
        return [asking for asking in (True, False) if (key, asking, True) in self._windows]

    def conversation(self, number: int) -> EndKey:
        exchange = self.exchanges[number]
        return exchange.asking.host, exchange.end.local, exchange.end.peer

    def at_once(self, touch: Touch) -> bool:
        """Whether it is a response taken on a connection that carries several exchanges at once."""
        return touch.asking and not touch.request and any(self.exchanges[number].end.sent_ns for number in touch.exchanges)

    def last_before(self, number: int, times: list[int]) -> int | None:
        """The last of the times that is not behind the exchange's end; clocks may differ a little where none is otherwise."""
        for slack in (0, SLACK_NS):
            at = bisect.bisect_right(times, _end(self.exchanges[number]) + slack)
            if at > 0:
                return times[at - 1]
        return None

    def find(self, key: EndKey, asking: bool, request: bool, time_ns: int) -> frozenset[int]:
        windows = self._windows.get((key, asking, request), [])
        for slack in (0, SLACK_NS):
            found = set()
            at = bisect.bisect_right(windows, time_ns + slack, key=lambda window: window.low) - 1
            while at >= 0 and self._latest[(key, asking, request)][at] >= time_ns - slack:
                if windows[at].high >= time_ns - slack:
                    found.add(windows[at].exchange)
                at -= 1
            if found:
                return frozenset(found)
        return frozenset()


def _begin(exchange: Exchange) -> float:
    return (exchange.outer or exchange.inner)[0]


def _end(exchange: Exchange) -> float:
    return (exchange.outer or exchange.inner)[1]


def read_paths(file: pathlib.Path) -> Iterator[dict[str, Any]]:
    """The paths of an export, one after another: the file may be larger than the memory."""
    decoder = json.JSONDecoder()
    with file.open() as stream:
        text = ""
        while (at := text.find('"paths"')) < 0:
            more = stream.read(CHUNK)
            if not more:
                raise ValueError(f"{file} is not an export: it has no paths")
            text += more
        text = text[at:].partition("[")[2]
        while True:
            text = text.lstrip(" \r\n\t,")
            if text.startswith("]"):
                return
            try:
                path, end = decoder.raw_decode(text)
            except ValueError:
                more = stream.read(max(CHUNK, len(text)))
                if not more:
                    raise ValueError(f"{file} ends within a path") from None
                text += more
                continue
            yield path
            text = text[end:]


def reduce(path: dict[str, Any], index: Index) -> Path:
    """What of a path is judged."""
    touches = []
    submitted: dict[EndKey, str] = {}  # the last asynchronous call on a connection, which aio_return is the end of
    for event in path["events"]:
        key = (event["host"], event["local"], event["peer"])
        if event["op"] in ("aio_read", "aio_write"):
            submitted[key] = event["op"]
        request_sent = event["op"] in SENDING
        taken = event["op"] in TAKING or (event["op"] == "aio_return" and submitted.get(key) == "aio_read")
        if not (request_sent or taken) or event.get("errno") or not (event.get("bytes") or event["op"] == "aio_write"):
            continue
        for asking in index.ends(key):
            time_ns = int(event["enterNs"] if request_sent else event["exitNs"])
            found = index.find(key, asking, request_sent == asking, time_ns)
            if found:
                touches.append(Touch(number_of(event["id"]), found, asking, request_sent == asking, time_ns,
                                     int(event["pid"]), int(event["tid"])))
    return Path(path["id"], frozenset(path["flags"]), touches, [(number_of(edge["from"]), number_of(edge["to"])) for edge in path["edges"]])


def number_of(event: str) -> int:
    """Of an event's id, e and a number: there are many of them."""
    return int(event[1:])


def settle(paths: list[Path], index: Index) -> None:
    """Where a connection carries several exchanges at once, a response was taken by the last call before the end of its exchange."""
    reads: dict[tuple[str, str, str], set[int]] = collections.defaultdict(set)
    for touch in (touch for path in paths for touch in path.touches if index.at_once(touch)):
        reads[index.conversation(min(touch.exchanges))].add(touch.time_ns)
    ordered = {conversation: sorted(times) for conversation, times in reads.items()}
    for path in paths:
        for touch in filter(index.at_once, path.touches):
            touch.exchanges = frozenset(number for number in touch.exchanges
                                        if index.last_before(number, ordered[index.conversation(number)]) == touch.time_ns)
        path.touches = [touch for touch in path.touches if touch.exchanges]


def judge(request: str, wanted: list[int], held: list[Path], index: Index) -> Verdict:
    def verdict(kind: str, why: str = "") -> Verdict:
        return Verdict(request, kind, [path.id for path in held], bool(held) and all(path.claimed for path in held), why)
    if not held:
        return verdict("missing", "no path holds the client's request")
    others = {index.exchanges[min(touch.exchanges)].id
              for path in held for touch in path.touches if touch.exchanges and touch.exchanges.isdisjoint(wanted)}
    if others:
        return verdict("wrong", f"joined with {named(sorted(others))}")
    lacks = [f"in {len(held)} paths"] if len(held) > 1 else missing(wanted, held[0], index)
    if not lacks:
        return verdict("exact")
    flags = held[0].flags.union(*(path.flags for path in held))
    return verdict(next((flag for flag in ("lossy", "ambiguous") if flag in flags), "incomplete"), named(lacks))


def missing(wanted: list[int], path: Path, index: Index) -> list[str]:
    """What of the truth a path lacks."""
    found: dict[tuple[int, bool, bool], list[int]] = collections.defaultdict(list)
    lacks = []
    for touch in path.touches:
        for number in touch.exchanges:
            exchange = index.exchanges[number]
            if touch.is_by(exchange.asking if touch.asking else exchange.answering):
                found[(number, touch.asking, touch.request)].append(touch.event)
    starts = [event for number in wanted if index.exchanges[number].asking.tier == CLIENT for event in found[(number, True, True)]]
    ends = [event for number in wanted if index.exchanges[number].asking.tier == CLIENT for event in found[(number, True, False)]]
    caused, causing = reached(starts, path.edges), reached(ends, [(to, start) for start, to in path.edges])
    for number in wanted:
        exchange = index.exchanges[number]
        for asking in (True, False):
            tier = (exchange.asking if asking else exchange.answering).tier
            for request in (True, False):
                events = found[(number, asking, request)]
                what = f"{tier}'s {'request' if request else 'response'} {'to ' if asking == request else 'from '}"\
                       f"{(exchange.answering if asking else exchange.asking).tier}"
                if not events:
                    lacks.append(what)
                elif caused.isdisjoint(events):
                    lacks.append(f"the cause of {what}")
                elif causing.isdisjoint(events):
                    lacks.append(f"the effect of {what}")
    return lacks


def reached(starts: Iterable[int], edges: list[tuple[int, int]]) -> set[int]:
    after = collections.defaultdict(list)
    for start, to in edges:
        after[start].append(to)
    seen = set(starts)
    front = list(seen)
    while front:
        for to in after[front.pop()]:
            if to not in seen:
                seen.add(to)
                front.append(to)
    return seen


def named(items: list[str], limit: int = 3) -> str:
    return ", ".join(items[:limit]) + (f" and {len(items) - limit} more" if len(items) > limit else "")


@dataclasses.dataclass
class Score:
    verdicts: list[Verdict]
    paths: int
    stray: int  # paths that hold an exchange of the truth, and no client's request

    def count(self, kind: str) -> int:
        return sum(verdict.kind == kind for verdict in self.verdicts)

    def to_json(self) -> dict[str, Any]:
        wrong_claimed = sum(verdict.kind == "wrong" and verdict.claimed for verdict in self.verdicts)
        return {"requests": len(self.verdicts), "exact": self.count("exact"), "claimed": sum(verdict.claimed for verdict in self.verdicts),
                "wrongJoins": self.count("wrong"), "wrongClaimed": wrong_claimed, "ambiguous": self.count("ambiguous"),
                "lossy": self.count("lossy"), "incomplete": self.count("incomplete"), "missing": self.count("missing"),
                "paths": self.paths, "strayPaths": self.stray}


def score(paths: Iterable[dict[str, Any]], exchanges: list[Exchange], host_names: dict[str, str] | None = None) -> Score:
    """A verdict for each request of the truth; `host_names` says how a host is called in the paths, where not by its own name."""
    index = Index(exchanges, host_names)
    reduced = [reduce(path, index) for path in paths]
    settle(reduced, index)
    wanted: dict[str, list[int]] = collections.defaultdict(list)
    for number, exchange in enumerate(exchanges):
        wanted[exchange.id].append(number)
    held: dict[str, list[Path]] = collections.defaultdict(list)
    stray = 0
    for path in reduced:
        asked = {index.exchanges[number].id for touch in path.touches if touch.asking and touch.request
                 for number in touch.exchanges if index.exchanges[number].asking.tier == CLIENT}
        for request in asked:
            held[request].append(path)
        stray += bool(path.touches) and not asked
    return Score([judge(request, numbers, held[request], index) for request, numbers in wanted.items()], len(reduced), stray)
