/* SPDX-License-Identifier: MIT */
/* served_snapshot_freeze.c - Manager.Freeze: which instances; prepare, freeze, or abort all; Manager.Thaw over all
 * snapshots. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "base/compiler.h"
#include "../bus/bus_get.h"
#include "call.h"
#include "instance.h"
#include "log.h"
#include "peer.h"
#include "service.h"
#include "snapshot_internal.h"
#include "writer.h"

/* JET_bitIncrementalSnapshot, JET_bitCopySnapshot, JET_bitContinueAfterThaw */
enum { GRBITS = 0x1 | 0x2 | 0x4, TIMEOUT_MIN_MS = 1000, TIMEOUT_MAX_MS = 600000 };

/* --- which --- */

/* An instance that does not run writes nothing: "all" does not mean it. */
static bool is_meant_by_all(const struct instance *instance)
{
    const enum host_instance_state state = served_instance_state(instance);
    return !instance->is_closing && state != HOST_INSTANCE_FAILED && state != HOST_INSTANCE_CLOSED;
}

static void take_instance(struct snapshot *snapshot, struct instance *instance)
{
    for (size_t i = 0; i < snapshot->count_instances; i++)
        if (snapshot->instances[i] == instance)
            return; /* named twice */
    snapshot->instances[snapshot->count_instances++] = instance;
    served_instance_hold(instance);
    if (instance->host)
        snapshot->hosts[snapshot->count_hosts++] = instance->host;
    else
        snapshot->parts[snapshot->count_parts++] = (struct part){snapshot, instance->writer, false};
}

/* False: a label is nobody's, and the call is answered. */
static bool take_named(struct snapshot *snapshot, struct call *call, DBusMessageIter *labels)
{
    DBusMessageIter names;
    bool takes_all = true;
    dbus_message_iter_recurse(labels, &names);
    while (dbus_message_iter_get_arg_type(&names) == DBUS_TYPE_STRING) {
        struct instance *instance = served_instance_find(call->service, bus_get_text(&names));
        takes_all = false;
        if (!instance) {
            call_fail_named(call, BUS_ERROR_NO_SUCH_INSTANCE, "there is no instance of this label");
            return false;
        }
        take_instance(snapshot, instance);
    }
    for (struct instance *instance = call->service->instances; takes_all && instance; instance = instance->next)
        if (is_meant_by_all(instance))
            take_instance(snapshot, instance);
    (void)dbus_message_iter_next(labels);
    return true;
}

/* --- a new one --- */

static size_t count_instances(const struct service *service)
{
    size_t count = 1; /* arrays of nothing are awkward */
    for (const struct instance *instance = service->instances; instance; instance = instance->next)
        count++;
    return count;
}

static struct snapshot *new_snapshot(struct service *service)
{
    const size_t count = count_instances(service);
    struct snapshot *snapshot = calloc(1, sizeof *snapshot);
    if (!snapshot)
        return NULL;
    snapshot->service = service;
    snapshot->instances = calloc(count, sizeof(struct instance *));
    snapshot->hosts = calloc(count, sizeof(struct host_instance *));
    snapshot->parts = calloc(count, sizeof *snapshot->parts);
    served_snapshot_jobs_init(snapshot);
    if (snapshot->instances && snapshot->hosts && snapshot->parts &&
        answer_expect(service, served_snapshot_host_closed, snapshot, &snapshot->close_call))
        return snapshot;
    served_snapshot_free(snapshot);
    return NULL;
}

/* False: answered. */
static bool get_options(struct call *call, DBusMessageIter *args, struct snapshot *snapshot)
{
    char text[160];
    const struct bus_option table[] = {
        {"timeout-ms", DBUS_TYPE_UINT32,  &snapshot->timeout_ms,  TIMEOUT_MIN_MS, TIMEOUT_MAX_MS},
        {"detached",   DBUS_TYPE_BOOLEAN, &snapshot->is_detached, 0,              0             },
        {"grbit",      DBUS_TYPE_UINT32,  &snapshot->grbit,       0,              0             },
    };
    snapshot->timeout_ms = call->service->config->freeze_timeout_ms;
    if (!bus_get_options(args, table, COUNT_OF(table), text, sizeof text)) {
        call_fail_invalid(call, text);
        return false;
    }
    if (snapshot->grbit & ~(uint32_t)GRBITS) {
        call_fail(call, JET_errInvalidGrbit, NULL);
        return false;
    }
    return true;
}

