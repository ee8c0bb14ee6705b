/* Rings: their slots, what happens when they are full, when the agent or the program dies, and when there is none. */
#include "harness.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define DEV_NULL_RECORDS 2 /* its OBJECT and the continuation with the path */

static void ended_threads_give_their_slots_back(void) {
    struct agent agent;
    struct agent_options options = usual;
    options.slots = 16;
    EXPECT(run(&agent, &options, "turns", "60") == 0);
    EXPECT(agent.arena->no_slot == 0 && count_of(&agent, ST_WRITE_FILE) == 60 * 20);
    agent_stop(&agent);
}

static void threads_without_a_slot_are_counted(void) {
    struct agent agent;
    struct agent_options options = usual;
    options.slots = 1;
    EXPECT(run(&agent, &options, "turns", "5") == 0);
    EXPECT(agent.arena->no_slot == 5 && count_of(&agent, ST_WRITE_FILE) == 0);
    EXPECT(count_of(&agent, ST_PTHREAD_CREATE) == 5);
    agent_stop(&agent);
}

static void cancelled_threads_end_their_rings(void) {
    struct agent agent;
    EXPECT(run(&agent, &usual, "cancel", NULL) == 0);
    EXPECT(count_of(&agent, ST_WRITE_FILE) == 8 && count_of(&agent, ST_READ_PIPE) == 0);
    for (uint32_t slot = 0; slot < usual.slots; slot++)
        EXPECT(agent_ring(&agent, slot)->state == ST_RING_FREE);
    agent_stop(&agent);
}

/* Nobody drains and the heartbeat is old: the ring's worth is kept, the rest is counted and told once there is room. */
static void a_dead_agent_delays_nobody(void) {
    struct agent agent;
    struct agent_options options = usual;
    options.idle = true;
    agent_start(&agent, &options);
    agent.arena->heartbeat = 1;
    time_t begun = time(NULL);
    EXPECT(finish(start(agent.socket, true, "writes", "5000", -1, -1)) == 0);
    EXPECT(time(NULL) - begun <= 3);
    agent_drain_once(&agent);
    EXPECT(count_of(&agent, ST_WRITE_FILE) == usual.records - DEV_NULL_RECORDS);
    EXPECT(agent.lost + count_of(&agent, ST_WRITE_FILE) == 5000);
    expect_whole_sequences(&agent);
    agent_stop(&agent);
}

static void a_slow_agent_is_waited_for(void) {
    struct agent agent;
    EXPECT(run(&agent, &usual, "writes", "100000") == 0);
    EXPECT(agent.lost == 0 && count_of(&agent, ST_WRITE_FILE) == 100000);
    expect_whole_sequences(&agent);
    agent_stop(&agent);
}

static void waiting_ends_at_the_deadline(void) {
    struct agent agent;
    struct agent_options options = usual;
    options.clock = ST_CLOCK_MONOTONIC;
    options.block_ticks = 20000000;
    options.idle = true;
    agent_start(&agent, &options);
    EXPECT(finish(start(agent.socket, true, "writes", "1032", -1, -1)) == 0); /* ten too many, 20 ms each */
    agent_drain_once(&agent);
    EXPECT(agent.lost == 10 && count_of(&agent, ST_WRITE_FILE) == options.records - DEV_NULL_RECORDS);
    agent_stop(&agent);
}

static void dropped_calls_are_told_exactly(void) {
    struct agent agent;
    struct agent_options options = usual;
    options.policy = ST_POLICY_DROP;
    options.records = 64;
    EXPECT(run(&agent, &options, "writes", "300000") == 0);
    EXPECT(agent.lost > 0 && count_of(&agent, ST_REC_LOST) > 0);
    EXPECT(agent.lost + count_of(&agent, ST_WRITE_FILE) == 300000);
    expect_whole_sequences(&agent);
    agent_stop(&agent);
}

static void a_kill_leaves_whole_records(void) {
    for (int i = 0; i < 20; i++) {
        struct agent agent;
        agent_start(&agent, &usual);
        pid_t pid = start(agent.socket, true, "writes", "100000000", -1, -1);
        usleep(20000 + (unsigned)i * 1777);
        kill(pid, SIGKILL);
        EXPECT(finish(pid) == -SIGKILL);
        agent_drain_once(&agent);
        EXPECT(agent.malformed == 0 && agent.lost == 0);
        uint32_t next = 1;
        for (size_t k = 0; k < agent.count; k++)
            if (is_call(&agent.events[k]))
                EXPECT(agent.events[k].call.op == ST_WRITE_FILE && agent.events[k].call.seq == next++);
        agent_stop(&agent);
    }
}

