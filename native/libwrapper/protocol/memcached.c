/* memcached: the text protocol with its meta commands, and the binary protocol. */
#include "protocol.h"

#include <string.h>

enum state { BEGIN, WORD, REST, DATA, DATA_END, HEADER, BODY };

/* stream->own: word at hand, and what the first one said */
enum { WORDS = 0xff, STORES = 0x100, NOREPLY = 0x200, MORE = 0x400 /* lines of this response follow */ };

#define HEADER_BYTES 24
#define MOST_BODY (1u << 30)
#define OPCODE_QUIT 0x07
#define OPCODE_STAT 0x10

static bool is_binary(uint8_t byte) {
    return byte == 0x80 || byte == 0x81;
}

static enum st_fit recognise_binary(const uint8_t *bytes, size_t count) {
    if (count < 12)
        return count < 2 || bytes[1] < 0x60 ? ST_FIT_MAYBE : ST_FIT_NO;
    uint32_t parts = st_be16(bytes + 2) + bytes[4];
    if (bytes[1] >= 0x60 || bytes[5] != 0 || parts > st_be32(bytes + 8) || st_be32(bytes + 8) > MOST_BODY)
        return ST_FIT_NO;
    return bytes[0] == 0x80 ? ST_FIT_REQUEST : ST_FIT_RESPONSE;
}

static enum st_fit one_of(const uint8_t *bytes, size_t count, const char *const *words, enum st_fit fit) {
    enum st_fit best = ST_FIT_NO;
    for (; *words != NULL && best != fit; words++) {
        enum st_fit this = st_starts(bytes, count, *words, fit);
        if (this != ST_FIT_NO)
            best = this;
    }
    return best;
}

static const char *const commands[] = {"get ",   "gets ",     "set ",     "add ",       "cas ",  "delete ",   "incr ",
                                       "decr ",  "touch ",    "gat ",     "gats ",      "stats", "version\r", "mg ",
                                       "ms ",    "md ",       "ma ",      "mn\r",       "me ",   "replace ",  "append ",
                                       "quit\r", "flush_all", "prepend ", "verbosity ", NULL};
static const char *const replies[] = {"VALUE ", "END\r\n", "STORED\r\n", "VERSION ", "CLIENT_ERROR ", "STAT ", NULL};

static enum st_fit recognise(const uint8_t *bytes, size_t count, uint32_t whole, enum st_role role) {
    (void)whole;
    if (is_binary(bytes[0]))
        return recognise_binary(bytes, count);
    if (role == ST_ROLE_RESPONSES) /* also numbers, OK, HD, EN, ... */
        return (bytes[0] >= 'A' && bytes[0] <= 'Z') || st_is_digit(bytes[0]) ? ST_FIT_RESPONSE : ST_FIT_NO;
    enum st_fit fit = one_of(bytes, count, commands, ST_FIT_REQUEST);
    return fit != ST_FIT_NO || role == ST_ROLE_REQUESTS ? fit : one_of(bytes, count, replies, ST_FIT_RESPONSE);
}

static uint16_t kind_of_message(const struct st_stream *s) {
    return s->role == ST_ROLE_REQUESTS ? ST_MARK_REQUEST : ST_MARK_RESPONSE;
}

static bool is(const struct st_stream *s, const char *word) {
    size_t i = 0;
    while (i < s->gathered && word[i] != '\0' && s->gather[i] == (uint8_t)word[i])
        i++;
    return i == s->gathered && word[i] == '\0';
}

static void first_word(struct st_stream *s) {
    static const char *const stores[] = {"set", "add", "replace", "append", "prepend", "cas", "ms", "VALUE", "VA"};
    for (size_t i = 0; i < sizeof stores / sizeof *stores; i++)
        if (is(s, stores[i]))
            s->own |= STORES;
    s->kind = is(s, "ms")      ? 2
              : is(s, "VA")    ? 1
              : is(s, "VALUE") ? 3
                               : 4; /* the word that tells how many bytes follow */
    if (is(s, "VALUE") || is(s, "STAT") || is(s, "ITEM"))
        s->own |= MORE;
    if (is(s, "quit"))
        s->flags = ST_MARK_LAST | (s->flags & ST_MARK_RESYNC);
    if (s->summary_bytes == 0 && !st_is_digit(s->gather[0])) /* a number is the counter that was asked for */
        st_summarise_word(s, s->gather, s->gathered);
}

