/* SPDX-License-Identifier: MIT */
/* session.c - see session.h. The engine is called by the session's own thread, and may wait: for a read of the disk,
 * not for the client.
 *
 * A stop, by whatever door, rings the bell (jet/instance_backup.h). If the backup was released, too - a freeze wants
 * the instance, and waits for nobody's client - the session gives the instance back at once, and answers the rest by
 * itself, as the engine would have: the next backup there is somebody else's. */
#include "host/session.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "host/answer.h"
#include "host/file_list.h"
#include "host/instance_use.h"
#include "host/worker.h"
#include "jet/instance_backup.h"
#include "os/os_file.h"

struct session_backup {
    struct hosted *hosted; /* NULL: there is none */
    JET_INSTANCE handle;
    bool is_lent; /* the instance is ours, and the engine has a backup of ours */
    bool is_incremental;
    struct hosted_backup seen;
    struct file_list databases, logs;
    uint64_t rate;
    uint64_t paced_us; /* when the rate allows the next byte */
    jet_err err;       /* what a read met: of the file, until it is closed */
    /* the open file */
    bool is_open;
    JET_HANDLE file;
    uint64_t size, sent;
    size_t filled, given; /* of the buffer */
};

struct session {
    struct hosting *hosting;
    struct instance_streamer streamer;
    struct os_event *bell;
    _Atomic(const char *) cause; /* of a stop that is not of the hosting's calls; NULL: not known */
    void *buffer;                /* WIRE_DATA_MAX, aligned for the engine */
    struct session_backup backup;
    /* what the last reply refers to */
    struct wire_reply reply;
    struct host_instance_info *infos;
    size_t info_count;
    const uint8_t *data;
    size_t data_size;
};

/* ---- replies ---- */

static void reply_clear(struct session *session)
{
    wire_reply_done(&session->reply);
    for (size_t i = 0; i < session->info_count; i++)
        host_instance_info_done(&session->infos[i]);
    free(session->infos);
    session->infos = NULL;
    session->info_count = 0;
    session->reply = (struct wire_reply){.kind = WIRE_REPLY_DONE};
}

static void reply_failure(struct session *session, const struct hosting_failure *failure)
{
    reply_clear(session);
    session->reply = (struct wire_reply){
        .kind = WIRE_REPLY_FAILED, .err = failure->err, .name = failure->name, .text = failure->text};
}

static void reply_error(struct session *session, jet_err err)
{
    const struct hosting_failure failure = {err, "", ""};
    reply_failure(session, &failure);
}

static void reply_named(struct session *session, jet_err err, const char *name, const char *text)
{
    const struct hosting_failure failure = {err, name, text};
    reply_failure(session, &failure);
}

/* ---- status ---- */

static const char *state_text(enum host_instance_state state)
{
    switch (state) {
    case HOST_INSTANCE_RECOVERING: return "recovering";
    case HOST_INSTANCE_RUNNING: return "running";
    case HOST_INSTANCE_FROZEN: return "frozen";
    case HOST_INSTANCE_FAILED: return "failed";
    default: return "closed";
    }
}

static struct wire_last_backup last_backup(const struct host_last_backup *last)
{
    return (struct wire_last_backup){last->time_us, last->first_generation, last->last_generation};
}

static bool put_files(const struct host_file *files, size_t count, struct wire_file **ret_files, uint32_t *ret_count)
{
    struct wire_file *made = calloc(count + 1, sizeof *made);
    for (size_t i = 0; made && i < count; i++)
        made[i] = (struct wire_file){files[i].path, files[i].size_bytes};
    *ret_files = made;
    *ret_count = made ? (uint32_t)count : 0;
    return made != NULL;
}

