#include "link.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../ntier/fail.h"

#define IDLE_MAX 1024

static struct link idle[IDLE_MAX];
static unsigned idle_count;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static struct link open_link(struct address to, bool block) {
    struct call call = truth_enter("socket");
    struct link link = {.fd = socket(AF_INET, SOCK_STREAM, 0)};
    truth_leave(call);
    if (link.fd < 0)
        fail("cannot open a socket: %s", strerror(errno));
    if (!block)
        io_make_nonblocking(link.fd);
    struct sockaddr_in address = address_socket(to);
    call = truth_enter("connect");
    link.connect = call.self;
    int result = connect(link.fd, (struct sockaddr *)&address, sizeof address);
    truth_leave(call);
    if (result == 0 || (!block && errno == EINPROGRESS)) {
        link.ends = (struct ends){visits_ends(link.fd).local, to};
        link.on_its_way = result != 0;
        return link;
    }
    link_close(link);
    return (struct link){.fd = -1};
}

void link_close(struct link link) {
    struct call call = truth_enter("close");
    close(link.fd);
    truth_leave(call);
}

bool link_ask(enum io io, struct link *link, struct message *message, struct visit *visit) {
    struct message answer;
    struct call receive;
    message->frame.connect = link->connect;
    visits_ask(visit, link->ends);
    if (!io_send(io, link->fd, message) || !io_receive(io, link->fd, &answer, true, &receive) ||
        !frame_answers(&answer.frame, message->frame.request))
        return false;
    visits_answered(visit);
    *message = answer;
    return true;
}

static struct link take_idle(void) {
    struct link link = {.fd = -1};
    pthread_mutex_lock(&lock);
    if (idle_count > 0)
        link = idle[--idle_count];
    pthread_mutex_unlock(&lock);
    return link;
}

struct link link_take(const struct options *options, bool block) {
    struct link link = take_idle();
    return link.fd >= 0 ? link : open_link(options->next, block);
}

void link_give(const struct options *options, struct link link) {
    bool kept = false;
    if (options->keep) {
        pthread_mutex_lock(&lock);
        kept = idle_count < IDLE_MAX;
        if (kept)
            idle[idle_count++] = link;
        pthread_mutex_unlock(&lock);
    }
    if (!kept)
        link_close(link);
}
