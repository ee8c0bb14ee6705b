/* System calls made without libc, so that no interposed function sees them: the ground truth must not be traced. */
#ifndef NTIER_RAW_H
#define NTIER_RAW_H

#include <stddef.h>
#include <sys/syscall.h>

#if !defined(__x86_64__)
#error "raw.h knows the x86-64 system call convention only"
#endif

/* Returns the kernel's result: negative errno on failure. */
static inline long raw_call3(long number, long a, long b, long c) {
    long result;
    __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
    return result;
}

static inline long raw_write(int fd, const void *bytes, size_t length) {
    return raw_call3(SYS_write, fd, (long)bytes, (long)length);
}

#endif
