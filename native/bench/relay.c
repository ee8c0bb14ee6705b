/* The least that a proxy can do: copies bytes both ways, message borders or not. relay PORT TO-PORT, both on the
 * loopback. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BYTES = 1 << 16 };

struct end {
    int fd;
    struct end *other;
};

static _Noreturn void fail(const char *what) {
    fprintf(stderr, "relay: %s: %s\n", what, strerror(errno));
    exit(1);
}

static struct sockaddr_in loopback(const char *port) {
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_port = htons((unsigned short)atoi(port)),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static void watch(int poll, struct end *end) {
    int yes = 1;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = end};
    setsockopt(end->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    if (epoll_ctl(poll, EPOLL_CTL_ADD, end->fd, &event) < 0)
        fail("epoll_ctl");
}

static void open_pair(int poll, int taken, const struct sockaddr_in *to) {
    struct end *ends = calloc(2, sizeof *ends);
    ends[0] = (struct end){taken, &ends[1]};
    ends[1] = (struct end){socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), &ends[0]};
    if (connect(ends[1].fd, (const struct sockaddr *)to, sizeof *to) < 0)
        fail("cannot connect");
    watch(poll, &ends[0]);
    watch(poll, &ends[1]);
}

/* An end that is over ends the other; the pair's memory stays, the other may stand among the events that are taken now.
 */
static void copy(struct end *from) {
    static char bytes[BYTES];
    ssize_t count = recv(from->fd, bytes, sizeof bytes, MSG_DONTWAIT);
    if (count < 0 && errno == EAGAIN)
        return;
    for (ssize_t sent = 0; sent < count;) {
        ssize_t gone = send(from->other->fd, bytes + sent, (size_t)(count - sent), MSG_NOSIGNAL);
        if (gone < 0)
            count = 0;
        sent += gone;
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
    int yes = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), poll = epoll_create1(EPOLL_CLOEXEC);
    struct sockaddr_in self = loopback(arguments[1]), to = loopback(arguments[2]);
    struct epoll_event event = {.events = EPOLLIN};
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(listener, (struct sockaddr *)&self, sizeof self) < 0 || listen(listener, 512) < 0 ||
        epoll_ctl(poll, EPOLL_CTL_ADD, listener, &event) < 0)
        fail("cannot listen");
    puts("ready");
    fflush(stdout);
    for (;;) {
        struct epoll_event events[64];
        int ready = epoll_wait(poll, events, 64, -1);
        for (int i = 0; i < ready; i++) {
            if (events[i].data.ptr == NULL)
                open_pair(poll, accept4(listener, NULL, NULL, SOCK_CLOEXEC), &to);
            else
                copy(events[i].data.ptr);
        }
    }
}
