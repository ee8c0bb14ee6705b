/*
 * The descriptor table: what each descriptor of this process stands for. A descriptor that a call made is described at
 * once, one that was inherited when it is first used; either takes at most three system calls, and none later.
 */
#include "raw.h"
#include "wrapper.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>

/* Descriptors beyond it are recorded without an object. */
#define TABLE_SIZE 65536

static _Atomic(struct st_fd) table[TABLE_SIZE];

/* An OBJECT being filled, with what goes into its continuations. */
struct description {
    struct st_object object;
    char path[256];
    uint8_t local[16], peer[16]; /* AF_INET and AF_INET6 addresses, the former IPv4-mapped */
};

static bool in_table(int fd) {
    return fd >= 0 && fd < TABLE_SIZE;
}

static void set(int fd, struct st_fd known) {
    if (in_table(fd))
        atomic_store_explicit(&table[fd], known, memory_order_release);
}

static uint32_t new_number(void) {
    return __atomic_fetch_add(&st_arena->next_object, 1, __ATOMIC_RELAXED);
}

static void describe_unix(struct description *d, const struct sockaddr_un *address, size_t bytes) {
    size_t length = bytes - offsetof(struct sockaddr_un, sun_path);
    if (bytes <= offsetof(struct sockaddr_un, sun_path) || d->path[0] != '\0')
        return;
    memcpy(d->path, address->sun_path, length);
    d->path[length] = '\0';
    if (d->path[0] == '\0') /* abstract */
        d->path[0] = '@';
}

static void describe_address(struct description *d, const struct sockaddr *address, size_t bytes, bool peer) {
    static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    uint8_t *wide = peer ? d->peer : d->local;
    in_port_t port = 0;
    if (bytes < sizeof(sa_family_t))
        return;
    if (!peer)
        d->object.family = (uint8_t)address->sa_family;
    if (address->sa_family == AF_INET && bytes >= sizeof(struct sockaddr_in)) {
        const struct sockaddr_in *in = (const struct sockaddr_in *)address;
        memcpy(wide, mapped, sizeof mapped);
        memcpy(wide + sizeof mapped, &in->sin_addr, 4);
        port = in->sin_port;
    } else if (address->sa_family == AF_INET6 && bytes >= sizeof(struct sockaddr_in6)) {
        const struct sockaddr_in6 *in = (const struct sockaddr_in6 *)address;
        memcpy(wide, &in->sin6_addr, 16);
        port = in->sin6_port;
    } else if (address->sa_family == AF_UNIX && bytes <= sizeof(struct sockaddr_un)) {
        describe_unix(d, (const struct sockaddr_un *)address, bytes);
    }
    *(peer ? &d->object.peer_port : &d->object.local_port) = ntohs(port);
}

static bool is_narrow(const uint8_t wide[16]) {
    return IN6_IS_ADDR_V4MAPPED((const struct in6_addr *)wide) ||
           IN6_IS_ADDR_UNSPECIFIED((const struct in6_addr *)wide);
}

static uint32_t narrow(const uint8_t wide[16]) {
    uint32_t address;
    memcpy(&address, wide + 12, sizeof address);
    return ntohl(address);
}

/* Emits the description. An AF_INET6 socket that holds an IPv4-mapped address is told as AF_INET. */
static bool put(struct description *d) {
    bool inet = d->object.kind == ST_KIND_SOCKET && (d->object.family == AF_INET || d->object.family == AF_INET6);
    if (!inet)
        return st_put_object(&d->object, d->path, strlen(d->path));
    bool mapped = IN6_IS_ADDR_V4MAPPED((const struct in6_addr *)d->local) ||
                  IN6_IS_ADDR_V4MAPPED((const struct in6_addr *)d->peer);
    if (d->object.family == AF_INET || (mapped && is_narrow(d->local) && is_narrow(d->peer))) {
        d->object.family = AF_INET;
        d->object.local_ip = narrow(d->local);
        d->object.peer_ip = narrow(d->peer);
        return st_put_object(&d->object, NULL, 0);
    }
    return st_put_object(&d->object, d->local, sizeof d->local + sizeof d->peer);
}

