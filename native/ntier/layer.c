#include "layer.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "connection.h"
#include "fail.h"

/* What is drawn for each layer; message_draw keeps them independent. */
enum choice { CHOICE_FORWARD, CHOICE_REMOTE, CHOICE_PROCESS, CHOICE_IPC, CHOICE_PEER };

struct new_layer {
    const struct replica_options *options;
    const struct ipc *ipc;
    struct channel channel;
    char request[REQUEST_ID];
    struct call creation;
    struct call_ref last; /* written by a thread, read after it was joined */
};

static _Thread_local bool in_forked_layer;

static bool chance(const struct message *message, uint64_t seed, enum choice choice, double probability) {
    return message_draw(message, seed, choice) < probability;
}

static unsigned pick(const struct message *message, uint64_t seed, enum choice choice, unsigned count) {
    return (unsigned)(message_draw(message, seed, choice) * count);
}

static void serve_as_new_layer(struct new_layer *layer, struct channel *channel) {
    struct message message;
    truth_begin(layer->request, layer->creation.self);
    layer->ipc->take(channel, &message);
    layer_serve(layer->options, &message);
    layer->ipc->reply(channel, &message);
}

static void *thread_main(void *argument) {
    struct new_layer *layer = argument;
    struct channel own = layer->channel;
    serve_as_new_layer(layer, &own);
    layer->last = truth_last();
    return NULL;
}

static _Noreturn void child_main(struct new_layer *layer, pid_t parent) {
    end_with(parent);
    in_forked_layer = true;
    truth_forked();
    serve_as_new_layer(layer, &layer->channel);
    struct call call = truth_enter("_exit");
    truth_child_ended(layer->creation, call.self);
    truth_leave(call); /* before the call, which does not return */
    _exit(0);
}

static pid_t start_process(struct new_layer *layer) {
    layer->creation = truth_enter("fork");
    pid_t parent = getpid(), child = fork();
    if (child == 0)
        child_main(layer, parent);
    truth_leave(layer->creation);
    if (child < 0)
        fail("cannot fork a layer: %s", strerror(errno));
    return child;
}

static pthread_t start_thread(struct new_layer *layer) {
    pthread_t thread;
    layer->creation = truth_enter("pthread_create");
    int error = pthread_create(&thread, NULL, thread_main, layer);
    truth_leave(layer->creation);
    if (error != 0)
        fail("cannot create a layer's thread: %s", strerror(error));
    return thread;
}

static void wait_process(struct new_layer *layer, pid_t child) {
    int status;
    struct call call = truth_enter("waitpid");
    pid_t ended = waitpid(child, &status, 0);
    truth_leave_from(call, truth_child_last(layer->creation));
    if (ended != child || status != 0)
        fail("a forked layer ended abnormally");
}

static void wait_thread(struct new_layer *layer, pthread_t thread) {
    struct call call = truth_enter("pthread_join");
    pthread_join(thread, NULL);
    truth_leave_from(call, layer->last);
}

static void run_step(void (*step)(struct channel *, struct message *), struct channel *channel,
                     struct message *message) {
    if (step != NULL)
        step(channel, message);
}

static void pass_to_new_layer(const struct replica_options *options, struct message *message) {
    struct new_layer layer = {.options = options,
                              .ipc = options->ipc[pick(message, options->seed, CHOICE_IPC, options->ipc_count)]};
    /* A process forked from one with many threads creates no thread itself: POSIX does not promise that it can. */
    layer.channel.in_process = in_forked_layer || chance(message, options->seed, CHOICE_PROCESS, options->process);
    memcpy(layer.request, message->request, sizeof layer.request);
    truth_count_forward(layer.ipc->mechanism);
    message->layer++;
    run_step(layer.ipc->prepare, &layer.channel, message);
    pid_t child = 0;
    pthread_t thread = 0;
    if (layer.channel.in_process)
        child = start_process(&layer);
    else
        thread = start_thread(&layer);
    run_step(layer.ipc->started, &layer.channel, message);
    run_step(layer.ipc->collect, &layer.channel, message);
    if (layer.channel.in_process)
        wait_process(&layer, child);
    else
        wait_thread(&layer, thread);
    run_step(layer.ipc->finish, &layer.channel, message);
}

static void pass_to_replica(struct message *message, struct address replica) {
    truth_count_forward(MECHANISM_SOCKET);
    message->hop++;
    message->layer = 0;
    connection_ask(replica, message);
}

void layer_serve(const struct replica_options *options, struct message *message) {
    bool passes_on = chance(message, options->seed, CHOICE_FORWARD, options->forward);
    bool prefers_replica = chance(message, options->seed, CHOICE_REMOTE, options->remote);
    bool layer_possible = message->layer < options->max_layers && options->ipc_count > 0;
    bool has_route = message->route_length > 0;
    bool replica_possible = !has_route && options->peer_count > 0 && message->hop < options->max_hops;
    if (passes_on && layer_possible && !(prefers_replica && replica_possible))
        pass_to_new_layer(options, message);
    else if (has_route && message->route_next < message->route_length)
        pass_to_replica(message, message->route[message->route_next++]);
    else if (passes_on && replica_possible)
        pass_to_replica(message, options->peers[pick(message, options->seed, CHOICE_PEER, options->peer_count)]);
    else
        message_answer(message);
}
