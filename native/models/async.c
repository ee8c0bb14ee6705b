/* One thread for all connections, told when an operation that it has submitted is complete. */
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "../ntier/fail.h"
#include "conn.h"

static void leave(int fd) {
    (void)fd; /* nothing is submitted for it */
}

static void submit(struct conn *conn) {
    void *bytes;
    size_t length = conn_span(conn, &bytes);
    conn->block = (struct aiocb){
        .aio_fildes = conn->link.fd,
        .aio_buf = bytes,
        .aio_nbytes = length,
        .aio_sigevent = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = io_signal(), .sigev_value.sival_ptr = conn}};
    if (!conn->writing) {
        if (aio_read(&conn->block) != 0)
            fail("cannot submit a read: %s", strerror(errno));
        return;
    }
    struct call call = truth_enter("aio_write");
    if (conn->done == 0)
        conn->message.frame.sender = call.self;
    if (aio_write(&conn->block) != 0)
        fail("cannot submit a write: %s", strerror(errno));
    truth_leave(call);
}

static void complete(struct conn *conn) {
    conn_resume(conn);
    struct call call = truth_enter("aio_return");
    ssize_t count = aio_return(&conn->block);
    truth_leave(call);
    conn_moved(conn, call, count);
}

/* POSIX can neither accept nor connect asynchronously: the listener tells by a signal, and connect blocks. */
_Noreturn void async_run(const struct options *options, int listener) {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, io_signal());
    sigaddset(&signals, SIGIO);
    conn_init(options);
    conn_want = submit;
    conn_leave = leave;
    io_tell_by_signal(listener);
    for (;;) {
        siginfo_t info;
        if (sigwaitinfo(&signals, &info) < 0)
            continue;
        if (info.si_code == SI_ASYNCIO)
            complete(info.si_value.sival_ptr);
        else
            conn_accept(listener);
    }
}
