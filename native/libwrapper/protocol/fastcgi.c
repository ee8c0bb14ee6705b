/*
 * FastCGI 1.0. A request is one id's BEGIN_REQUEST up to its empty STDIN, a response its first STDOUT or STDERR up to
 * END_REQUEST. The line is hashed as HTTP/1's request line is, so that a request can be followed from hop to hop.
 */
#include "protocol.h"

#include <string.h>

enum state {
    BEGIN,
    HEADER,
    BEGIN_BODY,
    NAME_LENGTH, /* of a parameter */
    VALUE_LENGTH,
    NAME,
    METHOD, /* values */
    URI,
    NEXT,    /* a value has passed */
    CONTENT, /* the rest of the record's content has */
    PADDING,
};

enum type {
    BEGIN_REQUEST = 1,
    ABORT_REQUEST,
    END_REQUEST,
    PARAMS,
    STDIN,
    STDOUT,
    STDERR,
    DATA,
    GET_VALUES,
    GET_VALUES_RESULT,
    UNKNOWN_TYPE
};

/* stream->own: content of the record that was not looked at yet, then */
enum {
    LEFT_MASK = 0xffff,
    PADDING_SHIFT = 16,
    IN_QUERY = 1 << 24,
    DONE = 1 << 25 /* the message ends with this record */
};

#define HEADER_BYTES 8
#define KEEP_CONNECTION 1
#define NOT_KEPT 1 /* conversation flag */

static bool is_record(const uint8_t *header) {
    return header[0] == 1 && header[1] >= BEGIN_REQUEST && header[1] <= UNKNOWN_TYPE;
}

static enum st_fit recognise(const uint8_t *bytes, size_t count, uint32_t whole, enum st_role role) {
    (void)whole;
    if (count < HEADER_BYTES)
        return bytes[0] == 1 && (count < 2 || (bytes[1] >= BEGIN_REQUEST && bytes[1] <= GET_VALUES)) ? ST_FIT_MAYBE
                                                                                                     : ST_FIT_NO;
    bool managed = st_be16(bytes + 2) != 0;
    if (!is_record(bytes) || bytes[7] != 0)
        return ST_FIT_NO;
    if (role != ST_ROLE_RESPONSES && bytes[1] == BEGIN_REQUEST && managed && st_be16(bytes + 4) == HEADER_BYTES)
        return ST_FIT_REQUEST;
    if (role != ST_ROLE_RESPONSES && bytes[1] == GET_VALUES && !managed)
        return ST_FIT_REQUEST;
    return role != ST_ROLE_REQUESTS && (bytes[1] == STDOUT || bytes[1] == STDERR) && managed ? ST_FIT_RESPONSE
                                                                                             : ST_FIT_NO;
}

static void begin(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    if (!s->open)
        st_message_begin_unsure(scan, s->role == ST_ROLE_REQUESTS ? ST_MARK_REQUEST : ST_MARK_RESPONSE);
    st_gather(scan, HEADER_BYTES, HEADER);
}

/* The rest of the content, then the padding. */
static void leave_content(struct st_scan *scan) {
    st_pass(scan, scan->stream->own & LEFT_MASK, CONTENT);
}

/* The next `count` bytes of the content, if there are as many. */
static void take(struct st_scan *scan, uint32_t count, uint8_t state) {
    struct st_stream *s = scan->stream;
    if (count > (s->own & LEFT_MASK)) {
        leave_content(scan);
        return;
    }
    s->own -= count;
    st_gather(scan, (uint8_t)count, state);
    scan->due = count == 0;
}

static void request_record(struct st_scan *scan, uint8_t type) {
    struct st_stream *s = scan->stream;
    uint32_t left = s->own & LEFT_MASK;
    if (type == PARAMS && left > 0) {
        take(scan, 1, NAME_LENGTH);
        return;
    }
    if (type == STDIN && s->hashing == ST_HASHING_HELD)
        s->hashing = ST_HASHING_ON;
    if (type == STDIN && left > 0 && s->hashing == ST_HASHING_OFF)
        st_hash_begin(s);
    if ((type == STDIN && left == 0) || type == ABORT_REQUEST)
        s->own |= DONE;
    leave_content(scan);
}

static void header(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    uint8_t type = s->gather[1];
    uint16_t id = st_be16(s->gather + 2);
    if (!is_record(s->gather)) {
        st_lose_sync(scan);
        return;
    }
    s->own = st_be16(s->gather + 4) | (uint32_t)s->gather[6] << PADDING_SHIFT;
    if (s->open && s->id == 0)
        s->id = id;
    if (s->id != 0)
        st_message_sure(scan);
    if (s->id == 0) { /* about the connection */
        st_message_drop(scan);
        leave_content(scan);
    } else if (type == BEGIN_REQUEST && s->id == id) {
        take(scan, HEADER_BYTES, BEGIN_BODY);
    } else if (s->id != id) {
        leave_content(scan);
    } else if (s->role == ST_ROLE_REQUESTS) {
        request_record(scan, type);
    } else {
        if (type == END_REQUEST)
            s->own |= DONE;
        leave_content(scan);
    }
}

