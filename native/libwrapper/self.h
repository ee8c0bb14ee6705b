/* What a thread knows of itself. Only calls.c, ring.c, records.c, vfork.c and objects.c look inside. */
#ifndef ST_SELF_H
#define ST_SELF_H

#include "wrapper.h"

struct st_self {
    /* what every call needs, in one cache line */
    _Alignas(64) struct st_ring *ring; /* NULL: none claimed yet */
    struct st_record *records;
    uint64_t head;        /* as published */
    uint64_t limit;       /* of head: until there the agent is known to have read, and the pages are mapped */
    const char *recorder; /* somewhere on the stack of the recorder at work, NULL: none */
    const char *frame;    /* the same of the call in progress */
    uint32_t mask;
    uint32_t ready;      /* the process id while calls can be recorded without further ado, else 0 */
    uint32_t lost_first; /* calls given a number but not recorded, not told yet; 0: none */
    uint32_t open_seq;   /* number of the call that is being recorded and not yet published, 0: none */

    uint32_t lost_last;
    uint32_t nested;        /* calls by signal handlers that interrupted the recorder; they become lost */
    uint32_t interruptions; /* of the call in progress */
    bool open_lost;         /* a LOST record was written and is not yet published */
    bool calls_back;        /* the call in progress may itself make calls (getaddrinfo) */
    bool no_slot;
    bool watched; /* its end, by a thread-specific key; a forked child inherits that */
    uint8_t destructor_rounds;
    uint64_t first;            /* head when the ring was claimed; until it has gone round once, only records below */
    uint64_t mapped;           /* ... this one are surely mapped */
    struct st_parent parent;   /* for the THREAD record of the next ring */
    uint32_t vforks;           /* > 0: this is a vfork child, on its parent's memory and thread-local storage */
    bool told_child;           /* the ring's last CHILD record names it */
    uint32_t sharer;           /* a running clone child that has this thread-local storage too, 0: none */
    struct st_call vfork_call; /* of the parent, while its child runs, as the next two */
    uint64_t vfork_flags;
    const char *vfork_recorder;
};
extern ST_TLS struct st_self st_self;

/* Of vfork: on its parent's memory, with descriptors of its own. */
static inline bool st_is_child(void) {
    return st_self.vforks != 0;
}

/* ring.c */
void st_lose(uint32_t first, uint32_t last);
bool st_interrupts(const char *frame, const char *here);
void st_take_over(void);
bool st_recorder_is_free(const char *here);
void st_tell_nested(void);

/* The recorder is not re-entrant. A handler that interrupts it is let through unrecorded and counted. */
static inline bool st_recorder_enter(const void *here) {
    if (ST_UNLIKELY(st_self.recorder != NULL) && !st_recorder_is_free((const char *)here))
        return false;
    st_self.recorder = here;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    return true;
}

static inline void st_recorder_leave(void) {
    if (ST_UNLIKELY(st_self.nested != 0))
        st_tell_nested();
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    st_self.recorder = NULL;
}

/* Before a time is taken: from here on the agent does not take it that the ring holds all that is earlier than now. */
static inline void st_unsettle(uint32_t op) {
    __atomic_store_n(&st_self.ring->call_op, op | ST_CALL_UNSETTLED, __ATOMIC_RELAXED);
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
}

static inline void st_set_seq(uint32_t seq) {
    __atomic_store_n(&st_self.ring->seq, seq, __ATOMIC_RELAXED);
}

static inline uint32_t st_next_seq(void) {
    uint32_t seq = st_self.ring->seq + 1;
    st_self.open_seq = seq;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    st_set_seq(seq);
    return seq;
}

static inline void *st_slot(uint64_t index) {
    return &st_self.records[index & st_self.mask];
}

/* Makes what was written before `head` visible to the agent. */
static inline void st_publish(uint64_t head) {
    __atomic_store_n(&st_self.ring->head, head, __ATOMIC_RELEASE);
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    if (ST_UNLIKELY(st_self.open_lost)) {
        st_self.lost_first = st_self.lost_last = 0;
        st_self.open_lost = false;
    }
    st_self.open_seq = 0;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    st_self.head = head; /* last: until then st_take_over() sees that it was published */
}

/* The call's own record at `index`; what follows it is the caller's. */
static inline void st_write_call(uint64_t index, const struct st_call *call, uint32_t seq, uint64_t now,
                                 const struct st_done *done, uint16_t flags) {
    int error = done->error;
    if (ST_UNLIKELY(error == ST_NO_ERROR))
        error = 0;
    else if (ST_UNLIKELY(done->result < 0) && error == 0)
        error = errno;
    if (ST_UNLIKELY(error == EAGAIN || error == EINPROGRESS))
        flags |= ST_F_NONBLOCK;
    uint64_t duration = ST_UNLIKELY((flags & ST_F_NO_RETURN) != 0) ? 0 : now - call->enter;
    if (ST_UNLIKELY(duration > ST_DURATION_MAX))
        duration = ST_DURATION_MAX;
    struct st_record *record = st_slot(index);
    record->enter = call->enter;
    record->seq = seq;
    record->op = call->op;
    record->flags = flags;
    record->duration_errno = duration | (uint64_t)(uint16_t)error << 48;
    record->result = done->result;
    record->arg[0] = done->arg[0];
    record->arg[1] = done->arg[1];
    record->arg[2] = done->arg[2];
    record->object = call->object;
    record->length = done->length;
}

#endif
