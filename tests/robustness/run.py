#!/usr/bin/python3
"""Proves what the host side promises about loss, crashes and back-pressure: run.py [--short] [NAME...].

Each proof prints its figures, ends with ok or FAIL, and writes OUT/NAME.json; the last line counts them.
"""
from __future__ import annotations

import argparse
import json
import pathlib
import sys
import tempfile

import block
import dead_agent
import drop
import kill
from kit import Places

PROOFS = {"block": block.prove, "drop": drop.prove, "kill": kill.prove, "dead_agent": dead_agent.prove}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", choices=[*PROOFS, []])
    parser.add_argument("--bin", type=pathlib.Path, default=pathlib.Path("bin"))
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("out/robustness"))
    parser.add_argument("--short", action="store_true", help="smaller numbers, for make test")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    failed, names = 0, arguments.names or list(PROOFS)
    for name in names:
        with tempfile.TemporaryDirectory(prefix="s-trace-proof-") as folder:
            proof = PROOFS[name](Places(arguments.bin.resolve(), pathlib.Path(folder)), arguments.short)
        holds = not proof.failures
        failed += not holds
        result = {"name": name, "short": arguments.short, "holds": holds, "figures": proof.figures, "failures": proof.failures[:100]}
        (arguments.out / f"{name}.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
        print(f"{'ok  ' if holds else 'FAIL'} {name}: " + ", ".join(f"{key} {value}" for key, value in proof.figures.items()), flush=True)
        for failure in proof.failures[:10]:
            print(f"  {failure}")
    print(f"{len(names) - failed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
