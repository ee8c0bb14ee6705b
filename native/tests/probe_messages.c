/* Scenarios of sockets whose calls have a peer of their own, and of AF_UNIX sockets. */
#include "probe.h"

#include "../libwrapper/raw.h"

#include <fcntl.h>
#include <linux/errqueue.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

ssize_t __recvfrom_chk(int, void *, size_t, size_t, int, struct sockaddr *, socklen_t *);

enum { NONE = ST_KIND_NONE, SOCK = ST_KIND_SOCKET, PIPE = ST_KIND_PIPE };

static char data[64];

/* Which receives what which sends, from an address of its own; named by the calls alone, never connected. */
static void datagrams(int family, const struct sockaddr *address, socklen_t bytes) {
    struct sockaddr_storage bound, from;
    socklen_t bound_bytes = sizeof bound, from_bytes = sizeof from;
    int bind_op = family == AF_UNIX ? ST_BIND_UNIX : ST_BIND_INET;
    int server = (int)CALL(SOCKET, SOCK, family, SOCK_DGRAM, 0, 0, socket(family, SOCK_DGRAM, 0));
    errno = 77;
    probe_expect(bind_op, bind(server, address, bytes), errno, server, 0, 0, 0, SOCK);
    getsockname(server, (struct sockaddr *)&bound, &bound_bytes);
    int client = (int)CALL(SOCKET, SOCK, family, SOCK_DGRAM, 0, 0, socket(family, SOCK_DGRAM, 0));
    if (family == AF_UNIX) {
        struct sockaddr_un own = {.sun_family = AF_UNIX};
        snprintf(own.sun_path, sizeof own.sun_path, "%s.client", getenv("PROBE_LOG"));
        unlink(own.sun_path);
        CALL(BIND_UNIX, SOCK, client, 0, 0, 0, bind(client, (struct sockaddr *)&own, sizeof own));
    }
    struct sockaddr *to = (struct sockaddr *)&bound, *sender = (struct sockaddr *)&from;
    CALL(SENDTO, SOCK, client, 5, 0, 5, sendto(client, "hello", 5, 0, to, bound_bytes));
    CALL(RECVFROM, SOCK, server, 64, 0, 5, recvfrom(server, data, 64, 0, sender, &from_bytes));
    CALL(SENDTO, SOCK, server, 6, 0, 6, sendto(server, "answer", 6, 0, sender, from_bytes));
    from_bytes = sizeof from;
    CALL(RECVFROM, SOCK, client, 64, MSG_PEEK, 6,
         __recvfrom_chk(client, data, 64, sizeof data, MSG_PEEK, sender, &from_bytes));
    CALL(RECVFROM, SOCK, client, 64, 0, 6, recvfrom(client, data, 64, 0, NULL, NULL));

    struct iovec vector[2] = {{data, 3}, {data + 3, 4}};
    struct msghdr sent = {.msg_name = to, .msg_namelen = bound_bytes, .msg_iov = vector, .msg_iovlen = 2};
    struct msghdr taken = {.msg_name = sender, .msg_namelen = sizeof from, .msg_iov = vector, .msg_iovlen = 2};
    CALL(SENDMSG, SOCK, client, 7, 0, 7, sendmsg(client, &sent, 0));
    CALL(RECVMSG, SOCK, server, 7, 0, 7, recvmsg(server, &taken, 0));
    CALL(SENDTO, SOCK, client, 20, 0, 20, sendto(client, data, 20, 0, to, bound_bytes));
    CALL(RECVFROM, SOCK, server, 4, MSG_TRUNC, 4, recvfrom(server, data, 4, MSG_TRUNC, NULL, NULL));
    CALL(SENDTO, SOCK, client, 0, 0, 0, sendto(client, data, 0, 0, to, bound_bytes));
    CALL(RECV_SOCKET, SOCK, server, 64, 0, 0, recv(server, data, 64, 0));

    struct mmsghdr many[3];
    for (int i = 0; i < 3; i++)
        many[i].msg_hdr =
            (struct msghdr){.msg_name = to, .msg_namelen = bound_bytes, .msg_iov = vector, .msg_iovlen = 1};
    errno = 77;
    sendmmsg(client, many, 3, 0);
    for (int i = 0; i < 3; i++)
        probe_expect(ST_SENDMMSG, 3, errno, client, i, 0, 3, SOCK);
    for (int i = 0; i < 3; i++)
        many[i].msg_hdr =
            (struct msghdr){.msg_name = sender, .msg_namelen = sizeof from, .msg_iov = vector, .msg_iovlen = 2};
    errno = 77;
    recvmmsg(server, many, 3, MSG_WAITFORONE, NULL);
    for (int i = 0; i < 3; i++)
        probe_expect(ST_RECVMMSG, 3, errno, server, i, MSG_WAITFORONE, 3, SOCK);
    CALL(RECVMMSG, SOCK, server, 0, MSG_DONTWAIT, 0, recvmmsg(server, many, 3, MSG_DONTWAIT, NULL)); /* EAGAIN */

    CALL(SENDTO, SOCK, client, 1, 0, 0, sendto(client, data, 1, 0, (struct sockaddr *)8, bound_bytes)); /* EFAULT */
    CALL(SENDTO, SOCK, client, 1, 0, 1, sendto(client, data, 1, 0, to, bound_bytes));
    CALL(RECVFROM, SOCK, server, 64, 0, 0, recvfrom(server, data, 64, 0, sender, (socklen_t *)8)); /* EFAULT */
    CALL(RECVMSG, SOCK, server, 0, 0, 0, recvmsg(server, (struct msghdr *)8, 0));                  /* EFAULT */
    CALL(CLOSE, SOCK, client, 0, 0, 0, close(client));
    CALL(CLOSE, SOCK, server, 0, 0, 0, close(server));
}

