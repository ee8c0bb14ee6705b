"""TCP relays on both sides of a proxy, what they carried, and whether both sides carried the same messages."""
from __future__ import annotations

import socket
import struct
import threading

Messages = list[bytes]
HELLO, ECHO_REQUEST, ECHO_REPLY, FEATURES_REPLY, PACKET_IN, FLOW_REMOVED, PORT_STATUS = 0, 2, 3, 6, 10, 11, 12
OWN_XIDS = 0xFE  # the first byte of the xids of the manager's own messages
MANAGERS_ADDRESS = bytes.fromhex("025354000000")  # of its LLDP frames and ARP probes
LLDP = 0x88CC


class Relay:
    """Listens on a port of its own and passes every connection on to a target, keeping the bytes of both directions."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = self._door.getsockname()[1]
        self.connections: list[tuple[bytearray, bytearray]] = []  # from who connected, and to it
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            caller, _ = self._door.accept()
            try:
                target = socket.create_connection(("127.0.0.1", self._target))
            except OSError:
                caller.close()
                continue
            carried = (bytearray(), bytearray())
            self.connections.append(carried)
            for source, sink, kept in ((caller, target, carried[0]), (target, caller, carried[1])):
                source.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                threading.Thread(target=self._pass, args=(source, sink, kept), daemon=True).start()

    @staticmethod
    def _pass(source: socket.socket, sink: socket.socket, kept: bytearray) -> None:
        try:
            while data := source.recv(65536):
                kept += data
                sink.sendall(data)
        except OSError:
            pass
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


def messages(stream: bytes) -> Messages:
    found, at = [], 0
    while at + 8 <= len(stream) and at + (length := struct.unpack_from("!H", stream, at + 2)[0]) <= len(stream):
        found.append(bytes(stream[at:at + length]))
        at += length
    return found


def of_the_channel(message: bytes) -> bool:
    return message[1] in (HELLO, ECHO_REQUEST, ECHO_REPLY)


def for_the_manager(message: bytes) -> bool:
    """A message from a switch that only the manager's own doings brought about."""
    if message[1] == PACKET_IN:
        return message[18:24] == MANAGERS_ADDRESS or message[24:30] == MANAGERS_ADDRESS
    return False


def dpid(to_controller: Messages) -> int | None:
    return next((struct.unpack_from("!Q", m, 8)[0] for m in to_controller if m[1] == FEATURES_REPLY), None)


def difference(south: Relay, north: Relay) -> tuple[str | None, int]:
    """In what the streams of both sides differ that should not; and how many messages agree. South: to the switches."""
    switches = {dpid(messages(up)): (messages(up), messages(down)) for up, down in list(south.connections)}
    compared = 0
    for up_stream, down_stream in list(north.connections):
        up, down = messages(up_stream), messages(down_stream)
        name = dpid(up)
        if name is None:
            continue
        switch_up, switch_down = switches[name]
        asked = [m for m in down if not of_the_channel(m)]
        done = [m for m in switch_down if not of_the_channel(m) and m[4] != OWN_XIDS]
        if done and done[0][1] == 5 and done[0][4:8] == bytes(4):
            done = done[1:]  # the manager's FEATURES_REQUEST, which precedes the upstream
        said = [m for m in up if not of_the_channel(m)]
        told = [m for m in switch_up if not of_the_channel(m) and not for_the_manager(m)
                and (m[1] in (PACKET_IN, FLOW_REMOVED, PORT_STATUS) or m[4] != OWN_XIDS)]
        known = next(index for index, m in enumerate(told) if m[1] == FEATURES_REPLY)  # the manager's, which packets may precede
        told = told[:known] + told[known + 1:]
        early = len(told) - len(said)
        if early < 0 or any(m[1] not in (PACKET_IN, FLOW_REMOVED, PORT_STATUS) for m in told[:early]):
            return f"switch {name:x}: {len(told)} messages came from it, {len(said)} went to the controller", compared
        for way, one, other in (("from", told[early:], said), ("to", done, asked)):
            for index, (at_switch, at_controller) in enumerate(zip(one, other)):
                if at_switch != at_controller:
                    return (f"switch {name:x}, message {index} {way} it: {at_switch.hex()} at the switch, "
                            f"{at_controller.hex()} at the controller"), compared
            if len(one) != len(other):
                return f"switch {name:x}: {len(one)} messages {way} it at the switch, {len(other)} at the controller", compared
            compared += len(one)
    return None, compared
