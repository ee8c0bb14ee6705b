"""A page from memcached; each thread of a worker has a connection of its own."""
from __future__ import annotations

import os
import threading
import time

import visits
from pymemcache.client.base import Client

_thread = threading.local()


def _cache():
    if not hasattr(_thread, "cache"):
        _thread.cache = Client(os.environ["BACKEND"])
    return _thread.cache


# Every worker does so before it serves; all of them write the same.
Client(os.environ["BACKEND"]).set_many({f"item:{number}": f"item {number:03}" for number in range(1000)}, noreply=False)


def application(environ, start_response):
    with visits.Visit(environ) as visit:
        enter_ns = time.time_ns()
        body = _cache().get(f"item:{visits.number(environ)}")
        visit.asked(enter_ns, visits.text(_cache().sock.getsockname()), os.environ["BACKEND"], {})
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]
