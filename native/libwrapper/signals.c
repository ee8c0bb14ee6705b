/* Waiting for signals, and signals read from a descriptor. */
#include "io.h"
#include "real.h"

static int waited(struct st_call *call, int result) {
    st_end(call, &(struct st_done){.result = result});
    return result;
}

/* It returns an error number; the record holds the signal, or -1 and that error. */
ST_EXPORT int sigwait(const sigset_t *set, int *number) {
    struct st_call call;
    st_begin(&call, ST_SIGWAIT);
    int error = ST_ORIGINAL(sigwait)(set, number);
    st_end(&call, &(struct st_done){.result = error == 0 ? *number : -1, .error = error});
    return error;
}

ST_EXPORT int sigwaitinfo(const sigset_t *set, siginfo_t *info) {
    struct st_call call;
    st_begin(&call, ST_SIGWAITINFO);
    return waited(&call, ST_ORIGINAL(sigwaitinfo)(set, info));
}

ST_EXPORT int sigtimedwait(const sigset_t *set, siginfo_t *info, const struct timespec *timeout) {
    struct st_call call;
    st_begin(&call, ST_SIGTIMEDWAIT);
    return waited(&call, ST_ORIGINAL(sigtimedwait)(set, info, timeout));
}

ST_EXPORT int sigsuspend(const sigset_t *mask) {
    struct st_call call;
    st_begin(&call, ST_SIGSUSPEND);
    return waited(&call, ST_ORIGINAL(sigsuspend)(mask));
}

ST_EXPORT int pause(void) {
    struct st_call call;
    st_begin(&call, ST_PAUSE);
    return waited(&call, ST_ORIGINAL(pause)());
}

ST_EXPORT int signalfd(int fd, const sigset_t *mask, int flags) {
    struct st_call call;
    st_begin(&call, ST_SIGNALFD);
    int result = ST_ORIGINAL(signalfd)(fd, mask, flags);
    if (result >= 0)
        call.object = fd < 0 ? st_fd_created(result, ST_KIND_OTHER, "", ST_OBJ_CREATED) : st_fd_get(result).object;
    st_end(&call, &(struct st_done){.result = result, .arg = {(uint64_t)fd, (uint64_t)flags}});
    return result;
}
