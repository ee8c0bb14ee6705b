#!/usr/bin/python3
"""Runs applications' own tests without and with libwrapper, all its records drained and checked, and holds the results
against each other. What differs is run again both ways: a test that comes out differently under libwrapper each time is a
difference, one that changes without libwrapper as well is unsteady. Writes OUT/transparency.json; ends with
`N passed, N failed, N skipped`.

usage: run.py [--bin DIR] [--out DIR] [--short] [SUITE...]
"""
from __future__ import annotations

import argparse
import json
import os
import pathlib
import shutil
import sys
import tempfile
from typing import Any

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "bench")]

import recording  # noqa: E402
from suites import SUITES, Missing, Results, Suite  # noqa: E402

AGAIN = 3
SHORT = ("shell", "test_subprocess", "test_threading")


class Runner:
    def __init__(self, bin_dir: pathlib.Path, folder: pathlib.Path):
        self.bin, self.folder = bin_dir, folder
        self.counts = dict.fromkeys(("calls", "lost", "noSlot"), 0)
        self.broken: list[str] = []

    def bare(self, suite: Suite, tests: list[str]) -> Results:
        return self.within(suite, tests, {})

    def wrapped(self, suite: Suite, tests: list[str]) -> Results:
        drainer = recording.Drainer(self.bin / ".native" / "bench")
        for path in (drainer.socket, drainer.arena):
            os.chmod(path, 0o666)  # applications of every user attach
        with drainer:
            results = self.within(suite, tests, {"LD_PRELOAD": str(self.bin / "libwrapper.so"), "STRACE_SOCKET": drainer.socket})
        for key in self.counts:
            self.counts[key] += drainer.counts.get(key, 0)
        for fault in ("torn", "gaps"):
            if drainer.counts.get(fault, 0):
                self.broken.append(f"{suite.name}: {drainer.counts[fault]} {fault} in the rings")
        return results

    def within(self, suite: Suite, tests: list[str], more: dict[str, str]) -> Results:
        # The same path both times: a test may print it.
        place = self.folder / suite.name
        place.mkdir()
        try:
            return suite.run(place, os.environ | more, tests)
        finally:
            shutil.rmtree(place, ignore_errors=True)

    def compare(self, suite: Suite) -> dict[str, Any]:
        bare, wrapped = self.bare(suite, []), self.wrapped(suite, [])
        suspects = sorted(name for name in bare.keys() | wrapped.keys() if bare.get(name) != wrapped.get(name))
        seen = {name: ({bare.get(name)}, {wrapped.get(name)}) for name in suspects}
        for _ in range(AGAIN if suspects else 0):
            again, under = self.bare(suite, suspects), self.wrapped(suite, suspects)
            for name, (without, with_it) in seen.items():
                without.add(again.get(name))
                with_it.add(under.get(name))
        different = [name for name, (without, with_it) in seen.items() if len(without) == 1 and without.isdisjoint(with_it)]
        return {
            "suite": suite.name,
            "tests": len(bare),
            "passedBare": sum(result != "failed" for result in bare.values()),
            "different": {name: [sorted(map(str, way)) for way in seen[name]] for name in different},
            "unsteady": [name for name in suspects if name not in different],
        }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", default="bin", type=pathlib.Path)
    parser.add_argument("--out", default="out/transparency", type=pathlib.Path)
    parser.add_argument("--short", action="store_true", help=f"only {', '.join(SHORT)}")
    parser.add_argument("suites", nargs="*")
    arguments = parser.parse_args()
    wanted = arguments.suites or (SHORT if arguments.short else [suite.name for suite in SUITES])
    if unknown := set(wanted) - {suite.name for suite in SUITES}:
        parser.error(f"there is no suite {', '.join(sorted(unknown))}")

    counted = dict.fromkeys(("passed", "failed", "skipped"), 0)
    rows = []
    with tempfile.TemporaryDirectory(prefix="s-trace-transparency-") as folder:
        os.chmod(folder, 0o755)
        runner = Runner(arguments.bin.resolve(), pathlib.Path(folder))
        for suite in SUITES:
            if suite.name not in wanted:
                continue
            try:
                row = runner.compare(suite)
            except Missing as missing:
                print(f"{suite.name}: skipped, {missing} is not installed", flush=True)
                counted["skipped"] += 1
                continue
            rows.append(row)
            counted["failed"] += len(row["different"])
            counted["passed"] += row["tests"] - len(row["different"])
            print(f"{suite.name}: {row['tests']} tests, {len(row['different'])} different, unsteady {row['unsteady']}", flush=True)
            for name, (without, with_it) in row["different"].items():
                print(f"  {name}: {without} without, {with_it} with libwrapper", flush=True)
    counted["failed"] += len(runner.broken)
    for fault in runner.broken:
        print(fault)
    arguments.out.mkdir(parents=True, exist_ok=True)
    (arguments.out / "transparency.json").write_text(json.dumps({"records": runner.counts, "suites": rows}, indent=1))
    print("{calls} calls recorded, {lost} lost, {noSlot} threads without a ring".format(**runner.counts))
    print("{passed} passed, {failed} failed, {skipped} skipped".format(**counted))
    return 1 if counted["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
