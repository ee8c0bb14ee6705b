/*
 * drainer [OPTION...]: a host agent that checks and counts what it drains and keeps none of it. It prints the path of
 * its socket, drains until its input ends, and then prints one JSON object: a line a ring, and sums.
 *
 *   --slots N --records N   rings and records a ring (512, 1024)
 *   --drop                  the policy is DROP, not BLOCK
 *   --block-ms N            deadline of BLOCK (200)
 *   --poll-us N             how long it sleeps when all rings were empty (50)
 *   --stall-us N            sleeps up to so long at random moments
 *   --skip                  moves the tails without reading a record
 */
#include "../tests/agent.h"

#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

/* What one owner wrote into a ring. */
struct account {
    uint64_t generation;
    uint32_t pid, tid;
    uint64_t calls;    /* drained */
    uint64_t told;     /* lost, by LOST records */
    uint64_t lost;     /* lost, by the ring's header */
    uint64_t gaps;     /* sequence numbers neither drained nor told */
    uint64_t torn;     /* records that no libwrapper writes, and those out of order */
    uint32_t last;     /* the greatest sequence number of a call, drained or told */
    uint32_t numbered; /* st_ring.seq */
    uint64_t end;      /* of the last call */
};

static struct agent agent;
static struct account *accounts, *current; /* of finished owners; of the slots */
static size_t count, room;
static uint64_t records;
static bool skip;

static bool is_call(uint16_t op) {
    return op > 0 && op < ST_REC_OBJECT;
}

static void check(struct account *account, const struct st_record *record) {
    bool lost = record->op == ST_REC_LOST;
    if (!lost && !is_call(record->op)) {
        account->torn += record->op > ST_REC_CHILD;
        return;
    }
    /* A call that is given its number before it is made (a vfork) follows those that were made within it. */
    uint32_t last = lost ? (uint32_t)record->arg[1] : record->seq;
    if (last > account->last)
        account->last = last;
    if (lost) {
        account->told += last - record->arg[0] + 1;
        return;
    }
    /* Calls are recorded as they end, but a signal's between the end of one and its record. */
    uint64_t end = record->enter + (record->duration_errno & ST_DURATION_MAX);
    if ((record->flags & ST_F_SIGNAL) == 0) {
        account->torn += record->enter == 0 || end < account->end;
        account->end = end;
    }
    account->calls++;
}

static uint64_t read_records(struct account *account, const struct st_record *first, uint64_t tail, uint64_t head) {
    uint64_t mask = agent.arena->records - 1;
    for (uint64_t index = tail; index < head;) {
        const struct st_record *record = &first[index++ & mask];
        uint32_t more = record->flags & ST_F_CONT_MASK;
        check(account, record);
        account->torn += index + more > head;
        for (; more > 0 && index < head; more--) {
            const struct st_cont *cont = (const struct st_cont *)&first[index++ & mask];
            account->torn += cont->op != ST_REC_CONT || cont->length > ST_CONT_BYTES;
        }
    }
    return head - tail;
}

static void finish(struct account *account, struct st_ring *ring) {
    account->lost = ring->lost;
    account->gaps = account->last - account->calls - account->told;
    account->numbered = ring->seq;
    if (count == room) {
        room = room == 0 ? 1024 : room * 2;
        accounts = realloc(accounts, room * sizeof *accounts);
        if (accounts == NULL)
            abort();
    }
    accounts[count++] = *account;
    *account = (struct account){0};
}

static void release(struct st_ring *ring) {
    ring->generation = ring->head = ring->tail = ring->lost = 0;
    ring->ended = ring->pid = ring->tid = ring->call_op = ring->seq = 0;
    __atomic_store_n(&ring->state, ST_RING_FREE, __ATOMIC_RELEASE);
}

/* Also a claimed slot whose owner was killed before it had a generation. */
static bool is_dead(const struct st_ring *ring) {
    return __atomic_load_n(&ring->ended, __ATOMIC_ACQUIRE) != 0 || (ring->pid != 0 && kill((pid_t)ring->pid, 0) != 0);
}

