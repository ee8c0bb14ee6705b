/*
 * The dissertation's libwrapper, re-made from its appendix A as a peer to measure against: every call allocates a
 * 156-byte record (figure 5.4), asks the kernel for time, thread, process, parent, kind and addresses of the
 * descriptor, and sends the record to the manager over TCP. Where it differs: send and recv keep the caller's flags
 * (its own dropped them), and close forgets no record. ORIGINAL_MANAGER is the manager's port on the loopback;
 * ORIGINAL_PER_EVENT=1 makes a connection for every record, otherwise one is kept.
 */
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sem.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

struct metadata {
    uint16_t op, lwp, pid, ppid;
    uint32_t source_ip, dest_ip;
    uint16_t source_port, dest_port;
    uint32_t arg1, arg2, arg3, arg_pp, length;
    char path[108];
    uint32_t sec, usec;
};
_Static_assert(sizeof(struct metadata) == 156, "figure 5.4");

#define REAL(name)                                                                                                     \
    static __typeof__(&name) real;                                                                                     \
    if (real == NULL)                                                                                                  \
    real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

static int manager = -1;

static int connect_manager(void) {
    static int (*real_socket)(int, int, int);
    static int (*real_connect)(int, const struct sockaddr *, socklen_t);
    const char *port = getenv("ORIGINAL_MANAGER");
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    if (port == NULL)
        return -1;
    if (real_connect == NULL) {
        real_socket = (__typeof__(real_socket))dlsym(RTLD_NEXT, "socket");
        real_connect = (__typeof__(real_connect))dlsym(RTLD_NEXT, "connect");
    }
    address.sin_port = htons((uint16_t)atoi(port));
    int fd = real_socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && real_connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        syscall(SYS_close, fd);
        return -1;
    }
    return fd;
}

static void send_manager(const struct metadata *data) {
    static int per_event = -1;
    if (per_event < 0)
        per_event = getenv("ORIGINAL_PER_EVENT") != NULL;
    int fd = per_event ? connect_manager() : manager;
    if (fd < 0)
        fd = manager = connect_manager();
    if (fd >= 0)
        syscall(SYS_sendto, fd, data, sizeof *data, MSG_NOSIGNAL, NULL, 0);
    if (per_event && fd >= 0) {
        syscall(SYS_close, fd);
        manager = -1;
    }
}

/* The record of a call, with what every one of them asks for. */
static struct metadata *describe(uint16_t op, const struct timeval *at, long arg1, long arg2, long length) {
    struct metadata *data = malloc(sizeof *data);
    data->op = htons(op);
    data->lwp = htons((uint16_t)syscall(SYS_gettid));
    data->pid = htons((uint16_t)syscall(SYS_getpid));
    data->ppid = htons((uint16_t)syscall(SYS_getppid));
    data->source_port = data->dest_port = 0;
    data->sec = htonl((uint32_t)at->tv_sec);
    data->usec = htonl((uint32_t)at->tv_usec);
    data->arg1 = htonl((uint32_t)arg1);
    data->arg2 = htonl((uint32_t)arg2);
    data->length = htonl((uint32_t)length);
    data->path[0] = '\0';
    return data;
}

static void deliver(struct metadata *data) {
    int saved = errno;
    send_manager(data);
    free(data);
    errno = saved;
}

static void put_address(struct metadata *data, const struct sockaddr_storage *address, uint32_t *ip, uint16_t *port) {
    if (address->ss_family == AF_INET) {
        const struct sockaddr_in *in = (const struct sockaddr_in *)address;
        *ip = in->sin_addr.s_addr;
        *port = in->sin_port;
        data->arg3 = htonl(0);
    } else {
        strncpy(data->path, ((const struct sockaddr_un *)address)->sun_path, sizeof data->path - 1);
        data->arg3 = htonl(1);
    }
}