int scenario_datagrams(void) {
    struct sockaddr_in inet4 = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_in6 inet6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    struct sockaddr_in6 mapped = {.sin6_family = AF_INET6};
    struct sockaddr_un local = {.sun_family = AF_UNIX};
    memcpy(&mapped.sin6_addr, "\0\0\0\0\0\0\0\0\0\0\xff\xff\x7f\0\0\1", 16);
    snprintf(local.sun_path, sizeof local.sun_path, "%s.server", getenv("PROBE_LOG"));
    unlink(local.sun_path);
    datagrams(AF_INET, (struct sockaddr *)&inet4, sizeof inet4);
    datagrams(AF_INET6, (struct sockaddr *)&inet6, sizeof inet6);
    datagrams(AF_INET6, (struct sockaddr *)&mapped, sizeof mapped);
    datagrams(AF_UNIX, (struct sockaddr *)&local, sizeof local);
    return 0;
}

/* Calls with an address that is not a peer, or too short for one, and with flags under which nothing passes. */
int scenario_no_peers(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
    struct sockaddr_storage from;
    struct sockaddr *loopback = (struct sockaddr *)&address;
    socklen_t bytes = sizeof address, from_bytes = sizeof from;
    char control[512];
    struct iovec vector = {data, 64};
    struct msghdr failed = {
        .msg_iov = &vector, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    int listener = (int)CALL(SOCKET, SOCK, AF_INET, SOCK_STREAM, 0, 0, socket(AF_INET, SOCK_STREAM, 0));
    CALL(BIND_INET, SOCK, listener, 0, 0, 0, bind(listener, loopback, sizeof address));
    CALL(LISTEN, SOCK, listener, 1, 0, 0, listen(listener, 1));
    getsockname(listener, loopback, &bytes);
    int client = (int)CALL(SOCKET, SOCK, AF_INET, SOCK_STREAM, 0, 0, socket(AF_INET, SOCK_STREAM, 0));
    CALL(CONNECT, SOCK, client, 0, 0, 0, connect(client, loopback, bytes));
    int server = (int)CALL(ACCEPT, SOCK, listener, 0, 0, 0, accept(listener, NULL, NULL));
    CALL(SENDTO, SOCK, client, 5, 0, 5, sendto(client, "hello", 5, 0, loopback, bytes));
    CALL(RECVFROM, SOCK, server, 2, MSG_TRUNC, 2, recvfrom(server, NULL, 2, MSG_TRUNC, NULL, NULL));
    CALL(RECVFROM, SOCK, server, 64, 0, 3, recvfrom(server, data, 64, 0, (struct sockaddr *)&from, &from_bytes));
    CALL(SEND_SOCKET, SOCK, client, 3, MSG_OOB, 3, send(client, "abc", 3, MSG_OOB));
    CALL(READ_SOCKET, SOCK, server, 64, 0, 2, read(server, data, 64));
    CALL(RECV_SOCKET, SOCK, server, 64, MSG_OOB, 1, recv(server, data, 64, MSG_OOB));
    CALL(CLOSE, SOCK, client, 0, 0, 0, close(client));
    CALL(CLOSE, SOCK, server, 0, 0, 0, close(server));
    CALL(CLOSE, SOCK, listener, 0, 0, 0, close(listener));

    int datagram = (int)CALL(SOCKET, SOCK, AF_INET, SOCK_DGRAM, 0, 0, socket(AF_INET, SOCK_DGRAM, 0));
    setsockopt(datagram, IPPROTO_IP, IP_RECVERR, &(int){1}, sizeof(int));
    CALL(SENDTO, SOCK, datagram, 5, 0, 5, sendto(datagram, "hello", 5, 0, loopback, bytes)); /* nobody is there */
    struct pollfd error = {.fd = datagram};
    ST_RAW3(SYS_poll, &error, 1, 5000);
    CALL(RECVMSG, SOCK, datagram, 64, MSG_ERRQUEUE, 0, recvmsg(datagram, &failed, MSG_ERRQUEUE));
    getsockname(datagram, loopback, &bytes);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CALL(SENDTO, SOCK, datagram, 5, 0, 5, sendto(datagram, "hello", 5, 0, loopback, bytes));
    from_bytes = 4;
    CALL(RECVFROM, SOCK, datagram, 64, 0, 5, recvfrom(datagram, data, 64, 0, (struct sockaddr *)&from, &from_bytes));
    CALL(CLOSE, SOCK, datagram, 0, 0, 0, close(datagram));

    int netlink =
        (int)CALL(SOCKET, SOCK, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, 0, socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE));
    struct nlmsghdr nothing = {.nlmsg_len = sizeof nothing, .nlmsg_type = NLMSG_NOOP};
    CALL(SENDTO, SOCK, netlink, sizeof nothing, 0, sizeof nothing,
         sendto(netlink, &nothing, sizeof nothing, 0, (struct sockaddr *)&kernel, sizeof kernel));
    CALL(CLOSE, SOCK, netlink, 0, 0, 0, close(netlink));
    return 0;
}

