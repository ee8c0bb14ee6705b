/* The least that an OpenFlow controller can do: each PACKET_IN is answered with the same FLOW_MOD and its buffer id.
   The ceiling of what `switches` can measure: responder PORT. One thread; ends with SIGTERM. */
#include <stdint.h>

#include "loopback.h"

enum { HELLO, ECHO_REQUEST = 2, ECHO_REPLY, FEATURES_REQUEST = 5, PACKET_IN = 10, FLOW_MOD = 14 };
enum { HEADER = 8, FLOW_MOD_BYTES = 80, IN_BYTES = 1 << 16, OUT_BYTES = IN_BYTES / HEADER * FLOW_MOD_BYTES };

struct peer {
    int fd;
    size_t in;
    uint8_t received[IN_BYTES];
};

static uint8_t answer[OUT_BYTES];

static size_t put(size_t at, unsigned type, const uint8_t *asked, size_t length) {
    memset(answer + at, 0, length);
    answer[at] = 1;
    answer[at + 1] = (uint8_t)type;
    answer[at + 3] = (uint8_t)length;
    memcpy(answer + at + 4, asked + 4, 4);
    return at + length;
}

static size_t put_rule(size_t at, const uint8_t *packet_in) {
    size_t end = put(at, FLOW_MOD, packet_in, FLOW_MOD_BYTES);
    memcpy(answer + at + 64, packet_in + 8, 4); /* buffer id */
    answer[at + 75] = 8;                        /* one action of 8 bytes: output to port 2 */
    answer[at + 77] = 2;
    return end;
}

static int serve(struct peer *peer) {
    ssize_t count = recv(peer->fd, peer->received + peer->in, sizeof peer->received - peer->in, 0);
    if (count <= 0)
        return 0;
    peer->in += (size_t)count;
    size_t at = 0, out = 0;
    for (size_t length; peer->in - at >= HEADER; at += length) {
        const uint8_t *message = peer->received + at;
        length = (size_t)message[2] << 8 | message[3];
        if (length < HEADER || peer->in - at < length)
            break;
        if (message[1] == PACKET_IN)
            out = put_rule(out, message);
        else if (message[1] == HELLO)
            out = put(put(out, HELLO, message, HEADER), FEATURES_REQUEST, message, HEADER);
        else if (message[1] == ECHO_REQUEST)
            out = put(out, ECHO_REPLY, message, HEADER);
    }
    memmove(peer->received, peer->received + at, peer->in - at);
    peer->in -= at;
    for (size_t sent = 0; sent < out;) {
        ssize_t gone = send(peer->fd, answer + sent, out - sent, MSG_NOSIGNAL);
        if (gone < 0)
            return 0;
        sent += (size_t)gone;
    }
    return 1;
}

int main(int count, char **arguments) {
    if (count != 2) {
        fprintf(stderr, "usage: responder PORT\n");
        return 2;
    }
    int poll = epoll_create1(EPOLL_CLOEXEC), listener = listen_at(poll, (unsigned)atoi(arguments[1]));
    for (;;) {
        struct epoll_event events[64];
        int ready = epoll_wait(poll, events, 64, -1);
        for (int i = 0; i < ready; i++) {
            struct peer *peer = events[i].data.ptr;
            if (peer == NULL) {
                peer = calloc(1, sizeof *peer);
                peer->fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
                watch(poll, peer->fd, peer);
            } else if (!serve(peer)) {
                close(peer->fd);
                free(peer);
            }
        }
    }
}
