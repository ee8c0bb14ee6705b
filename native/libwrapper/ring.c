/* The life of a call and of a thread's ring. Single producer: everything here runs on the ring's own thread. */
#include "self.h"

#include "raw.h"

#include <limits.h>
#include <pthread.h>
#include <string.h>

ST_TLS struct st_self st_self;

/* How far above a stale frame a live one may lie and still be on the same stack; see interrupts(). */
#define STACK_REACH (1024 * 1024)
/* Less than the kernel pushes for a signal, more than the frames of two wrappers differ. */
#define FRAME_SLACK 512
/* A call in progress that so many others interrupted without its ending was left by siglongjmp or cancelled. */
#define MOST_INTERRUPTIONS 16

/*
 * Whether a caller at `here` runs in a signal handler that interrupted the holder of `frame`. A handler lies below what
 * it interrupted, or on a stack of its own; a frame somewhat below `here` on the same stack was left by siglongjmp.
 */
static bool interrupts(const char *frame, const char *here) {
    return frame != NULL && (uintptr_t)(here + FRAME_SLACK) - (uintptr_t)frame > STACK_REACH;
}

static void lose(uint32_t first, uint32_t last) {
    if (st_self.lost_first == 0 || first < st_self.lost_first)
        st_self.lost_first = first;
    if (last > st_self.lost_last)
        st_self.lost_last = last;
    __atomic_store_n(&st_self.ring->lost, st_self.ring->lost + last - first + 1, __ATOMIC_RELAXED);
}

static void set_seq(uint32_t seq) {
    __atomic_store_n(&st_self.ring->seq, seq, __ATOMIC_RELAXED);
}

/* The recorder was left by siglongjmp: what it had not published is lost, what it had is told. */
static void take_over(void) {
    struct st_ring *ring = st_self.ring;
    if (ring == NULL)
        return;
    if (ring->head != st_self.head) {
        st_self.head = ring->head;
        if (st_self.open_lost)
            st_self.lost_first = st_self.lost_last = 0;
    } else if (st_self.open_seq != 0) {
        if (ring->seq < st_self.open_seq)
            set_seq(st_self.open_seq);
        lose(st_self.open_seq, st_self.open_seq);
    }
    st_self.open_seq = 0;
    st_self.open_lost = false;
}

/* The recorder is not re-entrant. A handler that interrupts it is let through unrecorded and counted. */
static bool enter_recorder(void) {
    const char *here = __builtin_frame_address(0);
    if (ST_UNLIKELY(st_self.recorder != NULL)) {
        if (interrupts(st_self.recorder, here))
            return false;
        take_over();
    }
    st_self.recorder = here;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    return true;
}

static void leave_recorder(void) {
    if (ST_UNLIKELY(st_self.nested != 0) && st_self.ring != NULL) {
        uint32_t nested = __atomic_exchange_n(&st_self.nested, 0, __ATOMIC_RELAXED);
        uint32_t first = st_self.ring->seq + 1;
        set_seq(st_self.ring->seq + nested);
        lose(first, first + nested - 1);
    }
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    st_self.recorder = NULL;
}

#ifndef DESTRUCTOR_ROUNDS /* a ThreadSanitizer build ends earlier: its own destructor takes the last round */
#define DESTRUCTOR_ROUNDS PTHREAD_DESTRUCTOR_ITERATIONS
#endif

static pthread_key_t thread_end;

/*
 * Other destructors may make calls after ours, so it asks to be called again until the last of libc's rounds. What a
 * destructor calls after that goes into a new ring, which the agent ends when it finds the thread dead.
 */
static void on_thread_end(void *unused) {
    (void)unused;
    if (st_pid() == 0 || st_self.ring == NULL)
        return;
    if (++st_self.destructor_rounds < DESTRUCTOR_ROUNDS) {
        pthread_setspecific(thread_end, &st_self);
        return;
    }
    if (enter_recorder()) {
        st_put_lost();
        __atomic_store_n(&st_self.ring->call_op, 0, __ATOMIC_RELAXED);
        __atomic_store_n(&st_self.ring->ended, 1, __ATOMIC_RELEASE);
        st_self.ring = NULL;
        leave_recorder();
    }
}

