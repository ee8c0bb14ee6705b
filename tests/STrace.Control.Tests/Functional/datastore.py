"""datastore.py INTERFACE...: sends the frames that come by lines "INTERFACE HEX" and prints what it receives.

Prints "ready", "sent" for each frame that has left, and "INTERFACE NANOSECONDS HEX" for each that came in.
"""
import selectors
import socket
import sys
import time

ETH_P_ALL = 3
OUTGOING = 4

interfaces = {}
ready = selectors.DefaultSelector()
for name in sys.argv[1:]:
    tap = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    tap.bind((name, 0))
    interfaces[name] = tap
    ready.register(tap, selectors.EVENT_READ, name)
ready.register(sys.stdin.buffer.raw, selectors.EVENT_READ, None)
print("ready", flush=True)

rest = b""
while True:
    for key, _ in ready.select():
        if key.data is not None:
            frame, address = key.fileobj.recvfrom(65536)
            if address[2] != OUTGOING:
                print(key.data, time.time_ns(), frame.hex(), flush=True)
            continue
        read = key.fileobj.read(65536)
        if not read:
            sys.exit()
        *lines, rest = (rest + read).split(b"\n")
        for line in lines:
            name, frame = line.decode().split()
            interfaces[name].send(bytes.fromhex(frame))
            print("sent", flush=True)
