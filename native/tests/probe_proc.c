/* Scenarios of streams, processes, threads, what they wait for, and POSIX IPC. */
#ifndef __NO_INLINE__
#define __NO_INLINE__ /* so that the calls of <stdio.h> are calls */
#endif
#include "probe.h"

#include "../libwrapper/raw.h"

#include <fcntl.h>
#include <mqueue.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <threads.h>
#include <unistd.h>

int __printf_chk(int, const char *, ...);
int __fprintf_chk(FILE *, int, const char *, ...);
int __vfprintf_chk(FILE *, int, const char *, va_list);
int __dprintf_chk(int, int, const char *, ...);
size_t __fread_unlocked_chk(void *, size_t, size_t, size_t, FILE *);
char *__fgets_unlocked_chk(char *, size_t, int, FILE *);
mqd_t __mq_open_2(const char *, int);
int _IO_putc(int, FILE *);
int _IO_getc(FILE *);

enum {
    NONE = ST_KIND_NONE,
    SOCK = ST_KIND_SOCKET,
    PIPE = ST_KIND_PIPE,
    PLAIN = ST_KIND_FILE,
    MEMORY = ST_KIND_MEMORY,
    QUEUE = ST_KIND_QUEUE
};

static char data[64];

/* A call whose result is an error code, or none that errno would tell. */
#define CODE(op, a, b, error, expression)                                                                              \
    __extension__({                                                                                                    \
        int64_t R = (int64_t)(expression);                                                                             \
        probe_expect(ST_##op, R, (error), (a), (b), 0, 0, NONE);                                                       \
        R;                                                                                                             \
    })

static void name_beside_log(char *name, size_t bytes, const char *suffix) {
    snprintf(name, bytes, "%s.%s", getenv("PROBE_LOG"), suffix);
}

static int print_list(FILE *stream, const char *format, ...) {
    va_list list;
    va_start(list, format);
    int result = stream != NULL ? vfprintf(stream, format, list) : vprintf(format, list);
    va_end(list);
    return result;
}

int scenario_streams(void) {
    char path[200], *line = NULL;
    size_t room = 0;
    name_beside_log(path, sizeof path, "text");
    int flags = O_RDWR | O_CREAT | O_TRUNC;
    int fd = (int)CALL(OPEN, PLAIN, R, flags, 0, 0, open(path, flags, 0600));
    FILE *stream;
    CALL(FDOPEN, PLAIN, fd, O_RDWR | O_CREAT | O_TRUNC, 0, 0, fileno(stream = fdopen(fd, "w+")));
    CALL(PRINTF, PLAIN, fd, 6, 0, 6, fprintf(stream, "%d\n", 12345));
    CALL(PRINTF, PLAIN, fd, 4, 0, 4, print_list(stream, "%s\n", "abc"));
    CALL(PRINTF, PLAIN, fd, 4, 0, 4, __fprintf_chk(stream, 1, "%s\n", "abc"));
    CALL(FPUTS, PLAIN, fd, 4, 0, 4, fputs_unlocked("abc\n", stream));
    CALL(FWRITE, PLAIN, fd, 4, 0, 4, fwrite_unlocked("abc\n", 2, 2, stream));
    fputc('x', stream); /* characters of a file are not recorded */
    (putc)('\n', stream);
    CALL(FFLUSH, PLAIN, fd, 0, 0, 0, fflush(stream));
    CALL(FFLUSH, NONE, -1, 0, 0, 0, fflush(NULL));
    CALL(PRINTF, PLAIN, fd, 3, 0, 3, dprintf(fd, "%s", "ail"));
    CALL(PRINTF, PLAIN, fd, 1, 0, 1, __dprintf_chk(fd, 1, "%s", "\n"));
    rewind(stream);
    CALL(GETLINE, PLAIN, fd, 0, 0, 6, getline(&line, &room, stream));
    CALL(GETLINE, PLAIN, fd, 0, 0, 4, getdelim(&line, &room, '\n', stream));
    CALL(GETLINE, PLAIN, fd, 0, 0, 4, __getdelim(&line, &room, '\n', stream));
    CALL(FGETS, PLAIN, fd, 64, 0, 4, fgets_unlocked(data, 64, stream) != NULL ? strlen(data) : 0);
    CALL(FREAD, PLAIN, fd, 2, 0, 2, fread_unlocked(data, 1, 2, stream));
    CALL(FREAD, PLAIN, fd, 2, 0, 2, __fread_unlocked_chk(data, sizeof data, 2, 1, stream) * 2 - 1);
    (getc)(stream);
    if (fscanf(stream, "%1s", data) != 1)
        return 1;
    CALL(FGETS, PLAIN, fd, 64, 0, 3, __fgets_unlocked_chk(data, sizeof data, 64, stream) != NULL ? strlen(data) : 0);
    CALL(GETLINE, PLAIN, fd, 0, 0, 0, getline(&line, &room, stream) + 1); /* -1: the end, told as 0 */
    free(line);
    CALL(FREOPEN, PLAIN, ANY, O_WRONLY | O_CREAT | O_APPEND, 0, 0, fileno(freopen(path, "a", stream)));
    CALL(FREOPEN, PLAIN, ANY, O_RDONLY, 0, 0, fileno(freopen64(path, "r", stream)));
    CALL(PRINTF, PLAIN, fileno(stream), 0, 0, 0, fprintf(stream, "not for writing"));
    fd = fileno(stream);
    CALL(FCLOSE, PLAIN, fd, 0, 0, 0, fclose(stream));
    CALL(FDOPEN, NONE, -1, O_RDONLY, 0, 0, fdopen(-1, "r") != NULL ? 0 : -1);

    CALL(FREOPEN, PLAIN, 1, O_WRONLY | O_CREAT | O_TRUNC, 0, 0, fileno(freopen(path, "w", stdout)));
    CALL(PUTS, PLAIN, 1, 6, 0, 6, puts("plain"));
    CALL(PRINTF, PLAIN, 1, 3, 0, 3, printf("%d", 123));
    CALL(PRINTF, PLAIN, 1, 3, 0, 3, __printf_chk(1, "%d", 123));
    CALL(PRINTF, PLAIN, 1, 3, 0, 3, print_list(NULL, "%d", 123));
    return 0;
}

int scenario_piped_streams(void) {
    int fds[2], number;
    CALL(PIPE, PIPE, ANY, ANY, 0, 0, pipe(fds));
    FILE *in, *out;
    CALL(FDOPEN, PIPE, fds[0], O_RDONLY, 0, 0, fileno(in = fdopen(fds[0], "r")));
    CALL(FDOPEN, PIPE, fds[1], O_WRONLY | O_CREAT | O_TRUNC, 0, 0, fileno(out = fdopen(fds[1], "w")));
    CALL(FPUTC, PIPE, fds[1], 1, 0, 1, fputc('a', out));
    CALL(FPUTC, PIPE, fds[1], 1, 0, 1, (putc)('b', out));
    CALL(FPUTC, PIPE, fds[1], 1, 0, 1, (putc_unlocked)('c', out));
    CALL(FPUTC, PIPE, fds[1], 1, 0, 1, (fputc_unlocked)('d', out));
    CALL(FPUTC, PIPE, fds[1], 1, 0, 1, _IO_putc('e', out));
    CALL(FPUTS, PIPE, fds[1], 8, 0, 8, fputs(" 42 line", out));
    CALL(FCLOSE, PIPE, fds[1], 0, 0, 0, fclose(out));
    CALL(FGETC, PIPE, fds[0], 1, 0, 1, fgetc(in));
    CALL(FGETC, PIPE, fds[0], 1, 0, 1, (getc)(in));
    CALL(FGETC, PIPE, fds[0], 1, 0, 1, (getc_unlocked)(in));
    CALL(FGETC, PIPE, fds[0], 1, 0, 1, (fgetc_unlocked)(in));
    CALL(FGETC, PIPE, fds[0], 1, 0, 1, _IO_getc(in));
    CALL(SCANF, PIPE, fds[0], 0, 0, 0, fscanf(in, "%d", &number));
    CALL(FGETS, PIPE, fds[0], 64, 0, 5, fgets(data, 64, in) != NULL ? strlen(data) : 0);
    CALL(FGETC, PIPE, fds[0], 1, 0, 0, fgetc(in) + 1); /* EOF: the end, told as 0 */
    CALL(FCLOSE, PIPE, fds[0], 0, 0, 0, fclose(in));

    CALL(POPEN, PIPE, ANY, 0, 0, 0, fileno(in = popen("echo child; exit 3", "r")));
    CALL(GETLINE, PIPE, fileno(in), 0, 0, 6, getline(&(char *){NULL}, &(size_t){0}, in));
    int fd = fileno(in);
    CALL(PCLOSE, PIPE, fd, 0, 0, 0, pclose(in));

    CALL(SOCKETPAIR, SOCK, ANY, ANY, SOCK_STREAM, 0, socketpair(AF_UNIX, SOCK_STREAM, 0, fds));
    CALL(PRINTF, SOCK, fds[0], 4, 0, 4, dprintf(fds[0], "%d", 1234));
    CALL(DUP2, SOCK, fds[1], 0, 0, 0, dup2(fds[1], 0));
    CALL(FGETC, SOCK, 0, 1, 0, 1, getchar());
    CALL(FGETC, SOCK, 0, 1, 0, 1, (getchar_unlocked)());
    CALL(SCANF, SOCK, 0, 0, 0, 0, scanf("%1d", &number));
    CALL(DUP2, SOCK, fds[0], 1, 0, 0, dup2(fds[0], 1));
    CALL(FPUTC, SOCK, 1, 1, 0, 1, putchar('x'));
    CALL(FPUTC, SOCK, 1, 1, 0, 1, (putchar_unlocked)('y'));
    return number == 3 ? 0 : 1;
}

static int end_with(void *status) {
    _exit((int)(intptr_t)status);
}

static int cloned(int flags, int status) {
    static char stack[65536] __attribute__((aligned(16)));
    return clone(end_with, stack + sizeof stack, flags | SIGCHLD, (void *)(intptr_t)status);
}

int scenario_children(void) {
    char *const arguments[] = {"sh", "-c", "exit 4", NULL};
    int status;
    pid_t pid, child;
    siginfo_t info;
    struct rusage usage;
    CODE(POSIX_SPAWN, pid, 0, 0, posix_spawn(&pid, "/bin/sh", NULL, NULL, arguments, environ));
    CALL(WAIT4, NONE, pid, 0, 0, 0, wait4(pid, &status, 0, &usage));
    CODE(POSIX_SPAWNP, ANY, 0, 0, posix_spawnp(NULL, "sh", NULL, NULL, arguments, environ));
    CALL(WAIT3, NONE, -1, 0, 0, 0, wait3(&status, 0, NULL));
    if (WEXITSTATUS(status) != 4)
        return 1;
    CALL(SYSTEM, NONE, -1, 0, 0, 0, system("exit 5"));
    CALL(SYSTEM, NONE, -1, 0, 0, 0, system(NULL));

    child = _Fork();
    if (child == 0)
        _exit(6);
    probe_expect(ST_FORK, child, 77, 0, 0, 0, 0, NONE);
    errno = 77;
    status = waitid(P_PID, (id_t)child, &info, WEXITED);
    probe_expect(ST_WAITID, child, errno, child, WEXITED, 0, 0, NONE);
    if (status != 0 || info.si_status != 6 || waitid(P_ALL, 0, NULL, WEXITED) != -1)
        return 1;
    probe_expect(ST_WAITID, -1, ECHILD, -1, WEXITED, 0, 0, NONE);

    child = (pid_t)CALL(CLONE, NONE, 0, 0, SIGCHLD, 0, cloned(0, 7));
    CALL(WAITPID, NONE, child, 0, 0, 0, waitpid(child, &status, 0));
    CALL(CLONE, NONE, 0, 0, 0, 0, clone(NULL, NULL, 0, NULL)); /* EINVAL */
    return WEXITSTATUS(status) == 7 ? 0 : 1;
}

static int fds[2], copy;

static int grandchild(void *unused) {
    (void)unused;
    close(copy);
    write(fds[1], "g", 1);
    _exit(0);
}

/* What the child does to descriptors must not show in the parent. Its child, on the same memory, does it again. */
int scenario_vfork_child(void) {
    static char stack[65536] __attribute__((aligned(16)));
    int status;
    char *const arguments[] = {"sh", "-c", "exit 5", NULL};
    if (pipe(fds) != 0)
        return 1;
    copy = dup(fds[1]);
    pid_t child = vfork();
    if (child == 0) {
        close(fds[0]);
        int file = open("/etc/passwd", O_RDONLY); /* takes the number of the pipe's end */
        read(file, data, 1);
        dup2(file, copy);
        read(copy, data, 1);
        clone(grandchild, stack + sizeof stack, CLONE_VM | CLONE_VFORK | SIGCHLD, NULL);
        write(fds[1], "c", 1);
        execv("/nonexistent/program", arguments);
        execv("/bin/sh", arguments);
        _exit(1);
    }
    write(copy, "p", 1);
    read(fds[0], data, 3);
    waitpid(child, &status, 0);
    return WEXITSTATUS(status) == 5 && memcmp(data, "gcp", 3) == 0 ? 0 : 1;
}

static int shared_turn[2];

static int write_and_wait(void *unused) {
    (void)unused;
    char byte;
    write(shared_turn[1], "x", 1);
    ST_RAW3(SYS_read, 0, &byte, 1);
    ST_RAW1(SYS_exit, 0);
    return 0;
}

/* A clone that runs beside its parent on its memory and thread-local storage, until descriptor 0 tells it to end. */
int scenario_sharer(void) {
    static char stack[65536] __attribute__((aligned(16)));
    int gate[2];
    char byte;
    pipe(shared_turn);
    pipe(gate);
    dup2(gate[0], 0);
    write(shared_turn[1], "x", 1);
    pid_t child = clone(write_and_wait, stack + sizeof stack, CLONE_VM | SIGCHLD, NULL);
    ST_RAW3(SYS_write, gate[1], "x", 1);
    if (read(shared_turn[0], &byte, 1) != 1 || waitpid(child, NULL, 0) != child)
        return 1;
    write(shared_turn[1], "xyz", 3);
    return cloned(CLONE_VM | CLONE_VFORK, 0) > 0 && wait(NULL) > 0 ? 0 : 1;
}

int scenario_daemon(void) {
    if (daemon(1, 0) != 0)
        return 1;
    write(1, "after", 5);
    return 0;
}

static void *nothing(void *argument) {
    return argument;
}

static int nothing_c11(void *argument) {
    (void)argument;
    return 5;
}

int scenario_waiting(void) {
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
    pthread_barrier_t barrier;
    mtx_t lock;
    cnd_t changed;
    thrd_t thread;
    char name[64];
    struct timespec past = {.tv_sec = 1};
    int64_t c = (int64_t)(intptr_t)&condition, m = (int64_t)(intptr_t)&mutex, value;
    pthread_mutex_lock(&mutex);
    CODE(COND_TIMEDWAIT, c, m, ETIMEDOUT, pthread_cond_timedwait(&condition, &mutex, &past));
    CODE(COND_CLOCKWAIT, c, m, ETIMEDOUT, pthread_cond_clockwait(&condition, &mutex, CLOCK_MONOTONIC, &past));
    CALL(COND_SIGNAL, NONE, c, 0, 0, 0, pthread_cond_signal(&condition));
    CALL(COND_BROADCAST, NONE, c, 0, 0, 0, pthread_cond_broadcast(&condition));
    pthread_barrier_init(&barrier, NULL, 1);
    CODE(BARRIER_WAIT, (int64_t)(intptr_t)&barrier, 0, 0, pthread_barrier_wait(&barrier));
    mtx_init(&lock, mtx_plain);
    cnd_init(&changed);
    mtx_lock(&lock);
    c = (int64_t)(intptr_t)&changed;
    CODE(COND_TIMEDWAIT, c, (int64_t)(intptr_t)&lock, ETIMEDOUT, cnd_timedwait(&changed, &lock, &past));
    CALL(COND_SIGNAL, NONE, c, 0, 0, 0, cnd_signal(&changed));
    CALL(COND_BROADCAST, NONE, c, 0, 0, 0, cnd_broadcast(&changed));
    CALL(THRD_CREATE, NONE, ANY, 0, 0, 0, thrd_create(&thread, nothing_c11, NULL));
    int code = 0;
    CALL(THRD_JOIN, NONE, (int64_t)thread, 0, 0, 0, thrd_join(thread, &code));

    snprintf(name, sizeof name, "/st-probe.%d", getppid());
    int flags = O_CREAT | O_EXCL;
    value = CALL(SEM_OPEN, NONE, R, flags, 0, 0, sem_open(name, flags, 0600, 1));
    sem_t *semaphore = (sem_t *)(intptr_t)value;
    CALL(SEM_WAIT, NONE, value, 0, 0, 0, sem_wait(semaphore));
    CALL(SEM_CLOSE, NONE, value, 0, 0, 0, sem_close(semaphore));
    CALL(SEM_UNLINK, NONE, 0, 0, 0, 0, sem_unlink(name));
    CALL(SEM_OPEN, NONE, 0, 0, 0, 0, sem_open(name, 0) != NULL ? 0 : -1);
    return code == 5 ? 0 : 1;
}

static pthread_mutex_t hand_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t hand_condition = PTHREAD_COND_INITIALIZER;

static void unlock(void *mutex) {
    pthread_mutex_unlock(mutex);
    write(shared_turn[1], "u", 1);
}

static void *waits(void *argument) {
    pthread_mutex_lock(&hand_mutex);
    pthread_cleanup_push(unlock, &hand_mutex);
    write(shared_turn[1], "w", 1);
    for (;;)
        pthread_cond_wait(&hand_condition, &hand_mutex);
    pthread_cleanup_pop(0);
    return argument;
}

static void *leaves(void *argument) {
    pthread_exit(argument);
}

static int leaves_c11(void *argument) {
    (void)argument;
    thrd_exit(3);
}

/* Threads that end within a call: cancelled while they wait, or by pthread_exit. */
int scenario_leaving(void) {
    pthread_t thread;
    thrd_t other;
    void *value;
    int code;
    char byte;
    pipe(shared_turn);
    pthread_create(&thread, NULL, waits, NULL);
    read(shared_turn[0], &byte, 1);
    pthread_mutex_lock(&hand_mutex); /* it waits: the mutex is free */
    pthread_mutex_unlock(&hand_mutex);
    pthread_cancel(thread);
    if (pthread_join(thread, &value) != 0 || value != PTHREAD_CANCELED)
        return 1;
    pthread_create(&thread, NULL, leaves, &byte);
    if (pthread_join(thread, &value) != 0 || value != &byte)
        return 1;
    thrd_create(&other, leaves_c11, NULL);
    return thrd_join(other, &code) == thrd_success && code == 3 ? 0 : 1;
}

int scenario_queues(void) {
    char name[64];
    unsigned int priority = 0;
    struct mq_attr attributes = {.mq_maxmsg = 4, .mq_msgsize = 32};
    struct timespec past = {.tv_sec = 1};
    snprintf(name, sizeof name, "/st-probe.%d", getppid());
    int flags = O_RDWR | O_CREAT | O_EXCL;
    mqd_t queue = (mqd_t)CALL(MQ_OPEN, QUEUE, R, flags, 0, 0, mq_open(name, flags, 0600, &attributes));
    CALL(MQ_SEND, QUEUE, queue, 5, 3, 5, mq_send(queue, "hello", 5, 3));
    CALL(MQ_TIMEDSEND, QUEUE, queue, 4, 0, 4, mq_timedsend(queue, "past", 4, 0, &past));
    CALL(MQ_RECEIVE, QUEUE, queue, 64, 3, 5, mq_receive(queue, data, 64, &priority));
    CALL(MQ_TIMEDRECEIVE, QUEUE, queue, 64, 0, 4, mq_timedreceive(queue, data, 64, NULL, &past));
    CALL(MQ_TIMEDRECEIVE, QUEUE, queue, 64, 0, 0, mq_timedreceive(queue, data, 64, NULL, &past));
    CALL(MQ_NOTIFY, QUEUE, queue, 0, 0, 0, mq_notify(queue, NULL));
    mqd_t second = (mqd_t)CALL(MQ_OPEN, QUEUE, R, O_RDONLY, 0, 0, __mq_open_2(name, O_RDONLY));
    CALL(MQ_CLOSE, QUEUE, second, 0, 0, 0, mq_close(second));
    CALL(CLOSE, QUEUE, queue, 0, 0, 0, close(queue));
    CALL(MQ_SEND, NONE, queue, 5, 3, 0, mq_send(queue, "hello", 5, 3)); /* EBADF */
    CALL(MQ_UNLINK, NONE, 0, 0, 0, 0, mq_unlink(name));
    CALL(MQ_OPEN, NONE, -1, O_RDONLY, 0, 0, mq_open(name, O_RDONLY));
    return priority == 3 ? 0 : 1;
}

int scenario_mappings(void) {
    char name[64];
    snprintf(name, sizeof name, "/st-probe.%d", getppid());
    int flags = O_RDWR | O_CREAT | O_EXCL, both = PROT_READ | PROT_WRITE;
    int fd = (int)CALL(SHM_OPEN, MEMORY, R, flags, 0, 0, shm_open(name, flags, 0600));
    if (ftruncate(fd, 16384) != 0)
        return 1;
    int64_t first = CALL(MMAP, MEMORY, R, 8192, 4096, 0, (intptr_t)mmap(NULL, 8192, both, MAP_SHARED, fd, 4096));
    int64_t second = CALL(MMAP, MEMORY, R, 4096, 0, 0, (intptr_t)mmap64(NULL, 4096, both, MAP_SHARED, fd, 0));
    void *private = mmap(NULL, 4096, both, MAP_PRIVATE, fd, 0); /* these are not recorded */
    void *anonymous = mmap(NULL, 4096, both, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    munmap(private, 4096);
    munmap(anonymous, 4096);
    CALL(MMAP, MEMORY, 0, 0, 0, 0, (intptr_t)mmap(NULL, 0, both, MAP_SHARED, fd, 0)); /* EINVAL */
    CALL(CLOSE, MEMORY, fd, 0, 0, 0, close(fd));
    CALL(MUNMAP, MEMORY, first, 8192, 0, 0, munmap((void *)first, 8192));
    munmap((void *)first, 8192); /* nothing is there any more */
    void *again = mmap((void *)second, 4096, both, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    munmap(again, 4096); /* no longer the file */
    CALL(SHM_UNLINK, NONE, 0, 0, 0, 0, shm_unlink(name));
    CALL(SHM_OPEN, NONE, -1, O_RDWR, 0, 0, shm_open(name, O_RDWR, 0));
    return 0;
}

int scenario_names(void) {
    struct addrinfo hints = {.ai_family = AF_INET, .ai_flags = AI_NUMERICHOST}, *found;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct hostent host, *hosts;
    char buffer[1024];
    int error;
    CALL(GETADDRINFO, NONE, AF_INET, 0, 0, 0, getaddrinfo("127.0.0.1", "80", &hints, &found));
    freeaddrinfo(found);
    CODE(GETADDRINFO, AF_INET, 0, 0, getaddrinfo("no number", NULL, &hints, &found));
    CALL(GETNAMEINFO, NONE, AF_INET, 0, 0, 0,
         getnameinfo((struct sockaddr *)&address, sizeof address, buffer, sizeof buffer, NULL, 0, NI_NUMERICHOST));
    CALL(GETADDRINFO, NONE, AF_INET, 0, 0, 0, gethostbyname("127.0.0.1") != NULL ? 0 : -1);
    CALL(GETADDRINFO, NONE, AF_INET6, 0, 0, 0, gethostbyname2("::1", AF_INET6) != NULL ? 0 : -1);
    CALL(GETADDRINFO, NONE, AF_INET, 0, 0, 0,
         gethostbyname_r("127.0.0.1", &host, buffer, sizeof buffer, &hosts, &error));
    CALL(GETADDRINFO, NONE, AF_INET6, 0, 0, 0,
         gethostbyname2_r("::1", AF_INET6, &host, buffer, sizeof buffer, &hosts, &error));
    return strcmp(buffer, "127.0.0.1") != 0 && nothing(NULL) == NULL ? 0 : 1;
}

static void write_in_handler(int number) {
    (void)number;
    write(shared_turn[1], "handler", 7);
}

/* A handler interrupts a read that then goes on, and calls made one within another by nobody's signal. */
int scenario_interrupted(void) {
    char bytes[8];
    pipe(shared_turn);
    struct sigaction action = {.sa_handler = write_in_handler, .sa_flags = SA_RESTART};
    sigaction(SIGUSR1, &action, NULL);
    read(0, bytes, 1);
    write(shared_turn[1], "after", 5);
    return 0;
}
