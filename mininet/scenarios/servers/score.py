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
from typing import Any, Iterable

from servers.truth import CLIENT, Exchange, Visit

# The traced times and the application's own are read from different clocks.
SLACK_NS = 20_000
MOST_NAMED = 3

SENDING = {"write", "writev", "send", "sendto", "sendmsg", "sendmmsg", "sendfile", "aio_write"}
TAKING = {"read", "readv", "recv", "recvfrom", "recvmsg", "recvmmsg"}
MOVING = SENDING | TAKING | {"aio_read", "aio_return"}

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
    event: str
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
    edges: list[tuple[str, str]]
    requests: list[str] = dataclasses.field(default_factory=list)  # whose exchanges it holds, in order
    shared: list[Touch] = dataclasses.field(default_factory=list)  # calls that may be of any of several requests

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
        self._lows: dict[tuple[EndKey, bool, bool], list[float]] = {}  # where each window begins
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
            self._lows[key] = [window.low for window in windows]
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
        end = (key, asking, request)
        windows, lows, latest = self._windows[end], self._lows[end], self._latest[end]
        for slack in (0, SLACK_NS):
            found = []
            at = bisect.bisect_right(lows, time_ns + slack) - 1
            while at >= 0 and latest[at] >= time_ns - slack:
                if windows[at].high >= time_ns - slack:
                    found.append(windows[at].exchange)
                at -= 1
            if found:
                return frozenset(found)
        return frozenset()


def _begin(exchange: Exchange) -> float:
    return (exchange.outer or exchange.inner)[0]


def _end(exchange: Exchange) -> float:
    return (exchange.outer or exchange.inner)[1]


def reduce(path: dict[str, Any], index: Index) -> Path:
    """What of a path is judged."""
    touches = []
    submitted: dict[EndKey, str] = {}  # the last asynchronous call on a connection, which aio_return is the end of
    for event in path["events"]:
        op = event["op"]
        if op not in MOVING:
            continue
        key = (event["host"], event["local"], event["peer"])
        if op in ("aio_read", "aio_write"):
            submitted[key] = op
        sent = op in SENDING
        taken = op in TAKING or (op == "aio_return" and submitted.get(key) == "aio_read")
        if not (sent or taken) or event["errno"] or not (event["bytes"] or op == "aio_write"):
            continue
        for asking in index.ends(key):
            time_ns = int(event["enterNs"] if sent else event["exitNs"])
            found = index.find(key, asking, sent == asking, time_ns)
            if found:
                touches.append(Touch(event["id"], found, asking, sent == asking, time_ns, event["pid"], event["tid"]))
    return Path(path["id"], frozenset(path["flags"]), touches, [(edge["from"], edge["to"]) for edge in path["edges"]])


def settle(paths: list[Path], index: Index) -> None:
    """Says of which requests each path holds exchanges, one request at most a call where that can be known.

    Where a connection carries several exchanges at once, a response was taken by the last call before the end of its exchange.
    """
    reads: dict[tuple[str, str, str], set[int]] = collections.defaultdict(set)
    for touch in (touch for path in paths for touch in path.touches if index.at_once(touch)):
        reads[index.conversation(min(touch.exchanges))].add(touch.time_ns)
    ordered = {conversation: sorted(times) for conversation, times in reads.items()}
    for path in paths:
        for touch in filter(index.at_once, path.touches):
            touch.exchanges = frozenset(number for number in touch.exchanges
                                        if index.last_before(number, ordered[index.conversation(number)]) == touch.time_ns)
        path.touches = [touch for touch in path.touches if touch.exchanges]
        requests = [{index.exchanges[number].id for number in touch.exchanges} for touch in path.touches]
        path.requests = sorted({only for some in requests if len(some) == 1 for only in some})
        path.shared = [touch for touch, some in zip(path.touches, requests) if len(some) > 1]


def judge(request: str, wanted: list[int], held: list[Path], index: Index) -> Verdict:
    def verdict(kind: str, why: str = "") -> Verdict:
        return Verdict(request, kind, [path.id for path in held], bool(held) and all(path.claimed for path in held), why)
    if not held:
        return verdict("missing", "no path holds the client's request")
    # A path may hold all requests of a run: a few others are enough to be named.
    others = {other for path in held for other in path.requests[:MOST_NAMED + 1] if other != request}
    others |= {index.exchanges[min(touch.exchanges)].id for path in held for touch in path.shared if touch.exchanges.isdisjoint(wanted)}
    if others:
        return verdict("wrong", f"joined with {', '.join(sorted(others)[:MOST_NAMED])}")
    lacks = [f"in {len(held)} paths"] if len(held) > 1 else missing(wanted, held[0], index)
    if not lacks:
        return verdict("exact")
    flags = held[0].flags.union(*(path.flags for path in held))
    return verdict(next((flag for flag in ("lossy", "ambiguous") if flag in flags), "incomplete"), named(lacks))


def missing(wanted: list[int], path: Path, index: Index) -> list[str]:
    """What of the truth a path lacks."""
    found: dict[tuple[int, bool, bool], list[str]] = collections.defaultdict(list)
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


def reached(starts: Iterable[str], edges: list[tuple[str, str]]) -> set[str]:
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


def named(items: list[str]) -> str:
    return ", ".join(items[:MOST_NAMED]) + (f" and {len(items) - MOST_NAMED} more" if len(items) > MOST_NAMED else "")


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
