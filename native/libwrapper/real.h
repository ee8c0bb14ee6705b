/* The table of the original functions; an entry is filled when it is first asked for. */
#ifndef ST_REAL_H
#define ST_REAL_H

#include <aio.h>
#include <mqueue.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <threads.h>
#include <time.h>

struct st_real {
#define ST_REAL(type, name, parameters) type(*name) parameters;
#include "real.def"
#undef ST_REAL
};
extern struct st_real st_real;

/* Into `entry` of st_real; NULL where libc lacks the name, so that no program can call it either. */
void *st_real_find(const char *name, void *entry);

#define ST_ORIGINAL(name)                                                                                              \
    __extension__({                                                                                                    \
        __typeof__(st_real.name) original = __atomic_load_n(&st_real.name, __ATOMIC_RELAXED);                          \
        __builtin_expect(original != NULL, 1) ? original                                                               \
                                              : (__typeof__(st_real.name))st_real_find(#name, &st_real.name);          \
    })

#endif
