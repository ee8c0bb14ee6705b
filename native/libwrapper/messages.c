/* send, recv and their forms with addresses, control messages and many messages at once. */
#include "io.h"
#include "real.h"

#include <netinet/in.h>
#include <string.h>

/* What one call, or one message of a call, moved. */
struct message {
    const struct iovec *vector;
    size_t parts;
    size_t asked;
    const struct sockaddr *peer;
    socklen_t peer_bytes;
};

/* Above a frame of ours by no more than this: on the caller's stack. */
#define STACK_REACH 65536

/*
 * The room that a caller gives for an address. The kernel writes the address's own length over it, so it is read before
 * the call; but only on the stack, where almost every caller has it, as elsewhere a wrong pointer is the original's to
 * refuse. What stands elsewhere is taken to be enough.
 */
socklen_t st_address_room(uintptr_t bytes) {
    bool on_stack = bytes - (uintptr_t)__builtin_frame_address(0) < STACK_REACH;
    return on_stack ? *(const socklen_t *)bytes : sizeof(struct sockaddr_storage);
}

/* A whole address of a family that an OBJECT tells too. */
static bool is_told(const struct sockaddr *peer, socklen_t bytes) {
    if (bytes < sizeof(sa_family_t))
        return false;
    switch (peer->sa_family) {
    case AF_INET:
        return bytes >= sizeof(struct sockaddr_in);
    case AF_INET6:
        return bytes >= sizeof(struct sockaddr_in6);
    default:
        return peer->sa_family == AF_UNIX && bytes > sizeof(sa_family_t);
    }
}

static struct st_done message_done(int fd, uint8_t direction, int flags, const struct message *message,
                                   ssize_t result) {
    struct st_done done = {
        .result = result,
        .arg = {(uint64_t)fd, message->asked, (uint64_t)flags},
        .flags = flags & MSG_PEEK ? ST_F_PEEK : 0,
    };
    if (result < 0 || (direction == ST_TAKEN && (flags & MSG_ERRQUEUE) != 0)) /* what comes back is an own message */
        return done;
    done.length = (uint32_t)((size_t)result < message->asked ? (size_t)result : message->asked);
    done.direction = direction;
    done.parts = (uint8_t)(message->parts < UINT8_MAX ? message->parts : UINT8_MAX);
    done.moved = message->vector;
    if (message->peer_bytes == 0 && (flags & MSG_TRUNC) == 0)
        return done;
    uint8_t type = st_fd_get(fd).type;
    if (direction == ST_TAKEN && (flags & MSG_TRUNC) != 0 && type != SOCK_DGRAM) /* TCP throws them away */
        done.moved = NULL;
    if (type != SOCK_STREAM && type != SOCK_SEQPACKET && is_told(message->peer, message->peer_bytes)) {
        done.peer = message->peer;
        done.peer_bytes = message->peer_bytes;
    }
    return done;
}

static struct message single(const struct iovec *all) {
    return (struct message){.vector = all, .parts = 1, .asked = all->iov_len};
}

/* Of a header that the original has read. */
static struct message headed(const struct msghdr *header, socklen_t room) {
    socklen_t bytes = header->msg_name != NULL ? header->msg_namelen : 0;
    return (struct message){
        .vector = header->msg_iov,
        .parts = header->msg_iovlen,
        .asked = st_vector_bytes(header->msg_iov, header->msg_iovlen),
        .peer = header->msg_name,
        .peer_bytes = bytes < room ? bytes : room,
    };
}

/* A datagram socket has a port from its first message on; MSG_FASTOPEN connects. */
static void named_by_sending(int fd, int flags, const struct sockaddr *to, socklen_t to_bytes, ssize_t result) {
    if (to == NULL || to_bytes == 0)
        return;
    if ((flags & MSG_FASTOPEN) != 0 && (result >= 0 || errno == EINPROGRESS))
        st_fd_update(fd, 0, to, to_bytes);
    else if (result >= 0 && (st_fd_get(fd).flags & ST_FD_UNNAMED) != 0)
        st_fd_update(fd, 0, NULL, 0);
}

