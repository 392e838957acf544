/* SPDX-License-Identifier: MIT */
#include "snapshot.h"

#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "base/compiler.h"
#include "../bus/bus_get.h"
#include "call.h"
#include "instance.h"
#include "introspection.h"
#include "log.h"
#include "marker.h"
#include "peer.h"
#include "service.h"
#include "snapshot_internal.h"
#include "writer.h"

/* A thawed snapshot that goes on waits for a truncate or an end: long enough to copy whatever was made meanwhile, not
 * for ever, since its instances are in no other one. */
enum { US_TO_NS = 1000, GRACE_MS = 1000, OPEN_MS = 24 * 60 * 60 * 1000 };

static const char *const state_names[] = {
    [SNAPSHOT_FREEZING] = "freezing",   [SNAPSHOT_FROZEN] = "frozen",       [SNAPSHOT_THAWED] = "thawed",
    [SNAPSHOT_TRUNCATED] = "truncated", [SNAPSHOT_TIMED_OUT] = "timed-out", [SNAPSHOT_ENDED] = "ended",
};

/* --- what is frozen --- */

static bool is_frozen(const struct snapshot *snapshot)
{
    return snapshot->state == SNAPSHOT_FREEZING || snapshot->state == SNAPSHOT_FROZEN || snapshot->still_holds;
}

bool served_snapshot_any_frozen(const struct service *service)
{
    const struct snapshot *snapshot = service->snapshots;
    while (snapshot && !is_frozen(snapshot))
        snapshot = snapshot->next;
    return snapshot != NULL;
}

uint64_t served_snapshot_deadline_us(const struct service *service)
{
    uint64_t nearest = 0;
    for (const struct snapshot *snapshot = service->snapshots; snapshot; snapshot = snapshot->next)
        if (snapshot->state == SNAPSHOT_FROZEN && (nearest == 0 || snapshot->deadline_us < nearest))
            nearest = snapshot->deadline_us;
    return nearest;
}

/* Of all that is frozen, or about to be: then the deadline is not known yet, and is guessed late. */
static bool fill_marker(const struct service *service, struct marker *marker)
{
    bool any = false;
    for (const struct snapshot *snapshot = service->snapshots; snapshot; snapshot = snapshot->next) {
        if (!is_frozen(snapshot))
            continue;
        const uint64_t until =
            snapshot->deadline_us ? snapshot->deadline_us : host_now_us() + 2 * (uint64_t)snapshot->timeout_ms * 1000;
        if (!any)
            *marker = (struct marker){snapshot->number, snapshot->number, until};
        any = true;
        if (snapshot->number < marker->first)
            marker->first = snapshot->number;
        if (snapshot->number > marker->last)
            marker->last = snapshot->number;
        if (until > marker->until_us)
            marker->until_us = until;
    }
    return any;
}

void served_snapshot_tell_frozen(struct service *service)
{
    struct marker marker;
    if (fill_marker(service, &marker)) {
        marker_write(service->marker_path, &marker);
        service_log_hold(true);
    } else {
        marker_remove(service->marker_path);
        service_log_hold(false);
    }
    object_touch(&service->root, "State");
    object_touch(&service->root, "FreezeDeadline");
}

static bool is_open(const struct snapshot *snapshot)
{
    return snapshot->state == SNAPSHOT_THAWED || snapshot->state == SNAPSHOT_TRUNCATED;
}

void served_snapshot_set_state(struct snapshot *snapshot, enum snapshot_state state)
{
    if (snapshot->state == state)
        return;
    snapshot->state = state;
    service_log(state == SNAPSHOT_TIMED_OUT ? LOG_LEVEL_WARNING : LOG_LEVEL_NOTICE, "freeze %s snapshot=%lu",
                state_names[state], (unsigned long)snapshot->number);
    object_touch(&snapshot->object, "State");
    object_touch(&snapshot->object, "Deadline");
    if (state != SNAPSHOT_FROZEN)
        bus_timer_clear(snapshot->service->loop, &snapshot->deadline);
    if (is_open(snapshot) && !snapshot->is_closing)
        bus_timer_set(snapshot->service->loop, &snapshot->deadline,
                      bus_loop_now_ns() + (uint64_t)OPEN_MS * 1000 * US_TO_NS);
    served_snapshot_tell_frozen(snapshot->service);
}

