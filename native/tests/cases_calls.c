/* What is recorded of calls, descriptors, threads and processes. */
#include "harness.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ANY "9223372036295737071" /* of probe.h */

static bool matches(const char *told, int64_t recorded) {
    return strcmp(told, ANY) == 0 || strtoll(told, NULL, 10) == recorded;
}

/* Of what passes bytes from one descriptor to another, the one that they came from, whose object is known. */
static int64_t second_argument(const struct agent *agent, const struct event *event) {
    uint64_t from = event->call.arg[1];
    uint16_t op = event->call.op;
    if (op != ST_SENDFILE && op != ST_SPLICE && op != ST_TEE && op != ST_COPY_FILE_RANGE)
        return (int64_t)from;
    EXPECT(object_of(agent, (uint32_t)(from >> 32), event)->object.kind != ST_KIND_NONE);
    return (int32_t)from;
}

/* Every call of the probe's log is there, in order, and no other. */
static void expect_log(const struct agent *agent) {
    FILE *log = fopen(log_path, "r");
    char line[256], f[8][32];
    size_t at = 0;
    uint64_t generation = 1; /* the first ring of the arena: the main thread's */
    while (log != NULL && fgets(line, sizeof line, log) != NULL) {
        sscanf(line, "%31s %31s %31s %31s %31s %31s %31s %31s", f[0], f[1], f[2], f[3], f[4], f[5], f[6], f[7]);
        while (at < agent->count && (!is_call(&agent->events[at]) || agent->events[at].generation != generation))
            at++;
        if (at == agent->count) {
            printf("  nothing recorded for: %s", line);
            failing = true;
            break;
        }
        const struct event *event = &agent->events[at++];
        const struct st_record *call = &event->call;
        int kind = object_of(agent, call->object, event)->object.kind;
        bool error_right = error_of(event) == (call->result >= 0 && atoi(f[2]) == 77 ? 0 : atoi(f[2]));
        bool nonblock = error_of(event) == EAGAIN || error_of(event) == EINPROGRESS;
        if (!(matches(f[0], call->op) && matches(f[1], call->result) && error_right &&
              matches(f[3], (int64_t)call->arg[0]) && matches(f[4], second_argument(agent, event)) &&
              matches(f[5], (int64_t)call->arg[2]) && matches(f[6], call->length) && matches(f[7], kind) &&
              nonblock == ((call->flags & ST_F_NONBLOCK) != 0))) {
            printf("  expected %s  recorded %u %ld %d %ld %ld %ld %u %d flags %x\n", line, call->op, call->result,
                   error_of(event), call->arg[0], call->arg[1], call->arg[2], call->length, kind, call->flags);
            failing = true;
        }
    }
    EXPECT(log != NULL && at > 0);
    for (; at < agent->count; at++)
        EXPECT(!is_call(&agent->events[at]) || agent->events[at].generation != generation);
    if (log != NULL)
        fclose(log);
}

static bool result_varies(int op) {
    return (op >= ST_FORK && op <= ST_SEMGET) || op == ST_WAITPID || op == ST_WAIT ||
           (op >= ST_VFORK && op <= ST_WAITID) || op == ST_MMAP || op == ST_SEM_OPEN;
}

/* The log of the probe with what may differ from run to run (pids, ids, addresses) left out. */
static void read_log(char *text, size_t bytes) {
    FILE *log = fopen(log_path, "r");
    int op, error;
    long result, length;
    size_t at = 0;
    while (log != NULL && fscanf(log, "%d %ld %d %*d %*d %*d %ld %*d", &op, &result, &error, &length) == 4)
        at += (size_t)snprintf(text + at, bytes - at, "%d %ld %d %ld\n", op, result_varies(op) ? result >= 0 : result,
                               error, length);
    if (log != NULL)
        fclose(log);
}

void operations(const char *scenario, uint32_t clock) {
    static char with[65536], without[65536];
    struct agent agent;
    struct agent_options options = usual;
    options.clock = clock;
    EXPECT(run(&agent, &options, scenario, NULL) == 0);
    expect_log(&agent);
    expect_whole_sequences(&agent);
    read_log(with, sizeof with);
    EXPECT(finish(start("", false, scenario, NULL, -1, -1)) == 0);
    read_log(without, sizeof without);
    EXPECT(with[0] != '\0' && strcmp(with, without) == 0);
    agent_stop(&agent);
}

static void sockets_are_recorded(void) {
    operations("sockets", ST_CLOCK_TSC);
}

static void files_are_recorded(void) {
    operations("files", ST_CLOCK_TSC);
}

static void ipc_is_recorded(void) {
    operations("ipc", ST_CLOCK_MONOTONIC);
}

static void processes_are_recorded(void) {
    operations("processes", ST_CLOCK_MONOTONIC);
}

