/* Scenarios of readiness, events, signals, zero-copy and asynchronous I/O, and syscall(). */
#include "probe.h"

#include "../libwrapper/raw.h"

#include <aio.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <unistd.h>

int __poll_chk(struct pollfd *, nfds_t, int, size_t);
int __ppoll_chk(struct pollfd *, nfds_t, const struct timespec *, const sigset_t *, size_t);

enum {
    NONE = ST_KIND_NONE,
    SOCK = ST_KIND_SOCKET,
    PIPE = ST_KIND_PIPE,
    PLAIN = ST_KIND_FILE,
    EVENT = ST_KIND_EVENTFD,
    OTHER = ST_KIND_OTHER,
    MEMORY = ST_KIND_MEMORY,
};

static char data[64];
static void *volatile nowhere = (void *)8;

static void make_pipe(int fds[2]) {
    pipe(fds);
    probe_expect(ST_PIPE, 0, 77, fds[0], fds[1], 0, 0, PIPE);
}

static void epolls(const int fds[2]) {
    struct epoll_event event = {.events = EPOLLIN}, events[4];
    const struct timespec soon = {1, 500000000};
    int epoll = (int)CALL(EPOLL_CREATE, OTHER, 8, 0, 0, 0, epoll_create(8));
    CALL(CLOSE, OTHER, epoll, 0, 0, 0, close(epoll));
    epoll = (int)CALL(EPOLL_CREATE, OTHER, EPOLL_CLOEXEC, 0, 0, 0, epoll_create1(EPOLL_CLOEXEC));
    CALL(EPOLL_CTL, PIPE, epoll, EPOLL_CTL_ADD, fds[0], 0, epoll_ctl(epoll, EPOLL_CTL_ADD, fds[0], &event));
    CALL(EPOLL_CTL, PIPE, epoll, EPOLL_CTL_ADD, fds[0], 0, epoll_ctl(epoll, EPOLL_CTL_ADD, fds[0], &event));
    CALL(EPOLL_WAIT, OTHER, epoll, 4, 1000, 0, epoll_wait(epoll, events, 4, 1000));
    CALL(EPOLL_WAIT, OTHER, epoll, 4, -1, 0, epoll_pwait(epoll, events, 4, -1, NULL));
    CALL(EPOLL_WAIT, OTHER, epoll, 4, 1500, 0, epoll_pwait2(epoll, events, 4, &soon, NULL));
    CALL(EPOLL_WAIT, OTHER, epoll, 4, 0, 0, epoll_pwait2(epoll, events, 4, (struct timespec *)8, NULL)); /* EFAULT */
    CALL(EPOLL_CTL, PIPE, epoll, EPOLL_CTL_DEL, fds[0], 0, epoll_ctl(epoll, EPOLL_CTL_DEL, fds[0], NULL));
    CALL(EPOLL_WAIT, OTHER, epoll, 4, 0, 0, epoll_wait(epoll, events, 4, 0));
    CALL(EPOLL_WAIT, NONE, 999, 4, 0, 0, epoll_wait(999, events, 4, 0));
    CALL(CLOSE, OTHER, epoll, 0, 0, 0, close(epoll));
}

int scenario_polling(void) {
    int fds[2];
    make_pipe(fds);
    struct pollfd both[2] = {{.fd = fds[1], .events = POLLIN}, {.fd = fds[0], .events = POLLIN}};
    struct timeval little = {0, 20000};
    const struct timespec longer = {2, 5000000};
    sigset_t none;
    sigemptyset(&none);
    CALL(POLL, NONE, 2, 0, -1, 0, poll(both, 2, 0));
    CALL(WRITE_PIPE, PIPE, fds[1], 1, 0, 1, write(fds[1], "x", 1));
    CALL(POLL, NONE, 2, -1, fds[0], 0, poll(both, 2, -1));
    CALL(POLL, NONE, 2, 9000, fds[0], 0, __poll_chk(both, 2, 9000, sizeof both));
    CALL(POLL, NONE, 2, 0, -1, 0, poll(nowhere, 2, 0)); /* EFAULT */
    CALL(PPOLL, NONE, 2, 2005, fds[0], 0, ppoll(both, 2, &longer, &none));
    CALL(PPOLL, NONE, 2, -1, fds[0], 0, __ppoll_chk(both, 2, NULL, &none, sizeof both));
    fd_set readable, failed, empty;
    FD_ZERO(&empty);
    readable = failed = empty;
    FD_SET(fds[0], &readable);
    FD_SET(fds[1], &failed);
    CALL(SELECT, NONE, 64, 20, fds[0], 0, select(64, &readable, NULL, &failed, &little));
    CALL(SELECT, NONE, 64, 0, -1, 0, select(64, &empty, NULL, NULL, &(struct timeval){0, 0}));
    CALL(SELECT, NONE, -1, -1, -1, 0, select(-1, NULL, NULL, NULL, NULL)); /* EINVAL */
    CALL(PSELECT, NONE, 64, 2005, fds[0], 0, pselect(64, &readable, NULL, NULL, &longer, &none));
    epolls(fds);
    return 0;
}

