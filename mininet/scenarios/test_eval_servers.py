"""Unit tests of which runs are made of an application, and how their results are held against the goals."""
import argparse
import unittest

from eval_servers import cases_of, rows_of, runs_of
from servers.application import Application, Goal


def options(**more):
    return argparse.Namespace(**{"requests": 10_000, "in_flight": 32, "urls": None, "repeats": 2, **more})


def result(method="full", repeat=0, stack="s", urls="identical", in_flight=32, **counts):
    return {"stack": stack, "urls": urls, "inFlight": in_flight, "method": method, "repeat": repeat, "requests": 1000, "exact": 1000,
            "claimed": 1000, "wrongJoins": 0, "wrongClaimed": 0, **counts}


class RunTests(unittest.TestCase):
    def test_cases_follow_the_goal(self):
        def made(goal):
            return [(case.urls, case.in_flight, case.requests) for case in cases_of(goal, options())]
        self.assertEqual([("identical", 32, 10_000)], made(Goal.DETERMINED))
        self.assertEqual([("identical", 32, 10_000), ("distinct", 32, 10_000)], made(Goal.WITNESSED))
        self.assertEqual([("identical", 32, 10_000), ("identical", 4, 1_000), ("identical", 1, 1_000)], made(Goal.UNDECIDED))

    def test_cases_urls_that_are_asked_for_are_the_only_case(self):
        self.assertEqual(["distinct"], [case.urls for case in cases_of(Goal.UNDECIDED, options(urls="distinct"))])

    def test_runs_repeats_are_the_applications_own_unless_asked_for(self):
        application = Application()
        application.name, application.repeats = "s", 3
        self.assertEqual([3, 2], [len(runs_of(application, options(repeats=repeats))) for repeats in (None, 2)])

    def test_runs_share_no_request_and_no_session(self):
        application = Application()
        application.name, application.goal = "s", Goal.WITNESSED
        runs = runs_of(application, options())
        numbers = [number for run in runs for number in range(run.first, run.first + run.case.requests)]
        self.assertEqual((4, 4, 40_000), (len(runs), len({run.session for run in runs}), len(set(numbers))))


class RowTests(unittest.TestCase):
    @staticmethod
    def rows(goal, *results):
        return {row["metric"]: (row["ours"], row["goal"], row["met"]) for row in rows_of(list(results), {"s": goal})}

    def test_rows_determined_median_is_held_against_the_bar(self):
        results = [result(repeat=repeat, exact=exact) for repeat, exact in enumerate((900, 999, 1000))]
        self.assertEqual({"exact paths": (99.9, 99.9, True)}, self.rows(Goal.DETERMINED, *results))

    def test_rows_witnessed_identical_urls_may_be_left_open_but_not_wrong(self):
        self.assertEqual({"wrong joins": (0.2, 0.1, False), "claimed paths": (50.0, None, None)},
                         self.rows(Goal.WITNESSED, result(exact=400, claimed=500, wrongJoins=2)))

    def test_rows_undecided_bars_depend_on_how_many_are_in_flight(self):
        self.assertEqual({"exact paths": (40.0, None, None), "wrong joins of claimed paths": (0.0, 0.1, True),
                          "claimed paths": (40.0, 50.0, False)},
                         self.rows(Goal.UNDECIDED, result(in_flight=4, exact=400, claimed=400)))
        self.assertEqual((100.0, 100.0, True), self.rows(Goal.UNDECIDED, result(in_flight=1))["exact paths"])

    def test_rows_original_stands_beside(self):
        row = rows_of([result(), result("original", exact=250)], {"s": Goal.DETERMINED})[0]
        self.assertEqual((25.0, "original", 4.0), (row["peer"], row["peerName"], row["ratio"]))


if __name__ == "__main__":
    unittest.main()
