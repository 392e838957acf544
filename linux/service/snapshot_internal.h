/* SPDX-License-Identifier: MIT */
/* snapshot_internal.h - what snapshot.c, served_snapshot_freeze.c and served_snapshot_act.c share. */
#ifndef COLDSTREAM_LINUX_SERVICE_SNAPSHOT_INTERNAL_H
#define COLDSTREAM_LINUX_SERVICE_SNAPSHOT_INTERNAL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../bus/bus_error.h"
#include "../bus/bus_loop.h"
#include "../host/host.h"
#include "object.h"
#include "snapshot.h"

struct instance;
struct snapshot;

enum snapshot_state {
    SNAPSHOT_FREEZING,
    SNAPSHOT_FROZEN,
    SNAPSHOT_THAWED, /* with JET_bitContinueAfterThaw */
    SNAPSHOT_TRUNCATED,
    SNAPSHOT_TIMED_OUT,
    SNAPSHOT_ENDED,
};

/* A registered instance. */
struct part {
    struct snapshot *snapshot;
    struct writer *writer; /* NULL: it is gone */
    bool is_held;          /* prepared or frozen: must be aborted if the snapshot fails */
};

enum act { ACT_NONE, ACT_PREPARE, ACT_FREEZE, ACT_THAW, ACT_ABORT, ACT_TRUNCATE, ACT_END };

struct snapshot {
    struct object object;
    struct snapshot *next;
    struct service *service;
    uint32_t number;
    uint32_t grbit, timeout_ms;
    bool is_detached;
    enum snapshot_state state;
    uint64_t deadline_us;
    struct bus_timer deadline;
    bool is_late; /* the deadline is over, the host has not thawed yet */

    struct instance **instances; /* held: all of them */
    size_t count_instances;
    struct host_instance **hosts; /* those of ours */
    size_t count_hosts;
    struct host_freeze *host; /* over them; NULL: none */
    struct part *parts;       /* the registered ones */
    size_t count_parts;

    /* What is being done by all parts; one thing at a time, but for the abort. */
    enum act act;
    unsigned waiting;
    uint32_t count;
    bool has_failed;
    char error_name[BUS_ERROR_NAME_SIZE];
    char error_text[BUS_ERROR_TEXT_SIZE];
    jet_err error_code;
    char cause_name[BUS_ERROR_NAME_SIZE]; /* why it could not be frozen, while it is aborted */
    char cause_text[BUS_ERROR_TEXT_SIZE];
    void (*done)(struct snapshot *snapshot, void *context);
    void *context;

    bool must_end;    /* its owner is gone, or the service ends: when what is being done is done */
    bool is_closing;  /* not on the bus any more */
    bool still_holds; /* it was closed while it was frozen, and the host has not let go yet */
    bool is_released; /* the host was told to let go */
    struct host_call close_call;
    struct bus_job changed;
    atomic_bool is_changed;
    struct bus_job end;
};

/* Has every part do it; `done` when all have answered, perhaps before this returns. False: something else is being
 * done. `grbit` of an end. */
bool served_snapshot_act(struct snapshot *snapshot, enum act act, uint32_t grbit,
                         void (*done)(struct snapshot *snapshot, void *context), void *context);

/* One part has failed; the first one counts. */
void served_snapshot_note_failure(struct snapshot *snapshot, jet_err code, const char *name, const char *text);

/* The call that ended with has_failed. */
void served_snapshot_fail_call(const struct snapshot *snapshot, struct call *call);

void served_snapshot_set_state(struct snapshot *snapshot, enum snapshot_state state);

/* Lets go of what the parts hold; when nothing is being done. */
void served_snapshot_release(struct snapshot *snapshot);

/* Aborted where it is still held, taken from the bus, freed when the host has let go. */
void served_snapshot_close(struct snapshot *snapshot);

/* The log is held while anything is frozen, and the marker says so to the next run of the service. */
void served_snapshot_tell_frozen(struct service *service);

/* The host's thread says that its state is another; and what a new one needs (snapshot.c). */
void served_snapshot_host_changed(void *context, struct host_freeze *host);
void served_snapshot_host_closed(void *context, struct host_answer *answer);
void served_snapshot_jobs_init(struct snapshot *snapshot);
void served_snapshot_start_deadline(struct snapshot *snapshot);
void served_snapshot_free(struct snapshot *snapshot);

#endif