static void begin_body(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    bool kept = (s->gather[2] & KEEP_CONNECTION) != 0;
    if (!kept) {
        s->flags |= ST_MARK_LAST;
        st_flag(scan->conversation, NOT_KEPT);
    }
    leave_content(scan);
}

/* A length of one byte, or of four when its first bit is set; false: not complete yet. */
static bool length(struct st_scan *scan, uint32_t *value) {
    struct st_stream *s = scan->stream;
    *value = s->gather[0];
    if (*value < 0x80)
        return true;
    if (s->gathered == 4) {
        *value = st_be32(s->gather) & 0x7fffffff;
        return true;
    }
    if ((s->own & LEFT_MASK) < 3) {
        leave_content(scan);
    } else {
        s->own -= 3;
        st_gather_more(scan, 4, s->state);
    }
    return false;
}

static void name_length(struct st_scan *scan) {
    uint32_t value;
    if (!length(scan, &value))
        return;
    scan->stream->kind = (uint8_t)value;
    if (value <= UINT8_MAX)
        take(scan, 1, VALUE_LENGTH);
    else
        leave_content(scan);
}

static void value_length(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    uint32_t value;
    if (!length(scan, &value))
        return;
    if (value + s->kind > (s->own & LEFT_MASK)) {
        leave_content(scan);
        return;
    }
    s->own -= value + s->kind;
    s->remaining = value;
    if (s->kind > 0 && s->kind <= ST_GATHER_BYTES)
        st_gather(scan, s->kind, NAME);
    else
        st_pass(scan, value + s->kind, NEXT);
}

static bool is(const struct st_stream *s, const char *name) {
    return s->gathered == strlen(name) && st_starts(s->gather, s->gathered, name, ST_FIT_REQUEST) == ST_FIT_REQUEST;
}

static void name(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    if (s->remaining > 0 && s->remaining <= ST_GATHER_BYTES && is(s, "REQUEST_METHOD"))
        st_gather(scan, (uint8_t)s->remaining, METHOD);
    else if (s->remaining > 0 && s->summary_bytes > 0 && is(s, "REQUEST_URI"))
        st_text(s, URI);
    else
        st_pass(scan, s->remaining, NEXT);
}

static void next_parameter(struct st_scan *scan) {
    if ((scan->stream->own & LEFT_MASK) > 0)
        take(scan, 1, NAME_LENGTH);
    else
        leave_content(scan);
}

static void method(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    st_hash_begin(s);
    st_hash_bytes(s, s->gather, s->gathered);
    st_hash_bytes(s, (const uint8_t *)" ", 1);
    s->hashing = ST_HASHING_OFF; /* until the target comes */
    s->summary_bytes = 0;
    st_summarise(s, s->gather, s->gathered);
    st_summarise(s, " ", 1);
    next_parameter(scan);
}

static void uri(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    size_t count = (size_t)(scan->end - scan->at);
    if (count > s->remaining)
        count = (size_t)s->remaining;
    for (size_t i = 0; i < count && (s->own & IN_QUERY) == 0; i++) {
        if (scan->at[i] == '?')
            s->own |= IN_QUERY;
        else
            st_summarise(s, scan->at + i, 1);
    }
    st_hash_bytes(s, scan->at, count);
    scan->at += count;
    s->remaining -= count;
    if (s->remaining > 0)
        return;
    s->hashing = ST_HASHING_ON;
    s->line = st_hash_end(s);
    next_parameter(scan);
}

static void end_of_record(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    if ((s->own & DONE) != 0) {
        if (s->role == ST_ROLE_RESPONSES && st_flagged(scan->conversation, NOT_KEPT))
            s->flags |= ST_MARK_LAST;
        st_message_end(scan);
    }
    st_text(s, BEGIN);
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
    case BEGIN_BODY:
        begin_body(scan);
        break;
    case NAME_LENGTH:
        name_length(scan);
        break;
    case VALUE_LENGTH:
        value_length(scan);
        break;
    case NAME:
        name(scan);
        break;
    case METHOD:
        method(scan);
        break;
    case URI:
        uri(scan);
        break;
    case NEXT:
        next_parameter(scan);
        break;
    case CONTENT:
        if (s->hashing == ST_HASHING_ON)
            s->hashing = ST_HASHING_HELD;
        st_pass(scan, s->own >> PADDING_SHIFT & 0xff, PADDING);
        break;
    default: /* PADDING */
        end_of_record(scan);
        break;
    }
}

const struct st_processor st_fastcgi = {recognise, step};
