/*
 * A load client for HTTP/1.1 that keeps a number of requests in flight and knows what it did: a thread a connection,
 * and at the end a line of JSON a request (the ground truth of mininet/scenarios/servers).
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "response.h"

#define ANSWER_S 60

static const char usage[] = "usage: loadclient --to IP:PORT --host NAME --truth FILE [--requests N] [--in-flight K]\n"
                            "                  [--path PATH] [--distinct] [--fresh] [--first NUMBER]\n";

struct done {
    int64_t enter_ns, exit_ns;
    pid_t tid;
    uint16_t port; /* the client's */
    bool answered;
};

static struct {
    struct sockaddr_in to;
    const char *address, *host, *truth, *path;
    unsigned requests, in_flight, first;
    bool distinct; /* URLs: ?n=NUMBER */
    bool fresh;    /* a connection a request */
} options = {.path = "/work", .requests = 1, .in_flight = 1, .first = 1};

static struct done *done;
static struct sockaddr_in local;
static _Atomic unsigned next_request, failed;

static _Noreturn void fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(1);
}

static int64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static int connected(void) {
    struct timeval patience = {.tv_sec = ANSWER_S};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (fd < 0 || connect(fd, (struct sockaddr *)&options.to, sizeof options.to) != 0)
        fail("loadclient cannot connect to %s: %s", options.address, strerror(errno));
    return fd;
}

static uint16_t port_of(int fd) {
    struct sockaddr_in name = {0};
    socklen_t length = sizeof name;
    getsockname(fd, (struct sockaddr *)&name, &length);
    local.sin_addr = name.sin_addr; /* the same of all connections */
    return ntohs(name.sin_port);
}

static void complain(unsigned number, const char *reason) {
    if (atomic_fetch_add(&failed, 1) == 0)
        fprintf(stderr, "request r%07u was not answered: %s\n", number, reason);
}

/* Asks on `fd`; returns whether the connection can be used again. */
static bool ask(int fd, unsigned index) {
    unsigned number = options.first + index;
    struct done *mine = &done[index];
    char request[512], query[24] = "";
    if (options.distinct)
        snprintf(query, sizeof query, "?n=%07u", (unsigned)(number * UINT64_C(7368787) % 10000000)); /* not the id's */
    int length = snprintf(request, sizeof request, "GET %s%s HTTP/1.1\r\nHost: %s\r\nX-Eval-Id: r%07u\r\n%s\r\n",
                          options.path, query, options.address, number, options.fresh ? "Connection: close\r\n" : "");
    struct response response;
    mine->enter_ns = now_ns();
    if (write(fd, request, (size_t)length) != length) {
        complain(number, strerror(errno));
        return false;
    }
    const char *reason = response_read(fd, &response);
    mine->exit_ns = now_ns();
    if (reason != NULL)
        complain(number, reason);
    mine->answered = reason == NULL;
    return mine->answered && response.kept;
}

static void *worker(void *unused) {
    (void)unused;
    pid_t tid = (pid_t)syscall(SYS_gettid);
    int fd = -1;
    uint16_t port = 0;
    for (unsigned index; (index = atomic_fetch_add(&next_request, 1)) < options.requests;) {
        if (fd < 0) {
            fd = connected();
            port = port_of(fd);
        }
        done[index].tid = tid;
        done[index].port = port;
        if (!ask(fd, index)) {
            close(fd);
            fd = -1;
        }
    }
    if (fd >= 0)
        close(fd);
    return NULL;
}

static void write_truth(void) {
    char ip[INET_ADDRSTRLEN];
    inet_ntop(AF_INET, &local.sin_addr, ip, sizeof ip);
    FILE *file = fopen(options.truth, "w");
    if (file == NULL)
        fail("cannot write %s: %s", options.truth, strerror(errno));
    for (unsigned i = 0; i < options.requests; i++)
        if (done[i].answered)
            fprintf(file,
                    "{\"id\":\"r%07u\",\"tier\":\"client\",\"host\":\"%s\",\"pid\":%d,\"tid\":%d,\"in\":null,\"out\":[{"
                    "\"local\":\"%s:%u\",\"peer\":\"%s\",\"enterNs\":%" PRId64 ",\"exitNs\":%" PRId64 "}]}\n",
                    options.first + i, options.host, getpid(), done[i].tid, ip, done[i].port, options.address,
                    done[i].enter_ns, done[i].exit_ns);
    if (fclose(file) != 0)
        fail("cannot write %s: %s", options.truth, strerror(errno));
}

static unsigned number(const char *text) {
    char *end;
    unsigned long value = strtoul(text, &end, 10);
    if (*text < '0' || *text > '9' || *end != '\0' || value > 9999999)
        fail("%s: a number from 0 to 9999999 is needed", text);
    return (unsigned)value;
}

static void parse_address(const char *text) {
    char ip[INET_ADDRSTRLEN] = "";
    unsigned port;
    if (sscanf(text, "%15[0-9.]:%u", ip, &port) != 2 || port > UINT16_MAX ||
        inet_pton(AF_INET, ip, &options.to.sin_addr) != 1)
        fail("--to %s: ip:port is needed", text);
    options.to.sin_family = AF_INET;
    options.to.sin_port = htons((uint16_t)port);
    options.address = text;
}

static void parse(char **at) {
    for (; *at != NULL; at++) {
        if (strcmp(*at, "--distinct") == 0)
            options.distinct = true;
        else if (strcmp(*at, "--fresh") == 0)
            options.fresh = true;
        else if (at[1] == NULL)
            fail("%s", usage);
        else if (strcmp(*at, "--to") == 0)
            parse_address(*++at);
        else if (strcmp(*at, "--host") == 0)
            options.host = *++at;
        else if (strcmp(*at, "--truth") == 0)
            options.truth = *++at;
        else if (strcmp(*at, "--path") == 0)
            options.path = *++at;
        else if (strcmp(*at, "--requests") == 0)
            options.requests = number(*++at);
        else if (strcmp(*at, "--in-flight") == 0)
            options.in_flight = number(*++at);
        else if (strcmp(*at, "--first") == 0)
            options.first = number(*++at);
        else
            fail("%s", usage);
    }
    if (options.address == NULL || options.host == NULL || options.truth == NULL)
        fail("%s", usage);
}

int main(int count, char **arguments) {
    (void)count;
    parse(arguments + 1);
    done = calloc(options.requests, sizeof *done);
    pthread_t *threads = calloc(options.in_flight, sizeof *threads);
    if ((done == NULL && options.requests > 0) || (threads == NULL && options.in_flight > 0))
        fail("loadclient has no memory for %u requests", options.requests);
    for (unsigned i = 0; i < options.in_flight; i++)
        if (pthread_create(&threads[i], NULL, worker, NULL) != 0)
            fail("loadclient cannot create %u threads", options.in_flight);
    for (unsigned i = 0; i < options.in_flight; i++)
        pthread_join(threads[i], NULL);
    write_truth();
    if (failed > 0)
        fprintf(stderr, "%u of %u requests were not answered\n", failed, options.requests);
    return failed > 0;
}
