#include "describe.h"

#include "raw.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>

bool st_describe_inode(struct st_description *d, int fd) {
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
    d->anonymous = (status.stx_mode & S_IFMT) == 0;
    if (d->object.kind == ST_KIND_FILE && (status.stx_mask & STATX_BTIME) != 0)
        d->object.birth = (uint64_t)status.stx_btime.tv_sec * 1000000000 + status.stx_btime.tv_nsec;
    return true;
}

static void describe_unix(struct st_description *d, const struct sockaddr_un *address, size_t bytes) {
    size_t length = bytes - offsetof(struct sockaddr_un, sun_path);
    if (bytes <= offsetof(struct sockaddr_un, sun_path) || d->path[0] != '\0')
        return;
    memcpy(d->path, address->sun_path, length);
    d->path[length] = '\0';
    if (d->path[0] == '\0') /* abstract */
        d->path[0] = '@';
}

static void describe_address(struct st_description *d, const struct sockaddr *address, size_t bytes, bool peer) {
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

/* The process at the other end. */
static void describe_unix_peer(struct st_description *d) {
    struct ucred other = {0};
    int bytes = sizeof other;
    if (ST_RAW6(SYS_getsockopt, d->object.fd, SOL_SOCKET, SO_PEERCRED, &other, &bytes, 0) == 0)
        d->object.peer_ip = (uint32_t)other.pid;
}

void st_describe_local(struct st_description *d) {
    struct sockaddr_storage address;
    int bytes = sizeof address;
    if (ST_RAW3(SYS_getsockname, d->object.fd, &address, &bytes) == 0)
        describe_address(d, (struct sockaddr *)&address, (size_t)bytes, false);
}

void st_describe_peer(struct st_description *d) {
    struct sockaddr_storage address;
    int bytes = sizeof address;
    if (d->object.family == AF_UNIX)
        describe_unix_peer(d);
    else if (ST_RAW3(SYS_getpeername, d->object.fd, &address, &bytes) == 0)
        describe_address(d, (struct sockaddr *)&address, (size_t)bytes, true);
}

void st_describe_asked(struct st_description *d, const struct sockaddr *address, size_t bytes) {
    static const uint8_t none[16];
    bool same_family =
        bytes >= sizeof(sa_family_t) &&
        (address->sa_family == d->object.family || (address->sa_family == AF_INET && d->object.family == AF_INET6));
    if (same_family && memcmp(d->peer, none, sizeof none) == 0)
        describe_address(d, address, bytes, true);
}

/* /proc/self/DIRECTORY/FD */
static void proc_name(char name[40], const char *directory, int fd) {
    char digits[12];
    int count = 0;
    strcpy(name, directory);
    do
        digits[count++] = (char)('0' + fd % 10);
    while ((fd /= 10) != 0);
    for (size_t at = strlen(name); count > 0; at++) {
        name[at] = digits[--count];
        name[at + 1] = '\0';
    }
}

void st_describe_eventfd(struct st_description *d) {
    static const char label[] = "eventfd-id:";
    char name[40], text[512];
    proc_name(name, "/proc/self/fdinfo/", d->object.fd);
    long fd = ST_RAW3(SYS_open, name, O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0)
        return;
    long bytes = ST_RAW3(SYS_read, fd, text, sizeof text - 1);
    ST_RAW1(SYS_close, fd);
    text[bytes > 0 ? bytes : 0] = '\0';
    if (strstr(text, "eventfd-count:") == NULL)
        return;
    d->object.kind = ST_KIND_EVENTFD;
    d->object.device = d->object.inode = 0;
    const char *id = strstr(text, label); /* since Linux 5.2 */
    for (id += id != NULL ? sizeof label - 1 : 0; id != NULL && (*id == ' ' || (*id >= '0' && *id <= '9')); id++)
        if (*id != ' ')
            d->object.inode = d->object.inode * 10 + (uint64_t)(*id - '0');
}

/* The link of /proc names files and FIFOs, and tells shared memory from other files. */
static void describe_link(struct st_description *d) {
    char name[40];
    proc_name(name, "/proc/self/fd/", d->object.fd);
    long length = ST_RAW3(SYS_readlink, name, d->path, sizeof d->path - 1);
    d->path[length > 0 ? length : 0] = '\0';
    if (strncmp(d->path, "/memfd:", 7) == 0)
        d->object.kind = ST_KIND_MEMORY;
    if (d->path[0] != '/')
        d->path[0] = '\0';
}

bool st_describe_unseen(struct st_description *d, int fd) {
    if (!st_describe_inode(d, fd))
        return false;
    if (d->object.kind == ST_KIND_SOCKET) {
        st_describe_local(d);
        st_describe_peer(d);
    } else if (d->anonymous) {
        st_describe_eventfd(d);
    } else {
        describe_link(d);
    }
    if (d->object.kind == ST_KIND_PIPE && (ST_RAW2(SYS_fcntl, fd, F_GETFL) & O_ACCMODE) == O_WRONLY)
        d->object.flags |= ST_OBJ_WRITE_END;
    return true;
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

/* An AF_INET6 socket that holds an IPv4-mapped address is told as AF_INET. */
bool st_describe_put(struct st_description *d) {
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