static void arming_catches_a_blocked_call(void) {
    struct agent agent;
    struct agent_options options = usual;
    int input[2];
    options.disarmed = true;
    pipe(input);
    agent_start(&agent, &options);
    pid_t pid = start(agent.socket, true, "blocked", NULL, input[0], -1);
    wait_until_blocked(&agent, ST_READ_PIPE);
    __atomic_store_n(&agent.arena->armed, 1, __ATOMIC_RELAXED);
    write(input[1], "x", 1);
    EXPECT(finish(pid) == 0);
    agent_drain_once(&agent);
    const struct event *read = find(&agent, ST_READ_PIPE, 0);
    EXPECT(read->call.seq == 1 && object_of(&agent, read->call.object, read)->object.kind == ST_KIND_PIPE);
    agent_stop(&agent);
    close(input[0]);
    close(input[1]);
}

static void disarmed_tells_objects_only(void) {
    struct agent agent;
    struct agent_options options = usual;
    options.disarmed = true;
    EXPECT(run(&agent, &options, "sockets", NULL) == 0);
    EXPECT(count_of(&agent, ST_REC_OBJECT) > 20 && count_of(&agent, ST_REC_OBJECT) == agent.count);
    agent_stop(&agent);
}

static void contexts_are_told_when_they_change(void) {
    struct agent agent;
    EXPECT(run(&agent, &usual, "contexts", "0") == 0);
    const struct event *current = find(&agent, ST_REC_CONTEXT, 0), *bytes = find(&agent, ST_REC_CONTEXT, 1);
    EXPECT(current->context.what == ST_CONTEXT_CURRENT && current->context.context == 7 && current->context.seq == 0);
    EXPECT(bytes->context.what == ST_CONTEXT_BYTES && bytes->context.context == UINT64_C(1) << 53);
    EXPECT(bytes->context.bytes == 5 && bytes->context.seq == 2);
    EXPECT(bytes->context.object == find(&agent, ST_WRITE_FILE, 2)->call.object);
    EXPECT(count_of(&agent, ST_REC_CONTEXT) == 4); /* and one each in child and parent */
    expect_whole_sequences(&agent);
    agent_stop(&agent);
}

static void disarmed_declares_nothing(void) {
    struct agent agent;
    struct agent_options options = usual;
    options.disarmed = true;
    EXPECT(run(&agent, &options, "contexts", "10") == 0);
    EXPECT(count_of(&agent, ST_REC_CONTEXT) == 0);
    agent_stop(&agent);
}

static void lost_declarations_are_told_as_lost_calls(void) {
    struct agent agent;
    struct agent_options options = usual;
    options.idle = true;
    agent_start(&agent, &options);
    agent.arena->heartbeat = 1;
    EXPECT(finish(start(agent.socket, true, "contexts", "5000", -1, -1)) == 0);
    agent_drain_once(&agent);
    size_t kept = count_of(&agent, ST_REC_CONTEXT);
    for (size_t i = 0; i < agent.count; i++)
        kept += is_call(&agent.events[i]);
    /* three writes, fork and wait; before and after the loop three declarations; the child's own and its _exit */
    EXPECT(agent.lost > 0 && agent.lost + kept == 5 + 5000 + 3 + 2);
    expect_whole_sequences(&agent);
    agent_stop(&agent);
}

static size_t written_with(struct agent *agent) {
    EXPECT(finish(start(agent->socket, true, "writes", "10", -1, -1)) == 0);
    agent_drain_once(agent);
    return count_of(agent, ST_WRITE_FILE);
}

/* The socket is gone: what is recorded was attached by the link. */
static void a_linked_arena_is_attached_without_asking(void) {
    struct agent agent;
    agent_start(&agent, &usual);
    unlink(agent.socket);
    EXPECT(written_with(&agent) == 10);
    agent_stop(&agent);
}

static void an_arena_without_a_link_is_asked_for(void) {
    struct agent agent;
    agent_start(&agent, &usual);
    unlink(agent.link);
    EXPECT(written_with(&agent) == 10);
    agent_stop(&agent);
}

static void a_linked_arena_that_others_can_open_is_not_trusted(void) {
    struct agent agent;
    agent_start(&agent, &usual);
    unlink(agent.socket);
    EXPECT(chmod(agent.file, 0640) == 0);
    EXPECT(written_with(&agent) == 0);
    agent_stop(&agent);
}

static void a_linked_arena_whose_agent_ended_is_left_alone(void) {
    struct agent agent;
    agent_start(&agent, &usual);
    unlink(agent.socket);
    agent.arena->agent_alive = 0;
    EXPECT(written_with(&agent) == 0);
    agent_stop(&agent);
}

