/* Streams are recorded at the level of stdio: what libc calls inside itself cannot be seen. */
#include "real.h"
#include "wrapper.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

/* -1 for a stream without a descriptor (fmemopen); keeps errno. */
static int descriptor(FILE *stream) {
    int saved = errno;
    int fd = fileno(stream);
    errno = saved;
    return fd;
}

/* The open flags that a mode of fopen stands for. */
static int mode_flags(const char *mode) {
    int access = strchr(mode, '+') != NULL ? O_RDWR : mode[0] == 'r' ? O_RDONLY : O_WRONLY;
    int create = mode[0] == 'w' ? O_CREAT | O_TRUNC : mode[0] == 'a' ? O_CREAT | O_APPEND : 0;
    return access | create | (strchr(mode, 'x') != NULL ? O_EXCL : 0) | (strchr(mode, 'e') != NULL ? O_CLOEXEC : 0);
}

static FILE *opened(struct st_call *call, const char *path, const char *mode, FILE *stream) {
    int fd = stream != NULL ? descriptor(stream) : -1;
    int flags = mode_flags(mode);
    if (fd >= 0)
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

/* These are not recorded, but the descriptor stands for something else, or nothing, from then on. */
ST_EXPORT FILE *freopen(const char *path, const char *mode, FILE *stream) {
    st_fd_take(descriptor(stream));
    return ST_ORIGINAL(freopen)(path, mode, stream);
}

ST_EXPORT FILE *freopen64(const char *path, const char *mode, FILE *stream) {
    st_fd_take(descriptor(stream));
    return ST_ORIGINAL(freopen64)(path, mode, stream);
}

ST_EXPORT int pclose(FILE *stream) {
    st_fd_take(descriptor(stream));
    return ST_ORIGINAL(pclose)(stream);
}

ST_EXPORT int fclose(FILE *stream) {
    struct st_call call;
    int fd = descriptor(stream);
    st_begin_on(&call, ST_FCLOSE, fd);
    st_fd_take(fd);
    int result = ST_ORIGINAL(fclose)(stream);
    st_end(&call, &(struct st_done){.result = result, .arg = {(uint64_t)fd}});
    return result;
}

static size_t items(struct st_call *call, int fd, size_t size, size_t count, size_t result) {
    st_end(call, &(struct st_done){.result = (int64_t)result,
                                   .arg = {(uint64_t)fd, size * count},
                                   .length = (uint32_t)(size * result)});
    return result;
}

ST_EXPORT size_t fread(void *data, size_t size, size_t count, FILE *stream) {
    struct st_call call;
    int fd = descriptor(stream);
    st_begin_on(&call, ST_FREAD, fd);
    return items(&call, fd, size, count, ST_ORIGINAL(fread)(data, size, count, stream));
}

ST_EXPORT size_t __fread_chk(void *data, size_t room, size_t size, size_t count, FILE *stream) {
    struct st_call call;
    int fd = descriptor(stream);
    st_begin_on(&call, ST_FREAD, fd);
    return items(&call, fd, size, count, ST_ORIGINAL(__fread_chk)(data, room, size, count, stream));
}

ST_EXPORT size_t fwrite(const void *data, size_t size, size_t count, FILE *stream) {
    struct st_call call;
    int fd = descriptor(stream);
    st_begin_on(&call, ST_FWRITE, fd);
    return items(&call, fd, size, count, ST_ORIGINAL(fwrite)(data, size, count, stream));
}

/* The result that is recorded is the length of the line; at the end of the file 0, and -1 after an error. */
static char *got_line(struct st_call *call, int fd, int room, FILE *stream, char *line) {
    size_t length = line != NULL ? strlen(line) : 0;
    st_end(call, &(struct st_done){
                     .result = line != NULL     ? (int64_t)length
                               : ferror(stream) ? -1
                                                : 0,
                     .arg = {(uint64_t)fd, (uint64_t)room},
                     .length = (uint32_t)length,
                 });
    return line;
}

ST_EXPORT char *fgets(char *line, int room, FILE *stream) {
    struct st_call call;
    int fd = descriptor(stream);
    st_begin_on(&call, ST_FGETS, fd);
    return got_line(&call, fd, room, stream, ST_ORIGINAL(fgets)(line, room, stream));
}

ST_EXPORT char *__fgets_chk(char *line, size_t size, int room, FILE *stream) {
    struct st_call call;
    int fd = descriptor(stream);
    st_begin_on(&call, ST_FGETS, fd);
    return got_line(&call, fd, room, stream, ST_ORIGINAL(__fgets_chk)(line, size, room, stream));
}

ST_EXPORT int fputs(const char *text, FILE *stream) {
    struct st_call call;
    int fd = descriptor(stream);
    size_t length = strlen(text);
    st_begin_on(&call, ST_FPUTS, fd);
    int result = ST_ORIGINAL(fputs)(text, stream);
    st_end(&call, &(struct st_done){
                      .result = result, .arg = {(uint64_t)fd, length}, .length = result >= 0 ? (uint32_t)length : 0});
    return result;
}
