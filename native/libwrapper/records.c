/* Writing records. A record becomes visible by the release store of head after its bytes, never before. */
#include "self.h"

#include "raw.h"

#include <netinet/in.h>
#include <pthread.h>
#include <string.h>
#include <sys/un.h>
#include <time.h>

#define PATH_BYTES (5 * ST_CONT_BYTES)

#define MAPPED_AROUND UINT64_C(65536) /* the kernel's usual fault-around */
#define WAIT_FIRST_NS 20000
#define WAIT_LONGEST_NS 1000000

static bool agent_drains(uint64_t now) {
    uint64_t heartbeat = __atomic_load_n(&st_arena->heartbeat, __ATOMIC_RELAXED);
    return __atomic_load_n(&st_arena->agent_alive, __ATOMIC_RELAXED) != 0 &&
           (heartbeat >= now || now - heartbeat <= st_arena->stale_ticks);
}

/*
 * Maps what the kernel maps around one page by one fault, 64 KB: that is so much cheaper than each page by itself, and
 * no work for pages that a short life never comes to.
 */
static void map_next(void) {
    uint64_t index = st_self.mapped & st_self.mask, behind = st_self.mask + 1 - index;
    const char *record = (const char *)&st_self.records[index];
    uint64_t around = (MAPPED_AROUND - ((uintptr_t)record & (MAPPED_AROUND - 1))) / sizeof(struct st_record);
    (void)*(const volatile char *)record;
    st_self.mapped += around < behind ? around : behind;
}

static bool has_room(uint32_t count) {
    uint64_t ring = st_self.mask + 1, free = __atomic_load_n(&st_self.ring->tail, __ATOMIC_ACQUIRE) + ring;
    while (st_self.mapped - st_self.first < ring && st_self.mapped < st_self.head + count)
        map_next();
    st_self.limit = st_self.mapped - st_self.first < ring && st_self.mapped < free ? st_self.mapped : free;
    return st_self.limit >= st_self.head + count;
}

/* A full ring: BLOCK waits for the agent, but no longer than block_ticks and never for one that does not drain. */
static bool wait_for_room(uint32_t count) {
    struct timespec pause = {.tv_nsec = WAIT_FIRST_NS};
    if (has_room(count))
        return true;
    uint64_t begun = st_now(), now = begun;
    bool may_wait = st_arena->policy == ST_POLICY_BLOCK && __atomic_load_n(&st_arena->armed, __ATOMIC_RELAXED) != 0;
    while (may_wait && now - begun < st_arena->block_ticks && agent_drains(now)) {
        ST_RAW2(SYS_nanosleep, &pause, NULL);
        if (has_room(count))
            return true;
        pause.tv_nsec = pause.tv_nsec * 2 < WAIT_LONGEST_NS ? pause.tv_nsec * 2 : WAIT_LONGEST_NS;
        now = st_now();
    }
    return false;
}

static void write_lost(uint64_t index) {
    *(struct st_record *)st_slot(index) = (struct st_record){
        .enter = st_now(),
        .seq = st_self.lost_last,
        .op = ST_REC_LOST,
        .arg = {st_self.lost_first, st_self.lost_last},
    };
    st_self.open_lost = true;
}

/* Room for `count` records, after a LOST record if one is due. *index is where the first of them goes. */
static bool reserve(uint32_t count, uint64_t *index) {
    bool lost = st_self.lost_first != 0;
    if (ST_UNLIKELY(st_self.head + count + lost > st_self.limit) && !wait_for_room(count + lost))
        return false;
    if (ST_UNLIKELY(lost))
        write_lost(st_self.head);
    *index = st_self.head + lost;
    return true;
}

static uint32_t continuations(size_t bytes) {
    return (uint32_t)((bytes + ST_CONT_BYTES - 1) / ST_CONT_BYTES);
}

static void write_continuations(uint64_t index, uint32_t seq, const char *data, size_t bytes) {
    for (size_t at = 0; at < bytes; at += ST_CONT_BYTES, index++) {
        size_t length = bytes - at < ST_CONT_BYTES ? bytes - at : ST_CONT_BYTES;
        struct st_cont more = {.seq = seq, .op = ST_REC_CONT, .length = (uint16_t)length};
        memcpy(more.data, data + at, length);
        *(struct st_cont *)st_slot(index) = more;
    }
}

/* What a peer's continuations hold: the struct st_peer, then the path of an AF_UNIX address. */
static size_t describe_peer(char *extra, const struct sockaddr *address, size_t bytes) {
    static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    struct st_peer peer = {.family = address->sa_family};
    size_t path_bytes = 0;
    if (address->sa_family == AF_INET && bytes >= sizeof(struct sockaddr_in)) {
        const struct sockaddr_in *in = (const struct sockaddr_in *)address;
        memcpy(peer.address, mapped, sizeof mapped);
        memcpy(peer.address + sizeof mapped, &in->sin_addr, 4);
        peer.port = ntohs(in->sin_port);
    } else if (address->sa_family == AF_INET6 && bytes >= sizeof(struct sockaddr_in6)) {
        const struct sockaddr_in6 *in = (const struct sockaddr_in6 *)address;
        memcpy(peer.address, &in->sin6_addr, sizeof peer.address);
        peer.port = ntohs(in->sin6_port);
        if (IN6_IS_ADDR_V4MAPPED(&in->sin6_addr))
            peer.family = AF_INET;
    } else if (address->sa_family == AF_UNIX && bytes > offsetof(struct sockaddr_un, sun_path)) {
        path_bytes = bytes - offsetof(struct sockaddr_un, sun_path);
        memcpy(extra + sizeof peer, (const char *)address + offsetof(struct sockaddr_un, sun_path), path_bytes);
        if (extra[sizeof peer] == '\0') /* abstract */
            extra[sizeof peer] = '@';
        else
            path_bytes = strnlen(extra + sizeof peer, path_bytes);
    }
    memcpy(extra, &peer, sizeof peer);
    return sizeof peer + path_bytes;
}

