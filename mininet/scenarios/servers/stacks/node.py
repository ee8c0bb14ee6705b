"""node -> Redis: one thread serves all requests, and one connection carries all their commands."""
from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

from processes import ScenarioError
from servers.application import Goal
from servers.backends import REDIS
from servers.web import APPS, WebApplication

if TYPE_CHECKING:
    from servers.place import Place

INSTALL_S = 300


class NodeRedis(WebApplication):
    tier = "node"

    def __init__(self, name: str, hooks: bool) -> None:
        super().__init__(name, REDIS, ("nodejs", "npm"), ("node", "npm"))
        self.goal = Goal.DETERMINED if hooks else Goal.UNDECIDED
        self._hooks = hooks

    def command(self, place: Place) -> list[str]:
        """Installs the packages that the program needs, of the versions that its lock file names."""
        folder = place.folder("node")
        shutil.copytree(APPS / "node", folder, dirs_exist_ok=True)
        done = subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=folder, capture_output=True, text=True,
                              timeout=INSTALL_S)
        if done.returncode != 0:
            raise ScenarioError(f"npm ci ended with {done.returncode}: {done.stderr.strip()[-300:]}")
        return ["node", str(folder / "server.js")]

    def environment(self, place: Place) -> dict[str, str]:
        return place.hooks() if self._hooks else {}


APPLICATIONS = (NodeRedis("node-redis", hooks=False), NodeRedis("node-hooks-redis", hooks=True))
