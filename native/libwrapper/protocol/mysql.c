/*
 * MySQL and MariaDB. A command is a packet with sequence number 0; what it is answered with depends on the command. How
 * a result set ends (with or without the EOF packet behind its columns) is seen from the packets themselves, so that a
 * connection can be followed whose handshake was not seen. The handshake is no message but for the server's greeting.
 */
#include "protocol.h"

#include <string.h>

enum state { BEGIN, HEADER, PACKET, PAYLOAD, CAPABILITIES, TEXT };

/* stream->kind of the server: what its next packet is */
enum phase {
    FIRST, /* of a response or of a result set */
    DEFINITIONS,
    AFTER_DEFINITIONS,
    ROWS,
    LAST_EOF, /* behind the definitions of a prepared statement */
    DONE,     /* the packet at hand is the message's last */
};

/* stream->own of the server: definitions that are still to come, and above them the command */
enum { COUNT_MASK = 0xffff, MATCHED = 1 << 16 /* with its command */, COMMAND_SHIFT = 24 };
/* stream->own of the client */
enum { LARGE = 1 /* the packet at hand is continued by the next */ };

/* Conversation flags */
enum {
    HANDSHAKE = 1, /* between the greeting and the server's OK */
    SEEN = 2,      /* the client's capabilities were seen: */
    COMPRESSED = 4,
    NO_EOF = 8,  /* CLIENT_DEPRECATE_EOF */
    INFILE = 16, /* the client sends a file */
};

#define HEADER_BYTES 4
#define LARGEST 0xffffffu /* of a packet; another one continues it */
#define CLIENT_COMPRESS 0x20u
#define CLIENT_SSL 0x800u
#define CLIENT_DEPRECATE_EOF (1u << 24)
#define CLIENT_ZSTD (1u << 26)
#define SSL_REQUEST_BYTES 32
#define MORE_RESULTS 0x08
#define CURSOR_EXISTS 0x40

enum command {
    COM_QUIT = 1,
    COM_QUERY = 3,
    COM_FIELD_LIST = 4,
    COM_STATISTICS = 9,
    COM_PING = 14,
    COM_CHANGE_USER = 17,
    COM_BINLOG_DUMP = 18,
    COM_STMT_PREPARE = 22,
    COM_STMT_EXECUTE = 23,
    COM_STMT_SEND_LONG_DATA = 24,
    COM_STMT_CLOSE = 25,
    COM_STMT_FETCH = 28,
    COM_LAST = 31,
    COM_STMT_BULK_EXECUTE = 0xfa,
};

static const char *const names[] = {
    "SLEEP",     "QUIT",        "INIT_DB",     "QUERY",      "FIELD_LIST", "CREATE_DB", "DROP_DB",     "REFRESH",
    "SHUTDOWN",  "STATISTICS",  "PROCESSLIST", "CONNECT",    "KILL",       "DEBUG",     "PING",        "TIME",
    "INSERT",    "CHANGE_USER", "BINLOG_DUMP", "TABLE_DUMP", "CONNECT",    "REGISTER",  "PREPARE",     "EXECUTE",
    "LONG_DATA", "CLOSE",       "RESET",       "SET_OPTION", "FETCH",      "DAEMON",    "BINLOG_DUMP", "RESET",
};

static bool is_command(uint8_t command) {
    return (command >= COM_QUIT && command <= COM_LAST) || command == COM_STMT_BULK_EXECUTE;
}

static bool is_text(uint8_t byte) {
    return byte >= ' ' && byte < 0x7f;
}

static enum st_fit recognise_greeting(const uint8_t *bytes, size_t count) {
    if (count < 6)
        return bytes[0] >= 40 && (count < 3 || (bytes[1] | bytes[2]) == 0) && (count < 4 || bytes[3] == 0) &&
                       (count < 5 || bytes[4] == 10)
                   ? ST_FIT_MAYBE
                   : ST_FIT_NO;
    return (bytes[1] | bytes[2] | bytes[3]) == 0 && bytes[4] == 10 && st_is_digit(bytes[5]) ? ST_FIT_RESPONSE
                                                                                            : ST_FIT_NO;
}