/* Descriptors that came with a message are not those that had their numbers before. */
static void forget_received(const struct msghdr *header) {
    for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c != NULL; c = CMSG_NXTHDR((struct msghdr *)header, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        for (size_t at = CMSG_LEN(0); at + sizeof(int) <= c->cmsg_len; at += sizeof(int)) {
            int fd;
            memcpy(&fd, (const char *)c + at, sizeof fd);
            st_fd_take(fd);
        }
    }
}

ssize_t st_end_recvfrom(struct st_call *call, int fd, const void *data, size_t bytes, int flags,
                        const struct sockaddr *from, const socklen_t *from_bytes, socklen_t room, ssize_t result) {
    const struct iovec all = {(void *)data, bytes};
    struct message message = single(&all);
    if (from != NULL && result >= 0) {
        message.peer = from;
        message.peer_bytes = *from_bytes < room ? *from_bytes : room;
    }
    struct st_done done = message_done(fd, ST_TAKEN, flags, &message, result);
    st_end(call, &done);
    return result;
}

ssize_t st_end_sendto(struct st_call *call, int fd, const void *data, size_t bytes, int flags,
                      const struct sockaddr *to, socklen_t to_bytes, ssize_t result) {
    const struct iovec all = {(void *)data, bytes};
    struct message message = single(&all);
    message.peer = to;
    message.peer_bytes = to != NULL ? to_bytes : 0;
    named_by_sending(fd, flags, to, to_bytes, result);
    struct st_done done = message_done(fd, ST_SENT, flags, &message, result);
    st_end(call, &done);
    return result;
}

ssize_t st_end_recvmsg(struct st_call *call, int fd, const struct msghdr *message, int flags, socklen_t room,
                       ssize_t result) {
    struct message taken = {0};
    if (result >= 0) {
        forget_received(message);
        taken = headed(message, room);
    }
    struct st_done done = message_done(fd, ST_TAKEN, flags, &taken, result);
    st_end(call, &done);
    return result;
}

ssize_t st_end_sendmsg(struct st_call *call, int fd, const struct msghdr *message, int flags, ssize_t result) {
    struct message sent = {0};
    if (result >= 0 || ((flags & MSG_FASTOPEN) != 0 && errno == EINPROGRESS)) {
        sent = headed(message, message->msg_namelen);
        named_by_sending(fd, flags, sent.peer, sent.peer_bytes, result);
    }
    struct st_done done = message_done(fd, ST_SENT, flags, &sent, result);
    st_end(call, &done);
    return result;
}

ST_EXPORT ssize_t recv(int fd, void *data, size_t bytes, int flags) {
    struct st_call call;
    st_begin_on(&call, ST_RECV_SOCKET, fd);
    return st_end_recvfrom(&call, fd, data, bytes, flags, NULL, NULL, 0, ST_ORIGINAL(recv)(fd, data, bytes, flags));
}

ST_EXPORT ssize_t __recv_chk(int fd, void *data, size_t bytes, size_t room, int flags) {
    struct st_call call;
    st_begin_on(&call, ST_RECV_SOCKET, fd);
    return st_end_recvfrom(&call, fd, data, bytes, flags, NULL, NULL, 0,
                           ST_ORIGINAL(__recv_chk)(fd, data, bytes, room, flags));
}

ST_EXPORT ssize_t recvfrom(int fd, void *data, size_t bytes, int flags, struct sockaddr *from, socklen_t *from_bytes) {
    struct st_call call;
    socklen_t from_room = st_address_room((uintptr_t)from_bytes);
    st_begin_on(&call, ST_RECVFROM, fd);
    return st_end_recvfrom(&call, fd, data, bytes, flags, from, from_bytes, from_room,
                           ST_ORIGINAL(recvfrom)(fd, data, bytes, flags, from, from_bytes));
}

