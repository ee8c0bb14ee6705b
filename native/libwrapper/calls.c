/* The life of a call. Single producer: everything here runs on the ring's own thread. */
#include "self.h"

#include <x86intrin.h>

/* A call in progress that so many others interrupted without its ending was left by siglongjmp or cancelled. */
#define MOST_INTERRUPTIONS 16

static inline uint64_t now(void) {
    return ST_LIKELY(st_tsc) ? __rdtsc() : st_now();
}

static inline bool ready(void) {
    return st_self.ready != 0 && st_self.ready == *st_guard;
}

static inline bool armed(void) {
    return __atomic_load_n(&st_arena->armed, __ATOMIC_RELAXED) != 0;
}

/* Attaches, becomes the child of a fork, claims a ring, names a vfork child: whatever is due. */
static __attribute__((noinline)) bool make_ready(struct st_call *call) {
    if (!st_enter())
        return false;
    bool may = st_claim();
    if (may && st_is_child()) {
        call->flags = ST_F_CHILD;
        may = st_put_child();
    }
    st_leave();
    return may;
}

/* Of a call by a handler, the call that it interrupted is kept, to be shown again afterwards. */
static __attribute__((noinline)) void interrupt(struct st_call *call) {
    if (st_self.interruptions++ >= MOST_INTERRUPTIONS) {
        st_self.interruptions = 0;
        return;
    }
    call->outer_op = st_self.ring->call_op;
    call->outer_enter = st_self.ring->call_enter;
    call->outer_object = st_self.ring->call_object;
    call->outer_frame = st_self.frame;
    call->outer_calls_back = st_self.calls_back;
    if (!st_self.calls_back)
        call->flags |= ST_F_SIGNAL;
}

static inline void show_progress(struct st_call *call) {
    const char *here = (const char *)call;
    struct st_ring *ring = st_self.ring;
    uint32_t shown = call->op;
    if (ST_UNLIKELY(st_self.frame != NULL) && st_interrupts(st_self.frame, here)) {
        interrupt(call);
        if (call->outer_op != 0)
            shown |= ST_CALL_UNSETTLED; /* when the outer one began or ends is not shown meanwhile */
    } else {
        st_self.interruptions = 0;
    }
    st_self.frame = here;
    st_self.calls_back = false;
    st_unsettle(call->op);
    call->enter = now();
    __atomic_store_n(&ring->call_enter, call->enter, __ATOMIC_RELAXED);
    __atomic_store_n(&ring->call_object, call->object, __ATOMIC_RELAXED);
    __atomic_store_n(&ring->call_op, shown, __ATOMIC_RELEASE);
}

static inline void clear_progress(const struct st_call *call) {
    struct st_ring *ring = st_self.ring;
    if (ST_UNLIKELY((call->flags & ST_F_CHILD) != 0))
        return;
    if (ST_UNLIKELY(call->outer_op != 0)) {
        __atomic_store_n(&ring->call_enter, call->outer_enter, __ATOMIC_RELAXED);
        __atomic_store_n(&ring->call_object, call->outer_object, __ATOMIC_RELAXED);
        st_self.calls_back = call->outer_calls_back;
    }
    __atomic_store_n(&ring->call_op, call->outer_op, __ATOMIC_RELEASE);
    st_self.frame = call->outer_frame;
}

/* What is shown while a vfork child runs is its parent's vfork. */
static inline void begin(struct st_call *call, uint16_t op, uint32_t object) {
    call->op = op;
    call->object = object;
    if (ST_LIKELY((call->flags & ST_F_CHILD) == 0))
        show_progress(call);
    else
        call->enter = now();
}

static inline bool may_begin(struct st_call *call) {
    call->seq = 0;
    call->flags = 0;
    call->outer_op = 0;
    call->outer_frame = NULL;
    call->skipped = !ST_LIKELY(ready()) && !make_ready(call);
    return !call->skipped;
}

void st_begin(struct st_call *call, uint16_t op) {
    if (ST_LIKELY(may_begin(call)))
        begin(call, op, 0);
}

void st_begin_of(struct st_call *call, uint16_t op, uint32_t object) {
    if (ST_LIKELY(may_begin(call)))
        begin(call, op, object);
}

void st_begin_caller(struct st_call *call, uint16_t op) {
    st_begin(call, op);
    if (!call->skipped)
        st_self.calls_back = true;
}

void st_begin_on(struct st_call *call, uint16_t op, int fd) {
    if (ST_LIKELY(may_begin(call)))
        begin(call, op, st_fd_get(fd).object);
}

void st_begin_kind(struct st_call *call, int fd, uint16_t on_socket, uint16_t on_pipe, uint16_t on_other) {
    if (ST_UNLIKELY(!may_begin(call)))
        return;
    struct st_fd known = st_fd_get(fd);
    uint16_t op = known.kind == ST_KIND_SOCKET ? on_socket : known.kind == ST_KIND_PIPE ? on_pipe : on_other;
    if (ST_LIKELY(op != 0))
        begin(call, op, known.object);
    else
        call->skipped = true;
}

static inline bool put(const struct st_call *call, uint32_t seq, uint64_t end, const struct st_done *done) {
    if (ST_UNLIKELY(done->path != NULL || done->peer != NULL || st_self.lost_first != 0 ||
                    st_self.head >= st_self.limit))
        return st_put_call(call, seq, end, done);
    st_write_call(st_self.head, call, seq, end, done, done->flags | call->flags);
    st_publish(st_self.head + 1);
    return true;
}

/* A call that was blocked when its session was armed is recorded, with the time at which it really began. */
void st_finish(struct st_call *call, const struct st_done *done) {
    if (ST_LIKELY((call->flags & ST_F_CHILD) == 0))
        st_unsettle(call->op);
    uint64_t end = now();
    if (ST_UNLIKELY(!st_recorder_enter(call))) {
        st_self.nested += armed();
        clear_progress(call);
        return;
    }
    if (ST_LIKELY(armed()) || call->seq != 0) {
        if (done->direction != ST_NEITHER && (call->flags & ST_F_CHILD) == 0 && done->length > 0 &&
            (done->flags & ST_F_PEEK) == 0 && st_arena->marks != 0)
            st_protocol_moved((int)done->arg[0], done);
        uint32_t seq = call->seq != 0 ? call->seq : st_next_seq();
        if (ST_UNLIKELY(!put(call, seq, end, done))) {
            st_lose(seq, seq);
            st_self.open_seq = 0;
        }
    } else {
        st_protocol_paused();
    }
    if (ST_LIKELY(!done->more))
        clear_progress(call);
    st_recorder_leave();
}

void st_end(struct st_call *call, const struct st_done *done) {
    if (ST_LIKELY(!call->skipped) && (ST_LIKELY(ready()) || ((call->flags & ST_F_CHILD) != 0 && st_is_child())))
        st_finish(call, done);
}

void st_record_now(struct st_call *call, const struct st_done *done) {
    struct st_done before = *done;
    before.flags |= ST_F_NO_RETURN;
    st_end(call, &before);
}

/* The child names the call that made it, so its number is given before it is made. */
void st_parent_begin(struct st_call *call, uint16_t op, struct st_parent *parent) {
    *parent = (struct st_parent){0};
    st_begin(call, op);
    if (call->skipped || !st_recorder_enter(parent))
        return;
    if (armed())
        call->seq = st_next_seq();
    st_self.open_seq = 0;
    *parent = (struct st_parent){st_self.ring->generation, call->seq, st_self.ring->tid, st_self.ring->pid};
    st_recorder_leave();
}
