/* Attaching to the agent of this host: once a process image, in the constructor or at the first call before it. */
#include "raw.h"
#include "real.h"
#include "wrapper.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

#define PAGE_BYTES ((uintptr_t)4096)

struct st_arena *st_arena;
char st_program[32];

bool st_tsc;
static uint64_t attach_ticks, attach_ns;
static uint32_t summary_limit = UINT32_MAX;

/*
 * The process id, in a private page that the kernel wipes in every child with a memory of its own, however it was
 * made: 0 there means "forked since". (The flag has no effect on shared mappings, so it cannot live in the arena.)
 */
static uint32_t before_attach;
uint32_t *st_guard = &before_attach;

static uint64_t monotonic_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

uint64_t st_now(void) {
    return ST_LIKELY(st_tsc) ? __rdtsc() : monotonic_ns();
}

/* The TSC's rate is measured from the attach until now: good enough for deadlines, which is all that it is for. */
uint64_t st_ticks(uint64_t ns) {
    uint64_t elapsed = monotonic_ns() - attach_ns;
    if (!st_tsc || elapsed == 0)
        return ns;
    return (uint64_t)((double)ns * (double)(st_now() - attach_ticks) / (double)elapsed);
}

uint32_t st_pid(void) {
    return *st_guard;
}

void st_pid_refresh(void) {
    *st_guard = (uint32_t)ST_RAW0(SYS_getpid);
}

/* A program can have its summaries shorter than the session would, never longer. */
static void read_summary_limit(void) {
    const char *told = getenv("STRACE_SUMMARY_BYTES");
    if (told != NULL && *told != '\0')
        summary_limit = (uint32_t)strtoul(told, NULL, 10);
}

uint32_t st_summary_bytes(void) {
    uint32_t asked = __atomic_load_n(&st_arena->summary_bytes, __ATOMIC_RELAXED);
    return asked < summary_limit ? asked : summary_limit;
}

struct st_ring *st_arena_ring(uint32_t slot) {
    return (struct st_ring *)((char *)st_arena + ST_ARENA_HEADER_BYTES) + slot;
}

struct st_record *st_arena_records(uint32_t slot) {
    return (struct st_record *)st_arena_ring(st_arena->slots) + (size_t)slot * st_arena->records;
}

static void read_program_name(void) {
    char path[256];
    long length = ST_RAW3(SYS_readlink, "/proc/self/exe", path, sizeof path - 1);
    if (length <= 0)
        length = 0;
    path[length] = '\0';
    const char *slash = strrchr(path, '/');
    const char *name = slash != NULL ? slash + 1 : program_invocation_short_name;
    strncpy(st_program, name, sizeof st_program - 1);
}

static void socket_path(char *path, size_t bytes) {
    const char *told = getenv("STRACE_SOCKET");
    const char *host = getenv("STRACE_HOST");
    struct utsname machine = {.nodename = ""};
    if (told != NULL && *told != '\0') {
        strncpy(path, told, bytes - 1);
        return;
    }
    if (host == NULL || *host == '\0') {
        ST_RAW1(SYS_uname, &machine);
        host = machine.nodename;
    }
    snprintf(path, bytes, "/run/s-trace/%s.sock", host);
}

/* The agent's answer, or -errno. Bounded to about a second: an application must never hang on a sick agent. */
static long ask(const char *path, struct st_attach_reply *reply) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct timeval limit = {.tv_sec = 1};
    struct st_attach_request request = {.magic = ST_WIRE_MAGIC, .version = ST_WIRE_VERSION};
    strncpy(address.sun_path, path, sizeof address.sun_path - 1);

    long fd = ST_RAW3(SYS_socket, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return fd;
    ST_RAW6(SYS_setsockopt, fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit, 0);
    ST_RAW6(SYS_setsockopt, fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit, 0);
    long result = ST_RAW3(SYS_connect, fd, &address, sizeof address);
    if (result >= 0)
        result = ST_RAW6(SYS_sendto, fd, &request, sizeof request, MSG_NOSIGNAL, 0, 0);
    if (result >= 0)
        result = ST_RAW6(SYS_recvfrom, fd, reply, sizeof *reply, MSG_WAITALL, 0, 0);
    ST_RAW1(SYS_close, fd);
    if (result >= 0 && result != sizeof *reply)
        result = -EPROTO;
    return result;
}

