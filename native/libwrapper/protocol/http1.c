/* HTTP/1.0 and 1.1 (RFC 9112). */
#include "http1.h"

/* What a response has to know of its request. */
enum { KIND_OTHER = 1, KIND_HEAD, KIND_CONNECT };

static enum st_fit recognise_request(const uint8_t *bytes, size_t count) {
    size_t i = 0;
    while (i < count && ((bytes[i] >= 'A' && bytes[i] <= 'Z') || bytes[i] == '-'))
        i++;
    if (i == count)
        return i < ST_GATHER_BYTES ? ST_FIT_MAYBE : ST_FIT_NO;
    if (i < 3 || bytes[i] != ' ' || st_starts(bytes, count, "PRI ", ST_FIT_REQUEST) == ST_FIT_REQUEST)
        return ST_FIT_NO;
    if (++i == count)
        return ST_FIT_MAYBE;
    if (bytes[i] == '/' || bytes[i] == '*' || st_starts(bytes, count, "CONNECT ", ST_FIT_REQUEST) == ST_FIT_REQUEST)
        return ST_FIT_REQUEST;
    return st_starts(bytes + i, count - i, "http", ST_FIT_REQUEST);
}

static enum st_fit recognise(const uint8_t *bytes, size_t count, uint32_t whole, enum st_role role) {
    (void)whole;
    enum st_fit fit = role == ST_ROLE_REQUESTS ? ST_FIT_NO : st_starts(bytes, count, "HTTP/1.", ST_FIT_RESPONSE);
    return fit != ST_FIT_NO || role == ST_ROLE_RESPONSES ? fit : recognise_request(bytes, count);
}

static void begin(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    if (*scan->at == '\r' || *scan->at == '\n') { /* RFC 9112, 2.2: robustness */
        scan->at++;
        return;
    }
    bool response = s->role == ST_ROLE_RESPONSES;
    st_message_begin(scan, response ? ST_MARK_RESPONSE : ST_MARK_REQUEST);
    st_hash_begin(s);
    s->own = s->kind = 0;
    s->remaining = 0;
    st_text(s, response ? VERSION : METHOD);
}

static void end_of_message(struct st_scan *scan) {
    st_message_end(scan);
    st_text(scan->stream, BEGIN);
}

static void body(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    st_hash_begin(s);
    if ((s->own & CHUNKED) != 0) {
        s->remaining = 0;
        st_text(s, SIZE);
    } else if ((s->own & SIZED) != 0) {
        st_pass(scan, s->remaining, BODY);
    } else if (s->role == ST_ROLE_REQUESTS) {
        end_of_message(scan);
    } else {
        st_message_note(scan, ST_MARK_LAST);
        st_text(s, UNTIL_CLOSE);
        s->hashing = ST_HASHING_OFF;
    }
}

static void end_of_request_headers(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    st_asked(scan->conversation, s->own & HEAD ? KIND_HEAD : s->own & CONNECT ? KIND_CONNECT : KIND_OTHER);
    body(scan);
}

static void upgraded(struct st_scan *scan, bool to_http2) {
    scan->stream->flags |= ST_MARK_UPGRADE;
    end_of_message(scan);
    st_speak(scan, to_http2 ? ST_PROTOCOL_HTTP2 : ST_OPAQUE);
}

static void end_of_response_headers(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    if (s->code < 200 && s->code != 101) { /* an interim response; the one that counts is still to come */
        s->flags &= (uint16_t)~ST_MARK_RESPONSE;
        end_of_message(scan);
        return;
    }
    uint8_t kind = st_answering(scan->conversation);
    st_answered(scan->conversation);
    if (s->code == 101)
        upgraded(scan, (s->own & TO_HTTP2) != 0);
    else if (kind == KIND_CONNECT && s->code < 300)
        upgraded(scan, false);
    else if (kind == KIND_HEAD || s->code == 204 || s->code == 304)
        end_of_message(scan);
    else
        body(scan);
}

void st_http1_headers_end(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    if ((s->own & CLOSE) != 0 || (s->own & (OLD | KEEP)) == OLD)
        s->flags |= ST_MARK_LAST;
    if (s->role == ST_ROLE_REQUESTS)
        end_of_request_headers(scan);
    else
        end_of_response_headers(scan);
}

static int hex_value(uint8_t byte) {
    if (st_is_digit(byte))
        return byte - '0';
    byte = st_lower(byte);
    return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1;
}

static void size(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    for (; scan->at < scan->end; scan->at++) {
        int digit = hex_value(*scan->at);
        if (digit < 0) {
            s->state = EXTENSION;
            return;
        }
        if (s->remaining >> 56 != 0) {
            st_lose_sync(scan);
            return;
        }
        s->remaining = s->remaining << 4 | (uint64_t)digit;
    }
}

/* Up to the end of the line. */
static bool end_of_line(struct st_scan *scan) {
    while (scan->at < scan->end)
        if (*scan->at++ == '\n')
            return true;
    return false;
}

static void extension(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    if (!end_of_line(scan))
        return;
    if (s->remaining > 0)
        st_pass(scan, s->remaining, CHUNK);
    else
        st_text(s, TRAILER);
}

static void trailer(struct st_scan *scan) {
    uint8_t byte = *scan->at;
    if (byte != '\n' && byte != '\r') {
        scan->stream->state = TRAILER_REST;
        return;
    }
    scan->at++;
    if (byte == '\n')
        end_of_message(scan);
}

static void step(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    switch (s->state) {
    case BEGIN:
        begin(scan);
        break;
    case METHOD:
    case TARGET:
    case SCHEME:
    case AUTHORITY:
    case PATH:
    case QUERY:
    case REST:
    case VERSION:
    case CODE:
        st_http1_line(scan);
        break;
    case LINE:
    case NAME:
    case VALUE:
        st_http1_header(scan);
        break;
    case BODY:
        end_of_message(scan);
        break;
    case SIZE:
        size(scan);
        break;
    case EXTENSION:
        extension(scan);
        break;
    case CHUNK:
        st_text(s, CHUNK_END);
        break;
    case CHUNK_END:
        if (end_of_line(scan)) {
            s->remaining = 0;
            st_text(s, SIZE);
        }
        break;
    case TRAILER:
        trailer(scan);
        break;
    case TRAILER_REST:
        if (end_of_line(scan))
            s->state = TRAILER;
        break;
    default: /* UNTIL_CLOSE */
        scan->at = scan->end;
        break;
    }
}

const struct st_processor st_http1 = {recognise, step};
