"""Unit tests of the account that web.py reads. Run: python3 -m unittest test_web"""
import json
import pathlib
import tempfile
import types
import unittest

from servers import truth
from servers.backends import MEMCACHED, POSTGRESQL, REDIS
from servers.web import WebApplication

CLIENT, WEB, ASKING, BEHIND = "10.0.0.1:40000", "10.0.0.4:3332", "10.0.0.4:50000", "10.0.0.6:5432"


class Recorded(WebApplication):
    """An application whose processes have ended and left this account: file name -> lines."""
    tier = "web"

    def __init__(self, backend, account):
        super().__init__("recorded", backend, (), ())
        self._behind = types.SimpleNamespace(pid=77)
        self._account = account


def line(request, server=None):
    out = {"local": ASKING, "peer": BEHIND, "enterNs": 2, "exitNs": 3, **({"server": server} if server else {})}
    return {"id": request, "pid": 5, "tid": 6, "in": {"local": WEB, "peer": CLIENT, "enterNs": 1, "exitNs": 4}, "out": [out]}


class VisitsTests(unittest.TestCase):
    def visits(self, backend, files):
        with tempfile.TemporaryDirectory() as folder:
            for name, lines in files.items():
                (pathlib.Path(folder) / name).write_text("".join(json.dumps(line) + "\n" for line in lines))
            return Recorded(backend, pathlib.Path(folder)).visits(None)

    def test_visits_of_all_processes_are_read(self):
        found = self.visits(REDIS, {"5.jsonl": [line("r1"), line("r2")], "6.jsonl": [line("r3")], "7.jsonl": []})
        self.assertEqual([("r1", "web"), ("r1", "redis"), ("r2", "web"), ("r2", "redis"), ("r3", "web"), ("r3", "redis")],
                         [(visit.id, visit.tier) for visit in found])

    def test_visits_what_the_tier_behind_says_of_itself_comes_first(self):
        behind = self.visits(POSTGRESQL, {"5.jsonl": [line("r1", {"pid": 9, "tid": 9, "local": "10.0.0.6:1", "peer": "10.0.0.4:2"})]})[1]
        self.assertEqual((9, 9, truth.End("10.0.0.6:1", "10.0.0.4:2")), (behind.pid, behind.tid, behind.entry))

    def test_visits_a_tier_that_says_nothing_is_known_by_its_process(self):
        for backend, thread in ((REDIS, 77), (MEMCACHED, None)):
            behind = self.visits(backend, {"5.jsonl": [line("r1")]})[1]
            self.assertEqual((77, thread, truth.End(BEHIND, ASKING)), (behind.pid, behind.tid, behind.entry))

    def test_visits_with_the_client_are_complete(self):
        client = truth.Visit("r1", "client", "h1", out=[truth.End(CLIENT, "200.200.200.200:3332", 0, 5)])
        exchanges = truth.complete([client, *self.visits(REDIS, {"5.jsonl": [line("r1")]})])
        self.assertEqual({("client", "web"), ("web", "redis")}, {(e.asking.tier, e.answering.tier) for e in exchanges})


if __name__ == "__main__":
    unittest.main()
