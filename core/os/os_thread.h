/* SPDX-License-Identifier: MIT */
/* os_thread.h - threads, ranked locks, events, processors. */
#ifndef COLDSTREAM_OS_THREAD_H
#define COLDSTREAM_OS_THREAD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/jet_err.h"
#include "base/lock_rank.h"

struct os_thread;

/* Starts `run(context)`. JET_errOutOfThreads if that is not possible. Every thread is joined, once. */
MUST_CHECK jet_err os_thread_start(void (*run)(void *context), void *context, struct os_thread **ret_thread);

/* Waits for the end of the thread and frees it; takes NULL. */
void os_thread_join(struct os_thread *thread);

/* Processors this process may use, at least 1. */
unsigned os_processor_count(void);

/* A lock that is not recursive. The rank order of base/lock_rank.h is asserted in debug builds. */
struct os_mutex;
MUST_CHECK jet_err os_mutex_new(enum lock_rank rank, struct os_mutex **ret_mutex);
void os_mutex_free(struct os_mutex *mutex); /* takes NULL */
void os_mutex_lock(struct os_mutex *mutex);
void os_mutex_unlock(struct os_mutex *mutex);

/* A manual-reset event: once set, every present and future wait returns until it is reset. Set and reset may meet: the
 * event then is what the later of the two made it, for every waiter. A wait under way may miss a set that a reset
 * follows at once.
 *
 * os_event_set() takes no lock that anybody can hold for long, may be called from any thread and, on Linux, from a
 * signal handler. It keeps errno. */
struct os_event;
MUST_CHECK jet_err os_event_new(struct os_event **ret_event);
void os_event_free(struct os_event *event); /* takes NULL */
void os_event_set(struct os_event *event);
void os_event_reset(struct os_event *event);

enum { OS_WAIT_FOREVER = -1 };

/* True when the event is set, false when `timeout_ms` (0: look only; OS_WAIT_FOREVER) has passed. May come back early
 * by some milliseconds on Windows: nobody may rely on a lower bound. */
bool os_event_wait(struct os_event *event, int64_t timeout_ms);

#endif
