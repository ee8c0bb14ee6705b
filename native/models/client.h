#ifndef MODELS_CLIENT_H
#define MODELS_CLIENT_H

#include "options.h"

/* Makes the requests, each thread one after the other; whether all were answered. */
bool client_run(const struct options *options);

#endif