static void ignore(int number) {
    (void)number;
}

static void wait_for_signals(void) {
    struct itimerval soon = {.it_value.tv_usec = 50000};
    sigset_t blocked, none;
    siginfo_t info;
    int number = 0;
    sigemptyset(&none);
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR1);
    signal(SIGUSR1, ignore);
    signal(SIGALRM, ignore);
    sigprocmask(SIG_BLOCK, &blocked, NULL);
    raise(SIGUSR1);
    errno = 77;
    int waited = sigwait(&blocked, &number);
    probe_expect(ST_SIGWAIT, waited == 0 ? number : -1, errno, 0, 0, 0, 0, NONE);
    raise(SIGUSR1);
    CALL(SIGWAITINFO, NONE, 0, 0, 0, 0, sigwaitinfo(&blocked, &info));
    CALL(SIGTIMEDWAIT, NONE, 0, 0, 0, 0, sigtimedwait(&blocked, &info, &(struct timespec){0, 0})); /* EAGAIN */
    raise(SIGUSR1);
    CALL(SIGSUSPEND, NONE, 0, 0, 0, 0, sigsuspend(&none)); /* EINTR */
    setitimer(ITIMER_REAL, &soon, NULL);
    CALL(PAUSE, NONE, 0, 0, 0, 0, pause()); /* EINTR */
    int fd = (int)CALL(SIGNALFD, OTHER, -1, SFD_NONBLOCK, 0, 0, signalfd(-1, &blocked, SFD_NONBLOCK));
    CALL(SIGNALFD, OTHER, fd, 0, 0, 0, signalfd(fd, &blocked, 0));
    raise(SIGUSR1);
    char told[sizeof(struct signalfd_siginfo)];
    CALL(READ_FILE, OTHER, fd, sizeof told, 0, sizeof told, read(fd, told, sizeof told));
    CALL(CLOSE, OTHER, fd, 0, 0, 0, close(fd));
}

int scenario_events(void) {
    eventfd_t value;
    int fds[2], waiting = 0;
    for (int i = 0; i < 2; i++) {
        int fd = (int)CALL(EVENTFD, EVENT, 3, EFD_NONBLOCK, 0, 0, eventfd(3, EFD_NONBLOCK));
        CALL(EVENTFD_READ, EVENT, fd, 3, 0, 8, eventfd_read(fd, &value));
        CALL(EVENTFD_READ, EVENT, fd, 0, 0, 0, eventfd_read(fd, &value)); /* EAGAIN */
        CALL(EVENTFD_WRITE, EVENT, fd, 7, 0, 8, eventfd_write(fd, 7));
    }
    int timer = (int)CALL(TIMERFD_CREATE, OTHER, CLOCK_MONOTONIC, TFD_CLOEXEC, 0, 0,
                          timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC));
    CALL(CLOSE, OTHER, timer, 0, 0, 0, close(timer));
    make_pipe(fds);
    CALL(FCNTL_ASYNC, PIPE, fds[0], F_SETOWN, getpid(), 0, fcntl(fds[0], F_SETOWN, getpid()));
    CALL(FCNTL_ASYNC, PIPE, fds[0], F_SETSIG, SIGURG, 0, fcntl64(fds[0], F_SETSIG, SIGURG));
    CALL(FCNTL_ASYNC, PIPE, fds[0], F_SETFL, O_ASYNC, 0, fcntl(fds[0], F_SETFL, O_ASYNC));
    CALL(IOCTL_ASYNC, PIPE, fds[0], FIOASYNC, 0, 0, ioctl(fds[0], FIOASYNC, &(int){0}));
    CALL(IOCTL_ASYNC, PIPE, fds[0], FIOASYNC, 0, 0, ioctl(fds[0], FIOASYNC, (int *)8)); /* EFAULT */
    CALL(WRITE_PIPE, PIPE, fds[1], 2, 0, 2, write(fds[1], "ab", 2));
    wait_for_signals();
    return ioctl(fds[0], FIONREAD, &waiting) == 0 && waiting == 2 && fcntl(fds[0], F_GETFD) == 0 ? 0 : 1;
}

