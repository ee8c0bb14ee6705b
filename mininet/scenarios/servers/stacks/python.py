"""gunicorn -> PostgreSQL or memcached; each worker, or each of its threads, has a connection of its own."""
from __future__ import annotations

from typing import TYPE_CHECKING

from servers.backends import MEMCACHED, POSTGRESQL, Backend
from servers.web import APPS, WebApplication

if TYPE_CHECKING:
    from servers.place import Place

SOURCES = APPS / "gunicorn"
CLIENTS = {POSTGRESQL: "python3-psycopg2", MEMCACHED: "python3-pymemcache"}
PROCESSES = ("--workers", "4")
THREADS = ("--workers", "2", "--worker-class", "gthread", "--threads", "16")


class Gunicorn(WebApplication):
    tier = "gunicorn"

    def __init__(self, name: str, workers: tuple[str, ...], backend: Backend) -> None:
        super().__init__(name, backend, ("gunicorn", CLIENTS[backend]), ("gunicorn",))
        self._workers = workers

    def command(self, place: Place) -> list[str]:
        return ["gunicorn", "--config", str(SOURCES / "gunicorn.conf.py"), "--chdir", str(SOURCES), *self._workers,
                f"{self.backend.tier}:application"]

    def environment(self, place: Place) -> dict[str, str]:
        return {"PYTHONDONTWRITEBYTECODE": "1"}


APPLICATIONS = (
    Gunicorn("gunicorn-postgresql", PROCESSES, POSTGRESQL),
    Gunicorn("gunicorn-threads-postgresql", THREADS, POSTGRESQL),
    Gunicorn("gunicorn-memcached", PROCESSES, MEMCACHED),
)
