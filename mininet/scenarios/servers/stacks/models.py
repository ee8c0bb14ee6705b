"""Three tiers of each model of section 2.2 of the dissertation, in a protocol of their own: only bytes and turns tell what serves what.

The client asks the first tier by a virtual address where the network has one. Connections are kept, those between the tiers in pools
that serve one request after another; the applications called `fresh` open one for each request and tier.

What there is not: an event loop with blocking calls serves one connection only; epoll for one connection is select. A pool's
threads and processes accept in a blocking call where I/O is by signals (a descriptor has one owner) or asynchronous (POSIX knows no such accept).
"""
from __future__ import annotations

import pathlib
from typing import TYPE_CHECKING

from ntier import port_of
from servers import truth
from servers.application import Application

if TYPE_CHECKING:
    from servers.place import Place

TIERS = {"first": "h4", "second": "h7", "last": "h6"}
POOL = 40  # a kept connection takes one of a pool for good: more than are in flight
RECORDS = 1_000_000

IO = {**dict.fromkeys(("process", "thread", "process-pool", "thread-pool"), ("blocking", "polling", "select", "signal", "async")),
      "event": ("select", "epoll", "polling", "signal", "async")}
FRESH = (("process", "blocking"), ("thread", "blocking"), ("process-pool", "blocking"), ("thread-pool", "blocking"), ("event", "epoll"))


class Model(Application):
    packages = ()
    programs = ()  # built with S-Trace
    repeats = 1  # of each model there are five programs and more

    def __init__(self, model: str, io: str, kept: bool, *options: str) -> None:
        self.name = "-".join(("models", model, io, *(["fresh"] if not kept else []), *(["handed"] if options else [])))
        self._kept = kept
        self._options = ["--model", model, "--io", io, "--pool", str(POOL), *(["--next-keep"] if kept else []), *options]
        self._truth: list[pathlib.Path] = []

    def entry(self, place: Place) -> str:
        return place.virtual(TIERS["first"], port_of(TIERS["first"]))

    def client(self, place: Place) -> list[str]:
        """Its own: the load client speaks HTTP."""
        return [place.program("models"), "--client", "--keep" if self._kept else "--fresh"]

    def start(self, place: Place) -> None:
        folder = place.folder("models")
        self._truth = [folder / f"{tier}.jsonl" for tier in TIERS]
        following: list[str] = []
        for (tier, host), file in reversed(list(zip(TIERS.items(), self._truth))):
            listens = f"{place.address(host)}:{port_of(host)}"
            process = place.start(host, f"models-{tier}", [
                place.program("models"), *self._options, "--listen", listens, *following, "--touch", "/etc/hostname",
                "--tier", tier, "--host", host, "--truth", str(file), "--records", str(RECORDS)])
            place.wait_listening(host, port_of(host), process)
            following = ["--next", listens]

    def visits(self, place: Place) -> list[truth.Visit]:
        return [visit for file in self._truth for visit in truth.read(file)]


APPLICATIONS = (*(Model(model, io, True) for model, kinds in IO.items() for io in kinds), *(Model(model, io, False) for model, io in FRESH),
                Model("thread-pool", "blocking", False, "--accept", "main"))
