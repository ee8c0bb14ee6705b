/* Calls that make, copy, configure and end descriptors. */
#include "io.h"
#include "real.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <stdarg.h>
#include <sys/ioctl.h>

/* The descriptor's number may be given away the moment it is closed, so it is forgotten before. */
void st_begin_close(struct st_call *call, int fd) {
    st_begin_on(call, ST_CLOSE, fd);
    st_fd_take(fd);
}

int st_end_close(struct st_call *call, int fd, int result) {
    st_end(call, &(struct st_done){.result = result, .arg = {(uint64_t)fd}});
    return result;
}

ST_EXPORT int close(int fd) {
    struct st_call call;
    st_begin_close(&call, fd);
    return st_end_close(&call, fd, ST_ORIGINAL(close)(fd));
}

ST_EXPORT int close_range(unsigned int first, unsigned int last, int flags) {
    if ((flags & CLOSE_RANGE_CLOEXEC) == 0)
        st_fd_forget_range(first, last);
    return ST_ORIGINAL(close_range)(first, last, flags);
}

ST_EXPORT void closefrom(int first) {
    st_fd_forget_range(first > 0 ? (unsigned int)first : 0, UINT_MAX);
    ST_ORIGINAL(closefrom)(first);
}

int st_end_dup(struct st_call *call, int from, int to, uint64_t third, int result) {
    if (result >= 0)
        st_fd_put(result, st_fd_get(from));
    st_end(call, &(struct st_done){
                     .result = result,
                     .arg = {(uint64_t)from, (uint64_t)(result >= 0 ? result : to), third},
                 });
    return result;
}

ST_EXPORT int dup(int fd) {
    struct st_call call;
    st_begin_on(&call, ST_DUP, fd);
    return st_end_dup(&call, fd, -1, 0, ST_ORIGINAL(dup)(fd));
}

ST_EXPORT int dup2(int from, int to) {
    struct st_call call;
    st_begin_on(&call, ST_DUP2, from);
    return st_end_dup(&call, from, to, 0, ST_ORIGINAL(dup2)(from, to));
}

ST_EXPORT int dup3(int from, int to, int flags) {
    struct st_call call;
    st_begin_on(&call, ST_DUP3, from);
    return st_end_dup(&call, from, to, (uint64_t)flags, ST_ORIGINAL(dup3)(from, to, flags));
}

static int fcntl_dup(int (*original)(int, int, ...), int fd, int command, long least) {
    struct st_call call;
    st_begin_on(&call, ST_FCNTL_DUPFD, fd);
    int result = original(fd, command, least);
    if (result >= 0)
        st_fd_put(result, st_fd_get(fd));
    st_end(&call, &(struct st_done){.result = result, .arg = {(uint64_t)fd, (uint64_t)command, (uint64_t)result}});
    return result;
}

/* Signal-driven I/O: who is sent which signal, and that it is sent. */
static int fcntl_async(int (*original)(int, int, ...), int fd, int command, long value) {
    struct st_call call;
    st_begin_on(&call, ST_FCNTL_ASYNC, fd);
    int result = original(fd, command, value);
    st_end(&call, &(struct st_done){.result = result, .arg = {(uint64_t)fd, (uint64_t)command, (uint64_t)value}});
    return result;
}

static int control(int (*original)(int, int, ...), int fd, int command, long argument) {
    if (command == F_DUPFD || command == F_DUPFD_CLOEXEC)
        return fcntl_dup(original, fd, command, argument);
    if (command == F_SETOWN || command == F_SETSIG || (command == F_SETFL && (argument & O_ASYNC) != 0))
        return fcntl_async(original, fd, command, (int)argument);
    return original(fd, command, argument);
}

/* Every command's third argument, where it has one, is an int or a pointer: either passes as a long. */
ST_EXPORT int fcntl(int fd, int command, ...) {
    va_list list;
    va_start(list, command);
    long argument = va_arg(list, long);
    va_end(list);
    return control(ST_ORIGINAL(fcntl), fd, command, argument);
}