static enum st_fit recognise_command(const uint8_t *bytes, size_t count, uint32_t whole) {
    if (count < 6 || bytes[3] != 0 || st_le24(bytes) != whole - HEADER_BYTES)
        return count == 5 && whole == 5 && st_le24(bytes) == 1 && bytes[3] == 0 && bytes[4] == COM_PING ? ST_FIT_REQUEST
                                                                                                        : ST_FIT_NO;
    if (bytes[4] == COM_QUERY || bytes[4] == COM_STMT_PREPARE)
        return is_text(bytes[5]) || (bytes[5] == 0 && count > 7 && is_text(bytes[7])) ? ST_FIT_REQUEST : ST_FIT_NO;
    return bytes[4] == COM_STMT_EXECUTE && count >= 14 && bytes[10] == 1 && (bytes[11] | bytes[12] | bytes[13]) == 0
               ? ST_FIT_REQUEST
               : ST_FIT_NO;
}

static enum st_fit recognise(const uint8_t *bytes, size_t count, uint32_t whole, enum st_role role) {
    if (role == ST_ROLE_NONE) {
        enum st_fit fit = recognise_greeting(bytes, count);
        return fit != ST_FIT_NO ? fit : recognise_command(bytes, count, whole);
    }
    if (count <= HEADER_BYTES)
        return count < HEADER_BYTES || bytes[3] == (role == ST_ROLE_RESPONSES) ? ST_FIT_MAYBE : ST_FIT_NO;
    if (role == ST_ROLE_RESPONSES)
        return bytes[3] == 1 ? ST_FIT_RESPONSE : ST_FIT_NO;
    return bytes[3] == 0 && is_command(bytes[4]) && st_le24(bytes) + HEADER_BYTES <= whole ? ST_FIT_REQUEST : ST_FIT_NO;
}

static void begin(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    bool requests = s->role == ST_ROLE_REQUESTS;
    if (!s->open && !st_flagged(scan->conversation, HANDSHAKE | (requests ? INFILE : 0))) {
        st_message_begin_unsure(scan, requests ? ST_MARK_REQUEST : ST_MARK_RESPONSE);
        s->own = s->kind = FIRST;
        if (requests)
            st_hash_begin(s);
    }
    st_gather(scan, HEADER_BYTES, HEADER);
}

static uint8_t least(uint64_t count, uint8_t most) {
    return count < most ? (uint8_t)count : most;
}

/* The packet's first bytes, up to `most`, then `state`. */
static void look(struct st_scan *scan, uint8_t most, uint8_t state) {
    st_gather(scan, least(scan->stream->remaining, most), state);
    scan->due = scan->stream->wanted == 0;
}

static void leave_packet(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    st_pass(scan, s->remaining - s->gathered, PAYLOAD);
}

/* ---- the client ---- */

static void client_header(struct st_scan *scan, uint8_t sequence) {
    struct st_stream *s = scan->stream;
    bool continued = (s->own & LARGE) != 0;
    s->own = s->remaining == LARGEST ? LARGE : 0;
    if (st_flagged(scan->conversation, HANDSHAKE)) {
        look(scan, sequence == 1 ? 4 : 0, CAPABILITIES);
    } else if (s->open && !continued && sequence == 0) {
        st_message_sure(scan);
        look(scan, ST_GATHER_BYTES, TEXT);
    } else {
        if (!continued)
            st_message_drop(scan);
        st_pass(scan, s->remaining, PAYLOAD);
    }
}

static void capabilities(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    uint32_t bits = st_le24(s->gather) | (uint32_t)s->gather[3] << 24;
    if (s->gathered == 4 && (bits & CLIENT_SSL) != 0 && s->remaining == SSL_REQUEST_BYTES) {
        st_mark_other(scan, ST_MARK_UPGRADE, 0);
        st_speak(scan, ST_OPAQUE);
        return;
    }
    if (s->gathered == 4) {
        st_flag(scan->conversation, SEEN);
        if ((bits & (CLIENT_COMPRESS | CLIENT_ZSTD)) != 0)
            st_flag(scan->conversation, COMPRESSED);
        if ((bits & CLIENT_DEPRECATE_EOF) != 0)
            st_flag(scan->conversation, NO_EOF);
    }
    leave_packet(scan);
}

static bool is_answered(uint8_t command) {
    return command != COM_QUIT && command != COM_STMT_CLOSE && command != COM_STMT_SEND_LONG_DATA;
}

