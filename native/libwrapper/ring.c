/* A thread's ring: how it is claimed, begins, and ends. */
#include "self.h"

#include "raw.h"

#include <limits.h>
#include <pthread.h>
#include <string.h>

ST_TLS struct st_self st_self;

/* How far above a stale frame a live one may lie and still be on the same stack; see st_interrupts(). */
#define STACK_REACH (1024 * 1024)
/* Less than the kernel pushes for a signal, more than the frames of two wrappers differ. */
#define FRAME_SLACK 512
/* Where a free slot is looked for first: few pages with headers are in use, and the process has most of them mapped. */
#define NEAR_SLOTS 240
#define ENDED_SLOTS 256
#define FIRST_RECORDS 64 /* one page: their own writing maps it, and the pages behind it only when they are needed */

/*
 * Whether a caller at `here` runs in a signal handler that interrupted the holder of `frame`. A handler lies below what
 * it interrupted, or on a stack of its own; a frame somewhat below `here` on the same stack was left by siglongjmp.
 */
bool st_interrupts(const char *frame, const char *here) {
    return (uintptr_t)(here + FRAME_SLACK) - (uintptr_t)frame > STACK_REACH;
}

void st_lose(uint32_t first, uint32_t last) {
    if (st_self.lost_first == 0 || first < st_self.lost_first)
        st_self.lost_first = first;
    if (last > st_self.lost_last)
        st_self.lost_last = last;
    __atomic_store_n(&st_self.ring->lost, st_self.ring->lost + last - first + 1, __ATOMIC_RELAXED);
}

/* The recorder was left by siglongjmp: what it had not published is lost, what it had is told. */
void st_take_over(void) {
    struct st_ring *ring = st_self.ring;
    if (ring == NULL)
        return;
    if (ring->head != st_self.head) {
        st_self.head = ring->head;
        if (st_self.open_lost)
            st_self.lost_first = st_self.lost_last = 0;
    } else if (st_self.open_seq != 0) {
        if (ring->seq < st_self.open_seq)
            st_set_seq(st_self.open_seq);
        st_lose(st_self.open_seq, st_self.open_seq);
    }
    st_self.open_seq = 0;
    st_self.open_lost = false;
}

bool st_recorder_is_free(const char *here) {
    if (st_interrupts(st_self.recorder, here))
        return false;
    st_take_over();
    return true;
}

void st_tell_nested(void) {
    if (st_self.ring == NULL)
        return;
    uint32_t nested = __atomic_exchange_n(&st_self.nested, 0, __ATOMIC_RELAXED);
    uint32_t first = st_self.ring->seq + 1;
    st_set_seq(st_self.ring->seq + nested);
    st_lose(first, first + nested - 1);
}

#ifndef DESTRUCTOR_ROUNDS /* a ThreadSanitizer build ends earlier: its own destructor takes the last round */
#define DESTRUCTOR_ROUNDS PTHREAD_DESTRUCTOR_ITERATIONS
#endif

static pthread_key_t thread_end;

/*
 * The slots that threads of this process left, oldest first: once the agent has freed them they are the cheapest to
 * claim, because their pages are mapped. A queue that many write and read, where a wrong entry does no harm.
 */
static uint32_t ended[ENDED_SLOTS], ended_put, ended_taken;

static void remember_ended(uint32_t slot) {
    uint32_t at = __atomic_fetch_add(&ended_put, 1, __ATOMIC_RELAXED);
    __atomic_store_n(&ended[at % ENDED_SLOTS], slot, __ATOMIC_RELAXED);
}

static bool take_slot(uint32_t slot) {
    uint32_t free_state = ST_RING_FREE;
    struct st_ring *ring = st_arena_ring(slot);
    return __atomic_compare_exchange_n(&ring->state, &free_state, ST_RING_OWNED, false, __ATOMIC_ACQUIRE,
                                       __ATOMIC_RELAXED);
}

static bool take_ended(uint32_t *slot) {
    uint32_t at = __atomic_load_n(&ended_taken, __ATOMIC_RELAXED), put = __atomic_load_n(&ended_put, __ATOMIC_RELAXED);
    if (at == put)
        return false;
    if (put - at > ENDED_SLOTS) /* the oldest were overwritten */
        at = put - ENDED_SLOTS;
    *slot = __atomic_load_n(&ended[at % ENDED_SLOTS], __ATOMIC_RELAXED);
    if (!take_slot(*slot))
        return false;
    __atomic_store_n(&ended_taken, at + 1, __ATOMIC_RELAXED);
    return true;
}

/*
 * A first access that writes costs a forked child much less than one that reads, which maps the pages around as well:
 * hence the write of nothing, and no look at a slot before it is taken.
 */
static bool find_slot(uint32_t tid, uint32_t *slot) {
    __atomic_fetch_add(&st_arena->no_slot, 0, __ATOMIC_RELAXED);
    uint32_t slots = st_arena->slots, nearest = slots < NEAR_SLOTS ? slots : NEAR_SLOTS;
    if (take_ended(slot))
        return true;
    uint32_t first = (uint32_t)(tid * UINT64_C(2654435761) % nearest);
    for (uint32_t i = 0; i < slots; i++) {
        *slot = (first + i) % slots;
        if (take_slot(*slot))
            return true;
    }
    return false;
}

