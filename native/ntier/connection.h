/* Requests and answers by TCP; every call is part of the ground truth. */
#ifndef NTIER_CONNECTION_H
#define NTIER_CONNECTION_H

#include "address.h"
#include "message.h"

/*
 * Connects to a replica. False when that failed: then the message says why (message_refuse), and *fd is still to be
 * closed unless it is negative.
 */
bool connection_open(struct address replica, struct message *message, int *fd);
/* Sends the request on a connection of its own and turns it into the answer, which itself says if there was none. */
void connection_ask(struct address replica, struct message *message);
/* Receives a whole message; the call is returned so that it can be claimed once the request is known. */
bool connection_receive(int fd, struct message *message, struct call *call);
bool connection_send(int fd, struct message *message);
void connection_close(int fd);

#endif
