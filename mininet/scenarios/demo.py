#!/usr/bin/python3
"""The dissertation's demonstration (section 6.2.1): one request through four replicas and two NAT switches, among others.

Without the rewrites that the network made, its calls are in several paths; with them they are in one, which is held
against the application's own ground truth, call by call and cause by cause.
"""
from __future__ import annotations

import argparse
import pathlib
import shutil
import sys
import time
from typing import Any

import score
from processes import ScenarioError
from stack import Stack

SESSION = "demo"
PREFIX = "demo"
REQUEST = f"{PREFIX}-1"
FIRST_HOP = "200.200.200.200:3332"
LAYERS = 1  # a request through four replicas is long enough to draw
AFTERWARDS_S = 2  # how long the other requests go on, so that they are around the one on both sides
ROUTE = "10.0.0.5:3333,200.200.200.201:3335,10.0.0.6:3334"

Paths = list[dict[str, Any]]


def say(what: str) -> None:
    print(f"demo: {what}", file=sys.stderr, flush=True)


def record(stack: Stack) -> score.Truth:
    """Makes the request while others are in flight, all in one session."""
    say("network, manager and agents are up; starting eight n-Tier replicas and a session")
    stack.start_replicas(layers=LAYERS)
    stack.s_trace("session", "start", SESSION)
    background = [stack.start_client(host, f"other_{host}", requests=1_000_000, in_flight=3, pause_ms=100) for host in ("h1", "h3")]
    for client in background:
        client.wait_for("running", 60)
    say(f"clients on h1 and h3 keep requests in flight; the request: h2 -> {FIRST_HOP}")
    stack.start_client("h2", PREFIX, requests=1, to=FIRST_HOP, route=ROUTE).wait_success(60)
    time.sleep(AFTERWARDS_S)
    for client in background:
        client.terminate()
    for client in background:
        client.wait_success(60)
    stack.stop_replicas()
    stack.s_trace("session", "stop")
    return stack.take_truth()


def write_truth(stack: Stack, file: pathlib.Path) -> None:
    """The truth's own lines of the request, in order of time."""
    lines = [line for source in stack.run.glob("truth-*/*.txt") for line in source.read_text().splitlines()
             if f" #{REQUEST} " in line]
    file.write_text("".join(line + "\n" for line in sorted(lines)))


def of_request(paths: Paths, truth: score.Truth) -> Paths:
    return score.holders(paths, score.identify(paths, truth.calls)).get(REQUEST, [])


def others(paths: Paths, truth: score.Truth) -> str:
    held = score.holders(paths, score.identify(paths, truth.calls))
    requests = {call.request for call in truth.calls} - {REQUEST}
    ids = {path["id"] for request in requests for path in held.get(request, [])}
    return f"{len(requests)} other requests gave {len(ids)} paths"


def describe(rewrite: dict[str, Any]) -> str:
    source, target = (f"{flow['src']} -> {flow['dst']}" for flow in (rewrite["from"], rewrite["to"]))
    return (f"  {source} became {target}\n    at switch {rewrite['dpid']}, rule {rewrite['cookie']}, known from {rewrite['source']}\n"
            f"    match {rewrite['match']}\n    actions {rewrite['actions']}")


def summarise(before: Paths, after: Paths, truth: score.Truth, verdict: score.Verdict) -> str:
    calls = [call for call in truth.calls if call.request == REQUEST]
    first, last = of_request(before, truth), of_request(after, truth)
    lines = ["The reference network, eight n-Tier replicas, clients on h1 and h3; one request from h2 to", f"{FIRST_HOP}, then {ROUTE}.",
             f"The application made {len(calls)} calls for it, on {', '.join(sorted({call.key[0] for call in calls}))}.", "",
             f"without rewrites: {len(first)} paths hold its calls; {others(before, truth)}",
             f"with rewrites:    {len(last)} {'path holds' if len(last) == 1 else 'paths hold'} its calls; {others(after, truth)}"]
    for path in last:
        lines += [f"path {path['id']}: {len(path['events'])} events, {len(path['edges'])} edges, rewrites:",
                  *(describe(rewrite) for rewrite in path.get("rewrites", []))]
    lines += ["", "held against the truth: " + ("exact" if verdict.exact else "; ".join(verdict.why))]
    return "\n".join(lines) + "\n"


def run(arguments: argparse.Namespace) -> None:
    out: pathlib.Path = arguments.out
    out.mkdir(parents=True, exist_ok=True)
    say("starting the reference network: four switches, thirteen hosts")
    with Stack(arguments.bin, out, arguments.nat) as stack:
        truth = record(stack)
        say("session closed; building its paths without rewrites, then with those of the rules seen live")
        write_truth(stack, out / "truth.txt")
        found: dict[str, Paths] = {}
        for name, rewrites in (("before", "none"), ("after", "live")):
            found[name] = stack.export_paths(SESSION, out / f"{name}.json", rewrites)
            ids = [path["id"] for path in of_request(found[name], truth)]
            for kind in ("dot", "svg") if ids else ():
                stack.export(SESSION, out / f"{name}.{kind}", rewrites, kind, ids)
    (verdict,) = score.score(found["after"], truth, [REQUEST])
    summary = summarise(found["before"], found["after"], truth, verdict)
    (out / "summary.txt").write_text(summary)
    print(summary, end="")
    print(f"drawn in {out}/before.svg and {out}/after.svg", flush=True)
    pieces = len(of_request(found["before"], truth))
    if pieces < 2:
        raise ScenarioError(f"the request has {pieces} paths without rewrites, where at least 2 were expected")
    if not verdict.exact:
        raise ScenarioError(f"the request's path is not exact: {verdict.why[0]}")
    if not arguments.keep:
        shutil.rmtree(stack.run)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=pathlib.Path, default=pathlib.Path("bin"), help="folder of s-trace, libwrapper.so and ntier")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("out/demo"), help="folder for the results")
    parser.add_argument("--nat", action="append", default=[], metavar="VIRTUAL=REAL", help="another replica for a virtual address")
    parser.add_argument("--keep", action="store_true", help="keep recording, logs and truth files in OUT/run")
    try:
        run(parser.parse_args())
    except ScenarioError as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
