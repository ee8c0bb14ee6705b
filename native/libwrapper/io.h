/*
 * How calls end that move bytes or make descriptors: shared by the wrappers of one call's many names, and by syscall().
 * Each end tells the call and returns its result.
 */
#ifndef ST_IO_H
#define ST_IO_H

#include "wrapper.h"

struct epoll_event;

/* transfers.c */
size_t st_vector_bytes(const struct iovec *vector, size_t count);
uint8_t st_direction_on(int fd, uint8_t direction); /* ST_NEITHER unless `fd` is a socket or a pipe */
ssize_t st_moved_vector(struct st_call *call, int fd, uint8_t direction, const struct iovec *vector, int count,
                        uint64_t third, ssize_t result);

static inline ssize_t st_moved(struct st_call *call, int fd, uint8_t direction, const void *data, size_t bytes,
                               uint64_t third, ssize_t result) {
    const struct iovec all = {(void *)data, bytes};
    st_end(call, &(struct st_done){
                     .result = result,
                     .arg = {(uint64_t)fd, bytes, third},
                     .length = result > 0 ? (uint32_t)result : 0,
                     .direction = direction,
                     .parts = 1,
                     .moved = &all,
                 });
    return result;
}

/* read and write: READ_FILE and WRITE_FILE are of what is neither socket nor pipe. */
static inline uint8_t st_direction_of(const struct st_call *call, uint8_t direction) {
    return call->op == ST_READ_FILE || call->op == ST_WRITE_FILE ? ST_NEITHER : direction;
}

/* messages.c. `room` is st_address_room, asked before the call, of the length that stands beside an address. */
socklen_t st_address_room(uintptr_t bytes);
ssize_t st_end_recvfrom(struct st_call *call, int fd, const void *data, size_t bytes, int flags,
                        const struct sockaddr *from, const socklen_t *from_bytes, socklen_t room, ssize_t result);
ssize_t st_end_sendto(struct st_call *call, int fd, const void *data, size_t bytes, int flags,
                      const struct sockaddr *to, socklen_t to_bytes, ssize_t result);
ssize_t st_end_recvmsg(struct st_call *call, int fd, const struct msghdr *message, int flags, socklen_t room,
                       ssize_t result);
ssize_t st_end_sendmsg(struct st_call *call, int fd, const struct msghdr *message, int flags, ssize_t result);

int st_end_messages(struct st_call *call, int fd, uint8_t direction, const struct mmsghdr *messages, int flags,
                    socklen_t room, int result);

/* sockets.c */
int st_end_socket(struct st_call *call, int domain, int type, int protocol, int fd);
int st_end_accept(struct st_call *call, int listener, int flags, int fd);
int st_end_connect(struct st_call *call, int fd, const struct sockaddr *address, socklen_t bytes, int result);

/* descriptors.c, files.c */
void st_begin_close(struct st_call *call, int fd);
int st_end_close(struct st_call *call, int fd, int result);
int st_end_dup(struct st_call *call, int from, int to, uint64_t third, int result);
int st_end_pipe(struct st_call *call, const int fds[2], int flags, int result);
int st_end_eventfd(struct st_call *call, unsigned int initial, int flags, int fd);
int st_end_open(struct st_call *call, const char *path, int flags, int fd);

/* polling.c */
int st_end_epoll_create(struct st_call *call, int first, int fd);
int st_end_epoll_ctl(struct st_call *call, int epoll, int operation, int fd, int result);
int st_end_epoll_wait(struct st_call *call, int epoll, int room, int64_t timeout_ms, int result);

#endif
