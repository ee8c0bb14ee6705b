/* POSIX queues and shared memory: made by name, then descriptors. */
#include "real.h"
#include "wrapper.h"

#include <fcntl.h>
#include <stdarg.h>

static int opened(struct st_call *call, uint8_t kind, const char *name, int flags, int fd) {
    bool creates = (flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL);
    if (fd >= 0)
        call->object = st_fd_created(fd, kind, name, creates ? ST_OBJ_CREATED : 0);
    st_end(call, &(struct st_done){.result = fd, .arg = {(uint64_t)fd, (uint64_t)flags}, .path = name});
    return fd;
}

static int unlinked(struct st_call *call, const char *name, int result) {
    st_end(call, &(struct st_done){.result = result, .path = name});
    return result;
}

/* Mode and attributes are there only when a queue may be made. */
ST_EXPORT mqd_t mq_open(const char *name, int flags, ...) {
    struct st_call call;
    mode_t mode = 0;
    struct mq_attr *attributes = NULL;
    if ((flags & O_CREAT) != 0) {
        va_list list;
        va_start(list, flags);
        mode = va_arg(list, mode_t);
        attributes = va_arg(list, struct mq_attr *);
        va_end(list);
    }
    st_begin(&call, ST_MQ_OPEN);
    return opened(&call, ST_KIND_QUEUE, name, flags, ST_ORIGINAL(mq_open)(name, flags, mode, attributes));
}

ST_EXPORT mqd_t __mq_open_2(const char *name, int flags) {
    struct st_call call;
    st_begin(&call, ST_MQ_OPEN);
    return opened(&call, ST_KIND_QUEUE, name, flags, ST_ORIGINAL(__mq_open_2)(name, flags));
}

ST_EXPORT int mq_close(mqd_t queue) {
    struct st_call call;
    st_begin_on(&call, ST_MQ_CLOSE, queue);
    st_fd_take(queue);
    int result = ST_ORIGINAL(mq_close)(queue);
    st_end(&call, &(struct st_done){.result = result, .arg = {(uint64_t)queue}});
    return result;
}

ST_EXPORT int mq_unlink(const char *name) {
    struct st_call call;
    st_begin(&call, ST_MQ_UNLINK);
    return unlinked(&call, name, ST_ORIGINAL(mq_unlink)(name));
}

static int sent(struct st_call *call, mqd_t queue, size_t bytes, unsigned int priority, int result) {
    st_end(call, &(struct st_done){
                     .result = result,
                     .arg = {(uint64_t)queue, bytes, priority},
                     .length = result == 0 ? (uint32_t)bytes : 0,
                 });
    return result;
}

ST_EXPORT int mq_send(mqd_t queue, const char *message, size_t bytes, unsigned int priority) {
    struct st_call call;
    st_begin_on(&call, ST_MQ_SEND, queue);
    return sent(&call, queue, bytes, priority, ST_ORIGINAL(mq_send)(queue, message, bytes, priority));
}

ST_EXPORT int mq_timedsend(mqd_t queue, const char *message, size_t bytes, unsigned int priority,
                           const struct timespec *until) {
    struct st_call call;
    st_begin_on(&call, ST_MQ_TIMEDSEND, queue);
    return sent(&call, queue, bytes, priority, ST_ORIGINAL(mq_timedsend)(queue, message, bytes, priority, until));
}

static ssize_t received(struct st_call *call, mqd_t queue, size_t bytes, const unsigned int *priority, ssize_t result) {
    st_end(call, &(struct st_done){
                     .result = result,
                     .arg = {(uint64_t)queue, bytes, result >= 0 ? *priority : 0},
                     .length = result > 0 ? (uint32_t)result : 0,
                 });
    return result;
}

ST_EXPORT ssize_t mq_receive(mqd_t queue, char *message, size_t bytes, unsigned int *told) {
    struct st_call call;
    unsigned int own, *priority = told != NULL ? told : &own;
    st_begin_on(&call, ST_MQ_RECEIVE, queue);
    return received(&call, queue, bytes, priority, ST_ORIGINAL(mq_receive)(queue, message, bytes, priority));
}

ST_EXPORT ssize_t mq_timedreceive(mqd_t queue, char *restrict message, size_t bytes, unsigned int *restrict told,
                                  const struct timespec *restrict until) {
    struct st_call call;
    unsigned int own, *priority = told != NULL ? told : &own;
    st_begin_on(&call, ST_MQ_TIMEDRECEIVE, queue);
    return received(&call, queue, bytes, priority,
                    ST_ORIGINAL(mq_timedreceive)(queue, message, bytes, priority, until));
}

ST_EXPORT int mq_notify(mqd_t queue, const struct sigevent *event) {
    struct st_call call;
    st_begin_on(&call, ST_MQ_NOTIFY, queue);
    int result = ST_ORIGINAL(mq_notify)(queue, event);
    st_end(&call, &(struct st_done){.result = result, .arg = {(uint64_t)queue}});
    return result;
}

ST_EXPORT int shm_open(const char *name, int flags, mode_t mode) {
    struct st_call call;
    st_begin(&call, ST_SHM_OPEN);
    return opened(&call, ST_KIND_MEMORY, name, flags, ST_ORIGINAL(shm_open)(name, flags, mode));
}

ST_EXPORT int shm_unlink(const char *name) {
    struct st_call call;
    st_begin(&call, ST_SHM_UNLINK);
    return unlinked(&call, name, ST_ORIGINAL(shm_unlink)(name));
}
