#include "real.h"
#include "wrapper.h"

#include <stdlib.h>

struct start {
    void *(*routine)(void *);
    void *argument;
    struct st_parent parent;
};

/* The new thread's ring begins with who started it, so that it is claimed before its routine runs. */
static void *run(void *memory) {
    struct start start = *(struct start *)memory;
    free(memory);
    st_thread_started(&start.parent);
    return start.routine(start.argument);
}

ST_EXPORT int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*routine)(void *),
                             void *argument) {
    struct st_call call;
    struct st_parent parent;
    int saved = errno;
    st_parent_begin(&call, ST_PTHREAD_CREATE, &parent);
    struct start *start = malloc(sizeof *start);
    errno = saved;
    int result = EAGAIN;
    if (start != NULL) {
        *start = (struct start){routine, argument, parent};
        result = ST_ORIGINAL(pthread_create)(thread, attributes, run, start);
    }
    if (result != 0)
        free(start); /* keeps errno, since glibc 2.33 */
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

static int on_semaphore(struct st_call *call, const sem_t *semaphore, int result) {
    st_end(call, &(struct st_done){.result = result, .arg = {(uint64_t)semaphore}});
    return result;
}

ST_EXPORT int sem_post(sem_t *semaphore) {
    struct st_call call;
    st_begin(&call, ST_SEM_POST);
    return on_semaphore(&call, semaphore, ST_ORIGINAL(sem_post)(semaphore));
}

ST_EXPORT int sem_wait(sem_t *semaphore) {
    struct st_call call;
    st_begin(&call, ST_SEM_WAIT);
    return on_semaphore(&call, semaphore, ST_ORIGINAL(sem_wait)(semaphore));
}

ST_EXPORT int sem_timedwait(sem_t *semaphore, const struct timespec *until) {
    struct st_call call;
    st_begin(&call, ST_SEM_TIMEDWAIT);
    return on_semaphore(&call, semaphore, ST_ORIGINAL(sem_timedwait)(semaphore, until));
}

ST_EXPORT int sem_trywait(sem_t *semaphore) {
    struct st_call call;
    st_begin(&call, ST_SEM_TRYWAIT);
    return on_semaphore(&call, semaphore, ST_ORIGINAL(sem_trywait)(semaphore));
}
