"""The applications' own tests: each gives a result a test, by name, from one run in a folder of its own."""
from __future__ import annotations

import dataclasses
import hashlib
import pathlib
import re
import shutil
import subprocess
import xml.etree.ElementTree as xml
from typing import Callable, Mapping, Sequence

Results = dict[str, str]
LIMIT_S = 1200
PYTHON = "/usr/bin/python3"
MARIADB = pathlib.Path("/usr/share/mysql/mysql-test")


class Missing(Exception):
    """The application, or its tests, are not installed."""


@dataclasses.dataclass(frozen=True)
class Suite:
    name: str
    package: str
    """The Debian package that brings the tests."""
    run: Callable[[pathlib.Path, Mapping[str, str], Sequence[str]], Results]
    """(folder, environment, tests: only these, all when empty) -> results"""


def execute(command: Sequence[str], folder: pathlib.Path, environment: Mapping[str, str]) -> str:
    """Everything that the command printed; one that does not end is killed and says so."""
    try:
        done = subprocess.run(command, cwd=folder, env=dict(environment), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=LIMIT_S, text=True, errors="replace", check=False)
    except subprocess.TimeoutExpired as e:
        raise RuntimeError(f"{command[0]} did not end within {LIMIT_S} s") from e
    return done.stdout


def python(module: str, *options: str) -> Suite:
    """A module of CPython's own tests; regrtest writes a result a test."""
    def run(folder: pathlib.Path, environment: Mapping[str, str], tests: Sequence[str]) -> Results:
        report = folder / "report.xml"
        matches = [word for test in tests for word in ("-m", test.rpartition(".")[2])]
        printed = execute([PYTHON, "-m", "test", "--junit-xml", str(report), *options, *matches, module], folder, environment)
        if "No module named" in printed:
            raise Missing("libpython3-testsuite")
        if not report.exists():
            raise RuntimeError(f"{module} wrote no report:\n{printed[-2000:]}")
        return {case.get("name", "?"): "failed" if any(child.tag in ("failure", "error") for child in case) else
                "skipped" if case.get("result") == "skipped" or case.find("skipped") is not None else "passed"
                for case in xml.parse(report).iter("testcase")}

    return Suite(module, "libpython3-testsuite", run)


# Statements, types, joins, prepared statements, connections, transactions: small ones of many kinds, a minute.
MARIADB_TESTS = ("alter_table_trans", "bigint", "case", "cast", "connect", "contributors", "count_distinct", "create_or_replace",
                 "ctype_ascii", "delete_use_source", "derived", "distinct", "drop", "flush", "func_concat", "func_if", "func_str",
                 "group_by", "having", "insert_select", "join", "join_outer", "key", "limit", "lock", "lock_tables_lost_commit",
                 "multi_update", "negation_elimination", "odbc", "order_by_zerolength-4285", "parser", "ps_10nestset", "ps_11bugs",
                 "ps_1general", "query_cache", "select_found", "show_check", "sp", "status", "subselect", "temp_table", "type_datetime",
                 "type_decimal", "type_time", "union", "update", "user_var", "variables", "view")


def mariadb(folder: pathlib.Path, environment: Mapping[str, str], tests: Sequence[str]) -> Results:
    """MariaDB's server and client under its own test driver."""
    if not (MARIADB / "mtr").exists():
        raise Missing("mariadb-test")
    names = [test.removeprefix("main.") for test in tests] or list(MARIADB_TESTS)
    printed = execute(["./mtr", f"--vardir={folder}/var", f"--tmpdir={folder}/tmp", "--force", "--max-test-fail=0", "--parallel=1",
                       "--suite=main", "--mysqld=--user=root", *(f"main.{name}" for name in names)], MARIADB, environment)
    results = {match[1]: {"pass": "passed", "skipped": "skipped"}.get(match[2], "failed")
               for match in re.finditer(r"^(main\.\S+).*\[ (pass|fail|skipped|disabled)\b", printed, re.M)}
    if not results:
        raise RuntimeError(f"mtr ran no test:\n{printed[-2000:]}")
    return results


def scripts(name: str, package: str, needed: Sequence[str]) -> Suite:
    """The scripts of a folder beside this file; the result is all that each printed."""
    def run(folder: pathlib.Path, environment: Mapping[str, str], tests: Sequence[str]) -> Results:
        if missing := [program for program in needed if shutil.which(program) is None]:
            raise Missing(" ".join(missing))
        results = {}
        for script in sorted((pathlib.Path(__file__).parent / name).glob("*.sh")):
            if tests and script.stem not in tests:
                continue
            place = folder / script.stem
            place.mkdir()
            printed = execute(["bash", str(script)], place, {**environment, "LC_ALL": "C"})
            results[script.stem] = f"{hashlib.sha256(printed.encode()).hexdigest()[:12]} {printed.strip().splitlines()[-1:]}"
        return results

    return Suite(name, package, run)


SUITES = (
    scripts("shell", "openssh-server git", ("/usr/sbin/sshd", "git")),
    scripts("tools", "redis-server postgresql default-jdk-headless nodejs dotnet-sdk-10.0 gcc make",
            ("redis-server", "psql", "javac", "node", "dotnet", "gcc", "make")),
    python("test_socket", "-i", "*VSOCK*"),  # waits for ever on a machine that has vsock, but none to connect to
    *map(python, ("test_subprocess", "test_threading", "test_os", "test_asyncio", "test_eintr", "test_epoll", "test_fcntl", "test_fileio",
                  "test_fork1", "test_mmap", "test_poll", "test_posix", "test_pty", "test_select", "test_signal", "test_threadsignals",
                  "test_wait4")),
    Suite("mariadb", "mariadb-test", mariadb),
)
