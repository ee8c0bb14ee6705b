/* Waiting for children. The result that is recorded is the child's pid, of waitid too. */
#include "real.h"
#include "wrapper.h"

#include <sys/resource.h>
#include <sys/wait.h>

static pid_t waited(struct st_call *call, int64_t whom, int options, pid_t pid) {
    st_end(call, &(struct st_done){.result = pid, .arg = {(uint64_t)whom, (uint64_t)options}});
    st_reaped(pid);
    return pid;
}

ST_EXPORT pid_t waitpid(pid_t pid, int *status, int options) {
    struct st_call call;
    st_begin(&call, ST_WAITPID);
    return waited(&call, pid, options, ST_ORIGINAL(waitpid)(pid, status, options));
}

ST_EXPORT pid_t wait(int *status) {
    struct st_call call;
    st_begin(&call, ST_WAIT);
    return waited(&call, -1, 0, ST_ORIGINAL(wait)(status));
}

ST_EXPORT pid_t wait3(int *status, int options, struct rusage *usage) {
    struct st_call call;
    st_begin(&call, ST_WAIT3);
    return waited(&call, -1, options, ST_ORIGINAL(wait3)(status, options, usage));
}

ST_EXPORT pid_t wait4(pid_t pid, int *status, int options, struct rusage *usage) {
    struct st_call call;
    st_begin(&call, ST_WAIT4);
    return waited(&call, pid, options, ST_ORIGINAL(wait4)(pid, status, options, usage));
}

/* Whom: as waitpid names it, except that a P_PIDFD is a descriptor. */
ST_EXPORT int waitid(idtype_t type, id_t id, siginfo_t *told, int options) {
    struct st_call call;
    siginfo_t own;
    siginfo_t *info = told != NULL ? told : &own;
    int64_t whom = type == P_ALL ? -1 : type == P_PGID ? -(int64_t)id : (int64_t)id;
    st_begin(&call, ST_WAITID);
    int result = ST_ORIGINAL(waitid)(type, id, info, options);
    waited(&call, whom, options, result == 0 ? info->si_pid : result);
    return result;
}
