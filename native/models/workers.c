/* A process or a thread for each connection, and pools of both: sections 2.2.1 to 2.2.3 of the dissertation. */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../ntier/fail.h"
#include "tier.h"

#define WAITING_MAX 4096

static const struct options *options;
static int listener;
static struct arrival waiting[WAITING_MAX];
static unsigned waiting_first, waiting_count;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static sem_t available;

static struct arrival accept_next(enum io io) {
    struct arrival arrival = {.count = 1};
    truth_begin(NULL, (struct call_ref){0});
    arrival.fd = io_accept(io, listener, &arrival.calls[0]);
    return arrival;
}

static void become_child(pid_t parent) {
    end_with(parent);
    truth_forked();
}

/* The child knows first for which request all this is: it names the parent's calls, which lie in shared memory. */
static _Noreturn void child_main(struct arrival arrival, pid_t parent) {
    become_child(parent);
    truth_begin(NULL, arrival.calls[1].self);
    arrival.calls[arrival.count++] = truth_enter("close");
    close(listener);
    truth_leave(arrival.calls[3]);
    tier_serve(options, arrival);
    _exit(0);
}

static void serve_in_process(struct arrival arrival) {
    struct call fork_call = truth_enter("fork"), close_call = truth_enter("close");
    arrival.calls[1] = fork_call;
    arrival.calls[2] = close_call;
    arrival.count = 3;
    pid_t parent = getpid(), child = fork();
    if (child < 0)
        fail("cannot fork: %s", strerror(errno));
    if (child == 0)
        child_main(arrival, parent);
    truth_leave(fork_call);
    close(arrival.fd);
    truth_leave_from(close_call, fork_call.self);
}

static void start(void *(*function)(void *), void *argument) {
    pthread_t thread;
    int error = pthread_create(&thread, NULL, function, argument);
    if (error != 0)
        fail("cannot create a thread: %s", strerror(error));
    pthread_detach(thread);
}

static void *thread_main(void *argument) {
    struct arrival arrival = *(struct arrival *)argument;
    free(argument);
    truth_begin(NULL, arrival.calls[1].self);
    tier_serve(options, arrival);
    return NULL;
}

static void serve_in_thread(struct arrival arrival) {
    struct arrival *own = malloc(sizeof *own);
    if (own == NULL)
        fail("out of memory");
    arrival.calls[1] = truth_enter("pthread_create");
    arrival.count = 2;
    struct call create = arrival.calls[1];
    *own = arrival;
    start(thread_main, own);
    truth_leave(create);
}

/* In a pool each waits for a connection by itself; one descriptor cannot tell several threads by a signal. */
static enum io pool_accepts(void) {
    return options->io == IO_POLLING || options->io == IO_SELECT ? options->io : IO_BLOCKING;
}

static _Noreturn void *pool_main(void *unused) {
    (void)unused;
    for (;;)
        tier_serve(options, accept_next(pool_accepts()));
}

static void hand_over(struct arrival arrival) {
    arrival.calls[1] = truth_enter("sem_post");
    arrival.count = 2;
    struct call post = arrival.calls[1];
    pthread_mutex_lock(&lock);
    if (waiting_count == WAITING_MAX)
        fail("more than %d connections wait for a thread of the pool", WAITING_MAX);
    waiting[(waiting_first + waiting_count++) % WAITING_MAX] = arrival;
    pthread_mutex_unlock(&lock);
    sem_post(&available);
    truth_leave(post);
}

static struct arrival take_over(void) {
    truth_begin(NULL, (struct call_ref){0});
    struct call wait = truth_enter("sem_wait");
    while (sem_wait(&available) != 0)
        if (errno != EINTR)
            fail("cannot wait for a connection: %s", strerror(errno));
    pthread_mutex_lock(&lock);
    struct arrival arrival = waiting[waiting_first];
    waiting_first = (waiting_first + 1) % WAITING_MAX;
    waiting_count--;
    pthread_mutex_unlock(&lock);
    truth_leave_from(wait, arrival.calls[1].self);
    arrival.calls[2] = wait;
    arrival.count = 3;
    return arrival;
}

static _Noreturn void *taker_main(void *unused) {
    (void)unused;
    for (;;)
        tier_serve(options, take_over());
}

static _Noreturn void accept_for(void (*serve)(struct arrival)) {
    io_adopt(options->io, listener);
    for (;;)
        serve(accept_next(options->io));
}

static void start_processes(void) {
    pid_t parent = getpid();
    for (unsigned i = 0; i < options->pool; i++) {
        pid_t child = fork();
        if (child < 0)
            fail("cannot fork: %s", strerror(errno));
        if (child == 0) {
            become_child(parent);
            pool_main(NULL);
        }
    }
}

static void start_threads(void *(*function)(void *)) {
    for (unsigned i = 0; i < options->pool; i++)
        start(function, NULL);
}

_Noreturn void workers_run(const struct options *given, int opened) {
    options = given;
    listener = opened;
    signal(SIGCHLD, SIG_IGN); /* nobody waits for a child */
    if (options->main_accepts) {
        sem_init(&available, 0, 0);
        start_threads(taker_main);
        accept_for(hand_over);
    }
    if (options->model == MODEL_PROCESS)
        accept_for(serve_in_process);
    if (options->model == MODEL_THREAD)
        accept_for(serve_in_thread);
    io_adopt(pool_accepts(), listener);
    if (options->model == MODEL_PROCESS_POOL)
        start_processes();
    else
        start_threads(pool_main);
    for (;;)
        pause();
}
