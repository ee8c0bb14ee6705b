/*
 * AJP/1.3, from a web server to a servlet container. The line is hashed as HTTP/1's request line is, and the bodies, so
 * that a request can be followed from hop to hop.
 */
#include "protocol.h"

#include <string.h>

enum state {
    BEGIN,
    HEADER,
    CODE,
    LENGTH, /* of a string */
    URI,
    STRING,
    CONNECTION, /* port, is_ssl, number of headers */
    HEADER_NAME,
    CONTENT_LENGTH,
    ATTRIBUTE,
    CHUNK, /* length of a piece of a body */
    DATA,
    STATUS,
    REUSE,
    REST, /* of the packet */
};

enum code {
    FORWARD_REQUEST = 2,
    SEND_BODY_CHUNK,
    SEND_HEADERS,
    END_RESPONSE,
    GET_BODY_CHUNK,
    CPONG = 9,
    CPING,
};

/* stream->kind: which string of a request comes, in order */
enum string {
    PROTOCOL,
    TARGET,
    REMOTE_ADDRESS,
    REMOTE_HOST,
    SERVER_NAME,
    NAME,
    VALUE,
    LENGTH_VALUE,
    QUERY,
    ATTRIBUTE_NAME,
    ATTRIBUTE_VALUE,
};

/* stream->own: bytes of the packet that were not looked at yet, header lines that are still to come, then */
enum {
    LEFT_MASK = 0xffff,
    HEADERS_SHIFT = 16,
    FRESH = 1 << 24 /* the message began with this packet */,
    DONE = 1 << 25
};

#define HEADER_BYTES 4
#define CODED_NAME 0xa0
#define NAME_CONTENT_LENGTH 0x08
#define ATTRIBUTE_QUERY_STRING 5
#define ATTRIBUTE_REQUEST 10
#define ATTRIBUTE_SSL_KEY_SIZE 11
#define ATTRIBUTES_END 0xff
#define NO_STRING 0xffff

static enum st_fit recognise(const uint8_t *bytes, size_t count, uint32_t whole, enum st_role role) {
    (void)whole;
    if (count <= HEADER_BYTES) {
        bool may = bytes[0] == 0x12 ? count < 2 || bytes[1] == 0x34 : bytes[0] == 'A' && (count < 2 || bytes[1] == 'B');
        return may ? ST_FIT_MAYBE : ST_FIT_NO;
    }
    uint8_t code = bytes[HEADER_BYTES];
    if (bytes[0] == 0x12 && bytes[1] == 0x34 && role != ST_ROLE_RESPONSES)
        return code == FORWARD_REQUEST || code == CPING ? ST_FIT_REQUEST : ST_FIT_NO;
    if (bytes[0] == 'A' && bytes[1] == 'B' && role != ST_ROLE_REQUESTS)
        return code == SEND_HEADERS || code == CPONG ? ST_FIT_RESPONSE : ST_FIT_NO;
    return ST_FIT_NO;
}

/* Bytes of the request's body that are still to come. */
static uint32_t *body_left(struct st_scan *scan) {
    return &scan->conversation->own[0];
}

static void begin(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    s->own = s->open ? 0 : FRESH;
    if (!s->open)
        st_message_begin_unsure(scan, s->role == ST_ROLE_REQUESTS ? ST_MARK_REQUEST : ST_MARK_RESPONSE);
    st_gather(scan, HEADER_BYTES, HEADER);
}

/* The rest of the packet; a last byte or two belong to no body. */
static void leave_packet(struct st_scan *scan) {
    uint32_t left = scan->stream->own & LEFT_MASK;
    if (left > 0 && left < ST_GATHER_BYTES)
        st_gather(scan, (uint8_t)left, REST);
    else
        st_pass(scan, left, REST);
}

/* The next `count` bytes of the packet, if there are as many. */
static void take(struct st_scan *scan, uint32_t count, uint8_t state) {
    struct st_stream *s = scan->stream;
    if (count > (s->own & LEFT_MASK)) {
        leave_packet(scan);
        return;
    }
    s->own -= count;
    st_gather(scan, (uint8_t)count, state);
}

static void take_string(struct st_scan *scan, uint8_t kind) {
    scan->stream->kind = kind;
    take(scan, 2, LENGTH);
}

