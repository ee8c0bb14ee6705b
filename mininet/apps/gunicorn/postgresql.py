"""A page from PostgreSQL, which says itself who answered whom; each thread of a worker has a connection of its own."""
from __future__ import annotations

import os
import threading
import time

import psycopg2
import visits

STATEMENT = """SELECT name, pg_backend_pid(), concat(inet_server_addr(), ':', inet_server_port()),
concat(inet_client_addr(), ':', inet_client_port()) FROM item WHERE number = %s"""

_thread = threading.local()


def _database():
    if not hasattr(_thread, "database"):
        host, port = os.environ["BACKEND"].split(":")
        _thread.database = psycopg2.connect(host=host, port=port, user="work", dbname="postgres")
        _thread.database.autocommit = True
    return _thread.database


def application(environ, start_response):
    with visits.Visit(environ) as visit, _database().cursor() as cursor:
        enter_ns = time.time_ns()
        cursor.execute(STATEMENT, (visits.number(environ),))
        name, pid, server, client = cursor.fetchone()
        visit.asked(enter_ns, client, os.environ["BACKEND"], {"pid": pid, "tid": pid, "local": server, "peer": client})
        body = name.encode()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]
