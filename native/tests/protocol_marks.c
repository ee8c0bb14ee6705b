/*
 * protocol_marks LIBWRAPPER SUMMARY CMD ARGS...: runs CMD under the library with the processors on, ends with its exit
 * code, and writes to the file SUMMARY how many messages ended, a line for each program, protocol, direction and kind:
 * "nginx http1 taken request 100", then those that were the last of their connection and those after a loss.
 */
#include "agent.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_LINES 256

struct line {
    char text[80];
    size_t count;
};

static struct line lines[MOST_LINES];

static void count(const char *text, size_t count) {
    struct line *line = lines;
    while (line < lines + MOST_LINES - 1 && line->text[0] != '\0' && strcmp(line->text, text) != 0)
        line++;
    snprintf(line->text, sizeof line->text, "%s", text);
    line->count += count;
}

static bool is_taken(uint16_t op) {
    switch (op) {
    case ST_READ_SOCKET:
    case ST_RECV_SOCKET:
    case ST_RECVFROM:
    case ST_RECVMSG:
    case ST_READV_SOCKET:
        return true;
    default:
        return false;
    }
}

/* The call that a mark stands before is its ring's next one. */
static uint16_t op_of(const struct agent *agent, size_t at) {
    const struct event *mark = &agent->events[at];
    for (size_t i = at + 1; i < agent->count; i++) {
        const struct event *next = &agent->events[i];
        if (next->generation == mark->generation && next->call.op < ST_REC_OBJECT)
            return next->call.seq == mark->call.seq ? next->call.op : 0;
    }
    return 0;
}

static void count_mark(const struct agent *agent, size_t at) {
    static const char *const protocols[] = {"none",  "http1",      "http2", "fastcgi",   "ajp",
                                            "mysql", "postgresql", "resp",  "memcached", "dns"};
    const struct event *event = &agent->events[at];
    const struct st_mark *mark = &event->mark;
    const char *kind = mark->flags & ST_MARK_REQUEST    ? "request"
                       : mark->flags & ST_MARK_RESPONSE ? "response"
                                                        : "neither";
    char text[80];
    if ((mark->flags & ST_MARK_END) != 0) {
        snprintf(text, sizeof text, "%.24s %s %s %s", event->program, protocols[mark->protocol],
                 is_taken(op_of(agent, at)) ? "taken" : "sent", kind);
        count(text, mark->count);
    }
    if ((mark->flags & ST_MARK_LAST) != 0) {
        snprintf(text, sizeof text, "%.24s %s last %s", event->program, protocols[mark->protocol], kind);
        count(text, 1);
    }
    if ((mark->flags & ST_MARK_RESYNC) != 0 && (mark->flags & ST_MARK_END) != 0) {
        snprintf(text, sizeof text, "%.24s %s resync", event->program, protocols[mark->protocol]);
        count(text, 1);
    }
}

static int by_text(const void *one, const void *other) {
    return strcmp(((const struct line *)one)->text, ((const struct line *)other)->text);
}

int main(int argument_count, char **arguments) {
    struct agent agent;
    if (argument_count < 4)
        return 2;
    int status = agent_record(&agent, true, arguments[1], arguments + 3);
    for (size_t i = 0; i < agent.count; i++)
        if (agent.events[i].call.op == ST_REC_MARK)
            count_mark(&agent, i);
    FILE *out = fopen(arguments[2], "w");
    if (out != NULL) {
        size_t used = 0;
        while (used < MOST_LINES && lines[used].text[0] != '\0')
            used++;
        qsort(lines, used, sizeof *lines, by_text);
        for (size_t i = 0; i < used; i++)
            fprintf(out, "%s %zu\n", lines[i].text, lines[i].count);
        fprintf(out, "%lu lost, %u malformed\n", agent.lost, agent.malformed);
        fclose(out);
    }
    agent_stop(&agent);
    return status;
}
