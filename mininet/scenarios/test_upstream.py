"""Unit tests of what a scenario makes of what another controller was shown. Run: python3 -m unittest test_upstream"""
import json
import pathlib
import tempfile
import unittest
from unittest import mock

from ntier import default_nat
from processes import ScenarioError
from topologies import reference
from upstream import SHOWN, Upstream

DPIDS = [reference.dpid_of(switch) for switch in reference.SWITCHES]
PORT = reference.DATASTORE_PORT


def one(what, *ports, dpid=DPIDS[0]):
    return {"dpid": dpid, "what": what, "ports": list(ports)}


GOOD = [one(what, 1) for what in sorted(SHOWN)] + [one("features", PORT)] + [one("port removed", PORT, dpid=dpid) for dpid in DPIDS]


class CheckTests(unittest.TestCase):
    def setUp(self):
        folder = self.enterContext(tempfile.TemporaryDirectory())
        self.process = mock.Mock(output=pathlib.Path(folder) / "out")
        with mock.patch("shutil.which", return_value="osken-manager"):
            self.upstream = Upstream(lambda name, command: self.process, 1, pathlib.Path(folder), default_nat())
        self.rules = (pathlib.Path(folder) / "upstream.conf").read_text()

    def check(self, shown):
        self.process.output.write_text("".join(json.dumps(line) + "\n" for line in shown) + '{"dpid": "00')
        return self.upstream.check()

    def test_rules_are_those_of_the_table(self):
        self.assertIn("nat = 0000000000000002 200.200.200.200:3332 10.0.0.4:3332\n", self.rules)

    def test_check_port_that_went_and_nothing_more_holds(self):
        self.assertIn(f"{len(GOOD)} times", self.check(GOOD))

    def test_check_port_that_is_told_of_again_is_refused(self):
        for what in ("port", "port statistics", "rule", "features"):
            with self.assertRaisesRegex(ScenarioError, "not its own"):
                self.check([*GOOD, one(what, PORT)])

    def test_check_rule_that_is_not_its_own_is_refused(self):
        with self.assertRaisesRegex(ScenarioError, "strange rule"):
            self.check([*GOOD, one("strange rule", 1)])

    def test_check_datastore_that_it_never_saw_come_is_refused(self):
        with self.assertRaisesRegex(ScenarioError, "at 3 switches"):
            self.check(GOOD[:-1])

    def test_check_kind_that_it_never_saw_is_refused(self):
        with self.assertRaisesRegex(ScenarioError, "never shown any packet"):
            self.check([line for line in GOOD if line["what"] != "packet"])


if __name__ == "__main__":
    unittest.main()
