/* SPDX-License-Identifier: MIT */
/* shadow.h - the instances of the service in shadow copies: its VSS writer (windows/vss). Where there is none, all
 * functions do nothing. */
#ifndef COLDSTREAM_WINDOWS_SERVICE_SHADOW_H
#define COLDSTREAM_WINDOWS_SERVICE_SHADOW_H

#include <wchar.h>

#include "event.h"
#include "host/hosting.h"

struct shadow;

/* Behind the start of the first instance; waits for VSS. NULL: there is no writer, and the log says why. */
struct shadow *shadow_open(const wchar_t *name, struct hosting *hosting, struct event_log *log);

/* Before the instances end. Takes NULL. */
void shadow_close(struct shadow *shadow);

#endif