bool st_put_call(const struct st_call *call, uint32_t seq, uint64_t now, const struct st_done *done) {
    char peer[sizeof(struct st_peer) + sizeof(struct sockaddr_un)];
    const char *extra = done->path;
    size_t extra_bytes = 0;
    uint16_t flags = done->flags | call->flags;
    if (ST_UNLIKELY(extra != NULL)) {
        extra_bytes = strnlen(extra, PATH_BYTES);
    } else if (ST_UNLIKELY(done->peer != NULL && done->peer_bytes >= sizeof(sa_family_t))) {
        size_t most = sizeof(struct sockaddr_un);
        extra_bytes = describe_peer(peer, done->peer, done->peer_bytes < most ? done->peer_bytes : most);
        extra = peer;
        flags |= ST_F_PEER;
    }
    uint32_t more = continuations(extra_bytes);
    uint64_t index;
    if (!reserve(1 + more, &index))
        return false;

    st_write_call(index, call, seq, now, done, flags | (uint16_t)more);
    if (ST_UNLIKELY(more != 0))
        write_continuations(index + 1, seq, extra, extra_bytes);
    st_publish(index + 1 + more);
    return true;
}

/* Of the call that is about to be numbered. */
bool st_put_object(struct st_object *object, const void *extra, size_t extra_bytes) {
    if (extra_bytes > PATH_BYTES)
        extra_bytes = PATH_BYTES;
    uint32_t more = continuations(extra_bytes);
    uint64_t index;
    if (!st_claim() || !reserve(1 + more, &index))
        return false;
    object->time = st_now();
    object->seq = st_self.ring->seq + 1;
    object->op = ST_REC_OBJECT;
    object->flags |= (uint16_t)more;
    *(struct st_object *)st_slot(index) = *object;
    write_continuations(index + 1, object->seq, extra, extra_bytes);
    st_publish(index + 1 + more);
    return true;
}

bool st_put_mark(struct st_mark *mark, const char *summary, size_t summary_bytes) {
    uint32_t more = continuations(summary_bytes);
    uint64_t index;
    if (!reserve(1 + more, &index))
        return false;
    mark->seq = st_self.ring->seq + 1;
    mark->op = ST_REC_MARK;
    mark->flags |= (uint16_t)more;
    *(struct st_mark *)st_slot(index) = *mark;
    write_continuations(index + 1, mark->seq, summary, summary_bytes);
    st_publish(index + 1 + more);
    return true;
}

/* One that finds no room takes the number of a call and is told as a lost one: nobody may go by the one before it. */
bool st_put_context(struct st_context *context) {
    uint64_t index;
    if (!st_claim())
        return false;
    if (!reserve(1, &index)) {
        st_self.nested++;
        return false;
    }
    uint32_t shown = st_self.ring->call_op;
    st_unsettle(shown);
    context->time = st_now();
    context->seq = st_self.ring->seq;
    context->op = ST_REC_CONTEXT;
    *(struct st_context *)st_slot(index) = *context;
    st_publish(index + 1);
    __atomic_store_n(&st_self.ring->call_op, shown, __ATOMIC_RELEASE);
    return true;
}

bool st_put_thread(const struct st_parent *parent) {
    uint64_t index;
    if (!reserve(1, &index))
        return false;
    *(struct st_thread *)st_slot(index) = (struct st_thread){
        .time = st_now(),
        .op = ST_REC_THREAD,
        .parent_generation = parent->generation,
        .parent_seq = parent->seq,
        .parent_tid = parent->tid,
        .parent_pid = parent->pid,
        .pthread = parent->pid == st_pid() ? (uint64_t)pthread_self() : 0,
    };
    st_publish(index + 1);
    return true;
}

/* Names the vfork child whose calls follow. When that is not possible its call is lost. */
bool st_put_child(void) {
    uint64_t index;
    if (st_self.told_child)
        return true;
    if (!reserve(1, &index)) {
        uint32_t seq = st_next_seq();
        st_lose(seq, seq);
        st_self.open_seq = 0;
        return false;
    }
    *(struct st_child *)st_slot(index) = (struct st_child){
        .time = st_now(),
        .seq = st_self.ring->seq,
        .op = ST_REC_CHILD,
        .pid = (uint32_t)ST_RAW0(SYS_getpid),
    };
    st_publish(index + 1);
    st_self.told_child = true;
    return true;
}

void st_put_lost(void) {
    uint64_t index;
    if (st_self.lost_first != 0 && reserve(0, &index))
        st_publish(index);
}
