#!/usr/bin/python3
"""What the hosts of ring.py run; each says "ready" first.

    send N                 N broadcasts of an experimental kind
    count N                counts those that come until 2 s after N have; prints how often each came, 0 where they differ
    serve NAME FIRST LAST  answers each line on these ports with name and port
    call IP PORT           prints the answer to one line
    hold IP PORT           the same for every line of stdin, over one connection
"""
import socket
import socketserver
import struct
import sys
import threading
import time

EXPERIMENTAL = 0x88B5  # IEEE 802, local experimental ethertype 1
QUIET_S = 2
PATIENCE_S = 20


def raw():
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(EXPERIMENTAL))
    sock.bind((next(name for _, name in socket.if_nameindex() if name.endswith("-eth0")), EXPERIMENTAL))
    return sock


def send(count):
    sock = raw()
    for number in range(int(count)):
        sock.send(b"\xff" * 6 + sock.getsockname()[4] + struct.pack("!HI", EXPERIMENTAL, number) + bytes(46))


def count(expected):
    sock, seen, end = raw(), {}, time.monotonic() + PATIENCE_S
    print("ready", flush=True)
    while (left := end - time.monotonic()) > 0:
        sock.settimeout(left)
        try:
            number = struct.unpack_from("!I", sock.recv(2048), 14)[0]
        except TimeoutError:
            break
        seen[number] = seen.get(number, 0) + 1
        if len(seen) == int(expected):
            end = min(end, time.monotonic() + QUIET_S)
    times = {seen.get(number, 0) for number in range(int(expected))}
    print(times.pop() if len(times) == 1 else 0)


class Answer(socketserver.StreamRequestHandler):
    def handle(self):
        for _ in self.rfile:
            self.wfile.write(f"{self.server.name} {self.server.server_address[1]}\n".encode())


def serve(name, first, last):
    socketserver.ThreadingTCPServer.allow_reuse_address = True
    for port in range(int(first), int(last) + 1):
        server = socketserver.ThreadingTCPServer(("", port), Answer)
        server.name = name
        threading.Thread(target=server.serve_forever).start()
    print("ready", flush=True)


def hold(address, port, lines=None):
    with socket.create_connection((address, int(port)), timeout=PATIENCE_S) as connection, connection.makefile("rw") as talk:
        for line in lines or sys.stdin:
            talk.write(line)
            talk.flush()
            print(talk.readline().strip(), flush=True)


def call(address, port):
    hold(address, port, ["hello\n"])


if __name__ == "__main__":
    what = {"send": send, "count": count, "serve": serve, "call": call, "hold": hold}[sys.argv[1]]
    if what not in (serve, count):
        print("ready", flush=True)
    what(*sys.argv[2:])