int scenario_zerocopy(void) {
    int first[2], second[2];
    struct iovec vector[2] = {{data, 3}, {data, 4}};
    make_pipe(first);
    make_pipe(second);
    int memory = (int)CALL(MEMFD_CREATE, MEMORY, R, MFD_CLOEXEC, 0, 0, memfd_create("shared", MFD_CLOEXEC));
    CALL(MEMFD_CREATE, NONE, -1, 0, 0, 0, memfd_create(NULL, 0)); /* EFAULT */
    CALL(PWRITEV, MEMORY, memory, 7, 3, 7, pwritev(memory, vector, 2, 3));
    CALL(PWRITEV, MEMORY, memory, 7, 10, 7, pwritev64(memory, vector, 2, 10));
    CALL(PREADV, MEMORY, memory, 7, 3, 7, preadv(memory, vector, 2, 3));
    CALL(PREADV, MEMORY, memory, 7, 16, 1, preadv64(memory, vector, 2, 16));
    CALL(PWRITEV, MEMORY, memory, 7, -1, 7, pwritev2(memory, vector, 2, -1, 0));
    CALL(PREADV, MEMORY, memory, 7, 0, 7, preadv2(memory, vector, 2, 0, 0));
    CALL(PWRITEV, PIPE, first[1], 7, -1, 7, pwritev64v2(first[1], vector, 2, -1, 0));
    CALL(PREADV, PIPE, first[0], 7, -1, 7, preadv64v2(first[0], vector, 2, -1, 0));
    CALL(PREADV, PIPE, first[0], 0, 0, 0, preadv(first[0], vector, 2, 0)); /* ESPIPE */
    CALL(VMSPLICE, PIPE, first[1], 7, 0, 7, vmsplice(first[1], vector, 2, 0));
    CALL(VMSPLICE, PIPE, first[0], 7, 0, 7, vmsplice(first[0], vector, 2, 0));
    CALL(SENDFILE, PIPE, first[1], memory, 5, 5, sendfile(first[1], memory, &(off_t){0}, 5));
    CALL(TEE, PIPE, second[1], first[0], 99, 5, tee(first[0], second[1], 99, 0));
    CALL(SPLICE, PIPE, second[1], first[0], 99, 5, splice(first[0], NULL, second[1], NULL, 99, 0));
    CALL(SPLICE, MEMORY, memory, second[0], 99, 10, splice(second[0], NULL, memory, &(off64_t){0}, 99, 0));
    CALL(SPLICE, NONE, 999, second[0], 99, 0, splice(second[0], NULL, 999, NULL, 99, 0));
    int copy = (int)CALL(MEMFD_CREATE, MEMORY, R, 0, 0, 0, memfd_create("copy", 0));
    CALL(COPY_FILE_RANGE, MEMORY, copy, memory, 4, 4,
         copy_file_range(memory, &(off64_t){0}, copy, &(off64_t){0}, 4, 0));
    return 0;
}

