/* Threads of POSIX and of C11. */
#include "real.h"
#include "wrapper.h"

#include <stdlib.h>
#include <threads.h>

/* How a new thread starts. Not from malloc: freeing it would make the allocator build the new thread an arena. */
struct start {
    union {
        void *(*posix)(void *);
        int (*c11)(void *);
    } routine;
    void *argument;
    struct st_parent parent;
    bool taken;
};

/* Each is in use from a thread's creation to its first step; more than these at once come from malloc. */
#define STARTS 256
static struct start starts[STARTS];

static struct start *new_start(void) {
    static uint32_t next;
    uint32_t first = __atomic_fetch_add(&next, 1, __ATOMIC_RELAXED);
    for (uint32_t i = 0; i < 8; i++) {
        struct start *start = &starts[(first + i) % STARTS];
        if (!__atomic_exchange_n(&start->taken, true, __ATOMIC_ACQUIRE))
            return start;
    }
    int saved = errno;
    struct start *start = malloc(sizeof *start);
    errno = saved;
    return start;
}

static void free_start(struct start *start) {
    if (start >= starts && start < starts + STARTS)
        __atomic_store_n(&start->taken, false, __ATOMIC_RELEASE);
    else
        free(start); /* keeps errno, since glibc 2.33 */
}

/* The new thread's ring begins with who started it, so that it is claimed before its routine runs. */
static struct start begin_thread(void *memory) {
    struct start start = *(struct start *)memory;
    free_start(memory);
    st_thread_started(&start.parent);
    return start;
}

static void *run_posix(void *memory) {
    struct start start = begin_thread(memory);
    return start.routine.posix(start.argument);
}

static int run_c11(void *memory) {
    struct start start = begin_thread(memory);
    return start.routine.c11(start.argument);
}

ST_EXPORT int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*routine)(void *),
                             void *argument) {
    struct st_call call;
    struct start *start = new_start();
    int result = EAGAIN;
    struct st_parent parent;
    st_parent_begin(&call, ST_PTHREAD_CREATE, &parent);
    if (start != NULL) {
        start->routine.posix = routine;
        start->argument = argument;
        start->parent = parent;
        result = ST_ORIGINAL(pthread_create)(thread, attributes, run_posix, start);
        if (result != 0)
            free_start(start);
    }
    st_end(&call, &(struct st_done){.result = result, .arg = {result == 0 ? (uint64_t)*thread : 0}, .error = result});
    return result;
}

ST_EXPORT int pthread_join(pthread_t thread, void **value) {
    struct st_call call;
    st_begin(&call, ST_PTHREAD_JOIN);
    int result = ST_ORIGINAL(pthread_join)(thread, value);
    st_end(&call, &(struct st_done){.result = result, .arg = {(uint64_t)thread}, .error = result});
    return result;
}

static void record_exit(void) {
    struct st_call call;
    st_begin(&call, ST_PTHREAD_EXIT);
    st_record_now(&call, &(struct st_done){.result = 0});
}

ST_EXPORT void pthread_exit(void *value) {
    record_exit();
    ST_ORIGINAL(pthread_exit)(value);
    __builtin_unreachable();
}

int st_thrd_errno(int result) {
    return result == thrd_success    ? 0
           : result == thrd_nomem    ? ENOMEM
           : result == thrd_busy     ? EBUSY
           : result == thrd_timedout ? ETIMEDOUT
                                     : EINVAL;
}

ST_EXPORT int thrd_create(thrd_t *thread, thrd_start_t routine, void *argument) {
    struct st_call call;
    struct start *start = new_start();
    int result = thrd_nomem;
    struct st_parent parent;
    st_parent_begin(&call, ST_THRD_CREATE, &parent);
    if (start != NULL) {
        start->routine.c11 = routine;
        start->argument = argument;
        start->parent = parent;
        result = ST_ORIGINAL(thrd_create)(thread, run_c11, start);
        if (result != thrd_success)
            free_start(start);
    }
    st_end(&call, &(struct st_done){.result = result,
                                    .arg = {result == thrd_success ? (uint64_t)*thread : 0},
                                    .error = st_thrd_errno(result)});
    return result;
}

ST_EXPORT int thrd_join(thrd_t thread, int *value) {
    struct st_call call;
    st_begin(&call, ST_THRD_JOIN);
    int result = ST_ORIGINAL(thrd_join)(thread, value);
    st_end(&call, &(struct st_done){.result = result, .arg = {(uint64_t)thread}, .error = st_thrd_errno(result)});
    return result;
}

ST_EXPORT void thrd_exit(int value) {
    record_exit();
    ST_ORIGINAL(thrd_exit)(value);
    __builtin_unreachable();
}
