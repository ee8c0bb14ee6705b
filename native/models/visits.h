/*
 * The ground truth of visits: who asked this tier, on which connection, and whom it asked. Records live in memory that
 * forked processes share, and are written when the application ends, a JSON object a line.
 */
#ifndef MODELS_VISITS_H
#define MODELS_VISITS_H

#include <stdbool.h>
#include <stdint.h>

#include "../ntier/address.h"

/* One end of a connection. */
struct ends {
    struct address local;
    struct address peer;
};

struct visit;

/* Allocates the records, before any thread or process is created. */
void visits_init(const char *tier, const char *host, unsigned capacity);
/* The addresses of a connected socket, asked by raw system calls. */
struct ends visits_ends(int fd);
/*
 * The calling thread visits the tier for a request that it has received whole; `in` is NULL for a client. The visit is
 * over before anything of the answer is sent (visits_end), a client's after the answer was received.
 */
struct visit *visits_begin(const char *request, const struct ends *in);
void visits_end(struct visit *visit);
/*
 * Asking another tier: before anything is sent; after all was sent, told where others ask on the same connection
 * at the same time; and after all of the answer was received.
 */
void visits_ask(struct visit *visit, struct ends out);
void visits_asked(struct visit *visit);
void visits_answered(struct visit *visit);
/* Writes all visits that have ended, with raw system calls; false when the file cannot be written. */
bool visits_write(const char *path);

#endif
