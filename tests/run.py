#!/usr/bin/env python3
"""Runs every suite of the repository and ends with one line that counts them all: N passed, N failed, N skipped.

Each suite is a command of its own, and can be run alone. A suite that ends without its counts, or with a status other than 0
although it counted no failure, counts as one failure.
"""
import argparse
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
# dotnet test, one line an assembly; and the line that every other suite of the repository ends with.
DOTNET = re.compile(r"Failed:\s*(?P<failed>\d+), Passed:\s*(?P<passed>\d+), Skipped:\s*(?P<skipped>\d+)")
UNITTEST = re.compile(r"^Ran (?P<passed>\d+) tests?(?P<failed>)(?P<skipped>)", re.M)
PLAIN = re.compile(r"^(?P<passed>\d+) passed, (?P<failed>\d+) failed(?:, (?P<skipped>\d+) skipped)?$", re.M)
# How a suite says that a test failed: dotnet's (a theory's name has its arguments behind it), unittest's, our own. Its reason
# stands behind.
FAILURE = re.compile(r"^\s*Failed \S.* \[[^]]+\]$|^(FAIL|ERROR|failed)\b")
REASON_LINES = 25


def suites(bin_dir):
    python = "/usr/bin/python3"
    yield "native", ["make", "--silent", "-C", "native", "test", f"BIN={bin_dir}"], PLAIN
    yield "n-tier", ["native/ntier/test.sh"], PLAIN
    yield "models", ["native/models/test.sh"], PLAIN
    yield "robustness", [python, "tests/robustness/run.py", "--short", "--bin", bin_dir], PLAIN
    yield "transparency", [python, "tests/transparency/run.py", "--short", "--bin", bin_dir], PLAIN
    for tools in ("bench", "robustness"):
        yield f"{tools}' own", [python, "-m", "unittest", "discover", "-s", f"tests/{tools}"], UNITTEST
    yield "scenarios", [python, "-m", "unittest", "discover", "-s", "mininet/scenarios"], UNITTEST
    # One assembly after the other: the functional ones share the machine's switches.
    for kind in ("Category!=Functional", "Category=Functional"):
        yield f"dotnet ({kind})", ["dotnet", "test", "STrace.sln", "--nologo", "-m:1", "--filter", kind], DOTNET
    yield "formatting", ["dotnet", "format", "whitespace", "STrace.sln", "--verify-no-changes", "--no-restore"], None
    yield "formatting of C", ["make", "--silent", "-C", "native", "check-format"], None


def run(name, command, pattern, failures):
    """Runs one suite, its output passed on, and returns what it counted; one without counts is one test. Adds what it says of failures."""
    print(f"==> {name}: {' '.join(command)}", flush=True)
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True, errors="replace")
    counted, any_count, reason_left = dict.fromkeys(("passed", "failed", "skipped"), 0), False, 0
    for line in process.stdout:
        print(line, end="", flush=True)
        reason_left = REASON_LINES if FAILURE.match(line) else reason_left - 1
        if reason_left > 0:
            failures.append(line)
        match = pattern and pattern.search(line)
        if match:
            any_count = True
            for key in counted:
                # A plain suite's last line is its sum; dotnet prints a line an assembly.
                counted[key] = int(match[key] or 0) + (counted[key] if pattern is DOTNET else 0)
    status = process.wait()
    if pattern is None and status == 0:
        return counted | {"passed": 1}
    if not any_count or (status != 0 and counted["failed"] == 0):
        print(f"==> {name}: ended with status {status}" + ("" if any_count else " and counted no test"), flush=True)
        counted["failed"] += 1
    if counted["failed"]:
        failures.append(f"==> {name}: {counted['failed']} failed\n")
    return counted


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", default="bin", help="where make put the programs")
    parser.add_argument("--only", help="run only the suites whose name contains this")
    arguments = parser.parse_args()
    bin_dir = os.path.abspath(arguments.bin)
    os.environ["STRACE_BIN"] = bin_dir

    total, failures = dict.fromkeys(("passed", "failed", "skipped"), 0), []
    for name, command, pattern in suites(bin_dir):
        if arguments.only and arguments.only not in name:
            continue
        for key, count in run(name, command, pattern, failures).items():
            total[key] += count
    if os.environ.get("CI") == "true" and total["skipped"]:
        print("==> CI skips no test: the reasons stand above")
        total["failed"] += 1
    if total["failed"]:
        print("==> what failed, once more:\n" + "".join(failures), end="")
    print(f"{total['passed']} passed, {total['failed']} failed, {total['skipped']} skipped")
    return 1 if total["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
