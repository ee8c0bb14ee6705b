/*
 * st-exec: the last step of `s-trace run`. Its caller is a managed runtime, which has changed signal dispositions, the
 * signal mask and limits; CMD must start with those that `s-trace` itself was given.
 *
 *   st-exec [--env NAME=VALUE]... [--prepend NAME=VALUE:]... [--ignore-signals N,N] [--sigmask HEX]
 *           [--nofile SOFT:HARD] -- CMD ARGS...
 */
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define EXIT_USAGE 2
#define EXIT_NOT_EXECUTABLE 126
#define EXIT_NOT_FOUND 127

static _Noreturn void wrong(const char *option, const char *value) {
    fprintf(stderr, "st-exec: %s cannot be %s\n", option, value != NULL ? value : "without a value");
    exit(EXIT_USAGE);
}

/* VALUE goes before what NAME holds; without an old value, the separator at its end goes away. */
static void set_variable(const char *option, const char *assignment, int prepend) {
    char *name = strdup(assignment), *equals = name != NULL ? strchr(name, '=') : NULL;
    if (equals == NULL || equals == name)
        wrong(option, assignment);
    *equals = '\0';
    char *value = equals + 1, *joined = value;
    const char *old = prepend ? getenv(name) : NULL;
    size_t length = strlen(value);
    if (old != NULL && *old != '\0') {
        joined = malloc(length + strlen(old) + 1);
        if (joined != NULL)
            strcpy(stpcpy(joined, value), old);
    } else if (prepend && length > 0 && (value[length - 1] == ':' || value[length - 1] == ' ')) {
        value[length - 1] = '\0';
    }
    if (joined == NULL || setenv(name, joined, 1) != 0)
        wrong(option, assignment);
}

/* By the raw call: libc refuses the two signals that it keeps for itself, and they too may come ignored. */
static long set_disposition(int number, void (*handler)(int)) {
    const uint64_t action[4] = {(uintptr_t)handler}; /* the kernel's sigaction: handler, flags, restorer, mask */
    return syscall(SYS_rt_sigaction, number, action, NULL, sizeof(uint64_t));
}

static void ignore_signals(const char *list) {
    for (const char *at = list; *at != '\0';) {
        char *end;
        long number = strtol(at, &end, 10);
        if (end == at || (*end != ',' && *end != '\0') || set_disposition((int)number, SIG_IGN) != 0)
            wrong("--ignore-signals", list);
        at = *end == ',' ? end + 1 : end;
    }
}

/* As /proc/PID/status shows it: bit N - 1 stands for signal N. */
static void set_mask(const char *hex) {
    char *end;
    unsigned long long bits = strtoull(hex, &end, 16);
    sigset_t mask;
    if (end == hex || *end != '\0')
        wrong("--sigmask", hex);
    sigemptyset(&mask);
    for (int number = 1; number <= 64; number++)
        if ((bits >> (number - 1) & 1) != 0)
            sigaddset(&mask, number);
    sigprocmask(SIG_SETMASK, &mask, NULL);
}

static void set_open_files(const char *limits) {
    char *end;
    struct rlimit limit = {.rlim_cur = strtoull(limits, &end, 10)};
    if (end == limits || *end != ':')
        wrong("--nofile", limits);
    const char *hard = end + 1;
    limit.rlim_max = strtoull(hard, &end, 10);
    if (end == hard || *end != '\0' || setrlimit(RLIMIT_NOFILE, &limit) != 0)
        wrong("--nofile", limits);
}

static void apply(const char *option, const char *value) {
    if (value == NULL)
        wrong(option, value);
    if (strcmp(option, "--env") == 0)
        set_variable(option, value, 0);
    else if (strcmp(option, "--prepend") == 0)
        set_variable(option, value, 1);
    else if (strcmp(option, "--ignore-signals") == 0)
        ignore_signals(value);
    else if (strcmp(option, "--sigmask") == 0)
        set_mask(value);
    else if (strcmp(option, "--nofile") == 0)
        set_open_files(value);
    else
        wrong("an option", option);
}

static void reset_signals(void) {
    sigset_t none;
    for (int number = 1; number < NSIG; number++)
        set_disposition(number, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

int main(int count, char **arguments) {
    reset_signals();
    int at = 1;
    for (; at < count && strcmp(arguments[at], "--") != 0; at += 2)
        apply(arguments[at], at + 1 < count ? arguments[at + 1] : NULL);
    char **command = arguments + at + 1;
    if (at + 1 >= count)
        wrong("the command after --", NULL);

    execvp(command[0], command);
    int error = errno;
    fprintf(stderr, "s-trace run: cannot execute %s: %s\n", command[0], strerror(error));
    return error == ENOENT || error == ENOTDIR ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE;
}
