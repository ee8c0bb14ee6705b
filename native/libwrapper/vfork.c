/*
 * Children that work on their parent's memory. A vfork child has its parent's thread to itself until it executes a
 * program or exits: its calls go into the parent's ring, marked as its own, and what it does to descriptors is kept
 * beside the parent's table. A clone child that runs beside its parent on the same thread-local storage would write
 * into the ring while the parent does: neither is recorded until the parent has waited for it.
 */
#include "self.h"

#include "raw.h"

#include <string.h>

#define CHILD_RANGES 48

/* The newest entry that holds a descriptor is right. */
struct child_range {
    unsigned int first, last;
    struct st_fd known;
};

static ST_TLS struct {
    struct child_range ranges[CHILD_RANGES];
    unsigned int count;
    bool full; /* no descriptor is known any more */
} child_fds;

bool st_child_fd_get(int fd, struct st_fd *known) {
    *known = (struct st_fd){0};
    for (unsigned int i = child_fds.count; i-- > 0 && !child_fds.full;) {
        const struct child_range *range = &child_fds.ranges[i];
        if ((unsigned int)fd >= range->first && (unsigned int)fd <= range->last) {
            *known = range->known;
            return true;
        }
    }
    return child_fds.full;
}

void st_child_fd_set(unsigned int first, unsigned int last, struct st_fd known) {
    struct child_range *ranges = child_fds.ranges;
    for (unsigned int i = 0; i < child_fds.count; i++)
        if (ranges[i].first == first && ranges[i].last == last) {
            memmove(&ranges[i], &ranges[i + 1], (child_fds.count - i - 1) * sizeof *ranges);
            child_fds.count--;
            break;
        }
    if (child_fds.count == CHILD_RANGES)
        child_fds.full = true;
    else
        ranges[child_fds.count++] = (struct child_range){first, last, known};
}

/* A vfork child forked: the grandchild has memory of its own. */
void st_child_fds_become_own(void) {
    st_self.vforks = 0;
    if (child_fds.full)
        st_fd_forget_range(0, UINT32_MAX);
    for (unsigned int i = 0; i < child_fds.count && !child_fds.full; i++) {
        const struct child_range *range = &child_fds.ranges[i];
        if (range->known.object == 0)
            st_fd_forget_range(range->first, range->last);
        else
            st_fd_put((int)range->first, range->known);
    }
}

static void forget_child_fds(void) {
    child_fds.count = 0;
    child_fds.full = false;
}

/* Before the call; a vfork by the child itself is not recorded, only its own child's calls are. */
__attribute__((used)) void st_vfork_enter(uint16_t op, uint64_t flags) {
    struct st_parent unused;
    if (st_self.vforks == 0) {
        st_parent_begin(&st_self.vfork_call, op, &unused);
        st_self.vfork_flags = flags;
        forget_child_fds();
    }
    st_self.vfork_recorder = st_self.recorder;
    st_self.told_child = false;
    st_self.ready = 0;
    st_self.vforks++;
}

/* Comes twice: in the child with 0, then in the parent with the child's pid or -errno. */
__attribute__((used)) pid_t st_vfork_leave(long result) {
    if (result == 0)
        return 0;
    if (st_self.recorder != st_self.vfork_recorder) { /* the child was killed at work */
        st_take_over();
        st_self.recorder = st_self.vfork_recorder;
    }
    st_self.told_child = false;
    struct st_done done = {
        .result = result > 0 ? result : -1, .arg = {0, 0, st_self.vfork_flags}, .error = result > 0 ? 0 : (int)-result};
    if (--st_self.vforks == 0) {
        st_self.ready = st_self.ring != NULL ? st_pid() : 0;
        struct st_call call = st_self.vfork_call; /* on this stack, as the recorder expects */
        st_end(&call, &done);
    }
    if (result < 0)
        errno = done.error;
    return (pid_t)done.result;
}

/* Around a clone whose child runs beside its parent on the same thread-local storage. */
void st_share(void) {
    st_self.sharer = UINT32_MAX;
    st_self.ready = 0;
}

void st_shared(struct st_call *call, const struct st_done *done) {
    if (!call->skipped)
        st_finish(call, done);
    if (done->result > 0)
        st_self.sharer = (uint32_t)done->result;
    else
        st_reaped((pid_t)st_self.sharer);
}

void st_reaped(pid_t pid) {
    if (ST_UNLIKELY(st_self.sharer != 0) && pid == (pid_t)st_self.sharer) {
        st_self.sharer = 0;
        st_self.ready = st_self.ring != NULL ? st_pid() : 0;
    }
}
