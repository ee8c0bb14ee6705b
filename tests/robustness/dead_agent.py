"""An agent that was killed or stopped while rings are full: no call waits long, and the application goes on."""
from __future__ import annotations

import json
import pathlib
import signal
import struct
import time

from kit import Generator, Places, Proof, wait_until
from recording import Drainer, Stack

THREADS = 2
BLOCK_MS = 200
LONGEST_WAIT_MS = 2000  # after which a heartbeat counts as that of a dead agent; a call's own deadline is BLOCK_MS
CALLS_ALONE = 1_000_000  # that an application makes after its agent has gone
RING = struct.Struct("<IIII Q II 32s QQ II QII 24x Q 120x")  # struct st_ring
HEADER_BYTES = 4096


def rings_of(arena: str) -> dict[int, tuple[int, int, int, int]]:
    """tid -> head, tail, lost, seq, from the file of an arena that nobody drains."""
    data = pathlib.Path(arena).read_bytes()
    slots, = struct.unpack_from("<I", data, 16)
    rings = {}
    for slot in range(slots):
        state, _, tid, _, _, _, _, _, head, lost, seq, _, _, _, _, tail = RING.unpack_from(data, HEADER_BYTES + slot * RING.size)
        if state == 1:
            rings[tid] = (head, tail, lost, seq)
    return rings


def goes_on(generator: Generator, proof: Proof, how: str) -> None:
    before = generator.calls()
    begun = time.monotonic()
    proof.expect(wait_until(lambda: generator.calls() > before + CALLS_ALONE), f"{how}: the application hangs")
    longest = max(line.longest_ns for line in generator.counted()) / 1e6
    proof.figures[f"{how}: longest call (ms)"] = round(longest, 1)
    proof.figures[f"{how}: {CALLS_ALONE} calls after it (s)"] = round(time.monotonic() - begun, 2)
    proof.expect(longest <= LONGEST_WAIT_MS, f"{how}: a call took {longest:.0f} ms")


def killed(places: Places, proof: Proof) -> None:
    with Drainer(places.tools, "--block-ms", str(BLOCK_MS)) as drainer:
        generator = Generator(places, drainer.socket, THREADS, 0)
        wait_until(lambda: generator.calls() > CALLS_ALONE)
        drainer.process.kill()
        drainer.process.wait()
        goes_on(generator, proof, "killed")
        generator.kill()
        rings = rings_of(drainer.arena)
    for line in generator.counted():
        head, tail, lost, seq = rings[line.tid]
        # Its records are those of its calls and a THREAD record, with none for what was lost: nothing has room for it.
        proof.expect(seq - line.calls in (0, 1), f"killed: {line.calls} calls, numbered up to {seq}")
        proof.expect(head - 1 + lost in (line.calls, line.calls + 1), f"killed: {line.calls} calls, {head} records, {lost} lost")
        proof.expect(0 <= head - tail <= 1024, f"killed: the ring's head is {head} and its tail {tail}")


def stopped(places: Places, proof: Proof) -> None:
    with Drainer(places.tools, "--block-ms", str(BLOCK_MS)) as drainer:
        generator = Generator(places, drainer.socket, THREADS, 0)
        wait_until(lambda: generator.calls() > CALLS_ALONE)
        drainer.process.send_signal(signal.SIGSTOP)
        goes_on(generator, proof, "stopped")
        late = Generator(Places(places.bin, pathlib.Path(places.folder / "late")), drainer.socket, 1, 1000)
        proof.expect(late.process.wait() == 0 and late.calls() == 1000, "stopped: a program that starts meanwhile does not run")
        drainer.process.send_signal(signal.SIGCONT)
        before = generator.calls()
        wait_until(lambda: generator.calls() > before + CALLS_ALONE)
        generator.kill()
    rings = {ring["tid"]: ring for ring in drainer.counts["rings"]}
    for line in generator.counted():
        ring = rings[line.tid]
        proof.expect(ring["calls"] + ring["lost"] - line.calls in (0, 1) and ring["torn"] == 0, f"stopped: {line.calls} calls, {ring}")
        proof.expect(ring["lost"] > 0 and ring["last"] > before // THREADS // 2, f"stopped: what came after it was not drained: {ring}")


def real_agent(places: Places, proof: Proof) -> None:
    """S-Trace's own: killed while it records, and started again while the application goes on."""
    with Stack(places.bin) as stack:
        def stored() -> int:
            return int(json.loads(stack.s_trace("session", "show", "dead", "-o", "json"))["events"])
        stack.s_trace("session", "start", "dead")
        generator = Generator(places, stack.socket, THREADS, 0)
        wait_until(lambda: generator.calls() > 1000)
        stack.processes["agent"].kill()
        stack.processes["agent"].wait()
        goes_on(generator, proof, "agent killed")
        before = stored()
        stack.start_agent()
        proof.expect(wait_until(lambda: stored() > before + 1000), "agent returned: nothing more is recorded of the application that ran on")
        generator.kill()


def without_agent(places: Places, proof: Proof) -> None:
    done = Generator(places, str(places.folder / "nobody.sock"), 1, 1000)
    proof.expect(done.process.wait() == 0 and done.calls() == 1000, "no agent: the program does not run")


def prove(places: Places, short: bool) -> Proof:
    del short  # it takes seconds in any case: those of the heartbeat
    (places.folder / "late").mkdir()
    proof = Proof({}, [])
    for part in (killed, stopped, real_agent, without_agent):
        part(places, proof)
    return proof
