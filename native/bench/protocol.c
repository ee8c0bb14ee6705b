/*
 * bench protocol [--json]: what the processors cost, in nanoseconds a call, by what the calls carry and how many bytes
 * they have; beside it the witness hash alone over as many bytes. Marks are counted, not recorded. Best of many short
 * runs.
 */
#include "../libwrapper/protocol/protocol.h"
#include "../tests/protocol_kit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CALLS 500
#define RUNS 200
#define MOST_BYTES 16384

static uint8_t bytes[MOST_BYTES];

static double now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* Each fills `bytes` with about `size` bytes that can be sent again and again, and returns how many they are. */

static size_t fill_unknown(size_t size) {
    memset(bytes, 0xee, size);
    return size;
}

static size_t fill_http(size_t size) {
    static const char head[] =
        "POST /cart?item=7 HTTP/1.1\r\nHost: shop.example\r\nUser-Agent: bench/1.0 (Linux x86_64)\r\n"
        "Accept: */*\r\nX-Request-Id: 7f6a9c1e\r\nContent-Length: ";
    if (size < sizeof head + 8)
        return (size_t)sprintf((char *)bytes, "GET / HTTP/1.1\r\n\r\n");
    int count = sprintf((char *)bytes, "%s%zu\r\n\r\n", head, size - sizeof head - 8);
    memset(bytes + count, 'b', size - sizeof head - 8);
    return (size_t)count + size - sizeof head - 8;
}

static size_t fill_resp(size_t size) {
    size_t value = size < 40 ? 1 : size - 36;
    int count = sprintf((char *)bytes, "*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$%zu\r\n", value);
    memset(bytes + count, 'v', value);
    memcpy(bytes + count + value, "\r\n", 2);
    return (size_t)count + value + 2;
}

static size_t fill_resp_pipeline(size_t size) {
    static const char command[] = "*2\r\n$3\r\nGET\r\n$3\r\nkey\r\n";
    size_t count = 0;
    do {
        memcpy(bytes + count, command, sizeof command - 1);
        count += sizeof command - 1;
    } while (count + sizeof command <= size);
    return count;
}

static size_t fill_mysql(size_t size) {
    static const char statement[] = "SELECT ";
    size_t length = size < 16 ? 12 : size - 4;
    memcpy(bytes, (uint8_t[]){(uint8_t)length, (uint8_t)(length >> 8), 0, 0, 3}, 5);
    memset(bytes + 5, 'x', length - 1);
    memcpy(bytes + 5, statement, sizeof statement - 1);
    return length + 4;
}

static double best(size_t count, uint8_t type) {
    const struct iovec part = {bytes, count};
    const struct st_done done = {
        .arg = {KIT_FD}, .length = (uint32_t)count, .direction = ST_SENT, .parts = 1, .moved = &part};
    double least = 1e18;
    for (int run = 0; run < RUNS; run++) {
        kit_conversation(ST_KIND_SOCKET, type);
        double begun = now_ns();
        for (int i = 0; i < CALLS; i++)
            st_protocol_moved(KIT_FD, &done);
        double each = (now_ns() - begun) / CALLS;
        least = each < least ? each : least;
    }
    return least;
}

static double best_hash(size_t count) {
    struct st_stream stream = {0};
    double least = 1e18;
    uint64_t sum = 0;
    for (int run = 0; run < RUNS; run++) {
        double begun = now_ns();
        for (int i = 0; i < CALLS; i++) {
            st_hash_begin(&stream);
            st_hash_bytes(&stream, bytes, count);
            sum += st_hash_end(&stream);
        }
        double each = (now_ns() - begun) / CALLS;
        least = each < least ? each : least;
    }
    return sum == 1 ? 0 : least;
}

int main(int argument_count, char **arguments) {
    static const struct {
        const char *name;
        size_t (*fill)(size_t size);
    } kinds[] = {{"unknown", fill_unknown},
                 {"http1", fill_http},
                 {"resp", fill_resp},
                 {"resp_pipeline", fill_resp_pipeline},
                 {"mysql", fill_mysql}};
    static const size_t sizes[] = {1, 100, 1500, 10000};
    bool json = argument_count > 1 && strcmp(arguments[1], "--json") == 0;
    kit_keep = false;
    printf(json ? "[" : "%-14s %7s %9s %9s %9s\n", "calls of", "bytes", "ns", "marks", "hash ns");
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            size_t count = kinds[k].fill(sizes[i]);
            double ns = best(count, SOCK_STREAM);
            double marks = (double)kit_count / CALLS;
            printf(json ? "%s{\"calls\":\"%s\",\"bytes\":%zu,\"ns\":%.1f,\"marks\":%.2f,\"hash_ns\":%.1f}"
                        : "%s%-14s %7zu %9.1f %9.2f %9.1f\n",
                   json && k + i > 0 ? ",\n " : "", kinds[k].name, count, ns, marks, best_hash(count));
        }
    printf(json ? "]\n" : "");
    return 0;
}