/* An instance is in one snapshot at a time; one that has timed out holds nothing any more, but waits for its client to
 * learn it. */
static bool overlaps(const struct snapshot *snapshot)
{
    for (const struct snapshot *other = snapshot->service->snapshots; other; other = other->next) {
        if (other->is_closing || other->state == SNAPSHOT_TIMED_OUT)
            continue;
        for (size_t i = 0; i < other->count_instances; i++)
            for (size_t j = 0; j < snapshot->count_instances; j++)
                if (other->instances[i] == snapshot->instances[j])
                    return true;
    }
    return false;
}

/* False: answered. */
static bool may_freeze(struct call *call, const struct snapshot *snapshot)
{
    if (overlaps(snapshot) || (snapshot->count_instances == 0 && served_snapshot_any_frozen(call->service)))
        call_fail(call, JET_errOSSnapshotInvalidSequence, "there is a freeze");
    else if (!peer_take_object(call->peer))
        call_fail_limit(call, "the client has too many objects");
    else
        return true;
    return false;
}

/* --- prepare, freeze --- */

static void all_aborted(struct snapshot *snapshot, void *context)
{
    struct call *call = context;
    served_snapshot_set_state(snapshot, SNAPSHOT_ENDED);
    call_fail_named(call, snapshot->cause_name, snapshot->cause_text);
    served_snapshot_close(snapshot);
}

/* The caller is told what failed first, not what the abort may say. */
static void abort_all(struct snapshot *snapshot, struct call *call)
{
    memcpy(snapshot->cause_name, snapshot->error_name, sizeof snapshot->cause_name);
    memcpy(snapshot->cause_text, snapshot->error_text, sizeof snapshot->cause_text);
    service_log(LOG_LEVEL_WARNING, "nothing is frozen snapshot=%lu code=%ld reason=%s", (unsigned long)snapshot->number,
                (long)snapshot->error_code, snapshot->error_text);
    (void)served_snapshot_act(snapshot, ACT_ABORT, 0, all_aborted, call); /* nothing else is being done */
}

static void put_on_bus(struct snapshot *snapshot, struct call *call)
{
    char path[sizeof BUS_SNAPSHOT_FOLDER + 16];
    (void)snprintf(path, sizeof path, BUS_SNAPSHOT_FOLDER "%lu", (unsigned long)snapshot->number);
    if (!object_add(snapshot->service, &snapshot->object, path, &snapshot_interface, snapshot)) {
        served_snapshot_note_failure(snapshot, JET_errOutOfMemory, DBUS_ERROR_NO_MEMORY, "out of memory");
        abort_all(snapshot, call);
        return;
    }
    snapshot->deadline_us = snapshot->host ? host_freeze_deadline_us(snapshot->host) : 0;
    if (snapshot->deadline_us == 0)
        snapshot->deadline_us = host_now_us() + (uint64_t)snapshot->timeout_ms * 1000;
    served_snapshot_start_deadline(snapshot);
    if (snapshot->is_detached) { /* nobody's: it outlives who asked for it */
        peer_drop_object(snapshot->object.owner);
        snapshot->object.owner = NULL;
    }
    served_snapshot_set_state(snapshot, SNAPSHOT_FROZEN);
    call_reply_path(call, path);
}

static void fail_if_it_must_end(struct snapshot *snapshot)
{
    if (!snapshot->has_failed && snapshot->must_end)
        served_snapshot_note_failure(snapshot, JET_errOSSnapshotInvalidSequence,
                                     BUS_ERROR_PREFIX "OSSnapshotInvalidSequence",
                                     "it was to end before it was frozen");
}

static void all_frozen(struct snapshot *snapshot, void *context)
{
    struct call *call = context;
    if (!snapshot->has_failed && !snapshot->is_detached && call->peer->is_gone)
        served_snapshot_note_failure(snapshot, JET_errOSSnapshotInvalidSequence, DBUS_ERROR_NO_REPLY,
                                     "the client is gone");
    fail_if_it_must_end(snapshot);
    if (snapshot->has_failed)
        abort_all(snapshot, call);
    else
        put_on_bus(snapshot, call);
}

static void all_prepared(struct snapshot *snapshot, void *context)
{
    fail_if_it_must_end(snapshot);
    if (snapshot->has_failed)
        abort_all(snapshot, context);
    else
        (void)served_snapshot_act(snapshot, ACT_FREEZE, 0, all_frozen, context); /* nothing else is being done */
}

