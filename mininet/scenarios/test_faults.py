"""Unit tests of what faults.py sees in a drawn path. Run: python3 -m unittest test_faults"""
import unittest

import faults
from processes import ScenarioError

FAULTY = "10.0.0.5"


def call(name, op, enter_s, **more):
    return {"id": name, "op": op, "ip": FAULTY, "tid": 7, "path": None, "errno": 0, "error": None,
            "enterNs": str(int(enter_s * 1e9)), "exitNs": str(int(enter_s * 1e9) + 1000), **more}


def drawn(events, packets=(), dot=""):
    return faults.Drawn({"id": "p", "events": events, "packets": list(packets)}, dot)


class SleepTests(unittest.TestCase):
    DOTTED = '  "p/e1" -> "p/e3" [style=dotted, label=<<B>3.0 s</B>>]\n'

    def events(self, slept_s=3.0):
        return [call("e1", "fopen", 1, path="/scratch/foo"), call("e2", "recv", 1.5, tid=8), call("e3", "fclose", 1 + slept_s)]

    def test_check_sleep_dotted_edge_says_how_long(self):
        self.assertIn("3.0 s later", faults.check_sleep(drawn(self.events(), dot=self.DOTTED)))

    def test_check_sleep_what_is_absent_is_named(self):
        for path, words in ((drawn(self.events()[1:], dot=self.DOTTED), "lacks the fopen"),
                            (drawn(self.events(slept_s=1.0), dot=self.DOTTED), "no pause"),
                            (drawn(self.events()[:2], dot=self.DOTTED), "no pause"),
                            (drawn(self.events(), dot=self.DOTTED.replace("dotted", "solid")), "not dotted"),
                            (drawn(self.events(), dot=self.DOTTED.replace("e3", "e2")), "not dotted")):
            with self.assertRaisesRegex(ScenarioError, words):
                faults.check_sleep(path)


class ConnectTests(unittest.TestCase):
    DASHED = '  "p/e1" [label=<connect<BR/>No route to host>, style="rounded,dashed"]\n'
    FAILED = call("e1", "connect", 1, errno=113, error="No route to host")

    def test_check_connect_dashed_node_is_told(self):
        self.assertIn("No route to host", faults.check_connect(drawn([self.FAILED], [{"event": "e9"}], self.DASHED)))

    def test_check_connect_what_is_wrong_is_named(self):
        for path, words in ((drawn([call("e1", "connect", 1)], dot=self.DASHED), "0 calls of connect"),
                            (drawn([self.FAILED], dot=self.DASHED.replace("dashed", "solid")), "not drawn dashed"),
                            (drawn([self.FAILED], [{"event": "e1"}], self.DASHED), "sent none"),
                            (drawn([self.FAILED, call("e2", "close", 2)], dot=self.DASHED), "has a close")):
            with self.assertRaisesRegex(ScenarioError, words):
                faults.check_connect(path)


class LossTests(unittest.TestCase):
    DRAWN = '"p/p1" [class="packet", label=<SYN<BR/>sent again>]'

    @staticmethod
    def packet(again):
        return {"event": "e1", "src": "10.0.0.4:1", "dst": "10.0.0.5:2", "flags": "SYN", "seq": 5, "retransmission": again}

    def test_check_loss_names_what_was_sent_again(self):
        told = faults.check_loss(drawn([], [self.packet(False), self.packet(True)], self.DRAWN))
        self.assertEqual("10.0.0.4:1 -> 10.0.0.5:2 SYN seq 5 was sent again", told)

    def test_check_loss_nothing_marked_is_refused(self):
        for path in (drawn([], [self.packet(False)], self.DRAWN), drawn([], [self.packet(True)], "legend: sent again")):
            with self.assertRaises(ScenarioError):
                faults.check_loss(path)


if __name__ == "__main__":
    unittest.main()
