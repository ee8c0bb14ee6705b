"""Unit tests of the truth and of the scorer, on paths that are drawn by hand. Run: python3 -m unittest discover -s .."""
import pathlib
import tempfile
import unittest

from servers import score, truth
from servers.truth import End, Visit

MS = 1_000_000
WEB, DATABASE = "10.0.0.4:80", "10.0.0.13:3306"


def client(name, port, enter, leave):
    return Visit(name, "client", "h1", None, [End(f"10.0.0.1:{port}", WEB, enter * MS, leave * MS)], 1, 1)


def web(name, port, enter, leave, *out, tid=40):
    return Visit(name, "web", "h4", End(WEB, f"10.0.0.1:{port}", enter * MS, leave * MS), list(out), 40, tid)


def asked(port, enter, leave, sent=None):
    return End(f"10.0.0.4:{port}", DATABASE, enter * MS, leave * MS, sent and sent * MS)


def database(name, port):
    return Visit(name, "database", "h13", End(DATABASE, f"10.0.0.4:{port}"), [], 130)


class Drawing:
    """A path: each call caused by the one before it."""

    def __init__(self, *flags):
        self.path = {"id": "p", "flags": list(flags), "events": [], "edges": []}

    def call(self, host, op, local, peer, ms, pid=None, tid=None, caused=True):
        events = self.path["events"]
        pid = pid or {"h1": 1, "h4": 40, "h5": 50, "h13": 130}[host]
        events.append({"id": f"e{len(events) + 1}", "host": host, "op": op, "local": local, "peer": peer, "bytes": 9, "errno": 0,
                       "enterNs": str(int(ms * MS)), "exitNs": str(int(ms * MS)), "pid": pid, "tid": tid or pid})
        if caused and len(events) > 1:
            self.path["edges"].append({"from": f"e{len(events) - 1}", "to": f"e{len(events)}"})
        return self

    def request(self, port, ms, web_tid=40):
        """The client's request to the web server, at both ends."""
        address = f"10.0.0.1:{port}"
        return self.call("h1", "write", address, WEB, ms).call("h4", "read", WEB, address, ms + 1, tid=web_tid)

    def query(self, port, ms):
        address = f"10.0.0.4:{port}"
        return (self.call("h4", "write", address, DATABASE, ms).call("h13", "recv", DATABASE, address, ms + 1)
                .call("h13", "send", DATABASE, address, ms + 2).call("h4", "read", address, DATABASE, ms + 3))

    def response(self, port, ms, caused=True):
        address = f"10.0.0.1:{port}"
        return self.call("h4", "write", WEB, address, ms).call("h1", "read", address, WEB, ms + 1, caused=caused)


def one(name="r1", port=1000, at=0):
    """A request that takes from `at` to `at` + 20, and asks the database once."""
    return [client(name, port, at, at + 20), web(name, port, at + 3, at + 15, asked(port, at + 5, at + 10)), database(name, port)]


def drawn(port=1000, at=0, drawing=None):
    return (drawing or Drawing()).request(port, at + 1).query(port, at + 6).response(port, at + 16)


def verdicts(visits, *drawings):
    scored = score.score([drawing.path for drawing in drawings], truth.complete(visits))
    return {verdict.request: verdict for verdict in scored.verdicts}


