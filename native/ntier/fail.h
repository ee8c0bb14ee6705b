#ifndef NTIER_FAIL_H
#define NTIER_FAIL_H

#include <stdbool.h>
#include <sys/types.h>

/* Says one sentence on the standard error; makes no call that a tracer records. */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Where to leave the ground truth if the application fails from here on. */
void fail_keeps_truth(const char *path);
/* Ends the application with status 1. In a forked layer it also ends the replica, which waits for that layer. */
_Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Ends the application with status 2: it was called wrongly. */
_Noreturn void fail_usage(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* In a forked process: it ends when its parent does, or has. */
void end_with(pid_t parent);

#endif
