"""Kestrel -> PostgreSQL: any thread goes on with any request, over eight connections that they share."""
from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from processes import ScenarioError
from servers.application import Goal
from servers.backends import POSTGRESQL
from servers.web import APPS, WebApplication

if TYPE_CHECKING:
    from servers.place import Place

BUILD_S = 300


class KestrelPostgresql(WebApplication):
    tier = "kestrel"

    def __init__(self, name: str, hooks: bool) -> None:
        super().__init__(name, POSTGRESQL, (), ("dotnet",))
        self.goal = Goal.DETERMINED if hooks else Goal.UNDECIDED
        self._hooks = hooks

    def command(self, place: Place) -> list[str]:
        """Builds the program."""
        folder = place.folder("kestrel")
        done = subprocess.run(["dotnet", "publish", "--configuration", "Release", "--artifacts-path", str(folder / "build"),
                               "--output", str(folder / "program")], cwd=APPS / "kestrel", capture_output=True, text=True, timeout=BUILD_S)
        if done.returncode != 0:
            raise ScenarioError(f"dotnet publish ended with {done.returncode}: {done.stdout.strip()[-300:]}")
        return ["dotnet", str(folder / "program" / "Kestrel.dll")]

    def environment(self, place: Place) -> dict[str, str]:
        return place.hooks() if self._hooks else {}


APPLICATIONS = (KestrelPostgresql("kestrel-postgresql", hooks=False), KestrelPostgresql("kestrel-hooks-postgresql", hooks=True))
