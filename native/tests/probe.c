#include "probe.h"

#include "../libwrapper/raw.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

static long log_fd = -1;

void probe_open_log(void) {
    const char *path = getenv("PROBE_LOG");
    if (path == NULL)
        return;
    long fd = ST_RAW3(SYS_open, path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    log_fd = ST_RAW3(SYS_fcntl, fd, F_DUPFD_CLOEXEC, 900);
    ST_RAW1(SYS_close, fd);
}

void probe_expect(int op, int64_t result, int error, int64_t a, int64_t b, int64_t c, int64_t length, int kind) {
    char line[200];
    int bytes = snprintf(line, sizeof line, "%d %ld %d %ld %ld %ld %ld %d\n", op, result, error, a, b, c, length, kind);
    ST_RAW3(SYS_write, log_fd, line, bytes);
}

static int sink;
static int repetitions;

static void write_often(int times) {
    for (int i = 0; i < times; i++)
        write(sink, "x", 1);
}

static int scenario_writes(void) {
    write_often(repetitions);
    return 0;
}

static void *writer(void *argument) {
    write_often(20);
    return argument;
}

static int scenario_threads(void) {
    pthread_t threads[repetitions];
    for (int i = 0; i < repetitions; i++)
        if (pthread_create(&threads[i], NULL, writer, NULL) != 0)
            return 1;
    for (int i = 0; i < repetitions; i++)
        pthread_join(threads[i], NULL);
    return 0;
}

static int scenario_thread_after_thread(void) {
    pthread_t thread;
    for (int i = 0; i < repetitions; i++) {
        if (pthread_create(&thread, NULL, writer, NULL) != 0)
            return 1;
        pthread_join(thread, NULL);
        usleep(20000); /* for the agent to read the ring to its end */
    }
    return 0;
}

static int scenario_forks(void) {
    for (int i = 0; i < repetitions; i++)
        if (fork() == 0) {
            write_often(3);
            _exit(0);
        }
    for (int i = 0; i < repetitions; i++)
        if (wait(NULL) < 0)
            return 1;
    return 0;
}

void probe_allow_only(const int *numbers, size_t count) {
    struct sock_filter rules[2 * count + 4];
    rules[0] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    for (size_t i = 0; i <= count; i++) {
        uint32_t number = i < count ? (uint32_t)numbers[i] : SYS_exit_group;
        rules[2 * i + 1] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1);
        rules[2 * i + 2] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    }
    rules[2 * count + 3] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
    struct sock_fprog program = {(unsigned short)(2 * count + 4), rules};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        ST_RAW1(SYS_exit_group, 1);
}

static int scenario_strict(void) {
    int fds[2];
    char byte;
    if (pipe(fds) != 0)
        return 1;
    probe_allow_only((const int[]){SYS_read, SYS_write}, 2);
    for (int i = 0; i < repetitions; i++)
        if (write(fds[1], "x", 1) != 1 || read(fds[0], &byte, 1) != 1)
            ST_RAW1(SYS_exit_group, 1);
    ST_RAW1(SYS_exit_group, 0);
    return 1;
}

static int scenario_chroot(void) {
    int fds[2];
    if (chroot("/proc/self/fdinfo") != 0 || chdir("/") != 0)
        return 1;
    closefrom(0);
    if (pipe(fds) != 0 || setuid(65534) != 0)
        return 1;
    pid_t child = fork();
    if (write(fds[1], "x", 1) != 1 || child == 0)
        return 1;
    return waitpid(child, NULL, 0) == child ? 0 : 1;
}

static sigjmp_buf jump;

static void on_alarm(int number) {
    static int count;
    (void)number;
    write(sink, "s", 1);
    if (++count % 3 == 0)
        siglongjmp(jump, 1);
}

static int scenario_signals(void) {
    struct itimerval often = {{.tv_usec = 200}, {.tv_usec = 200}}, never = {0};
    struct timespec now;
    signal(SIGALRM, on_alarm);
    setitimer(ITIMER_REAL, &often, NULL);
    time_t end = time(NULL) + 2;
    sigsetjmp(jump, 1);
    do {
        write_often(50);
        clock_gettime(CLOCK_REALTIME, &now);
    } while (now.tv_sec < end);
    setitimer(ITIMER_REAL, &never, NULL);
    write(sink, "end", 3);
    return 0;
}

static int endless[2];

static void clean(void *argument) {
    (void)argument;
    write(sink, "clean", 5);
}

static void *blocked(void *argument) {
    char byte;
    pthread_cleanup_push(clean, NULL);
    read(endless[0], &byte, 1);
    pthread_cleanup_pop(0);
    return argument;
}

static int scenario_cancel(void) {
    pthread_t threads[8];
    void *value;
    if (pipe(endless) != 0)
        return 1;
    for (int i = 0; i < 8; i++)
        pthread_create(&threads[i], NULL, blocked, NULL);
    usleep(50000);
    for (int i = 0; i < 8; i++) {
        pthread_cancel(threads[i]);
        if (pthread_join(threads[i], &value) != 0 || value != PTHREAD_CANCELED)
            return 1;
    }
    return 0;
}

static int scenario_vfork(void) {
    int fds[2], status;
    char *const arguments[] = {"sh", "-c", "exit 5", NULL};
    if (pipe(fds) != 0)
        return 1;
    write(sink, "before", 6);
    pid_t child = vfork();
    if (child == 0) {
        dup2(fds[1], sink);
        close(fds[0]);
        execv("/bin/sh", arguments);
        _exit(1);
    }
    write(sink, "after", 5);
    waitpid(child, &status, 0);
    return WEXITSTATUS(status) == 5 ? 0 : 1;
}

