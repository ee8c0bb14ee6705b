"""BLOCK: of so many records none is lost, through the checking drainer and through the agent and the manager."""
from __future__ import annotations

import json
import time

from kit import Generator, Places, Proof
from recording import Drainer, Stack

THREADS = 4
CALLS, SHORT_CALLS = 100_000_000, 4_000_000
AGENT_CALLS, SHORT_AGENT_CALLS = 1_000_000, 100_000


def through_drainer(places: Places, calls: int, proof: Proof) -> None:
    # The deadline is far: what is proved is that waiting loses nothing, not how fast this machine drains.
    with Drainer(places.tools, "--block-ms", "60000") as drainer:
        begun = time.monotonic()
        generator = Generator(places, drainer.socket, THREADS, calls // THREADS)
        status = generator.process.wait()
        seconds = time.monotonic() - begun
    rings = {ring["tid"]: ring for ring in drainer.counts["rings"]}
    proof.figures |= {"calls": generator.calls(), "seconds": round(seconds, 1), "recordsPerSecond": round(drainer.counts["records"] / seconds),
                      "drained": sum(rings[line.tid]["calls"] for line in generator.counted()), "lost": drainer.counts["lost"]}
    proof.expect(status == 0, f"the program ended with {status}")
    proof.expect(generator.calls() == calls, f"{generator.calls()} calls made instead of {calls}")
    for line in generator.counted():
        proof.expect(rings[line.tid]["calls"] == line.calls, f"thread {line.tid} made {line.calls} calls: {rings[line.tid]}")
    for key in ("lost", "told", "gaps", "torn", "noSlot"):
        proof.expect(drainer.counts[key] == 0, f"{drainer.counts[key]} {key}")


def through_agent(places: Places, calls: int, proof: Proof) -> None:
    """Two sessions, one with twice the calls: the program's other calls are the same in both, and cancel out."""
    stored = []
    with Stack(places.bin) as stack:
        for name, each in (("once", calls // THREADS), ("twice", 2 * calls // THREADS)):
            stack.s_trace("session", "start", name)
            Generator(places, stack.socket, THREADS, each).process.wait()
            stack.s_trace("session", "stop")
            stored.append(json.loads(stack.s_trace("session", "show", name, "-o", "json"))["events"])
    proof.figures |= {"agentCalls": calls, "agentStored": stored[1] - stored[0]}
    proof.expect(stored[1] - stored[0] == calls, f"the store has {stored[1] - stored[0]} of {calls} calls")


def prove(places: Places, short: bool) -> Proof:
    proof = Proof({}, [])
    through_drainer(places, SHORT_CALLS if short else CALLS, proof)
    through_agent(places, SHORT_AGENT_CALLS if short else AGENT_CALLS, proof)
    return proof
