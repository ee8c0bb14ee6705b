#!/usr/bin/python3
"""The dissertation's demonstration (section 6.2.1): one request through four replicas and two NAT switches, among others.

Without the rewrites that the network made, its calls are in several paths. Then the session is replayed on a copy of the
network, where the rules that rewrite are found; with them the calls are in one path, which is held against the application's
own ground truth, call by call and cause by cause. Three failures are recorded and drawn beside it, in OUT/faults.
"""
from __future__ import annotations

import argparse
import dataclasses
import json
import pathlib
import shutil
import sys
import time
from typing import Any

import faults
import score
from ntier import NTier
from processes import ScenarioError
from stack import Stack

SESSION = "demo"
PREFIX = "demo"
REQUEST = f"{PREFIX}-1"
FIRST_HOP = "200.200.200.200:3332"
LAYERS = 1  # a request through four replicas is long enough to draw
AFTERWARDS_S = 2  # how long the other requests go on, so that they are around the one on both sides
ROUTE = "10.0.0.5:3333,200.200.200.201:3335,10.0.0.6:3334"
RESULTS = ("before.json", "before.dot", "before.svg", "after.json", "after.dot", "after.svg", "rewrites.json", "replay.json",
           "truth.txt", "summary.txt")

Paths = list[dict[str, Any]]
Replay = dict[str, Any]


@dataclasses.dataclass(frozen=True)
class Result:
    """The request's paths without and with rewrites, and how all of it compares with the truth."""
    truth: score.Truth
    before: Paths
    after: Paths
    source: str
    replay: Replay | None

    def of_request(self, paths: Paths) -> Paths:
        return self._held(paths).get(REQUEST, [])

    def others(self, paths: Paths) -> str:
        requests = {call.request for call in self.truth.calls} - {REQUEST}
        held = self._held(paths)
        ids = {path["id"] for request in requests for path in held.get(request, [])}
        return f"{len(requests)} other requests gave {len(ids)} paths"

    def verdict(self) -> score.Verdict:
        return score.score([score.reduce(path) for path in self.after], self.truth, [REQUEST])[0]

    def _held(self, paths: Paths) -> dict[str, Paths]:
        reduced = [score.reduce(path) for path in paths]
        held = score.holders(reduced, score.identify(reduced, self.truth.calls))
        return {request: [paths[index] for index in some] for request, some in held.items()}


def say(what: str) -> None:
    print(f"demo: {what}", file=sys.stderr, flush=True)


def record(stack: Stack, truth_file: pathlib.Path) -> score.Truth:
    """Makes the request while others are in flight, all in one session; the truth's lines of the request go to the file."""
    say("network, manager, agents and datastores are up; starting eight n-Tier replicas and a session")
    application = NTier(stack)
    application.start_replicas(layers=LAYERS)
    stack.s_trace("session", "start", SESSION)
    background = [application.start_client(host, f"other_{host}", requests=1_000_000, in_flight=3, pause_ms=100)
                  for host in ("h1", "h3")]
    for client in background:
        client.wait_for("running", 60)
    say(f"clients on h1 and h3 keep requests in flight; the request: h2 -> {FIRST_HOP}")
    application.start_client("h2", PREFIX, to=FIRST_HOP, route=ROUTE).wait_status(60)
    time.sleep(AFTERWARDS_S)
    for client in background:
        client.terminate()
    for client in background:
        client.wait_status(60)
    application.stop_replicas()
    if stack.upstream is not None:
        say("waiting for the upstream's rules to time out")
        stack.upstream.wait_for_removed()
    stack.s_trace("session", "stop")
    truth, files = application.take_truth()
    lines = [line for file in files for line in file.read_text().splitlines() if f" #{REQUEST} " in line]
    truth_file.write_text("".join(line + "\n" for line in sorted(lines)))
    return truth


def replay(stack: Stack, arguments: argparse.Namespace) -> Replay | None:
    """Replays the session on the replay network, as far as the arguments ask for it."""
    if arguments.source != "replay" or arguments.no_replay:
        return None
    say("starting the replay network: the same switches and ports, datastores in the place of hosts")
    stack.change_to_replay_network()
    say("replaying the session: its rules, and its frames at the ports where they entered")
    record = stack.replay(SESSION, *(["--without-rewrites"] if arguments.without_rewrites else []))
    (arguments.out / "replay.json").write_text(json.dumps(record, indent=2) + "\n")
    return record


def describe(rewrite: dict[str, Any]) -> str:
    source, target = (f"{flow['src']} -> {flow['dst']}" for flow in (rewrite["from"], rewrite["to"]))
    known = f"{rewrite['source']} {rewrite['replayId']}" if rewrite.get("replayId") else rewrite["source"]
    return (f"  {source} became {target}\n    at switch {rewrite['dpid']}, rule {rewrite['cookie']}, known from {known}\n"
            f"    match {rewrite['match']}\n    actions {rewrite['actions']}")


def describe_replay(record: Replay) -> list[str]:
    compared = record["comparison"]
    ports = [place["frames"] for place in record["injected"] if place["frames"]]
    lines = [f"replay {record['id']}: {len(record['flowMods'])} FLOW_MODs, {len(record['barriers'])} barriers, "
             f"{record['packetOuts']} PACKET_OUTs; {sum(ports)} frames were injected at {len(ports)} ports.",
             f"Of {compared['sent']} frames, those of PACKET_OUTs included, {compared['delivered']} were delivered "
             f"({compared['rewritten']} rewritten) and {compared['dropped']} dropped; {compared['unexpected']} came out unexpected.",
             f"{len(record['rewrites'])} rewrites were found before their rules were installed."]
    if compared["firstDivergence"]:
        lines.append(f"first difference from the recording: {compared['firstDivergence']}")
    return lines + [f"an error of the replay: {error}" for error in record["errors"]]