static bool put_instance(struct hosted *hosted, const struct host_instance_info *info, struct wire_instance *instance)
{
    struct hosted_backup backup;
    hosted_backup_get(hosted, &backup);
    *instance = (struct wire_instance){
        .label = hosted_label(hosted),
        .state = state_text(info->state),
        .kind = "configured",
        .system_path = info->system_path,
        .log_path = info->log_path,
        .base_name = info->base_name,
        .err = info->error,
        .is_circular = info->is_circular,
        .first_generation = info->first_generation,
        .current_generation = info->current_generation,
        .last_full = last_backup(&info->last_full),
        .last_incremental = last_backup(&info->last_incremental),
        .phase = backup.is_there ? backup.phase : "",
        .bytes_done = backup.bytes_done,
        .bytes_total = backup.bytes_total,
        .files_done = backup.files_done,
    };
    return put_files(info->databases, info->database_count, &instance->files, &instance->file_count);
}

static jet_err add_instance(struct session *session, struct hosted *hosted)
{
    struct host_instance_info *info = &session->infos[session->info_count];
    struct host_instance *instance = hosted_instance(hosted);
    *info = (struct host_instance_info){.state = HOST_INSTANCE_FAILED, .error = JET_errOutOfMemory};
    jet_err err = instance ? host_instance_info_get(instance, info) : JET_errSuccess;
    if (err < JET_errSuccess)
        return err;
    session->info_count++;
    return put_instance(hosted, info, &session->reply.instances[session->reply.instance_count++]) ? JET_errSuccess
                                                                                                  : JET_errOutOfMemory;
}

static jet_err add_instances(struct session *session, struct hosted *one)
{
    const size_t count = one ? 1 : hosting_count(session->hosting);
    jet_err err = JET_errSuccess;
    session->infos = calloc(count + 1, sizeof *session->infos);
    session->reply.instances = calloc(count + 1, sizeof *session->reply.instances);
    if (!session->infos || !session->reply.instances)
        return JET_errOutOfMemory;
    for (size_t i = 0; i < count && err >= JET_errSuccess; i++)
        err = add_instance(session, one ? one : hosting_at(session->hosting, i));
    return err;
}

static void answer_status(struct session *session, const struct wire_request *request)
{
    struct hosted *one = *request->label ? hosting_find(session->hosting, request->label) : NULL;
    const uint64_t thaws_in_ms = hosting_thaws_in_ms(session->hosting);
    if (*request->label && !one) {
        reply_named(session, JET_errInvalidInstance, "NoSuchInstance", "there is no instance of this label");
        return;
    }
    session->reply = (struct wire_reply){
        .kind = WIRE_REPLY_STATUS,
        .version = COLDSTREAM_VERSION,
        .state = thaws_in_ms > 0                            ? "frozen"
                 : hosting_wait_opened(session->hosting, 0) ? "running"
                                                            : "starting",
        .active_backups = hosting_active_backups(session->hosting),
        .is_frozen = thaws_in_ms > 0,
        .thaws_in_ms = thaws_in_ms,
    };
    jet_err err = add_instances(session, one);
    if (err < JET_errSuccess)
        reply_error(session, err);
}

/* ---- stop, freeze, thaw ---- */

static void reply_count(struct session *session, jet_err err, uint32_t count, const struct hosting_failure *failure)
{
    if (err < JET_errSuccess)
        reply_failure(session, failure);
    else
        session->reply = (struct wire_reply){.kind = WIRE_REPLY_COUNT, .count = count};
}

static void answer_stop(struct session *session, const struct wire_request *request)
{
    struct hosting_failure failure;
    uint32_t count = 0;
    jet_err err =
        hosting_stop_backups(session->hosting, request->label,
                             *request->text ? request->text : "stopped by an administrator", &count, &failure);
    reply_count(session, err, count, &failure);
}

static void answer_freeze(struct session *session, const struct wire_request *request)
{
    struct hosting_failure failure;
    jet_err err = hosting_freeze(session->hosting, session, request->texts, request->count, request->timeout_ms,
                                 (request->flags & WIRE_COPY) != 0, &failure);
    if (err < JET_errSuccess)
        reply_failure(session, &failure);
}

static void answer_thaw(struct session *session)
{
    struct hosting_failure failure;
    uint32_t count = 0;
    jet_err err = hosting_thaw(session->hosting, session, &count, &failure);
    reply_count(session, err, count, &failure);
}

/* ---- the backup: stops ---- */

