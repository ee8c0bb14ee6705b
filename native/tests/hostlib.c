/* The tests of libsthost.so: hostlib LIBRARY. */
#include "strace_wire.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static int passed, failed;

static void check(const char *name, int condition) {
    *(condition ? &passed : &failed) += 1;
    printf("%s %s\n", condition ? "ok  " : "FAIL", name);
}

int main(int count, char **arguments) {
    void *library = count > 1 ? dlopen(arguments[1], RTLD_NOW) : NULL;
    if (library == NULL)
        return 2;
    int (*sample)(uint32_t, uint64_t *, uint64_t *, uint64_t *);
    int (*create)(const char *, uint32_t, uint32_t, uint64_t);
    *(void **)&sample = dlsym(library, "sth_clock");
    int (*reopen)(const char *, uint32_t);
    *(void **)&create = dlsym(library, "sth_arena_create");
    *(void **)&reopen = dlsym(library, "sth_arena_open");

    uint64_t ticks, monotonic, realtime;
    int result = sample(ST_CLOCK_MONOTONIC, &ticks, &monotonic, &realtime);
    uint64_t apart = ticks > monotonic ? ticks - monotonic : monotonic - ticks;
    check("the clocks are read together",
          result == 0 && apart < 1000000 && realtime / 1000000000 - (uint64_t)time(NULL) + 1 < 3);
    check("an unknown clock is refused", sample(7, &ticks, &monotonic, &realtime) == -EINVAL);

    char path[64];
    struct stat status;
    snprintf(path, sizeof path, "/tmp/st-hostlib.%d", getpid());
    int fd = create(path, getuid(), getgid(), 65536);
    check("an arena is private, whole and new", fd >= 0 && fstat(fd, &status) == 0 && (status.st_mode & 0777) == 0600 &&
                                                    status.st_size == 65536 && status.st_blocks >= 128 &&
                                                    create(path, getuid(), getgid(), 65536) == -EEXIST);
    check("an arena is opened again for its owner alone",
          reopen(path, getuid()) >= 0 && reopen(path, getuid() + 1) == -EPERM);
    char link[80];
    snprintf(link, sizeof link, "%s.link", path);
    check("an arena is not opened through a link", symlink(path, link) == 0 && reopen(link, getuid()) == -ELOOP);
    unlink(link);
    unlink(path);
    printf("%d passed, %d failed\n", passed, failed);
    return failed != 0;
}
