/* SPDX-License-Identifier: MIT */
/* progress.c - a thread that looks at the numbers now and then and writes a line.
 *
 *      operation --progress_update()--> numbers --the thread, every so often--> terminal, log, or JSON
 *
 * Rules.
 *   1. Only the thread writes lines; whoever writes something else takes the lock and hides the line first.
 *   2. The thread writes nothing unless an operation is active: between its first update and its end.
 *   3. The event `wake` means "look now": a line of status is wanted, or it is time to end. It is reset before the
 *      look, so a request that comes meanwhile is not lost.
 * Locks. The lock is the report's (rank LOCK_RANK_PROGRESS) and guards the screen as well as the numbers.
 */
#include "tool/progress.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "os/os_clock.h"
#include "os/os_console.h"

struct progress {
    enum progress_mode mode;
    struct os_mutex *lock;
    void (*write_json)(void *context, const struct progress_state *state);
    void *context;
    struct os_event *wake; /* a status line is wanted, or the thread shall end */
    struct os_thread *thread;

    /* All below: lock. */
    bool is_ending;
    bool is_active; /* between begin and end, with at least one update */
    const char *name;
    uint64_t begin_ns;
    uint64_t last_line_ns; /* 0: none since begin */
    char phase[32];
    struct coldstream_progress update; /* without its strings */
    unsigned shown_columns;            /* of the line on the terminal */
};

/* Between two lines. */
static int64_t interval_ms(enum progress_mode mode)
{
    switch (mode) {
    case PROGRESS_TERMINAL: return 100;
    case PROGRESS_JSON: return 1000;
    case PROGRESS_LINES: return 60000;
    case PROGRESS_NONE: break;
    }
    return OS_WAIT_FOREVER;
}

/* How long the thread sleeps: shorter than the interval if that is long, because operations do not begin with the
 * thread. */
static int64_t sleep_ms(enum progress_mode mode)
{
    enum { SLEEP_MAX_MS = 1000 };
    int64_t interval = interval_ms(mode);
    return interval > SLEEP_MAX_MS ? SLEEP_MAX_MS : interval;
}

static struct progress_state state_make(const struct progress *p)
{
    return (struct progress_state){
        .name = p->name,
        .phase = p->phase,
        .file_index = p->update.file_index,
        .file_count = p->update.file_count,
        .bytes_done = p->update.bytes_done,
        .bytes_total = p->update.bytes_total,
        .elapsed_ms = (os_clock_monotonic_ns() - p->begin_ns) / 1000000,
    };
}

void progress_hide_locked(struct progress *p)
{
    if (!p || p->shown_columns == 0)
        return;
    char blank[PROGRESS_LINE_SIZE + 2];
    int size = snprintf(blank, sizeof blank, "\r%*s\r", (int)p->shown_columns, "");
    os_console_write_stderr(blank, (size_t)size);
    p->shown_columns = 0;
}

static void terminal_draw(struct progress *p)
{
    struct progress_state state = state_make(p);
    char line[PROGRESS_LINE_SIZE];
    char text[2 * PROGRESS_LINE_SIZE];
    unsigned width = os_console_width();
    unsigned columns = 0;
    /* The last column stays free: a terminal may go to the next line behind it. */
    progress_line_format(&state, width > 1 ? width - 1 : 1, line);
    for (const char *at = line; *at; at++)
        columns += (*at & 0xC0) != 0x80;
    unsigned rest = p->shown_columns > columns ? p->shown_columns - columns : 0;
    int size = snprintf(text, sizeof text, "\r%s%*s", line, (int)rest, "");
    os_console_write_stderr(text, (size_t)size);
    p->shown_columns = columns;
}

static void line_write(struct progress *p)
{
    struct progress_state state = state_make(p);
    char line[PROGRESS_LINE_SIZE];
    char text[PROGRESS_LINE_SIZE + 1];
    progress_line_format(&state, PROGRESS_LINE_SIZE, line);
    int size = snprintf(text, sizeof text, "%s\n", line);
    progress_hide_locked(p);
    os_console_write_stderr(text, (size_t)size);
}

