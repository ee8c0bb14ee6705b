/* The exec family, recorded before the call; one that returns has failed and is recorded again, with its error. */
#include "raw.h"
#include "real.h"
#include "wrapper.h"

#include <fcntl.h>
#include <stdarg.h>
#include <unistd.h>

const char *st_readable(const char *path) {
    return path != NULL && ST_RAW2(SYS_access, path, F_OK) != -EFAULT ? path : NULL;
}

static void before_exec(const char *path) {
    struct st_call call;
    st_begin(&call, ST_EXEC);
    st_record_now(&call, &(struct st_done){.path = st_readable(path)});
}

static int after_exec(const char *path, int result) {
    struct st_call call;
    st_begin(&call, ST_EXEC);
    st_end(&call, &(struct st_done){.result = result, .path = errno != EFAULT ? path : NULL});
    return result;
}

ST_EXPORT int execve(const char *path, char *const arguments[], char *const environment[]) {
    before_exec(path);
    return after_exec(path, ST_ORIGINAL(execve)(path, arguments, environment));
}

ST_EXPORT int execv(const char *path, char *const arguments[]) {
    before_exec(path);
    return after_exec(path, ST_ORIGINAL(execv)(path, arguments));
}

ST_EXPORT int execvp(const char *file, char *const arguments[]) {
    before_exec(file);
    return after_exec(file, ST_ORIGINAL(execvp)(file, arguments));
}

ST_EXPORT int execvpe(const char *file, char *const arguments[], char *const environment[]) {
    before_exec(file);
    return after_exec(file, ST_ORIGINAL(execvpe)(file, arguments, environment));
}

ST_EXPORT int fexecve(int fd, char *const arguments[], char *const environment[]) {
    before_exec(NULL);
    return after_exec(NULL, ST_ORIGINAL(fexecve)(fd, arguments, environment));
}

ST_EXPORT int execveat(int directory, const char *path, char *const arguments[], char *const environment[], int flags) {
    before_exec(path);
    return after_exec(path, ST_ORIGINAL(execveat)(directory, path, arguments, environment, flags));
}

/* The variadic forms, made into a vector on the stack: nothing else is safe in a vfork child. */
static size_t count_arguments(const char *first, va_list list) {
    size_t count = 0;
    for (const char *argument = first; argument != NULL; argument = va_arg(list, const char *))
        count++;
    return count;
}

/* Declares `vector`, NULL-terminated, and `environment`, which follows the NULL in execle alone. */
#define ST_VECTOR(first, has_environment)                                                                              \
    va_list list;                                                                                                      \
    va_start(list, first);                                                                                             \
    size_t count = count_arguments(first, list);                                                                       \
    va_end(list);                                                                                                      \
    char *vector[count + 1];                                                                                           \
    va_start(list, first);                                                                                             \
    vector[0] = (char *)(uintptr_t)(first);                                                                            \
    for (size_t i = 1; i <= count; i++)                                                                                \
        vector[i] = va_arg(list, char *);                                                                              \
    char *const *environment = (has_environment) ? va_arg(list, char *const *) : environ;                              \
    va_end(list);

ST_EXPORT int execl(const char *path, const char *first, ...) {
    ST_VECTOR(first, false)
    before_exec(path);
    return after_exec(path, ST_ORIGINAL(execve)(path, vector, environment));
}

ST_EXPORT int execlp(const char *file, const char *first, ...) {
    ST_VECTOR(first, false)
    before_exec(file);
    return after_exec(file, ST_ORIGINAL(execvpe)(file, vector, environment));
}

ST_EXPORT int execle(const char *path, const char *first, ...) {
    ST_VECTOR(first, true)
    before_exec(path);
    return after_exec(path, ST_ORIGINAL(execve)(path, vector, environment));
}
