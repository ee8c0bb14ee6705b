/* How streams are opened, flushed and closed, popen included. */
#include "raw.h"
#include "real.h"
#include "stream.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* The open flags that a mode of fopen stands for. */
static int mode_flags(const char *mode) {
    int access = strchr(mode, '+') != NULL ? O_RDWR : mode[0] == 'r' ? O_RDONLY : O_WRONLY;
    int create = mode[0] == 'w' ? O_CREAT | O_TRUNC : mode[0] == 'a' ? O_CREAT | O_APPEND : 0;
    return access | create | (strchr(mode, 'x') != NULL ? O_EXCL : 0) | (strchr(mode, 'e') != NULL ? O_CLOEXEC : 0);
}

static FILE *opened(struct st_call *call, const char *path, const char *mode, FILE *stream) {
    int fd = stream != NULL ? st_descriptor(stream) : -1;
    int flags = mode_flags(mode);
    if (fd >= 0 && path != NULL)
        call->object = st_fd_opened(fd, path, flags);
    st_end(call, &(struct st_done){
                     .result = fd,
                     .arg = {(uint64_t)fd, (uint64_t)flags},
                     .path = stream != NULL || errno != EFAULT ? path : NULL,
                 });
    return stream;
}

ST_EXPORT FILE *fopen(const char *path, const char *mode) {
    struct st_call call;
    st_begin(&call, ST_FOPEN);
    return opened(&call, path, mode, ST_ORIGINAL(fopen)(path, mode));
}

ST_EXPORT FILE *fopen64(const char *path, const char *mode) {
    struct st_call call;
    st_begin(&call, ST_FOPEN);
    return opened(&call, path, mode, ST_ORIGINAL(fopen64)(path, mode));
}

ST_EXPORT FILE *fdopen(int fd, const char *mode) {
    struct st_call call;
    st_begin_on(&call, ST_FDOPEN, fd);
    return opened(&call, NULL, mode, ST_ORIGINAL(fdopen)(fd, mode));
}

/* Without a path the file stays, with another mode: then it is the object of the call. */
static void begin_reopen(struct st_call *call, const char *path, FILE *stream) {
    int fd = st_descriptor(stream);
    st_begin_on(call, ST_FREOPEN, fd);
    if (path != NULL)
        st_fd_take(fd);
}

ST_EXPORT FILE *freopen(const char *path, const char *mode, FILE *stream) {
    struct st_call call;
    begin_reopen(&call, path, stream);
    return opened(&call, path, mode, ST_ORIGINAL(freopen)(path, mode, stream));
}

ST_EXPORT FILE *freopen64(const char *path, const char *mode, FILE *stream) {
    struct st_call call;
    begin_reopen(&call, path, stream);
    return opened(&call, path, mode, ST_ORIGINAL(freopen64)(path, mode, stream));
}

ST_EXPORT FILE *popen(const char *command, const char *mode) {
    struct st_call call;
    st_begin(&call, ST_POPEN);
    FILE *stream = ST_ORIGINAL(popen)(command, mode);
    int fd = stream != NULL ? st_descriptor(stream) : -1;
    if (fd >= 0) {
        st_fd_take(fd);
        call.object = st_fd_get(fd).object;
    }
    st_end(&call, &(struct st_done){.result = fd, .arg = {(uint64_t)fd}, .path = st_readable(command)});
    return stream;
}

/* The descriptor's number may be given away the moment it is closed, so it is forgotten before. */
static int begin_close(struct st_call *call, uint16_t op, FILE *stream) {
    int fd = st_descriptor(stream);
    st_begin_on(call, op, fd);
    st_fd_take(fd);
    return fd;
}

ST_EXPORT int pclose(FILE *stream) {
    struct st_call call;
    int fd = begin_close(&call, ST_PCLOSE, stream);
    int result = ST_ORIGINAL(pclose)(stream);
    st_end(&call, &(struct st_done){.result = result, .arg = {(uint64_t)fd}});
    return result;
}

ST_EXPORT int fclose(FILE *stream) {
    struct st_call call;
    int fd = begin_close(&call, ST_FCLOSE, stream);
    int result = ST_ORIGINAL(fclose)(stream);
    st_end(&call, &(struct st_done){.result = result, .arg = {(uint64_t)fd}});
    return result;
}

static int flushed(struct st_call *call, int fd, int result) {
    st_end(call, &(struct st_done){.result = result, .arg = {(uint64_t)fd}});
    return result;
}

ST_EXPORT int fflush(FILE *stream) { /* NULL: all of them */
    struct st_call call;
    int fd = stream != NULL ? st_descriptor(stream) : -1;
    st_begin_on(&call, ST_FFLUSH, fd);
    return flushed(&call, fd, ST_ORIGINAL(fflush)(stream));
}

ST_EXPORT int fflush_unlocked(FILE *stream) {
    struct st_call call;
    int fd = stream != NULL ? st_descriptor(stream) : -1;
    st_begin_on(&call, ST_FFLUSH, fd);
    return flushed(&call, fd, ST_ORIGINAL(fflush_unlocked)(stream));
}
