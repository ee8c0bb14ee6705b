/* Children that libc makes in one call: what they do before they execute their program cannot be seen. */
#include "real.h"
#include "wrapper.h"

#include <spawn.h>
#include <stdlib.h>

static int spawned(struct st_call *call, const char *path, pid_t pid, int result) {
    st_end(call, &(struct st_done){
                     .result = result,
                     .arg = {result == 0 ? (uint64_t)pid : 0},
                     .error = result,
                     .path = result != EFAULT ? path : NULL,
                 });
    return result;
}

#define SPAWN(name, op)                                                                                                \
    ST_EXPORT int name(pid_t *restrict told, const char *restrict path,                                                \
                       const posix_spawn_file_actions_t *restrict actions,                                             \
                       const posix_spawnattr_t *restrict attributes, char *const arguments[restrict],                  \
                       char *const environment[restrict]) {                                                            \
        struct st_call call;                                                                                           \
        pid_t own, *pid = told != NULL ? told : &own;                                                                  \
        st_begin(&call, op);                                                                                           \
        int result = ST_ORIGINAL(name)(pid, path, actions, attributes, arguments, environment);                        \
        return spawned(&call, path, result == 0 ? *pid : 0, result);                                                   \
    }
SPAWN(posix_spawn, ST_POSIX_SPAWN)
SPAWN(posix_spawnp, ST_POSIX_SPAWNP)

ST_EXPORT int system(const char *command) {
    struct st_call call;
    st_begin(&call, ST_SYSTEM);
    int result = ST_ORIGINAL(system)(command);
    st_end(&call, &(struct st_done){.result = result, .arg = {UINT64_MAX}, .path = st_readable(command)});
    return result;
}
