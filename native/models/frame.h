/*
 * What travels between client and tiers: a fixed header, then `length` bytes of no meaning. All answers are of one
 * length, and all requests too unless they are to be distinct: nothing else that a tracer of calls sees says which is
 * which.
 */
#ifndef MODELS_FRAME_H
#define MODELS_FRAME_H

#include <stdbool.h>
#include <stdint.h>

#include "../ntier/truth.h"

#define BODY_MAX 400
#define REQUEST_BODY 100

struct frame {
    uint32_t magic;
    uint32_t length; /* of the body */
    char request[REQUEST_ID];
    struct call_ref connect; /* the call that opened the connection */
    struct call_ref sender;  /* the call that sent this frame */
    bool answer;
    bool failed; /* in an answer: a tier behind did not answer */
    char zero[6];
};

struct message {
    struct frame frame;
    char body[BODY_MAX];
};

struct message message_request(const char *request, uint32_t length);
/* Turns a request into its answer. */
void message_answer(struct message *message, bool failed);
/* Whether what follows a header of that kind can be read at all. */
bool frame_is_sound(const struct frame *frame, bool answer);
bool frame_answers(const struct frame *frame, const char *request);
/* Bytes of the whole message. */
size_t message_size(const struct message *message);

#endif
