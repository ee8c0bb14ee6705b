#include "client.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../ntier/fail.h"
#include "../ntier/raw.h"
#include "link.h"

#define DISTINCT_LENGTHS (BODY_MAX - REQUEST_BODY)

/* A request under way; `last` is the call that its next one follows. */
struct asking {
    char request[REQUEST_ID];
    uint32_t length;
    struct visit *visit;
    struct call_ref last;
};

static const struct options *options;
static _Atomic unsigned begun;
static _Atomic unsigned answered;
static _Atomic unsigned failed;

static bool begin(struct asking *asking) {
    unsigned index = atomic_fetch_add(&begun, 1);
    if (index >= options->requests)
        return false;
    unsigned number = options->first + index;
    snprintf(asking->request, sizeof asking->request, "%.16s%07u", options->prefix, number);
    asking->length = REQUEST_BODY + (options->distinct ? number % DISTINCT_LENGTHS : 0);
    truth_begin(asking->request, (struct call_ref){0});
    asking->visit = visits_begin(asking->request, NULL);
    return true;
}

static bool ask(struct asking *asking, const struct link *link) {
    struct message message = message_request(asking->request, asking->length);
    message.frame.connect = link->connect;
    visits_ask(asking->visit, link->ends);
    bool sent = io_send(IO_BLOCKING, link->fd, &message);
    if (options->pipeline > 1)
        visits_asked(asking->visit);
    asking->last = truth_last();
    return sent;
}

static bool take_answer(struct asking *asking, const struct link *link) {
    struct message answer;
    struct call receive;
    truth_begin(asking->request, asking->last);
    if (!io_receive(IO_BLOCKING, link->fd, &answer, true, &receive) || !frame_answers(&answer.frame, asking->request) ||
        answer.frame.failed)
        return false;
    visits_answered(asking->visit);
    visits_end(asking->visit);
    return true;
}

/* Asks for up to as many as go into one pipeline on a link, which is opened first where there is none. */
static unsigned ask_some(struct asking *asked, struct link *link) {
    unsigned count = 0;
    while (count < options->pipeline && begin(&asked[count])) {
        if (link->fd < 0)
            *link = link_take(options, true);
        if (link->fd < 0 || !ask(&asked[count], link))
            fail("request %s could not be sent", asked[count].request);
        count++;
    }
    return count;
}

static void *worker_main(void *unused) {
    (void)unused;
    struct asking *asked = calloc(options->pipeline, sizeof *asked);
    struct link link = {.fd = -1};
    for (unsigned count; asked != NULL && (count = ask_some(asked, &link)) > 0;) {
        for (unsigned i = 0; i < count; i++)
            if (take_answer(&asked[i], &link)) {
                if (atomic_fetch_add(&answered, 1) == 0)
                    raw_write(STDOUT_FILENO, "running\n", 8);
            } else if (atomic_fetch_add(&failed, 1) == 0)
                complain("request %s was not answered", asked[i].request);
        if (!options->keep) {
            link_close(link);
            link.fd = -1;
        }
    }
    if (link.fd >= 0)
        link_close(link);
    free(asked);
    return NULL;
}

bool client_run(const struct options *given) {
    options = given;
    signal(SIGPIPE, SIG_IGN);
    pthread_t *threads = calloc(options->in_flight, sizeof *threads);
    for (unsigned i = 0; i < options->in_flight; i++)
        if (threads == NULL || pthread_create(&threads[i], NULL, worker_main, NULL) != 0)
            fail("cannot create %u threads", options->in_flight);
    for (unsigned i = 0; i < options->in_flight; i++)
        pthread_join(threads[i], NULL);
    free(threads);
    if (failed > 0)
        complain("%u of %u requests were not answered", failed, options->requests);
    return failed == 0 && answered == options->requests;
}