int scenario_aio(void) {
    char path[200], other[8];
    snprintf(path, sizeof path, "%s.aio", getenv("PROBE_LOG"));
    int flags = O_RDWR | O_CREAT | O_TRUNC, fd = (int)CALL(OPEN, PLAIN, R, flags, 0, 0, open(path, flags, 0600));
    struct aiocb write = {.aio_fildes = fd, .aio_buf = "hello", .aio_nbytes = 5, .aio_offset = 2};
    struct aiocb64 read = {.aio_fildes = fd, .aio_buf = data, .aio_nbytes = 64};
    const struct aiocb *writes[] = {&write};
    const struct aiocb64 *reads[] = {&read};
    CALL(AIO_WRITE, PLAIN, fd, 5, 2, 0, aio_write(&write));
    CALL(AIO_SUSPEND, NONE, 1, 0, 0, 0, aio_suspend(writes, 1, NULL));
    CALL(AIO_RETURN, PLAIN, fd, ANY, 2, 5, aio_return(&write));
    CALL(AIO_READ, PLAIN, fd, 64, 0, 0, aio_read64(&read));
    CALL(AIO_SUSPEND, NONE, 1, 0, 0, 0, aio_suspend64(reads, 1, NULL));
    CALL(AIO_RETURN, PLAIN, fd, ANY, 1, 7, aio_return64(&read));
    CALL(AIO_CANCEL, PLAIN, fd, ANY, 0, 0, aio_cancel(fd, &write)); /* AIO_ALLDONE */
    CALL(AIO_CANCEL, PLAIN, fd, 0, 0, 0, aio_cancel64(fd, NULL));
    struct aiocb listed[] = {
        {.aio_fildes = fd, .aio_lio_opcode = LIO_READ, .aio_buf = data, .aio_nbytes = 4, .aio_offset = 1},
        {.aio_fildes = fd, .aio_lio_opcode = LIO_NOP},
        {.aio_fildes = fd, .aio_lio_opcode = LIO_WRITE, .aio_buf = "ab", .aio_nbytes = 2, .aio_offset = 9},
    };
    struct aiocb *list[] = {&listed[0], NULL, &listed[1], &listed[2]};
    probe_expect(ST_AIO_READ, 0, 77, fd, 4, 1, 0, PLAIN);
    probe_expect(ST_AIO_WRITE, 0, 77, fd, 2, 9, 0, PLAIN);
    CALL(LIO_LISTIO, NONE, 4, 0, 0, 0, lio_listio(LIO_WAIT, list, 4, NULL));
    CALL(AIO_RETURN, PLAIN, fd, ANY, 2, 2, aio_return(&listed[2]));
    struct aiocb64 last = {.aio_fildes = fd, .aio_lio_opcode = LIO_WRITE, .aio_buf = other, .aio_nbytes = sizeof other};
    struct aiocb64 *single[] = {&last};
    probe_expect(ST_AIO_WRITE, 0, 77, fd, sizeof other, 0, 0, PLAIN);
    CALL(LIO_LISTIO, NONE, 1, 0, 0, 0, lio_listio64(LIO_WAIT, single, 1, NULL));
    CALL(LIO_LISTIO, NONE, 1, 0, 0, 0, lio_listio64(99, single, 1, NULL)); /* EINVAL */
    CALL(AIO_READ, NONE, 999, 64, 0, 0,
         aio_read(&(struct aiocb){.aio_fildes = 999, .aio_buf = data, .aio_nbytes = 64}));
    CALL(AIO_WRITE, PLAIN, fd, 0, 0, 0,
         aio_write64(&(struct aiocb64){.aio_fildes = fd, .aio_reqprio = -1})); /* EINVAL */
    return 0;
}

