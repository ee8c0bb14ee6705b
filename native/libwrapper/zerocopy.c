/* Calls that move bytes between two descriptors, unseen, and vmsplice. */
#include "io.h"
#include "real.h"

/* The processor of the descriptor that the bytes came from cannot follow what it did not see: it starts anew. */
static ssize_t passed(struct st_call *call, int to, int from, size_t bytes, ssize_t result) {
    if (result > 0 && st_fd_get(from).kind == ST_KIND_SOCKET)
        st_protocol_forget(from);
    st_end(call, &(struct st_done){
                     .result = result,
                     .arg = {(uint64_t)to, (uint32_t)from | (uint64_t)st_fd_known(from).object << 32, bytes},
                     .length = result > 0 ? (uint32_t)result : 0,
                     .direction = st_direction_on(to, ST_SENT),
                 });
    return result;
}

/* The record's object is the one written to; the other one's number stands beside its descriptor. */
static void begin(struct st_call *call, uint16_t op, int to, int from) {
    st_fd_get(from);
    st_begin_on(call, op, to);
}

ST_EXPORT ssize_t sendfile(int to, int from, off_t *offset, size_t bytes) {
    struct st_call call;
    begin(&call, ST_SENDFILE, to, from);
    return passed(&call, to, from, bytes, ST_ORIGINAL(sendfile)(to, from, offset, bytes));
}

ST_EXPORT ssize_t sendfile64(int to, int from, off64_t *offset, size_t bytes) {
    struct st_call call;
    begin(&call, ST_SENDFILE, to, from);
    return passed(&call, to, from, bytes, ST_ORIGINAL(sendfile64)(to, from, offset, bytes));
}

ST_EXPORT ssize_t splice(int from, off64_t *from_offset, int to, off64_t *to_offset, size_t bytes, unsigned int flags) {
    struct st_call call;
    begin(&call, ST_SPLICE, to, from);
    return passed(&call, to, from, bytes, ST_ORIGINAL(splice)(from, from_offset, to, to_offset, bytes, flags));
}

ST_EXPORT ssize_t tee(int from, int to, size_t bytes, unsigned int flags) {
    struct st_call call;
    begin(&call, ST_TEE, to, from);
    return passed(&call, to, from, bytes, ST_ORIGINAL(tee)(from, to, bytes, flags));
}

ST_EXPORT ssize_t copy_file_range(int from, off64_t *from_offset, int to, off64_t *to_offset, size_t bytes,
                                  unsigned int flags) {
    struct st_call call;
    begin(&call, ST_COPY_FILE_RANGE, to, from);
    return passed(&call, to, from, bytes, ST_ORIGINAL(copy_file_range)(from, from_offset, to, to_offset, bytes, flags));
}

ST_EXPORT ssize_t vmsplice(int fd, const struct iovec *vector, size_t count, unsigned int flags) {
    struct st_call call;
    st_begin_on(&call, ST_VMSPLICE, fd);
    ssize_t result = ST_ORIGINAL(vmsplice)(fd, vector, count, flags);
    uint8_t direction = st_fd_get(fd).flags & ST_FD_WRITE_END ? ST_SENT : ST_TAKEN;
    return st_moved_vector(&call, fd, direction, vector, (int)count, flags, result);
}
