#include "visits.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "../ntier/fail.h"
#include "../ntier/raw.h"
#include "../ntier/truth.h"

#define LINE_TEXT 512

/* One end of an exchange; times in ns, 0 where there is none. */
struct exchange {
    struct ends ends;
    uint64_t enter_ns;
    uint64_t sent_ns;
    uint64_t exit_ns;
};

struct visit {
    char request[REQUEST_ID];
    int32_t pid;
    int32_t tid;
    struct exchange in;
    struct exchange out;
    bool asked;         /* by somebody: `in` is set */
    bool asks;          /* somebody: `out` is set */
    _Atomic bool ended; /* stored last */
};

/* Shared with forked processes. */
struct visits_area {
    _Atomic size_t claimed;
    struct visit visits[];
};

static struct visits_area *area;
static size_t area_capacity;
static const char *own_tier, *own_host;

static uint64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void visits_init(const char *tier, const char *host, unsigned capacity) {
    size_t bytes = sizeof *area + capacity * sizeof area->visits[0];
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED)
        fail("cannot allocate %zu bytes for the visits", bytes);
    area = memory;
    area_capacity = capacity;
    own_tier = tier;
    own_host = host;
}

static struct address end_of(int fd, long number) {
    struct sockaddr_in address = {0};
    socklen_t length = sizeof address;
    raw_call3(number, fd, (long)&address, (long)&length);
    return (struct address){.ip = address.sin_addr.s_addr, .port = ntohs(address.sin_port)};
}

struct ends visits_ends(int fd) {
    return (struct ends){.local = end_of(fd, SYS_getsockname), .peer = end_of(fd, SYS_getpeername)};
}

struct visit *visits_begin(const char *request, const struct ends *in) {
    size_t slot = atomic_fetch_add_explicit(&area->claimed, 1, memory_order_relaxed);
    if (slot >= area_capacity)
        fail("there are more than %zu requests: more --records are needed", area_capacity);
    struct visit *visit = &area->visits[slot];
    snprintf(visit->request, sizeof visit->request, "%s", request);
    visit->pid = getpid();
    visit->tid = gettid();
    visit->asked = in != NULL;
    if (in != NULL)
        visit->in = (struct exchange){.ends = *in, .enter_ns = now_ns()};
    return visit;
}

void visits_end(struct visit *visit) {
    visit->in.exit_ns = now_ns();
    atomic_store_explicit(&visit->ended, true, memory_order_release);
}

void visits_ask(struct visit *visit, struct ends out) {
    visit->asks = true;
    visit->out = (struct exchange){.ends = out, .enter_ns = now_ns()};
}

void visits_asked(struct visit *visit) {
    visit->out.sent_ns = now_ns();
}

void visits_answered(struct visit *visit) {
    visit->out.exit_ns = now_ns();
}

static const char *time_text(uint64_t ns, char text[24]) {
    snprintf(text, 24, ns == 0 ? "null" : "%llu", (unsigned long long)ns);
    return text;
}

static const char *exchange_text(const struct exchange *exchange, char text[LINE_TEXT / 2]) {
    char local[ADDRESS_TEXT], peer[ADDRESS_TEXT], enter[24], sent[24], exit[24];
    snprintf(text, LINE_TEXT / 2, "{\"local\":\"%s\",\"peer\":\"%s\",\"enterNs\":%s,\"sentNs\":%s,\"exitNs\":%s}",
             address_text(exchange->ends.local, local), address_text(exchange->ends.peer, peer),
             time_text(exchange->enter_ns, enter), time_text(exchange->sent_ns, sent),
             time_text(exchange->exit_ns, exit));
    return text;
}

static bool write_visit(int fd, const struct visit *visit) {
    if (!atomic_load_explicit(&visit->ended, memory_order_acquire))
        return true;
    char in[LINE_TEXT / 2], out[LINE_TEXT / 2], line[2 * LINE_TEXT];
    int length = snprintf(
        line, sizeof line,
        "{\"id\":\"%s\",\"tier\":\"%s\",\"host\":\"%s\",\"pid\":%d,\"tid\":%d,\"in\":%s,\"out\":[%s]}\n",
        visit->request, own_tier, own_host, visit->pid, visit->tid,
        visit->asked ? exchange_text(&visit->in, in) : "null", visit->asks ? exchange_text(&visit->out, out) : "");
    return raw_write(fd, line, (size_t)length) == length;
}

bool visits_write(const char *path) {
    int fd = (int)raw_call3(SYS_open, (long)path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    bool written = fd >= 0;
    size_t claimed = atomic_load(&area->claimed);
    for (size_t i = 0; written && i < claimed && i < area_capacity; i++)
        written = write_visit(fd, &area->visits[i]);
    return written && raw_call3(SYS_close, fd, 0, 0) == 0;
}
