#ifndef NTIER_MESSAGE_H
#define NTIER_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "address.h"
#include "truth.h"

#define ROUTE_MAX 16
#define REASON_TEXT 96

/* What travels between clients, replicas and layers, in both directions and through every mechanism; always whole. */
struct message {
    uint32_t magic;
    uint16_t hop;   /* socket hops so far */
    uint16_t layer; /* layers so far in the present replica */
    char request[REQUEST_ID];
    uint8_t route_length; /* 0: the replicas choose */
    uint8_t route_next;
    bool failed;
    bool answered;
    struct address route[ROUTE_MAX];
    struct call_ref connect;  /* the call that opened the connection this came by */
    struct call_ref sender;   /* the call that sent it */
    uint64_t checksum;        /* of the request's id; in a reply, complemented */
    char reason[REASON_TEXT]; /* why it failed */
};

struct message message_request(const char *request, const struct address *route, unsigned route_length);
bool message_is_request(const struct message *message);
/* Turns a request into its answer. */
void message_answer(struct message *message);
/* Turns a request into an answer that says why there is none. */
void message_refuse(struct message *message, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool message_is_answer_to(const struct message *message, const char *request);

/*
 * A number in [0,1) that depends on nothing but the seed, the request, how far it has come and what is being chosen:
 * so a run is the same at any concurrency.
 */
double message_draw(const struct message *message, uint64_t seed, unsigned choice);

#endif
