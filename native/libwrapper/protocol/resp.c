/* RESP2 and RESP3, the protocol of Redis. A nested value is followed by counting the values that are still to come. */
#include "protocol.h"

#include <string.h>

enum state { TYPE, NUMBER, SIMPLE, DATA, DATA_END, INLINE };

/* stream->own: values that are still to come; kind: type of the one at hand; number: its length. */
#define MOST_VALUES (1u << 24)
#define NEGATIVE (UINT64_C(1) << 63)

/* Conversation flag: replies come unasked (SUBSCRIBE, MONITOR). */
#define SUBSCRIBED 1

static enum st_fit recognise_request(const uint8_t *bytes, size_t count) {
    size_t i = 1;
    if (count > 0 && bytes[0] != '*') /* inline */
        return st_starts(bytes, count, "PING\r\n", ST_FIT_REQUEST);
    while (i < count && st_is_digit(bytes[i]))
        i++;
    return i > 1 || count <= 1 ? st_starts(bytes + i, count - (i < count ? i : count), "\r\n$", ST_FIT_REQUEST)
                               : ST_FIT_NO;
}

static enum st_fit recognise(const uint8_t *bytes, size_t count, uint32_t whole, enum st_role role) {
    (void)whole;
    if (role == ST_ROLE_RESPONSES)
        return strchr("+-:$*_#,(!=%~>|", bytes[0]) != NULL && bytes[0] != 0 ? ST_FIT_RESPONSE : ST_FIT_NO;
    enum st_fit fit = recognise_request(bytes, count);
    if (fit != ST_FIT_NO || role == ST_ROLE_REQUESTS)
        return fit;
    static const char *const replies[] = {"+OK\r\n", "+PONG\r\n", "-ERR ", "-NOAUTH "};
    for (size_t i = 0; i < sizeof replies / sizeof *replies && fit == ST_FIT_NO; i++)
        fit = st_starts(bytes, count, replies[i], ST_FIT_RESPONSE);
    return fit;
}

static void end_of_message(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    if (s->role == ST_ROLE_REQUESTS) {
        st_asked(scan->conversation, 0);
        s->line = st_hash_end(s);
        static const char *const unasked[] = {"SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE", "MONITOR"};
        for (size_t i = 0; i < sizeof unasked / sizeof *unasked; i++)
            if (st_starts((uint8_t *)s->summary, s->summary_bytes, unasked[i], ST_FIT_REQUEST) == ST_FIT_REQUEST)
                st_flag(scan->conversation, SUBSCRIBED);
    } else if ((s->flags & ST_MARK_RESPONSE) != 0) {
        st_answered(scan->conversation);
    }
    s->hashing = ST_HASHING_OFF;
    st_message_end(scan);
    st_text(s, TYPE);
}

static void end_of_value(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    if (--s->own == 0)
        end_of_message(scan);
    else
        st_text(s, TYPE);
}

static void begin(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    bool unasked = *scan->at == '>' || (st_flagged(scan->conversation, SUBSCRIBED) && !st_is_asked(scan->conversation));
    st_message_begin(scan, s->role == ST_ROLE_REQUESTS ? ST_MARK_REQUEST : unasked ? 0 : ST_MARK_RESPONSE);
    s->own = 1;
    if (s->role == ST_ROLE_REQUESTS)
        st_hash_begin(s);
    else if (*scan->at == '-' || *scan->at == '!')
        st_summarise(s, "ERROR", 5);
}

static void type(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    if (!s->open && s->role == ST_ROLE_REQUESTS && *scan->at <= ' ') { /* an empty inline command */
        scan->at++;
        return;
    }
    if (!s->open)
        begin(scan);
    s->number = 0;
    s->kind = *scan->at;
    switch (s->kind) {
    case '+':
    case '-':
    case ':':
    case '_':
    case '#':
    case ',':
    case '(':
        s->state = SIMPLE;
        break;
    case '$':
    case '!':
    case '=':
    case '*':
    case '~':
    case '>':
    case '%':
    case '|':
        scan->at++;
        s->state = NUMBER;
        break;
    default:
        s->state = INLINE;
        if (s->role != ST_ROLE_REQUESTS || s->own != 1)
            st_lose_sync(scan);
        break;
    }
}

static void aggregate(struct st_scan *scan, uint64_t count) {
    struct st_stream *s = scan->stream;
    if (s->kind == '%' || s->kind == '|')
        count *= 2;
    if (s->kind == '|') /* goes before a value, and is none */
        s->own++;
    if (count > MOST_VALUES || s->own + count > MOST_VALUES) {
        st_lose_sync(scan);
        return;
    }
    s->own += (uint32_t)count;
    end_of_value(scan);
}

static void number_known(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    uint64_t number = s->number;
    if ((number & NEGATIVE) != 0) /* null */
        end_of_value(scan);
    else if (s->kind != '$' && s->kind != '!' && s->kind != '=')
        aggregate(scan, number);
    else if (s->role == ST_ROLE_REQUESTS && s->summary_bytes == 0 && number > 0 && number <= ST_GATHER_BYTES)
        st_gather(scan, (uint8_t)number, DATA);
    else
        st_pass(scan, number, DATA);
}

static void number(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    while (scan->at < scan->end) {
        uint8_t byte = *scan->at++;
        if (byte == '\n') {
            number_known(scan);
            return;
        }
        if (byte == '-') {
            s->number |= NEGATIVE;
        } else if (st_is_digit(byte) && (s->number & ~NEGATIVE) < UINT32_MAX) {
            s->number = (s->number & NEGATIVE) | ((s->number & ~NEGATIVE) * 10 + byte - '0');
        } else if (byte != '\r') {
            st_lose_sync(scan);
            return;
        }
    }
}

static void data(struct st_stream *s) {
    if (s->gathered > 0) { /* the command's name */
        st_hash_bytes(s, s->gather, s->gathered);
        st_summarise_word(s, s->gather, s->gathered);
    }
    st_text(s, DATA_END);
}

static void inline_command(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    while (scan->at < scan->end) {
        size_t count = st_hash_word(s, scan->at, scan->end);
        if (s->kind != ' ')
            st_summarise_word(s, scan->at, count);
        scan->at += count;
        if (scan->at == scan->end)
            return;
        s->kind = ' ';
        if (*scan->at++ == '\n') {
            end_of_value(scan);
            return;
        }
    }
}

static void step(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    switch (s->state) {
    case TYPE:
        type(scan);
        break;
    case NUMBER:
        number(scan);
        break;
    case DATA:
        data(s);
        break;
    case INLINE:
        inline_command(scan);
        break;
    default: /* SIMPLE, DATA_END */
        while (scan->at < scan->end)
            if (*scan->at++ == '\n') {
                end_of_value(scan);
                return;
            }
        break;
    }
}

const struct st_processor st_resp = {recognise, step};
