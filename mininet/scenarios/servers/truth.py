"""The ground truth of a run: which tiers a request visited, over which connections, when (the package's docstring)."""
from __future__ import annotations

import collections
import dataclasses
import json
import pathlib
from typing import Any, Iterable


CLIENT = "client"  # the tier that nobody asks


@dataclasses.dataclass
class End:
    """One end of an exchange (a request and its response). Times in ns since the epoch; None: this end has not stamped it."""
    local: str
    peer: str
    enter_ns: int | None = None
    exit_ns: int | None = None
    sent_ns: int | None = None

    def to_json(self) -> dict[str, Any]:
        return {"local": self.local, "peer": self.peer, "enterNs": self.enter_ns, "sentNs": self.sent_ns, "exitNs": self.exit_ns}

    @staticmethod
    def from_json(end: dict[str, Any]) -> End:
        return End(end["local"], end["peer"], end.get("enterNs"), end.get("exitNs"), end.get("sentNs"))


@dataclasses.dataclass
class Visit:
    """A tier's part in one request: the exchange it was asked by, and those in which it asked others."""
    id: str
    tier: str
    host: str
    entry: End | None = None
    out: list[End] = dataclasses.field(default_factory=list)
    pid: int | None = None
    tid: int | None = None

    def to_json(self) -> dict[str, Any]:
        return {"id": self.id, "tier": self.tier, "host": self.host, "pid": self.pid, "tid": self.tid,
                "in": self.entry and self.entry.to_json(), "out": [end.to_json() for end in self.out]}

    @staticmethod
    def from_json(visit: dict[str, Any]) -> Visit:
        entry = visit.get("in")
        return Visit(visit["id"], visit["tier"], visit["host"], entry and End.from_json(entry),
                     [End.from_json(end) for end in visit.get("out", ())], visit.get("pid"), visit.get("tid"))


Times = tuple[int, int]


@dataclasses.dataclass
class Exchange:
    """A request and its response on one connection. One of `inner` and `outer` at least is known.

    `outer`: from before the request was sent until after the response was received. `inner`: from after the request was received
    until before the response was sent.
    """
    id: str
    asking: Visit
    answering: Visit
    end: End  # the asking one's
    inner: Times | None = None

    @property
    def outer(self) -> Times | None:
        return _times(self.end)


def _times(end: End) -> Times | None:
    return None if end.enter_ns is None or end.exit_ns is None else (end.enter_ns, end.exit_ns)


def read(file: pathlib.Path) -> list[Visit]:
    return [Visit.from_json(json.loads(line)) for line in file.read_text().splitlines()]


def write(file: pathlib.Path, visits: Iterable[Visit]) -> None:
    file.write_text("".join(json.dumps(visit.to_json(), separators=(",", ":")) + "\n" for visit in visits))


def read_log(file: pathlib.Path, tier: str, host: str, local: str) -> list[Visit]:
    """A proxy's log, a line a request: id, pid, the peer's ip:port."""
    lines = [line.split() for line in file.read_text().splitlines()]
    return [Visit(request, tier, host, End(local, peer), [], int(pid)) for request, pid, peer in lines]


def add_asking(visits: list[Visit], asking: str, asked: str) -> list[Visit]:
    """Gives a tier that does not know its own ports the exchanges in which it asked another, from what that one knows."""
    askers = {visit.id: visit for visit in visits if visit.tier == asking}
    for visit in visits:
        if visit.tier == asked and visit.entry is not None and visit.id in askers:
            askers[visit.id].out.append(End(visit.entry.peer, visit.entry.local))
    return visits


def complete(visits: list[Visit]) -> list[Exchange]:
    """The exchanges between the visits; a ValueError names what the truth lacks.

    The two ends of an exchange name the same addresses, or, behind a NAT, which rewrites where a connection goes and not where it comes
    from, the asking one's alone. Several exchanges of a request on one connection are paired in their order. A proxy that does not say
    how it was asked was asked by the end that nobody else answers.
    """
    waiting: dict[str, list[Visit]] = collections.defaultdict(list)
    for visit in visits:
        if visit.entry is not None:
            waiting[visit.id].append(visit)
    exchanges, left = [], [(visit, end) for visit in visits for end in visit.out]
    for translated in (False, True):
        asking, left = left, []
        for visit, end in asking:
            answering = next((other for other in waiting[visit.id] if other.entry.peer == end.local
                              and (translated or other.entry.local == end.peer)), None)
            if answering is None:
                left.append((visit, end))
            else:
                waiting[visit.id].remove(answering)
                exchanges.append(Exchange(visit.id, visit, answering, end))
    silent = {visit.id: visit for visit in visits if visit.entry is None and visit.tier != CLIENT}
    for visit, end in left:
        if visit is not silent.get(visit.id, visit):
            answering = silent.pop(visit.id)
            answering.entry = End(end.peer, end.local)
            exchanges.append(Exchange(visit.id, visit, answering, end))
            continue
        raise ValueError(f"nobody in the truth of {visit.id} was asked by {visit.tier} from {end.local}")
    for visit in silent.values():
        raise ValueError(f"nobody in the truth of {visit.id} asked {visit.tier}")
    for visit in (visit for some in waiting.values() for visit in some):
        raise ValueError(f"nobody in the truth of {visit.id} asked {visit.tier} from {visit.entry.peer}")
    asked: dict[int, list[Exchange]] = collections.defaultdict(list)
    for exchange in exchanges:
        asked[id(exchange.asking)].append(exchange)
    for exchange in exchanges:
        exchange.inner = _inside(exchange.answering, asked)
        if exchange.inner is None and exchange.outer is None:
            raise ValueError(f"the exchange of {exchange.id} between {exchange.asking.tier} and {exchange.answering.tier} has no times")
    return exchanges


def _inside(visit: Visit, asked: dict[int, list[Exchange]]) -> Times | None:
    """A visit's own times, or those of what it asked others, which it did in between."""
    own = visit.entry and _times(visit.entry)
    if own:
        return own
    times = [known for exchange in asked[id(visit)] for known in [exchange.outer or _inside(exchange.answering, asked)] if known]
    return (min(enter for enter, _ in times), max(leave for _, leave in times)) if times else None
