"""A web application on a host of its own that keeps the account of its requests, and a tier behind it (backends.py)."""
from __future__ import annotations

import json
import pathlib
from typing import TYPE_CHECKING, Any

import ntier
from processes import Process
from servers import backends
from servers.application import Application
from servers.truth import End, Visit

if TYPE_CHECKING:
    from servers.place import Place

HOST = "h4"
PORT = ntier.port_of(HOST)
APPS = pathlib.Path(__file__).resolve().parents[2] / "apps"


class WebApplication(Application):
    """Its program in mininet/apps finds in the environment LISTEN and BACKEND, both ip:port, and the folder TRUTH."""

    tier: str

    def __init__(self, name: str, backend: backends.Backend, packages: tuple[str, ...], programs: tuple[str, ...]) -> None:
        self.name = name
        self.packages = (*packages, *backend.packages)
        self.programs = (*programs, *backend.programs)
        self.backend = backend
        self._behind: Process
        self._account: pathlib.Path

    def command(self, place: Place) -> list[str]:
        raise NotImplementedError

    def environment(self, place: Place) -> dict[str, str]:
        return {}

    def entry(self, place: Place) -> str:
        return place.virtual(HOST, PORT)

    def start(self, place: Place) -> None:
        self._behind = self.backend.start(place)
        self._account = place.folder("account")
        process = place.start(HOST, self.tier, self.command(place), environment={
            **self.environment(place), "LISTEN": f"{place.address(HOST)}:{PORT}", "BACKEND": self.backend.address(place),
            "TRUTH": str(self._account)})
        place.wait_listening(HOST, PORT, process)

    def visits(self, place: Place) -> list[Visit]:
        behind = {"pid": self._behind.pid, "tid": self._behind.pid if self.backend.one_thread else None}
        lines = [json.loads(line) for file in sorted(self._account.glob("*.jsonl")) for line in file.read_text().splitlines()]
        return [visit for line in lines for visit in self._visits(line, behind)]

    def _visits(self, line: dict[str, Any], behind: dict[str, Any]) -> list[Visit]:
        """The application's visit and those of the tier behind. `server` of an `out` is what that tier says of itself."""
        found = [Visit.from_json({**line, "tier": self.tier, "host": HOST})]
        for out in line["out"]:
            server = {"local": out["peer"], "peer": out["local"], **behind, **out.get("server", {})}
            found.append(Visit(line["id"], self.backend.tier, backends.HOST, End(server["local"], server["peer"]),
                               pid=server["pid"], tid=server["tid"]))
        return found
