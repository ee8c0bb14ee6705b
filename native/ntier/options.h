#ifndef NTIER_OPTIONS_H
#define NTIER_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "address.h"
#include "ipc.h"

#define PEERS_MAX 64

struct replica_options {
    struct address self;
    unsigned pool;
    bool main_accepts;
    double forward; /* probability that a layer passes a request on */
    double remote;  /* probability that it then does so to another replica */
    double process; /* probability that a new layer is a process */
    const struct ipc *ipc[4];
    unsigned ipc_count;
    struct address peers[PEERS_MAX];
    unsigned peer_count;
    unsigned max_hops;
    unsigned max_layers;
    uint64_t seed;
    const char *directory;
    const char *truth;
    unsigned truth_records;
    unsigned fault_sleep_s;       /* 0: no such fault */
    struct address fault_connect; /* port 0: no such fault */
    unsigned fault_every;
};

struct client_options {
    uint32_t ip;
    struct address targets[PEERS_MAX];
    unsigned target_count;
    struct address route[ROUTE_MAX];
    unsigned route_length;
    unsigned requests;
    unsigned in_flight;
    uint64_t seed;
    const char *prefix;
    unsigned pause_ms;
    const char *truth;
    unsigned truth_records;
};

/* Both read the arguments after the command's word, and end the program with a sentence where one is wrong. */
struct replica_options options_replica(char **arguments);
struct client_options options_client(char **arguments);

extern const char options_usage[];

#endif