static void rung(void *context)
{
    struct session *session = context;
    os_event_set(session->bell);
}

static void note_cause(void *context, const char *cause)
{
    struct session *session = context;
    atomic_store(&session->cause, cause);
}

/* Sessions end before instances do. */
static void note_gone(void *context)
{
    rung(context);
}

/* The hosting stops by itself, with a lock against the end of the backup: nobody comes this way. */
static void stop_for_instance(void *context, const char *reason, const struct host_call *call)
{
    struct session *session = context;
    struct job *job = job_new(NULL, call, NULL);
    (void)reason;
    jet_err_ignore(JetStopBackupInstance(session->backup.handle));
    if (job)
        job_answer(job);
}

struct os_event *session_bell(struct session *session)
{
    return session->bell;
}

/* The engine has nothing of ours any more. */
static void let_go(struct session *session)
{
    struct session_backup *backup = &session->backup;
    if (!backup->is_lent)
        return;
    backup->is_lent = false;
    jet_err_ignore(instance_backup_watch(backup->handle, NULL)); /* or it is gone with the instance */
    instance_take_back_from_backup(hosted_instance(backup->hosted), &session->streamer);
}

void session_attend(struct session *session)
{
    struct session_backup *backup = &session->backup;
    struct instance_backup_view view = {false, JET_errSuccess};
    os_event_reset(session->bell);
    if (!backup->is_lent || instance_backup_look(backup->handle, &view) < JET_errSuccess || view.is_streaming)
        return;
    /* Released: the engine keeps a word for who comes back, which is taken away. */
    jet_err_ignore(JetEndExternalBackupInstance2(backup->handle, JET_bitBackupEndAbort));
    let_go(session);
}

/* May the call go to the engine? */
static jet_err may_call(const struct session *session)
{
    if (!session->backup.hosted)
        return JET_errNoBackup;
    return session->backup.is_lent ? JET_errSuccess : JET_errBackupAbortByServer;
}

/* Who stopped it has said why. */
static void reply_backup_error(struct session *session, jet_err err)
{
    struct session_backup *backup = &session->backup;
    const char *cause = atomic_load(&session->cause);
    if (backup->hosted)
        hosted_backup_get(backup->hosted, &backup->seen);
    if (err == JET_errBackupAbortByServer)
        reply_named(session, err, "", backup->seen.is_stopped ? backup->seen.reason : cause ? cause : "");
    else
        reply_error(session, err);
}

/* ---- the backup: its calls ---- */

static void note(struct session *session, const char *phase)
{
    struct session_backup *backup = &session->backup;
    if (phase)
        backup->seen.phase = phase;
    hosted_backup_note(backup->hosted, &backup->seen);
}

static jet_err engine_begin(struct session *session, enum host_reason *ret_reason)
{
    struct session_backup *backup = &session->backup;
    const struct instance_backup_watch watch = {rung, session};
    struct host_instance *instance = hosted_instance(backup->hosted);
    *ret_reason = HOST_REASON_NONE;
    if (!instance)
        return JET_errInstanceUnavailable;
    jet_err err = instance_lend_to_backup(instance, &session->streamer, &backup->handle, ret_reason);
    if (err < JET_errSuccess)
        return err;
    backup->is_lent = true;
    err = instance_backup_watch(backup->handle, &watch);
    if (err >= JET_errSuccess)
        err = JetBeginExternalBackupInstance(backup->handle, backup->is_incremental ? JET_bitBackupIncremental : 0);
    if (err < JET_errSuccess)
        let_go(session);
    return err;
}

static void forget_backup(struct session *session)
{
    file_list_free(&session->backup.databases);
    file_list_free(&session->backup.logs);
    session->backup = (struct session_backup){.hosted = NULL};
    atomic_store(&session->cause, NULL);
}

