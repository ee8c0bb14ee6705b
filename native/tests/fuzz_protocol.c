/*
 * fuzz_protocol COUNT SEED FILE...: COUNT mutated conversations through the processors, built from those in the files
 * (as tests/protocol.c reads them), on buffers of their exact size. The sanitizers watch the bytes; here, that marks
 * stay within their call. With libFuzzer: -DLIBFUZZER, two bytes before each call are its length and direction.
 */
#include "protocol_kit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_SEEDS 4096
#define MOST_CALLS 24
#define MOST_BYTES 2048

struct bytes {
    uint8_t direction;
    uint8_t data[MOST_BYTES];
    size_t count;
};

static void check_marks(size_t count) {
    for (size_t i = 0; i < kit_count; i++) {
        const struct st_mark *mark = &kit_marks[i].mark;
        if (mark->start > count || mark->offset > count || mark->count == 0 || mark->protocol > ST_PROTOCOL_DNS ||
            mark->protocol == ST_PROTOCOL_NONE || kit_marks[i].summary_bytes > kit_summary_bytes ||
            ((mark->flags & ST_MARK_START) != 0 && (mark->flags & ST_MARK_END) != 0 && mark->start > mark->offset)) {
            fprintf(stderr, "mark %u..%u in a call of %zu bytes, protocol %u\n", mark->start, mark->offset, count,
                    mark->protocol);
            abort();
        }
    }
    kit_count = 0;
}

static void call(uint8_t direction, const uint8_t *bytes, size_t count, size_t split) {
    if (count == 0)
        return;
    kit_call(direction, bytes, count, split);
    check_marks(count);
}

#ifdef LIBFUZZER
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    kit_conversation(ST_KIND_SOCKET, size > 0 && (data[0] & 4) != 0 ? SOCK_DGRAM : SOCK_STREAM);
    while (size > 2) {
        size_t count = data[0] < size - 2 ? data[0] : size - 2;
        call(data[1] & 1 ? ST_SENT : ST_TAKEN, data + 2, count, data[1] & 2 ? count / 2 : 0);
        data += 2 + count;
        size -= 2 + count;
    }
    return 0;
}
#else

static struct bytes seeds[MOST_SEEDS];
static int conversation_of[MOST_SEEDS];
static int seed_count;
static uint64_t state;

static uint32_t random_below(uint32_t limit) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)((state >> 32) % limit);
}

static void read_line(const char *line, int conversation) {
    struct bytes *seed = &seeds[seed_count];
    const char *text = line + 2;
    unsigned byte;
    int used;
    if (seed_count == MOST_SEEDS || strncmp(text, "unseen", 6) == 0)
        return;
    *seed = (struct bytes){.direction = *line == '>' ? ST_SENT : ST_TAKEN};
    if (*text == '"') {
        for (text++; *text != '"' && *text != '\0' && seed->count < MOST_BYTES; text++) {
            char escaped = *text == '\\' ? *++text : 0;
            seed->data[seed->count++] = escaped == 'r'   ? '\r'
                                        : escaped == 'n' ? '\n'
                                        : escaped == '0' ? '\0'
                                        : escaped != 0   ? (uint8_t)escaped
                                                         : (uint8_t)*text;
        }
    } else {
        for (; seed->count < MOST_BYTES && sscanf(text, "%2x%n", &byte, &used) == 1; text += used)
            seed->data[seed->count++] = (uint8_t)byte;
    }
    conversation_of[seed_count++] = conversation;
}

static void read_file(const char *path) {
    static char line[1 << 20];
    static int conversation;
    FILE *in = fopen(path, "r");
    if (in == NULL) {
        fprintf(stderr, "fuzz_protocol: cannot read %s\n", path);
        exit(2);
    }
    while (fgets(line, sizeof line, in) != NULL) {
        if (strncmp(line, "conversation", 12) == 0)
            conversation++;
        else if (*line == '>' || *line == '<')
            read_line(line, conversation);
    }
    fclose(in);
}

static void mutate(struct bytes *b) {
    static const uint8_t edges[] = {0, 1, 0x7f, 0x80, 0xff, '\r', '\n', ' ', '-', '0', '9', '*', '$', 0xfe, 0xfb};
    for (uint32_t times = random_below(4); times > 0 && b->count > 1; times--) {
        uint32_t at = random_below((uint32_t)b->count), length = 1 + random_below(16), from;
        switch (random_below(6)) {
        case 0:
            b->data[at] ^= (uint8_t)(1 << random_below(8));
            break;
        case 1:
            b->data[at] = edges[random_below(sizeof edges)];
            break;
        case 2: /* leave out */
            if (at + length < b->count) {
                memmove(b->data + at, b->data + at + length, b->count - at - length);
                b->count -= length;
            }
            break;
        case 3: /* say twice */
            if (at + length <= b->count && b->count + length <= MOST_BYTES) {
                memmove(b->data + at + length, b->data + at, b->count - at);
                b->count += length;
            }
            break;
        case 4: /* out of another one */
            from = random_below((uint32_t)seed_count);
            for (uint32_t i = 0; i < length && at + i < b->count && i < seeds[from].count; i++)
                b->data[at + i] = seeds[from].data[i];
            break;
        default:
            b->count = at + 1;
            break;
        }
    }
}

static void run_one(void) {
    static struct bytes b;
    int at = (int)random_below((uint32_t)seed_count), conversation = conversation_of[at];
    if (random_below(2) == 0)
        while (at > 0 && conversation_of[at - 1] == conversation)
            at--;
    kit_summary_bytes = random_below(8) == 0 ? 0 : 48;
    kit_conversation(random_below(16) == 0 ? ST_KIND_PIPE : ST_KIND_SOCKET,
                     random_below(16) == 0 ? SOCK_DGRAM : SOCK_STREAM);
    for (int calls = 0; calls < MOST_CALLS && at < seed_count; calls++, at++) {
        if (conversation_of[at] != conversation && random_below(4) != 0)
            break;
        b.direction = seeds[at].direction;
        b.count = seeds[at].count;
        memcpy(b.data, seeds[at].data, b.count);
        mutate(&b);
        size_t cut = random_below(3) == 0 && b.count > 1 ? random_below((uint32_t)b.count) : 0;
        call(b.direction, b.data, cut, 0);
        call(b.direction, b.data + cut, b.count - cut, random_below((uint32_t)(b.count - cut) + 1));
        if (random_below(32) == 0) {
            kit_unseen(b.direction, 1 + random_below(300));
            kit_count = 0;
        }
        if (random_below(64) == 0)
            st_protocol_paused();
        if (random_below(64) == 0)
            st_protocol_forget(KIT_FD);
    }
}

int main(int count, char **arguments) {
    if (count < 4)
        return 2;
    long runs = strtol(arguments[1], NULL, 10);
    state = strtoull(arguments[2], NULL, 10) * UINT64_C(0x9e3779b97f4a7c15) + 1;
    for (int i = 3; i < count; i++)
        read_file(arguments[i]);
    for (long i = 0; i < runs && seed_count > 0; i++)
        run_one();
    printf("%ld conversations, no fault\n", runs);
    return 0;
}
#endif
