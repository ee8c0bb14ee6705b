#ifndef NTIER_LAYER_H
#define NTIER_LAYER_H

#include "message.h"
#include "options.h"

/*
 * A layer's work (algorithm 6.1 of the dissertation): answers the request, or passes it on to a new layer or to another
 * replica and takes the answer from there. The message is the answer afterwards.
 */
void layer_serve(const struct replica_options *options, struct message *message);

#endif
