#include "io.h"
#include "real.h"

int st_end_socket(struct st_call *call, int domain, int type, int protocol, int fd) {
    if (fd >= 0)
        call->object = st_fd_created_socket(fd, domain, type);
    st_end(call, &(struct st_done){.result = fd, .arg = {(uint64_t)domain, (uint64_t)type, (uint64_t)protocol}});
    return fd;
}

ST_EXPORT int socket(int domain, int type, int protocol) {
    struct st_call call;
    st_begin(&call, ST_SOCKET);
    return st_end_socket(&call, domain, type, protocol, ST_ORIGINAL(socket)(domain, type, protocol));
}

ST_EXPORT int socketpair(int domain, int type, int protocol, int fds[2]) {
    struct st_call call;
    struct st_done done = {.arg = {UINT64_MAX, UINT64_MAX, (uint64_t)type}};
    st_begin(&call, ST_SOCKETPAIR);
    int result = ST_ORIGINAL(socketpair)(domain, type, protocol, fds);
    if (result == 0) {
        call.object = st_fd_created_pair(fds, domain, type);
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

int st_end_accept(struct st_call *call, int listener, int flags, int fd) {
    if (fd >= 0)
        call->object = st_fd_accepted(fd, listener);
    st_end(call, &(struct st_done){.result = fd, .arg = {(uint64_t)listener, 0, (uint64_t)flags}});
    return fd;
}

ST_EXPORT int accept(int listener, struct sockaddr *address, socklen_t *bytes) {
    struct st_call call;
    st_begin_on(&call, ST_ACCEPT, listener);
    return st_end_accept(&call, listener, 0, ST_ORIGINAL(accept)(listener, address, bytes));
}

ST_EXPORT int accept4(int listener, struct sockaddr *address, socklen_t *bytes, int flags) {
    struct st_call call;
    st_begin_on(&call, ST_ACCEPT4, listener);
    return st_end_accept(&call, listener, flags, ST_ORIGINAL(accept4)(listener, address, bytes, flags));
}

/* Whether a connect that ended so has read its address (and may thus be read again). */
static bool has_read_address(int error) {
    return error != EFAULT && error != EBADF && error != ENOTSOCK && error != EINVAL;
}

int st_end_connect(struct st_call *call, int fd, const struct sockaddr *address, socklen_t bytes, int result) {
    if (result == 0 || has_read_address(errno))
        st_fd_update(fd, 0, address, bytes);
    st_end(call, &(struct st_done){.result = result, .arg = {(uint64_t)fd}});
    return result;
}

ST_EXPORT int connect(int fd, const struct sockaddr *address, socklen_t bytes) {
    struct st_call call;
    st_begin_on(&call, ST_CONNECT, fd);
    return st_end_connect(&call, fd, address, bytes, ST_ORIGINAL(connect)(fd, address, bytes));
}

ST_EXPORT int shutdown(int fd, int how) {
    struct st_call call;
    st_begin_on(&call, ST_SHUTDOWN, fd);
    int result = ST_ORIGINAL(shutdown)(fd, how);
    st_end(&call, &(struct st_done){.result = result, .arg = {(uint64_t)fd, (uint64_t)how}});
    return result;
}
