/*
 * System calls without libc: they touch no errno, are no cancellation points and cannot re-enter an interposed
 * function. Each returns the kernel's value, -errno when it failed.
 */
#ifndef ST_RAW_H
#define ST_RAW_H

#ifndef __x86_64__
#error "libwrapper knows the system calls of x86-64 only"
#endif

#include <stddef.h>
#include <sys/syscall.h>

static inline long st_raw(long number, long a, long b, long c, long d, long e, long f) {
    long result;
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
}

#define ST_RAW0(number) st_raw((number), 0, 0, 0, 0, 0, 0)
#define ST_RAW1(number, a) st_raw((number), (long)(a), 0, 0, 0, 0, 0)
#define ST_RAW2(number, a, b) st_raw((number), (long)(a), (long)(b), 0, 0, 0, 0)
#define ST_RAW3(number, a, b, c) st_raw((number), (long)(a), (long)(b), (long)(c), 0, 0, 0)
#define ST_RAW6(number, a, b, c, d, e, f)                                                                              \
    st_raw((number), (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))

#endif
