/*
 * How a process or thread that serves one connection at a time moves bytes: the five models of input and output of
 * section 2.2.4 of the dissertation. Every call that moved bytes is part of the ground truth; waiting, and attempts
 * that could do nothing yet, are not.
 */
#ifndef MODELS_IO_H
#define MODELS_IO_H

#include <stdbool.h>

#include "frame.h"

enum io {
    IO_BLOCKING,
    IO_POLLING, /* non-blocking descriptors, tried again and again */
    IO_SELECT,
    IO_EPOLL,
    IO_SIGNAL, /* F_SETSIG, and waiting for the signal */
    IO_ASYNC,  /* aio_read, aio_write of POSIX */
    IO_COUNT
};

extern const char *const io_names[IO_COUNT];

/* For signals and asynchronous I/O, before any thread is created. */
void io_init(enum io io);
/* Prepares a socket that the calling thread will use next; also one used by another thread before. */
void io_adopt(enum io io, int fd);
/* Accepts a connection that has come already; negative when there is none. */
int io_accept_one(int listener, struct call *call);
/* Waits for a connection, as the model does, and accepts it. */
int io_accept(enum io io, int listener, struct call *call);
/*
 * Receives a whole message. The call that took its first bytes is returned, to be claimed when the request is known;
 * false when the connection has ended.
 */
bool io_receive(enum io io, int fd, struct message *message, bool answer, struct call *first);
bool io_send(enum io io, int fd, struct message *message);

/* The signal that tells of readiness: the kernel queues one for each change. */
int io_signal(void);
/* Makes the kernel tell a thread by that signal of everything that happens on a socket. */
void io_tell_by_signal(int fd);
void io_make_nonblocking(int fd);
/* For one round of polling. */
void io_pause(void);

#endif