static void describe_socket(struct description *d) {
    struct sockaddr_storage address;
    int bytes = sizeof address;
    if (ST_RAW3(SYS_getsockname, d->object.fd, &address, &bytes) == 0)
        describe_address(d, (struct sockaddr *)&address, (size_t)bytes, false);
    bytes = sizeof address;
    if (ST_RAW3(SYS_getpeername, d->object.fd, &address, &bytes) == 0)
        describe_address(d, (struct sockaddr *)&address, (size_t)bytes, true);
}

/* The link of /proc names files and FIFOs, and tells an eventfd from other anonymous inodes. */
static void describe_link(struct description *d) {
    char link[32] = "/proc/self/fd/", digits[12];
    int count = 0;
    for (int fd = d->object.fd; count == 0 || fd != 0; fd /= 10)
        digits[count++] = (char)('0' + fd % 10);
    for (size_t at = strlen(link); count > 0; at++)
        link[at] = digits[--count];
    long length = ST_RAW3(SYS_readlink, link, d->path, sizeof d->path - 1);
    d->path[length > 0 ? length : 0] = '\0';
    if (strcmp(d->path, "anon_inode:[eventfd]") == 0)
        d->object.kind = ST_KIND_EVENTFD;
    if (d->path[0] != '/')
        d->path[0] = '\0';
}

static bool describe_inode(struct description *d, int fd) {
    struct statx status;
    d->object.fd = fd;
    if (ST_RAW6(SYS_statx, fd, "", AT_EMPTY_PATH, STATX_TYPE | STATX_INO | STATX_BTIME, &status, 0) != 0)
        return false;
    d->object.inode = status.stx_ino;
    d->object.device = makedev(status.stx_dev_major, status.stx_dev_minor);
    d->object.kind = S_ISSOCK(status.stx_mode)   ? ST_KIND_SOCKET
                     : S_ISFIFO(status.stx_mode) ? ST_KIND_PIPE
                     : S_ISREG(status.stx_mode)  ? ST_KIND_FILE
                                                 : ST_KIND_OTHER;
    if (d->object.kind == ST_KIND_FILE && (status.stx_mask & STATX_BTIME) != 0)
        d->object.birth = (uint64_t)status.stx_btime.tv_sec * 1000000000 + status.stx_btime.tv_nsec;
    return true;
}

static struct st_fd entry(const struct st_object *object) {
    return (struct st_fd){
        .object = object->object, .kind = object->kind, .family = object->family, .type = object->type};
}

/* What the first use of `fd` tells of it. Run inside the recorder. */
static struct st_fd learn(int fd) {
    struct st_fd unknown = {0};
    struct description d = {0};
    if (!st_claim() || !describe_inode(&d, fd))
        return unknown;
    if (d.object.kind == ST_KIND_SOCKET)
        describe_socket(&d);
    else
        describe_link(&d);
    if (d.object.kind == ST_KIND_PIPE && (ST_RAW2(SYS_fcntl, fd, F_GETFL) & O_ACCMODE) == O_WRONLY)
        d.object.flags |= ST_OBJ_WRITE_END;
    d.object.object = new_number();
    struct st_fd learnt = entry(&d.object), seen = unknown;
    if (!atomic_compare_exchange_strong_explicit(&table[fd], &seen, learnt, memory_order_acq_rel, memory_order_acquire))
        return seen; /* another thread was faster */
    if (!put(&d)) {
        set(fd, unknown); /* nobody was told: learn it again at the next use */
        learnt.object = 0;
    }
    return learnt;
}

struct st_fd st_fd_get(int fd) {
    struct st_fd known = {0};
    if (ST_UNLIKELY(!in_table(fd)))
        return known;
    known = atomic_load_explicit(&table[fd], memory_order_acquire);
    if (ST_UNLIKELY(known.object == 0) && st_enter()) {
        known = learn(fd);
        st_leave();
    }
    return known;
}

