/* The table of the original functions; an entry is filled when it is first asked for, all of them in the constructor.
 */
#ifndef ST_REAL_H
#define ST_REAL_H

#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>

struct st_real {
#define ST_REAL(type, name, parameters) type(*name) parameters;
#include "real.def"
#undef ST_REAL
};
extern struct st_real st_real;

/* dlsym(RTLD_NEXT) into `entry` of st_real; NULL where libc lacks the name, so that no program can call it either. */
void *st_real_find(const char *name, void *entry);
void st_real_fill(void);

/* Interposed calls may run before the constructor, even from inside dlsym, so each use checks its own entry. */
#define ST_ORIGINAL(name)                                                                                              \
    (__builtin_expect(st_real.name != NULL, 1) ? st_real.name                                                          \
                                               : (__typeof__(st_real.name))st_real_find(#name, &st_real.name))

#endif