/* --- the deadline --- */

static void abort_part(struct part *part)
{
    struct bus_put put;
    if (!part->writer || !part->is_held)
        return;
    part->is_held = false;
    DBusMessage *question = writer_question(part->writer, "Abort", part->snapshot->number, &put);
    jet_err_ignore(writer_tell(part->writer, question, &put)); /* its own deadline is behind it */
}

static void abort_parts(struct snapshot *snapshot)
{
    for (size_t i = 0; i < snapshot->count_parts; i++)
        abort_part(&snapshot->parts[i]);
}

/* The host thaws its part by itself. */
static void expire(struct snapshot *snapshot)
{
    if (snapshot->state != SNAPSHOT_FROZEN || snapshot->is_closing)
        return;
    served_snapshot_set_state(snapshot, SNAPSHOT_TIMED_OUT);
    abort_parts(snapshot);
    if (!snapshot->is_detached)
        return; /* its owner learns it */
    snapshot->service->freeze_expired = true;
    served_snapshot_close(snapshot);
}

/* The host's own deadline is the same, and its thaw is the real one: it gets a moment to tell. */
static void deadline_is_over(struct bus_timer *timer)
{
    struct snapshot *snapshot = (struct snapshot *)(void *)((char *)timer - offsetof(struct snapshot, deadline));
    if (snapshot->host && !snapshot->is_late && host_freeze_state(snapshot->host) == HOST_FREEZE_FROZEN) {
        snapshot->is_late = true;
        bus_timer_set(snapshot->service->loop, timer, bus_loop_now_ns() + (uint64_t)GRACE_MS * 1000 * US_TO_NS);
        return;
    }
    if (is_open(snapshot))
        served_snapshot_close(snapshot);
    else
        expire(snapshot);
}

void served_snapshot_start_deadline(struct snapshot *snapshot)
{
    bus_timer_set(snapshot->service->loop, &snapshot->deadline, snapshot->deadline_us * US_TO_NS);
}

static void look_again(struct bus_job *job)
{
    struct snapshot *snapshot = (struct snapshot *)(void *)((char *)job - offsetof(struct snapshot, changed));
    atomic_store(&snapshot->is_changed, false);
    if (snapshot->host && !snapshot->is_closing && host_freeze_state(snapshot->host) == HOST_FREEZE_TIMED_OUT)
        expire(snapshot);
}

void served_snapshot_host_changed(void *context, struct host_freeze *host)
{
    struct snapshot *snapshot = context;
    (void)host;
    if (!atomic_exchange(&snapshot->is_changed, true))
        bus_loop_post(snapshot->service->loop, &snapshot->changed);
}

/* --- going --- */

void served_snapshot_free(struct snapshot *snapshot)
{
    for (size_t i = 0; i < snapshot->count_instances; i++) {
        if (snapshot->instances[i]->host)
            host_instance_refresh(snapshot->instances[i]->host); /* what it was stamped with */
        served_instance_release(snapshot->instances[i]);
    }
    if (!snapshot->is_released && snapshot->close_call.context)
        answer_forget(&snapshot->close_call);
    free(snapshot->instances);
    free(snapshot->hosts);
    free(snapshot->parts);
    free(snapshot);
}

static void end_job(struct bus_job *job)
{
    struct snapshot *snapshot = (struct snapshot *)(void *)((char *)job - offsetof(struct snapshot, end));
    struct service *service = snapshot->service;
    for (struct snapshot **link = &service->snapshots; *link; link = &(*link)->next) {
        if (*link != snapshot)
            continue;
        *link = snapshot->next;
        break;
    }
    served_snapshot_free(snapshot);
    served_snapshot_tell_frozen(service);
    service_step(service);
}

void served_snapshot_jobs_init(struct snapshot *snapshot)
{
    snapshot->deadline.fire = deadline_is_over;
    snapshot->changed.run = look_again;
    snapshot->end.run = end_job;
}