static void watch_end(void) {
    if (st_self.watched)
        return;
    int saved = errno;
    st_self.watched = pthread_setspecific(thread_end, &st_self) == 0;
    errno = saved;
}

/*
 * Other destructors may make calls after ours, so it asks to be called again until the last of libc's rounds. What a
 * destructor calls after that goes into a new ring, which the agent ends when it finds the thread dead.
 */
static void on_thread_end(void *unused) {
    (void)unused;
    st_self.watched = false;
    if (st_pid() == 0 || st_self.ring == NULL)
        return;
    if (++st_self.destructor_rounds < DESTRUCTOR_ROUNDS) {
        watch_end();
        return;
    }
    if (st_recorder_enter(&unused)) {
        struct st_ring *ring = st_self.ring;
        st_put_lost();
        __atomic_store_n(&ring->call_op, 0, __ATOMIC_RELAXED);
        st_self.ready = 0; /* first: a signal's calls must not go into a ring that may be another's */
        st_self.ring = NULL;
        __atomic_store_n(&ring->ended, 1, __ATOMIC_RELEASE);
        remember_ended((uint32_t)(ring - st_arena_ring(0)));
        st_recorder_leave();
    }
}

bool st_ring_start(void) {
    return pthread_key_create(&thread_end, on_thread_end) == 0;
}

/* `ended` is read for ThreadSanitizer, which does not see how the agent passes a ring on from its last owner. */
static void identify(struct st_ring *ring, uint32_t tid) {
    (void)__atomic_load_n(&ring->ended, __ATOMIC_ACQUIRE);
    __atomic_store_n(&ring->generation, 0, __ATOMIC_RELAXED);
    ring->pid = st_pid();
    ring->tid = tid;
    ring->ppid = (uint32_t)ST_RAW0(SYS_getppid);
    __builtin_memcpy(ring->program, st_program, sizeof ring->program);
    ring->seq = 0;
    ring->lost = 0;
    ring->call_op = ST_CALL_UNSETTLED; /* until the thread's start is told */
    uint64_t generation;
    do
        generation = __atomic_fetch_add(&st_arena->next_generation, 1, __ATOMIC_RELAXED);
    while (generation == 0);
    __atomic_store_n(&ring->generation, generation, __ATOMIC_RELEASE);
}

/* A free slot for this thread. False: there is none; it is counted, and the thread runs unrecorded from then on. */
bool st_claim(void) {
    if (ST_LIKELY(st_self.ring != NULL))
        return true;
    if (st_self.no_slot)
        return false;
    uint32_t slot, tid = (uint32_t)ST_RAW0(SYS_gettid);
    if (!find_slot(tid, &slot)) {
        st_self.no_slot = true;
        __atomic_fetch_add(&st_arena->no_slot, 1, __ATOMIC_RELAXED);
        return false;
    }
    struct st_ring *ring = st_arena_ring(slot);
    identify(ring, tid);
    st_self.records = st_arena_records(slot);
    st_self.mask = st_arena->records - 1;
    st_self.head = st_self.limit = st_self.first = ring->head;
    st_self.mapped = st_self.head + FIRST_RECORDS;
    st_self.lost_first = st_self.lost_last = 0;
    st_self.ring = ring;
    if (st_self.vforks == 0)
        st_self.ready = st_pid();
    watch_end();
    if (st_self.parent.generation != 0)
        st_put_thread(&st_self.parent);
    st_self.parent.generation = 0;
    __atomic_store_n(&ring->call_op, 0, __ATOMIC_RELEASE);
    return true;
}

/*
 * In a forked child: the ring, and whatever the recorder was doing, are the parent's. Nothing of libc is called: each
 * of its pages that a child comes to costs a page fault.
 */
static void become_child(void) {
    if (st_self.vforks != 0)
        st_child_fds_become_own();
    st_self = (struct st_self){.parent = st_self.parent, .watched = st_self.watched};
    st_pid_refresh();
}

bool st_recording(void) {
    if (ST_UNLIKELY(!st_attach()))
        return false;
    if (ST_UNLIKELY(st_pid() == 0))
        become_child();
    return ST_LIKELY(st_self.sharer == 0);
}

bool st_enter(void) {
    return st_recording() && st_recorder_enter(__builtin_frame_address(0));
}

void st_leave(void) {
    st_recorder_leave();
}

void st_fork_prepare(const struct st_parent *parent) {
    st_self.parent = *parent;
}

/* Whether it is one need not be asked: to read the guard before it is written would cost another page fault. */
void st_child_started(void) {
    if (st_arena != NULL)
        become_child();
    st_thread_started(NULL);
}

void st_thread_started(const struct st_parent *parent) {
    if (parent != NULL)
        st_self.parent = *parent;
    if (st_enter()) {
        st_claim();
        st_leave();
    }
}
