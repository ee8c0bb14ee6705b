#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fail.h"
#include "ipc.h"

static void put(const char *path, struct message *message) {
    struct call call = truth_enter("fopen(%s)", path);
    FILE *file = fopen(path, "w");
    truth_leave(call);
    if (file == NULL)
        fail("cannot create %s: %s", path, strerror(errno));
    call = truth_enter("fwrite");
    message->sender = call.self;
    size_t written = fwrite(message, sizeof *message, 1, file);
    truth_leave(call);
    call = truth_enter("fclose");
    int closed = fclose(file);
    truth_leave(call);
    if (written != 1 || closed != 0)
        fail("cannot write %s: %s", path, strerror(errno));
}

static void get(const char *path, struct message *message) {
    struct call call = truth_enter("fopen(%s)", path);
    FILE *file = fopen(path, "r");
    truth_leave(call);
    if (file == NULL)
        fail("cannot open %s: %s", path, strerror(errno));
    call = truth_enter("fread");
    size_t count = fread(message, sizeof *message, 1, file);
    truth_leave_from(call, message->sender);
    if (count != 1)
        fail("%s holds no whole message", path);
    call = truth_enter("fclose");
    fclose(file);
    truth_leave(call);
}

static void prepare(struct channel *channel, struct message *request) {
    ipc_file_path(channel->file.request, request, "request");
    ipc_file_path(channel->file.reply, request, "reply");
    put(channel->file.request, request);
}

static void take(struct channel *channel, struct message *request) {
    get(channel->file.request, request);
}

static void reply(struct channel *channel, struct message *reply) {
    put(channel->file.reply, reply);
}

static void finish(struct channel *channel, struct message *reply) {
    get(channel->file.reply, reply);
    unlink(channel->file.request);
    unlink(channel->file.reply);
}

const struct ipc ipc_file = {
    .name = "file", .mechanism = MECHANISM_FILE, .prepare = prepare, .take = take, .reply = reply, .finish = finish};
