/* What the test cases share: running a scenario of the probe under the library, and looking at what was recorded. */
#ifndef HARNESS_H
#define HARNESS_H

#include "agent.h"

#include <stdio.h>

struct test_case {
    const char *name;
    void (*run)(void);
};
#define CASE(name)                                                                                                     \
    { #name, name }
extern const struct test_case call_cases[], io_cases[], proc_cases[], ring_cases[]; /* each ends with a NULL name */

extern const char *log_path; /* of the probe */
extern int skipped;
extern bool failing;

#define EXPECT(condition)                                                                                              \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            failing = true;                                                                                            \
            printf("  %s:%d: not so: %s\n", __FILE__, __LINE__, #condition);                                           \
        }                                                                                                              \
    } while (0)

extern const struct agent_options usual;

/* Starts a scenario; `socket` is the agent's, `input` and `output` become its descriptors 0 and 2 unless negative. */
pid_t start(const char *socket, bool preload, const char *scenario, const char *count, int input, int output);
int finish(pid_t pid); /* exit code, or minus the signal */
/* Runs a scenario, and holds what was recorded against its log, and that against one made without the library. */
void operations(const char *scenario, uint32_t clock);
int run(struct agent *agent, const struct agent_options *options, const char *scenario, const char *count);

bool is_call(const struct event *event);
int error_of(const struct event *event);
size_t count_of(const struct agent *agent, uint16_t op);
const struct event *find(const struct agent *agent, uint16_t op, size_t nth);
const struct event *object_of(const struct agent *agent, uint32_t number, const struct event *until);
void expect_whole_sequences(const struct agent *agent);
void wait_until_blocked(struct agent *agent, uint16_t op);

#endif