/* A read or write; of plain files nothing is sent. For a read the source is the peer, for a write it is local. */
static void moved(int fd, uint16_t on_socket, int is_read, const struct timeval *at, ssize_t result) {
    struct stat status;
    struct sockaddr_storage address;
    socklen_t bytes = sizeof address;
    int saved = errno;
    struct metadata *data = describe(on_socket, at, fd, result, result);
    fstat(fd, &status);
    if (S_ISSOCK(status.st_mode)) {
        if (getsockname(fd, (struct sockaddr *)&address, &bytes) == 0)
            put_address(data, &address, is_read ? &data->dest_ip : &data->source_ip,
                        is_read ? &data->dest_port : &data->source_port);
        bytes = sizeof address;
        if (getpeername(fd, (struct sockaddr *)&address, &bytes) == 0)
            put_address(data, &address, is_read ? &data->source_ip : &data->dest_ip,
                        is_read ? &data->source_port : &data->dest_port);
        deliver(data);
    } else if (S_ISFIFO(status.st_mode)) {
        data->op = htons(on_socket + 1);
        deliver(data);
    } else {
        free(data);
    }
    errno = saved;
}

#define MOVER(op, is_read, name, parameters, ...)                                                                      \
    EXPORT ssize_t name parameters {                                                                                   \
        struct timeval at;                                                                                             \
        gettimeofday(&at, NULL);                                                                                       \
        REAL(name);                                                                                                    \
        ssize_t result = real(__VA_ARGS__);                                                                            \
        moved(fd, op, is_read, &at, result);                                                                           \
        return result;                                                                                                 \
    }
MOVER(101, 1, read, (int fd, void *data, size_t bytes), fd, data, bytes)
MOVER(111, 0, write, (int fd, const void *data, size_t bytes), fd, data, bytes)
MOVER(121, 1, recv, (int fd, void *data, size_t bytes, int flags), fd, data, bytes, flags)
MOVER(131, 0, send, (int fd, const void *data, size_t bytes, int flags), fd, data, bytes, flags)
MOVER(231, 1, readv, (int fd, const struct iovec *vector, int count), fd, vector, count)
MOVER(241, 0, writev, (int fd, const struct iovec *vector, int count), fd, vector, count)
MOVER(251, 0, sendfile, (int fd, int from, off_t *offset, size_t bytes), fd, from, offset, bytes)

/* A call that is sent as it is: two numbers of it. */
#define PLAIN(op, type, name, parameters, arg1, arg2, ...)                                                             \
    EXPORT type name parameters {                                                                                      \
        struct timeval at;                                                                                             \
        gettimeofday(&at, NULL);                                                                                       \
        REAL(name);                                                                                                    \
        type result = real(__VA_ARGS__);                                                                               \
        deliver(describe(op, &at, (long)(arg1), (long)(arg2), 0));                                                     \
        return result;                                                                                                 \
    }
PLAIN(141, int, socket, (int family, int kind, int protocol), result, family, family, kind, protocol)
PLAIN(142, int, bind, (int fd, const struct sockaddr *address, socklen_t bytes), fd, result, fd, address, bytes)
PLAIN(144, int, listen, (int fd, int backlog), fd, result, fd, backlog)
PLAIN(145, int, accept, (int fd, struct sockaddr *address, socklen_t *bytes), fd, result, fd, address, bytes)
PLAIN(146, int, connect, (int fd, const struct sockaddr *address, socklen_t bytes), fd, result, fd, address, bytes)
PLAIN(147, int, close, (int fd), fd, result, fd)
PLAIN(161, int, dup, (int fd), fd, result, fd)
PLAIN(162, int, dup2, (int fd, int to), fd, result, fd, to)
PLAIN(171, pid_t, fork, (void), result, 0)
PLAIN(201, int, semget, (key_t key, int count, int flags), key, result, key, count, flags)
PLAIN(202, int, semop, (int id, struct sembuf *operations, size_t count), id, result, id, operations, count)
PLAIN(211, int, pipe, (int fds[2]), fds[0], fds[1], fds)
PLAIN(212, int, pipe2, (int fds[2], int flags), fds[0], fds[1], fds, flags)

EXPORT FILE *fopen(const char *path, const char *mode) {
    struct timeval at;
    struct stat status;
    gettimeofday(&at, NULL);
    REAL(fopen);
    FILE *result = real(path, mode);
    if (result != NULL) {
        fstat(fileno(result), &status);
        struct metadata *data = describe(151, &at, fileno(result), 0, 0);
        strncpy(data->path, path, sizeof data->path - 1);
        deliver(data);
    }
    return result;
}

EXPORT int fclose(FILE *file) {
    struct timeval at;
    gettimeofday(&at, NULL);
    REAL(fclose);
    int fd = fileno(file), result = real(file);
    deliver(describe(152, &at, fd, result, 0));
    return result;
}
