/* Condition variables and barriers, of POSIX and of C11. Their calls tell errors by their result. */
#include "real.h"
#include "wrapper.h"

#include <threads.h>

static int done(struct st_call *call, const void *condition, const void *mutex, int result, int error) {
    st_end(call, &(struct st_done){.result = result, .arg = {(uint64_t)condition, (uint64_t)mutex}, .error = error});
    return result;
}

#define WAIT(name, op, parameters, arguments)                                                                          \
    ST_EXPORT int name parameters {                                                                                    \
        struct st_call call;                                                                                           \
        st_begin(&call, op);                                                                                           \
        int result = ST_ORIGINAL(name) arguments;                                                                      \
        return done(&call, condition, mutex, result, result);                                                          \
    }
WAIT(pthread_cond_wait, ST_COND_WAIT, (pthread_cond_t * condition, pthread_mutex_t *mutex), (condition, mutex))
WAIT(pthread_cond_timedwait, ST_COND_TIMEDWAIT,
     (pthread_cond_t * condition, pthread_mutex_t *mutex, const struct timespec *until), (condition, mutex, until))
WAIT(pthread_cond_clockwait, ST_COND_CLOCKWAIT,
     (pthread_cond_t * condition, pthread_mutex_t *mutex, clockid_t clock, const struct timespec *until),
     (condition, mutex, clock, until))

#define WAKE(name, op)                                                                                                 \
    ST_EXPORT int name(pthread_cond_t *condition) {                                                                    \
        struct st_call call;                                                                                           \
        st_begin(&call, op);                                                                                           \
        int result = ST_ORIGINAL(name)(condition);                                                                     \
        return done(&call, condition, NULL, result, result);                                                           \
    }
WAKE(pthread_cond_signal, ST_COND_SIGNAL)
WAKE(pthread_cond_broadcast, ST_COND_BROADCAST)

#define C11_WAIT(name, op, parameters, arguments)                                                                      \
    ST_EXPORT int name parameters {                                                                                    \
        struct st_call call;                                                                                           \
        st_begin(&call, op);                                                                                           \
        int result = ST_ORIGINAL(name) arguments;                                                                      \
        return done(&call, condition, mutex, result, st_thrd_errno(result));                                           \
    }
C11_WAIT(cnd_wait, ST_COND_WAIT, (cnd_t * condition, mtx_t *mutex), (condition, mutex))
C11_WAIT(cnd_timedwait, ST_COND_TIMEDWAIT,
         (cnd_t *restrict condition, mtx_t *restrict mutex, const struct timespec *restrict until),
         (condition, mutex, until))

#define C11_WAKE(name, op)                                                                                             \
    ST_EXPORT int name(cnd_t *condition) {                                                                             \
        struct st_call call;                                                                                           \
        st_begin(&call, op);                                                                                           \
        int result = ST_ORIGINAL(name)(condition);                                                                     \
        return done(&call, condition, NULL, result, st_thrd_errno(result));                                            \
    }
C11_WAKE(cnd_signal, ST_COND_SIGNAL)
C11_WAKE(cnd_broadcast, ST_COND_BROADCAST)

ST_EXPORT int pthread_barrier_wait(pthread_barrier_t *barrier) {
    struct st_call call;
    st_begin(&call, ST_BARRIER_WAIT);
    int result = ST_ORIGINAL(pthread_barrier_wait)(barrier);
    bool failed = result != 0 && result != PTHREAD_BARRIER_SERIAL_THREAD;
    return done(&call, barrier, NULL, result, failed ? result : ST_NO_ERROR);
}
