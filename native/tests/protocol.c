/*
 * protocol FILE...: conversations and the messages that must be found in them. Each runs as it stands, byte by byte, in
 * two calls and in two parts of a call split everywhere, and cut off everywhere; the messages must be the same wherever
 * the bytes are split. `protocol --print FILE` prints the file with what was found in place of what is expected.
 *
 *   conversation NAME [datagram]
 *   > "bytes sent\r\n"      < 0a1b2c     > unseen 1000     paused (calls pass while no session is armed)
 *   except NAMES             (of headers that are no witness, in this conversation)
 *   = > request http1 0..35 line=9a.. headers=1,2 body=9a.. code=200 stream=3 count=9 last upgrade resync "GET /"
 */
#include "protocol_kit.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_PIECES 4096
#define MOST_TEXT (1 << 20)

struct piece {
    uint8_t direction;
    uint8_t *bytes; /* NULL: unseen */
    size_t count;
};

struct message {
    struct kit_mark end;
    uint64_t from, to;
    bool begun, ended;
};

static char name[128];
static bool datagram, printing;
static struct piece pieces[MOST_PIECES];
static size_t piece_count;
static char expected[MOST_TEXT], found[MOST_TEXT];
static int passed, failed;

static struct message messages[MOST_PIECES * 8];
static size_t message_count;
static uint64_t position[3]; /* of each direction's stream */
static size_t taken;         /* marks already seen */

static struct message *message_of(const struct kit_mark *mark, bool begun) {
    for (size_t i = message_count; !begun && i > 0; i--)
        if (!messages[i - 1].ended && messages[i - 1].end.direction == mark->direction &&
            messages[i - 1].end.mark.stream == mark->mark.stream)
            return &messages[i - 1];
    messages[message_count] = (struct message){.begun = begun, .end = {.direction = mark->direction}};
    return &messages[message_count++];
}

/* What an END says goes over what its START said; one that says nothing more (multiplexed) leaves it. */
static void take_marks(uint8_t direction, size_t count) {
    for (; taken < kit_count; taken++) {
        const struct kit_mark *mark = &kit_marks[taken];
        struct message *m = message_of(mark, (mark->mark.flags & ST_MARK_START) != 0);
        if ((mark->mark.flags & ST_MARK_START) != 0)
            m->from = position[direction] + mark->mark.start;
        if (mark->mark.line != 0 || mark->mark.code != 0 || m->end.mark.count == 0 || m->end.mark.line == 0)
            m->end = *mark;
        m->end.mark.flags |= mark->mark.flags & (ST_MARK_LAST | ST_MARK_UPGRADE);
        m->to = position[direction] + mark->mark.offset;
        m->ended = (mark->mark.flags & (ST_MARK_END | ST_MARK_START)) != ST_MARK_START &&
                   ((mark->mark.flags & ST_MARK_END) != 0 || !m->begun);
    }
    position[direction] += count;
}

static int print_message(char *to, size_t room, const struct message *m) {
    static const char *const protocols[] = {"none",  "http1",      "http2", "fastcgi",   "ajp",
                                            "mysql", "postgresql", "resp",  "memcached", "dns"};
    const struct st_mark *mark = &m->end.mark;
    int n = snprintf(to, room, "= %c %s %s %lu..", m->end.direction == ST_SENT ? '>' : '<',
                     mark->flags & ST_MARK_REQUEST    ? "request"
                     : mark->flags & ST_MARK_RESPONSE ? "response"
                                                      : "neither",
                     protocols[mark->protocol], m->from);
    if (m->ended)
        n += snprintf(to + n, room - (size_t)n, "%lu", m->to);
    if (mark->line != 0)
        n += snprintf(to + n, room - (size_t)n, " line=%lx", mark->line);
    for (int i = 0; i < 4 && mark->headers[i] != 0; i++)
        n += snprintf(to + n, room - (size_t)n, "%s%x", i == 0 ? " headers=" : ",", mark->headers[i]);
    if (mark->body != 0)
        n += snprintf(to + n, room - (size_t)n, " body=%lx", mark->body);
    if (mark->code != 0)
        n += snprintf(to + n, room - (size_t)n, " code=%u", mark->code);
    if (mark->stream != 0)
        n += snprintf(to + n, room - (size_t)n, " stream=%lu", mark->stream);
    if (mark->count != 1)
        n += snprintf(to + n, room - (size_t)n, " count=%u", mark->count);
    n += snprintf(to + n, room - (size_t)n, "%s%s%s", mark->flags & ST_MARK_LAST ? " last" : "",
                  mark->flags & ST_MARK_UPGRADE ? " upgrade" : "", mark->flags & ST_MARK_RESYNC ? " resync" : "");
    if (m->end.summary_bytes != 0)
        n += snprintf(to + n, room - (size_t)n, " \"%.*s\"", (int)m->end.summary_bytes, m->end.summary);
    return n + snprintf(to + n, room - (size_t)n, "\n");
}

