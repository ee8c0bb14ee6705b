"""node_hook.py RECORD LIBWRAPPER HOOK: whether the runtime hook for Node.js tells of every byte whose it is. The truth is a key in
each request's URL and in all that is sent for it, which the hook does not know; prints "N right, N wrong"."""
import asyncio
import collections
import os
import re
import sys
import tempfile

REQUESTS, IN_FLIGHT = 300, 32
KEY = re.compile(rb"key\d+")

sent = {}  # port of each connection to this process: what came on it
keys = {}  # port of each connection from this process: the key of its request


async def lines(reader, writer):
    data = sent[writer.get_extra_info("peername")[1]] = bytearray()
    while more := await reader.read(65536):
        data += more
        writer.write(b"+" * more.count(b"\n"))
    writer.close()


async def http(reader, writer):
    data = sent[writer.get_extra_info("peername")[1]] = bytearray()
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            body = await reader.readexactly(int(re.search(rb"(?i)content-length: (\d+)", head)[1]))
            data += head + body
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
    except asyncio.IncompleteReadError:
        writer.close()


async def request(port, key):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    keys[writer.get_extra_info("sockname")[1]] = key
    writer.write(b"POST /%s HTTP/1.1\r\nhost: h\r\nconnection: close\r\ncontent-length: 2\r\n\r\na" % key)
    await asyncio.sleep(0)
    writer.write(b"b")
    await reader.read()
    writer.close()


async def run(record, library, hook, summary):
    peers = [await asyncio.start_server(peer, "127.0.0.1", 0) for peer in (lines, http)]
    ports = [str(peer.sockets[0].getsockname()[1]) for peer in peers]
    node = await asyncio.create_subprocess_exec(
        record, "--each", library, summary, "node", os.path.join(os.path.dirname(__file__), "node_hook.js"), *ports,
        env=os.environ | {"NODE_OPTIONS": f"--require {hook}"}, stdout=asyncio.subprocess.PIPE)
    port = int(await node.stdout.readline())
    turns = asyncio.Semaphore(IN_FLIGHT)

    async def take_turn(i):
        async with turns:
            await request(port, b"key%05d" % i)

    await asyncio.gather(*(take_turn(i) for i in range(REQUESTS)))
    await request(port, b"last")
    await node.wait()


def count(summary):
    """Holds what was declared against what was sent."""
    ports, requests, declared = {}, {}, collections.defaultdict(list)
    for line in open(summary, encoding="ascii"):
        words = line.split()
        if len(words) != 8:
            continue
        values = [int(word) for word in words[4:]]
        if words[3] == "OBJECT":
            ports[values[0]] = values[2:4]
        elif words[3] == "CONTEXT" and values[1] == 1:
            number, _, length, context = values
            if length == 0:
                requests[context] = keys[ports[number][1]]
            else:
                declared[ports[number][0]] += [context] * length
    right = wrong = 0
    for port, data in sent.items():
        for match in KEY.finditer(data):
            owners = {requests.get(context) for context in declared[port][match.start():match.end()]}
            right, wrong = (right + 1, wrong) if owners == {match[0]} else (right, wrong + 1)
        wrong += len(declared[port]) != len(data)
    return right, wrong


def main():
    with tempfile.NamedTemporaryFile() as summary:
        asyncio.run(run(*sys.argv[1:4], summary.name))
        print("%d right, %d wrong" % count(summary.name))


if __name__ == "__main__":
    main()
