#include "real.h"
#include "wrapper.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <stdarg.h>
#include <sys/syscall.h>

static ssize_t moved(struct st_call *call, int fd, size_t asked, ssize_t result) {
    st_end(call, &(struct st_done){
                     .result = result, .arg = {(uint64_t)fd, asked}, .length = result > 0 ? (uint32_t)result : 0});
    return result;
}

ST_EXPORT ssize_t read(int fd, void *data, size_t bytes) {
    struct st_call call;
    st_begin_kind(&call, fd, ST_READ_SOCKET, ST_READ_PIPE, ST_READ_FILE);
    return moved(&call, fd, bytes, ST_ORIGINAL(read)(fd, data, bytes));
}

ST_EXPORT ssize_t __read_chk(int fd, void *data, size_t bytes, size_t room) {
    struct st_call call;
    st_begin_kind(&call, fd, ST_READ_SOCKET, ST_READ_PIPE, ST_READ_FILE);
    return moved(&call, fd, bytes, ST_ORIGINAL(__read_chk)(fd, data, bytes, room));
}

ST_EXPORT ssize_t write(int fd, const void *data, size_t bytes) {
    struct st_call call;
    st_begin_kind(&call, fd, ST_WRITE_SOCKET, ST_WRITE_PIPE, ST_WRITE_FILE);
    return moved(&call, fd, bytes, ST_ORIGINAL(write)(fd, data, bytes));
}

/* Only a vector that the original has read may be read here: a wrong one is the original's to refuse. */
static size_t vector_bytes(const struct iovec *vector, int count, ssize_t result) {
    size_t sum = 0;
    for (int i = 0; result >= 0 && i < count; i++)
        sum += vector[i].iov_len;
    return sum;
}

ST_EXPORT ssize_t readv(int fd, const struct iovec *vector, int count) {
    struct st_call call;
    st_begin_kind(&call, fd, ST_READV_SOCKET, ST_READV_PIPE, ST_READV_FILE);
    ssize_t result = ST_ORIGINAL(readv)(fd, vector, count);
    return moved(&call, fd, vector_bytes(vector, count, result), result);
}

ST_EXPORT ssize_t writev(int fd, const struct iovec *vector, int count) {
    struct st_call call;
    st_begin_kind(&call, fd, ST_WRITEV_SOCKET, ST_WRITEV_PIPE, ST_WRITEV_FILE);
    ssize_t result = ST_ORIGINAL(writev)(fd, vector, count);
    return moved(&call, fd, vector_bytes(vector, count, result), result);
}

ST_EXPORT ssize_t pread(int fd, void *data, size_t bytes, off_t offset) {
    struct st_call call;
    st_begin_on(&call, ST_PREAD, fd);
    return moved(&call, fd, bytes, ST_ORIGINAL(pread)(fd, data, bytes, offset));
}

ST_EXPORT ssize_t pread64(int fd, void *data, size_t bytes, off64_t offset) {
    struct st_call call;
    st_begin_on(&call, ST_PREAD, fd);
    return moved(&call, fd, bytes, ST_ORIGINAL(pread64)(fd, data, bytes, offset));
}

ST_EXPORT ssize_t __pread_chk(int fd, void *data, size_t bytes, off_t offset, size_t room) {
    struct st_call call;
    st_begin_on(&call, ST_PREAD, fd);
    return moved(&call, fd, bytes, ST_ORIGINAL(__pread_chk)(fd, data, bytes, offset, room));
}

ST_EXPORT ssize_t __pread64_chk(int fd, void *data, size_t bytes, off64_t offset, size_t room) {
    struct st_call call;
    st_begin_on(&call, ST_PREAD, fd);
    return moved(&call, fd, bytes, ST_ORIGINAL(__pread64_chk)(fd, data, bytes, offset, room));
}

ST_EXPORT ssize_t pwrite(int fd, const void *data, size_t bytes, off_t offset) {
    struct st_call call;
    st_begin_on(&call, ST_PWRITE, fd);
    return moved(&call, fd, bytes, ST_ORIGINAL(pwrite)(fd, data, bytes, offset));
}

