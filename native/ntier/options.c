#include "options.h"

#include <stdlib.h>
#include <string.h>

#include "fail.h"

const char options_usage[] =
    "usage: ntier replica --ip IP --port PORT --dir DIR --truth FILE [--pool 64] [--accept main|pool]\n"
    "                     [--forward P] [--remote P] [--process P] [--ipc file,pipe,shm,queue] [--peers IP:PORT,...]\n"
    "                     [--max-hops 4] [--max-layers 3] [--seed S] [--truth-records N]\n"
    "                     [--fault sleep:SECONDS|connect:IP:PORT] [--fault-every N]\n"
    "       ntier client  --ip IP --to IP:PORT,... --prefix P --truth FILE [--requests N] [--in-flight K] [--seed S]\n"
    "                     [--route IP:PORT,...] [--pause-ms M] [--truth-records N]\n";

static const char *value_of(char ***cursor) {
    const char *name = *(*cursor)++;
    if (**cursor == NULL)
        fail_usage("%s needs a value", name);
    return *(*cursor)++;
}

static unsigned long long number(const char *name, const char *text, unsigned long long least,
                                 unsigned long long most) {
    char *end;
    unsigned long long value = strtoull(text, &end, 10);
    if (end == text || *end != '\0' || *text == '-' || value < least || value > most)
        fail_usage("%s %s: a number from %llu to %llu is needed", name, text, least, most);
    return value;
}

static double probability(const char *name, const char *text) {
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end != '\0' || !(value >= 0 && value <= 1))
        fail_usage("%s %s: a probability from 0 to 1 is needed", name, text);
    return value;
}

static uint32_t ip(const char *name, const char *text) {
    uint32_t value;
    if (!address_parse_ip(text, &value))
        fail_usage("%s %s: an IPv4 address is needed", name, text);
    return value;
}

static unsigned addresses(const char *name, const char *text, struct address *list, unsigned capacity) {
    unsigned count;
    if (!address_parse_list(text, list, capacity, &count))
        fail_usage("%s %s: at most %u of ip:port are needed, separated by commas", name, text, capacity);
    return count;
}

static unsigned mechanisms(const char *text, const struct ipc *list[4]) {
    static const struct ipc *const known[] = {&ipc_file, &ipc_pipe, &ipc_shm, &ipc_queue};
    unsigned count = 0;
    for (const char *at = text; *at != '\0';) {
        size_t length = strcspn(at, ","), i = 0;
        while (i < 4 && (strlen(known[i]->name) != length || strncmp(known[i]->name, at, length) != 0))
            i++;
        if (i == 4 || count == 4)
            fail_usage("--ipc %s: at most four of file, pipe, shm and queue are known, separated by commas", text);
        list[count++] = known[i];
        at += length + (at[length] == ',');
    }
    return count;
}

static void fault(struct replica_options *options, const char *text) {
    if (strncmp(text, "sleep:", 6) == 0)
        options->fault_sleep_s = (unsigned)number("--fault sleep:", text + 6, 1, 86400);
    else if (strncmp(text, "connect:", 8) != 0 || !address_parse(text + 8, &options->fault_connect))
        fail_usage("--fault %s: sleep:SECONDS or connect:IP:PORT is needed", text);
}

static void need(bool given, const char *command, const char *name) {
    if (!given)
        fail_usage("%s needs %s", command, name);
}

