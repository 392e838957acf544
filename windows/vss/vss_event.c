/* SPDX-License-Identifier: MIT */
/* vss_event.c - from the events of VSS to the steps of a freeze: the one table between them.
 *
 *      event             step                              on failure
 *      Identify          none; reads                       report
 *      PrepareBackup     freezer_prepare_backup()          RETRYABLE
 *      PrepareSnapshot   the same, if it has not come or   INCONSISTENTSNAPSHOT: the set lacks a volume of an instance
 *                        volumes were not known then;      RETRYABLE: a backup did not come out in time, another snapshot
 *                        freezer_prepare_snapshot()
 *      Freeze            freezer_freeze()                  by failure_of()
 *      Thaw              freezer_thaw()                    TIMEOUT: it had thawed by itself
 *      Abort             freezer_abort()                   none
 *      PostSnapshot      none; stamps components           none
 *      BackupComplete    freezer_truncate(), end           RETRYABLE, and yet true: the shadow copy is good
 *      BackupShutdown    freezer_abort(), if it is ours    none
 *
 * All that lasts is in PrepareSnapshot: a hypervisor counts the seconds of Freeze. From Freeze to Thaw nothing of ours
 * is written, no method waits for anybody who might write, and none calls out of the process. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vss_metadata.h"
#include "vss_writer_internal.h"

enum { RELEASE_MS = 20000 /* for calls that are inside a backup, never for its client */ };

static struct vss_writer *writer_of(struct vss_object *object)
{
    return object->context;
}

/* ---- failures ---- */

static HRESULT failure_of(jet_err err)
{
    switch (err) {
    case JET_errOSSnapshotTimeOut: return VSS_E_WRITERERROR_TIMEOUT;
    case JET_errOutOfMemory:
    case JET_errOutOfThreads:
    case JET_errDiskFull: return VSS_E_WRITERERROR_OUTOFRESOURCES;
    case JET_errOSSnapshotNotAllowed:
    case JET_errOSSnapshotInvalidSequence:
    case JET_errInstanceUnavailable:
    case JET_errBackupInProgress: return VSS_E_WRITERERROR_RETRYABLE;
    default: return VSS_E_WRITERERROR_NONRETRYABLE;
    }
}

/* The method's answer. */
static vss_bool fail_as(struct vss_writer *w, const char *event, jet_err err, HRESULT failure)
{
    vss_object_fail(&w->object, failure);
    vss_report(&w->reports, VSS_EVENT_FAILED, OS_EVENT_ERROR, err, "%s: %s", event, jet_err_text(err));
    return false;
}

static vss_bool fail(struct vss_writer *w, const char *event, jet_err err)
{
    return fail_as(w, event, err, failure_of(err));
}

/* ---- choices and sets ---- */

static void choice_free(struct vss_choice *choice)
{
    if (choice)
        vss_choice_done(choice);
    free(choice);
}

struct vss_choice *vss_writer_take_choice(struct vss_writer *w)
{
    AcquireSRWLockExclusive(&w->lock);
    struct vss_choice *choice = w->choice;
    w->choice = NULL;
    ReleaseSRWLockExclusive(&w->lock);
    return choice;
}

void vss_writer_put_choice(struct vss_writer *w, struct vss_choice *choice)
{
    AcquireSRWLockExclusive(&w->lock);
    struct vss_choice *former = w->choice;
    w->choice = choice;
    ReleaseSRWLockExclusive(&w->lock);
    choice_free(former);
}

static jet_err choose(struct vss_writer *w, IVssWriterComponents *components, struct vss_choice **ret_choice)
{
    struct vss_choice *choice = malloc(sizeof *choice);
    if (!choice)
        return JET_errOutOfMemory;
    jet_err err = vss_choice_init(choice, &w->host, &w->object, components);
    if (err < JET_errSuccess) {
        free(choice);
        return err;
    }
    *ret_choice = choice;
    return JET_errSuccess;
}

static void note_set_id(struct vss_writer *w)
{
    VSS_ID id;
    const bool has_id = vss_object_set_id(&w->object, &id);
    AcquireSRWLockExclusive(&w->lock);
    w->has_set_id = has_id;
    if (has_id)
        w->set_id = id;
    ReleaseSRWLockExclusive(&w->lock);
}

