"""Unit tests of the benchmarks' arithmetic. Run: python3 -m unittest test_report"""
import json
import pathlib
import tempfile
import unittest

import report
import servers
from report import Row


class RowTests(unittest.TestCase):
    def test_met_no_goal_says_nothing(self):
        self.assertIsNone(Row("c", "m", "ns", 5).met)

    def test_met_at_most_compares_ours(self):
        self.assertEqual([True, True, False], [Row("c", "m", "us", ours, goal=5).met for ours in (4.9, 5, 5.1)])

    def test_met_ratio_is_what_counts_where_there_is_one(self):
        self.assertTrue(Row("c", "m", "ns", 40, 30, "bare", ratio=1.4, goal=1.5).met)

    def test_met_at_least_wants_more(self):
        self.assertEqual([False, True], [Row("c", "m", "ns", 1, 1, "p", ratio, goal=8, at_least=True).met for ratio in (7.9, 8)])

    def test_to_json_has_the_fields_of_every_benchmark(self):
        self.assertEqual(["case", "metric", "unit", "ours", "peer", "peerName", "ratio", "noise", "runs", "goal", "met"],
                         list(Row("c", "m", "ns", 5).to_json()))


class ArithmeticTests(unittest.TestCase):
    def test_interleave_takes_turns(self):
        order = []
        results = report.interleave(2, {"a": lambda: order.append("a") or 1.0, "b": lambda: order.append("b") or 2.0})
        self.assertEqual((["a", "b", "a", "b"], {"a": [1, 1], "b": [2, 2]}), (order, results))

    def test_added_one_disturbed_round_does_not_count(self):
        self.assertEqual(10, report.added([110, 900, 112], [100, 200, 102]))

    def test_noise_does_not_cancel_out(self):
        self.assertEqual(5, report.noise([105, 95, 105, 95], [100, 100, 100, 100]))

    def test_times_below_the_noise_says_at_least(self):
        self.assertEqual([50, 100], [report.times(1000, ours, floor=10) for ours in (20, -3)])


class WriteTests(unittest.TestCase):
    def test_write_unmet_bar_stays_in_the_file(self):
        with tempfile.TemporaryDirectory() as folder:
            report.write(pathlib.Path(folder), "x", [Row("c", "m", "us", 7, goal=5)], missing={"peer": "why"})
            body = json.loads((pathlib.Path(folder) / "x.json").read_text())
        self.assertEqual(("x", False, 5, {"peer": "why"}), (body["name"], body["rows"][0]["met"], body["rows"][0]["goal"], body["missing"]))


class ServerTests(unittest.TestCase):
    def test_number_missing_says_what_was_printed(self):
        with self.assertRaisesRegex(RuntimeError, "nonsense"):
            servers.number(r"(\d+) requests in", "nonsense")

    def test_number_present_is_taken(self):
        self.assertEqual(4711, servers.number(r"(\d+) requests in", "  4711 requests in 3.00s, 2MB read"))


if __name__ == "__main__":
    unittest.main()
