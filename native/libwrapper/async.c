/* POSIX asynchronous I/O. libc does it with threads of its own: bytes are told where their result is taken. */
#include "io.h"
#include "real.h"

/* libc reads a control block itself, before anything can fail, and sets its opcode. */
#define SUBMIT(name, op, block_type)                                                                                   \
    ST_EXPORT int name(struct block_type *block) {                                                                     \
        struct st_call call;                                                                                           \
        st_begin_on(&call, op, block->aio_fildes);                                                                     \
        return submitted(&call, block->aio_fildes, block->aio_nbytes, block->aio_offset, ST_ORIGINAL(name)(block));    \
    }

static int submitted(struct st_call *call, int fd, size_t bytes, off64_t offset, int result) {
    st_end(call, &(struct st_done){.result = result, .arg = {(uint64_t)fd, bytes, (uint64_t)offset}});
    return result;
}

SUBMIT(aio_read, ST_AIO_READ, aiocb)
SUBMIT(aio_read64, ST_AIO_READ, aiocb64)
SUBMIT(aio_write, ST_AIO_WRITE, aiocb)
SUBMIT(aio_write64, ST_AIO_WRITE, aiocb64)

/* libc marks the 64-bit forms in the opcode. */
static bool is(int opcode, int wanted) {
    return (opcode & 127) == wanted;
}

static ssize_t returned(struct st_call *call, const void *block, int fd, int opcode, volatile void *data,
                        ssize_t result) {
    const struct iovec all = {(void *)data, result > 0 ? (size_t)result : 0};
    bool moves = is(opcode, LIO_READ) || is(opcode, LIO_WRITE);
    st_end(call, &(struct st_done){
                     .result = result,
                     .arg = {(uint64_t)fd, (uint64_t)(uintptr_t)block,
                             is(opcode, LIO_READ)    ? 1
                             : is(opcode, LIO_WRITE) ? 2
                                                     : 0},
                     .length = moves ? (uint32_t)all.iov_len : 0,
                     .direction = st_direction_on(fd, is(opcode, LIO_WRITE) ? ST_SENT : ST_TAKEN),
                     .parts = 1,
                     .moved = &all,
                 });
    return result;
}

#define RETURN(name, block_type)                                                                                       \
    ST_EXPORT ssize_t name(struct block_type *block) {                                                                 \
        struct st_call call;                                                                                           \
        st_begin_on(&call, ST_AIO_RETURN, block->aio_fildes);                                                          \
        return returned(&call, block, block->aio_fildes, block->aio_lio_opcode, block->aio_buf,                        \
                        ST_ORIGINAL(name)(block));                                                                     \
    }
RETURN(aio_return, aiocb)
RETURN(aio_return64, aiocb64)

#define SUSPEND(name, block_type)                                                                                      \
    ST_EXPORT int name(const struct block_type *const blocks[], int count, const struct timespec *timeout) {           \
        struct st_call call;                                                                                           \
        st_begin(&call, ST_AIO_SUSPEND);                                                                               \
        int result = ST_ORIGINAL(name)(blocks, count, timeout);                                                        \
        st_end(&call, &(struct st_done){.result = result, .arg = {(uint64_t)count}});                                  \
        return result;                                                                                                 \
    }
SUSPEND(aio_suspend, aiocb)
SUSPEND(aio_suspend64, aiocb64)

#define CANCEL(name, block_type)                                                                                       \
    ST_EXPORT int name(int fd, struct block_type *block) {                                                             \
        struct st_call call;                                                                                           \
        st_begin_on(&call, ST_AIO_CANCEL, fd);                                                                         \
        int result = ST_ORIGINAL(name)(fd, block);                                                                     \
        st_end(&call, &(struct st_done){.result = result, .arg = {(uint64_t)fd, (uint64_t)(uintptr_t)block}});         \
        return result;                                                                                                 \
    }
CANCEL(aio_cancel, aiocb)
CANCEL(aio_cancel64, aiocb64)

/* One of a list's reads and writes, within the call that submitted them. */
static void listed(const struct st_call *list, int opcode, int fd, size_t bytes, off64_t offset) {
    struct st_call call = *list;
    call.op = is(opcode, LIO_WRITE) ? ST_AIO_WRITE : ST_AIO_READ;
    call.object = st_fd_get(fd).object;
    st_end(&call, &(struct st_done){.arg = {(uint64_t)fd, bytes, (uint64_t)offset}, .more = true});
}

/* With EIO and EINTR all of the list was submitted, and some of it failed or is not over. */
#define LIST(name, block_type)                                                                                         \
    ST_EXPORT int name(int mode, struct block_type *const blocks[], int count, struct sigevent *event) {               \
        struct st_call call;                                                                                           \
        st_begin(&call, ST_LIO_LISTIO);                                                                                \
        int result = ST_ORIGINAL(name)(mode, blocks, count, event), error = errno;                                     \
        for (int i = 0; (result == 0 || error == EIO || error == EINTR) && !call.skipped && i < count; i++)            \
            if (blocks[i] != NULL && !is(blocks[i]->aio_lio_opcode, LIO_NOP))                                          \
                listed(&call, blocks[i]->aio_lio_opcode, blocks[i]->aio_fildes, blocks[i]->aio_nbytes,                 \
                       blocks[i]->aio_offset);                                                                         \
        st_end(&call, &(struct st_done){.result = result, .arg = {(uint64_t)count}});                                  \
        return result;                                                                                                 \
    }
LIST(lio_listio, aiocb)
LIST(lio_listio64, aiocb64)