static void header(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    bool requests = s->role == ST_ROLE_REQUESTS;
    uint16_t left = st_be16(s->gather + 2);
    if (st_be16(s->gather) != (requests ? 0x1234 : 'A' << 8 | 'B')) {
        st_lose_sync(scan);
        return;
    }
    s->own |= left;
    if (requests && (s->own & FRESH) == 0) {
        if (left == 0) /* the body ends early */
            *body_left(scan) = 0;
        take(scan, 2, CHUNK);
    } else {
        take(scan, requests && left > 1 ? 2 : 1, CODE);
    }
}

/* ---- the web server ---- */

static void forward_request(struct st_scan *scan, uint8_t method) {
    static const char *const methods[] = {"OPTIONS",  "GET",       "HEAD",           "POST", "PUT",  "DELETE", "TRACE",
                                          "PROPFIND", "PROPPATCH", "MKCOL",          "COPY", "MOVE", "LOCK",   "UNLOCK",
                                          "ACL",      "REPORT",    "VERSION-CONTROL"};
    struct st_stream *s = scan->stream;
    if (method >= 1 && method <= sizeof methods / sizeof *methods) {
        st_summarise(s, methods[method - 1], strlen(methods[method - 1]));
        st_summarise(s, " ", 1);
    }
    st_hash_begin(s);
    st_hash_bytes(s, (const uint8_t *)s->summary, s->summary_bytes);
    s->hashing = ST_HASHING_OFF; /* until the target comes */
    *body_left(scan) = 0;
    take_string(scan, PROTOCOL);
}

static void request_code(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    bool data = s->gathered == 2 && st_be16(s->gather) == (s->own & LEFT_MASK);
    if (s->gather[0] == FORWARD_REQUEST && s->gathered == 2 && !data) {
        st_message_sure(scan);
        forward_request(scan, s->gather[1]);
        return;
    }
    if (s->gather[0] == CPING && s->gathered == 1) {
        st_message_sure(scan);
        st_summarise(s, "CPING", 5);
    } else { /* a piece of a body whose length was not told */
        st_message_drop(scan);
    }
    leave_packet(scan);
}

static void length(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    uint32_t count = st_be16(s->gather);
    if (count == NO_STRING) {
        st_pass(scan, 0, STRING);
        return;
    }
    if (count + 1 > (s->own & LEFT_MASK)) {
        leave_packet(scan);
        return;
    }
    s->own -= count + 1;
    s->remaining = count;
    if (s->kind == QUERY)
        st_hash_bytes(s, (const uint8_t *)"?", 1);
    if ((s->kind == TARGET || s->kind == QUERY) && count > 0)
        st_text(s, URI);
    else if (s->kind == LENGTH_VALUE && count > 0 && count <= ST_GATHER_BYTES)
        st_gather(scan, (uint8_t)count, CONTENT_LENGTH);
    else
        st_pass(scan, count + 1, STRING);
}

static void uri(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    size_t count = (size_t)(scan->end - scan->at);
    if (count > s->remaining)
        count = (size_t)s->remaining;
    if (s->kind == TARGET)
        st_summarise(s, scan->at, count);
    st_hash_bytes(s, scan->at, count);
    scan->at += count;
    s->remaining -= count;
    if (s->remaining == 0)
        st_pass(scan, 1, STRING);
}

static void content_length(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    uint64_t number = 0;
    for (uint8_t i = 0; i < s->gathered && st_is_digit(s->gather[i]); i++)
        number = number * 10 + s->gather[i] - '0';
    *body_left(scan) = number < UINT32_MAX ? (uint32_t)number : UINT32_MAX;
    st_pass(scan, 1, STRING);
}

static void next_header(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    if ((s->own >> HEADERS_SHIFT & 0xff) == 0) {
        take(scan, 1, ATTRIBUTE);
        return;
    }
    s->own -= 1 << HEADERS_SHIFT;
    take(scan, 2, HEADER_NAME);
}

static void header_name(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    if (s->gather[0] == CODED_NAME) {
        take_string(scan, s->gather[1] == NAME_CONTENT_LENGTH ? LENGTH_VALUE : VALUE);
    } else {
        s->kind = NAME;
        length(scan);
    }
}

