#include "real.h"
#include "wrapper.h"

ST_EXPORT int socket(int domain, int type, int protocol) {
    struct st_call call;
    st_begin(&call, ST_SOCKET);
    int fd = ST_ORIGINAL(socket)(domain, type, protocol);
    if (fd >= 0)
        call.object = st_fd_created_socket(fd, domain, type);
    st_end(&call, &(struct st_done){.result = fd, .arg = {(uint64_t)domain, (uint64_t)type, (uint64_t)protocol}});
    return fd;
}

ST_EXPORT int socketpair(int domain, int type, int protocol, int fds[2]) {
    struct st_call call;
    struct st_done done = {.arg = {UINT64_MAX, UINT64_MAX, (uint64_t)type}};
    st_begin(&call, ST_SOCKETPAIR);
    int result = ST_ORIGINAL(socketpair)(domain, type, protocol, fds);
    if (result == 0) {
        call.object = st_fd_created_socket(fds[0], domain, type);
        st_fd_created_socket(fds[1], domain, type);
        done.arg[0] = (uint64_t)fds[0];
        done.arg[1] = (uint64_t)fds[1];
    }
    done.result = result;
    st_end(&call, &done);
    return result;
}

/* A wrong address is the original's to refuse: it is looked at only after a call that has itself read it. */
ST_EXPORT int bind(int fd, const struct sockaddr *address, socklen_t bytes) {
    struct st_call call;
    st_begin_on(&call, ST_BIND_INET, fd);
    int result = ST_ORIGINAL(bind)(fd, address, bytes);
    if (result == 0)
        st_fd_update(fd, 0, NULL, 0);
    if (st_fd_get(fd).family == AF_UNIX)
        call.op = ST_BIND_UNIX;
    st_end(&call, &(struct st_done){.result = result, .arg = {(uint64_t)fd}});
    return result;
}

ST_EXPORT int listen(int fd, int backlog) {
    struct st_call call;
    st_begin_on(&call, ST_LISTEN, fd);
    int result = ST_ORIGINAL(listen)(fd, backlog);
    if (result == 0)
        st_fd_update(fd, ST_OBJ_LISTENING, NULL, 0);
    st_end(&call, &(struct st_done){.result = result, .arg = {(uint64_t)fd, (uint64_t)backlog}});
    return result;
}

static int accepted(struct st_call *call, int listener, int flags, int fd) {
    if (fd >= 0)
        call->object = st_fd_accepted(fd, listener);
    st_end(call, &(struct st_done){.result = fd, .arg = {(uint64_t)listener, 0, (uint64_t)flags}});
    return fd;
}

ST_EXPORT int accept(int listener, struct sockaddr *address, socklen_t *bytes) {
    struct st_call call;
    st_begin_on(&call, ST_ACCEPT, listener);
    return accepted(&call, listener, 0, ST_ORIGINAL(accept)(listener, address, bytes));
}

ST_EXPORT int accept4(int listener, struct sockaddr *address, socklen_t *bytes, int flags) {
    struct st_call call;
    st_begin_on(&call, ST_ACCEPT4, listener);
    return accepted(&call, listener, flags, ST_ORIGINAL(accept4)(listener, address, bytes, flags));
}

/* Whether a connect that ended so has read its address (and may thus be read again). */
static bool has_read_address(int error) {
    return error != EFAULT && error != EBADF && error != ENOTSOCK && error != EINVAL;
}

ST_EXPORT int connect(int fd, const struct sockaddr *address, socklen_t bytes) {
    struct st_call call;
    st_begin_on(&call, ST_CONNECT, fd);
    int result = ST_ORIGINAL(connect)(fd, address, bytes);
    if (result == 0)
        st_fd_update(fd, 0, NULL, 0);
    else if (has_read_address(errno))
        st_fd_update(fd, 0, address, bytes);
    st_end(&call, &(struct st_done){.result = result, .arg = {(uint64_t)fd}});
    return result;
}