static bool is_due(const struct progress *p, uint64_t now_ns)
{
    enum { FIRST_LINE_MS = 2000 }; /* what is over before that needs no line of progress in a log */
    int64_t wait_ms = p->last_line_ns ? interval_ms(p->mode) : p->mode == PROGRESS_LINES ? FIRST_LINE_MS : 0;
    return now_ns - (p->last_line_ns ? p->last_line_ns : p->begin_ns) >= (uint64_t)wait_ms * 1000000;
}

/* Writes what is due. With the lock held. */
static void tell(struct progress *p, bool is_asked)
{
    uint64_t now = os_clock_monotonic_ns();
    if (!p->is_active)
        return;
    if (is_asked)
        line_write(p);
    if (p->mode == PROGRESS_NONE)
        return;
    if (!is_due(p, now))
        return;
    p->last_line_ns = now;
    struct progress_state state = state_make(p);
    switch (p->mode) {
    case PROGRESS_TERMINAL: terminal_draw(p); break;
    case PROGRESS_LINES: line_write(p); break;
    case PROGRESS_JSON: p->write_json(p->context, &state); break;
    case PROGRESS_NONE: break;
    }
}

static void run(void *context)
{
    struct progress *p = context;
    bool is_ending = false;
    while (!is_ending) {
        bool is_woken = os_event_wait(p->wake, sleep_ms(p->mode));
        if (is_woken)
            os_event_reset(p->wake); /* before looking at what it stands for */
        os_mutex_lock(p->lock);
        is_ending = p->is_ending;
        if (!is_ending)
            tell(p, is_woken);
        os_mutex_unlock(p->lock);
    }
}

jet_err progress_new(enum progress_mode mode, struct os_mutex *lock,
                     void (*write_json)(void *context, const struct progress_state *state), void *context,
                     struct progress **ret_progress)
{
    jet_err err = JET_errOutOfMemory;
    struct progress *p = calloc(1, sizeof *p);
    if (!p)
        goto fail;
    *p = (struct progress){.mode = mode, .lock = lock, .write_json = write_json, .context = context, .name = ""};
    err = os_event_new(&p->wake);
    if (err < JET_errSuccess)
        goto fail;
    err = os_thread_start(run, p, &p->thread);
    if (err < JET_errSuccess)
        goto fail;
    *ret_progress = p;
    return JET_errSuccess;
fail:
    progress_free(p);
    return err;
}

void progress_free(struct progress *p)
{
    if (!p)
        return;
    if (p->thread) {
        os_mutex_lock(p->lock);
        p->is_ending = true;
        os_mutex_unlock(p->lock);
        os_event_set(p->wake);
        os_thread_join(p->thread);
    }
    progress_hide_locked(p); /* nobody else is left */
    os_event_free(p->wake);
    free(p);
}

void progress_begin(struct progress *p, const char *name)
{
    os_mutex_lock(p->lock);
    p->name = name;
    p->begin_ns = os_clock_monotonic_ns();
    p->last_line_ns = 0;
    p->is_active = false;
    os_mutex_unlock(p->lock);
}

void progress_end(struct progress *p)
{
    os_mutex_lock(p->lock);
    p->is_active = false;
    progress_hide_locked(p);
    os_mutex_unlock(p->lock);
}

void progress_update(struct progress *p, const struct coldstream_progress *update)
{
    os_mutex_lock(p->lock);
    p->update = *update;
    p->update.phase = p->update.file = NULL; /* borrowed for the call only */
    snprintf(p->phase, sizeof p->phase, "%s", update->phase);
    p->is_active = true;
    os_mutex_unlock(p->lock);
}

struct os_event *progress_status_event(struct progress *p)
{
    return p->wake;
}