static void attribute(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    switch (s->gather[0]) {
    case ATTRIBUTES_END:
        s->hashing = ST_HASHING_ON;
        s->line = st_hash_end(s);
        leave_packet(scan);
        break;
    case ATTRIBUTE_SSL_KEY_SIZE:
        s->kind = ATTRIBUTE_VALUE;
        take(scan, 2, STRING);
        break;
    default:
        take_string(scan, s->gather[0] == ATTRIBUTE_QUERY_STRING ? QUERY
                          : s->gather[0] == ATTRIBUTE_REQUEST    ? ATTRIBUTE_NAME
                                                                 : ATTRIBUTE_VALUE);
        break;
    }
}

static void end_of_string(struct st_scan *scan) {
    switch (scan->stream->kind) {
    case PROTOCOL:
    case TARGET:
    case REMOTE_ADDRESS:
    case REMOTE_HOST:
        take_string(scan, scan->stream->kind + 1);
        break;
    case SERVER_NAME:
        take(scan, 5, CONNECTION);
        break;
    case NAME:
        take_string(scan, VALUE);
        break;
    case VALUE:
    case LENGTH_VALUE:
        next_header(scan);
        break;
    case ATTRIBUTE_NAME:
        take_string(scan, ATTRIBUTE_VALUE);
        break;
    default:
        take(scan, 1, ATTRIBUTE);
        break;
    }
}

/* ---- both ---- */

static void chunk(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    uint32_t count = st_be16(s->gather);
    if (count > (s->own & LEFT_MASK)) {
        st_lose_sync(scan);
        return;
    }
    if (s->hashing == ST_HASHING_OFF && count > 0)
        st_hash_begin(s);
    s->own -= count;
    if (s->role == ST_ROLE_REQUESTS)
        *body_left(scan) -= count < *body_left(scan) ? count : *body_left(scan);
    st_pass(scan, count, DATA);
}

static void end_of_packet(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    if (s->role == ST_ROLE_REQUESTS ? *body_left(scan) == 0 : (s->own & DONE) != 0)
        st_message_end(scan);
    st_text(s, BEGIN);
}

/* ---- the container ---- */

static void response_code(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    if (s->gather[0] != GET_BODY_CHUNK)
        st_message_sure(scan);
    switch (s->gather[0]) {
    case SEND_HEADERS:
        take(scan, 2, STATUS);
        break;
    case SEND_BODY_CHUNK:
        take(scan, 2, CHUNK);
        break;
    case END_RESPONSE:
        take(scan, 1, REUSE);
        break;
    case CPONG:
        s->own |= DONE;
        leave_packet(scan);
        break;
    default: /* GET_BODY_CHUNK */
        if (s->open == ST_MESSAGE_UNSURE)
            st_message_drop(scan);
        leave_packet(scan);
        break;
    }
}

static void status(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    s->code = st_be16(s->gather);
    uint8_t digits[3] = {'0' + s->code / 100 % 10, '0' + s->code / 10 % 10, '0' + s->code % 10};
    st_hash_begin(s);
    st_hash_bytes(s, digits, sizeof digits);
    s->line = st_hash_end(s);
    st_summarise(s, digits, sizeof digits);
    leave_packet(scan);
}

static void reuse(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    if (s->gather[0] == 0)
        s->flags |= ST_MARK_LAST;
    s->own |= DONE;
    leave_packet(scan);
}

static void step(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    switch (s->state) {
    case BEGIN:
        begin(scan);
        break;
    case HEADER:
        header(scan);
        break;
    case CODE:
        (s->role == ST_ROLE_REQUESTS ? request_code : response_code)(scan);
        break;
    case LENGTH:
        length(scan);
        break;
    case URI:
        uri(scan);
        break;
    case STRING:
        end_of_string(scan);
        break;
    case CONNECTION:
        s->own |= (s->gather[3] != 0 ? 0xffu : s->gather[4]) << HEADERS_SHIFT;
        next_header(scan);
        break;
    case HEADER_NAME:
        header_name(scan);
        break;
    case CONTENT_LENGTH:
        content_length(scan);
        break;
    case ATTRIBUTE:
        attribute(scan);
        break;
    case CHUNK:
        chunk(scan);
        break;
    case DATA:
        leave_packet(scan);
        break;
    case STATUS:
        status(scan);
        break;
    case REUSE:
        reuse(scan);
        break;
    default: /* REST */
        end_of_packet(scan);
        break;
    }
}

const struct st_processor st_ajp = {recognise, step};
