#ifndef NTIER_CLIENT_H
#define NTIER_CLIENT_H

#include "options.h"

/* Makes the requests, or those begun until SIGTERM or SIGINT; returns 0 when each was answered, else 1. */
int client_run(const struct client_options *options);

#endif
