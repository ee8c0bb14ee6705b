/*
 * What a runtime hook (native/hooks, src/STrace.DotnetHook) declares: the request that its thread works for, and the
 * request for which the bytes are that it is about to send. The hooks find these two functions by dlsym.
 */
#include "wrapper.h"

/* What this thread's ring was told last. A forked child has another ring, which was told nothing: then pid differs. */
static ST_TLS struct {
    uint64_t context;
    uint32_t pid;
} told;

static bool declare(struct st_context *declaration) {
    if (__atomic_load_n(&st_arena->armed, __ATOMIC_RELAXED) == 0 || !st_enter())
        return false;
    bool put = st_put_context(declaration);
    st_leave();
    return put;
}

/*
 * The calls of this thread serve `context` until it is told otherwise. Numbers are the hook's own, unique within the
 * process; 0: no request.
 */
ST_EXPORT void strace_set_context(uint64_t context) {
    if (!st_recording() || (told.context == context && told.pid == st_pid()))
        return;
    struct st_context declaration = {.context = context, .what = ST_CONTEXT_CURRENT};
    told.pid = declare(&declaration) ? st_pid() : 0;
    told.context = context;
}

/*
 * The next `bytes` bytes that are sent on `fd`, after those declared before, serve `context`. With 0 bytes: so does the
 * request that came in on `fd` last.
 */
ST_EXPORT void strace_declare_bytes(int fd, uint64_t bytes, uint64_t context) {
    if (!st_recording())
        return;
    struct st_context declaration = {
        .context = context, .bytes = bytes, .object = st_fd_get(fd).object, .what = ST_CONTEXT_BYTES};
    if (declaration.object != 0)
        declare(&declaration);
}
