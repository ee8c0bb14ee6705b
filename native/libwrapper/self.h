/* What a thread knows of itself. Only ring.c and records.c look inside. */
#ifndef ST_SELF_H
#define ST_SELF_H

#include "wrapper.h"

struct st_self {
    struct st_ring *ring; /* NULL: none claimed yet */
    struct st_record *records;
    uint64_t head; /* as published */
    uint64_t tail; /* as last seen */
    uint32_t mask;
    uint32_t lost_first, lost_last; /* calls given a number but not recorded, not told yet; 0: none */
    uint32_t open_seq;              /* number of the call that is being recorded and not yet published, 0: none */
    bool open_lost;                 /* a LOST record was written and is not yet published */
    uint32_t nested;                /* calls by signal handlers that interrupted the recorder; they become lost */
    const char *recorder;           /* stack frame of the recorder at work, NULL: none */
    const char *frame;              /* stack frame of the call in progress, NULL: none */
    struct st_parent parent;        /* for the THREAD record of the next ring */
    uint32_t interruptions;         /* of the call in progress */
    uint32_t vforks;                /* > 0: this is a vfork child, on its parent's memory and thread-local storage */
    struct st_call vfork_call;
    uint8_t destructor_rounds;
    bool no_slot;
};
extern ST_TLS struct st_self st_self;

#endif
