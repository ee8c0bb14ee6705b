"""Unit tests of score.py on small truths and paths; each kind of error must be seen. Run: python3 -m unittest test_score"""
import copy
import pathlib
import tempfile
import unittest

import score
from clocks import Clocks

CLIENT, SERVER = "10.0.0.2", "10.0.0.4"


def line(ms, ip, lwp, pid, function, request, call, parent=None):
    begin, end = (f"1700000000.{t:09d}" for t in (ms * 1_000_000, ms * 1_000_000 + 500_000))
    return f"({begin}) ({ip}) [{lwp}/{pid}] - {function} #{request} call={call} exit={end}" + (f" parent={parent}" if parent else "")


def request_lines(request, start, first):
    """A client's request, served by a pool thread; `first` is the first call index of both threads."""
    c, s = f"{CLIENT}/20", f"{SERVER}/40"
    calls = [(CLIENT, "socket", None), (CLIENT, "connect(10.0.0.4:3332)", f"{c}/{first}"), (CLIENT, "send", f"{c}/{first + 1}"),
             (SERVER, "accept", f"{c}/{first + 1}"), (SERVER, "recv", f"{c}/{first + 2}"), (SERVER, "send", f"{s}/{first + 1}"),
             (CLIENT, "recv", f"{s}/{first + 2}"), (SERVER, "close", f"{s}/{first + 2}"), (CLIENT, "close", f"{c}/{first + 3}")]
    index = {CLIENT: first, SERVER: first}
    lines = []
    for step, (ip, function, parent) in enumerate(calls):
        lines.append(line(start + step * 5, ip, 20 if ip == CLIENT else 40, 2 if ip == CLIENT else 4, function, request,
                          index[ip], parent))
        index[ip] += 1
    return lines


def path_of(calls, name):
    """The exact path of a request."""
    ids = {call.key: f"e{i}" for i, call in enumerate(calls)}
    events = [{"id": ids[call.key], "ip": call.key[0], "tid": call.key[1], "pid": call.pid, "op": call.function,
               "host": "h", "seq": 100 + call.key[2], "enterNs": str(call.enter_ns + 1000), "exitNs": str(call.exit_ns - 1000), "errno": 0}
              for call in calls]
    return {"id": name, "events": events, "packets": [],
            "edges": [{"from": ids[call.parent], "to": ids[call.key]} for call in calls if call.parent]}


