"""Unit tests of what the correlator's benchmark reckons. Run: python3 -m unittest test_correlator"""
import unittest

import correlator


class FakeBenchmarks:
    """Answers as STrace.Benchmarks.dll would whose cost doubles in a decade, and every second run is a tenth slower."""

    def __init__(self):
        self.runs = 0

    def __call__(self, name, count):
        self.runs += 1
        slower = 1 + (self.runs % 2 == 0) / 10
        if name == "memory":
            ns = {1_000: 100, 10_000: 200}[count] * slower
            return {"processorNs": ns, "wallNs": 2 * ns}
        return {"writeNs": 200 * slower, "readNs": 300 * slower, "buildNs": 500 * slower}


SIZES = correlator.Sizes(memory=(1_000, 10_000), store=1_000, live=1, original=(), seconds=1, rounds=1)


class ReckoningTests(unittest.TestCase):
    def test_decade_of_more_and_of_less_than_ten_times_as_many_is_told_for_ten_times(self):
        self.assertAlmostEqual(1.25, correlator.decade(100, 125, 10))
        self.assertAlmostEqual(2.0, correlator.decade(100, 400, 100))

    def test_memory_costs_become_rates_and_growth(self):
        rows = correlator.memory(FakeBenchmarks(), SIZES)
        self.assertEqual([10, 5, 5, 2.5, 200], [round(row.ours, 3) for row in rows])
        self.assertEqual([True, None, True, None, False], [row.met for row in rows])
        self.assertEqual((100, 2), (rows[-1].peer, rows[-1].ratio))

    def test_memory_noise_is_that_of_a_second_run(self):
        self.assertAlmostEqual(10 - 10 / 1.1, correlator.memory(FakeBenchmarks(), SIZES)[0].noise)

    def test_store_rate_is_of_all_phases_together(self):
        total, *phases = correlator.store(FakeBenchmarks(), SIZES)
        self.assertEqual((1.0, True), (total.ours, total.met))
        self.assertEqual([200, 300, 500], [row.ours for row in phases])


if __name__ == "__main__":
    unittest.main()