void served_snapshot_host_closed(void *context, struct host_answer *answer)
{
    struct snapshot *snapshot = context;
    host_answer_free(answer);
    host_freeze_free(snapshot->host);
    snapshot->host = NULL;
    bus_loop_post(snapshot->service->loop, &snapshot->end);
}

void served_snapshot_release(struct snapshot *snapshot)
{
    if (snapshot->is_released)
        return;
    snapshot->is_released = true;
    abort_parts(snapshot);
    if (snapshot->host) {
        host_freeze_close(snapshot->host, &snapshot->close_call);
        return;
    }
    answer_forget(&snapshot->close_call);
    bus_loop_post(snapshot->service->loop, &snapshot->end);
}

void served_snapshot_close(struct snapshot *snapshot)
{
    if (snapshot->is_closing)
        return;
    snapshot->is_closing = true;
    snapshot->still_holds = is_frozen(snapshot) || (snapshot->state == SNAPSHOT_TIMED_OUT && snapshot->host);
    served_snapshot_set_state(snapshot, SNAPSHOT_ENDED);
    object_remove(snapshot->service, &snapshot->object);
    peer_drop_object(snapshot->object.owner);
    snapshot->object.owner = NULL;
    if (snapshot->act == ACT_NONE)
        served_snapshot_release(snapshot); /* else when that is done */
}

void served_snapshot_peer_is_gone(struct service *service, struct peer *peer)
{
    for (struct snapshot *snapshot = service->snapshots, *next; snapshot; snapshot = next) {
        next = snapshot->next;
        if (snapshot->object.owner != peer || snapshot->is_detached || snapshot->state == SNAPSHOT_FREEZING)
            continue; /* one that is freezing: when it is frozen */
        service_log(LOG_LEVEL_WARNING, "the client of a freeze is gone snapshot=%lu client=%s",
                    (unsigned long)snapshot->number, peer->name);
        served_snapshot_close(snapshot);
    }
}

void served_snapshot_writer_is_gone(struct service *service, struct writer *writer)
{
    for (struct snapshot *snapshot = service->snapshots; snapshot; snapshot = snapshot->next)
        for (size_t i = 0; i < snapshot->count_parts; i++)
            if (snapshot->parts[i].writer == writer)
                snapshot->parts[i].writer = NULL;
}

void served_snapshot_close_all(struct service *service)
{
    for (struct snapshot *snapshot = service->snapshots, *next; snapshot; snapshot = next) {
        next = snapshot->next;
        if (snapshot->state != SNAPSHOT_FREEZING) {
            served_snapshot_close(snapshot);
            continue;
        }
        snapshot->must_end = true;
        abort_parts(snapshot); /* now: when they have answered, their writers are not ours any more */
    }
}

/* --- methods --- */

/* False, and answered: something else is being done. */
static bool act(struct snapshot *snapshot, struct call *call, enum act what, uint32_t grbit,
                void (*done)(struct snapshot *snapshot, void *context))
{
    if (served_snapshot_act(snapshot, what, grbit, done, call))
        return true;
    call_fail_named(call, BUS_ERROR_BUSY, "another call of this snapshot is under way");
    return false;
}

static void thawed(struct snapshot *snapshot, void *call)
{
    if (snapshot->has_failed) {
        const bool is_late = snapshot->error_code == JET_errOSSnapshotTimeOut;
        served_snapshot_fail_call(snapshot, call);
        if (is_late)
            expire(snapshot);
        return;
    }
    served_snapshot_set_state(snapshot, SNAPSHOT_THAWED);
    call_reply_empty(call);
    if (!(snapshot->grbit & JET_bitContinueAfterThaw))
        served_snapshot_close(snapshot);
}

static void thaw(struct call *call, void *self, DBusMessageIter *args)
{
    struct snapshot *snapshot = self;
    (void)args;
    if (snapshot->state == SNAPSHOT_TIMED_OUT)
        call_fail(call, JET_errOSSnapshotTimeOut, NULL);
    else if (snapshot->state != SNAPSHOT_FROZEN)
        call_fail(call, JET_errOSSnapshotInvalidSequence, NULL);
    else
        (void)act(snapshot, call, ACT_THAW, 0, thawed);
}

