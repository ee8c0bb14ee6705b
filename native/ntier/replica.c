#include "replica.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "connection.h"
#include "fail.h"
#include "handoff.h"
#include "layer.h"
#include "raw.h"

static const struct replica_options *options;
static int listener;
static _Atomic unsigned long served;

static int open_listener(void) {
    char name[ADDRESS_TEXT];
    struct sockaddr_in address = address_socket(options->self);
    int yes = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0 ||
        bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || listen(fd, 1024) != 0)
        fail("cannot listen on %s: %s", address_text(options->self, name), strerror(errno));
    return fd;
}

static struct accepted accept_one(void) {
    for (;;) {
        struct accepted accepted = {.accept = truth_enter("accept")};
        accepted.fd = accept(listener, NULL, NULL);
        truth_leave(accepted.accept);
        if (accepted.fd >= 0)
            return accepted;
        if (errno != EINTR && errno != ECONNABORTED)
            fail("cannot accept a connection: %s", strerror(errno));
    }
}

static void sleep_after_open(void) {
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/foo", options->directory);
    struct call call = truth_enter("fopen(%s)", path);
    FILE *file = fopen(path, "r");
    truth_leave(call);
    if (file == NULL)
        fail("cannot open %s: %s", path, strerror(errno));
    sleep(options->fault_sleep_s);
    call = truth_enter("fclose");
    fclose(file);
    truth_leave(call);
}

/*
 * The faults of section 6.2.1 of the dissertation: a thread that sleeps with a file open (there /usr/share/foo, here
 * foo in the replica's folder), and a connect to an address that nobody has.
 */
static void suffer_fault(struct message request) {
    if (options->fault_sleep_s != 0)
        sleep_after_open();
    int fd;
    if (options->fault_connect.port == 0)
        return;
    if (connection_open(options->fault_connect, &request, &fd)) {
        connection_close(fd);
        return;
    }
    complain("%s, as asked by --fault", request.reason);
    truth_write(options->truth);
    abort();
}

static void serve(struct accepted accepted) {
    struct message message;
    struct call receive;
    if (!connection_receive(accepted.fd, &message, &receive) || !message_is_request(&message)) {
        connection_close(accepted.fd);
        return;
    }
    truth_claim(accepted.accept, message.request, &message.connect);
    if (options->main_accepts) {
        truth_claim(accepted.post, message.request, NULL);
        truth_claim(accepted.wait, message.request, NULL);
    }
    truth_claim(receive, message.request, NULL);
    truth_begin(message.request, receive.self);
    truth_count_request();
    if ((atomic_fetch_add(&served, 1) + 1) % options->fault_every == 0)
        suffer_fault(message);
    layer_serve(options, &message);
    connection_send(accepted.fd, &message);
    connection_close(accepted.fd);
}

static void *pool_main(void *unused) {
    (void)unused;
    for (;;) {
        truth_begin(NULL, (struct call_ref){0});
        serve(options->main_accepts ? handoff_take() : accept_one());
    }
    return NULL;
}

static void *stop_main(void *signals) {
    int number;
    sigwait(signals, &number);
    bool written = truth_write(options->truth);
    if (!written)
        complain("cannot write %s", options->truth);
    _exit(written ? 0 : 1);
}

static void start(void *(*function)(void *), void *argument) {
    pthread_t thread;
    int error = pthread_create(&thread, NULL, function, argument);
    if (error != 0)
        fail("cannot create a thread: %s", strerror(error));
    pthread_detach(thread);
}

int replica_run(const struct replica_options *given) {
    options = given;
    static sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    truth_init(options->self.ip, options->truth_records);
    ipc_init(options->directory, options->self.ip);
    fail_keeps_truth(options->truth);
    handoff_init();
    listener = open_listener();
    start(stop_main, &signals);
    for (unsigned i = 0; i < options->pool; i++)
        start(pool_main, NULL);
    raw_write(STDOUT_FILENO, "ready\n", 6);
    while (options->main_accepts) {
        truth_begin(NULL, (struct call_ref){0});
        handoff_give(accept_one());
    }
    for (;;)
        pause();
}
