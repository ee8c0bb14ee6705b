"""Unit tests of what stack.py and the reference topology compute before anything runs. Run: python3 -m unittest test_stack"""
import pathlib
import unittest

from processes import ScenarioError
from stack import REPLICAS, Stack, overridden_nat, real_address
from topologies import reference


class StackTests(unittest.TestCase):
    def stack(self, *nat):
        return Stack(pathlib.Path("bin"), pathlib.Path("out"), list(nat))

    def test_overridden_nat_default_is_the_reference(self):
        nat = overridden_nat([])
        self.assertEqual(8, len(nat))
        self.assertEqual(("of-sw2", "10.0.0.4:3332"), nat["200.200.200.200:3332"])
        self.assertEqual(("of-sw3", "10.0.0.7:3335"), nat["200.200.200.201:3335"])

    def test_overridden_nat_entry_replaces_real_address(self):
        nat = overridden_nat(["200.200.200.200:3332=10.0.0.8:3336"])
        self.assertEqual(("of-sw2", "10.0.0.8:3336"), nat["200.200.200.200:3332"])
        self.assertEqual(8, len(nat))

    def test_overridden_nat_bad_entry_is_refused(self):
        for text in ("200.200.200.200:3332", "10.0.0.1:1=10.0.0.2:2", "200.200.200.200:3332=nowhere"):
            with self.assertRaises(ScenarioError):
                overridden_nat([text])

    def test_addresses_never_lead_a_replica_to_itself(self):
        """A switch cannot send a packet back to the host it came from under another address and have TCP work."""
        for stack in (self.stack(), self.stack("200.200.200.200:3332=10.0.0.8:3336")):
            for host in REPLICAS:
                reached = {stack.nat[a][1] if a in stack.nat else a for a in stack.addresses(host)}
                self.assertEqual({real_address(h) for h in REPLICAS if h != host}, reached)

    def test_addresses_mix_virtual_and_direct(self):
        virtual = [a for a in self.stack().addresses() if a.startswith("200.")]
        self.assertEqual(4, len(virtual))

    def test_reference_every_host_has_one_port_and_ends_are_unique(self):
        hosts = [host for some in reference.SWITCHES.values() for host in some]
        self.assertEqual(sorted(reference.HOSTS), sorted(hosts))
        ends = reference.interfaces()
        self.assertEqual((13 + 6, 19), (len(ends), len(set(ends))))


if __name__ == "__main__":
    unittest.main()
