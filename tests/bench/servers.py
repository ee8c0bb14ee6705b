#!/usr/bin/python3
"""Measures the CPU time that servers need for a request, bare and under libwrapper while a session records, and writes
OUT/servers.json.

Three instances of each server run side by side on the loopback, two bare and one under libwrapper, and are loaded in turn: the
two bare ones tell the noise. CPU time is that of each instance's control group, so no process of the load or of S-Trace is in it.
"""
from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import os
import pathlib
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from typing import Iterator

from recording import Stack, free_port
from report import Row, write

START_S = 60
STOP_S = 30
CONNECTIONS = 16


class ControlGroup:
    """A control group of its own: who is in it, and what CPU time it has used."""

    def __init__(self, name: str):
        with open("/proc/self/mounts", encoding="utf-8") as mounts:
            root = next((line.split()[1] for line in mounts if line.split()[2] == "cgroup2"), None)
        if root is None:
            raise SystemExit("bench-servers needs control groups version 2: mount -t cgroup2 none /sys/fs/cgroup")
        self.path = pathlib.Path(root) / f"s-trace-bench-{os.getpid()}-{name}"
        self.path.mkdir()

    def command(self, *command: str | pathlib.Path) -> list[str]:
        """The command, run within the group."""
        return ["sh", "-c", 'echo $$ > "$0/cgroup.procs" && exec "$@"', str(self.path), *map(str, command)]

    def cpu_us(self) -> int:
        return int((self.path / "cpu.stat").read_text(encoding="ascii").split()[1])

    def kill(self) -> None:
        deadline = time.monotonic() + STOP_S
        while (pids := (self.path / "cgroup.procs").read_text(encoding="ascii").split()) and time.monotonic() < deadline:
            for pid in pids:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(pid), 9)
            time.sleep(0.05)
        self.path.rmdir()


@dataclasses.dataclass
class Instance:
    """One running server."""
    group: ControlGroup
    port: int
    folder: pathlib.Path


class Server:
    """A kind of server: how it is started in a folder, and a load that returns how many requests it made."""
    name: str
    case: str
    programs: tuple[str, ...]
    packages: str
    user: str | None = None

    def prepare(self, instance: Instance) -> list[str]:
        """Writes what it needs, before anything is measured; returns its command."""
        raise NotImplementedError

    def load(self, instance: Instance, seconds: int) -> int:
        raise NotImplementedError


def run(*command: str | pathlib.Path, **environment: str) -> str:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False, env=os.environ | environment)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))} ended with {done.returncode}: {(done.stderr or done.stdout).strip()[-500:]}")
    return done.stdout


def number(pattern: str, text: str) -> int:
    found = re.search(pattern, text)
    if found is None:
        raise RuntimeError(f"no {pattern} in: {text[-500:]}")
    return int(found[1])


def wrk(url: str, seconds: int) -> int:
    output = run("wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", url)
    if "Socket errors" in output or "Non-2xx" in output:
        raise RuntimeError(f"wrk on {url}: {output}")
    return number(r"(\d+) requests in", output)


class Nginx(Server):
    name, case, programs, packages = "nginx", "nginx, a file of 1 KB, kept alive", ("nginx", "wrk"), "nginx wrk"

    def prepare(self, instance: Instance) -> list[str]:
        (instance.folder / "index.html").write_text("x" * 1024)
        (instance.folder / "nginx.conf").write_text(
            f"daemon off; worker_processes 1; pid {instance.folder}/pid; error_log {instance.folder}/error.log;\n"
            f"events {{ worker_connections 1024; }}\n"
            f"http {{ sendfile on; tcp_nopush on; access_log {instance.folder}/access.log; keepalive_requests 100000000;\n"
            f"  server {{ listen 127.0.0.1:{instance.port}; root {instance.folder}; }} }}\n")
        return ["nginx", "-p", str(instance.folder), "-c", f"{instance.folder}/nginx.conf"]

    def load(self, instance: Instance, seconds: int) -> int:
        return wrk(f"http://127.0.0.1:{instance.port}/index.html", seconds)


