#include "fail.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "raw.h"
#include "truth.h"

static const char *truth_path;
static pid_t replica_pid;

static void say(const char *format, va_list arguments) {
    char text[512];
    size_t used = (size_t)snprintf(text, sizeof text, "%.32s: ", program_invocation_short_name);
    int length = vsnprintf(text + used, sizeof text - used - 1, format, arguments);
    used += (size_t)length < sizeof text - used - 1 ? (size_t)length : sizeof text - used - 2;
    text[used++] = '\n';
    raw_write(STDERR_FILENO, text, used);
}

void complain(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    say(format, arguments);
    va_end(arguments);
}

void fail_keeps_truth(const char *path) {
    truth_path = path;
    replica_pid = getpid();
}

void fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    say(format, arguments);
    va_end(arguments);
    if (truth_path != NULL && getpid() != replica_pid)
        kill(replica_pid, SIGTERM);
    else if (truth_path != NULL)
        truth_write(truth_path);
    _exit(1);
}

void fail_usage(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    say(format, arguments);
    va_end(arguments);
    _exit(2);
}

void end_with(pid_t parent) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) /* it ended before it could be told of */
        _exit(0);
}