/* An abort or an end: it is over, whatever the parts say. */
static void ended(struct snapshot *snapshot, void *call)
{
    if (!snapshot->has_failed)
        served_snapshot_set_state(snapshot, SNAPSHOT_ENDED);
    if (snapshot->has_failed)
        served_snapshot_fail_call(snapshot, call);
    else
        call_reply_empty(call);
    served_snapshot_close(snapshot);
}

static void abort_all(struct call *call, void *self, DBusMessageIter *args)
{
    (void)args;
    (void)act(self, call, ACT_ABORT, 0, ended);
}

static void truncated(struct snapshot *snapshot, void *call)
{
    if (snapshot->has_failed) {
        served_snapshot_fail_call(snapshot, call);
        return;
    }
    call_reply_u32(call, snapshot->count);
    served_snapshot_set_state(snapshot, SNAPSHOT_TRUNCATED);
}

static void truncate_log(struct call *call, void *self, DBusMessageIter *args)
{
    struct snapshot *snapshot = self;
    (void)args;
    if (is_open(snapshot))
        (void)act(snapshot, call, ACT_TRUNCATE, 0, truncated);
    else
        call_fail(call, JET_errOSSnapshotInvalidSequence, NULL);
}

static void end(struct call *call, void *self, DBusMessageIter *args)
{
    struct snapshot *snapshot = self;
    const uint32_t grbit = bus_get_u32(args);
    if (grbit != 0 && grbit != JET_bitAbortSnapshot)
        call_fail(call, JET_errInvalidGrbit, NULL);
    else if (grbit == JET_bitAbortSnapshot || snapshot->state == SNAPSHOT_TIMED_OUT)
        (void)act(snapshot, call, ACT_ABORT, 0, ended);
    else if (is_open(snapshot))
        (void)act(snapshot, call, ACT_END, grbit, ended);
    else
        call_fail(call, JET_errOSSnapshotInvalidSequence, NULL);
}

/* Of a detached one, whoever may freeze is the owner (dispatch.c: an object without an owner). */
static const struct method methods[] = {
    {"Thaw",        "",  "",  ACCESS_FREEZE,   METHOD_OWNED | METHOD_WHEN_STOPPING, thaw        },
    {"Abort",       "",  "",  ACCESS_FREEZE,   METHOD_OWNED | METHOD_WHEN_STOPPING, abort_all   },
    {"TruncateLog", "",  "u", ACCESS_TRUNCATE, METHOD_OWNED,                        truncate_log},
    {"End",         "u", "",  ACCESS_FREEZE,   METHOD_OWNED | METHOD_WHEN_STOPPING, end         },
};

/* --- properties --- */

static void get_instances(void *self, struct bus_put *put)
{
    const struct snapshot *snapshot = self;
    bus_put_open(put, DBUS_TYPE_ARRAY, "o");
    for (size_t i = 0; i < snapshot->count_instances; i++)
        if (snapshot->instances[i]->object.path)
            bus_put_path(put, snapshot->instances[i]->object.path);
    bus_put_close(put);
}

static void get_state(void *self, struct bus_put *put)
{
    bus_put_text(put, state_names[((struct snapshot *)self)->state]);
}

static void get_deadline(void *self, struct bus_put *put)
{
    const struct snapshot *snapshot = self;
    bus_put_u64(put, snapshot->state == SNAPSHOT_FROZEN ? snapshot->deadline_us : 0);
}

static void get_detached(void *self, struct bus_put *put)
{
    bus_put_bool(put, ((struct snapshot *)self)->is_detached);
}

static void get_grbit(void *self, struct bus_put *put)
{
    bus_put_u32(put, ((struct snapshot *)self)->grbit);
}

static const struct property properties[] = {
    {"Instances", "ao", EMITS_CONST, get_instances},
    {"State",     "s",  EMITS_TRUE,  get_state    },
    {"Deadline",  "t",  EMITS_TRUE,  get_deadline },
    {"Detached",  "b",  EMITS_CONST, get_detached },
    {"Grbit",     "u",  EMITS_CONST, get_grbit    },
};

const struct interface snapshot_interface = {
    BUS_SNAPSHOT_INTERFACE, introspection_snapshot, methods, COUNT_OF(methods), properties, COUNT_OF(properties),
};
