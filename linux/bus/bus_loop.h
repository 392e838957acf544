/* SPDX-License-Identifier: MIT */
/* bus_loop.h - one thread's loop around one D-Bus connection: descriptors, timers, jobs from other threads.
 *
 * One poll array, made anew each turn: the loop's eventfd (jobs), its timerfd, the watches of libdbus, descriptors of
 * the owner. Only the thread that runs the loop calls any function with the connection, or any function here but
 * bus_loop_post() and bus_loop_quit(). Nothing here blocks but poll().
 *
 * Clock: CLOCK_BOOTTIME, so that a deadline counts the time a machine sleeps. */
#ifndef COLDSTREAM_LINUX_BUS_LOOP_H
#define COLDSTREAM_LINUX_BUS_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include <dbus/dbus.h>

#include "base/compiler.h"
#include "base/jet_err.h"

struct bus_loop;

/* JET_errOutOfMemory, or what the system said. Free after the connection is closed and its last reference gone. */
MUST_CHECK jet_err bus_loop_new(struct bus_loop **ret_loop);
void bus_loop_free(struct bus_loop *loop); /* takes NULL; jobs still queued are not run */

/* The loop serves the connection from now on, until bus_loop_detach(). JET_errOutOfMemory. */
MUST_CHECK jet_err bus_loop_attach(struct bus_loop *loop, DBusConnection *connection);
void bus_loop_detach(struct bus_loop *loop);

/* Turns until bus_loop_quit(). One turn: dispatch what has arrived, run `after_dispatch`, poll, handle. */
void bus_loop_run(struct bus_loop *loop);
void bus_loop_quit(struct bus_loop *loop); /* any thread */

/* Called in every turn in front of poll(), after everything that had arrived was dispatched: the place to send what
 * belongs together in one message. One only. */
void bus_loop_set_idle(struct bus_loop *loop, void (*idle)(void *context), void *context);

/* --- jobs: from any thread to the loop's --- */
struct bus_job {
    struct bus_job *next;
    void (*run)(struct bus_job *job); /* in the loop's thread; the job is not touched afterwards, it may be freed */
};
void bus_loop_post(struct bus_loop *loop, struct bus_job *job); /* never fails, waits for nothing; in order */

/* --- timers --- */
struct bus_timer {
    struct bus_timer *next; /* the loop's */
    uint64_t due_ns;
    bool is_set;
    void (*fire)(struct bus_timer *timer); /* once; may set it again, or free it */
};
uint64_t bus_loop_now_ns(void);                                                      /* CLOCK_BOOTTIME */
void bus_timer_set(struct bus_loop *loop, struct bus_timer *timer, uint64_t due_ns); /* moves one that is set */
void bus_timer_clear(struct bus_loop *loop, struct bus_timer *timer);                /* also one that is not set */

/* --- descriptors of the owner --- */
struct bus_source {
    struct bus_source *next; /* the loop's */
    int fd;
    short events; /* of poll() */
    void (*ready)(struct bus_source *source, short events);
};
void bus_source_add(struct bus_loop *loop, struct bus_source *source);
void bus_source_remove(struct bus_loop *loop, struct bus_source *source);

#endif