struct replica_options options_replica(char **arguments) {
    struct replica_options options = {.pool = 64,
                                      .forward = 0.6,
                                      .remote = 0.3,
                                      .process = 0.3,
                                      .max_hops = 4,
                                      .max_layers = 3,
                                      .seed = 1,
                                      .truth_records = 200000,
                                      .fault_every = 1};
    options.ipc_count = mechanisms("file,pipe,shm,queue", options.ipc);
    while (*arguments != NULL) {
        const char *name = *arguments, *value = value_of(&arguments);
        if (strcmp(name, "--ip") == 0)
            options.self.ip = ip(name, value);
        else if (strcmp(name, "--port") == 0)
            options.self.port = (uint16_t)number(name, value, 1, UINT16_MAX);
        else if (strcmp(name, "--pool") == 0)
            options.pool = (unsigned)number(name, value, 1, 4096);
        else if (strcmp(name, "--accept") == 0 && (strcmp(value, "main") == 0 || strcmp(value, "pool") == 0))
            options.main_accepts = strcmp(value, "main") == 0;
        else if (strcmp(name, "--accept") == 0)
            fail_usage("--accept %s: main or pool is needed", value);
        else if (strcmp(name, "--forward") == 0)
            options.forward = probability(name, value);
        else if (strcmp(name, "--remote") == 0)
            options.remote = probability(name, value);
        else if (strcmp(name, "--process") == 0)
            options.process = probability(name, value);
        else if (strcmp(name, "--ipc") == 0)
            options.ipc_count = mechanisms(value, options.ipc);
        else if (strcmp(name, "--peers") == 0)
            options.peer_count = addresses(name, value, options.peers, PEERS_MAX);
        else if (strcmp(name, "--max-hops") == 0)
            options.max_hops = (unsigned)number(name, value, 0, 1000);
        else if (strcmp(name, "--max-layers") == 0)
            options.max_layers = (unsigned)number(name, value, 0, 1000);
        else if (strcmp(name, "--seed") == 0)
            options.seed = number(name, value, 0, UINT64_MAX);
        else if (strcmp(name, "--dir") == 0)
            options.directory = value;
        else if (strcmp(name, "--truth") == 0)
            options.truth = value;
        else if (strcmp(name, "--truth-records") == 0)
            options.truth_records = (unsigned)number(name, value, 1, 100000000);
        else if (strcmp(name, "--fault") == 0)
            fault(&options, value);
        else if (strcmp(name, "--fault-every") == 0)
            options.fault_every = (unsigned)number(name, value, 1, 1000000000);
        else
            fail_usage("replica does not know the option %s", name);
    }
    need(options.self.ip != 0, "replica", "--ip");
    need(options.self.port != 0, "replica", "--port");
    need(options.directory != NULL, "replica", "--dir");
    need(options.truth != NULL, "replica", "--truth");
    return options;
}

struct client_options options_client(char **arguments) {
    struct client_options options = {.requests = 1, .in_flight = 1, .seed = 1, .truth_records = 200000};
    while (*arguments != NULL) {
        const char *name = *arguments, *value = value_of(&arguments);
        if (strcmp(name, "--ip") == 0)
            options.ip = ip(name, value);
        else if (strcmp(name, "--to") == 0)
            options.target_count = addresses(name, value, options.targets, PEERS_MAX);
        else if (strcmp(name, "--route") == 0)
            options.route_length = addresses(name, value, options.route, ROUTE_MAX);
        else if (strcmp(name, "--requests") == 0)
            options.requests = (unsigned)number(name, value, 1, 1000000000);
        else if (strcmp(name, "--in-flight") == 0)
            options.in_flight = (unsigned)number(name, value, 1, 4096);
        else if (strcmp(name, "--seed") == 0)
            options.seed = number(name, value, 0, UINT64_MAX);
        else if (strcmp(name, "--pause-ms") == 0)
            options.pause_ms = (unsigned)number(name, value, 0, 3600000);
        else if (strcmp(name, "--truth") == 0)
            options.truth = value;
        else if (strcmp(name, "--truth-records") == 0)
            options.truth_records = (unsigned)number(name, value, 1, 100000000);
        else if (strcmp(name, "--prefix") == 0)
            options.prefix = value;
        else
            fail_usage("client does not know the option %s", name);
    }
    need(options.ip != 0, "client", "--ip");
    need(options.target_count != 0, "client", "--to");
    need(options.truth != NULL, "client", "--truth");
    need(options.prefix != NULL, "client", "--prefix");
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
    size_t length = strlen(options.prefix);
    if (length == 0 || length > 16 || strspn(options.prefix, letters) != length)
        fail_usage("--prefix %s: 1 to 16 letters, digits and underscores are needed", options.prefix);
    return options;
}
