/* What is recorded of streams, processes, threads and POSIX IPC. */
#include "harness.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static void streams_are_recorded(void) {
    operations("streams", ST_CLOCK_TSC);
}

static void streams_on_pipes_and_sockets_are_recorded(void) {
    operations("piped_streams", ST_CLOCK_TSC);
}

static void children_are_recorded(void) {
    operations("children", ST_CLOCK_TSC);
}

static void waiting_is_recorded(void) {
    operations("waiting", ST_CLOCK_MONOTONIC);
}

static void queues_are_recorded(void) {
    operations("queues", ST_CLOCK_TSC);
}

static void shared_mappings_are_recorded(void) {
    operations("mappings", ST_CLOCK_TSC);
}

static void names_are_recorded(void) {
    operations("names", ST_CLOCK_TSC);
}

static void commands_and_names_are_told(void) {
    struct agent agent;
    EXPECT(run(&agent, &usual, "children", NULL) == 0);
    EXPECT(strcmp(find(&agent, ST_POSIX_SPAWN, 0)->text, "/bin/sh") == 0);
    EXPECT(strcmp(find(&agent, ST_POSIX_SPAWNP, 0)->text, "sh") == 0);
    EXPECT(strcmp(find(&agent, ST_SYSTEM, 0)->text, "exit 5") == 0 &&
           find(&agent, ST_SYSTEM, 0)->call.result == 5 << 8);
    agent_stop(&agent);
    EXPECT(run(&agent, &usual, "queues", NULL) == 0);
    const struct event *open = find(&agent, ST_MQ_OPEN, 0), *again = find(&agent, ST_MQ_OPEN, 1);
    const struct event *queue = object_of(&agent, open->call.object, open);
    EXPECT(strcmp(open->text, queue->text) == 0 && strncmp(open->text, "/st-probe.", 10) == 0);
    EXPECT((queue->object.flags & ST_OBJ_CREATED) != 0 && queue->object.inode != 0);
    EXPECT(object_of(&agent, again->call.object, again)->object.inode == queue->object.inode);
    agent_stop(&agent);
    EXPECT(run(&agent, &usual, "names", NULL) == 0);
    EXPECT(strcmp(find(&agent, ST_GETADDRINFO, 1)->text, "no number") == 0);
    EXPECT(strcmp(find(&agent, ST_GETNAMEINFO, 0)->text, "127.0.0.1") == 0);
    agent_stop(&agent);
}

static void clones_name_their_creator(void) {
    struct agent agent;
    EXPECT(run(&agent, &usual, "children", NULL) == 0);
    const struct event *clone = find(&agent, ST_CLONE, 0), *child = find(&agent, ST_REC_THREAD, 0);
    if (child->thread.parent_seq != clone->call.seq) /* the other one is of _Fork */
        child = find(&agent, ST_REC_THREAD, 1);
    EXPECT(child->thread.parent_seq == clone->call.seq && child->thread.parent_generation == clone->generation);
    EXPECT(clone->call.result == (int64_t)child->pid);
    agent_stop(&agent);
}

/* The pid that the last CHILD record before an event names. */
static uint32_t child_of(const struct agent *agent, const struct event *until) {
    uint32_t pid = 0;
    for (const struct event *event = agent->events; event < until; event++)
        if (event->call.op == ST_REC_CHILD && event->generation == until->generation)
            pid = event->child.pid;
    return pid;
}

static void calls_of_vfork_children_are_told_apart(void) {
    struct agent agent;
    EXPECT(run(&agent, &usual, "vfork_child", NULL) == 0);
    expect_whole_sequences(&agent);
    const struct event *pipe = find(&agent, ST_PIPE, 0), *fork = find(&agent, ST_VFORK, 0);
    uint32_t child = (uint32_t)fork->call.result;
    for (const struct event *event = agent.events; event < agent.events + agent.count; event++)
        if (is_call(event) && event->generation == pipe->generation)
            EXPECT(((event->call.flags & ST_F_CHILD) != 0) ==
                   (event->call.seq > fork->call.seq && event < fork && event->call.op != ST_VFORK));

    const struct event *closed = find(&agent, ST_CLOSE, 0), *open = find(&agent, ST_OPEN, 0);
    EXPECT(closed->call.object == pipe->call.object && open->call.arg[0] == pipe->call.arg[0]);
    EXPECT(child_of(&agent, closed) == child && strcmp(open->text, "/etc/passwd") == 0);
    EXPECT(find(&agent, ST_READ_FILE, 0)->call.object == open->call.object);
    EXPECT(find(&agent, ST_READ_FILE, 1)->call.object == open->call.object); /* through the copy */

    const struct event *grandchild = find(&agent, ST_WRITE_PIPE, 0), *after = find(&agent, ST_WRITE_PIPE, 1);
    EXPECT(child_of(&agent, grandchild) != child && child_of(&agent, after) == child);
    EXPECT(find(&agent, ST_CLOSE, 1)->call.object == open->call.object);
    EXPECT(error_of(find(&agent, ST_EXEC, 1)) == ENOENT && child_of(&agent, find(&agent, ST_EXEC, 2)) == child);

    const struct event *write = find(&agent, ST_WRITE_PIPE, 2), *read = find(&agent, ST_READ_PIPE, 0);
    EXPECT(write > fork && write->call.object == pipe->call.object && read->call.object == pipe->call.object);
    agent_stop(&agent);
}

