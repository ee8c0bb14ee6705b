/* What the wrappers of stdio share. Streams are recorded at their own level: what libc calls inside cannot be seen. */
#ifndef ST_STREAM_H
#define ST_STREAM_H

#include "wrapper.h"

#include <stdio.h>

/* -1 for a stream without a descriptor (fmemopen); keeps errno. */
static inline int st_descriptor(FILE *stream) {
    int saved = errno;
    int fd = fileno(stream);
    errno = saved;
    return fd;
}

/* Calls of a character, and scanf, are recorded on sockets and pipes alone: of a file they would be noise. */
static inline void st_begin_small(struct st_call *call, uint16_t op, int fd) {
    st_begin_kind(call, fd, op, op, 0);
}

#endif
