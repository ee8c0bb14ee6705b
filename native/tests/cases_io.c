/* What is recorded of datagrams, AF_UNIX sockets, readiness, events, zero-copy and asynchronous I/O, and syscall(). */
#include "harness.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

static void datagrams_are_recorded(void) {
    operations("datagrams", ST_CLOCK_TSC);
}

static void calls_without_peers_are_recorded(void) {
    operations("no_peers", ST_CLOCK_TSC);
}

static void unix_sockets_are_recorded(void) {
    operations("unix", ST_CLOCK_TSC);
}

static void polling_is_recorded(void) {
    operations("polling", ST_CLOCK_TSC);
}

static void events_and_signals_are_recorded(void) {
    operations("events", ST_CLOCK_MONOTONIC);
}

static void zero_copy_is_recorded(void) {
    operations("zerocopy", ST_CLOCK_TSC);
}

static void asynchronous_io_is_recorded(void) {
    operations("aio", ST_CLOCK_TSC);
}

static void system_calls_are_recorded(void) {
    operations("syscalls", ST_CLOCK_TSC);
}

static void opens_are_recorded(void) {
    operations("opens", ST_CLOCK_TSC);
}

/* The peer of a call, zero where none is told; an AF_UNIX path follows it. */
static struct st_peer peer_of(const struct event *event) {
    struct st_peer peer = {0};
    if ((event->call.flags & ST_F_PEER) != 0 && event->text_bytes >= sizeof peer)
        memcpy(&peer, event->text, sizeof peer);
    return peer;
}

enum { FAMILIES = 4, SENDTOS = 6 }; /* of the scenario: AF_INET, AF_INET6, mapped, AF_UNIX */

static void datagrams_name_their_peers(void) {
    static const uint8_t mapped[16] = {[10] = 0xff, 0xff, 127, 0, 0, 1}, loopback[16] = {[15] = 1};
    struct agent agent;
    EXPECT(run(&agent, &usual, "datagrams", NULL) == 0);
    for (size_t family = 0; family < FAMILIES; family++) {
        const struct event *sent = find(&agent, ST_SENDTO, family * SENDTOS);
        const struct event *taken = find(&agent, ST_RECVFROM, family * 5);
        const struct event *bind = find(&agent, family < 3 ? ST_BIND_INET : ST_BIND_UNIX, family < 3 ? family : 0);
        const struct st_object *client = &object_of(&agent, sent->call.object, sent)->object;
        const struct st_object *server = &object_of(&agent, bind->call.object, bind)->object;
        struct st_peer to = peer_of(sent), from = peer_of(taken);
        if (family == 3) {
            EXPECT(to.family == AF_UNIX && strstr(sent->text + sizeof to, ".server") != NULL);
            EXPECT(from.family == AF_UNIX && strstr(taken->text + sizeof from, ".client") != NULL);
            continue;
        }
        const uint8_t *address = family == 1 ? loopback : mapped;
        EXPECT(to.family == (family == 1 ? AF_INET6 : AF_INET) && from.family == to.family);
        EXPECT(memcmp(to.address, address, 16) == 0 && memcmp(from.address, address, 16) == 0);
        EXPECT(to.port == server->local_port && to.port != 0);
        EXPECT(from.port == client->local_port && from.port != 0); /* told by the first that it sent */
    }
    agent_stop(&agent);
}

static void each_of_many_messages_names_its_peer(void) {
    struct agent agent;
    EXPECT(run(&agent, &usual, "datagrams", NULL) == 0);
    for (size_t i = 0; i < 3; i++) {
        const struct event *sent = find(&agent, ST_SENDMMSG, i), *taken = find(&agent, ST_RECVMMSG, i);
        EXPECT(peer_of(sent).port == peer_of(find(&agent, ST_SENDTO, 0)).port);
        EXPECT(peer_of(taken).port == peer_of(find(&agent, ST_RECVFROM, 0)).port);
        EXPECT(sent->call.enter == find(&agent, ST_SENDMMSG, 0)->call.enter);
    }
    agent_stop(&agent);
}