static uint64_t drain_slot(uint32_t slot, bool free_dead) {
    struct st_ring *ring = agent_ring(&agent, slot);
    struct st_record *first =
        (struct st_record *)agent_ring(&agent, agent.arena->slots) + (size_t)slot * agent.arena->records;
    if (__atomic_load_n(&ring->state, __ATOMIC_ACQUIRE) != ST_RING_OWNED)
        return 0;
    bool dead = free_dead && is_dead(ring);
    uint64_t generation = __atomic_load_n(&ring->generation, __ATOMIC_ACQUIRE), got = 0;
    if (generation != 0) {
        struct account *account = &current[slot];
        uint64_t head = __atomic_load_n(&ring->head, __ATOMIC_ACQUIRE);
        *account = account->generation == generation
                       ? *account
                       : (struct account){.generation = generation, .pid = ring->pid, .tid = ring->tid};
        got = skip ? head - ring->tail : read_records(account, first, ring->tail, head);
        __atomic_store_n(&ring->tail, head, __ATOMIC_RELEASE);
        if (dead)
            finish(account, ring);
    }
    if (dead)
        release(ring);
    return got;
}

static uint64_t drain(bool free_dead) {
    uint64_t got = 0;
    for (uint32_t slot = 0; slot < agent.arena->slots; slot++)
        got += drain_slot(slot, free_dead);
    __atomic_store_n(&agent.arena->heartbeat, __rdtsc(), __ATOMIC_RELAXED);
    records += got;
    return got;
}

static void sleep_us(long us) {
    nanosleep(&(struct timespec){.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000}, NULL);
}

static void print_summary(void) {
    struct account sum = {0};
    printf("{\"rings\":[");
    for (size_t i = 0; i < count; i++) {
        const struct account *a = &accounts[i];
        printf(
            "%s\n{\"pid\":%u,\"tid\":%u,\"calls\":%lu,\"told\":%lu,\"lost\":%lu,\"gaps\":%lu,\"torn\":%lu,\"last\":%u,"
            "\"numbered\":%u}",
            i > 0 ? "," : "", a->pid, a->tid, a->calls, a->told, a->lost, a->gaps, a->torn, a->last, a->numbered);
        sum.calls += a->calls;
        sum.told += a->told;
        sum.lost += a->lost;
        sum.gaps += a->gaps;
        sum.torn += a->torn;
    }
    printf("],\n\"calls\":%lu,\"told\":%lu,\"lost\":%lu,\"gaps\":%lu,\"torn\":%lu,\"records\":%lu,\"noSlot\":%u}\n",
           sum.calls, sum.told, sum.lost, sum.gaps, sum.torn, records, agent.arena->no_slot);
}

int main(int argc, char **argv) {
    static const struct option names[] = {
        {"slots", 1, 0, 's'},   {"records", 1, 0, 'r'},  {"drop", 0, 0, 'd'}, {"block-ms", 1, 0, 'b'},
        {"poll-us", 1, 0, 'p'}, {"stall-us", 1, 0, 't'}, {"skip", 0, 0, 'k'}, {0, 0, 0, 0}};
    struct agent_options options = {.slots = 512, .records = 1024, .clock = ST_CLOCK_TSC, .policy = ST_POLICY_BLOCK};
    uint64_t block_ms = 200;
    long poll_us = 50, stall_us = 0;
    for (int option; (option = getopt_long(argc, argv, "", names, NULL)) >= 0;) {
        long value = optarg != NULL ? atol(optarg) : 0;
        switch (option) {
        case 's':
            options.slots = (uint32_t)value;
            break;
        case 'r':
            options.records = (uint32_t)value;
            break;
        case 'd':
            options.policy = ST_POLICY_DROP;
            break;
        case 'b':
            block_ms = (uint64_t)value;
            break;
        case 'p':
            poll_us = value;
            break;
        case 't':
            stall_us = value;
            break;
        case 'k':
            skip = true;
            break;
        default:
            return 2;
        }
    }
    uint64_t ticks = __rdtsc();
    sleep_us(20000);
    options.block_ticks = (__rdtsc() - ticks) / 20 * block_ms;
    options.idle = true; /* this file drains */
    agent_start(&agent, &options);
    __atomic_store_n(&agent.stop, true, __ATOMIC_RELAXED); /* and the idle thread of agent.c need not wake up for it */
    current = calloc(options.slots, sizeof *current);
    printf("%s %s\n", agent.socket, agent.file);
    fflush(stdout);

    struct pollfd input = {.fd = 0, .events = POLLIN};
    srandom((unsigned)getpid());
    for (unsigned pass = 0; pass % 64 != 0 || poll(&input, 1, 0) == 0; pass++) {
        if (drain(pass % 64 == 0) == 0)
            sleep_us(poll_us);
        if (stall_us > 0 && random() % 32 == 0)
            sleep_us(random() % stall_us);
    }
    drain(true);
    for (uint32_t slot = 0; slot < options.slots; slot++) /* whoever still lives */
        if (current[slot].generation != 0)
            finish(&current[slot], agent_ring(&agent, slot));
    print_summary();
    agent_stop(&agent);
    return 0;
}
