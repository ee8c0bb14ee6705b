/*
 * PostgreSQL's frontend/backend protocol 3. A request is a simple query, a function call, or all messages of the
 * extended protocol up to a Sync; its response ends with ReadyForQuery. What is said before the first one is no
 * request.
 */
#include "protocol.h"

#include <string.h>

/* stream->kind: type of the message at hand; own: whether the open message began with a notice. */
enum state { BEGIN, STARTUP, STARTED, HEADER, PAYLOAD, TEXT };

/* Conversation flags */
enum {
    SSL_ASKED = 1, /* the next byte of the server answers an SSLRequest or GSSENCRequest */
    COPYING = 2,   /* the client sends data, during which a Sync is ignored */
};

#define HEADER_BYTES 5
#define MOST_LENGTH (1u << 30)
#define STARTUP_BYTES 8
#define PROTOCOL_3 (3u << 16)
#define CANCEL_REQUEST 80877102u
#define SSL_REQUEST 80877103u
#define GSS_REQUEST 80877104u

static bool is_frontend(uint8_t type) {
    return strchr("QPBEDCSHFXdcfp", type) != NULL && type != 0;
}

static bool is_backend(uint8_t type) {
    return strchr("RSKZTDCENA123nstIGHWdcVv", type) != NULL && type != 0;
}

static bool is_startup(uint32_t length, uint32_t code) {
    return length >= STARTUP_BYTES && length <= 10000 &&
           (code >> 16 == 3 || (code >= CANCEL_REQUEST && code <= GSS_REQUEST));
}

/* Whether messages of the frontend fill the call exactly: what a client in mid-connection sends. */
static bool is_chain(const uint8_t *bytes, size_t count, uint32_t whole) {
    size_t at = 0;
    while (at + HEADER_BYTES <= count) {
        uint32_t length = st_be32(bytes + at + 1);
        if (!is_frontend(bytes[at]) || length < 4 || length > whole - at - 1)
            return false;
        at += 1 + (size_t)length;
    }
    return at == whole;
}

static enum st_fit recognise(const uint8_t *bytes, size_t count, uint32_t whole, enum st_role role) {
    bool may_start = bytes[0] == 0 && (count < 2 || bytes[1] == 0) && role != ST_ROLE_RESPONSES;
    if (may_start && count < STARTUP_BYTES)
        return ST_FIT_MAYBE;
    if (may_start && is_startup(st_be32(bytes), st_be32(bytes + 4)))
        return ST_FIT_REQUEST;
    if (role == ST_ROLE_NONE)
        return strchr("QPB", bytes[0]) != NULL && bytes[0] != 0 && is_chain(bytes, count, whole) ? ST_FIT_REQUEST
                                                                                                 : ST_FIT_NO;
    if (!(role == ST_ROLE_REQUESTS ? is_frontend : is_backend)(bytes[0]))
        return ST_FIT_NO;
    if (count < HEADER_BYTES)
        return ST_FIT_MAYBE;
    uint32_t length = st_be32(bytes + 1);
    if (length < 4 || length > MOST_LENGTH)
        return ST_FIT_NO;
    return role == ST_ROLE_REQUESTS ? ST_FIT_REQUEST : ST_FIT_RESPONSE;
}

static void startup(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    uint32_t length = st_be32(s->gather), code = st_be32(s->gather + 4);
    if (!is_startup(length, code)) {
        st_lose_sync(scan);
        return;
    }
    if (code == SSL_REQUEST || code == GSS_REQUEST)
        st_flag(scan->conversation, SSL_ASKED);
    else if (code == CANCEL_REQUEST)
        s->flags |= ST_MARK_LAST;
    st_pass(scan, length - STARTUP_BYTES, STARTED);
}

static void ssl_answer(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    uint8_t answer = *scan->at;
    st_unflag(scan->conversation, SSL_ASKED);
    st_message_begin(scan, 0);
    if (answer != 'N')
        s->flags |= ST_MARK_UPGRADE;
    scan->at++;
    st_message_end(scan);
    if (answer != 'N')
        st_speak(scan, ST_OPAQUE);
}

