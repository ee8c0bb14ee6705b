/*
 * HTTP/2 (RFC 9113). A message is a stream's HEADERS up to the frame that ends it; many are open at once, so START and
 * END are told as they come, with the stream's id. HPACK's dynamic table would be too much to keep for every
 * connection: `line` is the hash of the header block as it was sent, the summary the stream's number.
 */
#include "protocol.h"

#include <string.h>

enum state { BEGIN, PREFACE, HEADER, PAYLOAD };

enum type { FRAME_DATA, FRAME_HEADERS, FRAME_RST_STREAM = 3, FRAME_SETTINGS, FRAME_GOAWAY = 7, FRAME_CONTINUATION = 9 };

#define END_STREAM 1
#define END_HEADERS 4

/* stream->own */
enum { ENDS = 1 /* the stream, with the frame at hand or the block that it continues */, BLOCK_OPEN = 2 };

#define HEADER_BYTES 9
#define MOST_PAYLOAD (1u << 20)
#define LAST_TYPE 0x10

static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
#define PREFACE_BYTES (sizeof preface - 1)

static bool is_frame(const uint8_t *header) {
    return st_be32(header) >> 8 <= MOST_PAYLOAD && header[3] <= LAST_TYPE && (header[5] & 0x80) == 0;
}

/* The server speaks first: its settings. After a gap any frame will do that can belong to a message. */
static enum st_fit recognise(const uint8_t *bytes, size_t count, uint32_t whole, enum st_role role) {
    enum st_fit fit = role == ST_ROLE_RESPONSES ? ST_FIT_NO : st_starts(bytes, count, preface, ST_FIT_REQUEST);
    if (fit == ST_FIT_REQUEST || (fit == ST_FIT_MAYBE && count < ST_GATHER_BYTES))
        return fit;
    if (fit == ST_FIT_MAYBE)
        return ST_FIT_REQUEST;
    if (count < HEADER_BYTES)
        return bytes[0] == 0 && (count < 4 || bytes[3] <= FRAME_CONTINUATION) && role != ST_ROLE_NONE ? ST_FIT_MAYBE
                                                                                                      : ST_FIT_NO;
    uint32_t length = st_be32(bytes) >> 8;
    if (role == ST_ROLE_NONE)
        return length % 6 == 0 && length <= 60 && length + HEADER_BYTES <= whole && bytes[3] == FRAME_SETTINGS &&
                       bytes[4] == 0 && st_be32(bytes + 5) == 0
                   ? ST_FIT_RESPONSE
                   : ST_FIT_NO;
    if (!is_frame(bytes) || bytes[3] > FRAME_CONTINUATION || length + HEADER_BYTES > whole)
        return ST_FIT_NO;
    return role == ST_ROLE_REQUESTS ? ST_FIT_REQUEST : ST_FIT_RESPONSE;
}

/* Which streams' messages have begun and not ended, by number modulo 128: enough to tell a trailer from a header. */
static uint8_t *open_bit(struct st_scan *scan, uint32_t id, uint8_t *bit) {
    bool responses = scan->stream->role == ST_ROLE_RESPONSES;
    *bit = (uint8_t)(1 << (id >> 1 & 7));
    return &scan->conversation->kinds[(responses ? ST_ASKED / 2 : 0) + (id >> 4 & (ST_ASKED / 2 - 1))];
}

static bool is_open(struct st_scan *scan, uint32_t id) {
    uint8_t bit, *byte = open_bit(scan, id, &bit);
    return (*byte & bit) != 0;
}

static void set_open(struct st_scan *scan, uint32_t id, bool open) {
    uint8_t bit, *byte = open_bit(scan, id, &bit);
    *byte = open ? *byte | bit : *byte & (uint8_t)~bit;
}

static uint16_t kind_of_message(const struct st_stream *s) {
    return s->role == ST_ROLE_REQUESTS ? ST_MARK_REQUEST : ST_MARK_RESPONSE;
}

static void end_of_block(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    if (s->hashing == ST_HASHING_OFF)
        return;
    s->line = st_hash_end(s);
    st_message_note(scan, 0);
}

static void end_of_stream(struct st_scan *scan, uint32_t id) {
    struct st_stream *s = scan->stream;
    if (!is_open(scan, id))
        return;
    set_open(scan, id, false);
    if (s->open && s->id == id)
        st_message_end(scan);
    else
        st_mark_other(scan, ST_MARK_END | kind_of_message(s), id);
}

static void headers(struct st_scan *scan, uint32_t id) {
    struct st_stream *s = scan->stream;
    if (is_open(scan, id)) /* a trailer */
        return;
    st_message_begin_behind(scan, kind_of_message(s), HEADER_BYTES);
    s->id = id;
    set_open(scan, id, true);
    st_hash_begin(s);
}

static void header(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    uint8_t type = s->gather[3], flags = s->gather[4];
    uint32_t id = st_be32(s->gather + 5);
    if (!is_frame(s->gather) || ((s->own & BLOCK_OPEN) != 0) != (type == FRAME_CONTINUATION)) {
        st_lose_sync(scan);
        return;
    }
    bool block = type == FRAME_HEADERS || type == FRAME_CONTINUATION;
    if (type == FRAME_CONTINUATION)
        s->own &= ENDS;
    else
        s->own = type == FRAME_RST_STREAM || (type <= FRAME_HEADERS && (flags & END_STREAM) != 0) ? ENDS : 0;
    if (block && (flags & END_HEADERS) == 0)
        s->own |= BLOCK_OPEN;
    if (type == FRAME_HEADERS)
        headers(scan, id);
    else if (type == FRAME_GOAWAY)
        st_mark_other(scan, ST_MARK_LAST, 0);
    st_pass(scan, st_be32(s->gather) >> 8, PAYLOAD);
}

static void payload(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    if ((s->own & BLOCK_OPEN) == 0) {
        end_of_block(scan);
        if ((s->own & ENDS) != 0)
            end_of_stream(scan, st_be32(s->gather + 5));
    }
    st_text(s, BEGIN);
}

static void step(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    switch (s->state) {
    case BEGIN:
        if (s->role == ST_ROLE_REQUESTS && *scan->at == preface[0])
            st_pass(scan, PREFACE_BYTES, PREFACE);
        else
            st_gather(scan, HEADER_BYTES, HEADER);
        break;
    case PREFACE:
        st_text(s, BEGIN);
        break;
    case HEADER:
        header(scan);
        break;
    default: /* PAYLOAD */
        payload(scan);
        break;
    }
}

const struct st_processor st_http2 = {recognise, step};