static void send_descriptor(int through, int fd) {
    char byte = 'x', control[CMSG_SPACE(sizeof fd)] = {0};
    struct iovec vector = {&byte, 1};
    struct msghdr message = {
        .msg_iov = &vector, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    *header = (struct cmsghdr){CMSG_LEN(sizeof fd), SOL_SOCKET, SCM_RIGHTS};
    memcpy(CMSG_DATA(header), &fd, sizeof fd);
    CALL(SENDMSG, SOCK, through, 1, 0, 1, sendmsg(through, &message, 0));
}

static void receive_descriptor(int through) {
    char byte, control[CMSG_SPACE(sizeof(int))];
    struct iovec vector = {&byte, 1};
    struct msghdr message = {
        .msg_iov = &vector, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    CALL(RECVMSG, SOCK, through, 1, 0, 1, recvmsg(through, &message, 0));
}

/* Ends of AF_UNIX connections, and a descriptor that comes through one under a number that was closed unseen. */
int scenario_unix(void) {
    struct sockaddr_un local = {.sun_family = AF_UNIX};
    int ends[2], fds[2];
    snprintf(local.sun_path, sizeof local.sun_path, "%s.stream", getenv("PROBE_LOG"));
    unlink(local.sun_path);
    int listener = (int)CALL(SOCKET, SOCK, AF_UNIX, SOCK_SEQPACKET, 0, 0, socket(AF_UNIX, SOCK_SEQPACKET, 0));
    CALL(BIND_UNIX, SOCK, listener, 0, 0, 0, bind(listener, (struct sockaddr *)&local, sizeof local));
    CALL(LISTEN, SOCK, listener, 1, 0, 0, listen(listener, 1));
    int client = (int)CALL(SOCKET, SOCK, AF_UNIX, SOCK_SEQPACKET, 0, 0, socket(AF_UNIX, SOCK_SEQPACKET, 0));
    CALL(CONNECT, SOCK, client, 0, 0, 0, connect(client, (struct sockaddr *)&local, sizeof local));
    int server = (int)CALL(ACCEPT, SOCK, listener, 0, 0, 0, accept(listener, NULL, NULL));
    CALL(SEND_SOCKET, SOCK, client, 5, 0, 5, send(client, "hello", 5, 0));
    CALL(READ_SOCKET, SOCK, server, 64, 0, 5, read(server, data, 64));

    socketpair(AF_UNIX, SOCK_DGRAM, 0, ends);
    probe_expect(ST_SOCKETPAIR, 0, 77, ends[0], ends[1], SOCK_DGRAM, 0, SOCK);
    pipe(fds);
    probe_expect(ST_PIPE, 0, 77, fds[0], fds[1], 0, 0, PIPE);
    int path = (int)CALL(OPEN, ST_KIND_FILE, ANY, O_RDONLY, 0, 0, open("/etc/passwd", O_RDONLY));
    send_descriptor(ends[0], fds[0]);
    ST_RAW1(SYS_close, path);
    receive_descriptor(ends[1]); /* the lowest that is free: path's */
    CALL(WRITE_PIPE, PIPE, fds[1], 1, 0, 1, write(fds[1], "x", 1));
    CALL(READ_PIPE, PIPE, path, 1, 0, 1, read(path, data, 1));
    return 0;
}