class Redis(Server):
    name, case, programs, packages = "redis", "redis, GET, 16 connections", ("redis-server", "redis-benchmark"), "redis-server"

    def prepare(self, instance: Instance) -> list[str]:
        return ["redis-server", "--port", str(instance.port), "--bind", "127.0.0.1", "--dir", str(instance.folder), "--save", "",
                "--appendonly", "no"]

    def load(self, instance: Instance, seconds: int) -> int:
        requests = 40_000 * seconds  # it ends after a number, not after a time
        run("redis-benchmark", "-h", "127.0.0.1", "-p", str(instance.port), "-t", "get", "-c", str(CONNECTIONS), "-n", str(requests), "-q")
        return requests


class PostgreSql(Server):
    name, case, programs, packages = "postgresql", "PostgreSQL, pgbench -S, 8 connections", ("pgbench", "setpriv"), "postgresql"
    user = "postgres"

    @staticmethod
    def tool(name: str) -> pathlib.Path:
        return max(pathlib.Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))

    @staticmethod
    def as_user(*command: str | pathlib.Path) -> list[str]:
        return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", *map(str, command)]

    def prepare(self, instance: Instance) -> list[str]:
        run(*self.as_user(self.tool("initdb"), "-D", instance.folder / "data", "-A", "trust", "--no-sync"))
        return self.as_user(self.tool("postgres"), "-D", instance.folder / "data", "-p", str(instance.port), "-k", instance.folder,
                            "-h", "127.0.0.1", "-c", "fsync=off", "-c", "autovacuum=off")

    def pgbench(self, instance: Instance, *options: str) -> str:
        return run("pgbench", "-h", "127.0.0.1", "-p", str(instance.port), "-U", "postgres", *options, "postgres")

    def load(self, instance: Instance, seconds: int) -> int:
        if not (instance.folder / "filled").exists():
            deadline = time.monotonic() + START_S
            while True:  # it listens before it takes connections
                try:
                    self.pgbench(instance, "-i", "-q", "-s", "5")
                    break
                except RuntimeError:
                    if time.monotonic() > deadline:
                        raise
                    time.sleep(0.2)
            (instance.folder / "filled").touch()
        output = self.pgbench(instance, "-n", "-S", "-c", "8", "-T", str(seconds))
        return number(r"transactions actually processed: (\d+)", output)


class Tomcat(Server):
    name, case, programs, packages = "tomcat", "Tomcat 10, a file of 1 KB, kept alive", ("java", "wrk"), "tomcat10 default-jre-headless wrk"
    HOME = pathlib.Path("/usr/share/tomcat10")

    def prepare(self, instance: Instance) -> list[str]:
        for name in ("logs", "temp", "work", "webapps/ROOT", "conf"):
            (instance.folder / name).mkdir(parents=True, exist_ok=True)
        for name in ("catalina.properties", "web.xml", "context.xml"):
            shutil.copy(f"/etc/tomcat10/{name}", instance.folder / "conf")
        (instance.folder / "conf" / "server.xml").write_text(
            f'<Server port="-1"><Service name="Catalina"><Connector port="{instance.port}" address="127.0.0.1" maxKeepAliveRequests="-1"/>'
            '<Engine name="Catalina" defaultHost="localhost"><Host name="localhost" appBase="webapps"/></Engine></Service></Server>')
        (instance.folder / "webapps" / "ROOT" / "index.html").write_text("x" * 1024)
        jars = f"{self.HOME}/bin/bootstrap.jar:{self.HOME}/bin/tomcat-juli.jar"
        return ["java", "-Xmx256m", "-XX:+UseSerialGC", "-cp", jars, f"-Dcatalina.home={self.HOME}", f"-Dcatalina.base={instance.folder}",
                f"-Djava.io.tmpdir={instance.folder}/temp", "org.apache.catalina.startup.Bootstrap", "start"]

    def load(self, instance: Instance, seconds: int) -> int:
        return wrk(f"http://127.0.0.1:{instance.port}/index.html", seconds)


SERVERS = (Nginx(), Redis(), PostgreSql(), Tomcat())