def summarise(result: Result) -> str:
    calls = [call for call in result.truth.calls if call.request == REQUEST]
    first, last = result.of_request(result.before), result.of_request(result.after)
    lines = ["The reference network, eight n-Tier replicas, clients on h1 and h3; one request from h2 to",
             f"{FIRST_HOP}, then {ROUTE}.",
             f"The application made {len(calls)} calls for it, on {', '.join(sorted({call.key[0] for call in calls}))}.", "",
             *(describe_replay(result.replay) if result.replay else ["no replay was made"]), "",
             f"without rewrites: {len(first)} paths hold its calls; {result.others(result.before)}",
             f"with rewrites known from {result.source}: {len(last)} {'path holds' if len(last) == 1 else 'paths hold'} "
             f"its calls; {result.others(result.after)}"]
    for path in last:
        lines += [f"path {path['id']}: {len(path['events'])} events, {len(path['edges'])} edges, {len(path['packets'])} packets, "
                  f"rewrites: {len(path['rewrites']) or 'none'}", *(describe(rewrite) for rewrite in path["rewrites"])]
    verdict = result.verdict()
    lines += ["", "held against the truth: " + ("exact" if verdict.exact else verdict.why[0])]
    return "\n".join(lines) + "\n"


def check(result: Result, joins: bool) -> None:
    """ScenarioError says what is not as it must be: `joins` is whether the rewrites were to be found."""
    first, last = result.of_request(result.before), result.of_request(result.after)
    if len(first) < 2:
        raise ScenarioError(f"the request has {len(first)} paths without rewrites, where at least 2 were expected")
    if not joins:
        if len(last) != len(first):
            raise ScenarioError(f"the request has {len(last)} paths although no rewrite was to be found; without rewrites {len(first)}")
        print(f"As asked, no rewrite was looked for: the request stays split into {len(last)} paths.", flush=True)
        return
    verdict = result.verdict()
    if not verdict.exact:
        raise ScenarioError(f"the request's path is not exact: {verdict.why[0]}")
    used = last[0]["rewrites"]
    if not used or any(rewrite["source"] != result.source for rewrite in used):
        raise ScenarioError(f"the request's path was not joined by rewrites known from {result.source} alone")


def run(arguments: argparse.Namespace) -> None:
    out: pathlib.Path = arguments.out
    out.mkdir(parents=True, exist_ok=True)
    for name in RESULTS:
        (out / name).unlink(missing_ok=True)
    shutil.rmtree(out / "faults", ignore_errors=True)
    say("starting the reference network: four switches, thirteen hosts, four datastores")
    with Stack(arguments.bin, out, arguments.nat, behind_proxy=arguments.upstream) as stack:
        truth = record(stack, out / "truth.txt")
        if stack.upstream is not None:
            say(stack.upstream.check())
        if not arguments.no_faults:
            say("recording three failures: a thread that sleeps, an address that nobody has, lost packets")
            faults.record(stack, out / "faults")
        say("building the paths without rewrites")
        found: dict[str, Paths] = {"before": stack.export_all(SESSION, out / "before.json", "none")["paths"]}
        replayed = replay(stack, arguments)
        say(f"building the paths with rewrites known from {arguments.source}")
        found["after"] = stack.export_all(SESSION, out / "after.json", arguments.source)["paths"]
        rewrites = stack.s_trace("rewrites", "--session", SESSION, "--rewrites", arguments.source, "-o", "json")
        (out / "rewrites.json").write_text(rewrites)
        result = Result(truth, found["before"], found["after"], arguments.source, replayed)
        for name, rewrites in (("before", "none"), ("after", arguments.source)):
            ids = [path["id"] for path in result.of_request(found[name])]
            for kind in ("dot", "svg") if ids else ():
                stack.export(SESSION, out / f"{name}.{kind}", rewrites, kind, ids)
    summary = summarise(result)
    (out / "summary.txt").write_text(summary)
    print(summary, end="")
    print(f"drawn in {out}/before.svg and {out}/after.svg", flush=True)
    check(result, joins=not (arguments.no_replay or arguments.without_rewrites))
    if not arguments.keep:
        shutil.rmtree(stack.run)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=pathlib.Path, default=pathlib.Path("bin"), help="folder of s-trace, libwrapper.so and ntier")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("out/demo"), help="folder for the results")
    parser.add_argument("--nat", action="append", default=[], metavar="VIRTUAL=REAL", help="another replica for a virtual address")
    parser.add_argument("--source", choices=("replay", "live"), default="replay",
                        help="how rewrites are found: by a replay, or (quicker) from the rules seen live")
    parser.add_argument("--upstream", action="store_true", help="an os-ken application rewrites, and the manager is a proxy before it")
    stays_split = parser.add_mutually_exclusive_group()
    stays_split.add_argument("--no-replay", action="store_true", help="make no replay: the request must stay split")
    stays_split.add_argument("--without-rewrites", action="store_true",
                             help="replay without the rules that rewrite: the request must stay split")
    parser.add_argument("--no-faults", action="store_true", help="leave out the three failures")
    parser.add_argument("--keep", action="store_true", help="keep recording, logs and truth files in OUT/run")
    arguments = parser.parse_args()
    if arguments.source == "live" and (arguments.no_replay or arguments.without_rewrites):
        parser.error("--no-replay and --without-rewrites say something about --source replay alone")
    try:
        run(arguments)
    except ScenarioError as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