/* The command and the first bytes of what it says. Attributes go before the statement: a count of 0 and a 1. */
static void text(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    uint8_t command = s->gather[0], from = 1;
    if (s->gathered == 0 || !is_command(command)) {
        st_lose_sync(scan);
        return;
    }
    s->kind = command;
    if (!is_answered(command))
        s->flags &= (uint16_t)~ST_MARK_REQUEST;
    if (command == COM_QUIT)
        s->flags |= ST_MARK_LAST;
    if (command == COM_QUERY && s->gathered > 3 && s->gather[1] == 0)
        from = 3;
    if (command != COM_QUERY) {
        const char *name = command <= COM_LAST ? names[command] : "EXECUTE";
        st_summarise(s, name, strlen(name));
    }
    if (command == COM_STMT_PREPARE)
        st_summarise(s, " ", 1);
    if (command == COM_QUERY || command == COM_STMT_PREPARE)
        st_summarise_verb(s, s->gather + from, s->gathered - from, s->remaining == s->gathered);
    if (s->summary_bytes == 0)
        st_summarise(s, "QUERY", 5);
    st_hash_bytes(s, s->gather + from, s->gathered - from);
    leave_packet(scan);
}

static void end_of_client_packet(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    if (!s->open || (s->own & LARGE) != 0)
        return;
    if ((s->flags & ST_MARK_REQUEST) != 0)
        st_asked(scan->conversation, s->kind);
    s->line = st_hash_end(s);
    st_message_end(scan);
}

/* ---- the server ---- */

static void server_header(struct st_scan *scan, uint8_t sequence) {
    struct st_stream *s = scan->stream;
    bool fresh = s->open && s->own == 0;
    bool stray = sequence > 1 && !st_is_asked(scan->conversation);
    if (fresh && !stray)
        st_message_sure(scan);
    if (fresh && sequence == 0) {
        s->flags &= (uint16_t)~ST_MARK_RESPONSE;
        st_flag(scan->conversation, HANDSHAKE);
    } else if (fresh && stray) {
        st_message_drop(scan); /* the end of a response that was told as complete */
    } else if (fresh) {
        s->own = MATCHED | (uint32_t)st_answering(scan->conversation) << COMMAND_SHIFT;
        s->kind = s->own >> COMMAND_SHIFT == COM_STMT_FETCH ? ROWS : FIRST;
    }
    look(scan, s->kind == FIRST ? ST_GATHER_BYTES : 1, PACKET);
}

static void end_of_response(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    st_answered(scan->conversation);
    s->kind = DONE;
    leave_packet(scan);
}

/* A number of variable length at `*at`, which moves behind it. */
static uint32_t lenenc(const struct st_stream *s, uint8_t *at) {
    uint8_t first = *at < s->gathered ? s->gather[*at] : 0;
    uint8_t bytes = first == 0xfc ? 2 : first == 0xfd ? 3 : first == 0xfe ? 8 : 0;
    uint32_t number = first;
    if (bytes != 0 && bytes != 8 && *at + bytes < s->gathered)
        number = s->gather[*at + 1] | (uint32_t)s->gather[*at + 2] << 8;
    *at += 1 + bytes;
    return number;
}

/* Of the OK or EOF packet that ends a result set. */
static uint16_t status(const struct st_stream *s) {
    uint8_t at = 1;
    if (s->gather[0] == 0xfe && s->remaining < 7) { /* EOF: warnings, status */
        at = 3;
    } else {
        lenenc(s, &at);
        lenenc(s, &at);
    }
    return at + 1 < s->gathered ? (uint16_t)(s->gather[at] | s->gather[at + 1] << 8) : 0;
}

static void end_of_result(struct st_scan *scan) {
    if ((status(scan->stream) & MORE_RESULTS) == 0) {
        end_of_response(scan);
        return;
    }
    scan->stream->kind = FIRST;
    leave_packet(scan);
}

static void error(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    s->code = s->gathered >= 3 ? (uint16_t)(s->gather[1] | s->gather[2] << 8) : 0;
    if (s->summary_bytes == 0)
        st_summarise(s, "ERROR", 5);
    end_of_response(scan);
}

static void expect(struct st_stream *s, uint32_t definitions) {
    s->own = (s->own & ~(uint32_t)COUNT_MASK) | definitions;
    s->kind = definitions != 0 ? DEFINITIONS : AFTER_DEFINITIONS;
}

/* The head of a result set: how many columns it has; MariaDB can say behind it that it leaves their definitions out. */
static void result_head(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    uint8_t at = 0;
    uint32_t columns = lenenc(s, &at);
    if (s->remaining > 4 || columns == 0) {
        st_lose_sync(scan);
        return;
    }
    expect(s, at < s->gathered && s->gather[at] == 0 ? 0 : columns);
    leave_packet(scan);
}

