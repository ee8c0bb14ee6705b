#include "waiter.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>

#include "../ntier/fail.h"

static short wanted[DESCRIPTORS_MAX]; /* what is waited for on each descriptor */
static int highest = -1;

static void open_nothing(void) {
}

/* Returns what was wanted before. */
static short note(int fd, short events) {
    if (fd >= DESCRIPTORS_MAX)
        fail("more than %d descriptors are open", DESCRIPTORS_MAX);
    short before = wanted[fd];
    wanted[fd] = events;
    highest = fd > highest ? fd : highest;
    return before;
}

static void watch_noted(int fd, short events) {
    note(fd, events);
}

static unsigned all_wanted(int *ready) {
    unsigned count = 0;
    for (int fd = 0; fd <= highest; fd++)
        if (wanted[fd] != 0)
            ready[count++] = fd;
    return count;
}

static unsigned wait_polling(int *ready) {
    io_pause();
    return all_wanted(ready);
}

static unsigned wait_select(int *ready) {
    fd_set reads, writes;
    FD_ZERO(&reads);
    FD_ZERO(&writes);
    for (int fd = 0; fd <= highest; fd++)
        if (wanted[fd] != 0)
            FD_SET(fd, wanted[fd] == POLLIN ? &reads : &writes);
    if (select(highest + 1, &reads, &writes, NULL, NULL) < 0)
        return 0;
    unsigned count = 0;
    for (int fd = 0; fd <= highest; fd++)
        if (FD_ISSET(fd, &reads) || FD_ISSET(fd, &writes))
            ready[count++] = fd;
    return count;
}

static int epoll;

static void open_epoll(void) {
    epoll = epoll_create1(EPOLL_CLOEXEC);
}

static void watch_epoll(int fd, short events) {
    short before = note(fd, events);
    if (before == events)
        return;
    struct epoll_event event = {.events = (uint32_t)events, .data.fd = fd};
    int change = before == 0 ? EPOLL_CTL_ADD : events == 0 ? EPOLL_CTL_DEL : EPOLL_CTL_MOD;
    if (epoll_ctl(epoll, change, fd, &event) != 0)
        fail("cannot watch a descriptor: %s", strerror(errno));
}

static unsigned wait_epoll(int *ready) {
    static struct epoll_event events[DESCRIPTORS_MAX];
    int count = epoll_wait(epoll, events, DESCRIPTORS_MAX, -1);
    for (int i = 0; i < count; i++)
        ready[i] = events[i].data.fd;
    return count > 0 ? (unsigned)count : 0;
}

/* Signals tell of changes: what is newly wanted may be possible already, and is tried first. */
static int fresh[DESCRIPTORS_MAX];
static unsigned fresh_count;
static bool told[DESCRIPTORS_MAX];

static void watch_signal(int fd, short events) {
    note(fd, events);
    if (events == 0) {
        told[fd] = false;
        return;
    }
    if (!told[fd])
        io_tell_by_signal(fd);
    told[fd] = true;
    for (unsigned i = 0; i < fresh_count; i++)
        if (fresh[i] == fd)
            return;
    fresh[fresh_count++] = fd;
}

static unsigned wait_signal(int *ready) {
    if (fresh_count > 0) {
        unsigned count = fresh_count;
        memcpy(ready, fresh, count * sizeof ready[0]);
        fresh_count = 0;
        return count;
    }
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, io_signal());
    sigaddset(&signals, SIGIO);
    siginfo_t info;
    int number = sigwaitinfo(&signals, &info);
    if (number == SIGIO) /* too many waited, some are lost */
        return all_wanted(ready);
    ready[0] = info.si_fd;
    return number > 0;
}

const struct waiter *const waiters[IO_COUNT] = {
    [IO_POLLING] = &(const struct waiter){open_nothing, watch_noted, wait_polling},
    [IO_SELECT] = &(const struct waiter){open_nothing, watch_noted, wait_select},
    [IO_EPOLL] = &(const struct waiter){open_epoll, watch_epoll, wait_epoll},
    [IO_SIGNAL] = &(const struct waiter){open_nothing, watch_signal, wait_signal},
};