static void clones_that_share_a_thread_are_not_recorded(void) {
    struct agent agent;
    EXPECT(run(&agent, &usual, "sharer", NULL) == 0);
    expect_whole_sequences(&agent);
    EXPECT(count_of(&agent, ST_CLONE) == 2 && find(&agent, ST_CLONE, 0)->call.result > 0);
    EXPECT(count_of(&agent, ST_WRITE_PIPE) == 2 && find(&agent, ST_WRITE_PIPE, 1)->call.length == 3);
    EXPECT(count_of(&agent, ST_READ_PIPE) == 0 && count_of(&agent, ST_WAITPID) == 0);
    const struct event *exit = find(&agent, ST_UNDERSCORE_EXIT, 0), *suspended = find(&agent, ST_CLONE, 1);
    EXPECT((exit->call.flags & ST_F_CHILD) != 0 && child_of(&agent, exit) == (uint32_t)suspended->call.result);
    EXPECT(find(&agent, ST_WAIT, 0)->call.result == suspended->call.result);
    agent_stop(&agent);
}

static void daemons_name_their_creator(void) {
    struct agent agent;
    EXPECT(run(&agent, &usual, "daemon", NULL) == 0);
    for (int i = 0; i < 2000 && count_of(&agent, ST_WRITE_FILE) == 0; i++) {
        usleep(1000);
        agent_drain_once(&agent);
    }
    const struct event *fork = find(&agent, ST_FORK, 0), *after = find(&agent, ST_WRITE_FILE, 0);
    EXPECT((fork->call.flags & ST_F_NO_RETURN) != 0 && find(&agent, ST_REC_THREAD, 0)->generation == after->generation);
    EXPECT(find(&agent, ST_REC_THREAD, 0)->thread.parent_seq == fork->call.seq);
    EXPECT(strcmp(object_of(&agent, after->call.object, after)->text, "/dev/null") == 0);
    agent_stop(&agent);
}

static void threads_may_end_within_a_call(void) {
    struct agent agent;
    EXPECT(run(&agent, &usual, "leaving", NULL) == 0);
    expect_whole_sequences(&agent);
    EXPECT(count_of(&agent, ST_COND_WAIT) == 0 && count_of(&agent, ST_PTHREAD_EXIT) == 2);
    EXPECT(find(&agent, ST_WRITE_PIPE, 1)->call.length == 1); /* of the clean-up handler */
    for (uint32_t slot = 0; slot < usual.slots; slot++)
        EXPECT(agent_ring(&agent, slot)->state == ST_RING_FREE);
    agent_stop(&agent);
}

static void calls_of_signal_handlers_are_marked(void) {
    struct agent agent;
    int input[2];
    pipe(input);
    agent_start(&agent, &usual);
    pid_t pid = start(agent.socket, true, "interrupted", NULL, input[0], -1);
    wait_until_blocked(&agent, ST_READ_PIPE);
    kill(pid, SIGUSR1);
    for (int i = 0; i < 2000 && count_of(&agent, ST_WRITE_PIPE) == 0; i++) {
        usleep(1000);
        agent_drain_once(&agent);
    }
    wait_until_blocked(&agent, ST_READ_PIPE); /* shown again after the handler */
    write(input[1], "x", 1);
    EXPECT(finish(pid) == 0);
    agent_drain_once(&agent);
    const struct event *handler = find(&agent, ST_WRITE_PIPE, 0), *after = find(&agent, ST_WRITE_PIPE, 1);
    EXPECT(handler->call.length == 7 && (handler->call.flags & ST_F_SIGNAL) != 0);
    EXPECT(after->call.length == 5 && (after->call.flags & ST_F_SIGNAL) == 0);
    EXPECT((find(&agent, ST_READ_PIPE, 0)->call.flags & ST_F_SIGNAL) == 0);
    expect_whole_sequences(&agent);
    agent_stop(&agent);
    close(input[0]);
    close(input[1]);
}

const struct test_case proc_cases[] = {
    CASE(streams_are_recorded),
    CASE(streams_on_pipes_and_sockets_are_recorded),
    CASE(children_are_recorded),
    CASE(waiting_is_recorded),
    CASE(queues_are_recorded),
    CASE(shared_mappings_are_recorded),
    CASE(names_are_recorded),
    CASE(commands_and_names_are_told),
    CASE(clones_name_their_creator),
    CASE(calls_of_vfork_children_are_told_apart),
    CASE(clones_that_share_a_thread_are_not_recorded),
    CASE(daemons_name_their_creator),
    CASE(threads_may_end_within_a_call),
    CASE(calls_of_signal_handlers_are_marked),
    {NULL, NULL},
};
