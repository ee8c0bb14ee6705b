"""Three failures of n-Tier, recorded and drawn: two of section 6.2.1 of the dissertation, and lost packets.

sleep    a thread opens a file and sleeps: the edge to its next call is dotted
connect  a replica asks for an address that nobody has: a dashed call with the error, no packet, and no close
loss     packets to a replica are lost: what was sent again is marked
"""
from __future__ import annotations

import dataclasses
import errno
import os
import pathlib
import re
import signal
from typing import Any, Callable

import machine
import score
from ntier import NTier, real_address
from processes import ScenarioError
from stack import Stack
from topologies import reference

FIRST, FAULTY = "h4", "h5"  # the client asks the first replica, which asks the one with the fault; neither by a virtual address
CLIENT = "h2"
SLEEP_S = 3
SLOW_S = 2
NOBODY = "200.200.200.210:3335"
LOST_SHARE = 0.3
LOSS_REQUESTS_MAX = 15

Path = dict[str, Any]


@dataclasses.dataclass(frozen=True)
class Drawn:
    """The one path of a request, as JSON and as DOT."""
    path: Path
    dot: str

    def events(self, host: str) -> list[dict[str, Any]]:
        return [event for event in self.path["events"] if event["ip"] == reference.address_of(host)]

    def statement(self, *ids: str) -> str:
        """The DOT statement of a call, or of the edge between two."""
        nodes = " -> ".join(f'"{self.path["id"]}/{i}"' for i in ids)
        found = re.search(rf"^\s*{re.escape(nodes)} \[.*$", self.dot, re.MULTILINE)
        return found.group() if found else ""


def check_sleep(drawn: Drawn) -> str:
    """What the drawing shows; ScenarioError when it does not show the fault."""
    calls = drawn.events(FAULTY)
    opened = next((at for at, call in enumerate(calls) if call["op"] == "fopen" and (call["path"] or "").endswith("/foo")), None)
    if opened is None:
        raise ScenarioError("sleep: the path lacks the fopen of the thread that slept")
    call = calls[opened]
    following = next((c for c in calls[opened + 1:] if c["tid"] == call["tid"]), None)
    pause_s = (int(following["enterNs"]) - int(call["exitNs"])) / 1e9 if following else 0
    if following is None or pause_s < SLOW_S:
        raise ScenarioError("sleep: the path has no pause after the fopen")
    if "dotted" not in drawn.statement(call["id"], following["id"]):
        raise ScenarioError("sleep: the edge after the fopen is not dotted")
    return f"thread {call['tid']} of {call['ip']} opened {call['path']} and made its next call {pause_s:.1f} s later: a dotted edge"


def check_connect(drawn: Drawn) -> str:
    calls = drawn.events(FAULTY)
    failed = [call for call in calls if call["op"] == "connect" and call["errno"] == errno.EHOSTUNREACH]
    if len(failed) != 1:
        raise ScenarioError(f"connect: the path has {len(failed)} calls of connect that found no route, where one was expected")
    (call,) = failed
    statement = drawn.statement(call["id"])
    if call["error"] != os.strerror(errno.EHOSTUNREACH) or "dashed" not in statement or call["error"] not in statement:
        raise ScenarioError("connect: the failed call is not drawn dashed with its error")
    if any(packet["event"] == call["id"] for packet in drawn.path["packets"]):
        raise ScenarioError("connect: packets stand under a call that sent none")
    if any(c["op"] == "close" for c in calls):
        raise ScenarioError("connect: the path has a close although the replica ended abnormally")
    return (f"connect of thread {call['tid']} of {call['ip']} to {NOBODY}: {call['error']}, no packets, a dashed node; "
            "the replica ended without a close")


def check_loss(drawn: Drawn) -> str:
    again = [packet for packet in drawn.path["packets"] if packet["retransmission"]]
    if not again:
        raise ScenarioError("loss: TCP sent segments again, but no packet of the path is marked")
    if not re.search(r'class="packet".*sent again', drawn.dot):
        raise ScenarioError("loss: the retransmission is not marked in the drawing")
    return "; ".join(f"{packet['src']} -> {packet['dst']} {packet['flags']} seq {packet['seq']} was sent again" for packet in again)


def ask(application: NTier, prefix: str, status: int = 0) -> None:
    application.start_client(CLIENT, prefix, to=real_address(FIRST), route=real_address(FAULTY)).wait_status(60, status)


def make_sleep(stack: Stack, application: NTier) -> str:
    ask(application, "sleep")
    return "sleep-1"


def make_connect(stack: Stack, application: NTier) -> str:
    ask(application, "connect", status=1)
    application.expect_abort(FAULTY, -signal.SIGABRT)
    return "connect-1"


def make_loss(stack: Stack, application: NTier) -> str:
    """Asks until TCP says that it sent something again."""
    def sent_again() -> int:
        return sum(machine.retransmitted_segments(stack.pid_of(host)) for host in (CLIENT, FIRST, FAULTY))
    with machine.losing_tcp(reference.switch_end_of(FAULTY), LOST_SHARE):
        for number in range(1, LOSS_REQUESTS_MAX + 1):
            before = sent_again()
            ask(application, f"loss_{number}")
            if sent_again() > before:
                return f"loss_{number}-1"
    raise ScenarioError(f"loss: none of {LOSS_REQUESTS_MAX} requests lost a packet that TCP sent again")


@dataclasses.dataclass(frozen=True)
class Fault:
    name: str
    option: str | None  # of the faulty replica
    slow: str  # from where on an edge is drawn dotted
    make: Callable[[Stack, NTier], str]  # returns the request to look at
    check: Callable[[Drawn], str]


FAULTS = (Fault("sleep", f"sleep:{SLEEP_S}", f"{SLOW_S}s", make_sleep, check_sleep),
          Fault("connect", f"connect:{NOBODY}", "60s", make_connect, check_connect),
          Fault("loss", None, "60s", make_loss, check_loss))


def record_one(stack: Stack, fault: Fault, folder: pathlib.Path) -> str:
    """Records a session of its own and writes FOLDER/NAME.json, .dot and .svg of the request's path; says what they show."""
    session = f"fault-{fault.name}"
    application = NTier(stack)
    application.start_replicas(layers=0, hosts=(FIRST, FAULTY), faults={FAULTY: fault.option} if fault.option else None)
    stack.s_trace("session", "start", session)
    request = fault.make(stack, application)
    application.stop_replicas()
    stack.s_trace("session", "stop")
    truth, _ = application.take_truth()
    paths = stack.export_all(session, stack.run / f"{session}.json", "live", fault.slow)["paths"]
    (verdict,) = score.score([score.reduce(path) for path in paths], truth, [request])
    if not verdict.exact:
        raise ScenarioError(f"{fault.name}: the request's path is not exact: {verdict.why[0]}")
    for kind in ("json", "dot", "svg"):
        stack.export(session, folder / f"{fault.name}.{kind}", "live", kind, verdict.paths, fault.slow)
    path = next(path for path in paths if path["id"] == verdict.paths[0])
    return f"{fault.name}: {fault.check(Drawn(path, (folder / f'{fault.name}.dot').read_text()))}"


def record(stack: Stack, folder: pathlib.Path) -> None:
    """Records the three failures in a running stack; ScenarioError when a drawing does not show its failure."""
    folder.mkdir()
    (stack.scratch / "foo").touch()
    lines = [record_one(stack, fault, folder) for fault in FAULTS]
    (folder / "summary.txt").write_text("\n".join(lines) + "\n")
