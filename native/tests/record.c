/*
 * record LIBWRAPPER SUMMARY CMD ARGS...: runs CMD under the library with the test agent, ends with its exit code, and
 * writes to the file SUMMARY how many records of each operation came, then "R rings, L lost, M malformed, N without
 * slot".
 */
#include "agent.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

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
    default:
        return "LOST";
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
    int status;
    if (count < 4)
        return 2;
    agent_start(&agent, &(struct agent_options){
                            .slots = 512,
                            .records = 4096,
                            .clock = ST_CLOCK_TSC,
                            .policy = ST_POLICY_BLOCK,
                            .block_ticks = UINT64_C(10000000000),
                        });
    pid_t pid = fork();
    if (pid == 0) {
        setenv("LD_PRELOAD", arguments[1], 1);
        setenv("STRACE_SOCKET", agent.socket, 1);
        execvp(arguments[3], arguments + 3);
        _exit(127);
    }
    waitpid(pid, &status, 0);
    agent_drain_once(&agent);
    FILE *out = fopen(arguments[2], "w");
    if (out != NULL) {
        summarise(&agent, out);
        fclose(out);
    }
    agent_stop(&agent);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