bool st_ring_start(void) {
    return pthread_key_create(&thread_end, on_thread_end) == 0;
}

static void identify(struct st_ring *ring, uint32_t tid) {
    __atomic_store_n(&ring->generation, 0, __ATOMIC_RELAXED);
    ring->pid = st_pid();
    ring->tid = tid;
    ring->ppid = (uint32_t)ST_RAW0(SYS_getppid);
    ring->ended = 0;
    memcpy(ring->program, st_program, sizeof ring->program);
    ring->seq = 0;
    ring->lost = 0;
    ring->call_op = 0;
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
    uint32_t tid = (uint32_t)ST_RAW0(SYS_gettid);
    uint32_t slots = st_arena->slots, first = (uint32_t)(tid * UINT64_C(2654435761) % slots);
    for (uint32_t i = 0; i < slots; i++) {
        uint32_t slot = (first + i) % slots, free_state = ST_RING_FREE;
        struct st_ring *ring = st_arena_ring(slot);
        if (__atomic_load_n(&ring->state, __ATOMIC_RELAXED) != ST_RING_FREE ||
            !__atomic_compare_exchange_n(&ring->state, &free_state, ST_RING_OWNED, false, __ATOMIC_ACQUIRE,
                                         __ATOMIC_RELAXED))
            continue;
        identify(ring, tid);
        st_arena_prefault(slot);
        st_self.records = st_arena_records(slot);
        st_self.mask = st_arena->records - 1;
        st_self.head = ring->head;
        st_self.tail = ring->head;
        st_self.lost_first = st_self.lost_last = 0;
        st_self.ring = ring;
        int saved = errno;
        pthread_setspecific(thread_end, &st_self);
        errno = saved;
        if (st_self.parent.generation != 0)
            st_put_thread(&st_self.parent);
        st_self.parent.generation = 0;
        return true;
    }
    st_self.no_slot = true;
    __atomic_fetch_add(&st_arena->no_slot, 1, __ATOMIC_RELAXED);
    return false;
}

/* In a forked child: the ring, and whatever the recorder was doing, are the parent's. */
static void become_child(void) {
    struct st_parent parent = st_self.parent;
    memset(&st_self, 0, sizeof st_self);
    st_self.parent = parent;
    st_pid_refresh();
}

bool st_recording(void) {
    if (!st_attach() || st_self.vforks != 0)
        return false;
    if (ST_UNLIKELY(st_pid() == 0))
        become_child();
    return true;
}

bool st_enter(void) {
    return st_recording() && enter_recorder();
}

void st_leave(void) {
    leave_recorder();
}

static void show_progress(struct st_call *call) {
    const char *here = __builtin_frame_address(0);
    struct st_ring *ring = st_self.ring;
    call->outer_op = 0;
    call->outer_frame = NULL;
    if (ST_UNLIKELY(interrupts(st_self.frame, here)) && st_self.interruptions++ < MOST_INTERRUPTIONS) {
        call->outer_op = ring->call_op;
        call->outer_enter = ring->call_enter;
        call->outer_object = ring->call_object;
        call->outer_frame = st_self.frame;
    } else {
        st_self.interruptions = 0;
    }
    st_self.frame = here;
    call->enter = st_now();
    __atomic_store_n(&ring->call_enter, call->enter, __ATOMIC_RELAXED);
    __atomic_store_n(&ring->call_object, call->object, __ATOMIC_RELAXED);
    __atomic_store_n(&ring->call_op, call->op, __ATOMIC_RELEASE);
}

static void clear_progress(const struct st_call *call) {
    struct st_ring *ring = st_self.ring;
    if (ST_UNLIKELY(call->outer_op != 0)) {
        __atomic_store_n(&ring->call_enter, call->outer_enter, __ATOMIC_RELAXED);
        __atomic_store_n(&ring->call_object, call->outer_object, __ATOMIC_RELAXED);
    }
    __atomic_store_n(&ring->call_op, call->outer_op, __ATOMIC_RELEASE);
    st_self.frame = call->outer_frame;
}

