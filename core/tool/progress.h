/* SPDX-License-Identifier: MIT */
/* progress.h - tells the person or program outside how far an operation is, while it runs.
 *
 * A thread of its own does the telling, so that a line appears (and the rate drops) also while the operation waits for
 * somebody. The operation only leaves its numbers here.
 */
#ifndef COLDSTREAM_TOOL_PROGRESS_H
#define COLDSTREAM_TOOL_PROGRESS_H

#include "base/compiler.h"
#include "base/jet_err.h"
#include "jet/coldstream.h"
#include "os/os_thread.h"
#include "tool/progress_line.h"

enum progress_mode {
    PROGRESS_NONE,
    PROGRESS_TERMINAL, /* one line that changes, at most 10 times a second */
    PROGRESS_LINES,    /* a line after two seconds, and then every minute */
    PROGRESS_JSON,     /* an object every second */
};

struct progress;

/* `lock` guards the screen and is taken for every line. `write_json` is called under it with each object's state;
 * the other modes write to standard error themselves. */
MUST_CHECK jet_err progress_new(enum progress_mode mode, struct os_mutex *lock,
                                void (*write_json)(void *context, const struct progress_state *state), void *context,
                                struct progress **ret_progress);

/* Clears the line and frees; takes NULL. */
void progress_free(struct progress *p);

/* `name`: what the command works on; borrowed until the next begin or free. Restarts the clock. */
void progress_begin(struct progress *p, const char *name);
void progress_end(struct progress *p);

void progress_update(struct progress *p, const struct coldstream_progress *update);

/* Set it to have a line written now, in whatever mode. */
struct os_event *progress_status_event(struct progress *p);

/* With the lock held: takes the line off the screen, because something else will be written. It comes back by
 * itself. */
void progress_hide_locked(struct progress *p);

#endif
