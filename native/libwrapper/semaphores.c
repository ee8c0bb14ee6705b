/* POSIX semaphores: named by their address. */
#include "real.h"
#include "wrapper.h"

#include <fcntl.h>
#include <stdarg.h>

static int done(struct st_call *call, const sem_t *semaphore, int result) {
    st_end(call, &(struct st_done){.result = result, .arg = {(uint64_t)semaphore}});
    return result;
}

#define SEMAPHORE(name, op, parameters, arguments)                                                                     \
    ST_EXPORT int name parameters {                                                                                    \
        struct st_call call;                                                                                           \
        st_begin(&call, op);                                                                                           \
        return done(&call, semaphore, ST_ORIGINAL(name) arguments);                                                    \
    }
SEMAPHORE(sem_post, ST_SEM_POST, (sem_t * semaphore), (semaphore))
SEMAPHORE(sem_wait, ST_SEM_WAIT, (sem_t * semaphore), (semaphore))
SEMAPHORE(sem_trywait, ST_SEM_TRYWAIT, (sem_t * semaphore), (semaphore))
SEMAPHORE(sem_timedwait, ST_SEM_TIMEDWAIT, (sem_t *restrict semaphore, const struct timespec *restrict until),
          (semaphore, until))
SEMAPHORE(sem_clockwait, ST_SEM_CLOCKWAIT,
          (sem_t *restrict semaphore, clockid_t clock, const struct timespec *restrict until),
          (semaphore, clock, until))
SEMAPHORE(sem_destroy, ST_SEM_DESTROY, (sem_t * semaphore), (semaphore))
SEMAPHORE(sem_close, ST_SEM_CLOSE, (sem_t * semaphore), (semaphore))

ST_EXPORT int sem_init(sem_t *semaphore, int shared, unsigned int value) {
    struct st_call call;
    st_begin(&call, ST_SEM_INIT);
    int result = ST_ORIGINAL(sem_init)(semaphore, shared, value);
    st_end(&call, &(struct st_done){.result = result, .arg = {(uint64_t)semaphore, (uint64_t)shared, value}});
    return result;
}

/* Mode and value are there only when a semaphore may be made. */
ST_EXPORT sem_t *sem_open(const char *name, int flags, ...) {
    struct st_call call;
    mode_t mode = 0;
    unsigned int value = 0;
    if ((flags & O_CREAT) != 0) {
        va_list list;
        va_start(list, flags);
        mode = va_arg(list, mode_t);
        value = va_arg(list, unsigned int);
        va_end(list);
    }
    st_begin(&call, ST_SEM_OPEN);
    sem_t *semaphore = ST_ORIGINAL(sem_open)(name, flags, mode, value);
    bool failed = semaphore == SEM_FAILED;
    st_end(&call, &(struct st_done){
                      .result = failed ? -1 : (int64_t)semaphore,
                      .arg = {failed ? 0 : (uint64_t)semaphore, (uint64_t)flags},
                      .path = name,
                  });
    return semaphore;
}

ST_EXPORT int sem_unlink(const char *name) {
    struct st_call call;
    st_begin(&call, ST_SEM_UNLINK);
    int result = ST_ORIGINAL(sem_unlink)(name);
    st_end(&call, &(struct st_done){.result = result, .path = name});
    return result;
}
