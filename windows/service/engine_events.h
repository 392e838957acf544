/* SPDX-License-Identifier: MIT */
/* engine_events.h - where events of the engine go. */
#ifndef COLDSTREAM_WINDOWS_SERVICE_ENGINE_EVENTS_H
#define COLDSTREAM_WINDOWS_SERVICE_ENGINE_EVENTS_H

#include "event.h"

/* NULL: nowhere. Before the first instance, and after the last. */
void engine_events_to(struct event_log *log);

#endif
