/* libsthost.so: what the host agent needs of the machine and cannot say in C#. */
#include "strace_wire.h"

#include <cpuid.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

#define ST_EXPORT __attribute__((visibility("default")))

#define CLOCK_TRIES 16

static uint64_t nanoseconds(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static uint64_t ticks_now(uint32_t clock) {
    return clock == ST_CLOCK_TSC ? __rdtsc() : nanoseconds(CLOCK_MONOTONIC);
}

/*
 * One moment on three clocks: `ticks` of the arena's clock (ST_CLOCK_*) in the middle of the readings of the other two.
 * The tightest of several tries, so that a preemption between the readings does not count. 0, or -EINVAL.
 */
ST_EXPORT int sth_clock(uint32_t clock, uint64_t *ticks, uint64_t *monotonic_ns, uint64_t *realtime_ns) {
    uint64_t best = UINT64_MAX;
    if (clock != ST_CLOCK_TSC && clock != ST_CLOCK_MONOTONIC)
        return -EINVAL;
    for (int i = 0; i < CLOCK_TRIES; i++) {
        uint64_t before = ticks_now(clock);
        uint64_t monotonic = nanoseconds(CLOCK_MONOTONIC), realtime = nanoseconds(CLOCK_REALTIME);
        uint64_t after = ticks_now(clock);
        if (after - before >= best)
            continue;
        best = after - before;
        *ticks = before + best / 2;
        *monotonic_ns = monotonic;
        *realtime_ns = realtime;
    }
    return 0;
}

/* 1 when the TSC runs at one rate in all power states (CPUID 0x80000007, EDX bit 8), else 0. */
ST_EXPORT int sth_tsc_invariant(void) {
    unsigned int eax, ebx, ecx, edx;
    return __get_cpuid(0x80000007, &eax, &ebx, &ecx, &edx) && (edx & 1u << 8) != 0;
}

/* A new file of `bytes`, all of it really there, mode 0600, owned by uid and gid. Its descriptor, or -errno. */
ST_EXPORT int sth_arena_create(const char *path, uint32_t uid, uint32_t gid, uint64_t bytes) {
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return -errno;
    int error = posix_fallocate(fd, 0, (off_t)bytes);
    if (error == 0 && fchown(fd, uid, gid) != 0)
        error = errno;
    if (error == 0)
        return fd;
    close(fd);
    unlink(path);
    return -error;
}

/* A file that sth_arena_create made for `uid`, opened again: never through a link. Its descriptor, or -errno. */
ST_EXPORT int sth_arena_open(const char *path, uint32_t uid) {
    struct stat status;
    int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return -errno;
    int error = 0;
    if (fstat(fd, &status) != 0)
        error = errno;
    else if (!S_ISREG(status.st_mode) || status.st_uid != uid || (status.st_mode & 077) != 0)
        error = EPERM;
    if (error == 0)
        return fd;
    close(fd);
    return -error;
}