def accepts(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def stop(process: subprocess.Popen[bytes], group: ControlGroup) -> None:
    """In order, if it does so in time."""
    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(STOP_S)
    group.kill()
    process.wait()


@contextlib.contextmanager
def running(server: Server, name: str, preload: list[str]) -> Iterator[Instance]:
    """An instance that accepts connections, in a folder and control group of its own."""
    with tempfile.TemporaryDirectory(prefix="s-trace-bench-") as folder, contextlib.ExitStack() as stack:
        os.chmod(folder, 0o755)  # workers run as users of their own
        if server.user is not None:
            shutil.chown(folder, server.user, server.user)
        instance = Instance(ControlGroup(f"{server.name}-{name}"), free_port(), pathlib.Path(folder))
        command = server.prepare(instance)
        log = stack.enter_context(open(instance.folder / "log", "w", encoding="utf-8"))
        process = subprocess.Popen(instance.group.command(*preload, *command), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        stack.callback(stop, process, instance.group)
        deadline = time.monotonic() + START_S
        while not accepts(instance.port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{server.name} did not start: {(instance.folder / 'log').read_text()[-1000:]}")
            time.sleep(0.05)
        yield instance


def cost(server: Server, instance: Instance, seconds: int) -> float:
    """us of CPU a request."""
    before = instance.group.cpu_us()
    requests = server.load(instance, seconds)
    return (instance.group.cpu_us() - before) / requests


def process_cpu_us(pid: int) -> int:
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1_000_000 // os.sysconf("SC_CLK_TCK")


def measure(server: Server, bin_dir: pathlib.Path, rounds: int, seconds: int, warm_s: int) -> list[Row]:
    with Stack(bin_dir) as stack, contextlib.ExitStack() as instances:
        preload = ["env", f"LD_PRELOAD={bin_dir / 'libwrapper.so'}", f"STRACE_SOCKET={stack.socket}"]
        named = {name: instances.enter_context(running(server, name, preload if name == "ours" else []))
                 for name in ("bare", "again", "ours")}
        for instance in named.values():
            server.load(instance, warm_s)
        agent = stack.processes["agent"].pid
        costs: dict[str, list[float]] = {name: [] for name in named}
        agent_costs, events = [], 0
        for turn in range(rounds):
            for name, instance in named.items():
                stack.s_trace("session", "start", session := f"{server.name}-{turn}-{name}")
                before = process_cpu_us(agent)
                costs[name].append(cost(server, instance, seconds))
                stack.s_trace("session", "stop")
                if name == "ours":
                    shown = json.loads(stack.s_trace("session", "show", session, "-o", "json"))
                    events += shown["events"]
                    agent_costs.append((process_cpu_us(agent) - before) / max(shown["events"], 1))
                stack.s_trace("session", "delete", session)
    if events == 0:
        raise SystemExit(f"bench-servers measured nothing: {server.name} left no event in the session")
    ours, bare = statistics.median(costs["ours"]), statistics.median(costs["bare"])
    ratio = statistics.median(a / b for a, b in zip(costs["ours"], costs["bare"]))
    spread = statistics.median(abs(a / b - 1) for a, b in zip(costs["again"], costs["bare"]))
    return [Row(server.case, "CPU a request (noise: of ratio)", "us", ours, bare, "bare", ratio, spread, rounds, max(1.03, round(1 + spread, 3))),
            Row(server.case, "agent's CPU an event", "us", statistics.median(agent_costs), runs=rounds),
            Row(server.case, "events recorded", "", events, runs=rounds)]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=pathlib.Path, default=pathlib.Path("bin"))
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("out/bench"))
    parser.add_argument("--short", action="store_true")
    parser.add_argument("names", nargs="*", help="servers; all of them when none is named")
    arguments = parser.parse_args()
    if os.geteuid() != 0:
        raise SystemExit("bench-servers must run as root: it makes control groups and starts servers as their own users")
    rounds, seconds, warm_s = (2, 1, 1) if arguments.short else (8, 3, 5)
    rows: list[Row] = []
    for server in SERVERS:
        if arguments.names and server.name not in arguments.names:
            continue
        missing = [program for program in server.programs if shutil.which(program) is None]
        if missing:
            raise SystemExit(f"bench-servers needs {', '.join(missing)}: apt-get install {server.packages}")
        print(server.case, file=sys.stderr)
        rows += measure(server, arguments.bin.resolve(), rounds, seconds, warm_s)
    write(arguments.out, "servers", rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