/* Data of a COPY, passwords and the Sync that ends a COPY are no requests. */
static void begin_request(struct st_scan *scan, uint8_t type) {
    if (type == 'X') {
        st_message_begin(scan, ST_MARK_LAST);
    } else if (strchr("dcfp", type) == NULL && !(type == 'S' && st_flagged(scan->conversation, COPYING))) {
        st_message_begin(scan, ST_MARK_REQUEST);
        st_hash_begin(scan->stream);
    }
}

static bool is_notice(uint8_t type) {
    return type == 'N' || type == 'A' || type == 'S';
}

/* Neither the authentication nor a notice that comes by itself answers a request. */
static void begin_response(struct st_scan *scan, uint8_t type) {
    struct st_conversation *c = scan->conversation;
    bool unasked = type == 'R' || __atomic_load_n(&c->asked, __ATOMIC_RELAXED) == 0;
    st_message_begin(scan, unasked || (is_notice(type) && !st_is_asked(c)) ? 0 : ST_MARK_RESPONSE);
    scan->stream->own = is_notice(type);
}

static void begin(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    uint8_t type = *scan->at;
    bool responses = s->role == ST_ROLE_RESPONSES;
    if (responses && st_flagged(scan->conversation, SSL_ASKED)) {
        ssl_answer(scan);
    } else if (!responses && type == 0) {
        st_message_begin(scan, 0);
        st_gather(scan, STARTUP_BYTES, STARTUP);
    } else if (!(responses ? is_backend : is_frontend)(type)) {
        st_lose_sync(scan);
    } else {
        if (!s->open)
            (responses ? begin_response : begin_request)(scan, type);
        st_gather(scan, HEADER_BYTES, HEADER);
    }
}

static void header(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    uint32_t length = st_be32(s->gather + 1);
    if (length < 4 || length > MOST_LENGTH) {
        st_lose_sync(scan);
        return;
    }
    s->kind = s->gather[0];
    length -= 4;
    if (s->role == ST_ROLE_REQUESTS && (s->kind == 'Q' || s->kind == 'P') && length > 0) {
        s->remaining = length;
        st_gather(scan, length < ST_GATHER_BYTES ? (uint8_t)length : ST_GATHER_BYTES, TEXT);
    } else {
        st_pass(scan, length, PAYLOAD);
    }
}

/* The first bytes of a query, or of a Parse: the statement's name, a NUL, the query. */
static void text(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    uint8_t count = s->gathered, from = 0;
    while (s->kind == 'P' && from < count && s->gather[from++] != 0)
        ;
    if (s->summary_bytes == 0)
        st_summarise_verb(s, s->gather + from, count - from, false);
    st_hash_bytes(s, s->gather, count);
    st_pass(scan, s->remaining - count, PAYLOAD);
}

static void end_of_request_message(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    if (s->kind == 'B' && s->summary_bytes == 0)
        st_summarise(s, "EXECUTE", 7);
    if (strchr("QFSX", s->kind) == NULL || !s->open)
        return;
    if (s->kind != 'X')
        st_asked(scan->conversation, s->kind);
    s->line = st_hash_end(s);
    st_message_end(scan);
}

static void end_of_response_message(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    if (s->kind == 'G')
        st_flag(scan->conversation, COPYING);
    if (s->kind == 'E' && s->summary_bytes == 0)
        st_summarise(s, "ERROR", 5);
    bool response = (s->flags & ST_MARK_RESPONSE) != 0;
    if (s->kind == 'Z') {
        st_unflag(scan->conversation, COPYING);
        if (response)
            st_answered(scan->conversation);
        st_message_end(scan);
    } else if (s->own != 0 && !response) { /* a notice by itself */
        st_message_end(scan);
    }
}

static void step(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    switch (s->state) {
    case BEGIN:
        begin(scan);
        break;
    case STARTUP:
        startup(scan);
        break;
    case STARTED:
        st_message_end(scan);
        st_text(s, BEGIN);
        break;
    case HEADER:
        header(scan);
        break;
    case TEXT:
        text(scan);
        break;
    default: /* PAYLOAD */
        if (s->role == ST_ROLE_REQUESTS)
            end_of_request_message(scan);
        else
            end_of_response_message(scan);
        st_text(s, BEGIN);
        break;
    }
}

const struct st_processor st_postgresql = {recognise, step};
