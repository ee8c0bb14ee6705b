/* One thread for all connections, told when a descriptor is ready: section 2.2.4 of the dissertation. */
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include "conn.h"
#include "waiter.h"

static const struct waiter *waiter;
static bool write_when_ready;
static struct conn *conns[DESCRIPTORS_MAX];
static struct conn *writers[DESCRIPTORS_MAX]; /* may be able to write at once */
static unsigned writer_count;

static void want(struct conn *conn) {
    conns[conn->link.fd] = conn;
    if (conn->writing && !conn->link.on_its_way && !write_when_ready)
        writers[writer_count++] = conn;
    else
        waiter->watch(conn->link.fd, conn->writing ? POLLOUT : POLLIN);
}

static void leave(int fd) {
    waiter->watch(fd, 0);
    conns[fd] = NULL;
}

/* False when nothing could be moved yet. */
static bool step(struct conn *conn) {
    void *bytes;
    size_t length = conn_span(conn, &bytes);
    conn_resume(conn);
    struct call call = truth_enter(conn->writing ? "send" : "recv");
    if (conn->writing && conn->done == 0)
        conn->message.frame.sender = call.self;
    ssize_t count =
        conn->writing ? send(conn->link.fd, bytes, length, MSG_NOSIGNAL) : recv(conn->link.fd, bytes, length, 0);
    if (count < 0 && errno == EAGAIN) {
        truth_cancel(call);
        return false;
    }
    truth_leave(call);
    conn_moved(conn, call, count);
    return true;
}

static void write_at_once(void) {
    while (writer_count > 0) {
        struct conn *conn = writers[--writer_count];
        if (!step(conn))
            waiter->watch(conn->link.fd, POLLOUT);
    }
}

_Noreturn void event_run(const struct options *options, int listener) {
    static int ready[DESCRIPTORS_MAX];
    waiter = waiters[options->io];
    write_when_ready = options->write_when_ready;
    conn_init(options);
    conn_want = want;
    conn_leave = leave;
    io_make_nonblocking(listener);
    waiter->open();
    waiter->watch(listener, POLLIN);
    for (;;) {
        unsigned count = waiter->wait(ready);
        for (unsigned i = 0; i < count; i++) {
            if (ready[i] == listener)
                conn_accept(listener);
            else if (conns[ready[i]] != NULL)
                step(conns[ready[i]]);
            write_at_once();
        }
    }
}
