/*
 * paced THREADS CALLS SECONDS: the threads together make CALLS cheap calls a second, in a burst every ten milliseconds,
 * for so long, and print how many that were.
 */
#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define BURST_NS 10000000L
#define SECOND_NS 1000000000L

static long calls, seconds; /* of one thread; calls in pairs, a second */

static void *work(void *made) {
    struct timespec next;
    sem_t semaphore;
    sem_init(&semaphore, 0, 0);
    clock_gettime(CLOCK_MONOTONIC, &next);
    for (long burst = 0; burst < seconds * (SECOND_NS / BURST_NS); burst++) {
        long due = calls * (burst + 1) / (SECOND_NS / BURST_NS);
        for (; *(long *)made < due; *(long *)made += 1) {
            sem_post(&semaphore);
            sem_wait(&semaphore);
        }
        next.tv_nsec += BURST_NS;
        next.tv_sec += next.tv_nsec / SECOND_NS;
        next.tv_nsec %= SECOND_NS;
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
    }
    return NULL;
}

int main(int count, char **arguments) {
    if (count != 4)
        return 2;
    int threads = atoi(arguments[1]);
    calls = atol(arguments[2]) / threads / 2;
    seconds = atol(arguments[3]);
    pthread_t *ids = calloc((size_t)threads, sizeof *ids);
    long *made = calloc((size_t)threads, sizeof *made), all = 0;
    for (int i = 0; i < threads; i++)
        if (pthread_create(&ids[i], NULL, work, &made[i]) != 0)
            return 1;
    for (int i = 0; i < threads; i++) {
        pthread_join(ids[i], NULL);
        all += 2 * made[i];
    }
    printf("%ld\n", all);
    return 0;
}
