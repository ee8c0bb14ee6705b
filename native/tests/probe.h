/*
 * Programs that the tests run under the library, one a scenario: probe NAME. A scenario logs what it expects of each
 * call to the file $PROBE_LOG, through raw system calls, so that the log is the same with and without the library.
 */
#ifndef PROBE_H
#define PROBE_H

#include "strace_wire.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>

#define ANY INT64_C(0x7fffffffdeadbeef) /* a value that differs from run to run */

void probe_open_log(void);
void probe_expect(int op, int64_t result, int error, int64_t a, int64_t b, int64_t c, int64_t length, int kind);

/* Kills the process at every system call but these and exit_group. */
void probe_allow_only(const int *numbers, size_t count);

/* Makes a call; R in `length` is its result. errno must be left alone by calls that succeed. */
#define CALL(op, kind, a, b, c, length, expression)                                                                    \
    __extension__({                                                                                                    \
        errno = 77;                                                                                                    \
        int64_t R = (int64_t)(expression);                                                                             \
        int after = errno;                                                                                             \
        (void)R;                                                                                                       \
        probe_expect(ST_##op, R, after, (a), (b), (c), (length), (kind));                                              \
        R;                                                                                                             \
    })

int scenario_sockets(void);
int scenario_files(void);
int scenario_ipc(void);
int scenario_processes(void);

/* probe_messages.c, probe_io.c */
int scenario_datagrams(void);
int scenario_no_peers(void);
int scenario_unix(void);
int scenario_polling(void);
int scenario_events(void);
int scenario_zerocopy(void);
int scenario_aio(void);
int scenario_syscalls(void);
int scenario_opens(void);
int scenario_strict_io(void);

/* probe_proc.c */
int scenario_streams(void);
int scenario_piped_streams(void);
int scenario_children(void);
int scenario_vfork_child(void);
int scenario_sharer(void);
int scenario_daemon(void);
int scenario_waiting(void);
int scenario_leaving(void);
int scenario_queues(void);
int scenario_mappings(void);
int scenario_names(void);
int scenario_interrupted(void);

#endif