static void system_descriptors(const char *path) {
    int fds[2];
    struct open_how how = {.flags = O_RDONLY};
    syscall(SYS_pipe2, fds, O_CLOEXEC);
    probe_expect(ST_PIPE2, 0, 77, fds[0], fds[1], O_CLOEXEC, 0, PIPE);
    CALL(WRITE_PIPE, PIPE, fds[1], 5, 0, 5, syscall(SYS_write, fds[1], "hello", 5L));
    CALL(READ_PIPE, PIPE, fds[0], 64, 0, 5, syscall(SYS_read, fds[0], data, 64L));
    CALL(DUP, PIPE, fds[0], R, 0, 0, syscall(SYS_dup, fds[0]));
    CALL(DUP3, PIPE, fds[0], 101, O_CLOEXEC, 0, syscall(SYS_dup3, fds[0], 101, O_CLOEXEC));
    syscall(SYS_close_range, 101, 101, 0);
    CALL(WRITE_FILE, NONE, 101, 1, 0, 0, syscall(SYS_write, 101, "x", 1L)); /* EBADF */
    CALL(OPENAT, PLAIN, R, O_RDONLY, 0, 0, syscall(SYS_openat, AT_FDCWD, path, O_RDONLY));
    CALL(OPENAT, PLAIN, R, O_RDONLY, 0, 0, syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof how));
    int event = (int)CALL(EVENTFD, EVENT, 2, 0, 0, 0, syscall(SYS_eventfd2, 2, 0));
    CALL(CLOSE, EVENT, event, 0, 0, 0, syscall(SYS_close, event));
    int memory = (int)CALL(SYSCALL, NONE, SYS_memfd_create, ANY, 0, 0, syscall(SYS_memfd_create, "memory", 0));
    CALL(WRITE_FILE, MEMORY, memory, 3, 0, 3, write(memory, "abc", 3));
    CALL(SYSCALL, NONE, SYS_pread64, memory, ANY, 0, syscall(SYS_pread64, memory, data, 3L, 0L));
    int epoll = (int)CALL(EPOLL_CREATE, OTHER, 0, 0, 0, 0, syscall(SYS_epoll_create1, 0));
    struct epoll_event nothing = {0};
    CALL(EPOLL_CTL, PIPE, epoll, EPOLL_CTL_ADD, fds[0], 0,
         syscall(SYS_epoll_ctl, epoll, EPOLL_CTL_ADD, fds[0], &nothing));
    CALL(EPOLL_WAIT, OTHER, epoll, 1, 0, 0, syscall(SYS_epoll_pwait, epoll, &nothing, 1, 0, NULL, 8L));
    CALL(IO_URING_SETUP, NONE, 0, 0, 0, 0, syscall(SYS_io_uring_setup, 0, NULL)); /* refused */
    CALL(IO_URING_ENTER, PIPE, fds[0], 1, 2, 0, syscall(SYS_io_uring_enter, fds[0], 1, 2, 0, NULL, 0L));
    CALL(SYSCALL, NONE, SYS_io_uring_register, fds[0], 1, 0, syscall(SYS_io_uring_register, fds[0], 1, NULL, 0));
}

int scenario_syscalls(void) {
    struct sockaddr_storage from;
    socklen_t from_bytes = sizeof from;
    int ends[2], volatile_word = 1;
    system_descriptors("/etc/passwd");
    CALL(SOCKET, SOCK, AF_INET, SOCK_STREAM, 0, 0, syscall(SYS_socket, AF_INET, SOCK_STREAM, 0));
    socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
    probe_expect(ST_SOCKETPAIR, 0, 77, ends[0], ends[1], SOCK_STREAM, 0, SOCK);
    CALL(SENDTO, SOCK, ends[0], 7, 0, 7, syscall(SYS_sendto, ends[0], "message", 7L, 0, NULL, 0));
    CALL(RECVFROM, SOCK, ends[1], 3, 0, 3, syscall(SYS_recvfrom, ends[1], data, 3L, 0, &from, &from_bytes));
    struct iovec vector = {data, 4};
    struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};
    CALL(RECVMSG, SOCK, ends[1], 4, 0, 4, syscall(SYS_recvmsg, ends[1], &message, 0));
    CALL(SENDMSG, SOCK, ends[1], 4, 0, 4, syscall(SYS_sendmsg, ends[1], &message, 0));
    pid_t child = (pid_t)syscall(SYS_clone, SIGCHLD, 0L, 0L, 0L, 0L);
    if (child == 0)
        ST_RAW1(SYS_exit_group, 6);
    int status = 0;
    ST_RAW6(SYS_wait4, child, &status, 0, 0, 0, 0);
    return status == 6 << 8 && syscall(SYS_getpid) == getpid() &&
                   syscall(SYS_futex, &volatile_word, 1 /* FUTEX_WAKE */, 1, NULL, NULL, 0) == 0
               ? 0
               : 1;
}

