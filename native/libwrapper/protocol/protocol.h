/*
 * Protocol processors: what the bytes of a call say about where messages begin and end. One file a protocol, each a
 * state machine that is fed byte ranges in stream order, split anywhere. The core (protocol.c) finds out which protocol
 * a descriptor speaks, feeds its processor, passes over payload, gathers headers of fixed size, and tells the MARKs.
 */
#ifndef ST_PROTOCOL_H
#define ST_PROTOCOL_H

#include "../wrapper.h"

enum st_role { ST_ROLE_NONE, ST_ROLE_REQUESTS, ST_ROLE_RESPONSES };

/* Whether bytes at the start of a call can be the start of a message, and of which kind. */
enum st_fit { ST_FIT_NO, ST_FIT_REQUEST, ST_FIT_RESPONSE, ST_FIT_MAYBE /* too few bytes to tell */ };

#define ST_GATHER_BYTES 16
#define ST_MARK_SUMMARY_BYTES 32
#define ST_OPAQUE 0xff /* in the place of an enum st_protocol: bytes that are not looked at */

enum { ST_HASHING_OFF, ST_HASHING_ON, ST_HASHING_HELD /* passed over for now */, ST_HASHING_SPOILT /* not all seen */ };

/* Whether a message has begun and not ended; ST_MESSAGE_UNSURE: that it is one is seen when its header is complete. */
enum st_open { ST_MESSAGE_NONE, ST_MESSAGE_OPEN, ST_MESSAGE_UNSURE };

/* One direction of a conversation. What a processor may use for itself is `state`, `kind`, `own` and `number`. */
struct st_stream {
    uint32_t busy;  /* object number of who is at work in it, 0: nobody */
    uint8_t missed; /* somebody found it busy and went on */
    uint8_t epoch;
    uint8_t protocol; /* 0: looking for the start of a message */
    uint8_t role;
    uint8_t resync; /* the next message is the first one after bytes that could not be followed */
    uint8_t state;
    uint8_t kind;
    uint8_t wanted, gathered;
    uint8_t passing; /* the next `remaining` bytes are payload */
    uint8_t open;    /* enum st_open */
    uint8_t hashing; /* of payload */
    uint8_t hashed;  /* bytes in `word` */
    uint8_t summary_bytes;
    uint16_t code;
    uint16_t flags; /* of the open message */
    uint32_t id;    /* of the open message */
    uint32_t own;
    uint64_t remaining;
    uint64_t hash, word; /* hash.h */
    uint64_t line;
    uint32_t headers[4];
    union {
        uint8_t gather[ST_GATHER_BYTES];
        uint64_t number;
    };
    char summary[ST_MARK_SUMMARY_BYTES];
};
static_assert(sizeof(struct st_stream) == 128, "two cache lines");

#define ST_ASKED 32

/* What stands behind a descriptor. The two streams may be at work at once, so what they share is atomic. */
struct st_conversation {
    uint32_t object;
    uint8_t protocol; /* 0: not known yet */
    uint8_t next;     /* after an upgrade, or when it is given up: what is spoken from now on */
    uint8_t requests; /* enum st_direction in which they go */
    uint8_t misses;   /* calls whose bytes fitted nothing */
    uint32_t flags;   /* a processor's own */
    /* Requests that wait for a response, by kind: written by the one stream, read by the other. */
    uint32_t asked, answered;
    uint8_t kinds[ST_ASKED];
    uint32_t own[2]; /* the processor's, of the one that follows requests and the one that follows responses */
    struct st_stream streams[2];
};
static_assert(sizeof(struct st_conversation) == 320, "five cache lines");

/* The bytes of one call, while they are looked at. */
struct st_scan {
    struct st_conversation *conversation;
    struct st_stream *stream;
    const uint8_t *at, *end; /* of the part at hand: a processor moves `at` */
    int64_t base;            /* offset of `end` in the call's bytes */
    bool due;                /* a header or payload is complete: the processor is to be called though no byte is left */
    bool begun;              /* the open message began in this call and was not told yet */
    uint32_t start;
    uint32_t told;
    uint32_t read;       /* bytes so far, without payload */
    struct st_mark many; /* messages being counted instead of told; count 0: none */
};

/*
 * `recognise` is given the first bytes of a call (of `whole` bytes), with the role of its direction if that is known.
 * `step` is called with bytes left, or because what it asked for is complete; it moves on or asks for more.
 */
struct st_processor {
    enum st_fit (*recognise)(const uint8_t *bytes, size_t count, uint32_t whole, enum st_role role);
    void (*step)(struct st_scan *scan);
};

extern const struct st_processor st_http1, st_http2, st_fastcgi, st_ajp, st_mysql, st_postgresql, st_resp, st_memcached,
    st_dns;
/* Datagrams: whether one is DNS; the beginning of its message. */
bool st_dns_fits(const uint8_t *bytes, size_t count);
void st_dns_begin(struct st_scan *scan, uint32_t length);