static void prepared(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    uint32_t columns = s->gather[5] | (uint32_t)s->gather[6] << 8,
             parameters = s->gather[7] | (uint32_t)s->gather[8] << 8;
    if (s->gathered < 9 || columns + parameters == 0) {
        end_of_response(scan);
        return;
    }
    expect(s, (columns + parameters) & COUNT_MASK);
    leave_packet(scan);
}

static void first(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    uint32_t command = s->own >> COMMAND_SHIFT;
    uint8_t type = s->gather[0];
    bool logging_in = command == COM_CHANGE_USER && (type == 0xfe || type == 0x01);
    bool column = command == COM_FIELD_LIST && type != 0xfe;
    st_unflag(scan->conversation, INFILE);
    if (type == 0xff) {
        error(scan);
    } else if (command == COM_STATISTICS) {
        end_of_response(scan);
    } else if (command == COM_BINLOG_DUMP) {
        st_speak(scan, ST_OPAQUE);
    } else if (type == 0xfb) {
        st_flag(scan->conversation, INFILE);
        leave_packet(scan);
    } else if (logging_in || column) {
        leave_packet(scan);
    } else if (type == 0 && command == COM_STMT_PREPARE) {
        prepared(scan);
    } else if (type == 0 || type == 0xfe) {
        end_of_result(scan);
    } else {
        result_head(scan);
    }
}

/* The packet's first byte is there; more of it is needed where a result set may end. */
static void row(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    uint8_t type = s->gather[0], needed = least(s->remaining, ST_GATHER_BYTES);
    bool ends = s->gathered > 0 && (type == 0xff || (type == 0xfe && s->remaining < LARGEST));
    if (ends && s->gathered < needed) {
        st_gather_more(scan, needed, PACKET);
        return;
    }
    bool behind_columns = s->kind == AFTER_DEFINITIONS && type == 0xfe && s->remaining == 5;
    s->kind = ROWS;
    if (!ends)
        leave_packet(scan);
    else if (type == 0xff)
        error(scan);
    else if (behind_columns && (status(s) & CURSOR_EXISTS) == 0)
        leave_packet(scan);
    else
        end_of_result(scan);
}

/* An EOF packet may stand between parameters and columns: it is not counted. */
static void definition(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    uint32_t command = s->own >> COMMAND_SHIFT;
    if (s->gather[0] != 0xfe || s->remaining != 5)
        s->own--;
    if ((s->own & COUNT_MASK) != 0) {
        leave_packet(scan);
    } else if (command != COM_STMT_PREPARE) {
        s->kind = AFTER_DEFINITIONS;
        leave_packet(scan);
    } else if ((__atomic_load_n(&scan->conversation->flags, __ATOMIC_RELAXED) & (SEEN | NO_EOF)) == SEEN) {
        s->kind = LAST_EOF;
        leave_packet(scan);
    } else {
        end_of_response(scan);
    }
}

static void handshake(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    if (s->open) { /* the greeting itself */
        s->kind = DONE;
    } else if (s->gather[0] == 0 || s->gather[0] == 0xff) {
        st_unflag(scan->conversation, HANDSHAKE);
        if (st_flagged(scan->conversation, COMPRESSED)) {
            st_mark_other(scan, ST_MARK_UPGRADE, 0);
            st_speak(scan, ST_OPAQUE);
            return;
        }
    }
    leave_packet(scan);
}

static void server_packet(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    if (st_flagged(scan->conversation, HANDSHAKE))
        handshake(scan);
    else if (!s->open)
        leave_packet(scan);
    else if (s->kind == FIRST)
        first(scan);
    else if (s->kind == DEFINITIONS)
        definition(scan);
    else if (s->kind == LAST_EOF)
        end_of_response(scan);
    else
        row(scan);
}

static void end_of_server_packet(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    if (s->open && s->kind == DONE)
        st_message_end(scan);
}

static void step(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    bool requests = s->role == ST_ROLE_REQUESTS;
    switch (s->state) {
    case BEGIN:
        begin(scan);
        break;
    case HEADER:
        s->remaining = st_le24(s->gather);
        (requests ? client_header : server_header)(scan, s->gather[3]);
        break;
    case CAPABILITIES:
        capabilities(scan);
        break;
    case TEXT:
        text(scan);
        break;
    case PACKET:
        server_packet(scan);
        break;
    default: /* PAYLOAD */
        (requests ? end_of_client_packet : end_of_server_packet)(scan);
        st_text(s, BEGIN);
        break;
    }
}

const struct st_processor st_mysql = {recognise, step};
