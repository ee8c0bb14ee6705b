"""keepalive.py serve PORT | keepalive.py call ADDRESS:PORT...: TCP connections that stay open.

The server answers on a connection that begins with "echo", and speaks without being asked on one that begins with "push".
The caller keeps one of each to every address; for a line from stdin it prints "ok" when each connection has moved ROUNDS more
numbers, all of them in order. It prints "lost: WHY" when one has not.
"""
import socket
import sys
import threading
import time

ROUNDS = 50
PAUSE_S = 0.001


def serve(peer):
    stream = peer.makefile("rwb")
    pushes = stream.readline() == b"push\n"
    number = 0
    while True:
        line = b"%d\n" % number if pushes else stream.readline()
        if not line:
            return
        stream.write(line)
        stream.flush()
        number += 1
        if pushes:
            time.sleep(PAUSE_S)


class Caller(threading.Thread):
    def __init__(self, kind, address):
        super().__init__(daemon=True)
        self.kind, self.name, self.moved, self.failure = kind, f"{kind} {address}", 0, None
        host, port = address.split(":")
        self.stream = socket.create_connection((host, int(port)), timeout=20).makefile("rwb")
        self.stream.write(kind.encode() + b"\n")
        self.stream.flush()

    def run(self):
        try:
            while True:
                if self.kind == "echo":
                    self.stream.write(b"%d\n" % self.moved)
                    self.stream.flush()
                    time.sleep(PAUSE_S)
                line = self.stream.readline()
                if line != b"%d\n" % self.moved:
                    raise OSError(f"got {line!r} for {self.moved}")
                self.moved += 1
        except OSError as error:
            self.failure = error


def wait(caller, goal):
    while caller.moved < goal:
        if caller.failure:
            sys.exit(f"lost: {caller.name}: {caller.failure}")
        time.sleep(PAUSE_S)


if sys.argv[1] == "serve":
    with socket.create_server(("0.0.0.0", int(sys.argv[2]))) as listener:
        print("serving", flush=True)
        while True:
            threading.Thread(target=serve, args=[listener.accept()[0]], daemon=True).start()

callers = [Caller(kind, address) for address in sys.argv[2:] for kind in ("echo", "push")]
for each in callers:
    each.start()
for _ in sys.stdin:
    for each, goal in [(each, each.moved + ROUNDS) for each in callers]:
        wait(each, goal)
    print("ok", flush=True)
