/*
 * generator THREADS CALLS COUNTERS [mixed]: every thread makes CALLS cheap calls (0: until it is killed) and counts
 * each, after it has returned, in its own line of the file COUNTERS, which a reader of the file sees whatever becomes
 * of this process. `mixed` makes every eighth call one whose record needs continuations. The file is an array of struct
 * counter.
 */
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

struct counter {
    uint64_t tid;
    uint64_t calls;   /* that have returned */
    uint64_t longest; /* ns that one of them took */
    sem_t semaphore;
    uint64_t zeros;
};
_Static_assert(sizeof(struct counter) == 64, "one line a thread, and what the scripts read");

static struct counter *counters;
static uint64_t calls;
static int mixed;

#define NOWHERE "/nonexistent/a-path-that-is-longer-than-one-continuation-record-can-hold/so-that-two-are-needed"

static uint64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void call(uint64_t number, sem_t *semaphore) {
    if (mixed && number % 8 == 7) {
        if (open(NOWHERE, O_RDONLY) >= 0)
            abort();
    } else if (sem_post(semaphore) != 0) { /* so no thread makes more than SEM_VALUE_MAX */
        abort();
    }
}

static void *work(void *memory) {
    struct counter *counter = memory;
    __atomic_store_n(&counter->tid, (uint64_t)gettid(), __ATOMIC_RELEASE);
    for (uint64_t i = 0; calls == 0 || i < calls; i++) {
        uint64_t begun = now_ns();
        call(i, &counter->semaphore);
        uint64_t took = now_ns() - begun;
        if (took > counter->longest)
            counter->longest = took;
        __atomic_store_n(&counter->calls, i + 1, __ATOMIC_RELEASE);
    }
    return NULL;
}

int main(int count, char **arguments) {
    if (count < 4)
        return 2;
    int threads = atoi(arguments[1]);
    calls = strtoull(arguments[2], NULL, 10);
    mixed = count > 4;
    int fd = open(arguments[3], O_RDWR | O_CREAT, 0600);
    size_t bytes = (size_t)threads * sizeof *counters;
    if (fd < 0 || ftruncate(fd, (off_t)bytes) != 0)
        return 1;
    counters = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (counters == MAP_FAILED)
        return 1;
    pthread_t *ids = calloc((size_t)threads, sizeof *ids);
    for (int i = 0; i < threads; i++)
        sem_init(&counters[i].semaphore, 0, 0); /* here, so that a thread's own calls are the counted ones alone */
    for (int i = 0; i < threads; i++)
        if (pthread_create(&ids[i], NULL, work, &counters[i]) != 0)
            return 1;
    for (int i = 0; i < threads; i++)
        pthread_join(ids[i], NULL);
    return 0;
}
