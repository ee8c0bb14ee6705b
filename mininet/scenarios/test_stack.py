"""Unit tests of what a scenario computes before anything runs: networks, addresses, filters. Run: python3 -m unittest test_stack"""
import pathlib
import signal
import threading
import unittest

import machine
from ntier import REPLICAS, addresses, default_nat, overridden_nat, real_address
from processes import ScenarioError, within
from topologies import reference


class NatTests(unittest.TestCase):
    def test_overridden_nat_nothing_given_is_the_reference(self):
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
        for nat in (default_nat(), overridden_nat(["200.200.200.200:3332=10.0.0.8:3336"])):
            for host in REPLICAS:
                reached = {nat[a][1] if a in nat else a for a in addresses(nat, host)}
                self.assertEqual({real_address(h) for h in REPLICAS if h != host}, reached)

    def test_addresses_mix_virtual_and_direct(self):
        self.assertEqual(4, sum(a.startswith("200.") for a in addresses(default_nat())))


class PortTests(unittest.TestCase):
    def test_free_ports_are_different_and_bound_by_nobody_who_asks_for_any(self):
        low, high = map(int, pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split())
        ports = machine.free_ports(50)
        self.assertEqual(50, len(set(ports)))
        if low > 10000:
            self.assertFalse([port for port in ports if low <= port <= high])


class ReferenceTests(unittest.TestCase):
    def test_reference_every_host_has_one_port_and_ends_are_unique(self):
        hosts = [host for some in reference.SWITCHES.values() for host in some]
        self.assertEqual(sorted(reference.HOSTS), sorted(hosts))
        ends = reference.interfaces()
        self.assertEqual((13 + 6 + 4, 23), (len(ends), len(set(ends))))

    def test_switch_end_of_host_is_its_port(self):
        self.assertEqual(("of-sw1-eth1", "of-sw2-eth2", "of-sw4-eth2"),
                         tuple(map(reference.switch_end_of, ("h1", "h5", "h13"))))

    def test_replay_network_has_every_port_but_the_datastores(self):
        recorded = {end.replace("of-", "rp-") for end in reference.interfaces() if not end.endswith("-eth20")}
        self.assertEqual(recorded, set(reference.replay_interfaces()))

    def test_datastores_stand_at_ports_that_exist(self):
        for places, ends, own in ((reference.datastores(), reference.interfaces(), "of-sw"),
                                  (reference.replay_datastores(), reference.replay_interfaces(), "rp-sw")):
            for switch, port, _ in (place for some in places.values() for place in some):
                self.assertIn(f"{own}{switch[-1]}-eth{port}", ends)
        self.assertEqual([("of-sw4", 1, "rp4-eth1"), ("of-sw4", 2, "rp4-eth2")], reference.replay_datastores()["rp4"])

    def test_replay_network_shares_no_name_with_the_other(self):
        def names(topology):
            return {*topology.hosts(), *topology.switches()}
        recording, replay = reference.ReferenceTopology(), reference.ReplayTopology()
        self.assertFalse(names(recording) & names(replay))
        self.assertEqual({recording.nodeInfo(s)["dpid"] for s in recording.switches()},
                         {replay.nodeInfo(s)["dpid"] for s in replay.switches()})


class WithinTests(unittest.TestCase):
    def test_within_what_takes_too_long_is_ended(self):
        with self.assertRaisesRegex(ScenarioError, "it did not end within 1 s"), within(1, "it did not end"):
            threading.Event().wait()

    def test_within_what_ends_leaves_no_alarm(self):
        with within(1, "it did not end"):
            pass
        self.assertEqual(0, signal.alarm(0))


class LossFilterTests(unittest.TestCase):
    @staticmethod
    def run_filter(program, frame, random):
        """What the program returns: the few instructions that it has."""
        count, *instructions = program.split(",")
        steps = [tuple(map(int, text.split())) for text in instructions]
        assert len(steps) == int(count)
        at = accumulator = 0
        while True:
            operation, if_true, if_false, operand = steps[at]
            at += 1
            if operation == 0x06:
                return operand
            if operation == 0x20:
                accumulator = random
            elif operation in (0x28, 0x30):
                accumulator = int.from_bytes(frame[operand:operand + (2 if operation == 0x28 else 1)], "big")
            else:
                true = accumulator == operand if operation == 0x15 else accumulator > operand
                at += if_true if true else if_false

    def test_loss_filter_drops_its_share_of_tcp_alone(self):
        keep, drop = 0xFFFFFFFF, 2
        program = machine.loss_filter(0.25)
        tcp = bytes(12) + b"\x08\x00" + bytes(9) + b"\x06" + bytes(30)
        udp = bytes(12) + b"\x08\x00" + bytes(9) + b"\x11" + bytes(30)
        arp = bytes(12) + b"\x08\x06" + bytes(9) + b"\x06" + bytes(30)
        top = 2**32 - 1
        results = [self.run_filter(program, frame, random)
                   for frame, random in ((tcp, top), (tcp, 3 * 2**30), (tcp, 0), (udp, top), (arp, top))]
        self.assertEqual([drop, keep, keep, keep, keep], results)


if __name__ == "__main__":
    unittest.main()
