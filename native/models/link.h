/* Connections to the next tier: a fresh one for each request, or kept ones that whoever has a request takes in turn. */
#ifndef MODELS_LINK_H
#define MODELS_LINK_H

#include "options.h"
#include "visits.h"

struct link {
    int fd;
    struct ends ends;
    struct call_ref connect;
    bool on_its_way; /* connect has not told yet whether it succeeds */
};

void link_close(struct link link);
/* Asks on the link and takes the answer in place of the request. */
bool link_ask(enum io io, struct link *link, struct message *message, struct visit *visit);

/*
 * A link of the pool that nobody uses, or a new one; fd is negative when there is none to be had. Without `block` the
 * link may be on its way still.
 */
struct link link_take(const struct options *options, bool block);
/* Gives it back, or closes it when connections are not kept. */
void link_give(const struct options *options, struct link link);

#endif