class ScoreTests(unittest.TestCase):
    def assert_kind(self, kind, why, visits, *drawings, request="r1"):
        verdict = verdicts(visits, *drawings)[request]
        self.assertEqual(kind, verdict.kind, verdict.why)
        self.assertIn(why, verdict.why)

    def test_score_everything_there_is_exact(self):
        self.assert_kind("exact", "", one(), drawn())

    def test_score_concurrent_requests_apart_are_exact(self):
        visits = one("r1", 1000) + one("r2", 2000, at=2)
        found = verdicts(visits, drawn(1000), drawn(2000, at=2))
        self.assertEqual(["exact", "exact"], [verdict.kind for verdict in found.values()])

    def test_score_requests_of_one_connection_are_told_apart_by_time(self):
        visits = one("r1", 1000) + one("r2", 1000, at=100)
        found = verdicts(visits, drawn(1000), drawn(1000, at=100))
        self.assertEqual(["exact", "exact"], [verdict.kind for verdict in found.values()])

    def test_score_another_requests_database_is_wrong(self):
        visits = one("r1", 1000) + one("r2", 2000)
        swapped = Drawing().request(1000, 1).query(2000, 6).response(1000, 16)
        self.assert_kind("wrong", "joined with r2", visits, swapped)

    def test_score_next_request_of_the_connection_is_wrong(self):
        visits = one("r1", 1000) + one("r2", 1000, at=100)
        self.assert_kind("wrong", "joined with r2", visits, drawn(1000, at=100, drawing=drawn(1000)))

    def test_score_wrong_and_flagged_stays_wrong(self):
        visits = one("r1", 1000) + one("r2", 2000)
        self.assert_kind("wrong", "r2", visits, drawn(2000, drawing=drawn(1000, drawing=Drawing("ambiguous"))))

    def test_score_without_database_is_incomplete(self):
        self.assert_kind("incomplete", "database's request from web", one(), Drawing().request(1000, 1).response(1000, 16))

    def test_score_without_database_but_flagged_is_what_the_flag_says(self):
        for flag in ("ambiguous", "lossy"):
            self.assert_kind(flag, "database", one(), Drawing(flag).request(1000, 1).response(1000, 16))

    def test_score_path_of_all_requests_is_wrong_for_each_and_names_some(self):
        visits, everything = [], Drawing()
        for number in range(9):
            visits += one(f"r{number}", 1000 + number, at=100 * number)
            drawn(1000 + number, at=100 * number, drawing=everything)
        found = verdicts(visits, everything)
        self.assertEqual({"wrong"}, {verdict.kind for verdict in found.values()})
        self.assertEqual("joined with r0, r2, r3", found["r1"].why)

    def test_score_database_in_a_path_of_its_own_is_stray(self):
        scored = score.score([Drawing().request(1000, 1).response(1000, 16).path, Drawing().query(1000, 6).path],
                             truth.complete(one()))
        self.assertEqual((1, 2, 1), (scored.count("incomplete"), scored.paths, scored.stray))

    def test_score_no_path_is_missing(self):
        self.assert_kind("missing", "", one())

    def test_score_two_paths_are_not_exact(self):
        self.assert_kind("incomplete", "in 2 paths", one(), drawn(), drawn())

    def test_score_wrong_thread_is_not_exact(self):
        wrong = Drawing().request(1000, 1, web_tid=41).query(1000, 6).response(1000, 16)
        self.assert_kind("incomplete", "web's request from client", one(), wrong)

    def test_score_response_that_nothing_caused_is_not_exact(self):
        uncaused = Drawing().request(1000, 1).query(1000, 6).response(1000, 16, caused=False)
        self.assert_kind("incomplete", "the cause of client's response from web", one(), uncaused)

    def test_score_calls_that_failed_or_moved_nothing_are_nobodys(self):
        drawing = drawn()
        drawing.call("h4", "read", "10.0.0.4:2000", DATABASE, 8)
        drawing.path["events"][-1]["errno"] = 11
        self.assert_kind("exact", "", one("r1", 1000) + one("r2", 2000), drawing)

    def test_score_end_of_a_request_that_is_read_late_is_not_the_next_ones(self):
        visits = []
        for name, port, at in (("r1", 1000, 0), ("r2", 2000, 100)):
            visits += [client(name, port, at, at + 20), Visit(name, "proxy", "h5", End("10.0.0.5:80", f"10.0.0.1:{port}")),
                       Visit(name, "web", "h4", End(WEB, "10.0.0.5:7", (at + 5) * MS, (at + 10) * MS))]
            visits[-3].out[0].peer = "10.0.0.5:80"
        front, behind = ("10.0.0.5:80", "10.0.0.1:1000"), (WEB, "10.0.0.5:7")
        drawing = Drawing().call("h1", "write", *front[::-1], 1).call("h5", "read", *front, 2)
        drawing.call("h5", "write", *behind[::-1], 3).call("h4", "read", *behind, 4).call("h4", "write", *behind, 11)
        drawing.call("h5", "read", *behind[::-1], 12).call("h5", "write", *front, 13).call("h1", "read", *front[::-1], 14)
        drawing.call("h4", "read", *behind, 15)
        self.assert_kind("exact", "", truth.add_asking(visits, "proxy", "web"), drawing)

    def test_score_claims_what_no_flag_withdraws(self):
        found = verdicts(one("r1", 1000) + one("r2", 2000), drawn(1000), drawn(2000, drawing=Drawing("ambiguous", "slow")))
        self.assertEqual([True, False], [verdict.claimed for verdict in found.values()])

    def test_score_local_place_finds_hosts_under_another_name(self):
        drawing = drawn()
        for event in drawing.path["events"]:
            event["host"] = "local"
        scored = score.score([drawing.path], truth.complete(one()), {host: "local" for host in ("h1", "h4", "h13")})
        self.assertEqual(1, scored.count("exact"))


