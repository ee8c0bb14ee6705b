"""Unit tests of reading an export, and of its clocks. Run: python3 -m unittest test_exported"""
import json
import pathlib
import tempfile
import unittest

import exported
from clocks import Clocks


class ReadPathsTests(unittest.TestCase):
    def read(self, text):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "paths.json"
            file.write_text(text)
            return list(exported.read_paths(file))

    def test_read_paths_larger_than_a_chunk(self):
        paths = [{"id": f"p{number}", "filler": "x" * (exported.CHUNK // 3)} for number in range(10)]
        for indent in (None, 2):
            self.assertEqual(paths, self.read(json.dumps({"session": "s", "paths": paths}, indent=indent)))

    def test_read_paths_cut_off_is_told(self):
        with self.assertRaisesRegex(ValueError, "ends within a path"):
            self.read('{"paths": [{"id": "p1"}, {"id"')

    def test_read_head_has_all_before_the_paths(self):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "paths.json"
            file.write_text('{"session": "s", "clocks": [{"host": "h1"}], "paths": [{"id": "p1"}]}')
            self.assertEqual({"session": "s", "clocks": [{"host": "h1"}], "paths": []}, exported.read_head(file))


class ClocksTests(unittest.TestCase):
    CORRECTION = {"host": "h1", "knots": [{"timeNs": "1000", "offsetNs": "500"}, {"timeNs": "2000", "offsetNs": "520"}]}

    def test_real_takes_back_what_was_corrected_and_what_was_put_off(self):
        clocks = Clocks([self.CORRECTION], {"h1": 505})
        self.assertEqual([995, 1505, 3015], [clocks.real("h1", time) for time in (1000, 1500, 3000)])

    def test_real_before_the_first_knot_its_offset_holds(self):
        self.assertEqual(600, Clocks([self.CORRECTION], {}).real("h1", 100))

    def test_real_host_that_was_not_put_off_keeps_its_time(self):
        self.assertEqual(7, Clocks([self.CORRECTION], {"h1": 505}).real("h2", 7))


if __name__ == "__main__":
    unittest.main()