/* A message begins at `at`; with ST_MARK_REQUEST, ST_MARK_RESPONSE or neither in `flags`. */
void st_message_begin(struct st_scan *scan, uint16_t flags);
/* One that began `back` bytes before `at`. */
void st_message_begin_behind(struct st_scan *scan, uint16_t flags, uint32_t back);
/* The open message, if there is one, ends at `at`. */
void st_message_end(struct st_scan *scan);
/* One that may turn out to be none; either is told when that is known. */
void st_message_begin_unsure(struct st_scan *scan, uint16_t flags);
void st_message_sure(struct st_scan *scan);
void st_message_drop(struct st_scan *scan);
/* Something about the open message that its start, told by an earlier call, did not say yet. */
void st_message_note(struct st_scan *scan, uint16_t flags);
/* A boundary of a message that is not the open one (multiplexed protocols), or an upgrade outside of messages. */
void st_mark_other(struct st_scan *scan, uint16_t flags, uint32_t id);
void st_marks_finish(struct st_scan *scan); /* tells what was not told yet: at the end of a call, before a loss */
/* The bytes cannot be followed; the rest of the call is passed over. */
void st_lose_sync(struct st_scan *scan);
/* From here on this direction speaks `protocol` (ST_OPAQUE: leave it alone), the other one from its next call. */
void st_speak(struct st_scan *scan, uint8_t protocol);

void st_hash_begin(struct st_stream *stream);
void st_hash_bytes(struct st_stream *stream, const uint8_t *bytes, size_t count);
uint64_t st_hash_end(struct st_stream *stream); /* 0: nothing was hashed, or not everything */
void st_summarise(struct st_stream *stream, const void *text, size_t count);
void st_summarise_word(struct st_stream *stream, const uint8_t *bytes, size_t count); /* in capitals */
/* The first word of an SQL statement, if its end is there: the statement may go on behind the bytes, or be complete. */
void st_summarise_verb(struct st_stream *stream, const uint8_t *bytes, size_t count, bool complete);

/* Takes bytes that do not separate words (all above ' '), hashing them; returns how many. */
size_t st_hash_word(struct st_stream *stream, const uint8_t *bytes, const uint8_t *end);

/* The next `count` bytes into stream->gather, then `state`. */
static inline void st_gather(struct st_scan *scan, uint8_t count, uint8_t state) {
    scan->stream->gathered = 0;
    scan->stream->wanted = count;
    scan->stream->state = state;
}

/* More of them behind those that are there. */
static inline void st_gather_more(struct st_scan *scan, uint8_t total, uint8_t state) {
    scan->stream->wanted = total;
    scan->stream->state = state;
    scan->due = scan->stream->gathered >= total;
}

/* Over `count` bytes of payload, then `state`. */
static inline void st_pass(struct st_scan *scan, uint64_t count, uint8_t state) {
    scan->stream->gathered = scan->stream->wanted = 0;
    scan->stream->remaining = count;
    scan->stream->passing = count > 0;
    scan->stream->state = state;
    scan->due = count == 0;
}

/* Text: bytes as they come. */
static inline void st_text(struct st_stream *stream, uint8_t state) {
    stream->gathered = stream->wanted = 0;
    stream->state = state;
}

/* Requests that are answered in order. */
void st_asked(struct st_conversation *conversation, uint8_t kind);
uint8_t st_answering(const struct st_conversation *conversation); /* kind of the oldest without an answer, or 0 */
void st_answered(struct st_conversation *conversation);
bool st_is_asked(const struct st_conversation *conversation);

static inline void st_flag(struct st_conversation *conversation, uint32_t flag) {
    __atomic_fetch_or(&conversation->flags, flag, __ATOMIC_RELAXED);
}
static inline void st_unflag(struct st_conversation *conversation, uint32_t flag) {
    __atomic_fetch_and(&conversation->flags, ~flag, __ATOMIC_RELAXED);
}
static inline bool st_flagged(const struct st_conversation *conversation, uint32_t flag) {
    return (__atomic_load_n(&conversation->flags, __ATOMIC_RELAXED) & flag) != 0;
}

static inline uint16_t st_be16(const uint8_t *bytes) {
    return (uint16_t)(bytes[0] << 8 | bytes[1]);
}
static inline uint32_t st_be32(const uint8_t *bytes) {
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}
static inline uint32_t st_le24(const uint8_t *bytes) {
    return (uint32_t)bytes[2] << 16 | (uint32_t)bytes[1] << 8 | bytes[0];
}
static inline uint8_t st_lower(uint8_t byte) {
    return byte >= 'A' && byte <= 'Z' ? byte | 0x20 : byte;
}
static inline uint8_t st_upper(uint8_t byte) {
    return byte >= 'a' && byte <= 'z' ? byte & (uint8_t)~0x20 : byte;
}
static inline bool st_is_digit(uint8_t byte) {
    return byte >= '0' && byte <= '9';
}

/* Whether `bytes` begin with `text`; MAYBE while they are a beginning of it. */
enum st_fit st_starts(const uint8_t *bytes, size_t count, const char *text, enum st_fit fit);

#endif
