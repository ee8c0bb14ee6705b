#include "conn.h"

#include <stdlib.h>
#include <string.h>

#include "../ntier/fail.h"

void (*conn_want)(struct conn *conn);
void (*conn_leave)(int fd);
static const struct options *options;

void conn_init(const struct options *given) {
    options = given;
}

static struct conn *new_conn(struct link link) {
    struct conn *conn = calloc(1, sizeof *conn);
    if (conn == NULL)
        fail("out of memory");
    conn->link = link;
    return conn;
}

static void want(struct conn *conn, bool writing) {
    conn->writing = writing;
    conn->done = 0;
    conn_want(conn);
}

void conn_accept(int listener) {
    for (;;) {
        struct call call;
        truth_begin(NULL, (struct call_ref){0});
        int fd = io_accept_one(listener, &call);
        if (fd < 0)
            return;
        if (options->io != IO_ASYNC) /* whose threads wait in libc */
            io_make_nonblocking(fd);
        struct conn *conn = new_conn((struct link){.fd = fd, .ends = visits_ends(fd)});
        conn->arrival = (struct arrival){.fd = fd, .count = 1, .calls = {call}};
        want(conn, false);
    }
}

void conn_resume(const struct conn *conn) {
    const struct conn *client = conn->asker != NULL ? conn->asker : conn;
    truth_begin(client->request, client->last);
}

size_t conn_span(struct conn *conn, void **bytes) {
    size_t frame = sizeof conn->message.frame;
    size_t end = conn->writing || conn->done >= frame ? message_size(&conn->message) : frame;
    *bytes = (char *)&conn->message + conn->done;
    return end - conn->done;
}

static void answer(struct conn *conn, bool failed) {
    message_answer(&conn->message, failed);
    visits_end(conn->visit);
    want(conn, true);
}

static void ask_next(struct conn *conn) {
    struct link link = link_take(options, options->io == IO_ASYNC);
    if (link.fd < 0) {
        answer(conn, true);
        return;
    }
    struct conn *asking = new_conn(link);
    asking->asker = conn;
    asking->message = conn->message;
    asking->message.frame.connect = link.connect;
    visits_ask(conn->visit, link.ends);
    want(asking, true);
}

static void serve(struct conn *conn) {
    conn->visit = visits_begin(conn->request, &conn->link.ends);
    conn_leave(conn->link.fd); /* further requests wait until this one is answered */
    tier_work(options);
    if (options->next.port != 0)
        ask_next(conn);
    else
        answer(conn, false);
}

/* The next tier has answered, or never will. */
static void take_answer(struct conn *asking, bool answered) {
    struct conn *client = asking->asker;
    conn_leave(asking->link.fd);
    if (answered) {
        visits_answered(client->visit);
        link_give(options, asking->link);
    } else {
        link_close(asking->link);
    }
    bool failed = !answered || asking->message.frame.failed;
    free(asking);
    answer(client, failed);
}

/* True when it can go on. */
static bool take_header(struct conn *conn) {
    struct conn *client = conn->asker != NULL ? conn->asker : conn;
    const struct frame *frame = &conn->message.frame;
    if (!frame_is_sound(frame, conn->asker != NULL) ||
        (conn->asker != NULL && strcmp(frame->request, client->request) != 0))
        return false;
    memcpy(client->request, frame->request, sizeof client->request);
    truth_claim(conn->first, frame->request, &frame->sender);
    tier_claim(&client->arrival, frame);
    truth_begin(frame->request, conn->first.self);
    return true;
}

/* False when what was read cannot be understood. */
static bool read_some(struct conn *conn) {
    size_t header = sizeof conn->message.frame;
    if (conn->done == header && !take_header(conn))
        return false;
    if (conn->done <= header || conn->done < message_size(&conn->message))
        conn_want(conn);
    else if (conn->asker != NULL)
        take_answer(conn, true);
    else
        serve(conn);
    return true;
}

static void write_some(struct conn *conn) {
    if (conn->done == message_size(&conn->message))
        want(conn, false);
    else
        conn_want(conn);
}

static bool go_on(struct conn *conn, struct call call, ssize_t count) {
    if (count <= 0)
        return false;
    if (conn->done == 0)
        conn->first = call;
    conn->link.on_its_way = false;
    conn->done += (size_t)count;
    if (!conn->writing)
        return read_some(conn);
    write_some(conn);
    return true;
}

void conn_moved(struct conn *conn, struct call call, ssize_t count) {
    struct conn *client = conn->asker != NULL ? conn->asker : conn;
    if (!go_on(conn, call, count)) {
        if (conn == client) {
            conn_leave(conn->link.fd);
            link_close(conn->link);
            free(conn);
            return;
        }
        take_answer(conn, false);
    }
    client->last = truth_last();
}
