/* System V queues, shared memory and semaphores: named by their ids, without a descriptor. */
#include "real.h"
#include "wrapper.h"

#include <stdarg.h>

ST_EXPORT int msgget(key_t key, int flags) {
    struct st_call call;
    st_begin(&call, ST_MSGGET);
    int id = ST_ORIGINAL(msgget)(key, flags);
    st_end(&call, &(struct st_done){.result = id, .arg = {(uint64_t)key, (uint64_t)flags}});
    return id;
}

/* Whether a call that ended so has read its message or operations (and they may thus be read again). */
static bool has_read_argument(int64_t result) {
    return result >= 0 || errno == EAGAIN || errno == EINTR || errno == EIDRM;
}

ST_EXPORT int msgsnd(int id, const void *message, size_t bytes, int flags) {
    struct st_call call;
    st_begin(&call, ST_MSGSND);
    int result = ST_ORIGINAL(msgsnd)(id, message, bytes, flags);
    long type = has_read_argument(result) ? *(const long *)message : 0;
    st_end(&call, &(struct st_done){
                      .result = result,
                      .arg = {(uint64_t)id, (uint64_t)type, (uint64_t)flags},
                      .length = result == 0 ? (uint32_t)bytes : 0,
                  });
    return result;
}

/* Recorded with the type of the message that came, not with the one that was asked for, unless none came. */
ST_EXPORT ssize_t msgrcv(int id, void *message, size_t bytes, long type, int flags) {
    struct st_call call;
    st_begin(&call, ST_MSGRCV);
    ssize_t result = ST_ORIGINAL(msgrcv)(id, message, bytes, type, flags);
    if (result >= 0)
        type = *(const long *)message;
    st_end(&call, &(struct st_done){
                      .result = result,
                      .arg = {(uint64_t)id, (uint64_t)type, (uint64_t)flags},
                      .length = result > 0 ? (uint32_t)result : 0,
                  });
    return result;
}

ST_EXPORT int shmget(key_t key, size_t bytes, int flags) {
    struct st_call call;
    st_begin(&call, ST_SHMGET);
    int id = ST_ORIGINAL(shmget)(key, bytes, flags);
    st_end(&call, &(struct st_done){.result = id, .arg = {(uint64_t)key, bytes, (uint64_t)flags}});
    return id;
}

ST_EXPORT void *shmat(int id, const void *address, int flags) {
    struct st_call call;
    st_begin(&call, ST_SHMAT);
    void *result = ST_ORIGINAL(shmat)(id, address, flags);
    st_end(&call,
           &(struct st_done){.result = (int64_t)result, .arg = {(uint64_t)id, (uint64_t)address, (uint64_t)flags}});
    return result;
}

ST_EXPORT int shmdt(const void *address) {
    struct st_call call;
    st_begin(&call, ST_SHMDT);
    int result = ST_ORIGINAL(shmdt)(address);
    st_end(&call, &(struct st_done){.result = result, .arg = {0, (uint64_t)address}});
    return result;
}

static int controlled(struct st_call *call, int id, uint64_t second, uint64_t third, int result) {
    st_end(call, &(struct st_done){.result = result, .arg = {(uint64_t)id, second, third}});
    return result;
}

ST_EXPORT int shmctl(int id, int command, struct shmid_ds *data) {
    struct st_call call;
    st_begin(&call, ST_SHMCTL);
    return controlled(&call, id, (uint64_t)command, 0, ST_ORIGINAL(shmctl)(id, command, data));
}

ST_EXPORT int msgctl(int id, int command, struct msqid_ds *data) {
    struct st_call call;
    st_begin(&call, ST_MSGCTL);
    return controlled(&call, id, (uint64_t)command, 0, ST_ORIGINAL(msgctl)(id, command, data));
}

/* The fourth argument, where the command has one, is a union of an int and pointers: it passes as a long. */
ST_EXPORT int semctl(int id, int semaphore, int command, ...) {
    struct st_call call;
    va_list list;
    va_start(list, command);
    long argument = va_arg(list, long);
    va_end(list);
    st_begin(&call, ST_SEMCTL);
    return controlled(&call, id, (uint64_t)semaphore, (uint64_t)command,
                      ST_ORIGINAL(semctl)(id, semaphore, command, argument));
}

ST_EXPORT int semget(key_t key, int count, int flags) {
    struct st_call call;
    st_begin(&call, ST_SEMGET);
    int id = ST_ORIGINAL(semget)(key, count, flags);
    st_end(&call, &(struct st_done){.result = id, .arg = {(uint64_t)key, (uint64_t)count, (uint64_t)flags}});
    return id;
}

static int operated(struct st_call *call, int id, const struct sembuf *operations, int result) {
    struct st_done done = {.result = result, .arg = {(uint64_t)id}};
    if (has_read_argument(result)) {
        done.arg[1] = operations[0].sem_num;
        done.arg[2] = (uint64_t)operations[0].sem_op;
    }
    st_end(call, &done);
    return result;
}

ST_EXPORT int semop(int id, struct sembuf *operations, size_t count) {
    struct st_call call;
    st_begin(&call, ST_SEMOP);
    return operated(&call, id, operations, ST_ORIGINAL(semop)(id, operations, count));
}

ST_EXPORT int semtimedop(int id, struct sembuf *operations, size_t count, const struct timespec *limit) {
    struct st_call call;
    st_begin(&call, ST_SEMTIMEDOP);
    return operated(&call, id, operations, ST_ORIGINAL(semtimedop)(id, operations, count, limit));
}