static void answer_begin(struct session *session, const struct wire_request *request)
{
    struct session_backup *backup = &session->backup;
    struct hosted *hosted = hosting_find(session->hosting, request->label);
    enum host_reason reason;
    if (backup->hosted) {
        reply_error(session, JET_errBackupInProgress);
        return;
    }
    if (!hosted) {
        reply_named(session, JET_errInvalidInstance, "NoSuchInstance", "there is no instance of this label");
        return;
    }
    *backup = (struct session_backup){
        .hosted = hosted, .is_incremental = (request->flags & WIRE_INCREMENTAL) != 0, .rate = request->rate};
    jet_err err = engine_begin(session, &reason);
    if (err >= JET_errSuccess && !hosted_backup_begin(hosted, backup->handle)) {
        jet_err_ignore(JetEndExternalBackupInstance2(backup->handle, JET_bitBackupEndAbort));
        let_go(session);
        forget_backup(session);
        reply_named(session, JET_errOutOfMemory, "LimitsExceeded", "there are too many backups");
        return;
    }
    if (err < JET_errSuccess) {
        forget_backup(session);
        reply_named(session, err, reason == HOST_REASON_FROZEN ? "Frozen" : "",
                    reason == HOST_REASON_FROZEN ? "the instance is frozen" : "");
        return;
    }
    note(session, "begun");
    host_instance_refresh(hosted_instance(hosted));
}

static void reply_list(struct session *session, const struct file_list *list, uint32_t first, uint32_t last)
{
    session->reply = (struct wire_reply){.kind = WIRE_REPLY_FILES, .first_generation = first, .last_generation = last};
    if (!put_files(list->files, list->count, &session->reply.files, &session->reply.file_count))
        reply_error(session, JET_errOutOfMemory);
    session->backup.seen.bytes_total =
        file_list_bytes(&session->backup.databases) + file_list_bytes(&session->backup.logs);
}

static jet_err answer_databases(struct session *session)
{
    struct session_backup *backup = &session->backup;
    jet_err err = may_call(session);
    if (err >= JET_errSuccess)
        err = file_list_databases(backup->handle, &backup->databases);
    if (err < JET_errSuccess)
        return err;
    reply_list(session, &backup->databases, 0, 0);
    note(session, backup->logs.is_known ? NULL : "databases");
    return JET_errSuccess;
}

static jet_err answer_logs(struct session *session)
{
    struct session_backup *backup = &session->backup;
    JET_LOGINFO_A info = {.cbSize = sizeof info};
    jet_err err = may_call(session);
    if (err >= JET_errSuccess)
        err = file_list_logs(backup->handle, &info, &backup->logs);
    if (err < JET_errSuccess)
        return err;
    reply_list(session, &backup->logs, info.ulGenLow, info.ulGenHigh);
    note(session, "logs");
    return JET_errSuccess;
}

/* Only what a list has given, so that nobody learns of other files. */
static jet_err answer_open(struct session *session, const char *path)
{
    struct session_backup *backup = &session->backup;
    uint32_t low = 0, high = 0;
    jet_err err = may_call(session);
    if (err < JET_errSuccess)
        return err;
    if (backup->is_open)
        return JET_errInvalidBackupSequence;
    if (!file_list_has(&backup->databases, path) && !file_list_has(&backup->logs, path))
        return JET_errFileNotFound;
    err = JetOpenFileInstanceA(backup->handle, path, &backup->file, &low, &high);
    if (err < JET_errSuccess)
        return err;
    backup->is_open = true;
    backup->size = (uint64_t)high << 32 | low;
    backup->sent = 0;
    backup->filled = backup->given = 0;
    backup->err = JET_errSuccess;
    session->reply = (struct wire_reply){.kind = WIRE_REPLY_OPENED, .size = backup->size};
    return JET_errSuccess;
}

/* Bytes that have left are paid for by waiting; a stop ends that. */
static jet_err wait_for_rate(struct session *session)
{
    uint64_t now_us;
    while (session->backup.rate > 0 && (now_us = host_now_us()) < session->backup.paced_us) {
        if (!os_event_wait(session->bell, (int64_t)((session->backup.paced_us - now_us) / 1000 + 1)))
            continue;
        session_attend(session);
        if (!session->backup.is_lent)
            return JET_errBackupAbortByServer;
        struct instance_backup_view view;
        if (instance_backup_look(session->backup.handle, &view) < JET_errSuccess || view.refusal < JET_errSuccess)
            return JET_errBackupAbortByServer;
    }
    return JET_errSuccess;
}

