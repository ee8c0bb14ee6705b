/* The header lines of an HTTP/1 message: their witness hashes, and the few that say how the message goes on. */
#include "http1.h"

#define MOST_EXCEPTED 8

/* Headers that are no witness (STRACE_WITNESS_EXCEPT): the hash of each name with its colon, as far as a line has come
 * by then. */
static struct excepted {
    uint64_t hash, word;
    uint8_t hashed;
} excepted[MOST_EXCEPTED];
static unsigned excepted_count;

/* Names beyond the last that finds room are witnesses still. */
void st_protocol_except(const char *names) {
    excepted_count = 0;
    while (*names != '\0' && excepted_count < MOST_EXCEPTED) {
        struct st_stream line = {0};
        st_hash_begin(&line);
        for (; *names != '\0' && *names != ','; names++) {
            uint8_t letter = st_lower((uint8_t)*names);
            if (letter > ' ')
                st_hash_bytes(&line, &letter, 1);
        }
        names += *names == ',';
        st_hash_bytes(&line, (const uint8_t *)":", 1);
        excepted[excepted_count++] = (struct excepted){line.hash, line.word, line.hashed};
    }
}

static bool is_excepted(const struct st_stream *s) {
    for (unsigned i = 0; i < excepted_count; i++)
        if (excepted[i].hash == s->hash && excepted[i].word == s->word && excepted[i].hashed == s->hashed)
            return true;
    return false;
}

static void keep_smallest(uint32_t headers[4], uint32_t hash) {
    for (int i = 0; i < 4; i++) {
        if (headers[i] != 0 && headers[i] <= hash)
            continue;
        uint32_t larger = headers[i];
        headers[i] = hash;
        hash = larger;
        if (hash == 0)
            return;
    }
}

static void end_of_header(struct st_stream *s) {
    uint32_t hash = (uint32_t)(st_hash_end(s) >> 32);
    if ((s->own & LEFT_OUT) == 0 && hash != 0)
        keep_smallest(s->headers, hash);
    s->own &= (uint32_t) ~(PENDING | LEFT_OUT) & ((1u << HEADER_SHIFT) - 1);
}

/* A line may continue the one before it (obs-fold), so that one ends only here. */
static void line(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    uint8_t byte = *scan->at;
    if ((byte == ' ' || byte == '\t') && (s->own & PENDING) != 0) {
        st_text(s, VALUE);
        return;
    }
    if ((s->own & PENDING) != 0)
        end_of_header(s);
    if (byte == '\n') {
        scan->at++;
        st_http1_headers_end(scan);
    } else if (byte == '\r') {
        scan->at++;
    } else {
        st_text(s, NAME);
        st_hash_begin(s);
        s->kind = 0;
    }
}

/* `count` is the whole name's length, of which the first ST_GATHER_BYTES are there. */
static bool named(const struct st_stream *s, uint8_t count, const char *name) {
    for (uint8_t i = 0; i < ST_GATHER_BYTES && name[i] != '\0'; i++)
        if (i >= s->gathered || s->gather[i] != (uint8_t)name[i])
            return false;
    return count == 0 || s->kind == count;
}

static uint32_t identify(const struct st_stream *s) {
    switch (s->gather[0]) {
    case 'c':
        if (named(s, 14, "content-length"))
            return CONTENT_LENGTH << HEADER_SHIFT;
        return named(s, 10, "connection") ? CONNECTION << HEADER_SHIFT | LEFT_OUT : 0;
    case 't':
        if (named(s, 17, "transfer-encoding"))
            return TRANSFER_ENCODING << HEADER_SHIFT | LEFT_OUT;
        return named(s, 2, "te") || named(s, 7, "trailer") ? LEFT_OUT : 0;
    case 'u':
        return named(s, 7, "upgrade") ? UPGRADE_TO << HEADER_SHIFT | LEFT_OUT : 0;
    case 'k':
        return named(s, 10, "keep-alive") ? LEFT_OUT : 0;
    case 'p':
        return named(s, 0, "proxy-") ? LEFT_OUT : 0;
    case 'v':
        return named(s, 3, "via") ? LEFT_OUT : 0;
    case 'f':
        return named(s, 9, "forwarded") ? LEFT_OUT : 0;
    case 'x':
        return named(s, 0, "x-forwarded-") || named(s, 9, "x-real-ip") ? LEFT_OUT : 0;
    default:
        return 0;
    }
}

static void name(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    uint8_t small[ST_GATHER_BYTES] = {0}, count = 0, byte = 0;
    while (scan->at < scan->end && count < sizeof small && byte != ':') {
        byte = st_lower(*scan->at++);
        if (byte == '\n') { /* no header line */
            st_lose_sync(scan);
            return;
        }
        small[count++] = byte;
    }
    st_hash_bytes(s, small, count);
    count -= byte == ':';
    for (uint8_t i = 0; i < count && s->gathered < ST_GATHER_BYTES; i++)
        s->gather[s->gathered++] = small[i];
    s->kind = s->kind < UINT8_MAX - count ? s->kind + count : UINT8_MAX;
    if (byte == ':') {
        s->own |= identify(s) | PENDING | (is_excepted(s) ? LEFT_OUT : 0);
        st_text(s, VALUE);
    }
}

static void end_of_token(struct st_stream *s) {
    uint8_t count = s->kind = s->gathered;
    if (count == 0)
        return;
    switch (s->own >> HEADER_SHIFT) {
    case CONNECTION:
        s->own |= named(s, 5, "close") ? CLOSE : named(s, 10, "keep-alive") ? KEEP : 0;
        break;
    case TRANSFER_ENCODING:
        s->own |= named(s, 7, "chunked") ? CHUNKED : 0;
        break;
    case UPGRADE_TO:
        s->own |= named(s, 3, "h2c") ? TO_HTTP2 : 0;
        break;
    default:
        s->own |= SIZED;
        break;
    }
    s->gathered = 0;
}

/* The value of a header that matters here; false: it is impossible. */
static bool token(struct st_stream *s, uint8_t byte) {
    if (byte <= ' ' || byte == ',' || byte == ';') {
        end_of_token(s);
    } else if (s->gathered < ST_GATHER_BYTES) {
        s->gather[s->gathered++] = st_lower(byte);
    }
    if (s->own >> HEADER_SHIFT == CONTENT_LENGTH && byte > ' ') {
        if (!st_is_digit(byte) || s->remaining > UINT64_MAX / 100)
            return false;
        s->remaining = s->remaining * 10 + byte - '0';
    }
    return true;
}

/* White space of a value is left out of its hash: senders and proxies trim and fold as they like. */
static void value(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    bool matters = s->own >> HEADER_SHIFT != OTHER;
    while (scan->at < scan->end) {
        size_t count = st_hash_word(s, scan->at, scan->end);
        for (size_t i = 0; matters && i < count; i++)
            if (!token(s, scan->at[i])) {
                st_lose_sync(scan);
                return;
            }
        scan->at += count;
        if (scan->at == scan->end)
            return;
        uint8_t byte = *scan->at++;
        if (matters)
            token(s, byte);
        if (byte == '\n') {
            st_text(s, LINE);
            return;
        }
    }
}

void st_http1_header(struct st_scan *scan) {
    switch (scan->stream->state) {
    case NAME:
        name(scan);
        break;
    case VALUE:
        value(scan);
        break;
    default: /* LINE */
        line(scan);
        break;
    }
}
