/* DNS (RFC 1035): a datagram is a message; over a stream each one follows its length. */
#include "protocol.h"

#include <string.h>

enum state { BEGIN, LENGTH, HEADER, LABEL_LENGTH, LABEL, TYPE, PASSED };

/* stream->own: bytes of the message that were not looked at yet */

#define HEADER_BYTES 12
#define LENGTH_BYTES 2
#define LEAST_MESSAGE (HEADER_BYTES + 5)
#define MOST_NAME 255
#define MOST_LABEL 63

/* Standard query or status, notify or update; one question; nothing reserved; a query brings no answers. */
static bool is_header(const uint8_t *header) {
    uint8_t operation = header[2] >> 3 & 15;
    bool response = (header[2] & 0x80) != 0;
    return (operation == 0 || operation == 2 || operation == 4 || operation == 5) && (header[3] & 0x40) == 0 &&
           st_be16(header + 4) == 1 &&
           (response || operation != 0 || (st_be16(header + 6) | st_be16(header + 8)) == 0) &&
           st_be16(header + 10) < 16;
}

static enum st_fit recognise(const uint8_t *bytes, size_t count, uint32_t whole, enum st_role role) {
    uint32_t length = count >= LENGTH_BYTES ? st_be16(bytes) : LEAST_MESSAGE;
    if (length < LEAST_MESSAGE || (role == ST_ROLE_NONE && length > 512 && count <= LENGTH_BYTES))
        return ST_FIT_NO;
    if (count < LENGTH_BYTES + HEADER_BYTES)
        return ST_FIT_MAYBE;
    if (!is_header(bytes + LENGTH_BYTES))
        return ST_FIT_NO;
    if (role == ST_ROLE_NONE && length + LENGTH_BYTES < whole)
        return ST_FIT_NO;
    return bytes[LENGTH_BYTES + 2] & 0x80 ? ST_FIT_RESPONSE : ST_FIT_REQUEST;
}

/* Whether a name, a type and a class follow the header. */
static bool has_question(const uint8_t *bytes, size_t count) {
    size_t at = HEADER_BYTES;
    while (at < count && bytes[at] != 0 && bytes[at] <= MOST_LABEL)
        at += 1 + (size_t)bytes[at];
    return at + 5 <= count && at <= HEADER_BYTES + MOST_NAME && bytes[at] == 0;
}

bool st_dns_fits(const uint8_t *bytes, size_t count) {
    return count >= LEAST_MESSAGE && is_header(bytes) && has_question(bytes, count);
}

void st_dns_begin(struct st_scan *scan, uint32_t length) {
    struct st_stream *s = scan->stream;
    st_message_begin(scan, s->role == ST_ROLE_RESPONSES ? ST_MARK_RESPONSE : ST_MARK_REQUEST);
    s->own = length;
    st_gather(scan, HEADER_BYTES, HEADER);
}

static void leave(struct st_scan *scan) {
    st_pass(scan, scan->stream->own, PASSED);
}

/* The next `count` bytes of the message, if there are as many. */
static void take(struct st_scan *scan, uint32_t count, uint8_t state) {
    struct st_stream *s = scan->stream;
    if (count > s->own) {
        leave(scan);
        return;
    }
    s->own -= count;
    st_gather(scan, (uint8_t)count, state);
}

static void header(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    if (!is_header(s->gather)) {
        st_lose_sync(scan);
        return;
    }
    bool response = (s->gather[2] & 0x80) != 0;
    s->flags = (s->flags & ST_MARK_RESYNC) | (response ? ST_MARK_RESPONSE : ST_MARK_REQUEST);
    s->id = st_be16(s->gather);
    st_message_sure(scan);
    s->code = response ? s->gather[3] & 15 : 0;
    s->own -= HEADER_BYTES;
    st_hash_begin(s);
    take(scan, 1, LABEL_LENGTH);
}

static void label_length(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    uint8_t length = s->gather[0];
    st_hash_bytes(s, &length, 1);
    if (length == 0) {
        take(scan, 4, TYPE);
    } else if (length > MOST_LABEL || length > s->own) {
        s->hashing = ST_HASHING_OFF;
        leave(scan);
    } else {
        s->own -= length;
        s->remaining = length;
        if (s->summary_bytes > 0)
            st_summarise(s, ".", 1);
        st_text(s, LABEL);
    }
}

/* Names are compared without case, and resolvers play with it. */
static void label(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    for (; scan->at < scan->end && s->remaining > 0; scan->at++, s->remaining--) {
        uint8_t byte = st_lower(*scan->at);
        st_hash_bytes(s, &byte, 1);
        st_summarise(s, &byte, 1);
    }
    if (s->remaining == 0)
        take(scan, 1, LABEL_LENGTH);
}

static void type(struct st_scan *scan) {
    static const struct {
        uint16_t number;
        char name[6];
    } types[] = {{1, "A"},    {2, "NS"},    {5, "CNAME"}, {6, "SOA"},    {12, "PTR"}, {15, "MX"},
                 {16, "TXT"}, {28, "AAAA"}, {33, "SRV"},  {65, "HTTPS"}, {255, "ANY"}};
    struct st_stream *s = scan->stream;
    st_hash_bytes(s, s->gather, s->gathered);
    s->line = st_hash_end(s);
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (types[i].number == st_be16(s->gather)) {
            st_summarise(s, " ", 1);
            st_summarise(s, types[i].name, strlen(types[i].name));
        }
    leave(scan);
}

static void step(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    switch (s->state) {
    case BEGIN:
        st_dns_begin(scan, 0);
        s->open = ST_MESSAGE_UNSURE;
        st_gather(scan, LENGTH_BYTES, LENGTH);
        break;
    case LENGTH:
        s->own = st_be16(s->gather);
        if (s->own < LEAST_MESSAGE)
            st_lose_sync(scan);
        else
            st_gather(scan, HEADER_BYTES, HEADER);
        break;
    case HEADER:
        header(scan);
        break;
    case LABEL_LENGTH:
        label_length(scan);
        break;
    case LABEL:
        label(scan);
        break;
    case TYPE:
        type(scan);
        break;
    default: /* PASSED */
        s->hashing = ST_HASHING_OFF;
        st_message_end(scan);
        st_text(s, BEGIN);
        break;
    }
}

const struct st_processor st_dns = {recognise, step};
