/* SPDX-License-Identifier: MIT */
/* event.h - what the service tells administrators: events of the Application log, whose numbers and texts are in
 * events.mc.
 *
 * Between a freeze and its thaw nothing may be written: the log lies on a volume that may be frozen, and whoever writes
 * to it waits. While it is held, events are kept in memory and written when nobody holds any more, in their order. What
 * is too much for the memory is counted, and told.
 *
 * Any thread. An event is written outside the lock, by whoever reports or releases: nobody waits for the log who only
 * wants to report while it is held. */
#ifndef COLDSTREAM_WINDOWS_SERVICE_EVENT_H
#define COLDSTREAM_WINDOWS_SERVICE_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <wchar.h>

#include <events.h> /* windmc makes it of events.mc */

#include "base/compiler.h"
#include "base/jet_err.h"

enum { EVENT_TEXTS_MAX = 4, EVENT_QUEUE_MAX = 4096 };

/* Where events go: the log, standard error, a test. `texts` fill the places %1, %2 ... of the message; UTF-8. Called by
 * one thread at a time. */
struct event_writer {
    void *context;
    void (*write)(void *context, unsigned long id, const char *const *texts, size_t count);
};

struct event_log;

/* JET_errOutOfMemory. */
MUST_CHECK jet_err event_log_new(const struct event_writer *writer, struct event_log **ret_log);

/* Writes what is left, held or not; takes NULL. */
void event_log_free(struct event_log *log);

/* `count` texts, EVENT_TEXTS_MAX at most, are copied. */
void event_report(struct event_log *log, unsigned long id, const char *const *texts, size_t count);

/* When it returns nothing is being written, and nothing will be. Each hold needs a release. Not for a writer. */
void event_log_hold(struct event_log *log);
void event_log_release(struct event_log *log);

/* The two writers of the service. `source` is the name under which install registered the messages. */
struct event_writer event_writer_system(const wchar_t *source);
struct event_writer event_writer_console(void);

#endif
