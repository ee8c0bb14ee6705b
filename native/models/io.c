#include "io.h"

#include <aio.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "../ntier/fail.h"

#define POLLING_PAUSE_NS 5000000 /* a whole pool polls: more often, it leaves no processor to those that have work */
#define AIO_THREADS 512          /* libc blocks one for each operation under way */

const char *const io_names[IO_COUNT] = {"blocking", "polling", "select", "epoll", "signal", "async"};

int io_signal(void) {
    return SIGRTMIN + 1;
}

void io_init(enum io io) {
    signal(SIGPIPE, SIG_IGN);
    if (io == IO_SIGNAL || io == IO_ASYNC) {
        sigset_t told;
        sigemptyset(&told);
        sigaddset(&told, io_signal());
        sigaddset(&told, SIGIO);
        sigprocmask(SIG_BLOCK, &told, NULL);
    }
    if (io == IO_ASYNC) {
        const struct aioinit settings = {.aio_threads = AIO_THREADS, .aio_num = AIO_THREADS};
        aio_init(&settings);
    }
}

void io_make_nonblocking(int fd) {
    if (fcntl(fd, F_SETFL, O_NONBLOCK) != 0)
        fail("cannot make a socket non-blocking: %s", strerror(errno));
}

void io_tell_by_signal(int fd) {
    const struct f_owner_ex self = {F_OWNER_TID, gettid()};
    if (fcntl(fd, F_SETOWN_EX, &self) != 0 || fcntl(fd, F_SETSIG, io_signal()) != 0 ||
        fcntl(fd, F_SETFL, O_NONBLOCK | O_ASYNC) != 0)
        fail("cannot have signals for a socket: %s", strerror(errno));
}

void io_adopt(enum io io, int fd) {
    if (io == IO_SIGNAL)
        io_tell_by_signal(fd);
    else if (io == IO_POLLING || io == IO_SELECT)
        io_make_nonblocking(fd);
}

void io_pause(void) {
    const struct timespec pause = {0, POLLING_PAUSE_NS};
    nanosleep(&pause, NULL);
}

static void wait_selected(int fd, bool writing) {
    fd_set set;
    FD_ZERO(&set);
    FD_SET(fd, &set);
    select(fd + 1, writing ? NULL : &set, writing ? &set : NULL, NULL, NULL);
}

static void wait_signal(void) {
    sigset_t told;
    sigemptyset(&told);
    sigaddset(&told, io_signal());
    sigaddset(&told, SIGIO); /* in place of the other when too many wait */
    sigwaitinfo(&told, NULL);
}

/* Whether a call that failed is to be made again, after waiting as the model does. */
static bool again(enum io io, int fd, bool writing) {
    if (errno == EINTR)
        return true;
    if (errno != EAGAIN)
        return false;
    if (io == IO_POLLING)
        io_pause();
    else if (io == IO_SELECT)
        wait_selected(fd, writing);
    else
        wait_signal();
    return true;
}

int io_accept_one(int listener, struct call *call) {
    do {
        *call = truth_enter("accept");
        int fd = accept(listener, NULL, NULL);
        if (fd >= 0) {
            truth_leave(*call);
            return fd;
        }
        truth_cancel(*call);
    } while (errno == ECONNABORTED || errno == EINTR);
    if (errno != EAGAIN)
        fail("cannot accept a connection: %s", strerror(errno));
    return -1;
}

int io_accept(enum io io, int listener, struct call *call) {
    int fd;
    while ((fd = io_accept_one(listener, call)) < 0)
        again(io, listener, false);
    return fd;
}

static void complete(struct aiocb *block) {
    const struct aiocb *const blocks[] = {block};
    while (aio_error(block) == EINPROGRESS)
        aio_suspend(blocks, 1, NULL);
}

static ssize_t take_result(struct aiocb *block, struct call *call) {
    complete(block);
    *call = truth_enter("aio_return");
    ssize_t count = aio_return(block);
    truth_leave(*call);
    return count;
}

static ssize_t receive_some(enum io io, int fd, void *bytes, size_t length, struct call *call) {
    if (io == IO_ASYNC) {
        struct aiocb block = {.aio_fildes = fd, .aio_buf = bytes, .aio_nbytes = length};
        return aio_read(&block) == 0 ? take_result(&block, call) : -1;
    }
    for (;;) {
        *call = truth_enter("recv");
        ssize_t count = recv(fd, bytes, length, 0);
        if (count >= 0) {
            truth_leave(*call);
            return count;
        }
        truth_cancel(*call);
        if (!again(io, fd, false))
            return -1;
    }
}

/* A header comes in one piece, because it was sent by one call: its first call stands for all. */
static bool receive_all(enum io io, int fd, void *bytes, size_t length, struct call *first) {
    for (size_t done = 0; done < length;) {
        struct call call;
        ssize_t count = receive_some(io, fd, (char *)bytes + done, length - done, &call);
        if (count <= 0)
            return false;
        if (done == 0)
            *first = call;
        done += (size_t)count;
    }
    return true;
}

bool io_receive(enum io io, int fd, struct message *message, bool answer, struct call *first) {
    struct call body;
    if (!receive_all(io, fd, &message->frame, sizeof message->frame, first) || !frame_is_sound(&message->frame, answer))
        return false;
    truth_claim(*first, message->frame.request, &message->frame.sender);
    truth_begin(message->frame.request, first->self);
    return receive_all(io, fd, message->body, message->frame.length, &body);
}

static bool send_async(int fd, struct message *message) {
    for (size_t done = 0, size = message_size(message); done < size;) {
        struct call call = truth_enter("aio_write");
        if (done == 0)
            message->frame.sender = call.self;
        struct aiocb block = {.aio_fildes = fd, .aio_buf = (char *)message + done, .aio_nbytes = size - done};
        int result = aio_write(&block);
        truth_leave(call);
        ssize_t count = result == 0 ? take_result(&block, &call) : -1;
        if (count <= 0)
            return false;
        done += (size_t)count;
    }
    return true;
}

bool io_send(enum io io, int fd, struct message *message) {
    if (io == IO_ASYNC)
        return send_async(fd, message);
    for (size_t done = 0, size = message_size(message); done < size;) {
        struct call call = truth_enter("send");
        if (done == 0)
            message->frame.sender = call.self;
        ssize_t count = send(fd, (char *)message + done, size - done, MSG_NOSIGNAL);
        if (count > 0) {
            truth_leave(call);
            done += (size_t)count;
            continue;
        }
        truth_cancel(call);
        if (!again(io, fd, true))
            return false;
    }
    return true;
}
