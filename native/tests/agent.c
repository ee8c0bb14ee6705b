#include "agent.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

#define CHECK(condition)                                                                                               \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "test agent: %s: %s\n", #condition, strerror(errno));                                      \
            abort();                                                                                                   \
        }                                                                                                              \
    } while (0)

static uint64_t ticks(const struct agent *agent) {
    struct timespec now;
    if (agent->arena->clock == ST_CLOCK_TSC)
        return __rdtsc();
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

struct st_ring *agent_ring(struct agent *agent, uint32_t slot) {
    return (struct st_ring *)((char *)agent->arena + ST_ARENA_HEADER_BYTES) + slot;
}

static struct st_record *record_at(struct agent *agent, uint32_t slot, uint64_t index) {
    struct st_record *first = (struct st_record *)agent_ring(agent, agent->arena->slots);
    return first + (size_t)slot * agent->arena->records + (index & (agent->arena->records - 1));
}

static bool is_known(uint16_t op) {
    switch (op) {
#define ST_OP(symbol, code, name) case code:
#include "strace_ops.def"
#undef ST_OP
    case ST_REC_OBJECT:
    case ST_REC_LOST:
    case ST_REC_THREAD:
    case ST_REC_MARK:
    case ST_REC_CONTEXT:
    case ST_REC_CHILD:
        return true;
    default:
        return false;
    }
}

static void keep(struct agent *agent, struct st_ring *ring, uint32_t slot, uint64_t *index, uint64_t head) {
    struct event event = {.generation = ring->generation, .pid = ring->pid, .tid = ring->tid};
    memcpy(event.program, ring->program, sizeof event.program);
    event.call = *record_at(agent, slot, (*index)++);
    uint32_t more = event.call.flags & ST_F_CONT_MASK;
    if (!is_known(event.call.op) || *index + more > head)
        agent->malformed++;
    for (; more > 0 && *index < head; more--) {
        struct st_cont cont;
        memcpy(&cont, record_at(agent, slot, (*index)++), sizeof cont);
        if (cont.op != ST_REC_CONT || cont.length > ST_CONT_BYTES || cont.seq != event.call.seq) {
            agent->malformed++;
            continue;
        }
        memcpy(event.text + event.text_bytes, cont.data, cont.length);
        event.text_bytes += cont.length;
    }
    if (agent->count == agent->room) {
        agent->room = agent->room == 0 ? 4096 : agent->room * 2;
        agent->events = realloc(agent->events, agent->room * sizeof *agent->events);
        CHECK(agent->events != NULL);
    }
    agent->events[agent->count++] = event;
}

static void free_ring(struct agent *agent, struct st_ring *ring) {
    agent->lost += ring->lost;
    ring->generation = ring->head = ring->tail = ring->lost = 0;
    ring->ended = ring->pid = ring->call_op = 0;
    __atomic_store_n(&ring->state, ST_RING_FREE, __ATOMIC_RELEASE);
}

void agent_drain_once(struct agent *agent) {
    pthread_mutex_lock(&agent->lock);
    for (uint32_t slot = 0; slot < agent->arena->slots; slot++) {
        struct st_ring *ring = agent_ring(agent, slot);
        if (__atomic_load_n(&ring->state, __ATOMIC_ACQUIRE) != ST_RING_OWNED ||
            __atomic_load_n(&ring->generation, __ATOMIC_ACQUIRE) == 0)
            continue;
        bool over =
            __atomic_load_n(&ring->ended, __ATOMIC_ACQUIRE) != 0 || (kill((pid_t)ring->pid, 0) != 0 && errno == ESRCH);
        uint64_t head = __atomic_load_n(&ring->head, __ATOMIC_ACQUIRE), index = ring->tail;
        while (index < head)
            keep(agent, ring, slot, &index, head);
        __atomic_store_n(&ring->tail, index, __ATOMIC_RELEASE);
        if (over)
            free_ring(agent, ring);
    }
    __atomic_store_n(&agent->arena->heartbeat, ticks(agent), __ATOMIC_RELAXED);
    pthread_mutex_unlock(&agent->lock);
}

static bool stopping(struct agent *agent) {
    return __atomic_load_n(&agent->stop, __ATOMIC_RELAXED);
}

static void *drain(void *memory) {
    struct agent *agent = memory;
    while (!stopping(agent)) {
        if (!agent->idle)
            agent_drain_once(agent);
        nanosleep(&(struct timespec){.tv_nsec = 500000}, NULL);
    }
    return NULL;
}

static void *serve(void *memory) {
    struct agent *agent = memory;
    for (;;) {
        int fd = accept(agent->listener, NULL, NULL);
        if (fd < 0)
            return NULL;
        struct st_attach_request request;
        struct st_attach_reply reply = {
            .magic = ST_WIRE_MAGIC, .version = ST_WIRE_VERSION, .bytes = agent->arena->bytes};
        memcpy(reply.path, agent->file, sizeof reply.path);
        if (recv(fd, &request, sizeof request, MSG_WAITALL) == sizeof request && request.magic == ST_WIRE_MAGIC)
            send(fd, &reply, sizeof reply, MSG_NOSIGNAL);
        close(fd);
    }
}

void agent_start(struct agent *agent, const struct agent_options *options) {
    static int number;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    uint64_t bytes = ST_ARENA_HEADER_BYTES + (uint64_t)options->slots * sizeof(struct st_ring) +
                     (uint64_t)options->slots * options->records * sizeof(struct st_record);
    *agent = (struct agent){.idle = options->idle, .lock = PTHREAD_MUTEX_INITIALIZER};
    snprintf(agent->socket, sizeof agent->socket, "/tmp/st-test.%d.%d.sock", getpid(), ++number);
    snprintf(agent->file, sizeof agent->file, "/dev/shm/st-test.%d.%d", getpid(), number);
    snprintf(agent->link, sizeof agent->link, "%s.%u", agent->socket, geteuid());
    for (int i = 0; i < 3; i++) /* left by a killed process that had this one's number */
        unlink(i == 0 ? agent->file : i == 1 ? agent->socket : agent->link);

    int fd = open(agent->file, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    CHECK(fd >= 0 && posix_fallocate(fd, 0, (off_t)bytes) == 0);
    agent->arena = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    CHECK(agent->arena != MAP_FAILED);
    close(fd);
    *agent->arena = (struct st_arena){
        .magic = ST_WIRE_MAGIC,
        .version = ST_WIRE_VERSION,
        .bytes = bytes,
        .slots = options->slots,
        .records = options->records,
        .clock = options->clock,
        .armed = !options->disarmed,
        .policy = options->policy,
        .agent_alive = 1,
        .block_ticks = options->block_ticks,
        .stale_ticks = UINT64_C(6000000000), /* some seconds, whatever the clock */
        .next_generation = 1,
        .next_object = 1,
    };
    agent->arena->heartbeat = ticks(agent);

    CHECK(symlink(agent->file, agent->link) == 0);
    agent->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    strcpy(address.sun_path, agent->socket);
    CHECK(bind(agent->listener, (struct sockaddr *)&address, sizeof address) == 0);
    CHECK(listen(agent->listener, 128) == 0);
    CHECK(pthread_create(&agent->server, NULL, serve, agent) == 0);
    CHECK(pthread_create(&agent->drainer, NULL, drain, agent) == 0);
}

void agent_stop(struct agent *agent) {
    __atomic_store_n(&agent->stop, true, __ATOMIC_RELAXED);
    shutdown(agent->listener, SHUT_RDWR);
    pthread_join(agent->server, NULL);
    pthread_join(agent->drainer, NULL);
    close(agent->listener);
    munmap(agent->arena, agent->arena->bytes);
    unlink(agent->link);
    unlink(agent->socket);
    unlink(agent->file);
    free(agent->events);
}

int agent_record(struct agent *agent, bool marks, const char *library, char *const command[]) {
    int status;
    agent_start(agent, &(struct agent_options){
                           .slots = 128,
                           .records = 16384, /* all of a command's, for the time that a busy machine gives us no turn */
                           .clock = ST_CLOCK_TSC,
                           .policy = ST_POLICY_BLOCK,
                           .block_ticks = UINT64_C(10000000000),
                       });
    if (marks) {
        agent->arena->summary_bytes = 32;
        agent->arena->marks = 1;
    }
    pid_t pid = fork();
    if (pid == 0) {
        setenv("LD_PRELOAD", library, 1);
        setenv("STRACE_SOCKET", agent->socket, 1);
        execvp(command[0], command);
        _exit(127);
    }
    waitpid(pid, &status, 0);
    agent_drain_once(agent);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
