"""Unit tests of what the proofs read from files. Run: python3 -m unittest test_kit"""
import pathlib
import struct
import tempfile
import unittest

import dead_agent
from kit import COUNTER, Counted, Generator, Proof


class ProofTests(unittest.TestCase):
    def test_expect_what_does_not_hold_is_kept(self):
        proof = Proof({}, [])
        proof.expect(True, "fine")
        proof.expect(False, "lost one")
        self.assertEqual(["lost one"], proof.failures)


class CounterTests(unittest.TestCase):
    def counted(self, data):
        with tempfile.TemporaryDirectory() as folder:
            generator = object.__new__(Generator)
            generator.counters = pathlib.Path(folder) / "counters"
            if data is not None:
                generator.counters.write_bytes(data)
            return generator.counted()

    def test_counted_no_file_yet_is_nobody(self):
        self.assertEqual([], self.counted(None))

    def test_counted_thread_that_has_not_started_is_left_out(self):
        self.assertEqual([Counted(42, 7, 900)], self.counted(COUNTER.pack(42, 7, 900) + COUNTER.pack(0, 0, 0)))


class ArenaTests(unittest.TestCase):
    def test_rings_of_reads_the_wire_headers_layout(self):
        header = struct.pack("<IIQI", 0x43525453, 2, 8192, 2).ljust(dead_agent.HEADER_BYTES, b"\0")
        owned = struct.pack("<IIIIQII32sQQIIQI", 1, 10, 11, 1, 5, 0, 0, b"prog", 100, 3, 102, 0, 0, 0).ljust(128, b"\0")
        ring = (owned + struct.pack("<Q", 90)).ljust(256, b"\0")
        with tempfile.NamedTemporaryFile() as arena:
            arena.write(header + ring + bytes(256))
            arena.flush()
            self.assertEqual({11: (100, 90, 3, 102)}, dead_agent.rings_of(arena.name))


if __name__ == "__main__":
    unittest.main()
