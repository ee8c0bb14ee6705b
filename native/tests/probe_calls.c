/* The scenarios that make every interposed call, with and without success. */
#include "probe.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/sendfile.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

ssize_t __read_chk(int, void *, size_t, size_t);
ssize_t __recv_chk(int, void *, size_t, size_t, int);
ssize_t __recvfrom_chk(int, void *, size_t, size_t, int, struct sockaddr *, socklen_t *);
ssize_t __pread_chk(int, void *, size_t, off_t, size_t);
ssize_t __pread64_chk(int, void *, size_t, off64_t, size_t);
int __open_2(const char *, int);
int __open64_2(const char *, int);
int __openat_2(int, const char *, int);
int __openat64_2(int, const char *, int);
size_t __fread_chk(void *, size_t, size_t, size_t, FILE *);
char *__fgets_chk(char *, size_t, int, FILE *);

enum { NONE = ST_KIND_NONE, SOCK = ST_KIND_SOCKET, PIPE = ST_KIND_PIPE, PLAIN = ST_KIND_FILE };

static char data[64];

static void stream_pair(int client, int server) {
    struct iovec vector[2] = {{data, 3}, {data, 4}};
    struct msghdr message = {.msg_iov = vector, .msg_iovlen = 2};
    CALL(WRITE_SOCKET, SOCK, client, 5, 0, 5, write(client, "hello", 5));
    CALL(RECV_SOCKET, SOCK, server, 64, MSG_PEEK, 5, recv(server, data, 64, MSG_PEEK));
    CALL(READ_SOCKET, SOCK, server, 64, 0, 5, read(server, data, 64));
    CALL(RECV_SOCKET, SOCK, server, 64, MSG_DONTWAIT, 0, recv(server, data, 64, MSG_DONTWAIT));
    CALL(SEND_SOCKET, SOCK, client, 9, 0, 9, send(client, "nine byte", 9, 0));
    CALL(READ_SOCKET, SOCK, server, 2, 0, 2, __read_chk(server, data, 2, sizeof data));
    CALL(RECV_SOCKET, SOCK, server, 3, 0, 3, __recv_chk(server, data, 3, sizeof data, 0));
    CALL(RECVFROM, SOCK, server, 4, 0, 4, __recvfrom_chk(server, data, 4, sizeof data, 0, NULL, NULL));
    CALL(SENDTO, SOCK, server, 6, MSG_NOSIGNAL, 6, sendto(server, data, 6, MSG_NOSIGNAL, NULL, 0));
    CALL(RECVFROM, SOCK, client, 64, 0, 6, recvfrom(client, data, 64, 0, NULL, NULL));
    CALL(SENDMSG, SOCK, client, 7, 0, 7, sendmsg(client, &message, 0));
    CALL(RECVMSG, SOCK, server, 7, 0, 7, recvmsg(server, &message, 0));
    CALL(WRITEV_SOCKET, SOCK, client, 7, 0, 7, writev(client, vector, 2));
    CALL(READV_SOCKET, SOCK, server, 7, 0, 7, readv(server, vector, 2));
    CALL(SHUTDOWN, SOCK, client, SHUT_WR, 0, 0, shutdown(client, SHUT_WR));
    CALL(READ_SOCKET, SOCK, server, 64, 0, 0, read(server, data, 64));
    CALL(CLOSE, SOCK, client, 0, 0, 0, close(client));
    CALL(CLOSE, SOCK, server, 0, 0, 0, close(server));
}

