#include <errno.h>
#include <string.h>
#include <sys/shm.h>

#include "fail.h"
#include "ipc.h"

static int get(key_t key, int flags) {
    struct call call = truth_enter("shmget");
    int id = shmget(key, sizeof(struct message), flags);
    truth_leave(call);
    if (id < 0 && errno != EEXIST)
        fail("cannot get a shared memory segment: %s", strerror(errno));
    return id;
}

static struct message *check(void *memory) {
    if (memory == (void *)-1)
        fail("cannot attach a shared memory segment: %s", strerror(errno));
    return memory;
}

static void prepare(struct channel *channel, struct message *request) {
    do {
        channel->sysv.key = ipc_next_key();
        channel->sysv.id = get(channel->sysv.key, IPC_CREAT | IPC_EXCL | 0600);
    } while (channel->sysv.id < 0);
    struct call call = truth_enter("shmat");
    void *memory = shmat(channel->sysv.id, NULL, 0);
    truth_leave(call);
    channel->sysv.memory = check(memory);
    *channel->sysv.memory = *request;
    channel->sysv.memory->sender = call.self;
}

static void take(struct channel *channel, struct message *request) {
    channel->sysv.id = get(channel->sysv.key, 0);
    struct call call = truth_enter("shmat");
    void *memory = shmat(channel->sysv.id, NULL, 0);
    channel->sysv.memory = check(memory);
    truth_leave_from(call, channel->sysv.memory->sender);
    *request = *channel->sysv.memory;
}

static void detach(struct channel *channel) {
    struct call call = truth_enter("shmdt");
    shmdt(channel->sysv.memory);
    truth_leave(call);
}

static void reply(struct channel *channel, struct message *reply) {
    *channel->sysv.memory = *reply;
    detach(channel);
}

static void finish(struct channel *channel, struct message *reply) {
    *reply = *channel->sysv.memory;
    detach(channel);
    struct call call = truth_enter("shmctl");
    shmctl(channel->sysv.id, IPC_RMID, NULL);
    truth_leave(call);
}

const struct ipc ipc_shm = {
    .name = "shm", .mechanism = MECHANISM_SHM, .prepare = prepare, .take = take, .reply = reply, .finish = finish};
