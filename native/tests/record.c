/*
 * record [--each] LIBWRAPPER SUMMARY CMD ARGS...: runs CMD under the library with the test agent, ends with its exit
 * code, and writes to the file SUMMARY how many records of each operation came, then "R rings, L lost, M malformed, N
 * without slot". --each: first a line for each record, ring by ring.
 */
#include "agent.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *name_of(uint16_t op) {
    switch (op) {
#define ST_OP(symbol, code, name)                                                                                      \
    case code:                                                                                                         \
        return #symbol;
#include "strace_ops.def"
#undef ST_OP
    case ST_REC_OBJECT:
        return "OBJECT";
    case ST_REC_THREAD:
        return "THREAD";
    case ST_REC_CONTEXT:
        return "CONTEXT";
    case ST_REC_CHILD:
        return "CHILD";
    default:
        return "LOST";
    }
}

static void list(const struct agent *agent, FILE *out) {
    for (size_t i = 0; i < agent->count; i++) {
        const struct event *event = &agent->events[i];
        const struct st_object *object = &event->object;
        const struct st_context *context = &event->context;
        fprintf(out, "%lu %u %lu %s ", event->generation, event->pid, event->call.enter, name_of(event->call.op));
        if (event->call.op == ST_REC_OBJECT)
            fprintf(out, "%u %d %u %u\n", object->object, object->fd, object->local_port, object->peer_port);
        else if (event->call.op == ST_REC_CONTEXT)
            fprintf(out, "%u %u %lu %lu\n", context->object, context->what, context->bytes, context->context);
        else
            fprintf(out, "%u %ld %ld %u\n", event->call.object, event->call.arg[0], event->call.result,
                    event->call.length);
    }
}

static void summarise(const struct agent *agent, FILE *out) {
    static size_t counts[UINT16_MAX + 1];
    for (size_t i = 0; i < agent->count; i++)
        counts[agent->events[i].call.op]++;
    for (int op = 0; op <= UINT16_MAX; op++)
        if (counts[op] != 0)
            fprintf(out, "%s %zu\n", name_of((uint16_t)op), counts[op]);
    fprintf(out, "%lu rings, %lu lost, %u malformed, %u without slot\n", agent->arena->next_generation - 1, agent->lost,
            agent->malformed, agent->arena->no_slot);
}

int main(int count, char **arguments) {
    struct agent agent;
    bool each = count > 1 && strcmp(arguments[1], "--each") == 0;
    arguments += each;
    if (count - each < 4)
        return 2;
    int status = agent_record(&agent, false, arguments[1], arguments + 3);
    FILE *out = fopen(arguments[2], "w");
    if (out != NULL) {
        if (each)
            list(&agent, out);
        summarise(&agent, out);
        fclose(out);
    }
    agent_stop(&agent);
    return status;
}
