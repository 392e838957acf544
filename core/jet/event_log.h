/* SPDX-License-Identifier: MIT */
/* event_log.h - what an instance tells the system's log, by the numbers that administrators of Windows know.
 *
 * JET_paramEventSource names who speaks ("ESENT" if it is empty); JET_paramEventLoggingLevel JET_EventLoggingDisable
 * silences everything, JET_paramNoInformationEvent what is neither a warning nor an error.
 */
#ifndef COLDSTREAM_JET_EVENT_LOG_H
#define COLDSTREAM_JET_EVENT_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/jet_err.h"
#include "jet/param.h"

struct engine_event_info;

/* The parameters of one instance, as they were when it started. */
struct event_log {
    char source[64]; /* UTF-8, cut if longer */
    bool is_silent;
    bool no_information;
};

/* Events that are not the engine's. Those of snapshots have the numbers of enum snapshot_event. */
enum event_log_id {
    EVENT_LOG_INSTANCE_STOPPED = 103,
    EVENT_LOG_INSTANCE_STOPPED_WITH_ERROR = 104,
    EVENT_LOG_INSTANCE_STARTED = 105,
    EVENT_LOG_RESTORE_STARTED = 204,
    EVENT_LOG_RESTORE_STOPPED = 205,
    EVENT_LOG_RESTORE_FAILED = 454,
};

void event_log_init(struct event_log *log, const struct param_set *set);

/* `instance` is the name of the instance, which may be "". `err` is told if it is one. */
void event_log_write(const struct event_log *log, const char *instance, unsigned id, jet_err err);

void event_log_engine(const struct event_log *log, const char *instance, const struct engine_event_info *info);

#endif
