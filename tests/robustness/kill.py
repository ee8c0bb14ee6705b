"""SIGKILL at random moments: no record is torn, none is missing, and the last is that of the last call that returned or of the next."""
from __future__ import annotations

import random
import time

from kit import Generator, Places, Proof
from recording import Drainer

THREADS = 2
KILLS, SHORT_KILLS = 1000, 60
LONGEST_LIFE_S = 0.02


def prove(places: Places, short: bool) -> Proof:
    proof = Proof({"kills": SHORT_KILLS if short else KILLS, "calls": 0, "lastIsN": 0, "lastIsNPlus1": 0, "beforeTheFirstCall": 0}, [])
    lives = []
    # Few records a ring, so that many are killed while they wait for room; a drainer that is seldom there does the same.
    with Drainer(places.tools, "--records", "256", "--poll-us", "500", "--block-ms", "60000") as drainer:
        for _ in range(proof.figures["kills"]):
            generator = Generator(places, drainer.socket, THREADS, 0, mixed=True)
            time.sleep(random.uniform(0, LONGEST_LIFE_S))
            generator.kill()
            lives.append((generator.process.pid, generator.counted()))
    rings = {(ring["pid"], ring["tid"]): ring for ring in drainer.counts["rings"]}
    for pid, threads in lives:
        proof.figures["beforeTheFirstCall"] += sum(line.calls for line in threads) == 0
        for line in threads:
            ring = rings.get((pid, line.tid))
            proof.figures["calls"] += line.calls
            if ring is None:
                proof.expect(False, f"thread {line.tid} of {pid} has no ring and made {line.calls} calls")
                continue
            after = ring["last"] - line.calls
            proof.expect(after in (0, 1), f"{line.calls} calls returned, the last record is {ring}")
            proof.figures["lastIsN"] += after == 0
            proof.figures["lastIsNPlus1"] += after == 1
            proof.expect(ring["calls"] == ring["last"], f"a gap: {ring}")
    for key in ("lost", "gaps", "torn", "noSlot"):
        proof.expect(drainer.counts[key] == 0, f"{drainer.counts[key]} {key}")
    proof.expect(proof.figures["beforeTheFirstCall"] < proof.figures["kills"] / 2, "most were killed before they made a call")
    return proof