static void inet(int family, const struct sockaddr *address, socklen_t bytes) {
    struct sockaddr_storage bound;
    socklen_t bound_bytes = sizeof bound;
    int listener = (int)CALL(SOCKET, SOCK, family, SOCK_STREAM, 0, 0, socket(family, SOCK_STREAM, 0));
    CALL(BIND_INET, SOCK, listener, 0, 0, 0, bind(listener, address, bytes));
    CALL(LISTEN, SOCK, listener, 8, 0, 0, listen(listener, 8));
    getsockname(listener, (struct sockaddr *)&bound, &bound_bytes);
    int client = (int)CALL(SOCKET, SOCK, family, SOCK_STREAM | SOCK_CLOEXEC, 0, 0,
                           socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    CALL(CONNECT, SOCK, client, 0, 0, 0, connect(client, (struct sockaddr *)&bound, bound_bytes));
    int server = (int)CALL(ACCEPT, SOCK, listener, 0, 0, 0, accept(listener, NULL, NULL));
    stream_pair(client, server);

    client = (int)CALL(SOCKET, SOCK, family, SOCK_STREAM, 0, 0, socket(family, SOCK_STREAM, 0));
    CALL(CONNECT, SOCK, client, 0, 0, 0, connect(client, (struct sockaddr *)&bound, bound_bytes));
    server = (int)CALL(ACCEPT4, SOCK, listener, 0, SOCK_NONBLOCK, 0, accept4(listener, NULL, NULL, SOCK_NONBLOCK));
    CALL(READ_SOCKET, SOCK, server, 64, 0, 0, read(server, data, 64)); /* EAGAIN */
    CALL(CLOSE, SOCK, server, 0, 0, 0, close(server));
    CALL(CLOSE, SOCK, client, 0, 0, 0, close(client));
    CALL(CLOSE, SOCK, listener, 0, 0, 0, close(listener));
    client = (int)CALL(SOCKET, SOCK, family, SOCK_STREAM, 0, 0, socket(family, SOCK_STREAM, 0));
    CALL(CONNECT, SOCK, client, 0, 0, 0, connect(client, (struct sockaddr *)&bound, bound_bytes)); /* ECONNREFUSED */
    CALL(CONNECT, SOCK, client, 0, 0, 0, connect(client, NULL, bound_bytes));                      /* EFAULT */
    CALL(CLOSE, SOCK, client, 0, 0, 0, close(client));
}

int scenario_sockets(void) {
    struct sockaddr_in inet4 = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_in6 inet6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    struct sockaddr_in6 mapped = {.sin6_family = AF_INET6};
    struct sockaddr_un local = {.sun_family = AF_UNIX};
    memcpy(&mapped.sin6_addr, "\0\0\0\0\0\0\0\0\0\0\xff\xff\x7f\0\0\1", 16);
    inet(AF_INET, (struct sockaddr *)&inet4, sizeof inet4);
    inet(AF_INET6, (struct sockaddr *)&inet6, sizeof inet6);
    inet(AF_INET6, (struct sockaddr *)&mapped, sizeof mapped);

    snprintf(local.sun_path, sizeof local.sun_path, "%s.unix", getenv("PROBE_LOG"));
    unlink(local.sun_path);
    int listener = (int)CALL(SOCKET, SOCK, AF_UNIX, SOCK_STREAM, 0, 0, socket(AF_UNIX, SOCK_STREAM, 0));
    CALL(BIND_UNIX, SOCK, listener, 0, 0, 0, bind(listener, (struct sockaddr *)&local, sizeof local));
    CALL(BIND_UNIX, SOCK, listener, 0, 0, 0, bind(listener, (struct sockaddr *)&local, sizeof local));
    CALL(LISTEN, SOCK, listener, 1, 0, 0, listen(listener, 1));
    int client = (int)CALL(SOCKET, SOCK, AF_UNIX, SOCK_STREAM, 0, 0, socket(AF_UNIX, SOCK_STREAM, 0));
    CALL(CONNECT, SOCK, client, 0, 0, 0, connect(client, (struct sockaddr *)&local, sizeof local));
    stream_pair(client, (int)CALL(ACCEPT, SOCK, listener, 0, 0, 0, accept(listener, NULL, NULL)));
    CALL(CLOSE, SOCK, listener, 0, 0, 0, close(listener));

    int pair[2];
    socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
    probe_expect(ST_SOCKETPAIR, 0, 77, pair[0], pair[1], SOCK_STREAM, 0, SOCK);
    stream_pair(pair[0], pair[1]);
    CALL(SOCKETPAIR, NONE, -1, -1, 99, 0, socketpair(AF_UNIX, 99, 0, pair));
    CALL(SOCKET, NONE, 999, SOCK_STREAM, 0, 0, socket(999, SOCK_STREAM, 0));
    CALL(RECV_SOCKET, NONE, 999, 1, 0, 0, recv(999, data, 1, 0));
    CALL(WRITE_FILE, NONE, 999, 1, 0, 0, write(999, data, 1));
    return 0;
}

static void streams(const char *path) {
    FILE *stream;
    CALL(FOPEN, PLAIN, ANY, O_WRONLY | O_CREAT | O_TRUNC, 0, 0, fileno(stream = fopen(path, "w")));
    int fd = fileno(stream);
    CALL(FPUTS, PLAIN, fd, 9, 0, 9, fputs("one\ntwo\n\n", stream));
    CALL(FWRITE, PLAIN, fd, 12, 0, 12, fwrite("abcdefghijkl", 4, 3, stream));
    CALL(FCLOSE, PLAIN, fd, 0, 0, 0, fclose(stream));
    CALL(FOPEN, PLAIN, ANY, O_RDONLY, 0, 0, fileno(stream = fopen64(path, "r")));
    fd = fileno(stream);
    CALL(FGETS, PLAIN, fd, 64, 0, 4, fgets(data, 64, stream) != NULL ? strlen(data) : 0);
    CALL(FGETS, PLAIN, fd, 64, 0, 4, __fgets_chk(data, sizeof data, 64, stream) != NULL ? strlen(data) : 0);
    CALL(FREAD, PLAIN, fd, 6, 0, 6, fread(data, 2, 3, stream));
    CALL(FREAD, PLAIN, fd, 64, 0, 7, __fread_chk(data, sizeof data, 1, 64, stream));
    CALL(FGETS, PLAIN, fd, 64, 0, 0, fgets(data, 64, stream) != NULL);
    CALL(FCLOSE, PLAIN, fd, 0, 0, 0, fclose(stream));
    CALL(FOPEN, NONE, -1, O_RDONLY, 0, 0, fopen("/nonexistent/file", "r") != NULL ? 0 : -1);
}

static void pipes(void) {
    int fds[2];
    struct iovec vector[2] = {{data, 3}, {data, 4}};
    pipe(fds);
    probe_expect(ST_PIPE, 0, 77, fds[0], fds[1], 0, 0, PIPE);
    CALL(WRITE_PIPE, PIPE, fds[1], 5, 0, 5, write(fds[1], "hello", 5));
    CALL(READ_PIPE, PIPE, fds[0], 64, 0, 5, read(fds[0], data, 64));
    CALL(WRITEV_PIPE, PIPE, fds[1], 7, 0, 7, writev(fds[1], vector, 2));
    CALL(READV_PIPE, PIPE, fds[0], 7, 0, 7, readv(fds[0], vector, 2));
    CALL(WRITEV_PIPE, PIPE, fds[1], 0, 0, 0, writev(fds[1], NULL, 2)); /* EFAULT */
    int copy = (int)CALL(DUP, PIPE, fds[1], R, 0, 0, dup(fds[1]));
    CALL(DUP2, PIPE, fds[1], 100, 0, 0, dup2(fds[1], 100));
    CALL(DUP3, PIPE, fds[0], 101, O_CLOEXEC, 0, dup3(fds[0], 101, O_CLOEXEC));
    CALL(DUP3, PIPE, fds[0], fds[0], 0, 0, dup3(fds[0], fds[0], 0)); /* EINVAL */
    CALL(FCNTL_DUPFD, PIPE, fds[0], F_DUPFD, 102, 0, fcntl(fds[0], F_DUPFD, 102));
    CALL(FCNTL_DUPFD, PIPE, fds[0], F_DUPFD_CLOEXEC, 103, 0, fcntl64(fds[0], F_DUPFD_CLOEXEC, 103));
    CALL(WRITE_PIPE, PIPE, 100, 1, 0, 1, write(100, "x", 1));
    CALL(READ_PIPE, PIPE, 103, 1, 0, 1, read(103, data, 1));
    close_range(100, 103, 0);
    CALL(WRITE_FILE, NONE, 100, 1, 0, 0, write(100, "x", 1)); /* EBADF */
    CALL(CLOSE, PIPE, copy, 0, 0, 0, close(copy));
    CALL(CLOSE, PIPE, fds[0], 0, 0, 0, syscall(3L, (long)fds[0]));
    CALL(CLOSE, PIPE, fds[1], 0, 0, 0, close(fds[1]));
    pipe2(fds, O_NONBLOCK);
    probe_expect(ST_PIPE2, 0, 77, fds[0], fds[1], O_NONBLOCK, 0, PIPE);
    CALL(READ_PIPE, PIPE, fds[0], 1, 0, 0, read(fds[0], data, 1)); /* EAGAIN */
    CALL(DUP2, PIPE, fds[0], 950, 0, 0, dup2(fds[0], 950));        /* beyond the log */
    closefrom(950);
    CALL(READ_FILE, NONE, 950, 1, 0, 0, read(950, data, 1)); /* EBADF */
    close_range((unsigned int)fds[0], (unsigned int)fds[1], 0);
    int fd = (int)CALL(EVENTFD, ST_KIND_EVENTFD, 5, EFD_CLOEXEC, 0, 0, eventfd(5, EFD_CLOEXEC));
    CALL(READ_FILE, ST_KIND_EVENTFD, fd, 8, 0, 8, read(fd, data, 8));
    CALL(CLOSE, ST_KIND_EVENTFD, fd, 0, 0, 0, close(fd));
}

int scenario_files(void) {
    char path[200], fifo[200];
    struct iovec vector[2] = {{data, 3}, {data, 4}};
    snprintf(path, sizeof path, "%s.file", getenv("PROBE_LOG"));
    snprintf(fifo, sizeof fifo, "%s.fifo", getenv("PROBE_LOG"));
    unlink(path);
    unlink(fifo);
    int flags = O_RDWR | O_CREAT | O_EXCL;
    int fd = (int)CALL(OPEN, PLAIN, R, flags, 0, 0, open(path, flags, 0640));
    struct stat status;
    CALL(WRITE_FILE, PLAIN, fd, 10, 0, 10, write(fd, "0123456789", 10));
    CALL(PWRITE, PLAIN, fd, 3, 0, 3, pwrite(fd, "abc", 3, 0));
    CALL(PWRITE, PLAIN, fd, 3, 20, 3, pwrite64(fd, "abc", 3, 20));
    CALL(PREAD, PLAIN, fd, 3, 0, 3, pread(fd, data, 3, 0));
    CALL(PREAD, PLAIN, fd, 3, 0, 3, pread64(fd, data, 3, 0));
    CALL(PREAD, PLAIN, fd, 3, 0, 3, __pread_chk(fd, data, 3, 0, sizeof data));
    CALL(PREAD, PLAIN, fd, 3, 0, 3, __pread64_chk(fd, data, 3, 0, sizeof data));
    CALL(WRITEV_FILE, PLAIN, fd, 7, 0, 7, writev(fd, vector, 2));
    CALL(READV_FILE, PLAIN, fd, 7, 0, R, readv(fd, vector, 2));
    int out = (int)CALL(OPENAT, PLAIN, R, O_WRONLY, 0, 0, openat(AT_FDCWD, path, O_WRONLY));
    CALL(SENDFILE, PLAIN, out, fd, 4, R, sendfile(out, fd, &(off_t){0}, 4));
    CALL(SENDFILE, PLAIN, out, fd, 4, R, sendfile64(out, fd, &(off64_t){0}, 4));
    CALL(CLOSE, PLAIN, out, 0, 0, 0, close(out));
    CALL(CLOSE, PLAIN, fd, 0, 0, 0, close(fd));
    CALL(CLOSE, NONE, fd, 0, 0, 0, close(fd));
    int opened[] = {
        (int)CALL(OPEN, PLAIN, R, O_RDONLY, 0, 0, open64(path, O_RDONLY)),
        (int)CALL(OPEN, PLAIN, R, O_RDONLY, 0, 0, __open_2(path, O_RDONLY)),
        (int)CALL(OPEN, PLAIN, R, O_RDONLY, 0, 0, __open64_2(path, O_RDONLY)),
        (int)CALL(OPENAT, PLAIN, R, O_RDONLY, 0, 0, openat64(AT_FDCWD, path, O_RDONLY)),
        (int)CALL(OPENAT, PLAIN, R, O_RDONLY, 0, 0, __openat_2(AT_FDCWD, path, O_RDONLY)),
        (int)CALL(OPENAT, PLAIN, R, O_RDONLY, 0, 0, __openat64_2(AT_FDCWD, path, O_RDONLY)),
    };
    close_range((unsigned int)opened[0], (unsigned int)opened[5], 0);
    CALL(OPEN, NONE, -1, O_RDONLY, 0, 0, open("/nonexistent/file", O_RDONLY));
    CALL(OPEN, NONE, -1, O_RDONLY, 0, 0, open((char *)1, O_RDONLY));
    CALL(MKFIFO, NONE, 0600, 0, 0, 0, mkfifo(fifo, 0600));
    fd = (int)CALL(OPEN, PIPE, R, O_RDWR, 0, 0, open(fifo, O_RDWR));
    CALL(WRITE_PIPE, PIPE, fd, 2, 0, 2, write(fd, "ab", 2));
    CALL(CLOSE, PIPE, fd, 0, 0, 0, close(fd));
    streams(path);
    pipes();
    return stat(path, &status) == 0 && (status.st_mode & 0777) == 0640 ? 0 : 1;
}

int scenario_ipc(void) {
    struct {
        long type;
        char text[8];
    } message = {7, "queue"};
    struct sembuf operation = {0, 2, 0}, blocked = {0, -9, IPC_NOWAIT};
    int queue = (int)CALL(MSGGET, NONE, IPC_PRIVATE, 0600, 0, 0, msgget(IPC_PRIVATE, 0600));
    CALL(MSGSND, NONE, queue, 7, 0, 5, msgsnd(queue, &message, 5, 0));
    CALL(MSGRCV, NONE, queue, 7, 0, 5, msgrcv(queue, &message, 8, 0, 0));
    CALL(MSGRCV, NONE, queue, 3, IPC_NOWAIT, 0, msgrcv(queue, &message, 8, 3, IPC_NOWAIT));
    CALL(MSGSND, NONE, queue, 0, 0, 0, msgsnd(queue, NULL, 5, 0));
    CALL(MSGCTL, NONE, queue, IPC_RMID, 0, 0, msgctl(queue, IPC_RMID, NULL));
    int memory = (int)CALL(SHMGET, NONE, IPC_PRIVATE, 4096, 0600, 0, shmget(IPC_PRIVATE, 4096, 0600));
    void *shared = (void *)CALL(SHMAT, NONE, memory, 0, SHM_RDONLY, 0, shmat(memory, NULL, SHM_RDONLY));
    CALL(SHMDT, NONE, 0, (int64_t)(intptr_t)shared, 0, 0, shmdt(shared));
    CALL(SHMDT, NONE, 0, 4096, 0, 0, shmdt((void *)4096)); /* EINVAL */
    CALL(SHMAT, NONE, -1, 0, 0, 0, shmat(-1, NULL, 0));
    CALL(SHMCTL, NONE, memory, IPC_RMID, 0, 0, shmctl(memory, IPC_RMID, NULL));
    int set = (int)CALL(SEMGET, NONE, IPC_PRIVATE, 1, 0600, 0, semget(IPC_PRIVATE, 1, 0600));
    CALL(SEMOP, NONE, set, 0, 2, 0, semop(set, &operation, 1));
    CALL(SEMOP, NONE, set, 0, -9, 0, semop(set, &blocked, 1));
    CALL(SEMOP, NONE, set, 0, 0, 0, semop(set, NULL, 1));
    CALL(SEMTIMEDOP, NONE, set, 0, -9, 0, semtimedop(set, &blocked, 1, &(struct timespec){0}));
    CALL(SEMCTL, NONE, set, 0, SETVAL, 0, semctl(set, 0, SETVAL, 6));
    CALL(SEMCTL, NONE, set, 0, GETVAL, 0, semctl(set, 0, GETVAL));
    CALL(SEMCTL, NONE, set, 0, IPC_RMID, 0, semctl(set, 0, IPC_RMID));

    sem_t semaphore;
    int64_t address = (int64_t)(intptr_t)&semaphore;
    CALL(SEM_INIT, NONE, address, 1, 0, 0, sem_init(&semaphore, 1, 0));
    CALL(SEM_POST, NONE, address, 0, 0, 0, sem_post(&semaphore));
    CALL(SEM_WAIT, NONE, address, 0, 0, 0, sem_wait(&semaphore));
    CALL(SEM_TRYWAIT, NONE, address, 0, 0, 0, sem_trywait(&semaphore));
    CALL(SEM_TIMEDWAIT, NONE, address, 0, 0, 0, sem_timedwait(&semaphore, &(struct timespec){.tv_sec = 1}));
    CALL(SEM_CLOCKWAIT, NONE, address, 0, 0, 0,
         sem_clockwait(&semaphore, CLOCK_MONOTONIC, &(struct timespec){.tv_sec = 1}));
    CALL(SEM_DESTROY, NONE, address, 0, 0, 0, sem_destroy(&semaphore));
    return 0;
}

static void *nothing(void *argument) {
    return argument;
}

int scenario_processes(void) {
    pthread_t thread;
    int status;
    CALL(PTHREAD_CREATE, NONE, ANY, 0, 0, 0, pthread_create(&thread, NULL, nothing, NULL));
    CALL(PTHREAD_JOIN, NONE, (int64_t)thread, 0, 0, 0, pthread_join(thread, NULL));
    pid_t child = fork();
    if (child == 0) {
        execl("/nonexistent/program", "program", (char *)NULL);
        _exit(7);
    }
    probe_expect(ST_FORK, child, 77, 0, 0, 0, 0, NONE);
    CALL(WAITPID, NONE, child, 0, 0, 0, waitpid(child, &status, 0));
    if (WEXITSTATUS(status) != 7)
        return 1;
    child = fork();
    if (child == 0)
        execlp("sh", "sh", "-c", "exit 9", (char *)NULL);
    probe_expect(ST_FORK, child, 77, 0, 0, 0, 0, NONE);
    CALL(WAIT, NONE, -1, 0, 0, 0, wait(&status));
    CALL(WAITPID, NONE, -1, WNOHANG, 0, 0, waitpid(-1, &status, WNOHANG));
    if (WEXITSTATUS(status) != 9)
        return 1;
    probe_expect(ST_EXIT, 0, 77, 0, 0, 0, 0, NONE);
    exit(0);
}
