#include "frame.h"

#include <stdio.h>
#include <string.h>

#define MAGIC 0x6d6f644cu

struct message message_request(const char *request, uint32_t length) {
    struct message message = {.frame = {.magic = MAGIC, .length = length}};
    snprintf(message.frame.request, sizeof message.frame.request, "%s", request);
    memset(message.body, 'q', length);
    return message;
}

void message_answer(struct message *message, bool failed) {
    message->frame.answer = true;
    message->frame.failed = failed;
    message->frame.length = BODY_MAX;
    memset(message->body, 'a', BODY_MAX);
}

bool frame_is_sound(const struct frame *frame, bool answer) {
    return frame->magic == MAGIC && frame->answer == answer && frame->length > 0 && frame->length <= BODY_MAX &&
           memchr(frame->request, '\0', sizeof frame->request) != NULL;
}

bool frame_answers(const struct frame *frame, const char *request) {
    return frame_is_sound(frame, true) && strcmp(frame->request, request) == 0;
}

size_t message_size(const struct message *message) {
    return sizeof message->frame + message->frame.length;
}
