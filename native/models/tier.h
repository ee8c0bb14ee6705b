/* What a tier does with a connection, for models that give each a process or thread of its own. */
#ifndef MODELS_TIER_H
#define MODELS_TIER_H

#include "options.h"

/* An accepted connection, and the calls that brought it here: accept, then those that handed it over. */
struct arrival {
    int fd;
    unsigned count;
    struct call calls[4];
};

/* Opens the socket on which the tier listens. */
int tier_listen(struct address self);
/* Names the calls of an arrival once the first request on its connection is known. */
void tier_claim(struct arrival *arrival, const struct frame *request);
/* The tier's own work for a request. */
void tier_work(const struct options *options);
/* Serves one request after the other until the client closes. */
void tier_serve(const struct options *options, struct arrival arrival);

/* Serves for good, as the model wants. */
_Noreturn void workers_run(const struct options *options, int listener);
_Noreturn void event_run(const struct options *options, int listener);
_Noreturn void async_run(const struct options *options, int listener);

#endif