struct st_fd st_fd_take(int fd) {
    struct st_fd none = {0};
    return in_table(fd) && st_recording() ? atomic_exchange_explicit(&table[fd], none, memory_order_acq_rel) : none;
}

void st_fd_put(int fd, struct st_fd known) {
    if (st_recording())
        set(fd, known);
}

void st_fd_forget_range(unsigned int first, unsigned int last) {
    for (unsigned int fd = first; fd <= last && fd < TABLE_SIZE; fd++) {
        struct st_fd known = atomic_load_explicit(&table[fd], memory_order_relaxed);
        if (known.object != 0)
            st_fd_take((int)fd);
    }
}

/* Enters a new object for `fd`, even where nobody can be told of it: what stood there before is gone. */
static bool begin_new(struct description *d, int fd) {
    st_fd_take(fd);
    if (!in_table(fd) || !st_enter())
        return false;
    if (st_claim() && describe_inode(d, fd))
        return true;
    st_leave();
    return false;
}

static uint32_t end_new(struct description *d) {
    d->object.object = new_number();
    bool told = put(d);
    if (told)
        set(d->object.fd, entry(&d->object));
    st_leave();
    return told ? d->object.object : 0;
}

uint32_t st_fd_opened(int fd, const char *path, int flags) {
    struct description d = {0};
    if (!begin_new(&d, fd))
        return 0;
    strncpy(d.path, path, sizeof d.path - 1);
    if ((flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL))
        d.object.flags |= ST_OBJ_CREATED;
    if (d.object.kind == ST_KIND_PIPE && (flags & O_ACCMODE) == O_WRONLY)
        d.object.flags |= ST_OBJ_WRITE_END;
    return end_new(&d);
}

uint32_t st_fd_created_eventfd(int fd) {
    struct description d = {0};
    if (!begin_new(&d, fd))
        return 0;
    d.object.kind = ST_KIND_EVENTFD;
    d.object.flags = ST_OBJ_CREATED;
    return end_new(&d);
}

uint32_t st_fd_created_socket(int fd, int family, int type) {
    struct description d = {0};
    if (!begin_new(&d, fd))
        return 0;
    d.object.family = (uint8_t)family;
    d.object.type = (uint8_t)(type & ~(SOCK_CLOEXEC | SOCK_NONBLOCK));
    d.object.flags = ST_OBJ_CREATED;
    return end_new(&d);
}

uint32_t st_fd_accepted(int fd, int listener) {
    struct description d = {0};
    uint8_t type = st_fd_get(listener).type;
    if (!begin_new(&d, fd))
        return 0;
    describe_socket(&d);
    d.object.type = type;
    d.object.flags = ST_OBJ_CREATED;
    return end_new(&d);
}

/* One object, told once for each end. */
uint32_t st_fd_created_pipe(const int fds[2]) {
    struct description d = {0};
    st_fd_take(fds[1]);
    if (!begin_new(&d, fds[0]))
        return 0;
    d.object.flags = ST_OBJ_CREATED;
    uint32_t number = end_new(&d);
    if (number == 0 || !in_table(fds[1]) || !st_enter())
        return number;
    d.object.fd = fds[1];
    d.object.flags = ST_OBJ_CREATED | ST_OBJ_WRITE_END;
    if (put(&d))
        set(fds[1], entry(&d.object));
    st_leave();
    return number;
}

/*
 * The object again, with the addresses that it has now. `asked` is the address of a connect that did not complete: the
 * peer that it would have had.
 */
void st_fd_update(int fd, uint16_t flags, const struct sockaddr *asked, socklen_t asked_bytes) {
    struct st_fd known = st_fd_get(fd);
    struct description d = {0};
    if (known.object == 0 || !st_enter())
        return;
    if (describe_inode(&d, fd) && d.object.kind == ST_KIND_SOCKET) {
        describe_socket(&d);
        if (asked != NULL)
            describe_address(&d, asked, asked_bytes, true);
        d.object.object = known.object;
        d.object.type = known.type;
        d.object.flags = ST_OBJ_UPDATE | flags;
        put(&d);
    }
    st_leave();
}