ST_EXPORT ssize_t __recvfrom_chk(int fd, void *data, size_t bytes, size_t room, int flags, struct sockaddr *from,
                                 socklen_t *from_bytes) {
    struct st_call call;
    socklen_t from_room = st_address_room((uintptr_t)from_bytes);
    st_begin_on(&call, ST_RECVFROM, fd);
    return st_end_recvfrom(&call, fd, data, bytes, flags, from, from_bytes, from_room,
                           ST_ORIGINAL(__recvfrom_chk)(fd, data, bytes, room, flags, from, from_bytes));
}

ST_EXPORT ssize_t send(int fd, const void *data, size_t bytes, int flags) {
    struct st_call call;
    st_begin_on(&call, ST_SEND_SOCKET, fd);
    return st_end_sendto(&call, fd, data, bytes, flags, NULL, 0, ST_ORIGINAL(send)(fd, data, bytes, flags));
}

ST_EXPORT ssize_t sendto(int fd, const void *data, size_t bytes, int flags, const struct sockaddr *to,
                         socklen_t to_bytes) {
    struct st_call call;
    st_begin_on(&call, ST_SENDTO, fd);
    return st_end_sendto(&call, fd, data, bytes, flags, to, to_bytes,
                         ST_ORIGINAL(sendto)(fd, data, bytes, flags, to, to_bytes));
}

static uintptr_t name_bytes(const struct msghdr *message) {
    return (uintptr_t)message + offsetof(struct msghdr, msg_namelen);
}

ST_EXPORT ssize_t recvmsg(int fd, struct msghdr *message, int flags) {
    struct st_call call;
    socklen_t room = st_address_room(name_bytes(message));
    st_begin_on(&call, ST_RECVMSG, fd);
    return st_end_recvmsg(&call, fd, message, flags, room, ST_ORIGINAL(recvmsg)(fd, message, flags));
}

ST_EXPORT ssize_t sendmsg(int fd, const struct msghdr *message, int flags) {
    struct st_call call;
    st_begin_on(&call, ST_SENDMSG, fd);
    return st_end_sendmsg(&call, fd, message, flags, ST_ORIGINAL(sendmsg)(fd, message, flags));
}

/* One record a message, all with the time at which the call began. */
int st_end_messages(struct st_call *call, int fd, uint8_t direction, const struct mmsghdr *messages, int flags,
                    socklen_t room, int result) {
    if (result <= 0)
        st_end(call, &(struct st_done){.result = result, .arg = {(uint64_t)fd, 0, (uint64_t)flags}});
    for (int i = 0; i < result; i++) {
        const struct msghdr *header = &messages[i].msg_hdr;
        struct message message = headed(header, direction == ST_SENT ? header->msg_namelen : room);
        if (direction == ST_TAKEN)
            forget_received(header);
        else
            named_by_sending(fd, flags, message.peer, message.peer_bytes, result);
        struct st_done done = message_done(fd, direction, flags, &message, messages[i].msg_len);
        done.arg[1] = (uint64_t)i;
        done.more = i + 1 < result;
        st_end(call, &done);
    }
    return result;
}

ST_EXPORT int recvmmsg(int fd, struct mmsghdr *messages, unsigned int count, int flags, struct timespec *timeout) {
    struct st_call call;
    socklen_t room = st_address_room(name_bytes(&messages->msg_hdr)); /* the others have as much */
    st_begin_on(&call, ST_RECVMMSG, fd);
    return st_end_messages(&call, fd, ST_TAKEN, messages, flags, room,
                           ST_ORIGINAL(recvmmsg)(fd, messages, count, flags, timeout));
}

ST_EXPORT int sendmmsg(int fd, struct mmsghdr *messages, unsigned int count, int flags) {
    struct st_call call;
    st_begin_on(&call, ST_SENDMMSG, fd);
    return st_end_messages(&call, fd, ST_SENT, messages, flags, 0, ST_ORIGINAL(sendmmsg)(fd, messages, count, flags));
}
