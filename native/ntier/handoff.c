#include "handoff.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>

#include "fail.h"

#define WAITING_MAX 4096

static struct accepted waiting[WAITING_MAX];
static unsigned first, count;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static sem_t available;

void handoff_init(void) {
    sem_init(&available, 0, 0);
}

void handoff_give(struct accepted accepted) {
    accepted.post = truth_enter("sem_post");
    pthread_mutex_lock(&lock);
    if (count == WAITING_MAX)
        fail("more than %d connections wait for a thread of the pool", WAITING_MAX);
    waiting[(first + count++) % WAITING_MAX] = accepted;
    pthread_mutex_unlock(&lock);
    sem_post(&available);
    truth_leave(accepted.post);
}

static struct accepted take_first(void) {
    pthread_mutex_lock(&lock);
    struct accepted accepted = waiting[first];
    first = (first + 1) % WAITING_MAX;
    count--;
    pthread_mutex_unlock(&lock);
    return accepted;
}

struct accepted handoff_take(void) {
    struct call wait = truth_enter("sem_wait");
    while (sem_wait(&available) != 0)
        if (errno != EINTR)
            fail("cannot wait for a connection");
    struct accepted accepted = take_first();
    truth_leave_from(wait, accepted.post.self);
    accepted.wait = wait;
    return accepted;
}