static void streams_and_short_addresses_name_no_peers(void) {
    struct agent agent;
    size_t peers = 0;
    EXPECT(run(&agent, &usual, "no_peers", NULL) == 0);
    for (size_t i = 0; i < agent.count; i++)
        peers += is_call(&agent.events[i]) && (agent.events[i].call.flags & ST_F_PEER) != 0;
    EXPECT(peers == 2); /* the datagrams that were sent */
    agent_stop(&agent);
}

static void ends_of_unix_sockets_name_each_other(void) {
    struct agent agent;
    EXPECT(run(&agent, &usual, "unix", NULL) == 0);
    const struct event *connect = find(&agent, ST_CONNECT, 0), *accept = find(&agent, ST_ACCEPT, 0);
    const struct event *client = object_of(&agent, connect->call.object, connect);
    const struct event *server = object_of(&agent, accept->call.object, accept);
    EXPECT(client->object.peer_ip == connect->pid && strstr(client->text, ".stream") != NULL);
    EXPECT(server->object.peer_ip == connect->pid && strstr(server->text, ".stream") != NULL);
    const struct event *listen = find(&agent, ST_LISTEN, 0);
    EXPECT(object_of(&agent, listen->call.object, listen)->object.peer_ip == 0);
    const struct event *pair = find(&agent, ST_SOCKETPAIR, 0);
    const struct st_object *first = &object_of(&agent, pair->call.object, pair)->object;
    const struct st_object *second = &object_of(&agent, first->local_ip, pair)->object;
    EXPECT(second->object != first->object && second->local_ip == first->object);
    EXPECT(first->fd == (int)pair->call.arg[0] && second->fd == (int)pair->call.arg[1]);
    agent_stop(&agent);
}

static void eventfds_are_known_by_their_id(void) {
    struct agent agent;
    EXPECT(run(&agent, &usual, "events", NULL) == 0);
    const struct event *first = find(&agent, ST_EVENTFD, 0), *second = find(&agent, ST_EVENTFD, 1);
    const struct st_object *one = &object_of(&agent, first->call.object, first)->object;
    const struct st_object *other = &object_of(&agent, second->call.object, second)->object;
    EXPECT(one->device == 0 && other->device == 0 && one->inode != other->inode);
    agent_stop(&agent);
}

static void created_memory_is_told_by_its_name(void) {
    struct agent agent;
    EXPECT(run(&agent, &usual, "zerocopy", NULL) == 0);
    const struct event *created = find(&agent, ST_MEMFD_CREATE, 0);
    const struct event *memory = object_of(&agent, created->call.object, created);
    EXPECT(strcmp(created->text, "shared") == 0 && strcmp(memory->text, "shared") == 0);
    EXPECT((memory->object.flags & ST_OBJ_CREATED) != 0);
    agent_stop(&agent);
}

static void known_descriptors_need_no_other_call(void) {
    struct agent agent;
    struct agent_options options = usual;
    options.records = 16384; /* so that the ring never fills: waiting is a system call */
    EXPECT(run(&agent, &options, "strict_io", NULL) == 0);
    EXPECT(count_of(&agent, ST_RECVMMSG) == 100 && count_of(&agent, ST_SELECT) == 100);
    agent_stop(&agent);
}

const struct test_case io_cases[] = {
    CASE(datagrams_are_recorded),
    CASE(calls_without_peers_are_recorded),
    CASE(unix_sockets_are_recorded),
    CASE(polling_is_recorded),
    CASE(events_and_signals_are_recorded),
    CASE(zero_copy_is_recorded),
    CASE(asynchronous_io_is_recorded),
    CASE(system_calls_are_recorded),
    CASE(opens_are_recorded),
    CASE(datagrams_name_their_peers),
    CASE(each_of_many_messages_names_its_peer),
    CASE(streams_and_short_addresses_name_no_peers),
    CASE(ends_of_unix_sockets_name_each_other),
    CASE(eventfds_are_known_by_their_id),
    CASE(created_memory_is_told_by_its_name),
    CASE(known_descriptors_need_no_other_call),
    {NULL, NULL},
};