class ScoreTests(unittest.TestCase):
    def setUp(self):
        lines = request_lines("a-1", 100, 1) + request_lines("a-2", 300, 6)
        self.truth = score.Truth([score.parse_line(text) for text in lines])
        self.paths = [path_of(calls, f"p{name}") for name, calls in self.truth.of_request().items()]

    def verdicts(self):
        return score.score([score.reduce(path) for path in self.paths], self.truth)

    def first(self):
        return self.verdicts()[0]

    def event(self, path, ip, op):
        return next(e for e in self.paths[path]["events"] if e["ip"] == ip and e["op"] == op)

    def keep(self, path, wanted):
        """Takes the other events out, and their edges."""
        self.paths[path]["events"] = [event for event in self.paths[path]["events"] if wanted(event)]
        left = {event["id"] for event in self.paths[path]["events"]}
        self.paths[path]["edges"] = [edge for edge in self.paths[path]["edges"] if {edge["from"], edge["to"]} <= left]

    def test_score_exact_paths_all_exact(self):
        self.assertEqual([[], []], [verdict.why for verdict in self.verdicts()])

    def test_score_missing_event_is_reported(self):
        self.keep(0, lambda event: (event["ip"], event["op"]) != (SERVER, "recv"))
        verdict = self.first()
        self.assertEqual((1, 0, 2), (verdict.missing, verdict.extra, verdict.wrong_edges))
        self.assertIn("lacks recv", verdict.why[0])

    def test_score_stranger_is_extra(self):
        stranger = dict(self.event(0, SERVER, "recv"), id="e99", op="open", seq=999)
        self.paths[0]["events"].append(stranger)
        self.assertEqual((0, 1), (self.first().missing, self.first().extra))

    def test_score_same_call_outside_its_time_is_extra(self):
        late = self.event(0, SERVER, "recv")
        late = dict(late, id="e99", seq=999, enterNs=str(int(late["enterNs"]) + 80_000_000), exitNs=str(int(late["exitNs"]) + 80_000_000))
        self.paths[0]["events"].append(late)
        self.assertEqual(1, self.first().extra)

    def test_score_wrong_edge_is_reported(self):
        self.paths[0]["edges"].pop(0)
        self.assertEqual((0, 0, 1), (self.first().missing, self.first().extra, self.first().wrong_edges))

    def test_score_mixed_requests_names_the_other(self):
        other = copy.deepcopy(self.paths.pop(1))
        rename = {e["id"]: "x" + e["id"] for e in other["events"]}
        self.paths[0]["events"] += [dict(e, id=rename[e["id"]]) for e in other["events"]]
        self.paths[0]["edges"] += [{"from": rename[e["from"]], "to": rename[e["to"]]} for e in other["edges"]]
        first, second = self.verdicts()
        self.assertIn("mixed with request a-2 (9 calls)", first.why[0])
        self.assertIn("mixed with request a-1", second.why[0])

    def test_score_split_request_is_not_exact(self):
        moved = [e for e in self.paths[0]["events"] if e["ip"] == SERVER]
        self.keep(0, lambda event: event["ip"] != SERVER)
        self.paths.append({"id": "p9", "events": moved, "packets": [], "edges": []})
        verdict = self.first()
        self.assertEqual(4, verdict.missing)
        self.assertIn("spread over 2 paths", verdict.why[0])

    def test_score_event_in_two_paths_is_not_exact(self):
        self.paths.append({"id": "p9", "events": [self.event(0, SERVER, "send")], "packets": [], "edges": []})
        self.assertIn("spread over 2 paths", self.first().why[0])

    def test_score_wrong_order_is_reported(self):
        a, b = self.event(0, SERVER, "accept"), self.event(0, SERVER, "recv")
        a["seq"], b["seq"] = b["seq"], a["seq"]
        self.assertIn("out of order", " ".join(self.first().why))

    def test_score_wrong_process_is_reported(self):
        self.event(0, SERVER, "recv")["pid"] = 77
        self.assertIn("process 77", self.first().why[0])

    def test_score_clock_that_was_put_off_is_no_error(self):
        for event in self.paths[0]["events"] + self.paths[1]["events"]:
            for time in ("enterNs", "exitNs"):
                event[time] = str(int(event[time]) + 500_000_000)
        reduced = [score.reduce(path, Clocks([], {"h": 500_000_000})) for path in self.paths]
        self.assertTrue(all(verdict.exact for verdict in score.score(reduced, self.truth)))

    def test_reduce_effects_before_their_causes_are_counted(self):
        self.assertEqual(0, score.reduce(self.paths[0]).backward)
        late = self.event(0, CLIENT, "connect")
        late["enterNs"] = str(int(late["enterNs"]) + 50_000_000)
        self.assertEqual(2, score.reduce(self.paths[0]).backward)  # send and accept end before

    def test_score_no_path_at_all_misses_everything(self):
        self.paths.pop(0)
        self.assertEqual((9, ["no path holds a call of it"]), (self.first().missing, self.first().why))

    def test_read_truth_counts_and_bad_lines(self):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder, "t.txt")
            file.write_text("\n".join(request_lines("a-1", 100, 1)) + "\n# ipc file=1 pipe=2 shm=3 queue=4 socket=5\n# lost 6\n")
            truth = score.read_truth([file, file])
            self.assertEqual((18, 12, 6, 10), (len(truth.calls), truth.lost, truth.ipc["sharedMemory"], truth.ipc["socket"]))
            file.write_text("nonsense\n")
            self.assertRaises(ValueError, score.read_truth, [file])

    def test_count_ipc_counts_replicas_and_not_failed_calls(self):
        event = self.event(0, SERVER, "recv")
        self.paths[0]["events"] += [dict(event, op="shmget", seq=500 + i, errno=17 if i == 0 else 0) for i in range(3)]
        self.paths[0]["events"].append(dict(event, op="connect", seq=600, errno=113))
        self.assertEqual({"file": 0, "pipe": 0, "sharedMemory": 1, "queue": 0, "socket": 1}, score.count_ipc([score.reduce(path) for path in self.paths], {SERVER}))


if __name__ == "__main__":
    unittest.main()