static int scenario_exec(void) {
    char *const arguments[] = {"sh", "-c", "echo done", NULL};
    execv("/nonexistent/program", arguments);
    write(sink, "x", 1);
    execv("/bin/sh", arguments);
    return 1;
}

/* Calls until a byte comes in. (Nothing that makes one may be seen by libwrapper but the writes.) */
static void write_until_told(void) {
    struct pollfd input = {.fd = 0, .events = POLLIN};
    do
        write(sink, "x", 1);
    while (ST_RAW3(SYS_poll, &input, 1, 5) == 0);
    ST_RAW3(SYS_read, 0, &(char){0}, 1);
}

/* A vfork child (`repetitions` 0) or a forked one, then the program itself. */
static int scenario_late(void) {
    int status = 1;
    pid_t child = repetitions == 0 ? vfork() : fork();
    if (child == 0) {
        write_until_told();
        _exit(7);
    }
    waitpid(child, &status, 0);
    write_until_told();
    return WEXITSTATUS(status) == 7 ? 0 : 1;
}

static int scenario_blocked(void) {
    char byte;
    return read(0, &byte, 1) == 1 ? 0 : 1;
}

static void late(void *argument) {
    (void)argument;
    write(sink, "late", 4);
}

static void *with_destructor(void *argument) {
    pthread_setspecific(*(pthread_key_t *)argument, "set");
    return NULL;
}

static int scenario_destructor(void) {
    pthread_key_t key;
    pthread_t thread;
    pthread_key_create(&key, late);
    pthread_create(&thread, NULL, with_destructor, &key);
    return pthread_join(thread, NULL);
}

#ifndef SANITIZED /* sanitizers are not initialised so early either */
/* Before libc itself is initialised, when there is no environment yet. */
static void before_libc(void) {
    close(open("/nonexistent/early", O_RDONLY));
}

__attribute__((section(".preinit_array"), used)) static void (*preinit)(void) = before_libc;
#endif

extern int early_calls; /* of tests/early.c */

static int scenario_early(void) {
    pthread_key_t first;
    return early_calls == 1 && pthread_key_create(&first, NULL) == 0 && pthread_getspecific(first) == NULL ? 0 : 1;
}

static int scenario_reuse(void) {
    int first = open("/etc/passwd", O_RDONLY);
    int copy = dup(first);
    close(first);
    int second = open("/etc/group", O_RDONLY);
    return second == first && close(copy) == 0 ? 0 : 1;
}

/* Declares in a process that declared the same before it forked, and more often than a ring has room for. */
static int scenario_contexts(void) {
    void (*set_context)(uint64_t) = (void (*)(uint64_t))dlsym(RTLD_DEFAULT, "strace_set_context");
    void (*declare_bytes)(int, uint64_t, uint64_t) =
        (void (*)(int, uint64_t, uint64_t))dlsym(RTLD_DEFAULT, "strace_declare_bytes");
    set_context(7);
    write_often(2);
    set_context(7);
    declare_bytes(sink, 5, UINT64_C(1) << 53);
    declare_bytes(-1, 5, 8);
    write_often(1);
    for (int i = 0; i < repetitions; i++)
        set_context((uint64_t)i % 2);
    if (fork() == 0) {
        set_context(7);
        _exit(0);
    }
    set_context(0);
    return wait(NULL) > 0 ? 0 : 1;
}

static const struct {
    const char *name;
    int (*run)(void);
} scenarios[] = {
    {"sockets", scenario_sockets},
    {"files", scenario_files},
    {"ipc", scenario_ipc},
    {"processes", scenario_processes},
    {"datagrams", scenario_datagrams},
    {"no_peers", scenario_no_peers},
    {"unix", scenario_unix},
    {"polling", scenario_polling},
    {"events", scenario_events},
    {"zerocopy", scenario_zerocopy},
    {"aio", scenario_aio},
    {"syscalls", scenario_syscalls},
    {"opens", scenario_opens},
    {"strict_io", scenario_strict_io},
    {"writes", scenario_writes},
    {"threads", scenario_threads},
    {"turns", scenario_thread_after_thread},
    {"forks", scenario_forks},
    {"strict", scenario_strict},
    {"chroot", scenario_chroot},
    {"signals", scenario_signals},
    {"cancel", scenario_cancel},
    {"vfork", scenario_vfork},
    {"exec", scenario_exec},
    {"late", scenario_late},
    {"blocked", scenario_blocked},
    {"destructor", scenario_destructor},
    {"reuse", scenario_reuse},
    {"early", scenario_early},
    {"contexts", scenario_contexts},
    {"streams", scenario_streams},
    {"piped_streams", scenario_piped_streams},
    {"children", scenario_children},
    {"vfork_child", scenario_vfork_child},
    {"sharer", scenario_sharer},
    {"daemon", scenario_daemon},
    {"waiting", scenario_waiting},
    {"leaving", scenario_leaving},
    {"queues", scenario_queues},
    {"mappings", scenario_mappings},
    {"names", scenario_names},
    {"interrupted", scenario_interrupted},
};

int main(int count, char **arguments) {
    repetitions = count > 2 ? atoi(arguments[2]) : 0;
    sink = (int)ST_RAW3(SYS_open, "/dev/null", O_WRONLY, 0);
    probe_open_log();
    for (size_t i = 0; i < sizeof scenarios / sizeof *scenarios; i++)
        if (count > 1 && strcmp(arguments[1], scenarios[i].name) == 0)
            return scenarios[i].run();
    return 2;
}
