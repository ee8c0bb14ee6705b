/*
 * The connections of an application that serves all of them in one thread: a client's asks, is served and answered, and
 * while the tier asks the next one for it, its link waits in its place. What moves the bytes (event.c, async.c) tells
 * conn_moved, and is told by `conn_want` what each connection waits for.
 */
#ifndef MODELS_CONN_H
#define MODELS_CONN_H

#include <aio.h>

#include "link.h"
#include "tier.h"

struct conn {
    struct link link;
    bool writing; /* the message, or else reading one */
    struct message message;
    size_t done; /* bytes of the message that were moved */
    struct call first;
    struct conn *asker; /* of a link to the next tier: the client's connection for which it asks */

    /* Of a client's connection: */
    struct arrival arrival;
    struct visit *visit;
    char request[REQUEST_ID]; /* the present or the last one */
    struct call_ref last;     /* the call that the request's next one follows */

    struct aiocb block; /* for asynchronous I/O */
};

/* Called when a connection waits for a new thing: to write or to read more. */
extern void (*conn_want)(struct conn *conn);
/* Called when a connection waits for nothing, and before it is closed. */
extern void (*conn_leave)(int fd);

void conn_init(const struct options *options);
/* Accepts all connections that have come; they wait for their first requests. */
void conn_accept(int listener);
/* What the calling thread does next is for the connection's request. */
void conn_resume(const struct conn *conn);
/* The bytes to be moved next. */
size_t conn_span(struct conn *conn, void **bytes);
/* A call has moved bytes; a count that is not above 0 ends the connection. The connection may be gone afterwards. */
void conn_moved(struct conn *conn, struct call call, ssize_t count);

#endif