static void pay_rate(struct session_backup *backup, size_t bytes)
{
    const uint64_t now_us = host_now_us();
    if (backup->rate == 0)
        return;
    if (backup->paced_us < now_us)
        backup->paced_us = now_us;
    backup->paced_us += (uint64_t)bytes * 1000000 / backup->rate;
}

static jet_err fill(struct session *session)
{
    struct session_backup *backup = &session->backup;
    const uint64_t left = backup->size - backup->sent;
    uint32_t actual = 0;
    jet_err err = JetReadFileInstance(backup->handle, backup->file, session->buffer, WIRE_DATA_MAX, &actual);
    if (err < JET_errSuccess)
        return err;
    backup->filled = actual < left ? actual : (size_t)left;
    backup->given = 0;
    return JET_errSuccess;
}

static jet_err answer_read(struct session *session, uint32_t size_max)
{
    struct session_backup *backup = &session->backup;
    jet_err err = may_call(session);
    if (err < JET_errSuccess)
        return err;
    if (!backup->is_open)
        return JET_errInvalidBackupSequence;
    if (backup->err < JET_errSuccess)
        return backup->err;
    err = wait_for_rate(session);
    if (err >= JET_errSuccess && backup->given == backup->filled && backup->sent < backup->size)
        err = fill(session);
    if (err < JET_errSuccess)
        return backup->err = err;
    size_t size = backup->filled - backup->given;
    if (size > size_max)
        size = size_max;
    if (backup->rate > 0 && size > backup->rate / 4 + 1)
        size = (size_t)(backup->rate / 4 + 1); /* at a low rate, too, something moves */
    session->data = (const uint8_t *)session->buffer + backup->given;
    session->data_size = size;
    backup->given += size;
    backup->sent += size;
    backup->seen.bytes_done += size;
    pay_rate(backup, size);
    note(session, NULL);
    session->reply = (struct wire_reply){.kind = WIRE_REPLY_DATA};
    return JET_errSuccess;
}

/* Works after a stop. */
static jet_err answer_close(struct session *session)
{
    struct session_backup *backup = &session->backup;
    if (!backup->hosted)
        return JET_errNoBackup;
    if (!backup->is_open)
        return JET_errInvalidBackupSequence;
    backup->is_open = false;
    jet_err err = backup->is_lent ? JetCloseFileInstance(backup->handle, backup->file) : JET_errSuccess;
    /* A damaged file was closed by the read that met it. */
    if (backup->err < JET_errSuccess)
        err = backup->err;
    if (err >= JET_errSuccess && backup->sent != backup->size)
        err = backup->is_lent ? JET_errFileIOBeyondEOF : JET_errBackupAbortByServer;
    if (err >= JET_errSuccess)
        backup->seen.files_done++;
    note(session, NULL);
    return err;
}

static jet_err answer_truncate(struct session *session)
{
    struct session_backup *backup = &session->backup;
    struct file_list list = {NULL, 0, false};
    jet_err err = may_call(session);
    if (err >= JET_errSuccess && backup->logs.is_known)
        err = file_list_superfluous(backup->handle, &list);
    if (err >= JET_errSuccess)
        err = JetTruncateLogInstance(backup->handle);
    if (err >= JET_errSuccess) {
        session->reply = (struct wire_reply){.kind = WIRE_REPLY_COUNT, .count = (uint32_t)list.count};
        note(session, "truncated");
    }
    file_list_free(&list);
    return err;
}

