/* The tests of libwrapper.so: cases LIBWRAPPER PROBE [NAME...]. */
#include "harness.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

const char *log_path;
int skipped;
bool failing;

static const char *library, *probe;
static int passed, failed;

const struct agent_options usual = {.slots = 512,
                                    .records = 1024,
                                    .clock = ST_CLOCK_TSC,
                                    .policy = ST_POLICY_BLOCK,
                                    .block_ticks = UINT64_C(20000000000)};

pid_t start(const char *socket, bool preload, const char *scenario, const char *count, int input, int output) {
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    if (preload)
        setenv("LD_PRELOAD", library, 1);
    setenv("STRACE_SOCKET", socket, 1);
    setenv("PROBE_LOG", log_path, 1);
    if (input >= 0)
        dup2(input, 0);
    if (output >= 0)
        dup2(output, 2);
    execl(probe, probe, scenario, count, (char *)NULL);
    _exit(125);
}

int finish(pid_t pid) {
    int status;
    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* Starts an agent, runs a scenario to its end and reads everything. Returns the exit code. */
int run(struct agent *agent, const struct agent_options *options, const char *scenario, const char *count) {
    agent_start(agent, options);
    int code = finish(start(agent->socket, true, scenario, count, -1, -1));
    agent_drain_once(agent);
    EXPECT(agent->malformed == 0);
    return code;
}

bool is_call(const struct event *event) {
    return event->call.op < ST_REC_OBJECT;
}

int error_of(const struct event *event) {
    return (int)(event->call.duration_errno >> 48);
}

size_t count_of(const struct agent *agent, uint16_t op) {
    size_t count = 0;
    for (size_t i = 0; i < agent->count; i++)
        count += agent->events[i].call.op == op;
    return count;
}

const struct event *find(const struct agent *agent, uint16_t op, size_t nth) {
    for (size_t i = 0; i < agent->count; i++)
        if (agent->events[i].call.op == op && nth-- == 0)
            return &agent->events[i];
    static const struct event none;
    failing = true;
    printf("  record %u is missing\n", op);
    return &none;
}

/* The last OBJECT of that number at or before `until`. */
const struct event *object_of(const struct agent *agent, uint32_t number, const struct event *until) {
    static const struct event none;
    const struct event *found = &none;
    for (const struct event *event = agent->events; number != 0 && event <= until; event++)
        if (event->call.op == ST_REC_OBJECT && event->object.object == number)
            found = event;
    return found;
}

/*
 * Sequence numbers of every ring run from 1 without gaps, lost ones told. The call that made a vfork child has its
 * number before the child's calls and its record behind them.
 */
void expect_whole_sequences(const struct agent *agent) {
    for (size_t i = 0; i < agent->count; i++) {
        uint64_t generation = agent->events[i].generation;
        if (i > 0 && agent->events[i - 1].generation == generation)
            continue;
        uint32_t next = 1, made = 0;
        for (size_t k = 0; k < agent->count; k++) {
            const struct event *event = &agent->events[k];
            if (event->generation == generation && event->call.op == ST_REC_CHILD && made == 0)
                made = next++;
            if (event->generation == generation && is_call(event) && event->call.seq == made) {
                made = 0;
                continue;
            }
            if (event->generation != generation || (!is_call(event) && event->call.op != ST_REC_LOST))
                continue;
            bool lost = event->call.op == ST_REC_LOST;
            if ((lost ? event->call.arg[0] : event->call.seq) != next) {
                EXPECT(!"sequence without gaps");
                return;
            }
            next = (uint32_t)(lost ? event->call.arg[1] : event->call.seq) + 1;
        }
        EXPECT(made == 0);
    }
}

void wait_until_blocked(struct agent *agent, uint16_t op) {
    for (int i = 0; i < 2000; i++) {
        for (uint32_t slot = 0; slot < agent->arena->slots; slot++)
            if (__atomic_load_n(&agent_ring(agent, slot)->call_op, __ATOMIC_ACQUIRE) == op)
                return;
        usleep(1000);
    }
    EXPECT(!"the call in progress is visible");
}

static bool is_asked_for(const char *name, char **names) {
    bool all = *names == NULL;
    for (; !all && *names != NULL; names++)
        if (strcmp(*names, name) == 0)
            return true;
    return all;
}

static void run_cases(const struct test_case *cases, char **names) {
    for (; cases->name != NULL; cases++) {
        int skipped_before = skipped;
        if (!is_asked_for(cases->name, names))
            continue;
        failing = false;
        cases->run();
        if (skipped == skipped_before)
            *(failing ? &failed : &passed) += 1;
        printf("%s %s\n", failing ? "FAIL" : skipped != skipped_before ? "skip" : "ok  ", cases->name);
    }
}

int main(int count, char **arguments) {
    static char path[64];
    if (count < 3)
        return 2;
    library = arguments[1];
    probe = arguments[2];
    setvbuf(stdout, NULL, _IOLBF, 0);
    snprintf(path, sizeof path, "/tmp/st-probe.%d", getpid());
    log_path = path;
    run_cases(call_cases, arguments + 3);
    run_cases(io_cases, arguments + 3);
    run_cases(proc_cases, arguments + 3);
    run_cases(ring_cases, arguments + 3);
    printf("%d passed, %d failed, %d skipped\n", passed, failed, skipped);
    return failed != 0;
}
