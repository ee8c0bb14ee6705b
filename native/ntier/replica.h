#ifndef NTIER_REPLICA_H
#define NTIER_REPLICA_H

#include "options.h"

/* Serves until SIGTERM or SIGINT, then writes the ground truth; returns the exit status. */
int replica_run(const struct replica_options *options);

#endif