/* A stopped agent: it is asked, and links the arena only when the program has given up waiting for its answer. */
static pid_t start_late(struct agent *agent, const char *count, int input) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    unlink(agent->link);
    unlink(agent->socket);
    strcpy(address.sun_path, agent->socket);
    EXPECT(bind(listener, (struct sockaddr *)&address, sizeof address) == 0 && listen(listener, 1) == 0);
    pid_t pid = start(agent->socket, true, "late", count, input, -1);
    int asking = accept(listener, NULL, NULL);
    char byte;
    while (read(asking, &byte, 1) > 0)
        ;
    close(asking);
    close(listener);
    EXPECT(symlink(agent->file, agent->link) == 0);
    return pid;
}

static const struct event *write_of(struct agent *agent, bool child, pid_t pid) {
    for (int i = 0; i < 10000; i++) {
        agent_drain_once(agent);
        for (size_t k = 0; k < agent->count; k++)
            if (agent->events[k].call.op == ST_WRITE_FILE && child != (agent->events[k].pid == (uint32_t)pid))
                return &agent->events[k];
        usleep(1000);
    }
    return find(agent, ST_WRITE_FILE, SIZE_MAX);
}

static void a_late_agent_is_attached_to(void) {
    struct agent agent;
    struct agent_options options = usual;
    int input[2];
    pipe(input);
    options.idle = true;
    agent_start(&agent, &options);
    pid_t pid = start_late(&agent, "1", input[0]);
    const struct event *written = write_of(&agent, true, pid);
    EXPECT(object_of(&agent, written->call.object, written)->object.kind == ST_KIND_OTHER);
    write(input[1], "x", 1);
    EXPECT(write_of(&agent, false, pid)->call.seq > 0);
    write(input[1], "x", 1);
    EXPECT(finish(pid) == 0);
    agent_stop(&agent);
    close(input[0]);
    close(input[1]);
}

/* It would attach its parent, whose memory it has, under its own number. */
static void a_vfork_child_does_not_attach(void) {
    struct agent agent;
    struct agent_options options = usual;
    int input[2];
    pipe(input);
    options.idle = true;
    agent_start(&agent, &options);
    pid_t pid = start_late(&agent, "0", input[0]);
    usleep(300000); /* for it to look */
    write(input[1], "x", 1);
    EXPECT(write_of(&agent, false, pid)->call.seq > 0);
    write(input[1], "x", 1);
    EXPECT(finish(pid) == 0);
    agent_drain_once(&agent);
    for (size_t i = 0; i < agent.count; i++)
        EXPECT(agent.events[i].pid == (uint32_t)pid);
    agent_stop(&agent);
    close(input[0]);
    close(input[1]);
}

static void without_an_agent_programs_run(void) {
    char line[512] = "";
    int output[2];
    pipe(output);
    fcntl(output[0], F_SETFL, O_NONBLOCK);
    EXPECT(finish(start("/nonexistent/agent.sock", true, "writes", "10", -1, output[1])) == 0);
    EXPECT(read(output[0], line, sizeof line) == -1 && errno == EAGAIN);
    setenv("STRACE_VERBOSE", "1", 1);
    EXPECT(finish(start("/nonexistent/agent.sock", true, "forks", "3", -1, output[1])) == 0);
    unsetenv("STRACE_VERBOSE");
    EXPECT(read(output[0], line, sizeof line - 1) > 0);
    EXPECT(strcmp(line, "s-trace: no agent answers on /nonexistent/agent.sock (No such file or directory): "
                        "probe runs unrecorded\n") == 0);
    close(output[0]);
    close(output[1]);
}

const struct test_case ring_cases[] = {
    CASE(ended_threads_give_their_slots_back),
    CASE(threads_without_a_slot_are_counted),
    CASE(cancelled_threads_end_their_rings),
    CASE(a_dead_agent_delays_nobody),
    CASE(a_slow_agent_is_waited_for),
    CASE(waiting_ends_at_the_deadline),
    CASE(dropped_calls_are_told_exactly),
    CASE(a_kill_leaves_whole_records),
    CASE(arming_catches_a_blocked_call),
    CASE(disarmed_tells_objects_only),
    CASE(contexts_are_told_when_they_change),
    CASE(disarmed_declares_nothing),
    CASE(lost_declarations_are_told_as_lost_calls),
    CASE(a_linked_arena_is_attached_without_asking),
    CASE(an_arena_without_a_link_is_asked_for),
    CASE(a_linked_arena_that_others_can_open_is_not_trusted),
    CASE(a_linked_arena_whose_agent_ended_is_left_alone),
    CASE(a_late_agent_is_attached_to),
    CASE(a_vfork_child_does_not_attach),
    CASE(without_an_agent_programs_run),
    {NULL, NULL},
};
