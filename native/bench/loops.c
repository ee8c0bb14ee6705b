/*
 * loops CASE BYTES BATCHES [CHILD]: makes the same call over and over and prints the median of its batches, in ns a
 * call. What is measured is preloaded. Between batches it waits until a drainer has had time to empty the ring, so that
 * a batch costs what the calls cost and not what waiting for room does.
 *
 * With BATCHES 0 it makes BYTES calls of one byte and prints nothing (for strace -c).
 */
#include "../libwrapper/raw.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

#define CHECK(condition)                                                                                               \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "loops: %s: %s\n", #condition, strerror(errno));                                           \
            exit(1);                                                                                                   \
        }                                                                                                              \
    } while (0)

/* A batch's records and bytes fit into the agent's ring (1024 records) and into a pipe's or socket's buffer. */
#define MOST_CALLS 500
#define MOST_CALLS_SOCKET 50
#define MOST_BYTES 60000
#define REST_TICKS 600000 /* of the TSC, a fraction of a millisecond */

static char data[MOST_BYTES];
static int from, to; /* the two ends of the channel */
static const char *child;

static uint64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void open_null(void) {
    CHECK((to = open("/dev/null", O_WRONLY)) >= 0);
}

static void open_pipe(void) {
    int fds[2];
    CHECK(pipe(fds) == 0);
    from = fds[0];
    to = fds[1];
}

/* Every write may leave a part of a page unused, so 64 KB are less than they seem. */
static void open_wide_pipe(void) {
    open_pipe();
    CHECK(ST_RAW3(SYS_fcntl, to, F_SETPIPE_SZ, 1 << 20) > 0);
}

static int make_listener(struct sockaddr_in *address) {
    socklen_t bytes = sizeof *address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    *address = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    CHECK(bind(fd, (struct sockaddr *)address, bytes) == 0 && listen(fd, 1) == 0);
    CHECK(getsockname(fd, (struct sockaddr *)address, &bytes) == 0);
    return fd;
}

static void open_tcp(void) {
    static struct sockaddr_in address;
    static int listener = -1;
    int one = 1, room = 1 << 20;
    if (listener < 0)
        listener = make_listener(&address);
    setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &room, sizeof room); /* a batch must fit, with its overhead */
    to = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(connect(to, (struct sockaddr *)&address, sizeof address) == 0);
    CHECK(setsockopt(to, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) == 0);
    CHECK((from = accept(listener, NULL, NULL)) >= 0);
}

static void open_unix(void) {
    int fds[2];
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
    from = fds[0];
    to = fds[1];
}

static void wait_for_bytes(int expected) {
    for (int waiting = 0; waiting < expected;)
        CHECK(ioctl(from, FIONREAD, &waiting) == 0);
}

static void fill(size_t bytes) {
    CHECK(write(to, data, bytes) == (ssize_t)bytes);
    wait_for_bytes((int)bytes);
}

static void empty(size_t bytes) {
    wait_for_bytes((int)bytes);
    CHECK(read(from, data, bytes) == (ssize_t)bytes);
}

static void call_write(size_t bytes, int calls) {
    for (int i = 0; i < calls; i++)
        CHECK(write(to, data, bytes) == (ssize_t)bytes);
}

static void call_read(size_t bytes, int calls) {
    for (int i = 0; i < calls; i++)
        CHECK(read(from, data, bytes) == (ssize_t)bytes);
}

static void call_send(size_t bytes, int calls) {
    for (int i = 0; i < calls; i++)
        CHECK(send(to, data, bytes, 0) == (ssize_t)bytes);
}

static void call_recv(size_t bytes, int calls) {
    for (int i = 0; i < calls; i++)
        CHECK(recv(from, data, bytes, 0) == (ssize_t)bytes);
}

static void call_fopen(size_t bytes, int calls) {
    (void)bytes;
    for (int i = 0; i < calls; i++) {
        FILE *file = fopen("/etc/passwd", "r");
        CHECK(file != NULL && fclose(file) == 0);
    }
}

static void call_fork(size_t bytes, int calls) {
    (void)bytes;
    for (int i = 0; i < calls; i++) {
        pid_t pid = fork();
        if (pid == 0)
            _exit(0);
        CHECK(waitpid(pid, NULL, 0) == pid);
    }
}

static void call_exec(size_t bytes, int calls) {
    (void)bytes;
    for (int i = 0; i < calls; i++) {
        int status;
        pid_t pid = fork();
        if (pid == 0) {
            execl(child, child, (char *)NULL);
            _exit(1);
        }
        CHECK(waitpid(pid, &status, 0) == pid && status == 0);
    }
}

static void *routine(void *argument) {
    return argument;
}

static void call_thread(size_t bytes, int calls) {
    (void)bytes;
    for (int i = 0; i < calls; i++) {
        pthread_t thread;
        CHECK(pthread_create(&thread, NULL, routine, NULL) == 0 && pthread_join(thread, NULL) == 0);
    }
}

