/* SPDX-License-Identifier: MIT */
#include "event.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "os/os_thread.h"

struct event {
    struct event *next;
    unsigned long id;
    size_t count;
    char *texts[EVENT_TEXTS_MAX];
};

struct event_log {
    struct event_writer writer;
    struct os_event *idle; /* nobody writes */
    struct os_mutex *lock;
    /* guarded by lock */
    unsigned holders;
    bool is_writing; /* somebody takes events from the queue, and will see what is added */
    struct event *first, **last;
    size_t count;
    unsigned long lost;
};

static void event_free(struct event *event)
{
    for (size_t i = 0; event && i < event->count; i++)
        free(event->texts[i]);
    free(event);
}

static struct event *event_new(unsigned long id, const char *const *texts, size_t count)
{
    struct event *event = calloc(1, sizeof *event);
    if (!event)
        return NULL;
    event->id = id;
    for (; event->count < count && event->count < EVENT_TEXTS_MAX; event->count++) {
        event->texts[event->count] = strdup(texts[event->count]);
        if (!event->texts[event->count]) {
            event_free(event);
            return NULL;
        }
    }
    return event;
}

/* The next to be written; NULL: none, or they are held. */
static struct event *take_locked(struct event_log *log)
{
    struct event *event = log->first;
    if (!event || log->holders > 0)
        return NULL;
    log->first = event->next;
    if (!log->first)
        log->last = &log->first;
    log->count--;
    return event;
}

static void write_lost(struct event_log *log, unsigned long lost)
{
    char number[24];
    const char *const texts[] = {number};
    (void)snprintf(number, sizeof number, "%lu", lost);
    log->writer.write(log->writer.context, EVENT_EVENTS_LOST, texts, COUNT_OF(texts));
}

/* One thread writes, in the order of the queue; the lock is not held meanwhile. */
static void write_all(struct event_log *log)
{
    struct event *event;
    os_mutex_lock(log->lock);
    const bool is_mine = !log->is_writing;
    log->is_writing = true;
    os_event_reset(log->idle);
    while (is_mine && (event = take_locked(log)) != NULL) {
        const unsigned long lost = log->count == 0 ? log->lost : 0;
        log->lost -= lost;
        os_mutex_unlock(log->lock);
        log->writer.write(log->writer.context, event->id, (const char *const *)event->texts, event->count);
        if (lost > 0)
            write_lost(log, lost);
        event_free(event);
        os_mutex_lock(log->lock);
    }
    if (is_mine) {
        log->is_writing = false;
        os_event_set(log->idle);
    }
    os_mutex_unlock(log->lock);
}

void event_report(struct event_log *log, unsigned long id, const char *const *texts, size_t count)
{
    struct event *event = event_new(id, texts, count);
    os_mutex_lock(log->lock);
    if (event && log->count < EVENT_QUEUE_MAX) {
        *log->last = event;
        log->last = &event->next;
        log->count++;
        event = NULL;
    } else {
        log->lost++;
    }
    os_mutex_unlock(log->lock);
    event_free(event);
    write_all(log);
}

void event_log_hold(struct event_log *log)
{
    os_mutex_lock(log->lock);
    log->holders++;
    os_mutex_unlock(log->lock);
    (void)os_event_wait(log->idle, OS_WAIT_FOREVER); /* one event at most */
}

void event_log_release(struct event_log *log)
{
    os_mutex_lock(log->lock);
    log->holders--;
    os_mutex_unlock(log->lock);
    write_all(log);
}

jet_err event_log_new(const struct event_writer *writer, struct event_log **ret_log)
{
    struct event_log *log = calloc(1, sizeof *log);
    if (!log)
        return JET_errOutOfMemory;
    log->writer = *writer;
    log->last = &log->first;
    jet_err err = os_event_new(&log->idle);
    if (err >= JET_errSuccess)
        err = os_mutex_new(LOCK_RANK_LEAF, &log->lock);
    if (err < JET_errSuccess) {
        os_event_free(log->idle);
        free(log);
        return err;
    }
    os_event_set(log->idle);
    *ret_log = log;
    return JET_errSuccess;
}

void event_log_free(struct event_log *log)
{
    if (!log)
        return;
    log->holders = 0;
    write_all(log);
    os_mutex_free(log->lock);
    os_event_free(log->idle);
    free(log);
}
