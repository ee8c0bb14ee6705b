#include "tier.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "../ntier/fail.h"
#include "link.h"

int tier_listen(struct address self) {
    char name[ADDRESS_TEXT];
    struct sockaddr_in address = address_socket(self);
    int yes = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0 ||
        bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || listen(fd, 1024) != 0)
        fail("cannot listen on %s: %s", address_text(self, name), strerror(errno));
    return fd;
}

void tier_claim(struct arrival *arrival, const struct frame *request) {
    for (unsigned i = 0; i < arrival->count; i++)
        truth_claim(arrival->calls[i], request->request, i == 0 ? &request->connect : NULL);
    arrival->count = 0;
}

void tier_work(const struct options *options) {
    if (options->touch == NULL)
        return;
    struct call call = truth_enter("fopen(%s)", options->touch);
    FILE *file = fopen(options->touch, "r");
    truth_leave(call);
    if (file == NULL)
        fail("cannot open %s: %s", options->touch, strerror(errno));
    call = truth_enter("fclose");
    fclose(file);
    truth_leave(call);
}

static bool ask_next(const struct options *options, struct message *message, struct visit *visit) {
    struct link link = link_take(options, true);
    if (link.fd < 0)
        return false;
    io_adopt(options->io, link.fd);
    bool answered = link_ask(options->io, &link, message, visit);
    if (answered)
        link_give(options, link);
    else
        link_close(link);
    return answered && !message->frame.failed;
}

void tier_serve(const struct options *options, struct arrival arrival) {
    struct ends ends = visits_ends(arrival.fd);
    struct message message;
    struct call receive;
    io_adopt(options->io, arrival.fd);
    while (io_receive(options->io, arrival.fd, &message, false, &receive)) {
        tier_claim(&arrival, &message.frame);
        struct visit *visit = visits_begin(message.frame.request, &ends);
        tier_work(options);
        message_answer(&message, options->next.port != 0 && !ask_next(options, &message, visit));
        visits_end(visit);
        if (!io_send(options->io, arrival.fd, &message))
            break;
    }
    link_close((struct link){.fd = arrival.fd});
}
