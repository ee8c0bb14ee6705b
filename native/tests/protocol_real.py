"""A hundred HTTP exchanges over a socket pair, both ends in this process, in pieces of odd sizes."""
import socket

client, server = socket.socketpair()


def exchange(sender, receiver, message, piece):
    for at in range(0, len(message), piece):
        sender.send(message[at : at + piece])
    left = len(message)
    while left > 0:
        left -= len(receiver.recv(min(left, 2 * piece)))


for number in range(100):
    exchange(client, server, b"GET /item/%d HTTP/1.1\r\nHost: shop\r\n\r\n" % number, 7 + number)
    exchange(server, client, b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % number + b"x" * number, 11 + number)
