/*
 * The inside of libwrapper.so. A call goes
 *
 *   wrapper (sockets.c, files.c, ...)  ->  st_begin: object, call in progress, enter time      (ring.c, objects.c)
 *                                      ->  the original with the same arguments                (real.c)
 *                                      ->  st_end: one record into the thread's ring           (ring.c)
 *
 * On a known descriptor none of it makes a system call, takes a lock or allocates.
 */
#ifndef ST_WRAPPER_H
#define ST_WRAPPER_H

#include "strace_wire.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>

#define ST_EXPORT __attribute__((visibility("default")))
#define ST_TLS _Thread_local __attribute__((tls_model("initial-exec")))

#define ST_LIKELY(x) __builtin_expect(!!(x), 1)
#define ST_UNLIKELY(x) __builtin_expect(!!(x), 0)

/* The creator of a thread or process, as its ST_REC_THREAD tells it; generation 0: not known. */
struct st_parent {
    uint64_t generation;
    uint32_t seq;
    uint32_t tid;
    uint32_t pid;
};

/* One call in progress; lives on the stack of the wrapper. */
struct st_call {
    uint64_t enter;
    uint64_t outer_enter; /* the call that a signal handler interrupted with this one */
    const char *outer_frame;
    uint32_t outer_op;
    uint32_t outer_object;
    uint32_t object;
    uint32_t seq; /* given before the call (fork, pthread_create); 0: given after it */
    uint16_t op;
    uint16_t flags; /* ST_F_CHILD, ST_F_SIGNAL */
    bool skipped;   /* not recorded: no agent, no slot, or not worth a record */
    bool outer_calls_back;
};

enum st_direction { ST_NEITHER, ST_SENT, ST_TAKEN };

#define ST_NO_ERROR (-1) /* the result is negative, but no error or none of errno's */

/* What st_end records. `error` 0 means errno when the result is negative. `path` and `peer` may be NULL. */
struct st_done {
    int64_t result;
    uint64_t arg[3];
    uint32_t length;
    int error;
    uint16_t flags;
    uint8_t direction;         /* enum st_direction: where arg[0], a descriptor, moved `length` bytes */
    uint8_t parts;             /* of `moved`, at most 255: what lies behind is not looked at */
    bool more;                 /* another record of the same call follows: it is still in progress */
    const struct iovec *moved; /* the bytes, for the protocol processors; NULL: they passed unseen (sendfile) */
    const char *path;
    const struct sockaddr *peer; /* of this call alone, of a kind and length that the kernel has accepted */
    socklen_t peer_bytes;
};

/* arena.c */
extern struct st_arena *st_arena; /* NULL: not attached */
extern char st_program[32];
bool st_attach(void);
uint64_t st_now(void);
extern bool st_tsc;        /* the clock is the TSC */
extern uint32_t *st_guard; /* the process id, see st_pid() */
uint32_t st_pid(void);     /* of this process, 0 right after a fork */
void st_pid_refresh(void);
struct st_ring *st_arena_ring(uint32_t slot);
struct st_record *st_arena_records(uint32_t slot);
uint32_t st_summary_bytes(void); /* the longest summary of a MARK that both the session and the program allow */

/* What a descriptor stands for. */
struct st_fd {
    uint32_t object; /* 0: not known */
    uint8_t kind;
    uint8_t family;
    uint8_t type;
    uint8_t flags;
};
#define ST_FD_UNNAMED 1   /* a datagram socket that the kernel gives a port when it first sends */
#define ST_FD_WRITE_END 2 /* of a pipe */

/* calls.c */
void st_begin(struct st_call *call, uint16_t op);
void st_begin_of(struct st_call *call, uint16_t op, uint32_t object);
void st_begin_on(struct st_call *call, uint16_t op, int fd);
/* An op of 0: such a call is not recorded. */
void st_begin_kind(struct st_call *call, int fd, uint16_t on_socket, uint16_t on_pipe, uint16_t on_other);
/* Of one that may itself make calls, in libraries beside libc. */
void st_begin_caller(struct st_call *call, uint16_t op);
void st_end(struct st_call *call, const struct st_done *done);
void st_record_now(struct st_call *call, const struct st_done *done); /* before a call that does not return */
void st_finish(struct st_call *call, const struct st_done *done);     /* st_end of what is known to be recorded */
void st_parent_begin(struct st_call *call, uint16_t op, struct st_parent *parent);

/* ring.c */
bool st_ring_start(void);                               /* once, while attaching */
void st_child_started(void);                            /* first thing in a forked child */
void st_thread_started(const struct st_parent *parent); /* first thing in a new thread */
void st_fork_prepare(const struct st_parent *parent);
bool st_recording(void); /* false: nothing is */
bool st_claim(void);     /* a ring for this thread; only inside the recorder, as all that writes into it */
bool st_enter(void);     /* into the recorder */
void st_leave(void);

/* vfork.c */
bool st_child_fd_get(int fd, struct st_fd *known);
void st_child_fd_set(unsigned int first, unsigned int last, struct st_fd known);
void st_child_fds_become_own(void);
void st_vfork_enter(uint16_t op, uint64_t flags);
pid_t st_vfork_leave(long result);
void st_share(void);
void st_shared(struct st_call *call, const struct st_done *done);
void st_reaped(pid_t pid); /* a child was waited for */

int st_thrd_errno(int result);             /* threads.c: of what a function of <threads.h> returned */
const char *st_readable(const char *path); /* exec.c: NULL when the kernel cannot read it: the original's to refuse */

/* records.c: into the ring of this thread; false: there is no room or no ring */
bool st_put_object(struct st_object *object, const void *extra, size_t extra_bytes);
bool st_put_call(const struct st_call *call, uint32_t seq, uint64_t now, const struct st_done *done);
bool st_put_thread(const struct st_parent *parent);
bool st_put_mark(struct st_mark *mark, const char *summary,
                 size_t summary_bytes); /* of the call that is being recorded */
bool st_put_context(struct st_context *context);
bool st_put_child(void);
void st_put_lost(void);

/* protocol/protocol.c: the MARKs of what a call moved; runs inside the recorder, just before the call's own record */
void st_protocol_moved(int fd, const struct st_done *done);
void st_protocol_paused(void);   /* a call passed that was not looked at: no session is armed */
void st_protocol_forget(int fd); /* bytes were taken from it unseen */
/* Names of HTTP headers, separated by commas, that enter no witness; before the first call is looked at. */
void st_protocol_except(const char *names);

/* objects.c */
struct st_fd st_fd_get(int fd);   /* learns what it does not know */
struct st_fd st_fd_known(int fd); /* does not */
struct st_fd st_fd_take(int fd);  /* forgets; returns what was known */
void st_fd_put(int fd, struct st_fd known);
void st_fd_forget_range(unsigned int first, unsigned int last);
/* Each makes `fd` known and returns its object number, 0 when nobody could be told of it. */
uint32_t st_fd_opened(int fd, const char *path, int flags);
uint32_t st_fd_created(int fd, uint8_t kind, const char *path, uint16_t flags); /* 0 or ST_OBJ_CREATED */
uint32_t st_fd_created_eventfd(int fd);
uint32_t st_fd_created_socket(int fd, int family, int type);
uint32_t st_fd_created_pair(const int fds[2], int family, int type);
uint32_t st_fd_created_pipe(const int fds[2]);
uint32_t st_fd_accepted(int fd, int listener);
void st_fd_update(int fd, uint16_t flags, const struct sockaddr *asked, socklen_t asked_bytes);

#endif
