/*
 * Attaching to the agent of this host: in the constructor or at the first call before it; only where the agent runs but
 * did not answer in time, again at later calls.
 */
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
#define PATH_BYTES 128 /* of the agent's socket */

/* How often, and for how long, a program looks for the arena of an agent that did not answer it in time. */
#define LOOK_EVERY_NS (UINT64_C(100) * 1000 * 1000)
#define LOOK_FOR_NS (UINT64_C(60) * 1000 * 1000 * 1000)

struct st_arena *st_arena;
char st_program[32];

bool st_tsc;
static uint32_t summary_limit = UINT32_MAX;
static char agent_socket[PATH_BYTES];
static uint64_t look_at, look_until; /* coarse_ns(), while LATE */

/*
 * The process id, in a private page that the kernel wipes in every child with a memory of its own, however it was
 * made: 0 there means "forked since". (The flag has no effect on shared mappings, so it cannot live in the arena.)
 */
static uint32_t before_attach;
uint32_t *st_guard = &before_attach;

uint64_t st_now(void) {
    struct timespec now;
    if (ST_LIKELY(st_tsc))
        return __rdtsc();
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
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

static void read_witness_exceptions(void) {
    const char *told = getenv("STRACE_WITNESS_EXCEPT");
    if (told != NULL)
        st_protocol_except(told);
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

/* Cuts off what finds no room. By hand: at a program's start, the pages of printf are not mapped yet. */
static void append(char path[PATH_BYTES], const char *text) {
    strncat(path, text, PATH_BYTES - 1 - strlen(path));
}

static void socket_path(char path[PATH_BYTES]) {
    const char *told = getenv("STRACE_SOCKET");
    const char *host = getenv("STRACE_HOST");
    struct utsname machine = {.nodename = ""};
    *path = '\0';
    if (told != NULL && *told != '\0') {
        append(path, told);
        return;
    }
    if (host == NULL || *host == '\0') {
        ST_RAW1(SYS_uname, &machine);
        host = machine.nodename;
    }
    append(path, "/run/s-trace/");
    append(path, host);
    append(path, ".sock");
}

/* SOCKET.UID, where the agent leaves a link to the arena of a user that has one. */
static void link_path(char path[PATH_BYTES], const char *socket, uint32_t uid) {
    char digits[12] = "", *first = digits + sizeof digits - 1;
    do
        *--first = (char)('0' + uid % 10);
    while ((uid /= 10) != 0);
    *path = '\0';
    append(path, socket);
    append(path, ".");
    append(path, first);
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

/* Maps the guard: where the kernel cannot wipe it, there is none. */
static long map_guard(void) {
    long page = ST_RAW6(SYS_mmap, 0, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page < 0 && page > -4096)
        return page;
    long result = ST_RAW3(SYS_madvise, page, PAGE_BYTES, MADV_WIPEONFORK);
    if (result == 0)
        st_guard = (uint32_t *)page;
    return result;
}

static bool is_sound(const struct st_arena *arena, uint64_t bytes) {
    uint64_t needed = ST_ARENA_HEADER_BYTES + (uint64_t)arena->slots * sizeof(struct st_ring) +
                      (uint64_t)arena->slots * arena->records * sizeof(struct st_record);
    return arena->magic == ST_WIRE_MAGIC && arena->version == ST_WIRE_VERSION && arena->bytes == bytes &&
           needed <= bytes && arena->records >= 16 && (arena->records & (arena->records - 1)) == 0;
}

static long map_arena(long fd, uint64_t bytes, struct st_arena **mapped) {
    if (bytes < ST_ARENA_HEADER_BYTES)
        return -EPROTO;
    long memory = ST_RAW6(SYS_mmap, 0, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory < 0 && memory > -4096)
        return memory;
    *mapped = (struct st_arena *)memory;
    if (is_sound(*mapped, bytes))
        return 0;
    ST_RAW2(SYS_munmap, memory, bytes);
    return -EPROTO;
}

/* What a link names was not handed over by the agent itself: it must be this user's alone. */
static long open_arena(const char *path, bool linked, struct st_arena **mapped) {
    struct stat status;
    long fd = ST_RAW3(SYS_open, path, O_RDWR | O_CLOEXEC | (linked ? O_NONBLOCK | O_NOCTTY : O_NOFOLLOW), 0);
    if (fd < 0)
        return fd;
    long result = ST_RAW2(SYS_fstat, fd, &status);
    if (result == 0 && linked &&
        (!S_ISREG(status.st_mode) || status.st_uid != ST_RAW0(SYS_geteuid) ||
         (status.st_mode & (S_IRWXG | S_IRWXO)) != 0))
        result = -EACCES;
    if (result == 0)
        result = map_arena(fd, (uint64_t)status.st_size, mapped);
    ST_RAW1(SYS_close, fd);
    return result;
}

/* The arena that the agent linked for this user, unless it has ended since. */
static bool open_linked(const char *socket, struct st_arena **mapped) {
    char path[PATH_BYTES];
    link_path(path, socket, (uint32_t)ST_RAW0(SYS_geteuid));
    if (open_arena(path, true, mapped) < 0)
        return false;
    if (__atomic_load_n(&(*mapped)->agent_alive, __ATOMIC_RELAXED) != 0)
        return true;
    ST_RAW2(SYS_munmap, *mapped, (*mapped)->bytes);
    return false;
}

/* The arena that the agent hands over. 0, or -errno. */
static long ask_for_arena(const char *socket, struct st_arena **mapped) {
    struct st_attach_reply reply;
    long result = ask(socket, &reply);
    if (result < 0)
        return result;
    if (reply.magic != ST_WIRE_MAGIC || memchr(reply.path, '\0', sizeof reply.path) == NULL)
        return -EPROTO;
    if (reply.status != ST_ATTACH_OK)
        return reply.status == ST_ATTACH_VERSION ? -EPROTONOSUPPORT : -EACCES;
    return open_arena(reply.path, false, mapped);
}

static void complain(const char *reason, const char *outcome) {
    const char *verbose = getenv("STRACE_VERBOSE");
    char line[512];
    if (verbose == NULL || strcmp(verbose, "1") != 0)
        return;
    int length = snprintf(line, sizeof line, "s-trace: no agent answers on %s (%s): %s %s\n", agent_socket, reason,
                          st_program, outcome);
    if (length > 0)
        ST_RAW3(SYS_write, 2, line, (size_t)length < sizeof line ? (size_t)length : sizeof line - 1);
}

/* Cheaper than a system call, and exact enough to wait by. */
static uint64_t coarse_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

enum state { ALONE, UNTRIED, BUSY, LATE, ATTACHED };

static enum state use(struct st_arena *arena) {
    st_pid_refresh();
    st_tsc = arena->clock == ST_CLOCK_TSC;
    st_arena = arena;
    return ATTACHED;
}

/* LATE: an agent that runs owes an answer, and links the arena when it comes to it. */
static enum state attach_once(void) {
    struct st_arena *arena = NULL;

    read_program_name();
    socket_path(agent_socket);
    long result = open_linked(agent_socket, &arena) ? 0 : ask_for_arena(agent_socket, &arena);
    bool late = result == -EAGAIN || result == -EINTR;
    if (result < 0)
        complain(strerrordesc_np((int)-result), late ? "runs unrecorded until it does" : "runs unrecorded");
    if (result < 0 && !late)
        return ALONE;
    if (!st_ring_start()) {
        complain("no thread-specific key is left", "runs unrecorded");
        return ALONE;
    }
    if (map_guard() < 0) {
        complain("this kernel has no MADV_WIPEONFORK", "runs unrecorded");
        return ALONE;
    }
    read_summary_limit();
    read_witness_exceptions();
    if (!late)
        return use(arena);
    st_pid_refresh();
    look_at = coarse_ns() + LOOK_EVERY_NS;
    look_until = look_at + LOOK_FOR_NS;
    return LATE;
}

static bool is_time_to_look(void) {
    return coarse_ns() >= __atomic_load_n(&look_at, __ATOMIC_RELAXED);
}

/* Never waits. A vfork child, whose memory is its parent's, leaves it to its parent. */
static enum state look_again(void) {
    struct st_arena *arena = NULL;
    uint64_t now = coarse_ns();
    if (now > look_until)
        return ALONE;
    __atomic_store_n(&look_at, now + LOOK_EVERY_NS, __ATOMIC_RELAXED);
    bool is_shared = st_pid() != 0 && st_pid() != (uint32_t)ST_RAW0(SYS_getpid);
    return !is_shared && open_linked(agent_socket, &arena) ? use(arena) : LATE;
}

/* Calls run unrecorded before libc is initialised, and while another thread attaches. */
bool st_attach(void) {
    static enum state state = UNTRIED; /* among the data, where the loader wrote already */
    int seen = __atomic_load_n(&state, __ATOMIC_ACQUIRE);
    if (ST_LIKELY(seen == ATTACHED))
        return true;
    if (!(seen == UNTRIED && environ != NULL) && !(seen == LATE && is_time_to_look()))
        return false;
    int expected = seen;
    if (!__atomic_compare_exchange_n((int *)&state, &expected, BUSY, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
        return false;
    int saved = errno;
    enum state next = seen == UNTRIED ? attach_once() : look_again();
    errno = saved;
    __atomic_store_n((int *)&state, next, __ATOMIC_RELEASE);
    return next == ATTACHED;
}

__attribute__((constructor)) static void start(void) {
    st_attach();
}
