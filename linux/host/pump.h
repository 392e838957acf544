/* SPDX-License-Identifier: MIT */
/* pump.h - the thread of one open file: reads what the engine verified, and writes it into a pipe or socket.
 *
 *      JetReadFileInstance -> buffer -> write
 *
 * The reader at the far end may never read. So the writing end never blocks, and the thread waits for {room, a bell};
 * the bell rings when somebody wants it to look whether it is to go on. Pages leave through a private buffer: splice
 * would hand out page references, and the reader would see what is written to the file later.
 *
 * What became of the stream is recorded before the writing end is closed: a reader who has seen the end finds it. */
#ifndef COLDSTREAM_LINUX_HOST_PUMP_H
#define COLDSTREAM_LINUX_HOST_PUMP_H

#include <stdatomic.h>

#include "host.h"

struct pump;

/* What a pump asks of its backup, from its own thread. */
struct pump_owner {
    void *context;
    /* The bell has rung: JET_errSuccess: it was for somebody else; JET_errBackupAbortByServer: stopped. Has emptied the
     * bell. */
    jet_err (*judge)(void *context);
    void (*moved)(void *context, uint64_t bytes); /* into the pipe */
    void (*ended)(void *context);                 /* no byte moves any more; the last that it does with the owner */
};

struct pump_order {
    struct pump_owner owner;
    JET_INSTANCE instance;
    JET_HANDLE file;
    uint64_t size;     /* of the stream, bytes */
    uint64_t max_rate; /* bytes a second; 0: no limit */
    int bell;          /* eventfd; borrowed */
    enum host_transport transport;
};

/* Makes the pipe and starts the thread. `*ret_fd`: the reader's end. JET_errOutOfMemory, JET_errOutOfThreads. */
MUST_CHECK jet_err pump_start(const struct pump_order *order, struct pump **ret_pump, int *ret_fd);

/* The client has enough: the stream ends where it is. The owner's bell is rung behind this. */
void pump_cancel(struct pump *pump);

/* Waits until it has done with the engine; it must have been cancelled or stopped, and the bell rung. */
void pump_join(struct pump *pump);

/* Joins the thread: at once, if it has ended; else as soon as the call of the engine that it is in returns, if it was
 * cancelled or is stopped. Then what became of it. Takes NULL. */
struct pump_result {
    uint64_t bytes;
    uint32_t crc32c;
    jet_err status;
    bool is_whole; /* everything was sent */
};
void pump_free(struct pump *pump, struct pump_result *ret_result);

#endif
