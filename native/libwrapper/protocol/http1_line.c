/* The first line of an HTTP/1 message. */
#include "http1.h"

static uint32_t method_of(const struct st_stream *s) {
    if (st_starts(s->gather, s->gathered, "HEAD", ST_FIT_REQUEST) == ST_FIT_REQUEST)
        return HEAD;
    return st_starts(s->gather, s->gathered, "CONNECT", ST_FIT_REQUEST) == ST_FIT_REQUEST ? CONNECT : 0;
}

static void method(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    size_t count = st_hash_word(s, scan->at, scan->end);
    for (size_t i = 0; i < count && s->gathered < ST_GATHER_BYTES; i++)
        s->gather[s->gathered++] = scan->at[i];
    st_summarise(s, scan->at, count);
    scan->at += count;
    if (scan->at == scan->end)
        return;
    if (*scan->at++ != ' ') {
        st_lose_sync(scan);
        return;
    }
    s->own = method_of(s);
    st_hash_bytes(s, (const uint8_t *)" ", 1);
    st_summarise(s, " ", 1);
    st_text(s, TARGET);
}

static void end_of_target(struct st_scan *scan) {
    scan->stream->line = st_hash_end(scan->stream);
    scan->stream->state = REST;
}

static void target(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    bool path = *scan->at == '/' || *scan->at == '*' || (s->own & CONNECT) != 0;
    s->state = path ? PATH : SCHEME;
}

static void scheme(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    for (; scan->at<scan->end && * scan->at> ' '; scan->at++)
        if (*scan->at == '/' && ++s->gathered == 2) { /* the two of :// */
            scan->at++;
            st_text(s, AUTHORITY);
            return;
        }
    if (scan->at < scan->end)
        st_lose_sync(scan);
}

static void authority(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    while (scan->at<scan->end && * scan->at> ' ' && *scan->at != '/' && *scan->at != '?')
        scan->at++;
    if (scan->at == scan->end)
        return;
    if (*scan->at != '/') {
        st_hash_bytes(s, (const uint8_t *)"/", 1);
        st_summarise(s, "/", 1);
    }
    s->state = PATH;
}

/* The whole target is hashed; the summary ends where the query begins. */
static void path(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    size_t count = st_hash_word(s, scan->at, scan->end);
    for (size_t i = 0; i < count && s->state == PATH; i++) {
        if (scan->at[i] == '?')
            s->state = QUERY;
        else
            st_summarise(s, scan->at + i, 1);
    }
    scan->at += count;
    if (scan->at < scan->end)
        end_of_target(scan);
}

/* "HTTP/1.1" of a request, or the reason phrase of a response; then the line's end. */
static void rest(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    for (; scan->at < scan->end; scan->at++) {
        if (*scan->at == '\n') {
            scan->at++;
            if (s->role == ST_ROLE_REQUESTS && s->kind == '0')
                s->own |= OLD;
            st_text(s, LINE);
            return;
        }
        if (*scan->at > ' ')
            s->kind = *scan->at; /* the last one is the minor version */
    }
}

static void version(struct st_scan *scan) {
    static const char expected[] = "HTTP/1.x ";
    struct st_stream *s = scan->stream;
    for (; scan->at < scan->end; scan->at++, s->kind++) {
        if (expected[s->kind] == 'x')
            s->own = *scan->at == '0' ? OLD : 0;
        else if (*scan->at != (uint8_t)expected[s->kind]) {
            st_lose_sync(scan);
            return;
        }
        if (s->kind == sizeof expected - 2) {
            scan->at++;
            st_text(s, CODE);
            s->kind = 0;
            return;
        }
    }
}

static void code(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    for (; scan->at < scan->end; scan->at++) {
        if (s->kind == 3) {
            end_of_target(scan);
            return;
        }
        if (!st_is_digit(*scan->at)) {
            st_lose_sync(scan);
            return;
        }
        s->kind++;
        s->code = (uint16_t)(s->code * 10 + *scan->at - '0');
        st_hash_bytes(s, scan->at, 1);
        st_summarise(s, scan->at, 1);
    }
}

void st_http1_line(struct st_scan *scan) {
    switch (scan->stream->state) {
    case METHOD:
        method(scan);
        break;
    case TARGET:
        target(scan);
        break;
    case SCHEME:
        scheme(scan);
        break;
    case AUTHORITY:
        authority(scan);
        break;
    case PATH:
    case QUERY:
        path(scan);
        break;
    case VERSION:
        version(scan);
        break;
    case CODE:
        code(scan);
        break;
    default: /* REST */
        rest(scan);
        break;
    }
}
