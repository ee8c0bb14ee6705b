/*
 * The descriptor table: what each descriptor of this process stands for. A descriptor that a call made is described at
 * once, one that was inherited when it is first used; either takes at most three system calls (an anonymous one that
 * was inherited: four), and none later.
 */
#include "describe.h"

#include "self.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>

/* Descriptors beyond it are recorded without an object. */
#define TABLE_SIZE 65536

static _Atomic(struct st_fd) table[TABLE_SIZE];

/* Object number and inode of what each descriptor was told to be when it was a socket: its addresses are told later. */
struct identity {
    uint32_t object;
    uint32_t inode;
};
static _Atomic(struct identity) identities[TABLE_SIZE];
static uint64_t socket_device; /* all are of one */

static bool in_table(int fd) {
    return fd >= 0 && fd < TABLE_SIZE;
}

/* While a vfork child runs the table is its parent's; what the child changes is kept apart. */
static void set(int fd, struct st_fd known) {
    if (!in_table(fd))
        return;
    if (ST_UNLIKELY(st_is_child()))
        st_child_fd_set((unsigned int)fd, (unsigned int)fd, known);
    else
        atomic_store_explicit(&table[fd], known, memory_order_release);
}

static inline struct st_fd look(int fd) {
    struct st_fd known;
    if (ST_UNLIKELY(st_is_child()) && st_child_fd_get(fd, &known))
        return known;
    return atomic_load_explicit(&table[fd], memory_order_acquire);
}

static uint32_t new_number(void) {
    return __atomic_fetch_add(&st_arena->next_object, 1, __ATOMIC_RELAXED);
}

static struct st_fd entry(const struct st_object *object) {
    bool inet = object->family == AF_INET || object->family == AF_INET6;
    bool unnamed = inet && object->type == SOCK_DGRAM && object->local_port == 0;
    return (struct st_fd){
        .object = object->object,
        .kind = object->kind,
        .family = object->family,
        .type = object->type,
        .flags = (unnamed ? ST_FD_UNNAMED : 0) | (object->flags & ST_OBJ_WRITE_END ? ST_FD_WRITE_END : 0),
    };
}

static void keep_identity(const struct st_object *object) {
    if (object->kind != ST_KIND_SOCKET || object->inode > UINT32_MAX || st_is_child())
        return;
    __atomic_store_n(&socket_device, object->device, __ATOMIC_RELAXED);
    atomic_store_explicit(&identities[object->fd], ((struct identity){object->object, (uint32_t)object->inode}),
                          memory_order_release);
}

/* Of the socket `fd`; asks the kernel only where it was told under another number (dup). */
static bool identify(struct st_description *d, int fd, uint32_t object) {
    struct identity kept = atomic_load_explicit(&identities[fd], memory_order_acquire);
    if (kept.object != object)
        return st_describe_inode(d, fd) && d->object.kind == ST_KIND_SOCKET;
    d->object.fd = fd;
    d->object.kind = ST_KIND_SOCKET;
    d->object.inode = kept.inode;
    d->object.device = __atomic_load_n(&socket_device, __ATOMIC_RELAXED);
    return true;
}

/* What the first use of `fd` tells of it. Run inside the recorder. */
static struct st_fd learn(int fd) {
    struct st_fd unknown = {0};
    struct st_description d = {0};
    if (!st_claim() || !st_describe_unseen(&d, fd))
        return unknown;
    d.object.object = new_number();
    struct st_fd learnt = entry(&d.object), seen = unknown;
    if (ST_UNLIKELY(st_is_child()))
        set(fd, learnt);
    else if (!atomic_compare_exchange_strong_explicit(&table[fd], &seen, learnt, memory_order_acq_rel,
                                                      memory_order_acquire))
        return seen; /* another thread was faster */
    if (!st_describe_put(&d)) {
        set(fd, unknown); /* nobody was told: learn it again at the next use */
        learnt.object = 0;
    } else {
        keep_identity(&d.object);
    }
    return learnt;
}

struct st_fd st_fd_known(int fd) {
    struct st_fd none = {0};
    return ST_LIKELY(in_table(fd)) ? look(fd) : none;
}

static __attribute__((noinline)) struct st_fd first_use(int fd) {
    struct st_fd known = {0};
    if (st_enter()) {
        known = learn(fd);
        st_leave();
    }
    return known;
}

struct st_fd st_fd_get(int fd) {
    struct st_fd known = st_fd_known(fd);
    if (ST_UNLIKELY(known.object == 0) && in_table(fd))
        known = first_use(fd);
    return known;
}

struct st_fd st_fd_take(int fd) {
    struct st_fd none = {0};
    if (!in_table(fd))
        return none;
    if (ST_UNLIKELY(st_is_child())) {
        struct st_fd known = look(fd);
        if (known.object != 0)
            set(fd, none);
        return known;
    }
    return atomic_exchange_explicit(&table[fd], none, memory_order_acq_rel);
}

void st_fd_put(int fd, struct st_fd known) {
    if (!in_table(fd))
        return;
    set(fd, st_recording() ? known : (struct st_fd){0});
}

void st_fd_forget_range(unsigned int first, unsigned int last) {
    if (ST_UNLIKELY(st_is_child())) {
        st_child_fd_set(first, last, (struct st_fd){0});
        return;
    }
    for (unsigned int fd = first; fd <= last && fd < TABLE_SIZE; fd++) {
        struct st_fd known = atomic_load_explicit(&table[fd], memory_order_relaxed);
        if (known.object != 0)
            st_fd_take((int)fd);
    }
}