static long map_arena(const struct st_attach_reply *reply, struct st_arena **mapped) {
    struct stat status;
    long fd = ST_RAW3(SYS_open, reply->path, O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0);
    if (fd < 0)
        return fd;
    long memory = ST_RAW2(SYS_fstat, fd, &status);
    if (memory == 0 && ((uint64_t)status.st_size != reply->bytes || reply->bytes < ST_ARENA_HEADER_BYTES))
        memory = -EPROTO;
    if (memory == 0)
        memory = ST_RAW6(SYS_mmap, 0, reply->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    ST_RAW1(SYS_close, fd);
    if (memory < 0 && memory > -4096)
        return memory;

    struct st_arena *arena = (struct st_arena *)memory;
    uint64_t needed = ST_ARENA_HEADER_BYTES + (uint64_t)arena->slots * sizeof(struct st_ring) +
                      (uint64_t)arena->slots * arena->records * sizeof(struct st_record);
    if (arena->magic != ST_WIRE_MAGIC || arena->version != ST_WIRE_VERSION || arena->bytes != reply->bytes ||
        needed > reply->bytes || arena->records < 16 || (arena->records & (arena->records - 1)) != 0) {
        ST_RAW2(SYS_munmap, memory, reply->bytes);
        return -EPROTO;
    }
    *mapped = arena;
    return 0;
}

static void complain(const char *path, const char *reason) {
    const char *verbose = getenv("STRACE_VERBOSE");
    char line[512];
    if (verbose == NULL || strcmp(verbose, "1") != 0)
        return;
    int length = snprintf(line, sizeof line, "s-trace: no agent answers on %s (%s): %s runs unrecorded\n", path, reason,
                          st_program);
    if (length > 0)
        ST_RAW3(SYS_write, 2, line, (size_t)length < sizeof line ? (size_t)length : sizeof line - 1);
}

/* Rings that carry our pid belong to the program that this one replaced by exec, and end with it. */
static void end_rings_of_previous_image(void) {
    for (uint32_t slot = 0; slot < st_arena->slots; slot++) {
        struct st_ring *ring = st_arena_ring(slot);
        if (__atomic_load_n(&ring->state, __ATOMIC_ACQUIRE) == ST_RING_OWNED && ring->pid == st_pid())
            __atomic_store_n(&ring->ended, 1, __ATOMIC_RELEASE);
    }
}

static bool attach_once(void) {
    struct st_attach_reply reply;
    struct st_arena *arena = NULL;
    char path[108] = "";

    read_program_name();
    socket_path(path, sizeof path);
    long result = ask(path, &reply);
    if (result >= 0 && (reply.magic != ST_WIRE_MAGIC || memchr(reply.path, '\0', sizeof reply.path) == NULL))
        result = -EPROTO;
    if (result >= 0 && reply.status != ST_ATTACH_OK)
        result = reply.status == ST_ATTACH_VERSION ? -EPROTONOSUPPORT : -EACCES;
    if (result >= 0)
        result = map_arena(&reply, &arena);
    if (result < 0) {
        complain(path, strerrordesc_np((int)-result));
        return false;
    }

    long page = ST_RAW6(SYS_mmap, 0, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if ((page < 0 && page > -4096) || ST_RAW3(SYS_madvise, page, PAGE_BYTES, MADV_WIPEONFORK) < 0) {
        complain(path, "this kernel has no MADV_WIPEONFORK");
        return false;
    }
    if (!st_ring_start()) {
        complain(path, "no thread-specific key is left");
        return false;
    }
    st_guard = (uint32_t *)page;
    st_pid_refresh();
    st_tsc = arena->clock == ST_CLOCK_TSC;
    attach_ns = monotonic_ns();
    attach_ticks = st_now();
    read_summary_limit();
    st_arena = arena;
    end_rings_of_previous_image();
    return true;
}

/* Calls run unrecorded before libc is initialised, and while another thread attaches. */
bool st_attach(void) {
    static enum { UNTRIED, BUSY, ATTACHED, ALONE } state;
    int seen = __atomic_load_n(&state, __ATOMIC_ACQUIRE);
    if (ST_LIKELY(seen == ATTACHED))
        return true;
    int untried = UNTRIED;
    if (seen != UNTRIED || environ == NULL ||
        !__atomic_compare_exchange_n((int *)&state, &untried, BUSY, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
        return false;
    int saved = errno;
    bool attached = attach_once();
    errno = saved;
    __atomic_store_n((int *)&state, attached ? ATTACHED : ALONE, __ATOMIC_RELEASE);
    return attached;
}

__attribute__((constructor)) static void start(void) {
    st_attach();
}