static bool read_size(struct st_stream *s) {
    s->remaining = 0;
    for (uint8_t i = 0; i < s->gathered; i++) {
        if (!st_is_digit(s->gather[i]) || s->remaining > MOST_BODY)
            return false;
        s->remaining = s->remaining * 10 + s->gather[i] - '0';
    }
    return s->gathered > 0;
}

static void end_of_word(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    uint32_t word = s->own & WORDS;
    if (s->gathered == 0)
        return;
    if (word == 0)
        first_word(s);
    else if ((s->own & STORES) != 0 && word == s->kind && !read_size(s))
        st_lose_sync(scan);
    else if (is(s, "noreply"))
        s->own |= NOREPLY;
    s->own += word < WORDS;
    s->gathered = 0;
}

static void end_of_message(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    if ((s->own & NOREPLY) != 0)
        s->flags &= (uint16_t)~ST_MARK_REQUEST;
    if (s->role == ST_ROLE_REQUESTS)
        s->line = st_hash_end(s);
    s->hashing = ST_HASHING_OFF;
    st_message_end(scan);
    st_text(s, BEGIN);
}

static void end_of_line(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    if ((s->own & STORES) != 0)
        st_pass(scan, s->remaining, DATA);
    else if ((s->own & MORE) != 0)
        st_text(s, BEGIN);
    else
        end_of_message(scan);
}

static void words(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    while (scan->at < scan->end) {
        uint8_t byte = *scan->at;
        if (byte > ' ') {
            st_hash_bytes(s, scan->at++, 1);
            if (s->gathered < ST_GATHER_BYTES)
                s->gather[s->gathered++] = byte;
            continue;
        }
        end_of_word(scan);
        if (!s->open)
            return;
        scan->at++;
        if (byte == '\n') {
            end_of_line(scan);
            return;
        }
    }
}

static void begin(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    if (is_binary(*scan->at)) {
        if (!s->open)
            st_message_begin(scan, kind_of_message(s));
        st_gather(scan, 12, HEADER);
        return;
    }
    if (!s->open) {
        st_message_begin(scan, kind_of_message(s));
        st_hash_begin(s);
    }
    s->own = 0;
    st_text(s, WORD);
}

/* Commands without an answer unless they fail, or unless they find something. */
static bool is_quiet(uint8_t opcode) {
    return opcode == 0x09 || opcode == 0x0d || (opcode >= 0x11 && opcode <= 0x1a) || opcode == 0x1e || opcode == 0x24;
}

static void header(struct st_scan *scan) {
    static const char *const names[] = {"GET",  "SET",   "ADD",    "REPLACE", "DELETE", "INCR",
                                        "DECR", "QUIT",  "FLUSH",  "GETQ",    "NOOP",   "VERSION",
                                        "GETK", "GETKQ", "APPEND", "PREPEND", "STAT"};
    struct st_stream *s = scan->stream;
    uint8_t opcode = s->gather[1];
    uint32_t body = st_be32(s->gather + 8);
    if (recognise_binary(s->gather, s->gathered) == ST_FIT_NO) {
        st_lose_sync(scan);
        return;
    }
    if (is_quiet(opcode))
        s->flags &= (uint16_t) ~(ST_MARK_REQUEST | ST_MARK_RESPONSE);
    if (opcode == OPCODE_QUIT)
        s->flags |= ST_MARK_LAST;
    if (s->role == ST_ROLE_RESPONSES)
        s->code = st_be16(s->gather + 6);
    else if (opcode < sizeof names / sizeof *names && s->summary_bytes == 0)
        st_summarise(s, names[opcode], strlen(names[opcode]));
    s->own = s->role == ST_ROLE_RESPONSES && opcode == OPCODE_STAT && body > 0 ? MORE : 0;
    st_pass(scan, HEADER_BYTES - 12 + (uint64_t)body, BODY);
}

static void step(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    switch (s->state) {
    case BEGIN:
        begin(scan);
        break;
    case WORD:
        words(scan);
        break;
    case DATA:
        st_text(s, DATA_END);
        break;
    case HEADER:
        header(scan);
        break;
    case BODY:
        if ((s->own & MORE) != 0)
            st_text(s, BEGIN);
        else
            end_of_message(scan);
        break;
    default: /* DATA_END */
        while (scan->at < scan->end)
            if (*scan->at++ == '\n') {
                s->own &= ~(uint32_t)STORES;
                end_of_line(scan);
                return;
            }
        break;
    }
}

const struct st_processor st_memcached = {recognise, step};
