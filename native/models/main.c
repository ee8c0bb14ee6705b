/* Programs of every model of section 2.2 of the dissertation, which speak a protocol that S-Trace does not know. */
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "../ntier/fail.h"
#include "../ntier/raw.h"
#include "client.h"
#include "tier.h"
#include "visits.h"

#define CALLS_PER_REQUEST 32

static bool write_truth(const struct options *options) {
    bool written = visits_write(options->truth) && (options->calls == NULL || truth_write(options->calls));
    if (!written)
        complain("cannot write the truth");
    return written;
}

static void block(sigset_t *signals) {
    sigemptyset(signals);
    sigaddset(signals, SIGTERM);
    sigaddset(signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, signals, NULL);
}

/* Processes of a tier end with their parent. */
static void *stop_main(void *given) {
    sigset_t signals;
    int number;
    block(&signals);
    sigwait(&signals, &number);
    _exit(write_truth(given) ? 0 : 1);
}

static _Noreturn void serve(struct options *options) {
    sigset_t signals;
    pthread_t thread;
    block(&signals);
    io_init(options->io);
    int listener = tier_listen(options->self);
    if (pthread_create(&thread, NULL, stop_main, options) != 0)
        fail("cannot create a thread");
    raw_write(STDOUT_FILENO, "ready\n", 6);
    if (options->model != MODEL_EVENT)
        workers_run(options, listener);
    if (options->io == IO_ASYNC)
        async_run(options, listener);
    event_run(options, listener);
}

int main(int count, char **arguments) {
    (void)count;
    static struct options options;
    options = options_read(arguments + 1);
    visits_init(options.tier, options.host, options.records);
    truth_init(options.self.ip, options.calls == NULL ? 0 : (size_t)options.records * CALLS_PER_REQUEST);
    if (!options.client)
        serve(&options);
    bool answered = client_run(&options);
    return write_truth(&options) && answered ? 0 : 1;
}