static void begin(struct st_call *call, uint16_t op, uint32_t object) {
    call->op = op;
    call->object = object;
    call->seq = 0;
    call->skipped = false;
    if (ST_UNLIKELY(st_self.ring == NULL)) {
        bool entered = enter_recorder();
        call->skipped = !entered || !st_claim();
        if (entered)
            leave_recorder();
    }
    if (ST_LIKELY(!call->skipped))
        show_progress(call);
}

void st_begin(struct st_call *call, uint16_t op) {
    call->skipped = true;
    if (ST_LIKELY(st_recording()))
        begin(call, op, 0);
}

void st_begin_on(struct st_call *call, uint16_t op, int fd) {
    call->skipped = true;
    if (ST_LIKELY(st_recording()))
        begin(call, op, st_fd_get(fd).object);
}

void st_begin_kind(struct st_call *call, int fd, uint16_t on_socket, uint16_t on_pipe, uint16_t on_other) {
    call->skipped = true;
    if (ST_UNLIKELY(!st_recording()))
        return;
    struct st_fd known = st_fd_get(fd);
    uint16_t op = known.kind == ST_KIND_SOCKET ? on_socket : known.kind == ST_KIND_PIPE ? on_pipe : on_other;
    begin(call, op, known.object);
}

static bool armed(void) {
    return __atomic_load_n(&st_arena->armed, __ATOMIC_RELAXED) != 0;
}

static uint32_t next_seq(void) {
    st_self.open_seq = st_self.ring->seq + 1;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    set_seq(st_self.open_seq);
    return st_self.open_seq;
}

/* A call that was blocked when its session was armed is recorded, with the time at which it really began. */
void st_end(struct st_call *call, const struct st_done *done) {
    if (ST_UNLIKELY(call->skipped || !st_recording() || st_self.ring == NULL))
        return;
    uint64_t now = st_now();
    if (ST_UNLIKELY(!enter_recorder())) {
        st_self.nested += armed();
        clear_progress(call);
        return;
    }
    if (ST_LIKELY(armed()) || call->seq != 0) {
        if (done->direction != ST_NEITHER && done->length > 0 && (done->flags & ST_F_PEEK) == 0 && st_arena->marks != 0)
            st_protocol_moved((int)done->arg[0], done);
        uint32_t seq = call->seq != 0 ? call->seq : next_seq();
        if (ST_UNLIKELY(!st_put_call(call, seq, now, done)))
            lose(seq, seq);
        st_self.open_seq = 0;
    }
    clear_progress(call);
    leave_recorder();
}

void st_record_now(struct st_call *call, const struct st_done *done) {
    struct st_done before = *done;
    before.flags |= ST_F_NO_RETURN;
    st_end(call, &before);
}

/* The child names the call that made it, so its number is given before it is made. */
void st_parent_begin(struct st_call *call, uint16_t op, struct st_parent *parent) {
    memset(parent, 0, sizeof *parent);
    st_begin(call, op);
    if (call->skipped || !enter_recorder())
        return;
    if (armed())
        call->seq = next_seq();
    st_self.open_seq = 0;
    *parent = (struct st_parent){st_self.ring->generation, call->seq, st_self.ring->tid, st_self.ring->pid};
    leave_recorder();
}

void st_fork_prepare(const struct st_parent *parent) {
    st_self.parent = *parent;
}

void st_child_started(void) {
    if (st_enter()) {
        st_claim();
        st_leave();
    }
}

void st_thread_started(const struct st_parent *parent) {
    st_self.parent = *parent;
    st_child_started();
}

/* Until the parent goes on, calls are the vfork child's: the count keeps them out of the parent's ring and table. */
__attribute__((used)) void st_vfork_enter(void) {
    struct st_parent unused;
    if (st_self.vforks == 0)
        st_parent_begin(&st_self.vfork_call, ST_FORK, &unused);
    st_self.vforks++;
}

/* Comes twice: in the child with 0, then in the parent with the child's pid or -errno. */
__attribute__((used)) pid_t st_vfork_leave(long result) {
    if (result == 0)
        return 0;
    struct st_done done = {.result = result > 0 ? result : -1, .error = result > 0 ? 0 : (int)-result};
    if (--st_self.vforks == 0)
        st_end(&st_self.vfork_call, &done);
    if (result < 0)
        errno = done.error;
    return (pid_t)done.result;
}