static void begin(void) {
    kit_conversation(ST_KIND_SOCKET, datagram ? SOCK_DGRAM : SOCK_STREAM);
    message_count = taken = 0;
    memset(position, 0, sizeof position);
}

static void call(const struct piece *piece, size_t from, size_t count, size_t split) {
    if (piece->direction == ST_NEITHER)
        st_protocol_paused();
    if (count == 0)
        return;
    if (piece->bytes == NULL)
        kit_unseen(piece->direction, (uint32_t)count);
    else
        kit_call(piece->direction, piece->bytes + from, count, split);
    take_marks(piece->direction, count);
}

static void whole(size_t from, size_t to) {
    for (size_t i = from; i < to; i++)
        call(&pieces[i], 0, pieces[i].count, 0);
}

static void print_found(void) {
    size_t n = 0;
    found[0] = '\0';
    for (size_t i = 0; i < message_count; i++)
        n += (size_t)print_message(found + n, sizeof found - n, &messages[i]);
}

/* Where a message begins may be told up to a header late when that was split: it was not known to begin one. */
#define LATE 16

static bool same_message(const char *one, const char *other) {
    char before[2][64], after[2][512];
    unsigned long from[2];
    const char *range[2] = {strstr(one, ".."), strstr(other, "..")};
    const char *lines[2] = {one, other};
    if (range[0] == NULL || range[1] == NULL)
        return false;
    for (int i = 0; i < 2; i++) {
        const char *digits = range[i];
        while (isdigit((unsigned char)digits[-1]))
            digits--;
        from[i] = strtoul(digits, NULL, 10);
        snprintf(before[i], sizeof before[i], "%.*s", (int)(digits - lines[i]), lines[i]);
        snprintf(after[i], sizeof after[i], "%.*s", (int)strcspn(range[i], "\n"), range[i]);
    }
    return strcmp(before[0], before[1]) == 0 && strcmp(after[0], after[1]) == 0 && from[1] >= from[0] &&
           from[1] <= from[0] + LATE;
}

static bool same(const char *one, const char *other, bool exact) {
    if (exact)
        return strcmp(one, other) == 0;
    while (*one != '\0' && *other != '\0') {
        if (!same_message(one, other))
            return false;
        one += strcspn(one, "\n") + 1;
        other += strcspn(other, "\n") + 1;
    }
    return *one == *other;
}

static bool check(const char *how, size_t at, bool exact) {
    print_found();
    if (same(expected, found, exact))
        return true;
    printf("FAIL %s, %s %zu\n  expected:\n%s  found:\n%s", name, how, at, expected, found);
    return false;
}

static bool byte_by_byte(void) {
    begin();
    for (size_t i = 0; i < piece_count; i++)
        for (size_t k = 0; k < pieces[i].count; k++)
            call(&pieces[i], k, 1, 0);
    return check("byte by byte", 0, false);
}

static bool split_in_two(bool parts) {
    for (size_t i = 0; i < piece_count; i++)
        for (size_t k = 1; pieces[i].bytes != NULL && k < pieces[i].count; k++) {
            begin();
            whole(0, i);
            call(&pieces[i], 0, parts ? pieces[i].count : k, parts ? k : 0);
            if (!parts)
                call(&pieces[i], k, pieces[i].count - k, 0);
            whole(i + 1, piece_count);
            if (!check(parts ? "in two parts" : "in two calls", k, parts))
                return false;
        }
    return true;
}

