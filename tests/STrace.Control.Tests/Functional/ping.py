"""ping.py ADDRESS: one ICMP echo request; exit 0 when it is answered within 5 s (the machine need not have ping)."""
import socket
import struct
import sys

ECHO_REQUEST, ECHO_REPLY, IDENTIFIER = 8, 0, 0x5354


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total & 0xFFFF) + (total >> 16)
    return ~(total + (total >> 16)) & 0xFFFF


def message(check):
    return struct.pack("!BBHHH", ECHO_REQUEST, 0, check, IDENTIFIER, 1) + b"s-trace!"


icmp = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
icmp.settimeout(5)
icmp.sendto(message(checksum(message(0))), (sys.argv[1], 0))
while True:
    packet, (sender, _) = icmp.recvfrom(2048)
    kind, _, _, identifier, _ = struct.unpack("!BBHHH", packet[20:28])
    if kind == ECHO_REPLY and identifier == IDENTIFIER and sender == sys.argv[1]:
        break
