#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "fail.h"
#include "ipc.h"

enum { READ_END, WRITE_END };

static void make(int ends[2]) {
    struct call call = truth_enter("pipe");
    int result = pipe(ends);
    truth_leave(call);
    if (result != 0)
        fail("cannot create a pipe: %s", strerror(errno));
}

static void shut(int fd) {
    struct call call = truth_enter("close");
    close(fd);
    truth_leave(call);
}

static void put(int fd, struct message *message) {
    struct call call = truth_enter("write");
    message->sender = call.self;
    ssize_t count = write(fd, message, sizeof *message); /* shorter than PIPE_BUF, so whole or not at all */
    truth_leave(call);
    if (count != sizeof *message)
        fail("cannot write to a pipe: %s", strerror(errno));
}

static void get(int fd, struct message *message) {
    struct call call = truth_enter("read");
    ssize_t count = read(fd, message, sizeof *message);
    truth_leave_from(call, message->sender);
    if (count != sizeof *message)
        fail("cannot read a whole message from a pipe");
}

static void prepare(struct channel *channel, struct message *request) {
    (void)request;
    make(channel->pipe.request);
    make(channel->pipe.reply);
}

/* Each process keeps only its own ends; threads share all four. */
static void started(struct channel *channel, struct message *request) {
    if (channel->in_process) {
        shut(channel->pipe.request[READ_END]);
        shut(channel->pipe.reply[WRITE_END]);
    }
    put(channel->pipe.request[WRITE_END], request);
}

static void take(struct channel *channel, struct message *request) {
    if (channel->in_process) {
        shut(channel->pipe.request[WRITE_END]);
        shut(channel->pipe.reply[READ_END]);
    }
    get(channel->pipe.request[READ_END], request);
}

static void reply(struct channel *channel, struct message *reply) {
    put(channel->pipe.reply[WRITE_END], reply);
}

static void collect(struct channel *channel, struct message *reply) {
    get(channel->pipe.reply[READ_END], reply);
}

static void finish(struct channel *channel, struct message *reply) {
    (void)reply;
    shut(channel->pipe.request[WRITE_END]);
    shut(channel->pipe.reply[READ_END]);
    if (!channel->in_process) {
        shut(channel->pipe.request[READ_END]);
        shut(channel->pipe.reply[WRITE_END]);
    }
}

const struct ipc ipc_pipe = {.name = "pipe",
                             .mechanism = MECHANISM_PIPE,
                             .prepare = prepare,
                             .started = started,
                             .take = take,
                             .reply = reply,
                             .collect = collect,
                             .finish = finish};