static void cut_off(void) {
    for (size_t i = 0; i < piece_count; i++)
        for (size_t k = 1; k < pieces[i].count; k++) {
            begin();
            whole(0, i);
            call(&pieces[i], 0, k, 0);
            whole(i + 1, piece_count);
        }
}

static bool is_splittable(void) {
    size_t sum = 0;
    for (size_t i = 0; i < piece_count; i++)
        sum += pieces[i].count;
    return strstr(name, "whole") == NULL && sum < 4096;
}

static void run(void) {
    if (piece_count == 0)
        return;
    begin();
    whole(0, piece_count);
    if (printing) {
        print_found();
        printf("%s", found);
    } else {
        bool good = check("whole", 0, true);
        if (good && is_splittable() && !datagram)
            good = split_in_two(false) && split_in_two(true) && byte_by_byte();
        cut_off();
        *(good ? &passed : &failed) += 1;
        if (good)
            printf("ok   %s\n", name);
    }
    for (size_t i = 0; i < piece_count; i++)
        free(pieces[i].bytes);
    piece_count = 0;
    expected[0] = '\0';
}

static size_t read_quoted(uint8_t *to, const char *text) {
    size_t n = 0;
    for (; *text != '\0' && *text != '"'; text++) {
        if (*text != '\\') {
            to[n++] = (uint8_t)*text;
            continue;
        }
        switch (*++text) {
        case 'r':
            to[n++] = '\r';
            break;
        case 'n':
            to[n++] = '\n';
            break;
        case 't':
            to[n++] = '\t';
            break;
        case '0':
            to[n++] = '\0';
            break;
        default:
            to[n++] = (uint8_t)*text;
            break;
        }
    }
    return n;
}

static size_t read_hex(uint8_t *to, const char *text) {
    size_t n = 0;
    unsigned byte;
    int used;
    for (; sscanf(text, "%2x%n", &byte, &used) == 1; text += used)
        to[n++] = (uint8_t)byte;
    return n;
}

static void read_piece(const char *line) {
    static uint8_t bytes[MOST_TEXT];
    struct piece piece = {.direction = *line == '>' ? ST_SENT : ST_TAKEN};
    const char *text = line + 2;
    if (sscanf(text, "unseen %zu", &piece.count) != 1) {
        piece.count = *text == '"' ? read_quoted(bytes, text + 1) : read_hex(bytes, text);
        piece.bytes = malloc(piece.count);
        memcpy(piece.bytes, bytes, piece.count);
    }
    pieces[piece_count++] = piece;
}

static bool run_file(const char *path) {
    static char line[MOST_TEXT];
    FILE *in = fopen(path, "r");
    if (in == NULL)
        return false;
    while (fgets(line, sizeof line, in) != NULL) {
        if (strncmp(line, "conversation ", 13) == 0) {
            run();
            st_protocol_except("");
            datagram = sscanf(line, "conversation %127s datagram", name) == 1 && strstr(line, " datagram") != NULL;
        } else if (line[0] == '<' || line[0] == '>') {
            read_piece(line);
        } else if (strncmp(line, "paused", 6) == 0) {
            pieces[piece_count++] = (struct piece){.direction = ST_NEITHER};
        } else if (strncmp(line, "except ", 7) == 0) {
            st_protocol_except(line + 7);
        } else if (line[0] == '=') {
            strcat(expected, line);
            continue;
        }
        if (printing && line[0] != '\n')
            printf("%s%s", strncmp(line, "conversation ", 13) == 0 ? "\n" : "", line);
    }
    run();
    fclose(in);
    return true;
}

int main(int count, char **arguments) {
    int first = 1;
    if (count > 1 && strcmp(arguments[1], "--print") == 0) {
        printing = true;
        first++;
    }
    for (int i = first; i < count; i++)
        if (!run_file(arguments[i])) {
            fprintf(stderr, "protocol: cannot read %s\n", arguments[i]);
            return 2;
        }
    if (!printing)
        printf("%d passed, %d failed\n", passed, failed);
    return failed != 0;
}
