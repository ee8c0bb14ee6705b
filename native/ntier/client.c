#include "client.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "connection.h"
#include "fail.h"
#include "raw.h"

#define CHOICE_TARGET 16 /* apart from what the layers draw */

static const struct client_options *options;
static _Atomic unsigned next_request = 1;
static _Atomic unsigned answered;
static _Atomic unsigned failed;
static _Atomic bool stopping; /* lock-free, so a signal handler may set it */

static void stop(int number) {
    (void)number;
    stopping = true;
}

static void ask(unsigned number) {
    char request[REQUEST_ID];
    snprintf(request, sizeof request, "%s-%u", options->prefix, number);
    struct message message = message_request(request, options->route, options->route_length);
    double draw = message_draw(&message, options->seed, CHOICE_TARGET);
    struct address target = options->targets[(unsigned)(draw * options->target_count)];
    truth_begin(request, (struct call_ref){0});
    truth_count_request();
    connection_ask(target, &message);
    if (message.failed && atomic_fetch_add(&failed, 1) == 0)
        complain("request %s was not answered: %s", request, message.reason);
    if (!message.failed && atomic_fetch_add(&answered, 1) == 0)
        raw_write(STDOUT_FILENO, "running\n", 8); /* for whoever waits until requests are in flight */
}

static void *worker_main(void *unused) {
    (void)unused;
    const struct timespec pause = {options->pause_ms / 1000, (long)(options->pause_ms % 1000) * 1000000};
    while (!stopping) {
        unsigned number = atomic_fetch_add(&next_request, 1);
        if (number > options->requests)
            break;
        ask(number);
        if (options->pause_ms != 0)
            nanosleep(&pause, NULL);
    }
    return NULL;
}

/* Signals reach the main thread only, so that no call of a request is interrupted. */
static void run_workers(void) {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    pthread_t *threads = calloc(options->in_flight, sizeof *threads);
    for (unsigned i = 0; i < options->in_flight; i++)
        if (threads == NULL || pthread_create(&threads[i], NULL, worker_main, NULL) != 0)
            fail("cannot create %u threads", options->in_flight);
    struct sigaction action = {.sa_handler = stop};
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    pthread_sigmask(SIG_UNBLOCK, &signals, NULL);
    for (unsigned i = 0; i < options->in_flight; i++)
        pthread_join(threads[i], NULL);
    free(threads);
}

int client_run(const struct client_options *given) {
    options = given;
    truth_init(options->ip, options->truth_records);
    run_workers();
    if (!truth_write(options->truth))
        fail("cannot write %s", options->truth);
    if (failed > 0)
        complain("%u of %u requests were not answered", failed, failed + answered);
    return failed > 0;
}
