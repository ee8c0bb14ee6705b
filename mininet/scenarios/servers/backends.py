"""The tiers that web.py puts behind a web application: PostgreSQL, Redis and memcached, on a host of their own."""
from __future__ import annotations

import dataclasses
import pathlib
import subprocess
from typing import TYPE_CHECKING, Callable

from processes import Process, ScenarioError

if TYPE_CHECKING:
    from servers.place import Place

HOST = "h6"


@dataclasses.dataclass(frozen=True)
class Backend:
    tier: str
    port: int
    packages: tuple[str, ...]
    programs: tuple[str, ...]
    run: Callable[[Place, int], Process]
    one_thread: bool = False  # serves everything in its first process and thread

    def address(self, place: Place) -> str:
        return f"{place.address(HOST)}:{self.port}"

    def start(self, place: Place) -> Process:
        process = self.run(place, self.port)
        place.wait_listening(HOST, self.port, process)
        return process


BIN = pathlib.Path("/usr/lib/postgresql/15/bin")  # Debian 12's; they are not in the PATH
OWNER = "postgres"
ROWS = """\
CREATE TABLE item (number integer PRIMARY KEY, name text NOT NULL)
INSERT INTO item SELECT number, 'item ' || lpad(number::text, 3, '0') FROM generate_series(0, 999) number
"""
INSTALL_S = 120


def _postgresql(place: Place, port: int) -> Process:
    """A new database with the table `item`, open to the user `work`."""
    data = place.folder("postgresql", OWNER)
    _prepare("initdb", "--pgdata", str(data), "--username", "work", "--auth", "trust", "--locale", "C.UTF-8", "--no-sync")
    with (data / "pg_hba.conf").open("a") as rules:
        rules.write("host all work all trust\n")
    _prepare("postgres", "--single", "-D", str(data), "postgres", text=ROWS)
    return place.start(HOST, "postgresql", [str(BIN / "postgres"), "-D", str(data), "-p", str(port), "-k", str(data),
                                            "-c", f"listen_addresses={place.address(HOST)}"], user=OWNER)


def _prepare(program: str, *arguments: str, text: str = "") -> None:
    done = subprocess.run(["setpriv", f"--reuid={OWNER}", f"--regid={OWNER}", "--init-groups", str(BIN / program), *arguments],
                          input=text, capture_output=True, text=True, cwd="/", timeout=INSTALL_S)
    if done.returncode != 0:
        raise ScenarioError(f"{program} ended with {done.returncode}: {done.stderr.strip()[-300:]}")


def _redis(place: Place, port: int) -> Process:
    return place.start(HOST, "redis", ["redis-server", "--bind", place.address(HOST), "--port", str(port), "--save", "",
                                       "--protected-mode", "no", "--dir", str(place.folder("redis"))])


def _memcached(place: Place, port: int) -> Process:
    return place.start(HOST, "memcached", ["memcached", "-l", place.address(HOST), "-p", str(port), "-U", "0", "-u", "nobody"])


POSTGRESQL = Backend("postgresql", 5432, ("postgresql",), (str(BIN / "postgres"),), _postgresql)
REDIS = Backend("redis", 6379, ("redis-server",), ("redis-server",), _redis, one_thread=True)
MEMCACHED = Backend("memcached", 11211, ("memcached",), ("memcached",), _memcached)
