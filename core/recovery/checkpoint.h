/* SPDX-License-Identifier: MIT */
/* checkpoint.h - the checkpoint of a running engine moves: how much of the log the next recovery would have to read.
 *
 * It is the smallest of: the end of what is durable in the log; the Begin0 of every open transaction; the oldest change
 * of each database that is not safe in its file. First the headers of the databases say that older logs are not needed,
 * then the checkpoint file. It stands still while a database is being created, attached or detached
 * (engine->attaching).
 *
 * A thread does it when a generation has begun, and from time to time if the log has grown.
 */
#ifndef COLDSTREAM_RECOVERY_CHECKPOINT_H
#define COLDSTREAM_RECOVERY_CHECKPOINT_H

#include <stdint.h>

#include "base/compiler.h"
#include "base/jet_err.h"
#include "isam/engine.h"

/* Starts the thread; sets engine->checkpoint. JET_errOutOfMemory, JET_errOutOfThreads. */
MUST_CHECK jet_err checkpoint_start(struct engine *engine);

/* Ends it. Nothing to do if there is none. checkpoint_wish() may still come, until the log is closed. */
void checkpoint_stop(struct engine *engine);

/* The log is closed: nobody wishes any more. */
void checkpoint_free(struct engine *engine);

/* A generation has begun: soon. Never waits. */
void checkpoint_wish(struct engine *engine);

/* Moves it now, as far as it can go; no latch may be held. `limit`: no further than this position (UINT64_MAX: none).
 * Errors of headers and of the checkpoint file; another time will do. */
MUST_CHECK jet_err checkpoint_advance(struct engine *engine, uint64_t limit);

#endif