static void start(struct snapshot *snapshot, struct call *call)
{
    struct service *service = call->service;
    snapshot->object.owner = call->peer;
    snapshot->number = ++service->last_snapshot;
    snapshot->state = SNAPSHOT_FREEZING;
    snapshot->next = service->snapshots;
    service->snapshots = snapshot;
    service_log(LOG_LEVEL_NOTICE, "freezing snapshot=%lu instances=%lu timeout_ms=%lu detached=%d uid=%lu pid=%lu",
                (unsigned long)snapshot->number, (unsigned long)snapshot->count_instances,
                (unsigned long)snapshot->timeout_ms, (int)snapshot->is_detached, (unsigned long)call->peer->uid,
                (unsigned long)call->peer->pid);
    served_snapshot_tell_frozen(service);
    (void)served_snapshot_act(snapshot, ACT_PREPARE, 0, all_prepared, call); /* it is new */
}

void served_snapshot_freeze(struct call *call, DBusMessageIter *args)
{
    struct snapshot *snapshot = new_snapshot(call->service);
    if (!snapshot) {
        call_fail(call, JET_errOutOfMemory, NULL);
        return;
    }
    if (take_named(snapshot, call, args) && get_options(call, args, snapshot) && may_freeze(call, snapshot))
        start(snapshot, call);
    else
        served_snapshot_free(snapshot);
}

/* --- Manager.Thaw --- */

struct thaw_all {
    struct call *call;
    unsigned waiting;
    uint32_t count;
    bool is_late, has_failed;
    char error_name[BUS_ERROR_NAME_SIZE];
    char error_text[BUS_ERROR_TEXT_SIZE];
};

static void answer_thaw(struct thaw_all *thaw)
{
    if (--thaw->waiting > 0)
        return;
    if (thaw->is_late)
        call_fail(thaw->call, JET_errOSSnapshotTimeOut, "the freeze had ended by its deadline");
    else if (thaw->has_failed)
        call_fail_named(thaw->call, thaw->error_name, thaw->error_text);
    else
        call_reply_u32(thaw->call, thaw->count);
    free(thaw);
}

static void one_thawed(struct snapshot *snapshot, void *context)
{
    struct thaw_all *thaw = context;
    thaw->count += snapshot->count;
    if (snapshot->has_failed && snapshot->error_code == JET_errOSSnapshotTimeOut) {
        thaw->is_late = true;
    } else if (snapshot->has_failed && !thaw->has_failed) {
        thaw->has_failed = true;
        memcpy(thaw->error_name, snapshot->error_name, sizeof thaw->error_name);
        memcpy(thaw->error_text, snapshot->error_text, sizeof thaw->error_text);
    }
    if (!snapshot->has_failed)
        served_snapshot_set_state(snapshot, SNAPSHOT_THAWED);
    if (snapshot->has_failed || !(snapshot->grbit & JET_bitContinueAfterThaw) || snapshot->is_detached)
        served_snapshot_close(snapshot);
    answer_thaw(thaw);
}

static bool is_meant_by_thaw(const struct snapshot *snapshot, const struct call *call)
{
    return !snapshot->is_closing && (snapshot->is_detached || snapshot->object.owner == call->peer);
}

void served_snapshot_thaw_all(struct call *call)
{
    struct service *service = call->service;
    struct thaw_all *thaw = calloc(1, sizeof *thaw);
    if (!thaw) {
        call_fail(call, JET_errOutOfMemory, NULL);
        return;
    }
    *thaw = (struct thaw_all){.call = call, .waiting = 1, .is_late = service->freeze_expired};
    service->freeze_expired = false;
    service->thaw_writers = false;
    for (struct snapshot *snapshot = service->snapshots, *next; snapshot; snapshot = next) {
        next = snapshot->next;
        if (!is_meant_by_thaw(snapshot, call))
            continue;
        if (snapshot->state == SNAPSHOT_TIMED_OUT) {
            thaw->is_late = true;
            served_snapshot_close(snapshot);
        } else if (snapshot->state == SNAPSHOT_FROZEN && snapshot->act == ACT_NONE) {
            thaw->waiting++;
            (void)served_snapshot_act(snapshot, ACT_THAW, 0, one_thawed, thaw);
        } else if (snapshot->state == SNAPSHOT_FREEZING) {
            snapshot->must_end = true; /* its freeze fails as soon as it is there */
        }
    }
    served_snapshot_tell_frozen(service); /* in front of the answer: the marker of an earlier run is gone then */
    answer_thaw(thaw);
}