/* One descriptor after the other, each used for the first time; for strace -c. */
static void call_pipes(size_t bytes, int calls) {
    for (int i = 0; i < calls; i++) {
        open_pipe();
        CHECK(write(to, data, bytes) == (ssize_t)bytes && close(from) == 0 && close(to) == 0);
    }
}

static void call_files(size_t bytes, int calls) {
    for (int i = 0; i < calls; i++) {
        open_null();
        CHECK(write(to, data, bytes) == (ssize_t)bytes && close(to) == 0);
    }
}

static void call_connections(size_t bytes, int calls) {
    for (int i = 0; i < calls; i++) {
        open_tcp();
        CHECK(write(to, data, bytes) == (ssize_t)bytes && close(from) == 0 && close(to) == 0);
    }
}

static void call_listeners(size_t bytes, int calls) {
    struct sockaddr_in address;
    (void)bytes;
    for (int i = 0; i < calls; i++)
        CHECK(close(make_listener(&address)) == 0);
}

/* Descriptors that no wrapper saw being made, as those that are inherited. */
static void call_inherited(size_t bytes, int calls) {
    for (int i = 0; i < calls; i++) {
        int fds[2];
        CHECK(ST_RAW6(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, fds, 0, 0) == 0);
        CHECK(write(fds[0], data, bytes) == (ssize_t)bytes);
        CHECK(close(fds[0]) == 0 && close(fds[1]) == 0);
    }
}

static const struct loop {
    const char *name;
    void (*open)(void);
    void (*before)(size_t bytes); /* a batch, with all that it moves */
    void (*call)(size_t bytes, int calls);
    void (*after)(size_t bytes);
    int most_calls;
} loops[] = {
    {"null", open_null, NULL, call_write, NULL, MOST_CALLS},
    {"write", open_wide_pipe, NULL, call_write, empty, MOST_CALLS},
    {"read", open_wide_pipe, fill, call_read, NULL, MOST_CALLS},
    {"write-unix", open_unix, NULL, call_write, empty, MOST_CALLS_SOCKET},
    {"send", open_tcp, NULL, call_send, empty, MOST_CALLS_SOCKET},
    {"recv", open_tcp, fill, call_recv, NULL, MOST_CALLS_SOCKET},
    {"fopen", NULL, NULL, call_fopen, NULL, 50},
    {"fork", NULL, NULL, call_fork, NULL, 1},
    {"exec", NULL, NULL, call_exec, NULL, 1},
    {"thread", NULL, NULL, call_thread, NULL, 1},
    {"pipes", NULL, NULL, call_pipes, NULL, 0},
    {"files", NULL, NULL, call_files, NULL, 0},
    {"connections", NULL, NULL, call_connections, NULL, 0},
    {"listeners", NULL, NULL, call_listeners, NULL, 0},
    {"inherited", NULL, NULL, call_inherited, NULL, 0},
};

static int by_value(const void *a, const void *b) {
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

/* Spins, for a processor that sleeps forgets its caches, and without a call, which a peer would trace. */
static void rest(void) {
    for (uint64_t begun = __rdtsc(); __rdtsc() - begun < REST_TICKS;)
        _mm_pause();
}

static double median_of_batches(const struct loop *loop, size_t bytes, int batches) {
    int calls = (int)(MOST_BYTES / (bytes > 0 ? bytes : 1));
    double *costs = calloc((size_t)batches, sizeof *costs);
    if (calls > loop->most_calls)
        calls = loop->most_calls;
    CHECK(costs != NULL);
    for (int i = -1; i < batches; i++) { /* the first warms up */
        if (loop->before != NULL)
            loop->before(bytes * (size_t)calls);
        rest();
        uint64_t begun = now_ns();
        loop->call(bytes, calls);
        uint64_t ended = now_ns();
        if (loop->after != NULL)
            loop->after(bytes * (size_t)calls);
        if (i >= 0)
            costs[i] = (double)(ended - begun) / calls;
    }
    qsort(costs, (size_t)batches, sizeof *costs, by_value);
    double median = costs[batches / 2];
    free(costs);
    return median;
}

int main(int count, char **arguments) {
    const struct loop *loop = loops, *end = loops + sizeof loops / sizeof *loops;
    if (count < 4)
        return 2;
    while (loop < end && strcmp(loop->name, arguments[1]) != 0)
        loop++;
    if (loop == end)
        return 2;
    int bytes = atoi(arguments[2]), batches = atoi(arguments[3]);
    child = count > 4 ? arguments[4] : "/bin/true";
    if (loop->open != NULL)
        loop->open();
    if (batches > 0) {
        printf("%.2f\n", median_of_batches(loop, (size_t)bytes, batches));
    } else {
        if (loop->before != NULL)
            loop->before((size_t)bytes);
        loop->call(1, bytes);
    }
    return 0;
}