static bool is_equal(const VSS_ID *a, const VSS_ID *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

void vss_writer_forget_set(struct vss_writer *w)
{
    vss_writer_put_choice(w, NULL);
    AcquireSRWLockExclusive(&w->lock);
    if (w->has_set_id) {
        w->last_set_id = w->set_id;
        w->has_last_set_id = true;
    }
    w->has_set_id = false;
    ReleaseSRWLockExclusive(&w->lock);
}

/* The end of a backup whose shadow copy was another one, before ours was begun or beside it, is none of ours. */
static bool is_ours(struct vss_writer *w, const VSS_ID *id)
{
    AcquireSRWLockShared(&w->lock);
    const bool is = w->has_set_id ? is_equal(&w->set_id, id) : !(w->has_last_set_id && is_equal(&w->last_set_id, id));
    ReleaseSRWLockShared(&w->lock);
    return is;
}

void vss_writer_abort(struct vss_writer *w)
{
    if (!freezer_abort(w->freezer))
        return; /* a method runs: it gives back all the rest */
    vss_reports_release(&w->reports);
    vss_writer_forget_set(w);
    os_event_set(w->wake);
}

/* What a method does whose step has failed; one that was refused because another one runs leaves everything to that. */
static void give_back(struct vss_writer *w)
{
    if (freezer_state(w->freezer) != FREEZER_IDLE)
        return;
    vss_reports_release(&w->reports);
    vss_writer_forget_set(w);
}

/* ---- identify ---- */

static vss_bool on_identify(struct vss_object *self, IVssCreateWriterMetadata *metadata)
{
    struct vss_writer *w = writer_of(self);
    struct vss_instances instances;
    jet_err err = vss_instances_init(&instances, &w->host);
    if (err >= JET_errSuccess) {
        err = vss_metadata_write(metadata, &instances, w->service_name);
        vss_instances_done(&instances);
    }
    if (err < JET_errSuccess)
        vss_report(&w->reports, VSS_EVENT_FAILED, OS_EVENT_ERROR, err, "identify: %s", jet_err_text(err));
    return err >= JET_errSuccess;
}

/* ---- before the freeze ---- */

/* The choice is the writer's afterwards, or gone. */
static jet_err prepare_backup(struct vss_writer *w, struct vss_choice *choice)
{
    jet_err err = freezer_prepare_backup(w->freezer, choice->handles, choice->instances.count);
    if (err < JET_errSuccess) {
        choice_free(choice);
        give_back(w);
        return err;
    }
    vss_writer_put_choice(w, choice);
    os_event_set(w->wake);
    return JET_errSuccess;
}

static vss_bool on_prepare_backup(struct vss_object *self, IVssWriterComponents *components)
{
    struct vss_writer *w = writer_of(self);
    struct vss_choice *choice;
    jet_err err = choose(w, components, &choice);
    if (err >= JET_errSuccess)
        err = prepare_backup(w, choice);
    if (err < JET_errSuccess)
        return fail(w, "prepare backup", err);
    vss_report(&w->reports, VSS_EVENT_PREPARED, OS_EVENT_INFORMATION, JET_errSuccess,
               "a shadow copy is announced: streaming backups are stopped");
    return true;
}

/* Those of before, unless they were chosen by volumes, which are known only now; or the announcement has expired, or
 * never came. */
static jet_err choose_finally(struct vss_writer *w)
{
    struct vss_choice *choice = vss_writer_take_choice(w);
    if (choice && choice->is_by_components && freezer_state(w->freezer) == FREEZER_PREPARED) {
        vss_writer_put_choice(w, choice);
        return JET_errSuccess;
    }
    if (choice && choice->is_by_components)
        return prepare_backup(w, choice);
    choice_free(choice);
    jet_err err = choose(w, NULL, &choice);
    return err < JET_errSuccess ? err : prepare_backup(w, choice);
}

static vss_bool on_prepare_snapshot(struct vss_object *self)
{
    struct vss_writer *w = writer_of(self);
    const enum freezer_state state = freezer_state(w->freezer);
    if (state != FREEZER_IDLE && state != FREEZER_PREPARED) /* one shadow copy at a time: that one goes on */
        return fail(w, "prepare snapshot", JET_errOSSnapshotInvalidSequence);
    jet_err err = choose_finally(w);
    if (err < JET_errSuccess)
        return fail(w, "prepare snapshot", err);
    struct vss_choice *choice = vss_writer_take_choice(w);
    if (!choice) /* an abort has come */
        return fail(w, "prepare snapshot", JET_errOSSnapshotNotAllowed);
    note_set_id(w);
    const bool is_whole = vss_choice_is_whole(choice, self);
    const JET_GRBIT grbit = vss_choice_grbit(choice);
    vss_writer_put_choice(w, choice);
    if (!is_whole) {
        vss_writer_abort(w);
        return fail_as(w, "prepare snapshot: a volume of an instance is not in the shadow copy",
                       JET_errOSSnapshotNotAllowed, VSS_E_WRITERERROR_INCONSISTENTSNAPSHOT);
    }
    err = freezer_prepare_snapshot(w->freezer, grbit, RELEASE_MS);
    os_event_set(w->wake);
    if (err >= JET_errSuccess)
        return true;
    give_back(w);
    return fail(w, "prepare snapshot", err);
}

/* ---- the freeze ---- */

static vss_bool on_freeze(struct vss_object *self)
{
    struct vss_writer *w = writer_of(self);
    if (freezer_state(w->freezer) != FREEZER_READY)
        return fail(w, "freeze", JET_errOSSnapshotInvalidSequence);
    vss_reports_hold(&w->reports);
    jet_err err = freezer_freeze(w->freezer);
    os_event_set(w->wake);
    if (err < JET_errSuccess) {
        give_back(w);
        return fail(w, "freeze", err);
    }
    vss_report(&w->reports, VSS_EVENT_FROZEN, OS_EVENT_INFORMATION, JET_errSuccess, "instances are frozen");
    return true;
}

/* Whatever was first, the engine's time-out, an abort or a limit: the shadow copy came too late. */
static vss_bool thaw_failed(struct vss_writer *w, jet_err err)
{
    give_back(w);
    return fail_as(w, "thaw", err, VSS_E_WRITERERROR_TIMEOUT);
}

static vss_bool on_thaw(struct vss_object *self)
{
    struct vss_writer *w = writer_of(self);
    const enum freezer_state state = freezer_state(w->freezer);
    if (state != FREEZER_FROZEN && state != FREEZER_IDLE) /* out of order, and nothing is frozen: it goes on */
        return fail(w, "thaw", JET_errOSSnapshotInvalidSequence);
    jet_err err = freezer_thaw(w->freezer);
    os_event_set(w->wake);
    if (err < JET_errSuccess)
        return thaw_failed(w, err);
    vss_reports_release(&w->reports);
    if (freezer_state(w->freezer) == FREEZER_IDLE)
        vss_writer_forget_set(w);
    vss_report(&w->reports, VSS_EVENT_THAWED, OS_EVENT_INFORMATION, JET_errSuccess, "instances are thawed");
    return true;
}

/* May come while another method runs, and after all is over. */
static vss_bool on_abort(struct vss_object *self)
{
    struct vss_writer *w = writer_of(self);
    if (freezer_state(w->freezer) == FREEZER_IDLE)
        return true;
    vss_writer_abort(w);
    vss_report(&w->reports, VSS_EVENT_ABORTED, OS_EVENT_WARNING, JET_errSuccess, "the shadow copy was aborted");
    return true;
}

/* ---- behind it ---- */

static vss_bool on_post_snapshot(struct vss_object *self, IVssWriterComponents *components)
{
    enum { GUID_TEXT_SIZE = 40 };
    wchar_t stamp[GUID_TEXT_SIZE];
    struct vss_writer *w = writer_of(self);
    VSS_ID id;
    if (freezer_state(w->freezer) != FREEZER_THAWED || !vss_object_set_id(self, &id))
        return true;
    struct vss_choice *choice = vss_writer_take_choice(w);
    if (!choice)
        return true;
    _snwprintf(stamp, GUID_TEXT_SIZE, L"%08lX-%04X-%04X", id.Data1, (unsigned)id.Data2, (unsigned)id.Data3);
    vss_choice_stamp(choice, components, stamp);
    vss_writer_put_choice(w, choice);
    return true;
}

/* All are tried; the first error is told. */
static jet_err truncate_all(struct vss_writer *w, const struct vss_choice *choice)
{
    jet_err first = JET_errSuccess;
    for (size_t i = 0; i < choice->instances.count; i++) {
        jet_err err = freezer_truncate(w->freezer, choice->handles[i]);
        if (first >= JET_errSuccess)
            first = err;
    }
    return first;
}

/* One session has all instances: their headers tell of the backup, or none does, and only with that may logs go. */
static jet_err complete(struct vss_writer *w, const struct vss_choice *choice, bool is_saved)
{
    jet_err err = is_saved ? truncate_all(w, choice) : JET_errSuccess;
    jet_err end = freezer_end(w->freezer, is_saved ? JET_bitNil : JET_bitAbortSnapshot);
    if (!is_saved)
        vss_report(&w->reports, VSS_EVENT_NOT_SAVED, OS_EVENT_WARNING, JET_errSuccess,
                   "the backup does not say that all was saved: no log is deleted");
    else if (err >= JET_errSuccess && end >= JET_errSuccess)
        vss_report(&w->reports, VSS_EVENT_COMPLETED, OS_EVENT_INFORMATION, JET_errSuccess,
                   "the backup is noted, and its logs are deleted");
    return err < JET_errSuccess ? err : end;
}

static vss_bool on_backup_complete(struct vss_object *self, IVssWriterComponents *components)
{
    struct vss_writer *w = writer_of(self);
    if (freezer_state(w->freezer) != FREEZER_THAWED)
        return true; /* a copy, which has ended, or another requester's backup */
    struct vss_choice *choice = vss_writer_take_choice(w);
    if (!choice)
        return true;
    jet_err err = complete(w, choice, vss_choice_is_saved(choice, components));
    choice_free(choice);
    vss_writer_forget_set(w);
    os_event_set(w->wake);
    if (err < JET_errSuccess)
        (void)fail_as(w, "backup complete", err, VSS_E_WRITERERROR_RETRYABLE);
    return true;
}

static vss_bool on_backup_shutdown(struct vss_object *self, VSS_ID snapshot_set_id)
{
    struct vss_writer *w = writer_of(self);
    if (freezer_state(w->freezer) == FREEZER_IDLE || !is_ours(w, &snapshot_set_id))
        return true;
    vss_writer_abort(w);
    vss_report(&w->reports, VSS_EVENT_ABORTED, OS_EVENT_WARNING, JET_errSuccess,
               "the requester has ended without an end of its backup");
    return true;
}

/* ---- restores ---- */

/* A requester that asks a service's writer all the same stops the service next; and as long as it runs, no file of it
 * can be replaced. */
static vss_bool on_pre_restore(struct vss_object *self, IVssWriterComponents *components)
{
    struct vss_writer *w = writer_of(self);
    if (w->service_name)
        return true;
    return vss_choice_refuse_restore(&w->host, self, components) ? fail(w, "restore", JET_errInstanceUnavailable)
                                                                 : (vss_bool) true;
}

/* Recovery is the instance's own business when it is started. */
static vss_bool on_post_restore(struct vss_object *self, IVssWriterComponents *components)
{
    (void)self;
    (void)components;
    return true;
}

/* ---- what is none of ours ---- */

static struct vss_object *destroy(struct vss_object *self, unsigned flags)
{
    (void)flags; /* the memory is ours */
    return self;
}

static vss_bool on_io(struct vss_object *self, wchar_t *volume, VSS_ID snapshot_id, VSS_ID provider_id)
{
    (void)self;
    (void)volume;
    (void)snapshot_id;
    (void)provider_id;
    return true;
}

static vss_bool on_vss(struct vss_object *self)
{
    (void)self;
    return true;
}

const struct vss_methods vss_methods = {
    .destroy = destroy,
    .on_identify = on_identify,
    .on_prepare_backup = on_prepare_backup,
    .on_prepare_snapshot = on_prepare_snapshot,
    .on_freeze = on_freeze,
    .on_thaw = on_thaw,
    .on_abort = on_abort,
    .on_backup_complete = on_backup_complete,
    .on_backup_shutdown = on_backup_shutdown,
    .on_pre_restore = on_pre_restore,
    .on_post_restore = on_post_restore,
    .on_post_snapshot = on_post_snapshot,
    .on_back_off_io = on_io,
    .on_continue_io = on_io,
    .on_vss_shutdown = on_vss,
    .on_vss_startup = on_vss,
};