static void addresses_are_told(void) {
    struct agent agent;
    run(&agent, &usual, "sockets", NULL);
    for (size_t family = 0; family < 3; family++) { /* AF_INET, ::1, ::ffff:127.0.0.1 */
        const struct event *connect = find(&agent, ST_CONNECT, family * 4), *accept = find(&agent, ST_ACCEPT, family);
        const struct event *client = object_of(&agent, connect->call.object, connect);
        const struct event *server = object_of(&agent, accept->call.object, accept);
        EXPECT(client->object.flags & ST_OBJ_UPDATE && server->object.flags & ST_OBJ_CREATED);
        EXPECT(client->object.local_port == server->object.peer_port && client->object.local_port != 0);
        EXPECT(client->object.peer_port == server->object.local_port && client->object.peer_port != 0);
        EXPECT(server->object.fd == accept->call.result && server->object.type == SOCK_STREAM);
        EXPECT(client->object.inode != server->object.inode);
        if (family == 1) {
            static const char loopback[32] = {[15] = 1, [31] = 1};
            EXPECT(server->object.family == AF_INET6 && server->object.local_ip == 0);
            EXPECT(server->text_bytes == 32 && memcmp(server->text, loopback, 32) == 0);
        } else {
            EXPECT(server->object.family == AF_INET && server->object.peer_ip == 0x7f000001);
            EXPECT(client->object.local_ip == 0x7f000001 && client->text_bytes == 0);
        }
        const struct event *refused = find(&agent, ST_CONNECT, family * 4 + 2);
        EXPECT(error_of(refused) == ECONNREFUSED);
        EXPECT(object_of(&agent, refused->call.object, refused)->object.peer_port == client->object.peer_port);
        const struct event *listen = find(&agent, ST_LISTEN, family);
        const struct event *listening = object_of(&agent, listen->call.object, listen);
        EXPECT(listening->object.flags & ST_OBJ_LISTENING && listening->object.local_port == server->object.local_port);
    }
    const struct event *unix_accept = find(&agent, ST_ACCEPT, 3), *unix_connect = find(&agent, ST_CONNECT, 12);
    EXPECT(strstr(object_of(&agent, unix_accept->call.object, unix_accept)->text, ".unix") != NULL);
    EXPECT(strstr(object_of(&agent, unix_connect->call.object, unix_connect)->text, ".unix") != NULL);
    agent_stop(&agent);
}

static void objects_follow_descriptors(void) {
    struct agent agent;
    EXPECT(run(&agent, &usual, "reuse", NULL) == 0);
    const struct event *first = find(&agent, ST_OPEN, 0), *second = find(&agent, ST_OPEN, 1);
    EXPECT(first->call.result == second->call.result && first->call.object != second->call.object);
    EXPECT(find(&agent, ST_DUP, 0)->call.object == first->call.object);
    EXPECT(find(&agent, ST_CLOSE, 1)->call.object == first->call.object);
    EXPECT(strcmp(first->text, "/etc/passwd") == 0);
    EXPECT(strcmp(object_of(&agent, second->call.object, second)->text, "/etc/group") == 0);
    agent_stop(&agent);
}

static void calls_before_the_constructor_are_recorded(void) {
    struct agent agent;
    EXPECT(run(&agent, &usual, "early", NULL) == 0);
    EXPECT(find(&agent, ST_CLOSE, 0)->call.arg[0] == (uint64_t)find(&agent, ST_OPEN, 0)->call.result);
    agent_stop(&agent);
}

static void children_name_their_fork(void) {
    struct agent agent;
    EXPECT(run(&agent, &usual, "forks", "200") == 0);
    expect_whole_sequences(&agent);
    EXPECT(count_of(&agent, ST_FORK) == 200 && count_of(&agent, ST_REC_THREAD) == 200);
    EXPECT(count_of(&agent, ST_UNDERSCORE_EXIT) == 200 && count_of(&agent, ST_WRITE_FILE) == 600);
    for (size_t i = 0; i < 200; i++) {
        const struct event *child = find(&agent, ST_REC_THREAD, i), *fork = NULL;
        for (size_t k = 0; k < agent.count; k++)
            if (agent.events[k].call.op == ST_FORK && agent.events[k].generation == child->thread.parent_generation &&
                agent.events[k].call.seq == child->thread.parent_seq)
                fork = &agent.events[k];
        EXPECT(fork != NULL && fork->call.result == (int64_t)child->pid && fork->pid == child->thread.parent_pid);
        EXPECT(child->thread.pthread == 0 && child->generation != child->thread.parent_generation);
    }
    agent_stop(&agent);
}

