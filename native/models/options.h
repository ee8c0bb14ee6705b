#ifndef MODELS_OPTIONS_H
#define MODELS_OPTIONS_H

#include "../ntier/address.h"
#include "io.h"

/* How an application serves many connections: sections 2.2.1 to 2.2.4 of the dissertation. */
enum model {
    MODEL_PROCESS, /* a process for each connection */
    MODEL_THREAD,  /* a thread for each connection */
    MODEL_PROCESS_POOL,
    MODEL_THREAD_POOL,
    MODEL_EVENT, /* one thread for all connections */
    MODEL_COUNT
};

struct options {
    bool client;
    enum model model;
    enum io io;
    struct address self; /* a tier's address; of a client only the IP */
    struct address next; /* whom to ask; port 0: nobody */
    bool keep;           /* connections to `next` serve more than one request */
    unsigned pool;
    bool main_accepts;     /* the main thread accepts, and hands over to the pool */
    bool write_when_ready; /* an event loop waits before it writes, also where it need not */
    const char *touch;     /* a file that the work opens, or NULL */
    unsigned requests;
    unsigned first; /* number of the first request: its id is the prefix and seven digits */
    unsigned in_flight;
    unsigned pipeline; /* how many requests a client sends before it takes the answers */
    bool distinct;     /* its requests are of different lengths */
    const char *prefix;
    const char *tier;
    const char *host;
    const char *truth;
    const char *calls; /* the truth of calls, or NULL */
    unsigned records;
};

/* Ends the program with a sentence where an argument is wrong. */
struct options options_read(char **arguments);

#endif
