"""The applications' own tests: each gives a result a test, by name, from one run in a folder of its own."""
from __future__ import annotations

import dataclasses
import hashlib
import os
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


def python(module: str) -> Suite:
    """A module of CPython's own tests; regrtest writes a result a test."""
    def run(folder: pathlib.Path, environment: Mapping[str, str], tests: Sequence[str]) -> Results:
        report = folder / "report.xml"
        matches = [word for test in tests for word in ("-m", test.rpartition(".")[2])]
        printed = execute([PYTHON, "-m", "test", "--junit-xml", str(report), *matches, module], folder, environment)
        if "No module named" in printed:
            raise Missing("libpython3-testsuite")
        if not report.exists():
            raise RuntimeError(f"{module} wrote no report:\n{printed[-2000:]}")
        return {case.get("name", "?"): "failed" if any(child.tag in ("failure", "error") for child in case) else
                "skipped" if case.get("result") == "skipped" or case.find("skipped") is not None else "passed"
                for case in xml.parse(report).iter("testcase")}

    return Suite(module, "libpython3-testsuite", run)


# Statements, types, joins, prepared statements, connections, transactions: small ones of many kinds, some three minutes.
MARIADB_TESTS = ("alter_table_trans", "bigint", "case", "cast", "connect", "contributors", "count_distinct", "create_or_replace", "ctype_ascii",
                 "delete_use_source", "derived", "distinct", "drop", "flush", "func_concat", "func_if", "func_str", "group_by", "having", "insert_select",
                 "join", "join_outer", "key", "limit", "lock", "lock_tables_lost_commit", "multi_update", "negation_elimination", "odbc", "order_by_zerolength-4285", "parser", "ps_10nestset",
                 "ps_11bugs", "ps_1general", "query_cache", "select_found", "show_check", "sp-code", "sp", "status", "subselect", "temp_table", "trigger",
                 "type_datetime", "type_decimal", "type_time", "union", "update", "user_var", "variables", "view")


def mariadb(folder: pathlib.Path, environment: Mapping[str, str], tests: Sequence[str]) -> Results:
    """MariaDB's server and client under its own test driver."""
    if not (MARIADB / "mtr").exists():
        raise Missing("mariadb-test")
    names = [test.removeprefix("main.") for test in tests] or list(MARIADB_TESTS)
    printed = execute(["./mtr", f"--vardir={folder}/var", f"--tmpdir={folder}/tmp", "--force", "--max-test-fail=0", "--parallel=1", "--suite=main",
                       "--mysqld=--user=root", *(f"main.{name}" for name in names)], MARIADB, environment)
    results = {match[1]: {"pass": "passed", "skipped": "skipped"}.get(match[2], "failed")
               for match in re.finditer(r"^(main\.\S+).*\[ (pass|fail|skipped|disabled)\b", printed, re.M)}
    if not results:
        raise RuntimeError(f"mtr ran no test:\n{printed[-2000:]}")
    return results


SCRIPTS: dict[str, str] = {
    "pipeline": r"seq 1 20000 | awk '{ print $1 * 7 % 1000 }' | sort -n | uniq -c | tee counts | head -n 500 | wc -lc; cksum counts",
    "redirections": r"exec 7>log; echo one >&7; (echo two; ls /nowhere) >&7 2>&7; exec 7>&-; cat log | sed 's/:.*nowhere/: nowhere/'; cat <<< here",
    "signals": r"trap 'echo got TERM' TERM; (sleep 0.1; kill -TERM $$) & wait; kill -0 $$ && echo alive; { sh -c 'kill -9 $$'; } 2> messages; echo $?",
    "limits": r"ulimit -n 20; python3 -c 'import os; print([os.dup(0) for _ in range(3)])'; yes | head -n 1; echo ${PIPESTATUS[*]}",
    "tar": r"cp -r /usr/share/doc/bash tree; tar -C tree -cf - . | gzip -c | gunzip | tar -tvf - | awk '{ print $1, $3, $NF }' | sort | cksum; "
           r"tar -C tree -czf t.tgz . && mkdir out && tar -C out -xzf t.tgz && diff -r tree out && echo same",
    "git": r"export HOME=$PWD; git init -q r && cd r && git config user.email a@b && git config user.name a; for i in 1 2 3 4 5; do seq $i 500 > f$i; "
           r"git add . && GIT_AUTHOR_DATE=@$i GIT_COMMITTER_DATE=@$i git commit -qm $i; done; git gc -q; git rev-parse HEAD; git log --stat | cksum; "
           r"cd .. && git clone -q file://$PWD/r c && git -C c fsck && git -C c rev-parse HEAD",
    "ssh": r"ssh-keygen -qt ed25519 -N '' -f host && ssh-keygen -qt ed25519 -N '' -f user && cp user.pub keys && chmod 700 .; mkdir -p /run/sshd; "
           r"/usr/sbin/sshd -f /dev/null -o Port=$PORT -o ListenAddress=127.0.0.1 -o HostKey=$PWD/host -o AuthorizedKeysFile=$PWD/keys "
           r"-o StrictModes=no -o PidFile=$PWD/pid -o UsePAM=no -o PermitRootLogin=yes; "
           r"S='ssh -F /dev/null -o UserKnownHostsFile=/dev/null -o StrictHostKeyChecking=no -o LogLevel=ERROR -o IdentityAgent=none'; "
           r"for i in 1 2 3; do seq 1 50000 | $S -p $PORT -i user 127.0.0.1 'cksum; exit 7'; echo $?; done; kill $(cat pid)",
}


def shell(folder: pathlib.Path, environment: Mapping[str, str], tests: Sequence[str]) -> Results:
    """Pipelines and tools; the result is all that a script printed."""
    if not os.path.exists("/usr/sbin/sshd"):
        raise Missing("openssh-server")
    results = {}
    for name, script in SCRIPTS.items():
        if tests and name not in tests:
            continue
        place = folder / name
        place.mkdir()
        printed = execute(["bash", "-c", script], place, {**environment, "PORT": "42022", "LC_ALL": "C"})
        results[name] = f"{hashlib.sha256(printed.encode()).hexdigest()[:12]} {printed.strip().splitlines()[-1:]}"
        shutil.rmtree(place)
    return results


SUITES = (
    Suite("shell", "openssh-server git", shell),
    *map(python, ("test_socket", "test_subprocess", "test_threading", "test_os", "test_asyncio")),
    Suite("mariadb", "mariadb-test", mariadb),
)