int scenario_opens(void) {
    char path[200];
    snprintf(path, sizeof path, "%s.created", getenv("PROBE_LOG"));
    int made = O_CREAT | O_WRONLY | O_TRUNC;
    CALL(OPEN, PLAIN, R, made, 0, 0, creat(path, 0600));
    CALL(OPEN, PLAIN, R, made, 0, 0, creat64(path, 0600));
    int directory = (int)CALL(OPEN, OTHER, R, O_DIRECTORY, 0, 0, open("/etc", O_DIRECTORY));
    CALL(OPENAT, PLAIN, R, O_RDONLY, 0, 0, openat(directory, "passwd", O_RDONLY));
    CALL(OPEN, OTHER, R, O_PATH, 0, 0, open("/etc/passwd", O_PATH));
    CALL(OPEN, PLAIN, R, O_TMPFILE | O_RDWR, 0, 0, open("/tmp", O_TMPFILE | O_RDWR, 0600));
    CALL(OPEN, NONE, -1, O_TMPFILE, 0, 0, open((char *)8, O_TMPFILE, 0600)); /* EINVAL before the path is read */
    CALL(OPENAT, NONE, -1, 0, 0, 0, openat(999, "passwd", 0));
    return 0;
}

/* Once its descriptors are known, no call may be accompanied by another. */
int scenario_strict_io(void) {
    int fds[2], ends[2], epoll = epoll_create1(0), event = eventfd(0, 0), memory = memfd_create("memory", 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_storage from;
    socklen_t bytes = sizeof address;
    int datagram = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr *own = (struct sockaddr *)&address;
    struct epoll_event readable = {.events = EPOLLIN}, ready;
    struct iovec vector = {data, 5};
    struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};
    struct mmsghdr many = {.msg_hdr = {.msg_name = own, .msg_iov = &vector, .msg_iovlen = 1}};
    const int allowed[] = {SYS_read,     SYS_sendto,   SYS_recvfrom,   SYS_sendmsg,   SYS_recvmsg,
                           SYS_sendmmsg, SYS_recvmmsg, SYS_epoll_wait, SYS_epoll_ctl, SYS_poll,
                           SYS_write,    SYS_pselect6, SYS_pwritev,    SYS_preadv,    SYS_sendfile};
    bind(datagram, own, bytes);
    getsockname(datagram, own, &bytes);
    many.msg_hdr.msg_namelen = bytes;
    pipe(fds);
    socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
    epoll_ctl(epoll, EPOLL_CTL_ADD, event, &readable);
    probe_allow_only(allowed, sizeof allowed / sizeof *allowed);
    for (int i = 0; i < 100; i++) {
        struct pollfd polled = {.fd = event, .events = POLLIN};
        struct timeval now = {0, 0};
        socklen_t from_bytes = sizeof from;
        eventfd_t value;
        fd_set none;
        FD_ZERO(&none);
        long moved[] = {
            sendto(datagram, data, 5, 0, own, bytes),
            recvfrom(datagram, data, 64, 0, (struct sockaddr *)&from, &from_bytes),
            sendmmsg(datagram, &many, 1, 0) * 5L,
            recvmmsg(datagram, &many, 1, 0, NULL) * 5L,
            sendmsg(ends[0], &message, 0),
            recvmsg(ends[1], &message, 0),
            syscall(SYS_sendto, ends[1], data, 5L, 0, NULL, 0),
            recv(ends[0], data, 64, 0),
            pwritev(memory, &vector, 1, 0),
            preadv(memory, &vector, 1, 0),
            sendfile(fds[1], memory, &(off_t){0}, 5),
            read(fds[0], data, 64),
            eventfd_write(event, 1) + 5L,
            epoll_wait(epoll, &ready, 1, -1) * 5L,
            poll(&polled, 1, -1) * 5L,
            eventfd_read(event, &value) + 5L,
            select(1, &none, NULL, NULL, &now) + 5L,
        };
        for (size_t k = 0; k < sizeof moved / sizeof *moved; k++)
            if (moved[k] != 5)
                ST_RAW1(SYS_exit_group, 10 + k);
    }
    ST_RAW1(SYS_exit_group, 0);
    return 1;
}
