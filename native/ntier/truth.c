#include "truth.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "fail.h"
#include "raw.h"

#define FUNCTION_TEXT 128 /* the function as called; a longer path is cut */
#define LINE_TEXT 512

struct call_record {
    struct call_ref self;
    struct call_ref parent;
    struct call_ref child_last;
    int32_t pid;
    uint64_t enter_ns;
    _Atomic uint64_t exit_ns; /* 0 until the call returned; stored last */
    _Atomic bool named;       /* request and parent are set */
    char request[REQUEST_ID];
    char function[FUNCTION_TEXT];
};

/* Shared with forked layers. */
struct truth_area {
    _Atomic size_t claimed;
    _Atomic uint32_t numbers;
    _Atomic unsigned long requests;
    _Atomic unsigned long forwards[MECHANISM_COUNT];
    struct call_record records[];
};

struct thread_state {
    char request[REQUEST_ID];
    struct call_ref last;
    uint32_t calls;
    int32_t lwp;
    int32_t pid;
};

static struct truth_area *area;
static size_t area_capacity;
static uint32_t own_ip;
static _Thread_local struct thread_state self;

static uint64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void truth_init(uint32_t ip, size_t capacity) {
    size_t bytes = sizeof *area + capacity * sizeof area->records[0];
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED)
        fail("cannot allocate %zu bytes for the ground truth", bytes);
    area = memory;
    area_capacity = capacity;
    own_ip = ip;
}

void truth_begin(const char *request, struct call_ref cause) {
    snprintf(self.request, sizeof self.request, "%s", request == NULL ? "" : request);
    self.last = cause;
}

void truth_forked(void) {
    self.lwp = 0;
    self.calls = 0;
}

struct call truth_enter(const char *format, ...) {
    if (self.lwp == 0) {
        self.lwp = gettid();
        self.pid = getpid();
    }
    struct call call = {.self = {own_ip, self.lwp, ++self.calls}};
    size_t slot = atomic_fetch_add_explicit(&area->claimed, 1, memory_order_acquire);
    if (slot >= area_capacity)
        return call;
    struct call_record *record = call.record = &area->records[slot];
    record->self = call.self;
    record->parent = self.last;
    record->pid = self.pid;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(record->function, sizeof record->function, format, arguments);
    va_end(arguments);
    if (self.request[0] != '\0')
        truth_claim(call, self.request, NULL);
    record->enter_ns = now_ns();
    return call;
}

void truth_leave(struct call call) {
    uint64_t exit_ns = now_ns();
    self.last = call.self;
    if (call.record != NULL)
        atomic_store_explicit(&call.record->exit_ns, exit_ns, memory_order_release);
}

void truth_leave_from(struct call call, struct call_ref cause) {
    uint64_t exit_ns = now_ns();
    self.last = call.self;
    if (call.record == NULL)
        return;
    call.record->parent = cause;
    atomic_store_explicit(&call.record->exit_ns, exit_ns, memory_order_release);
}

void truth_cancel(struct call call) {
    self.calls--;
    if (call.record == NULL)
        return;
    atomic_store_explicit(&call.record->named, false, memory_order_relaxed);
    size_t slot = (size_t)(call.record - area->records), next = slot + 1;
    /* When another thread has the next record by now, this one stays without an end, and is not written. */
    atomic_compare_exchange_strong_explicit(&area->claimed, &next, slot, memory_order_release, memory_order_relaxed);
}

void truth_claim(struct call call, const char *request, const struct call_ref *cause) {
    if (call.record == NULL)
        return;
    if (cause != NULL)
        call.record->parent = *cause;
    snprintf(call.record->request, sizeof call.record->request, "%s", request);
    atomic_store_explicit(&call.record->named, true, memory_order_release);
}

void truth_child_ended(struct call fork_call, struct call_ref last) {
    if (fork_call.record != NULL)
        fork_call.record->child_last = last;
}

struct call_ref truth_child_last(struct call fork_call) {
    return fork_call.record != NULL ? fork_call.record->child_last : (struct call_ref){0};
}

struct call_ref truth_last(void) {
    return self.last;
}

void truth_count_request(void) {
    atomic_fetch_add_explicit(&area->requests, 1, memory_order_relaxed);
}

void truth_count_forward(enum mechanism mechanism) {
    atomic_fetch_add_explicit(&area->forwards[mechanism], 1, memory_order_relaxed);
}

uint32_t truth_next_number(void) {
    return atomic_fetch_add_explicit(&area->numbers, 1, memory_order_relaxed);
}

struct writer {
    int fd;
    bool failed;
    size_t used;
    char bytes[1 << 16];
};

static void writer_flush(struct writer *writer) {
    for (size_t done = 0; done < writer->used && !writer->failed;) {
        long count = raw_write(writer->fd, writer->bytes + done, writer->used - done);
        writer->failed = count <= 0;
        done += count > 0 ? (size_t)count : 0;
    }
    writer->used = 0;
}

static void writer_line(struct writer *writer, const char *format, ...) {
    if (writer->used + LINE_TEXT > sizeof writer->bytes)
        writer_flush(writer);
    va_list arguments;
    va_start(arguments, format);
    writer->used += (size_t)vsnprintf(writer->bytes + writer->used, LINE_TEXT, format, arguments);
    va_end(arguments);
}

static const char *ip_text(uint32_t ip, char text[INET_ADDRSTRLEN]) {
    return inet_ntop(AF_INET, &ip, text, INET_ADDRSTRLEN);
}

static void write_record(struct writer *writer, struct call_record *record) {
    uint64_t exit_ns = atomic_load_explicit(&record->exit_ns, memory_order_acquire);
    if (exit_ns == 0 || !atomic_load_explicit(&record->named, memory_order_acquire))
        return;
    char ip[INET_ADDRSTRLEN], parent[64] = "";
    if (record->parent.lwp != 0)
        snprintf(parent, sizeof parent, " parent=%s/%d/%u", ip_text(record->parent.ip, ip), record->parent.lwp,
                 record->parent.call);
    const uint64_t second = 1000000000u;
    writer_line(writer, "(%llu.%09llu) (%s) [%d/%d] - %s #%s call=%u exit=%llu.%09llu%s\n",
                (unsigned long long)(record->enter_ns / second), (unsigned long long)(record->enter_ns % second),
                ip_text(record->self.ip, ip), record->self.lwp, record->pid, record->function, record->request,
                record->self.call, (unsigned long long)(exit_ns / second), (unsigned long long)(exit_ns % second),
                parent);
}

static bool write_all(const char *path) {
    static struct writer writer;
    writer.fd = (int)raw_call3(SYS_open, (long)path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (writer.fd < 0)
        return false;
    size_t claimed = atomic_load(&area->claimed);
    size_t kept = claimed < area_capacity ? claimed : area_capacity;
    for (size_t i = 0; i < kept; i++)
        write_record(&writer, &area->records[i]);
    writer_line(&writer, "# ipc file=%lu pipe=%lu shm=%lu queue=%lu socket=%lu\n", area->forwards[MECHANISM_FILE],
                area->forwards[MECHANISM_PIPE], area->forwards[MECHANISM_SHM], area->forwards[MECHANISM_QUEUE],
                area->forwards[MECHANISM_SOCKET]);
    writer_line(&writer, "# requests %lu\n# lost %zu\n", area->requests, claimed - kept);
    writer_flush(&writer);
    return raw_call3(SYS_close, writer.fd, 0, 0) == 0 && !writer.failed;
}

bool truth_write(const char *path) {
    static pthread_mutex_t once = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&once); /* never unlocked: the process ends after the truth is written */
    return write_all(path);
}
