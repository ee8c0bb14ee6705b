/* read, write and their vectored, positioned and fortified forms. */
#include "io.h"
#include "real.h"

/* Only a vector that the original has read may be read: a wrong one is the original's to refuse. */
size_t st_vector_bytes(const struct iovec *vector, size_t count) {
    size_t sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += vector[i].iov_len;
    return sum;
}

uint8_t st_direction_on(int fd, uint8_t direction) {
    uint8_t kind = st_fd_get(fd).kind;
    return kind == ST_KIND_SOCKET || kind == ST_KIND_PIPE ? direction : ST_NEITHER;
}

ssize_t st_moved_vector(struct st_call *call, int fd, uint8_t direction, const struct iovec *vector, int count,
                        uint64_t third, ssize_t result) {
    st_end(call, &(struct st_done){
                     .result = result,
                     .arg = {(uint64_t)fd, result >= 0 ? st_vector_bytes(vector, (size_t)count) : 0, third},
                     .length = result > 0 ? (uint32_t)result : 0,
                     .direction = direction,
                     .parts = (uint8_t)(count < UINT8_MAX ? count : UINT8_MAX),
                     .moved = vector,
                 });
    return result;
}

ST_EXPORT ssize_t read(int fd, void *data, size_t bytes) {
    struct st_call call;
    st_begin_kind(&call, fd, ST_READ_SOCKET, ST_READ_PIPE, ST_READ_FILE);
    ssize_t result = ST_ORIGINAL(read)(fd, data, bytes);
    return st_moved(&call, fd, st_direction_of(&call, ST_TAKEN), data, bytes, 0, result);
}

ST_EXPORT ssize_t __read_chk(int fd, void *data, size_t bytes, size_t room) {
    struct st_call call;
    st_begin_kind(&call, fd, ST_READ_SOCKET, ST_READ_PIPE, ST_READ_FILE);
    ssize_t result = ST_ORIGINAL(__read_chk)(fd, data, bytes, room);
    return st_moved(&call, fd, st_direction_of(&call, ST_TAKEN), data, bytes, 0, result);
}

ST_EXPORT ssize_t write(int fd, const void *data, size_t bytes) {
    struct st_call call;
    st_begin_kind(&call, fd, ST_WRITE_SOCKET, ST_WRITE_PIPE, ST_WRITE_FILE);
    ssize_t result = ST_ORIGINAL(write)(fd, data, bytes);
    return st_moved(&call, fd, st_direction_of(&call, ST_SENT), data, bytes, 0, result);
}

ST_EXPORT ssize_t readv(int fd, const struct iovec *vector, int count) {
    struct st_call call;
    st_begin_kind(&call, fd, ST_READV_SOCKET, ST_READV_PIPE, ST_READV_FILE);
    ssize_t result = ST_ORIGINAL(readv)(fd, vector, count);
    return st_moved_vector(&call, fd, st_direction_on(fd, ST_TAKEN), vector, count, 0, result);
}

ST_EXPORT ssize_t writev(int fd, const struct iovec *vector, int count) {
    struct st_call call;
    st_begin_kind(&call, fd, ST_WRITEV_SOCKET, ST_WRITEV_PIPE, ST_WRITEV_FILE);
    ssize_t result = ST_ORIGINAL(writev)(fd, vector, count);
    return st_moved_vector(&call, fd, st_direction_on(fd, ST_SENT), vector, count, 0, result);
}

/* Positioned calls fail on sockets and pipes; only preadv2 and pwritev2 without a position move something there. */
#define POSITIONED(name, op, pointer, offset_type)                                                                     \
    ST_EXPORT ssize_t name(int fd, pointer data, size_t bytes, offset_type offset) {                                   \
        struct st_call call;                                                                                           \
        st_begin_on(&call, op, fd);                                                                                    \
        ssize_t result = ST_ORIGINAL(name)(fd, data, bytes, offset);                                                   \
        return st_moved(&call, fd, ST_NEITHER, data, bytes, (uint64_t)offset, result);                                 \
    }
POSITIONED(pread, ST_PREAD, void *, off_t)
POSITIONED(pread64, ST_PREAD, void *, off64_t)
POSITIONED(pwrite, ST_PWRITE, const void *, off_t)
POSITIONED(pwrite64, ST_PWRITE, const void *, off64_t)

#define POSITIONED_CHECKED(name, offset_type)                                                                          \
    ST_EXPORT ssize_t name(int fd, void *data, size_t bytes, offset_type offset, size_t room) {                        \
        struct st_call call;                                                                                           \
        st_begin_on(&call, ST_PREAD, fd);                                                                              \
        ssize_t result = ST_ORIGINAL(name)(fd, data, bytes, offset, room);                                             \
        return st_moved(&call, fd, ST_NEITHER, data, bytes, (uint64_t)offset, result);                                 \
    }
POSITIONED_CHECKED(__pread_chk, off_t)
POSITIONED_CHECKED(__pread64_chk, off64_t)

#define POSITIONED_VECTOR(name, op, offset_type)                                                                       \
    ST_EXPORT ssize_t name(int fd, const struct iovec *vector, int count, offset_type offset) {                        \
        struct st_call call;                                                                                           \
        st_begin_on(&call, op, fd);                                                                                    \
        ssize_t result = ST_ORIGINAL(name)(fd, vector, count, offset);                                                 \
        return st_moved_vector(&call, fd, ST_NEITHER, vector, count, (uint64_t)offset, result);                        \
    }
POSITIONED_VECTOR(preadv, ST_PREADV, off_t)
POSITIONED_VECTOR(preadv64, ST_PREADV, off64_t)
POSITIONED_VECTOR(pwritev, ST_PWRITEV, off_t)
POSITIONED_VECTOR(pwritev64, ST_PWRITEV, off64_t)

#define POSITIONED_FLAGGED(name, op, direction, offset_type)                                                           \
    ST_EXPORT ssize_t name(int fd, const struct iovec *vector, int count, offset_type offset, int flags) {             \
        struct st_call call;                                                                                           \
        st_begin_on(&call, op, fd);                                                                                    \
        ssize_t result = ST_ORIGINAL(name)(fd, vector, count, offset, flags);                                          \
        return st_moved_vector(&call, fd, st_direction_on(fd, direction), vector, count, (uint64_t)offset, result);    \
    }
POSITIONED_FLAGGED(preadv2, ST_PREADV, ST_TAKEN, off_t)
POSITIONED_FLAGGED(preadv64v2, ST_PREADV, ST_TAKEN, off64_t)
POSITIONED_FLAGGED(pwritev2, ST_PWRITEV, ST_SENT, off_t)
POSITIONED_FLAGGED(pwritev64v2, ST_PWRITEV, ST_SENT, off64_t)
