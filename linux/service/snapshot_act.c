/* SPDX-License-Identifier: MIT */
/* served_snapshot_act.c - one thing done by all parts of a snapshot, and one answer when the last has answered. */
#include <string.h>

#include "answer.h"
#include "base/compiler.h"
#include "../bus/bus_get.h"
#include "call.h"
#include "instance.h"
#include "service.h"
#include "snapshot_internal.h"
#include "writer.h"

enum { PREPARE_MS = 8000, FREEZE_MS = 10000, OTHER_MS = 25000 };

/* What an act is called at a registered writer. */
/* clang-format off */
static const struct {
    const char *name, *signature;
    int limit_ms;
} verbs[] = {
    [ACT_PREPARE]  = {"Prepare",             "",  PREPARE_MS},
    [ACT_FREEZE]   = {"Freeze",              "",  FREEZE_MS},
    [ACT_THAW]     = {"Thaw",                "",  OTHER_MS},
    [ACT_ABORT]    = {"Abort",               "",  OTHER_MS},
    [ACT_TRUNCATE] = {"SnapshotTruncateLog", "u", OTHER_MS},
    [ACT_END]      = {"SnapshotEnd",         "",  OTHER_MS},
};
/* clang-format on */

void served_snapshot_note_failure(struct snapshot *snapshot, jet_err code, const char *name, const char *text)
{
    if (snapshot->has_failed)
        return;
    snapshot->has_failed = true;
    snapshot->error_code = code;
    bus_text_clean(name, snapshot->error_name, sizeof snapshot->error_name);
    bus_text_clean(text, snapshot->error_text, sizeof snapshot->error_text);
}

static void note_jet_failure(struct snapshot *snapshot, jet_err code)
{
    char name[BUS_ERROR_NAME_SIZE];
    char text[BUS_ERROR_TEXT_SIZE];
    bus_error_name(code, name);
    bus_error_text(code, NULL, text);
    served_snapshot_note_failure(snapshot, code, name, text);
}

void served_snapshot_fail_call(const struct snapshot *snapshot, struct call *call)
{
    call_fail_named(call, snapshot->error_name, snapshot->error_text);
}

/* One has answered (or the one who asked has asked all). */
static void one_less(struct snapshot *snapshot)
{
    if (--snapshot->waiting > 0)
        return;
    snapshot->act = ACT_NONE;
    snapshot->done(snapshot, snapshot->context);
    if (snapshot->is_closing && snapshot->act == ACT_NONE)
        served_snapshot_release(snapshot);
}

static void host_answered(void *context, struct host_answer *answer)
{
    struct snapshot *snapshot = context;
    if (answer->err < JET_errSuccess)
        note_jet_failure(snapshot, answer->err);
    else
        snapshot->count += answer->count;
    host_answer_free(answer);
    one_less(snapshot);
}

/* A freeze that has failed holds nothing, and is no host's any more. */
static jet_err begin_freeze(struct snapshot *snapshot, const struct host_call *call)
{
    const struct host_freeze_options options = {.timeout_ms = snapshot->timeout_ms, .grbit = snapshot->grbit};
    const struct host_freeze_listener listener = {snapshot, served_snapshot_host_changed};
    return host_freeze_begin(snapshot->hosts, snapshot->count_hosts, &options, &listener, call, &snapshot->host);
}

static jet_err ask_host(struct snapshot *snapshot, enum act act, uint32_t grbit, const struct host_call *call)
{
    switch (act) {
    case ACT_FREEZE: return begin_freeze(snapshot, call);
    case ACT_THAW: host_freeze_thaw(snapshot->host, call); break;
    case ACT_ABORT: host_freeze_abort(snapshot->host, call); break;
    case ACT_TRUNCATE: host_freeze_truncate_log(snapshot->host, call); break;
    case ACT_END: host_freeze_end(snapshot->host, grbit, call); break;
    default: return JET_errInvalidParameter;
    }
    return JET_errSuccess;
}

static void act_on_host(struct snapshot *snapshot, enum act act, uint32_t grbit)
{
    struct host_call call;
    if (snapshot->count_hosts == 0 || act == ACT_PREPARE || (act != ACT_FREEZE && !snapshot->host))
        return;
    if (!answer_expect(snapshot->service, host_answered, snapshot, &call)) {
        note_jet_failure(snapshot, JET_errOutOfMemory);
        return;
    }
    snapshot->waiting++;
    const jet_err err = ask_host(snapshot, act, grbit, &call);
    if (err >= JET_errSuccess)
        return;
    answer_forget(&call);
    note_jet_failure(snapshot, err);
    snapshot->waiting--;
}

static void writer_answered(void *context, DBusMessage *reply, const struct writer_error *error)
{
    struct part *part = context;
    struct snapshot *snapshot = part->snapshot;
    const enum act act = snapshot->act;
    DBusMessageIter iter;
    if (error)
        served_snapshot_note_failure(snapshot, error->code, error->name, error->text);
    else if (act == ACT_TRUNCATE && dbus_message_iter_init(reply, &iter))
        snapshot->count += bus_get_u32(&iter);
    else if (act == ACT_THAW || act == ACT_FREEZE)
        snapshot->count++;
    one_less(snapshot);
}

static void put_arguments(const struct snapshot *snapshot, enum act act, uint32_t grbit, struct bus_put *put)
{
    if (act == ACT_PREPARE)
        bus_put_u32(put, snapshot->grbit);
    else if (act == ACT_FREEZE)
        bus_put_u32(put, snapshot->timeout_ms);
    else if (act == ACT_END)
        bus_put_u32(put, grbit);
}

static void act_on_part(struct snapshot *snapshot, struct part *part, enum act act, uint32_t grbit)
{
    struct bus_put put;
    if (!part->writer) {
        if (act != ACT_ABORT && act != ACT_END)
            served_snapshot_note_failure(snapshot, JET_errInstanceUnavailable, BUS_ERROR_WRITER_LOST,
                                         "an application has gone while it was frozen");
        return;
    }
    if (act == ACT_ABORT && !part->is_held)
        return;
    DBusMessage *question = writer_question(part->writer, verbs[act].name, snapshot->number, &put);
    put_arguments(snapshot, act, grbit, &put);
    /* Also if the answer is an error, or none: it may have got so far. */
    part->is_held = act != ACT_ABORT && act != ACT_END;
    snapshot->waiting++;
    if (writer_send(part->writer, question, &put, verbs[act].signature, verbs[act].limit_ms, writer_answered, part) >=
        JET_errSuccess)
        return;
    note_jet_failure(snapshot, JET_errOutOfMemory);
    snapshot->waiting--;
}

bool served_snapshot_act(struct snapshot *snapshot, enum act act, uint32_t grbit,
                         void (*done)(struct snapshot *snapshot, void *context), void *context)
{
    if (snapshot->act != ACT_NONE)
        return false;
    snapshot->act = act;
    snapshot->waiting = 1; /* we ourselves, until all are asked */
    snapshot->count = 0;
    snapshot->has_failed = false;
    snapshot->done = done;
    snapshot->context = context;
    for (size_t i = 0; i < snapshot->count_parts; i++)
        act_on_part(snapshot, &snapshot->parts[i], act, grbit);
    act_on_host(snapshot, act, grbit);
    one_less(snapshot);
    return true;
}