/* The engine's backup ends, whatever it was, and the instance is free. `err`: what the service tells of it. */
static jet_err end_backup(struct session *session, uint32_t grbit, jet_err told)
{
    struct session_backup *backup = &session->backup;
    const char *cause = atomic_load(&session->cause);
    jet_err err = JET_errSuccess;
    if (backup->is_open)
        jet_err_ignore(answer_close(session)); /* the end says what counts */
    if (backup->is_lent)
        err = JetEndExternalBackupInstance2(backup->handle, grbit);
    let_go(session);
    hosted_backup_get(backup->hosted, &backup->seen);
    if (backup->seen.is_stopped || cause)
        told = JET_errBackupAbortByServer;
    else if (told >= JET_errSuccess)
        told = err;
    struct hosted *hosted = backup->hosted;
    hosted_backup_end(hosted, told, backup->seen.is_stopped ? backup->seen.reason : cause ? cause : "");
    forget_backup(session);
    host_instance_refresh(hosted_instance(hosted));
    return err == JET_errNoBackup ? JET_errSuccess : err;
}

static jet_err answer_end(struct session *session, uint32_t flags)
{
    const bool is_good = (flags & WIRE_GOOD) != 0;
    const uint32_t not_recorded = (flags & WIRE_COPY) != 0 ? JET_bitBackupNoDbHeaderUpdate : 0;
    if (!session->backup.hosted)
        return JET_errNoBackup;
    return end_backup(session, is_good ? JET_bitBackupEndNormal | not_recorded : JET_bitBackupEndAbort,
                      is_good ? JET_errSuccess : JET_errTaskDropped);
}

/* ---- a request ---- */

static jet_err answer_of_backup(struct session *session, const struct wire_request *request)
{
    switch (request->kind) {
    case WIRE_DATABASES: return answer_databases(session);
    case WIRE_LOGS: return answer_logs(session);
    case WIRE_OPEN: return answer_open(session, request->text);
    case WIRE_READ: return answer_read(session, request->size);
    case WIRE_CLOSE: return answer_close(session);
    case WIRE_TRUNCATE: return answer_truncate(session);
    case WIRE_END: return answer_end(session, request->flags);
    default: return JET_errInvalidParameter;
    }
}

const struct wire_reply *session_answer(struct session *session, const struct wire_request *request)
{
    jet_err err = JET_errSuccess;
    reply_clear(session);
    switch (request->kind) {
    case WIRE_STATUS: answer_status(session, request); break;
    case WIRE_STOP: answer_stop(session, request); break;
    case WIRE_FREEZE: answer_freeze(session, request); break;
    case WIRE_KEEP: hosting_keep(session->hosting, session); break;
    case WIRE_THAW: answer_thaw(session); break;
    case WIRE_BEGIN: answer_begin(session, request); break;
    default: err = answer_of_backup(session, request); break;
    }
    if (err < JET_errSuccess)
        reply_backup_error(session, err);
    return &session->reply;
}

const struct wire_reply *session_refuse(struct session *session, const char *text)
{
    reply_named(session, JET_errInvalidParameter, "InvalidArgs", text);
    return &session->reply;
}

const void *session_data(const struct session *session, size_t *ret_size)
{
    *ret_size = session->data_size;
    return session->data;
}

int64_t session_patience_ms(const struct session *session)
{
    return session->backup.hosted ? (int64_t)hosting_config(session->hosting)->idle_timeout_ms : OS_WAIT_FOREVER;
}

/* ---- life ---- */

jet_err session_new(struct hosting *hosting, struct session **ret_session)
{
    struct session *session = calloc(1, sizeof *session);
    if (!session)
        return JET_errOutOfMemory;
    session->hosting = hosting;
    session->streamer = (struct instance_streamer){session, note_cause, note_gone, stop_for_instance};
    session->buffer = os_pages_alloc(WIRE_DATA_MAX);
    jet_err err = session->buffer ? os_event_new(&session->bell) : JET_errOutOfMemory;
    if (err < JET_errSuccess) {
        session_free(session);
        return err;
    }
    *ret_session = session;
    return JET_errSuccess;
}

void session_free(struct session *session)
{
    if (!session)
        return;
    if (session->backup.hosted)
        (void)end_backup(session, JET_bitBackupEndAbort, JET_errTaskDropped);
    hosting_abort_owned(session->hosting, session);
    reply_clear(session);
    os_event_free(session->bell);
    os_pages_free(session->buffer, WIRE_DATA_MAX);
    free(session);
}
