"""DROP: what was drained and what the rings say was lost is what was called, in every run, however the drainer stalls."""
from __future__ import annotations

from kit import Generator, Places, Proof
from recording import Drainer

THREADS = 4
CALLS = 500_000  # a thread and run
RUNS, SHORT_RUNS = 20, 4


def prove(places: Places, short: bool) -> Proof:
    proof = Proof({"runs": SHORT_RUNS if short else RUNS, "calls": 0, "drained": 0, "lost": 0, "told": 0}, [])
    for run in range(proof.figures["runs"]):
        with Drainer(places.tools, "--drop", "--stall-us", "20000") as drainer:
            generator = Generator(places, drainer.socket, THREADS, CALLS)
            status = generator.process.wait()
        rings = {ring["tid"]: ring for ring in drainer.counts["rings"]}
        proof.expect(status == 0, f"run {run}: the program ended with {status}")
        for line in generator.counted():
            ring = rings[line.tid]
            proof.figures["calls"] += line.calls
            proof.figures["drained"] += ring["calls"]
            for key in ("lost", "told"):
                proof.figures[key] += ring[key]
            proof.expect(ring["calls"] + ring["lost"] == line.calls == CALLS, f"run {run}: {line.calls} calls, {ring}")
            proof.expect(ring["gaps"] == 0 and ring["torn"] == 0 and ring["told"] <= ring["lost"], f"run {run}: {ring}")
    proof.expect(proof.figures["lost"] > 0, "nothing was lost: the drainer was not slow enough to prove anything")
    return proof
