#include "io.h"
#include "real.h"

#include <fcntl.h>
#include <stdarg.h>
#include <string.h>

/* The kernel looks at flags, reads the path, and goes on: after EINVAL and EFAULT it must not be touched. */
static const char *readable(const char *path, int64_t result) {
    return result >= 0 || (errno != EFAULT && errno != EINVAL) ? path : NULL;
}

int st_end_open(struct st_call *call, const char *path, int flags, int fd) {
    if (fd >= 0)
        call->object = st_fd_opened(fd, path, flags);
    st_end(call, &(struct st_done){.result = fd, .arg = {(uint64_t)fd, (uint64_t)flags}, .path = readable(path, fd)});
    return fd;
}

/* The mode is there only when a file may be made. */
#define ST_MODE(flags, mode)                                                                                           \
    mode_t mode = 0;                                                                                                   \
    if (((flags)&O_CREAT) != 0 || ((flags)&O_TMPFILE) == O_TMPFILE) {                                                  \
        va_list list;                                                                                                  \
        va_start(list, flags);                                                                                         \
        mode = va_arg(list, mode_t);                                                                                   \
        va_end(list);                                                                                                  \
    }

ST_EXPORT int open(const char *path, int flags, ...) {
    struct st_call call;
    ST_MODE(flags, mode)
    st_begin(&call, ST_OPEN);
    return st_end_open(&call, path, flags, ST_ORIGINAL(open)(path, flags, mode));
}

ST_EXPORT int open64(const char *path, int flags, ...) {
    struct st_call call;
    ST_MODE(flags, mode)
    st_begin(&call, ST_OPEN);
    return st_end_open(&call, path, flags, ST_ORIGINAL(open64)(path, flags, mode));
}

ST_EXPORT int __open_2(const char *path, int flags) {
    struct st_call call;
    st_begin(&call, ST_OPEN);
    return st_end_open(&call, path, flags, ST_ORIGINAL(__open_2)(path, flags));
}

ST_EXPORT int __open64_2(const char *path, int flags) {
    struct st_call call;
    st_begin(&call, ST_OPEN);
    return st_end_open(&call, path, flags, ST_ORIGINAL(__open64_2)(path, flags));
}

ST_EXPORT int openat(int directory, const char *path, int flags, ...) {
    struct st_call call;
    ST_MODE(flags, mode)
    st_begin(&call, ST_OPENAT);
    return st_end_open(&call, path, flags, ST_ORIGINAL(openat)(directory, path, flags, mode));
}

ST_EXPORT int openat64(int directory, const char *path, int flags, ...) {
    struct st_call call;
    ST_MODE(flags, mode)
    st_begin(&call, ST_OPENAT);
    return st_end_open(&call, path, flags, ST_ORIGINAL(openat64)(directory, path, flags, mode));
}

ST_EXPORT int __openat_2(int directory, const char *path, int flags) {
    struct st_call call;
    st_begin(&call, ST_OPENAT);
    return st_end_open(&call, path, flags, ST_ORIGINAL(__openat_2)(directory, path, flags));
}

ST_EXPORT int __openat64_2(int directory, const char *path, int flags) {
    struct st_call call;
    st_begin(&call, ST_OPENAT);
    return st_end_open(&call, path, flags, ST_ORIGINAL(__openat64_2)(directory, path, flags));
}

ST_EXPORT int creat(const char *path, mode_t mode) {
    struct st_call call;
    st_begin(&call, ST_OPEN);
    return st_end_open(&call, path, O_CREAT | O_WRONLY | O_TRUNC, ST_ORIGINAL(creat)(path, mode));
}

ST_EXPORT int creat64(const char *path, mode_t mode) {
    struct st_call call;
    st_begin(&call, ST_OPEN);
    return st_end_open(&call, path, O_CREAT | O_WRONLY | O_TRUNC, ST_ORIGINAL(creat64)(path, mode));
}

/* .NET keeps its compiled code so, and maps it anew for each method: it is no shared memory, whatever its kind. */
static uint8_t memory_kind(const char *name) {
    return strcmp(name, "doublemapper") == 0 ? ST_KIND_OTHER : ST_KIND_MEMORY;
}

ST_EXPORT int memfd_create(const char *name, unsigned int flags) {
    struct st_call call;
    st_begin(&call, ST_MEMFD_CREATE);
    int fd = ST_ORIGINAL(memfd_create)(name, flags);
    if (fd >= 0)
        call.object = st_fd_created(fd, memory_kind(name), name, ST_OBJ_CREATED);
    st_end(&call, &(struct st_done){.result = fd, .arg = {(uint64_t)fd, flags}, .path = fd >= 0 ? name : NULL});
    return fd;
}

ST_EXPORT int mkfifo(const char *path, mode_t mode) {
    struct st_call call;
    st_begin(&call, ST_MKFIFO);
    int result = ST_ORIGINAL(mkfifo)(path, mode);
    st_end(&call, &(struct st_done){.result = result, .arg = {mode}, .path = readable(path, result)});
    return result;
}
