/* Hands accepted connections from the main thread to the pool: a queue in memory and a POSIX semaphore. */
#ifndef NTIER_HANDOFF_H
#define NTIER_HANDOFF_H

#include "truth.h"

struct accepted {
    int fd;
    struct call accept;
    struct call post; /* these two only when it was handed over */
    struct call wait;
};

void handoff_init(void);
void handoff_give(struct accepted accepted);
struct accepted handoff_take(void);

#endif
