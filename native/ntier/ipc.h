/* The mechanisms by which a layer hands a request to a new layer of the same replica, and gets the answer back. */
#ifndef NTIER_IPC_H
#define NTIER_IPC_H

#include "message.h"
#include "truth.h"

#define PATH_TEXT 256

/* What the two layers use between them; set up by the creator before the new layer exists. */
struct channel {
    bool in_process; /* the new layer is a process of its own */
    union {
        struct {
            char request[PATH_TEXT];
            char reply[PATH_TEXT];
        } file;
        struct {
            int request[2];
            int reply[2];
        } pipe;
        struct {
            key_t key;
            int id;
            struct message *memory; /* as attached by the calling side */
        } sysv;
    };
};

/*
 * In the order in which they run; NULL where a mechanism has nothing to do. All of them end the replica when the
 * operating system refuses: a request that has lost its layer cannot be answered.
 */
struct ipc {
    const char *name;
    enum mechanism mechanism;
    void (*prepare)(struct channel *channel, struct message *request); /* creator, before the new layer exists */
    void (*started)(struct channel *channel, struct message *request); /* creator, while the new layer runs */
    void (*take)(struct channel *channel, struct message *request);    /* new layer */
    void (*reply)(struct channel *channel, struct message *reply);     /* new layer */
    void (*collect)(struct channel *channel, struct message *reply);   /* creator, while the new layer runs */
    void (*finish)(struct channel *channel, struct message *reply);    /* creator, after the new layer has ended */
};

extern const struct ipc ipc_file, ipc_pipe, ipc_shm, ipc_queue;

/* Sets the directory of files and the number that keeps System V keys of different hosts apart. */
void ipc_init(const char *directory, uint32_t ip);
/* The path of this host's file for a message of the layer that the request is to reach. */
void ipc_file_path(char path[PATH_TEXT], const struct message *request, const char *suffix);
/* A System V key that no other segment or queue of this host has had lately; never IPC_PRIVATE. */
key_t ipc_next_key(void);

#endif
