"""Unit tests of what demo.py accepts and says of its result. Run: python3 -m unittest test_demo"""
import contextlib
import io
import unittest

import demo
import score
from processes import ScenarioError
from test_score import CLIENT, path_of, request_lines

REWRITE = {"from": {"src": "10.0.0.2:4000", "dst": "200.200.200.200:3332"}, "to": {"src": "10.0.0.2:4000", "dst": "10.0.0.4:3332"},
           "dpid": "0000000000000002", "cookie": "0x1", "source": "replay", "replayId": "r7", "match": "tcp", "actions": "output:1"}
REPLAY = {"id": "r7", "flowMods": [{}, {}], "barriers": [{}], "packetOuts": 3, "errors": [], "rewrites": [REWRITE],
          "injected": [{"frames": 8}, {"frames": 0}, {"frames": 2}],
          "comparison": {"sent": 10, "delivered": 9, "rewritten": 4, "dropped": 1, "unexpected": 0, "firstDivergence": None}}


def whole(rewrites):
    truth = score.Truth([score.parse_line(line) for line in request_lines(demo.REQUEST, 100, 1)])
    return truth, [dict(path_of(truth.calls, "p1"), packets=[], rewrites=rewrites)]


def split(path):
    """The path in two: what the client did, and what the replica did."""
    halves = []
    for name, client in (("p2", True), ("p3", False)):
        events = [event for event in path["events"] if (event["ip"] == CLIENT) == client]
        ids = {event["id"] for event in events}
        halves.append(dict(path, id=name, rewrites=[], events=events,
                           edges=[edge for edge in path["edges"] if {edge["from"], edge["to"]} <= ids]))
    return halves


def result(joined=True, rewrites=(REWRITE,), source="replay", replay=REPLAY):
    truth, (path,) = whole(list(rewrites))
    return demo.Result(truth, split(path), [path] if joined else split(path), source, replay)


class CheckTests(unittest.TestCase):
    def check(self, made, joins):
        with contextlib.redirect_stdout(io.StringIO()) as said:
            demo.check(made, joins)
        return said.getvalue()

    def test_check_joined_by_the_source_holds(self):
        self.assertEqual("", self.check(result(), joins=True))

    def test_check_joined_otherwise_is_refused(self):
        for made in (result(source="live"), result(rewrites=())):
            with self.assertRaisesRegex(ScenarioError, "not joined by rewrites"):
                self.check(made, joins=True)

    def test_check_split_where_it_should_join_is_refused(self):
        with self.assertRaisesRegex(ScenarioError, "not exact: its calls are spread over 2 paths"):
            self.check(result(joined=False), joins=True)

    def test_check_stays_split_as_asked_says_so(self):
        self.assertIn("stays split into 2 paths", self.check(result(joined=False, replay=None), joins=False))

    def test_check_joined_although_not_asked_is_refused(self):
        with self.assertRaisesRegex(ScenarioError, "although no rewrite was to be found"):
            self.check(result(), joins=False)

    def test_check_whole_without_rewrites_is_refused(self):
        made = result()
        with self.assertRaisesRegex(ScenarioError, "at least 2 were expected"):
            self.check(demo.Result(made.truth, made.after, made.after, "replay", REPLAY), joins=True)


class SummaryTests(unittest.TestCase):
    def test_summarise_tells_the_replay_and_its_rewrites(self):
        text = demo.summarise(result())
        for words in ("10 frames were injected at 2 ports", "9 were delivered (4 rewritten)", "known from replay r7",
                      "held against the truth: exact", "without rewrites: 2 paths"):
            self.assertIn(words, text)

    def test_summarise_divergence_is_told(self):
        compared = dict(REPLAY["comparison"], firstDivergence="a frame was dropped")
        self.assertIn("first difference from the recording: a frame was dropped",
                      demo.summarise(result(replay=dict(REPLAY, comparison=compared))))

    def test_summarise_no_replay_is_told(self):
        self.assertIn("no replay was made", demo.summarise(result(joined=False, replay=None)))


if __name__ == "__main__":
    unittest.main()
