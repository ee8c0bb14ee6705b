/* The least that a proxy can do: copies bytes both ways, message borders or not. relay PORT TO-PORT, both on the
 * loopback. */
#include "loopback.h"

enum { BYTES = 1 << 16 };

struct end {
    int fd;
    struct end *other;
};

static void open_pair(int poll, int taken, unsigned to) {
    struct end *ends = calloc(2, sizeof *ends);
    ends[0] = (struct end){taken, &ends[1]};
    ends[1] = (struct end){connect_to(to), &ends[0]};
    watch(poll, ends[0].fd, &ends[0]);
    watch(poll, ends[1].fd, &ends[1]);
}

/* An end that is over ends the other; the pair's memory stays, the other may stand among the events that are taken now.
 */
static void copy(struct end *from) {
    static char bytes[BYTES];
    ssize_t count = recv(from->fd, bytes, sizeof bytes, MSG_DONTWAIT);
    if (count < 0 && errno == EAGAIN)
        return;
    for (ssize_t sent = 0, gone; sent < count; sent += gone) {
        gone = send(from->other->fd, bytes + sent, (size_t)(count - sent), MSG_NOSIGNAL);
        if (gone < 0)
            gone = count = 0;
    }
    if (count <= 0) {
        shutdown(from->other->fd, SHUT_RDWR);
        close(from->fd);
    }
}

int main(int count, char **arguments) {
    if (count != 3) {
        fprintf(stderr, "usage: relay PORT TO-PORT\n");
        return 2;
    }
    int poll = epoll_create1(EPOLL_CLOEXEC), listener = listen_at(poll, (unsigned)atoi(arguments[1]));
    for (;;) {
        struct epoll_event events[64];
        int ready = epoll_wait(poll, events, 64, -1);
        for (int i = 0; i < ready; i++) {
            if (events[i].data.ptr == NULL)
                open_pair(poll, accept4(listener, NULL, NULL, SOCK_CLOEXEC), (unsigned)atoi(arguments[2]));
            else
                copy(events[i].data.ptr);
        }
    }
}