/* Into the recorder, for a new object of `fd`. What stood there before is gone, even where nobody can be told of it. */
static bool begin_new(struct st_description *d, int fd) {
    st_fd_take(fd);
    d->object.fd = fd;
    if (!in_table(fd) || !st_enter())
        return false;
    if (st_claim())
        return true;
    st_leave();
    return false;
}

static uint32_t tell(struct st_description *d) {
    if (d->object.object == 0)
        d->object.object = new_number();
    if (!st_describe_put(d))
        return 0;
    set(d->object.fd, entry(&d->object));
    keep_identity(&d->object);
    return d->object.object;
}

static uint32_t end_new(struct st_description *d) {
    uint32_t number = tell(d);
    st_leave();
    return number;
}

static bool begin_described(struct st_description *d, int fd) {
    if (!begin_new(d, fd))
        return false;
    if (st_describe_inode(d, fd))
        return true;
    st_leave();
    return false;
}

uint32_t st_fd_opened(int fd, const char *path, int flags) {
    struct st_description d = {0};
    if (!begin_described(&d, fd))
        return 0;
    strncpy(d.path, path, sizeof d.path - 1);
    if ((flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL))
        d.object.flags |= ST_OBJ_CREATED;
    if (flags & O_PATH) /* moves nothing, whatever it names */
        d.object.kind = ST_KIND_OTHER;
    if (d.object.kind == ST_KIND_PIPE && (flags & O_ACCMODE) == O_WRONLY)
        d.object.flags |= ST_OBJ_WRITE_END;
    return end_new(&d);
}

uint32_t st_fd_created(int fd, uint8_t kind, const char *path, uint16_t flags) {
    struct st_description d = {0};
    if (!begin_described(&d, fd))
        return 0;
    strncpy(d.path, path, sizeof d.path - 1);
    d.object.kind = kind;
    d.object.flags = flags;
    return end_new(&d);
}

uint32_t st_fd_created_eventfd(int fd) {
    struct st_description d = {0};
    if (!begin_new(&d, fd))
        return 0;
    st_describe_eventfd(&d);
    d.object.kind = ST_KIND_EVENTFD;
    d.object.flags = ST_OBJ_CREATED;
    return end_new(&d);
}

static void as_created_socket(struct st_description *d, int family, int type) {
    d->object.family = (uint8_t)family;
    d->object.type = (uint8_t)(type & ~(SOCK_CLOEXEC | SOCK_NONBLOCK));
    d->object.flags = ST_OBJ_CREATED;
}

uint32_t st_fd_created_socket(int fd, int family, int type) {
    struct st_description d = {0};
    if (!begin_described(&d, fd))
        return 0;
    as_created_socket(&d, family, type);
    return end_new(&d);
}

/* Each end names the other: both numbers are taken before either is told. */
uint32_t st_fd_created_pair(const int fds[2], int family, int type) {
    struct st_description ends[2] = {0};
    st_fd_take(fds[1]);
    if (!begin_new(&ends[0], fds[0]))
        return 0;
    const uint32_t numbers[2] = {new_number(), new_number()};
    for (int i = 0; i < 2; i++) {
        if (!in_table(fds[i]) || !st_describe_inode(&ends[i], fds[i]))
            continue;
        as_created_socket(&ends[i], family, type);
        ends[i].object.object = numbers[i];
        ends[i].object.local_ip = numbers[1 - i];
        ends[i].object.peer_ip = st_pid();
        ends[i].object.object = tell(&ends[i]);
    }
    st_leave();
    return ends[0].object.object;
}

uint32_t st_fd_accepted(int fd, int listener) {
    struct st_description d = {0};
    uint8_t type = st_fd_get(listener).type;
    if (!begin_described(&d, fd))
        return 0;
    st_describe_local(&d);
    st_describe_peer(&d);
    d.object.type = type;
    d.object.flags = ST_OBJ_CREATED;
    return end_new(&d);
}

/* One object, told once for each end. */
uint32_t st_fd_created_pipe(const int fds[2]) {
    struct st_description d = {0};
    st_fd_take(fds[1]);
    if (!begin_described(&d, fds[0]))
        return 0;
    d.object.flags = ST_OBJ_CREATED;
    uint32_t number = tell(&d);
    if (number != 0 && in_table(fds[1])) {
        d.object.fd = fds[1];
        d.object.flags = ST_OBJ_CREATED | ST_OBJ_WRITE_END;
        tell(&d);
    }
    st_leave();
    return number;
}

/*
 * The object again, with the addresses that it has now. `asked` is the address of a connect, to be read where the
 * kernel does not tell the peer: the one that it would have had, or the path of a server. NULL: there is no peer.
 */
void st_fd_update(int fd, uint16_t flags, const struct sockaddr *asked, socklen_t asked_bytes) {
    struct st_fd known = st_fd_get(fd), named = known;
    struct st_description d = {0};
    if (known.object == 0 || known.kind != ST_KIND_SOCKET || !st_enter())
        return;
    if (identify(&d, fd, known.object)) {
        d.object.object = known.object;
        d.object.family = known.family;
        d.object.flags = ST_OBJ_UPDATE | flags;
        st_describe_local(&d);
        if (asked != NULL) {
            st_describe_peer(&d);
            st_describe_asked(&d, asked, asked_bytes);
        }
        d.object.type = known.type;
        if (st_describe_put(&d) && !st_is_child()) {
            named.flags &= (uint8_t)~ST_FD_UNNAMED;
            atomic_compare_exchange_strong_explicit(&table[fd], &known, named, memory_order_acq_rel,
                                                    memory_order_relaxed);
        }
    }
    st_leave();
}