ST_EXPORT ssize_t pwrite64(int fd, const void *data, size_t bytes, off64_t offset) {
    struct st_call call;
    st_begin_on(&call, ST_PWRITE, fd);
    return moved(&call, fd, bytes, ST_ORIGINAL(pwrite64)(fd, data, bytes, offset));
}

/* The descriptor's number may be given away the moment it is closed, so it is forgotten before. */
static void begin_close(struct st_call *call, int fd) {
    st_begin_on(call, ST_CLOSE, fd);
    st_fd_take(fd);
}

static int end_close(struct st_call *call, int fd, int result) {
    st_end(call, &(struct st_done){.result = result, .arg = {(uint64_t)fd}});
    return result;
}

ST_EXPORT int close(int fd) {
    struct st_call call;
    begin_close(&call, fd);
    return end_close(&call, fd, ST_ORIGINAL(close)(fd));
}

/* Node.js closes its descriptors through it. */
ST_EXPORT long syscall(long number, ...) {
    va_list list;
    long arg[6];
    va_start(list, number);
    for (int i = 0; i < 6; i++)
        arg[i] = va_arg(list, long);
    va_end(list);
    if (number != SYS_close)
        return ST_ORIGINAL(syscall)(number, arg[0], arg[1], arg[2], arg[3], arg[4], arg[5]);
    struct st_call call;
    begin_close(&call, (int)arg[0]);
    return end_close(&call, (int)arg[0], (int)ST_ORIGINAL(syscall)(number, arg[0]));
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

static int duplicated(struct st_call *call, int from, int to, uint64_t third, int result) {
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
    return duplicated(&call, fd, -1, 0, ST_ORIGINAL(dup)(fd));
}

ST_EXPORT int dup2(int from, int to) {
    struct st_call call;
    st_begin_on(&call, ST_DUP2, from);
    return duplicated(&call, from, to, 0, ST_ORIGINAL(dup2)(from, to));
}

ST_EXPORT int dup3(int from, int to, int flags) {
    struct st_call call;
    st_begin_on(&call, ST_DUP3, from);
    return duplicated(&call, from, to, (uint64_t)flags, ST_ORIGINAL(dup3)(from, to, flags));
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

static bool is_dup(int command) {
    return command == F_DUPFD || command == F_DUPFD_CLOEXEC;
}

/* Every command's third argument, where it has one, is an int or a pointer: either passes as a long. */
ST_EXPORT int fcntl(int fd, int command, ...) {
    va_list list;
    va_start(list, command);
    long argument = va_arg(list, long);
    va_end(list);
    if (is_dup(command))
        return fcntl_dup(ST_ORIGINAL(fcntl), fd, command, argument);
    return ST_ORIGINAL(fcntl)(fd, command, argument);
}

ST_EXPORT int fcntl64(int fd, int command, ...) {
    va_list list;
    va_start(list, command);
    long argument = va_arg(list, long);
    va_end(list);
    if (is_dup(command))
        return fcntl_dup(ST_ORIGINAL(fcntl64), fd, command, argument);
    return ST_ORIGINAL(fcntl64)(fd, command, argument);
}

static int made_pipe(struct st_call *call, const int fds[2], int flags, int result) {
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
    return made_pipe(&call, fds, 0, ST_ORIGINAL(pipe)(fds));
}

ST_EXPORT int pipe2(int fds[2], int flags) {
    struct st_call call;
    st_begin(&call, ST_PIPE2);
    return made_pipe(&call, fds, flags, ST_ORIGINAL(pipe2)(fds, flags));
}

ST_EXPORT int eventfd(unsigned int initial, int flags) {
    struct st_call call;
    st_begin(&call, ST_EVENTFD);
    int fd = ST_ORIGINAL(eventfd)(initial, flags);
    if (fd >= 0)
        call.object = st_fd_created_eventfd(fd);
    st_end(&call, &(struct st_done){.result = fd, .arg = {initial, (uint64_t)flags}});
    return fd;
}