static void threads_name_their_creator(void) {
    struct agent agent;
    EXPECT(run(&agent, &usual, "threads", "200") == 0);
    expect_whole_sequences(&agent);
    EXPECT(count_of(&agent, ST_PTHREAD_CREATE) == 200 && count_of(&agent, ST_REC_THREAD) == 200);
    EXPECT(count_of(&agent, ST_WRITE_FILE) == 4000 && agent.arena->no_slot == 0);
    for (size_t i = 0; i < 200; i++) {
        const struct event *thread = find(&agent, ST_REC_THREAD, i);
        bool found = false;
        for (size_t k = 0; k < agent.count; k++)
            found |= agent.events[k].call.op == ST_PTHREAD_CREATE &&
                     agent.events[k].generation == thread->thread.parent_generation &&
                     agent.events[k].call.seq == thread->thread.parent_seq &&
                     agent.events[k].call.arg[0] == thread->thread.pthread;
        EXPECT(found);
    }
    agent_stop(&agent);
}

static void vfork_children_leave_their_parent_alone(void) {
    struct agent agent;
    EXPECT(run(&agent, &usual, "vfork", NULL) == 0);
    expect_whole_sequences(&agent);
    const struct event *before = find(&agent, ST_WRITE_FILE, 0), *after = find(&agent, ST_WRITE_FILE, 1);
    const struct event *fork = find(&agent, ST_VFORK, 0);
    EXPECT(before->call.object == after->call.object && before->generation == after->generation);
    EXPECT(fork->call.result == find(&agent, ST_WAITPID, 0)->call.result && fork->pid == before->pid);
    EXPECT((fork->call.flags & ST_F_CHILD) == 0 && (after->call.flags & ST_F_CHILD) == 0);
    agent_stop(&agent);
}

static void exec_is_recorded_before_and_after_failing(void) {
    struct agent agent;
    EXPECT(run(&agent, &usual, "exec", NULL) == 0);
    const struct event *tried = find(&agent, ST_EXEC, 0), *refused = find(&agent, ST_EXEC, 1),
                       *done = find(&agent, ST_EXEC, 2);
    EXPECT(tried->call.flags & ST_F_NO_RETURN && strcmp(tried->text, "/nonexistent/program") == 0);
    EXPECT(error_of(refused) == ENOENT && refused->call.result == -1);
    EXPECT(done->call.flags & ST_F_NO_RETURN && strcmp(done->text, "/bin/sh") == 0);
    EXPECT(agent.count > 0 &&
           agent.events[agent.count - 1].generation != done->generation); /* the shell has a ring of its own */
    agent_stop(&agent);
}

static void signal_handlers_are_recorded_or_counted(void) {
    struct agent agent;
    EXPECT(run(&agent, &usual, "signals", NULL) == 0);
    EXPECT(agent.count > 100 && agent.events[agent.count - 1].call.length == 3); /* still recording at the end */
    expect_whole_sequences(&agent);
    size_t handled = 0;
    for (size_t i = 0; i < agent.count; i++)
        handled += is_call(&agent.events[i]);
    printf("  %zu calls, %lu lost\n", handled, agent.lost);
    agent_stop(&agent);
}

static void calls_made_by_destructors_are_recorded(void) {
    struct agent agent;
    EXPECT(run(&agent, &usual, "destructor", NULL) == 0);
    const struct event *late = find(&agent, ST_WRITE_FILE, 0);
    EXPECT(late->generation == find(&agent, ST_REC_THREAD, 0)->generation);
    agent_stop(&agent);
}

static void chroot_and_closefrom_do_not_blind(void) {
    struct agent agent;
    if (geteuid() != 0) {
        printf("  skipped: chroot needs root\n");
        skipped++;
        return;
    }
    EXPECT(run(&agent, &usual, "chroot", NULL) == 0);
    EXPECT(count_of(&agent, ST_PIPE) == 1 && count_of(&agent, ST_WRITE_PIPE) == 2 &&
           count_of(&agent, ST_REC_THREAD) == 1);
    agent_stop(&agent);
}

static void known_descriptors_need_no_system_call(void) {
    struct agent agent;
    struct agent_options options = usual;
    options.records = 16384; /* so that the ring never fills: waiting is a system call */
    EXPECT(run(&agent, &options, "strict", "3000") == 0);
    EXPECT(count_of(&agent, ST_WRITE_PIPE) == 3000 && count_of(&agent, ST_READ_PIPE) == 3000);
    agent_stop(&agent);
}

const struct test_case call_cases[] = {
    CASE(sockets_are_recorded),
    CASE(files_are_recorded),
    CASE(ipc_is_recorded),
    CASE(processes_are_recorded),
    CASE(addresses_are_told),
    CASE(objects_follow_descriptors),
    CASE(calls_before_the_constructor_are_recorded),
    CASE(children_name_their_fork),
    CASE(threads_name_their_creator),
    CASE(vfork_children_leave_their_parent_alone),
    CASE(exec_is_recorded_before_and_after_failing),
    CASE(signal_handlers_are_recorded_or_counted),
    CASE(calls_made_by_destructors_are_recorded),
    CASE(chroot_and_closefrom_do_not_blind),
    CASE(known_descriptors_need_no_system_call),
    {NULL, NULL},
};