ST_EXPORT int fcntl64(int fd, int command, ...) {
    va_list list;
    va_start(list, command);
    long argument = va_arg(list, long);
    va_end(list);
    return control(ST_ORIGINAL(fcntl64), fd, command, argument);
}

ST_EXPORT int ioctl(int fd, unsigned long command, ...) {
    va_list list;
    va_start(list, command);
    void *argument = va_arg(list, void *);
    va_end(list);
    if (command != FIOASYNC)
        return ST_ORIGINAL(ioctl)(fd, command, argument);
    struct st_call call;
    st_begin_on(&call, ST_IOCTL_ASYNC, fd);
    int result = ST_ORIGINAL(ioctl)(fd, command, argument);
    uint64_t on = result == 0 ? (uint64_t) * (const int *)argument : 0;
    st_end(&call, &(struct st_done){.result = result, .arg = {(uint64_t)fd, command, on}});
    return result;
}

int st_end_pipe(struct st_call *call, const int fds[2], int flags, int result) {
    struct st_done done = {.result = result, .arg = {UINT64_MAX, UINT64_MAX, (uint64_t)flags}};
    if (result == 0) {
        call->object = st_fd_created_pipe(fds);
        done.arg[0] = (uint64_t)fds[0];
        done.arg[1] = (uint64_t)fds[1];
    }
    st_end(call, &done);
    return result;
}

ST_EXPORT int pipe(int fds[2]) {
    struct st_call call;
    st_begin(&call, ST_PIPE);
    return st_end_pipe(&call, fds, 0, ST_ORIGINAL(pipe)(fds));
}

ST_EXPORT int pipe2(int fds[2], int flags) {
    struct st_call call;
    st_begin(&call, ST_PIPE2);
    return st_end_pipe(&call, fds, flags, ST_ORIGINAL(pipe2)(fds, flags));
}

int st_end_eventfd(struct st_call *call, unsigned int initial, int flags, int fd) {
    if (fd >= 0)
        call->object = st_fd_created_eventfd(fd);
    st_end(call, &(struct st_done){.result = fd, .arg = {initial, (uint64_t)flags}});
    return fd;
}

ST_EXPORT int eventfd(unsigned int initial, int flags) {
    struct st_call call;
    st_begin(&call, ST_EVENTFD);
    return st_end_eventfd(&call, initial, flags, ST_ORIGINAL(eventfd)(initial, flags));
}

static int counted(struct st_call *call, int fd, uint64_t value, int result) {
    st_end(call, &(struct st_done){
                     .result = result,
                     .arg = {(uint64_t)fd, value},
                     .length = result == 0 ? sizeof value : 0,
                 });
    return result;
}

ST_EXPORT int eventfd_read(int fd, eventfd_t *value) {
    struct st_call call;
    st_begin_on(&call, ST_EVENTFD_READ, fd);
    int result = ST_ORIGINAL(eventfd_read)(fd, value);
    return counted(&call, fd, result == 0 ? *value : 0, result);
}

ST_EXPORT int eventfd_write(int fd, eventfd_t value) {
    struct st_call call;
    st_begin_on(&call, ST_EVENTFD_WRITE, fd);
    return counted(&call, fd, value, ST_ORIGINAL(eventfd_write)(fd, value));
}

ST_EXPORT int timerfd_create(int clock, int flags) {
    struct st_call call;
    st_begin(&call, ST_TIMERFD_CREATE);
    int fd = ST_ORIGINAL(timerfd_create)(clock, flags);
    if (fd >= 0)
        call.object = st_fd_created(fd, ST_KIND_OTHER, "", ST_OBJ_CREATED);
    st_end(&call, &(struct st_done){.result = fd, .arg = {(uint64_t)clock, (uint64_t)flags}});
    return fd;
}
