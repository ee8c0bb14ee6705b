/* How one thread waits for many descriptors. */
#ifndef MODELS_WAITER_H
#define MODELS_WAITER_H

#include "io.h"

#define DESCRIPTORS_MAX 1024 /* what select can take */

struct waiter {
    void (*open)(void);
    /* Waits for `events` (POLLIN or POLLOUT, or 0 for nothing) of a descriptor from here on. */
    void (*watch)(int fd, short events);
    /* Descriptors that may be ready, into an array of DESCRIPTORS_MAX; returns how many. */
    unsigned (*wait)(int *ready);
};

/* NULL for those of asynchronous and blocking I/O, which have none. */
extern const struct waiter *const waiters[IO_COUNT];

#endif
