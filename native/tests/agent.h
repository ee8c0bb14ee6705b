/* A small host agent for the tests: hands out an arena, drains it (or not) and keeps what it read. */
#ifndef AGENT_H
#define AGENT_H

#include "strace_wire.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct event {
    uint64_t generation;
    uint32_t pid, tid;
    char program[32];
    union {
        struct st_record call;
        struct st_object object;
        struct st_thread thread;
        struct st_context context;
        struct st_mark mark;
        struct st_child child;
    };
    char text[ST_CONT_BYTES * 15 + 1]; /* its continuations */
    size_t text_bytes;
};

struct agent_options {
    uint32_t slots, records, clock, policy;
    bool disarmed;
    bool idle; /* drains only when asked, and keeps no heartbeat */
    uint64_t block_ticks;
};

struct agent {
    struct st_arena *arena;
    char socket[108], file[104], link[120];
    int listener;
    pthread_t server, drainer;
    bool stop, idle;
    uint32_t malformed; /* records that no agent may ever see */
    uint64_t lost;      /* of rings that were freed */
    pthread_mutex_t lock;
    struct event *events;
    size_t count, room;
};

void agent_start(struct agent *agent, const struct agent_options *options);
void agent_drain_once(struct agent *agent);
/* Starts, runs the command under the library, drains; returns its exit status, 128 and the signal that ended it. */
int agent_record(struct agent *agent, bool marks, const char *library, char *const command[]);
void agent_stop(struct agent *agent);
struct st_ring *agent_ring(struct agent *agent, uint32_t slot);

#endif
