"""The application's own account of its requests, in memory until the worker ends, as mininet/scenarios/servers tells."""
from __future__ import annotations

import json
import os
import threading
import time
from urllib.parse import parse_qs

_lines: list[str] = []


def number(environ: dict) -> int:
    """What is asked for: the URL's n, or for all the same."""
    return int(parse_qs(environ["QUERY_STRING"]).get("n", ["0"])[0]) % 1000


def text(address: tuple) -> str:
    return f"{address[0]}:{address[1]}"


class Visit:
    """Around the work for one request: from all of it received until nothing of the response is sent."""

    def __init__(self, environ: dict) -> None:
        client = environ["gunicorn.socket"]
        self._ends = {"local": text(client.getsockname()), "peer": text(client.getpeername())}
        self._id, self._out = environ["HTTP_X_EVAL_ID"], []

    def __enter__(self) -> Visit:
        self._ends["enterNs"] = time.time_ns()
        return self

    def __exit__(self, *_: object) -> None:
        self._ends["exitNs"] = time.time_ns()
        _lines.append(json.dumps({"id": self._id, "pid": os.getpid(), "tid": threading.get_native_id(),
                                  "in": self._ends, "out": self._out}))

    def asked(self, enter_ns: int, local: str, peer: str, server: dict) -> None:
        """A response has come; `server` is what the tier that sent it says of itself, as far as it does."""
        self._out.append({"local": local, "peer": peer, "enterNs": enter_ns, "exitNs": time.time_ns(), "server": server})


def write(folder: str) -> None:
    with open(os.path.join(folder, f"{os.getpid()}.jsonl"), "w", encoding="ascii") as file:
        file.writelines(line + "\n" for line in _lines)
