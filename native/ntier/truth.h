/*
 * The ground truth: one record for each call that the application makes for a request. Records live in memory that
 * forked layers share, and are written when the application ends, one line each:
 *
 *   (sec.nsec) (ip) [LWP/PID] - function #request call=K exit=sec.nsec parent=ip/LWP/K
 *
 * The first time is taken directly before the call and `exit` directly after it (realtime clock). K counts the calls of
 * a thread from 1 over its life. `parent` is the call that caused this one; a request's first call has none.
 */
#ifndef NTIER_TRUTH_H
#define NTIER_TRUTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REQUEST_ID 32 /* bytes, end included */

/* Names one call of one thread anywhere in the network; lwp is 0 where there is none. */
struct call_ref {
    uint32_t ip;
    int32_t lwp;
    uint32_t call;
};

struct call_record;

/* A call in progress or done; record is NULL when the records were full (it is then counted as lost). */
struct call {
    struct call_ref self;
    struct call_record *record;
};

enum mechanism { MECHANISM_FILE, MECHANISM_PIPE, MECHANISM_SHM, MECHANISM_QUEUE, MECHANISM_SOCKET, MECHANISM_COUNT };

/* Allocates the records, before any thread is created; without any (capacity 0) calls are only counted. */
void truth_init(uint32_t ip, size_t capacity);

/* What the calling thread does from here on is for `request` (NULL: not known yet), and `cause` was before it. */
void truth_begin(const char *request, struct call_ref cause);
/* A forked child starts its own thread identity and call count. */
void truth_forked(void);
/* Starts a call, caused by the thread's previous one unless said otherwise later. */
struct call truth_enter(const char *format, ...) __attribute__((format(printf, 1, 2)));
void truth_leave(struct call call);
/* Ends a call that took its data from `cause`. */
void truth_leave_from(struct call call, struct call_ref cause);
/* Takes back a call just entered, an attempt that could do nothing yet: it is no part of the truth. */
void truth_cancel(struct call call);
/* Names a call that was made before its request was known, as accept is; a NULL cause leaves what it had. */
void truth_claim(struct call call, const char *request, const struct call_ref *cause);
/* A forked layer's last call, for whoever waits for it: kept with the record of the fork. */
void truth_child_ended(struct call fork_call, struct call_ref last);
struct call_ref truth_child_last(struct call fork_call);
/* The calling thread's last call. */
struct call_ref truth_last(void);

void truth_count_request(void);
void truth_count_forward(enum mechanism mechanism);
/* A number that no other call in this process and its forked layers gets. */
uint32_t truth_next_number(void);

/* Writes all finished calls with raw system calls; false when the file cannot be written. Once only: a later call
 * waits. */
bool truth_write(const char *path);

#endif
