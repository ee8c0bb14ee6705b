"""A controller of the reference network that knows nothing of S-Trace: mininet/apps/osken/nat.py, and what it was shown."""
from __future__ import annotations

import json
import pathlib
import shutil
from typing import Any, Callable

import ntier
from processes import Process, ScenarioError, wait_until
from topologies import reference

APPLICATION = pathlib.Path(__file__).resolve().parents[1] / "apps/osken/nat.py"
SHOWN = {"features", "port statistics", "packet", "rule", "removed", "port removed"}
REMOVED_S = 60


class Upstream:
    """A running controller."""

    def __init__(self, spawn: Callable[[str, list[str]], Process], port: int, folder: pathlib.Path, nat: ntier.Nat) -> None:
        if shutil.which("osken-manager") is None:
            raise ScenarioError("missing package: install it with apt-get install python3-os-ken")
        rules = folder / "upstream.conf"
        rules.write_text("[DEFAULT]\n" + "".join(
            f"nat = {reference.dpid_of(switch)} {virtual} {real}\n" for virtual, (switch, real) in nat.items()))
        self._switches = {reference.dpid_of(switch) for switch, _ in nat.values()}
        self._process = spawn("upstream", ["osken-manager", "--config-file", str(rules), "--ofp-listen-host", "127.0.0.1",
                                           "--ofp-tcp-listen-port", str(port), str(APPLICATION)])

    def wait_for_switches(self, timeout_s: float) -> None:
        expected = len(reference.SWITCHES)
        wait_until(lambda: len(self._that_showed("features")) == expected, timeout_s,
                   lambda: f"the upstream sees {len(self._that_showed('features'))} of {expected} switches: {self._process.last_words()}")

    def wait_for_removed(self) -> None:
        """Until rules that rewrite have ended, by their timeouts, at all switches that have some."""
        wait_until(lambda: self._switches <= self._that_showed("removed"), REMOVED_S,
                   lambda: f"the upstream was told of no rule's end by {', '.join(sorted(self._switches - self._that_showed('removed')))}")

    def check(self) -> str:
        """
        What the upstream was shown, in a sentence; ScenarioError where that is not the network without S-Trace. A port is removed when a
        datastore comes to listen there.
        """
        shown, listening = self._shown(), set()
        for one in shown:
            of_datastore = reference.DATASTORE_PORT in one["ports"]
            if one["what"] not in SHOWN | {"port"} or (of_datastore and one["dpid"] in listening):
                raise ScenarioError(f"the upstream was shown what is not its own: {json.dumps(one)}")
            if of_datastore and one["what"] == "port removed":
                listening.add(one["dpid"])
        if len(listening) != len(reference.SWITCHES):
            raise ScenarioError(f"at {len(listening)} switches alone the upstream saw a port go for the datastore")
        missing = SHOWN - {one["what"] for one in shown}
        if missing:
            raise ScenarioError(f"the upstream was never shown any {', '.join(sorted(missing))}")
        return f"{len(shown)} times the upstream was shown ports or rules, of S-Trace nothing"

    def _that_showed(self, what: str) -> set[str]:
        return {one["dpid"] for one in self._shown() if one["what"] == what}

    def _shown(self) -> list[dict[str, Any]]:
        lines = self._process.output.read_text(errors="replace").splitlines(keepends=True)
        return [json.loads(line) for line in lines if line.endswith("\n")]