class SharedConnectionTests(unittest.TestCase):
    """Two requests on one connection to the database at once; one call takes a response, or both."""

    VISITS = [client("r1", 1000, 0, 20), web("r1", 1000, 3, 15, asked(9, 5, 12, sent=6)), database("r1", 9),
              client("r2", 2000, 0, 20), web("r2", 2000, 3, 16, asked(9, 7, 14, sent=8)), database("r2", 9)]

    @staticmethod
    def drawing(port, sent, taken):
        address = "10.0.0.4:9"
        drawing = Drawing().request(port, 1).call("h4", "write", address, DATABASE, sent).call("h13", "read", DATABASE, address, 9)
        return (drawing.call("h13", "write", DATABASE, address, 10).call("h4", "read", address, DATABASE, taken)
                .response(port, 16.5))

    def test_shared_each_response_by_its_own_call(self):
        found = verdicts(self.VISITS, self.drawing(1000, 5.5, 11.5), self.drawing(2000, 7.5, 13.5))
        self.assertEqual(["exact", "exact"], [verdict.kind for verdict in found.values()])

    def test_shared_one_call_takes_both_responses(self):
        found = verdicts(self.VISITS, self.drawing(1000, 5.5, 11.5), self.drawing(2000, 7.5, 11.5))
        self.assertEqual(["exact", "exact"], [verdict.kind for verdict in found.values()])

    def test_shared_call_that_no_response_ended_with_is_nobodys(self):
        drawing = self.drawing(1000, 5.5, 11.5).call("h4", "read", "10.0.0.4:9", DATABASE, 9.5)
        self.assertEqual("exact", verdicts(self.VISITS, drawing)["r1"].kind)

    def test_shared_swapped_responses_are_wrong(self):
        found = verdicts(self.VISITS, self.drawing(1000, 5.5, 13.5), self.drawing(2000, 7.5, 11.5))
        self.assertEqual(["wrong", "wrong"], [verdict.kind for verdict in found.values()])

    def test_shared_swapped_requests_are_wrong(self):
        found = verdicts(self.VISITS, self.drawing(1000, 7.5, 11.5), self.drawing(2000, 5.5, 13.5))
        self.assertEqual(["wrong", "wrong"], [verdict.kind for verdict in found.values()])


class TruthTests(unittest.TestCase):
    def test_complete_proxy_has_the_times_of_what_it_asked(self):
        proxy = Visit("r1", "proxy", "h5", End("10.0.0.5:80", "10.0.0.1:7"))
        visits = truth.add_asking([client("r1", 7, 0, 9), proxy, Visit("r1", "web", "h4", End(WEB, "10.0.0.5:8", 3 * MS, 4 * MS))],
                                  "proxy", "web")
        inner = {exchange.answering.tier: exchange.inner for exchange in truth.complete(visits)}
        self.assertEqual({"proxy": (3 * MS, 4 * MS), "web": (3 * MS, 4 * MS)}, inner)

    def test_complete_across_a_nat_ends_are_paired_by_who_asks(self):
        visits = [Visit("r1", "client", "h1", None, [End("10.0.0.1:7", "200.200.200.200:3332", 1, 9)]),
                  Visit("r1", "web", "h4", End("10.0.0.4:3332", "10.0.0.1:7", 3, 4))]
        self.assertEqual(["web"], [exchange.answering.tier for exchange in truth.complete(visits)])

    def test_complete_connections_from_one_port_are_told_apart_by_where_they_go(self):
        proxy = Visit("r1", "proxy", "h5", End("10.0.0.5:80", "10.0.0.5:7", 2, 5), [End("10.0.0.5:7", WEB, 3, 4)])
        visits = [Visit("r1", "client", "h5", None, [End("10.0.0.5:7", "10.0.0.5:80", 1, 9)]),
                  Visit("r1", "web", "h4", End(WEB, "10.0.0.5:7")), proxy]
        pairs = {exchange.asking.tier: exchange.answering.tier for exchange in truth.complete(visits)}
        self.assertEqual({"client": "proxy", "proxy": "web"}, pairs)

    def test_complete_nobody_was_asked_is_told(self):
        with self.assertRaisesRegex(ValueError, "nobody in the truth of r1 was asked by client"):
            truth.complete([client("r1", 7, 0, 9)])

    def test_complete_nobody_asked_is_told(self):
        with self.assertRaisesRegex(ValueError, "nobody in the truth of r1 asked web"):
            truth.complete([web("r1", 7, 1, 2)])

    def test_complete_silent_proxy_was_asked_by_the_end_that_nobody_answers(self):
        proxy = Visit("r1", "proxy", "h5", None, [End("10.0.0.5:7", WEB)], 50)
        behind = Visit("r1", "web", "h4", End(WEB, "10.0.0.5:7", 3 * MS, 15 * MS))
        asked_by, asked_whom = sorted(truth.complete([Visit("r1", "client", "h1", None, [End("10.0.0.1:9", "10.0.0.5:80", 0, 20 * MS)]),
                                                      proxy, behind]), key=lambda exchange: exchange.asking.tier)
        self.assertEqual(("10.0.0.5:80", "10.0.0.1:9", (3 * MS, 15 * MS)), (proxy.entry.local, proxy.entry.peer, asked_by.inner))
        self.assertIs(behind, asked_whom.answering)

    def test_complete_silent_proxy_that_nobody_asked_is_told(self):
        with self.assertRaisesRegex(ValueError, "nobody in the truth of r1 asked proxy"):
            truth.complete([Visit("r1", "proxy", "h5", None, [End("10.0.0.5:7", WEB)]), Visit("r1", "web", "h4", End(WEB, "10.0.0.5:7", 1, 2))])

    def test_complete_no_times_is_told(self):
        with self.assertRaisesRegex(ValueError, "has no times"):
            truth.complete([Visit("r1", "client", "h1", None, [End("10.0.0.1:7", WEB)]),
                            Visit("r1", "web", "h4", End(WEB, "10.0.0.1:7"))])

    def test_written_truth_reads_back(self):
        visits = one()
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "truth"
            truth.write(file, visits)
            self.assertEqual(visits, truth.read(file))


if __name__ == "__main__":
    unittest.main()