ST_EXPORT int shutdown(int fd, int how) {
    struct st_call call;
    st_begin_on(&call, ST_SHUTDOWN, fd);
    int result = ST_ORIGINAL(shutdown)(fd, how);
    st_end(&call, &(struct st_done){.result = result, .arg = {(uint64_t)fd, (uint64_t)how}});
    return result;
}

static ssize_t moved(struct st_call *call, int fd, size_t asked, int flags, ssize_t result) {
    st_end(call, &(struct st_done){
                     .result = result,
                     .arg = {(uint64_t)fd, asked, (uint64_t)flags},
                     .length = result > 0 ? (uint32_t)result : 0,
                     .flags = flags & MSG_PEEK ? ST_F_PEEK : 0,
                 });
    return result;
}

ST_EXPORT ssize_t recv(int fd, void *data, size_t bytes, int flags) {
    struct st_call call;
    st_begin_on(&call, ST_RECV_SOCKET, fd);
    return moved(&call, fd, bytes, flags, ST_ORIGINAL(recv)(fd, data, bytes, flags));
}

ST_EXPORT ssize_t __recv_chk(int fd, void *data, size_t bytes, size_t room, int flags) {
    struct st_call call;
    st_begin_on(&call, ST_RECV_SOCKET, fd);
    return moved(&call, fd, bytes, flags, ST_ORIGINAL(__recv_chk)(fd, data, bytes, room, flags));
}

ST_EXPORT ssize_t recvfrom(int fd, void *data, size_t bytes, int flags, struct sockaddr *from, socklen_t *from_bytes) {
    struct st_call call;
    st_begin_on(&call, ST_RECVFROM, fd);
    return moved(&call, fd, bytes, flags, ST_ORIGINAL(recvfrom)(fd, data, bytes, flags, from, from_bytes));
}

ST_EXPORT ssize_t __recvfrom_chk(int fd, void *data, size_t bytes, size_t room, int flags, struct sockaddr *from,
                                 socklen_t *from_bytes) {
    struct st_call call;
    st_begin_on(&call, ST_RECVFROM, fd);
    return moved(&call, fd, bytes, flags, ST_ORIGINAL(__recvfrom_chk)(fd, data, bytes, room, flags, from, from_bytes));
}

ST_EXPORT ssize_t send(int fd, const void *data, size_t bytes, int flags) {
    struct st_call call;
    st_begin_on(&call, ST_SEND_SOCKET, fd);
    return moved(&call, fd, bytes, flags, ST_ORIGINAL(send)(fd, data, bytes, flags));
}

ST_EXPORT ssize_t sendto(int fd, const void *data, size_t bytes, int flags, const struct sockaddr *to,
                         socklen_t to_bytes) {
    struct st_call call;
    st_begin_on(&call, ST_SENDTO, fd);
    return moved(&call, fd, bytes, flags, ST_ORIGINAL(sendto)(fd, data, bytes, flags, to, to_bytes));
}

static size_t message_bytes(const struct msghdr *message, ssize_t result) {
    size_t sum = 0;
    for (size_t i = 0; result >= 0 && i < message->msg_iovlen; i++)
        sum += message->msg_iov[i].iov_len;
    return sum;
}

ST_EXPORT ssize_t recvmsg(int fd, struct msghdr *message, int flags) {
    struct st_call call;
    st_begin_on(&call, ST_RECVMSG, fd);
    ssize_t result = ST_ORIGINAL(recvmsg)(fd, message, flags);
    return moved(&call, fd, message_bytes(message, result), flags, result);
}

ST_EXPORT ssize_t sendmsg(int fd, const struct msghdr *message, int flags) {
    struct st_call call;
    st_begin_on(&call, ST_SENDMSG, fd);
    ssize_t result = ST_ORIGINAL(sendmsg)(fd, message, flags);
    return moved(&call, fd, message_bytes(message, result), flags, result);
}
