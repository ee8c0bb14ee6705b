#include "message.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define MESSAGE_MAGIC 0x6e546965u /* "nTie" */

/* FNV-1a. */
static uint64_t hash_text(const char *text) {
    uint64_t hash = 0xcbf29ce484222325u;
    for (; *text != '\0'; text++)
        hash = (hash ^ (unsigned char)*text) * 0x100000001b3u;
    return hash;
}

/* SplitMix64's output function. */
static uint64_t mix(uint64_t x) {
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

struct message message_request(const char *request, const struct address *route, unsigned route_length) {
    struct message message = {
        .magic = MESSAGE_MAGIC, .route_length = (uint8_t)route_length, .checksum = hash_text(request)};
    snprintf(message.request, sizeof message.request, "%s", request);
    memcpy(message.route, route, route_length * sizeof route[0]);
    return message;
}

static bool is_sound(const struct message *message) {
    return message->magic == MESSAGE_MAGIC && memchr(message->request, '\0', sizeof message->request) != NULL &&
           message->route_length <= ROUTE_MAX && message->route_next <= message->route_length;
}

bool message_is_request(const struct message *message) {
    return is_sound(message) && !message->answered && message->checksum == hash_text(message->request);
}

void message_answer(struct message *message) {
    message->answered = true;
    message->checksum = ~hash_text(message->request);
}

void message_refuse(struct message *message, const char *format, ...) {
    message_answer(message);
    message->failed = true;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message->reason, sizeof message->reason, format, arguments);
    va_end(arguments);
}

bool message_is_answer_to(const struct message *message, const char *request) {
    return is_sound(message) && message->answered && strcmp(message->request, request) == 0 &&
           message->checksum == ~hash_text(request);
}

double message_draw(const struct message *message, uint64_t seed, unsigned choice) {
    uint64_t place = (uint64_t)message->hop << 32 | (uint64_t)message->layer << 16 | choice;
    return (double)(mix(mix(seed ^ hash_text(message->request)) ^ place) >> 11) * 0x1p-53;
}
