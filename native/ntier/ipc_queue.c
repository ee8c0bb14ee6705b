#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/msg.h>

#include "fail.h"
#include "ipc.h"

enum { TYPE_REQUEST = 1, TYPE_REPLY = 2 };

struct envelope {
    long type;
    struct message message;
};

static int get(key_t key, int flags) {
    struct call call = truth_enter("msgget");
    int id = msgget(key, flags);
    truth_leave(call);
    if (id < 0 && errno != EEXIST)
        fail("cannot get a message queue: %s", strerror(errno));
    return id;
}

static void put(int id, long type, const struct message *message) {
    struct envelope envelope = {.type = type, .message = *message};
    struct call call = truth_enter("msgsnd");
    envelope.message.sender = call.self;
    int result = msgsnd(id, &envelope, sizeof envelope.message, 0);
    truth_leave(call);
    if (result != 0)
        fail("cannot send to a message queue: %s", strerror(errno));
}

static void receive(int id, long type, struct message *message) {
    struct envelope envelope;
    struct call call = truth_enter("msgrcv");
    ssize_t count = msgrcv(id, &envelope, sizeof envelope.message, type, 0);
    truth_leave_from(call, envelope.message.sender);
    if (count != sizeof envelope.message)
        fail("cannot receive a whole message from a message queue: %s", strerror(errno));
    *message = envelope.message;
}

static void prepare(struct channel *channel, struct message *request) {
    do {
        channel->sysv.key = ipc_next_key();
        channel->sysv.id = get(channel->sysv.key, IPC_CREAT | IPC_EXCL | 0600);
    } while (channel->sysv.id < 0);
    put(channel->sysv.id, TYPE_REQUEST, request);
}

static void take(struct channel *channel, struct message *request) {
    channel->sysv.id = get(channel->sysv.key, 0);
    receive(channel->sysv.id, TYPE_REQUEST, request);
}

static void reply(struct channel *channel, struct message *reply) {
    put(channel->sysv.id, TYPE_REPLY, reply);
}

static void collect(struct channel *channel, struct message *reply) {
    receive(channel->sysv.id, TYPE_REPLY, reply);
}

static void finish(struct channel *channel, struct message *reply) {
    (void)reply;
    struct call call = truth_enter("msgctl");
    msgctl(channel->sysv.id, IPC_RMID, NULL);
    truth_leave(call);
}

const struct ipc ipc_queue = {.name = "queue",
                              .mechanism = MECHANISM_QUEUE,
                              .prepare = prepare,
                              .take = take,
                              .reply = reply,
                              .collect = collect,
                              .finish = finish};
