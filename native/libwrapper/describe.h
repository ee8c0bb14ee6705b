/* Filling an OBJECT record with what the kernel tells of a descriptor. Everything here runs inside the recorder. */
#ifndef ST_DESCRIBE_H
#define ST_DESCRIBE_H

#include "wrapper.h"

struct st_description {
    struct st_object object;
    char path[256];
    uint8_t local[16], peer[16]; /* AF_INET and AF_INET6 addresses, the former IPv4-mapped */
    bool anonymous;              /* epoll, eventfd, timerfd, ...: they share one inode */
};

/* Each is this many system calls: */
bool st_describe_inode(struct st_description *d, int fd);  /* 1; false: there is no such descriptor */
void st_describe_local(struct st_description *d);          /* 1, of a socket */
void st_describe_peer(struct st_description *d);           /* 1, likewise, after its local address */
void st_describe_eventfd(struct st_description *d);        /* 3; where it is one, kind, id and device */
bool st_describe_unseen(struct st_description *d, int fd); /* at most 3 in all, 4 where it is anonymous */

/* The peer of a connect, where the kernel does not tell it (yet). */
void st_describe_asked(struct st_description *d, const struct sockaddr *address, size_t bytes);
bool st_describe_put(struct st_description *d);

#endif
