/* Waiting for descriptors: epoll, poll and select. What they wait for is the application's; they change nothing. */
#include "io.h"
#include "real.h"

#include <stdlib.h>

static int64_t in_ms(const struct timespec *timeout) {
    return timeout == NULL ? -1 : (int64_t)timeout->tv_sec * 1000 + timeout->tv_nsec / 1000000;
}

int st_end_epoll_create(struct st_call *call, int first, int fd) {
    if (fd >= 0)
        call->object = st_fd_created(fd, ST_KIND_OTHER, "", ST_OBJ_CREATED);
    st_end(call, &(struct st_done){.result = fd, .arg = {(uint64_t)first}});
    return fd;
}

ST_EXPORT int epoll_create(int size) {
    struct st_call call;
    st_begin(&call, ST_EPOLL_CREATE);
    return st_end_epoll_create(&call, size, ST_ORIGINAL(epoll_create)(size));
}

ST_EXPORT int epoll_create1(int flags) {
    struct st_call call;
    st_begin(&call, ST_EPOLL_CREATE);
    return st_end_epoll_create(&call, flags, ST_ORIGINAL(epoll_create1)(flags));
}

int st_end_epoll_ctl(struct st_call *call, int epoll, int operation, int fd, int result) {
    st_end(call, &(struct st_done){.result = result, .arg = {(uint64_t)epoll, (uint64_t)operation, (uint64_t)fd}});
    return result;
}

ST_EXPORT int epoll_ctl(int epoll, int operation, int fd, struct epoll_event *event) {
    struct st_call call;
    st_begin_on(&call, ST_EPOLL_CTL, fd);
    return st_end_epoll_ctl(&call, epoll, operation, fd, ST_ORIGINAL(epoll_ctl)(epoll, operation, fd, event));
}

int st_end_epoll_wait(struct st_call *call, int epoll, int room, int64_t timeout_ms, int result) {
    st_end(call, &(struct st_done){.result = result, .arg = {(uint64_t)epoll, (uint64_t)room, (uint64_t)timeout_ms}});
    return result;
}

ST_EXPORT int epoll_wait(int epoll, struct epoll_event *events, int room, int timeout) {
    struct st_call call;
    st_begin_on(&call, ST_EPOLL_WAIT, epoll);
    return st_end_epoll_wait(&call, epoll, room, timeout, ST_ORIGINAL(epoll_wait)(epoll, events, room, timeout));
}

ST_EXPORT int epoll_pwait(int epoll, struct epoll_event *events, int room, int timeout, const sigset_t *mask) {
    struct st_call call;
    st_begin_on(&call, ST_EPOLL_WAIT, epoll);
    return st_end_epoll_wait(&call, epoll, room, timeout, ST_ORIGINAL(epoll_pwait)(epoll, events, room, timeout, mask));
}

ST_EXPORT int epoll_pwait2(int epoll, struct epoll_event *events, int room, const struct timespec *timeout,
                           const sigset_t *mask) {
    struct st_call call;
    st_begin_on(&call, ST_EPOLL_WAIT, epoll);
    int result = ST_ORIGINAL(epoll_pwait2)(epoll, events, room, timeout, mask);
    int64_t timeout_ms = result >= 0 || errno == EINTR ? in_ms(timeout) : 0; /* the kernel has read it, or not */
    return st_end_epoll_wait(&call, epoll, room, timeout_ms, result);
}

static int first_ready(const struct pollfd *fds, nfds_t count, int result) {
    for (nfds_t i = 0; result > 0 && i < count; i++)
        if (fds[i].revents != 0)
            return fds[i].fd;
    return -1;
}

static int end_poll(struct st_call *call, nfds_t count, int64_t timeout_ms, int first, int result) {
    st_end(call, &(struct st_done){.result = result, .arg = {count, (uint64_t)timeout_ms, (uint64_t)first}});
    return result;
}

ST_EXPORT int poll(struct pollfd *fds, nfds_t count, int timeout) {
    struct st_call call;
    st_begin(&call, ST_POLL);
    int result = ST_ORIGINAL(poll)(fds, count, timeout);
    return end_poll(&call, count, timeout, first_ready(fds, count, result), result);
}

ST_EXPORT int __poll_chk(struct pollfd *fds, nfds_t count, int timeout, size_t room) {
    struct st_call call;
    st_begin(&call, ST_POLL);
    int result = ST_ORIGINAL(__poll_chk)(fds, count, timeout, room);
    return end_poll(&call, count, timeout, first_ready(fds, count, result), result);
}

/* From here on the original itself reads the timeout outside the kernel, so it may be read before. */

ST_EXPORT int ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout, const sigset_t *mask) {
    struct st_call call;
    st_begin(&call, ST_PPOLL);
    int result = ST_ORIGINAL(ppoll)(fds, count, timeout, mask);
    return end_poll(&call, count, in_ms(timeout), first_ready(fds, count, result), result);
}

ST_EXPORT int __ppoll_chk(struct pollfd *fds, nfds_t count, const struct timespec *timeout, const sigset_t *mask,
                          size_t room) {
    struct st_call call;
    st_begin(&call, ST_PPOLL);
    int result = ST_ORIGINAL(__ppoll_chk)(fds, count, timeout, mask, room);
    return end_poll(&call, count, in_ms(timeout), first_ready(fds, count, result), result);
}

/* The sets hold whole words, whatever FD_SETSIZE is: programs make larger ones. */
static int first_in(int count, int result, const fd_set *readable, const fd_set *writable, const fd_set *failed) {
    const fd_set *sets[] = {readable, writable, failed};
    int first = -1;
    for (int i = 0; result > 0 && i < 3; i++)
        for (int fd = 0; sets[i] != NULL && fd < (first < 0 ? count : first); fd++)
            if (sets[i]->fds_bits[fd / NFDBITS] >> fd % NFDBITS & 1)
                first = fd;
    return first;
}

ST_EXPORT int select(int count, fd_set *readable, fd_set *writable, fd_set *failed, struct timeval *timeout) {
    struct st_call call;
    int64_t timeout_ms = timeout == NULL ? -1 : (int64_t)timeout->tv_sec * 1000 + timeout->tv_usec / 1000;
    st_begin(&call, ST_SELECT);
    int result = ST_ORIGINAL(select)(count, readable, writable, failed, timeout);
    return end_poll(&call, (nfds_t)count, timeout_ms, first_in(count, result, readable, writable, failed), result);
}

ST_EXPORT int pselect(int count, fd_set *readable, fd_set *writable, fd_set *failed, const struct timespec *timeout,
                      const sigset_t *mask) {
    struct st_call call;
    st_begin(&call, ST_PSELECT);
    int result = ST_ORIGINAL(pselect)(count, readable, writable, failed, timeout, mask);
    return end_poll(&call, (nfds_t)count, in_ms(timeout), first_in(count, result, readable, writable, failed), result);
}
