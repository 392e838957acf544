/* SPDX-License-Identifier: MIT */
/* backup.c - see backup.h. The verbs of a backup of ours go to linux/host, those of a registered instance to its writer
 * (backup_writer.c); order, stop and end are theirs to keep, both end in the core's one machine. */
#include "backup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "backup_writer.h"
#include "base/compiler.h"
#include "../bus/bus_get.h"
#include "../bus/bus_error.h"
#include "call.h"
#include "dispatch.h"
#include "instance.h"
#include "introspection.h"
#include "log.h"
#include "peer.h"
#include "service.h"

enum { PROGRESS_MS = 250, NS_PER_MS = 1000000, ENTRY_BYTES = 24 };

struct backup *served_backup_find(const struct service *service, uint32_t number)
{
    struct backup *backup = service->backups;
    while (backup && (backup->number != number || !backup->object.path))
        backup = backup->next;
    return backup;
}

/* What is known now. */
static const struct host_backup_progress *look(struct backup *backup)
{
    if (backup->host)
        host_backup_progress_get(backup->host, &backup->known);
    return &backup->known;
}

static void touch_all(struct backup *backup)
{
    static const char *const properties[] = {"Phase", "StopReason", "LogGenerationFirst", "LogGenerationLast"};
    for (size_t i = 0; i < COUNT_OF(properties); i++)
        object_touch(&backup->object, properties[i]);
}

/* --- progress --- */

static void send_progress(struct backup *backup)
{
    struct bus_put put;
    const struct host_backup_progress *known = look(backup);
    if (!backup->wants_progress || !backup->object.owner || known->bytes_done == backup->told_bytes)
        return;
    backup->told_bytes = known->bytes_done;
    DBusMessage *signal = object_signal(&backup->object, "Progress", &put);
    bus_put_u64(&put, known->bytes_done);
    bus_put_u64(&put, known->bytes_total);
    bus_put_name(&put, known->file);
    object_signal_send(backup->service, signal, &put, backup->object.owner->name);
}

static void progress_is_due(struct bus_timer *timer)
{
    struct service *service = (struct service *)(void *)((char *)timer - offsetof(struct service, progress));
    for (struct backup *backup = service->backups, *next; backup; backup = next) {
        next = backup->next;
        if (!backup->object.path)
            continue;
        send_progress(backup);
        if (!backup->host)
            served_backup_writer_check_idle(backup);
    }
    if (service->backups)
        bus_timer_set(service->loop, timer, bus_loop_now_ns() + (uint64_t)PROGRESS_MS * NS_PER_MS);
}

static void start_progress(struct service *service)
{
    service->progress.fire = progress_is_due;
    if (!service->progress.is_set)
        bus_timer_set(service->loop, &service->progress, bus_loop_now_ns() + (uint64_t)PROGRESS_MS * NS_PER_MS);
}

/* --- going --- */

/* Another one of the instance, which was stopped and still waits for its client's End. */
static struct backup *other_of_instance(const struct backup *backup)
{
    struct backup *other = backup->service->backups;
    while (other && (other == backup || other->instance != backup->instance || other->is_closing))
        other = other->next;
    return other;
}

/* The engine has let go of it: another may begin. */
static void leave_instance(struct backup *backup)
{
    struct instance *instance = backup->instance;
    if (!backup->is_counted)
        return;
    backup->is_counted = false;
    backup->service->count_backups--;
    object_touch(&backup->service->root, "ActiveBackups");
    if (instance->backup != backup)
        return;
    instance->backup = other_of_instance(backup);
    object_touch(&instance->object, "ActiveBackup");
    struct call *parked = instance->parked;
    instance->parked = NULL;
    if (parked)
        dispatch_allowed(parked);
}

static void end_job(struct bus_job *job)
{
    struct backup *backup = (struct backup *)(void *)((char *)job - offsetof(struct backup, end));
    struct service *service = backup->service;
    leave_instance(backup);
    for (struct backup **link = &service->backups; *link; link = &(*link)->next) {
        if (*link != backup)
            continue;
        *link = backup->next;
        break;
    }
    served_instance_release(backup->instance);
    free(backup);
    service_step(service);
}

static void closed(void *context, struct host_answer *answer)
{
    struct backup *backup = context;
    host_answer_free(answer);
    host_backup_free(backup->host);
    backup->host = NULL;
    bus_loop_post(backup->service->loop, &backup->end); /* behind a job `stopped` that may be queued */
}

static void tell_ended(struct backup *backup, jet_err code)
{
    struct bus_put put;
    DBusMessage *signal = object_signal(&backup->object, "Ended", &put);
    bus_put_i32(&put, code);
    object_signal_send(backup->service, signal, &put, NULL);
}

static void end_at_writer(struct backup *backup)
{
    served_backup_writer_close(backup);
    bus_loop_post(backup->service->loop, &backup->end);
}

void served_backup_close(struct backup *backup, jet_err code)
{
    if (backup->is_closing)
        return;
    backup->is_closing = true;
    if (backup->object.path) {
        service_log(code < JET_errSuccess ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO,
                    "backup ended instance=%s backup=%lu bytes=%llu code=%ld", backup->instance->info.label,
                    (unsigned long)backup->number, (unsigned long long)look(backup)->bytes_done, (long)code);
        tell_ended(backup, code);
    }
    if (!backup->host || look(backup)->phase == HOST_BACKUP_ENDED)
        leave_instance(backup);
    object_remove(backup->service, &backup->object);
    peer_drop_object(backup->object.owner);
    backup->object.owner = NULL;
    if (backup->host) {
        host_backup_close(backup->host, &backup->close_call);
        return;
    }
    if (!backup->begin) /* else when the writer has answered it: the answer comes to this backup */
        end_at_writer(backup);
}

/* It could not be put on the bus. */
static void give_up(struct backup *backup, jet_err code)
{
    if (backup->is_closing && !backup->host)
        end_at_writer(backup);
    else
        served_backup_close(backup, code);
}

void served_backup_peer_is_gone(struct service *service, struct peer *peer)
{
    for (struct backup *backup = service->backups, *next; backup; backup = next) {
        next = backup->next;
        if (backup->object.owner != peer || backup->is_closing)
            continue;
        service_log(LOG_LEVEL_NOTICE, "the client of a backup is gone instance=%s backup=%lu client=%s",
                    backup->instance->info.label, (unsigned long)backup->number, peer->name);
        if (backup->begin)
            continue; /* when the begin has answered */
        served_backup_close(backup, JET_errBackupAbortByServer);
    }
}

/* --- the stop --- */

static void tell_stopped(struct backup *backup, const char *reason)
{
    struct bus_put put;
    if (backup->was_stopped || !backup->object.path)
        return;
    backup->was_stopped = true;
    service_log(LOG_LEVEL_NOTICE, "backup stopped instance=%s backup=%lu reason=%s", backup->instance->info.label,
                (unsigned long)backup->number, reason);
    DBusMessage *signal = object_signal(&backup->object, "Stopped", &put);
    bus_put_text(&put, reason);
    bus_put_i32(&put, JET_errBackupAbortByServer);
    object_signal_send(backup->service, signal, &put, NULL);
    touch_all(backup);
}

static void stopped_job(struct bus_job *job)
{
    struct backup *backup = (struct backup *)(void *)((char *)job - offsetof(struct backup, stopped));
    if (!backup->is_closing)
        tell_stopped(backup, look(backup)->reason);
}

static void host_stopped(void *context, struct host_backup *host, const char *reason, jet_err code)
{
    struct backup *backup = context;
    (void)host;
    (void)reason; /* is in the progress, too */
    (void)code;
    bus_loop_post(backup->service->loop, &backup->stopped);
}

void served_backup_writer_stopped(struct backup *backup, const char *reason)
{
    bus_text_clean(reason, backup->known.reason, sizeof backup->known.reason);
    backup->known.phase = HOST_BACKUP_STOPPED;
    tell_stopped(backup, backup->known.reason);
}

void served_backup_writer_progress(struct backup *backup, uint64_t done, uint64_t total, const char *file)
{
    backup->known.bytes_done = done;
    backup->known.bytes_total = total;
    (void)snprintf(backup->known.file, sizeof backup->known.file, "%s", file);
    backup->last_use_ns = bus_loop_now_ns();
}

/* --- coming --- */

static void put_on_bus(struct backup *backup)
{
    char path[sizeof BUS_BACKUP_FOLDER + 16];
    struct call *call = backup->begin;
    struct service *service = backup->service;
    backup->begin = NULL;
    (void)snprintf(path, sizeof path, BUS_BACKUP_FOLDER "%lu", (unsigned long)backup->number);
    if (call->peer->is_gone || backup->is_closing ||
        !object_add(service, &backup->object, path, &backup_interface, backup)) {
        call_fail(call, call->peer->is_gone || backup->is_closing ? JET_errBackupAbortByServer : JET_errOutOfMemory,
                  NULL);
        give_up(backup, JET_errBackupAbortByServer);
        return;
    }
    service_log(LOG_LEVEL_INFO, "backup begun instance=%s backup=%lu grbit=0x%lx label=%s uid=%lu pid=%lu client=%s",
                backup->instance->info.label, (unsigned long)backup->number, (unsigned long)backup->grbit,
                backup->label, (unsigned long)call->peer->uid, (unsigned long)call->peer->pid, call->peer->name);
    object_touch(&backup->instance->object, "ActiveBackup");
    object_touch(&service->root, "ActiveBackups");
    start_progress(service);
    call_reply_path(call, path);
}

static void begun(void *context, struct host_answer *answer)
{
    struct backup *backup = context;
    if (answer->err >= JET_errSuccess) {
        put_on_bus(backup);
    } else {
        call_fail_answer(backup->begin, answer);
        backup->begin = NULL;
        give_up(backup, answer->err);
    }
    host_answer_free(answer);
}

void served_backup_begun_by_writer(struct backup *backup, const struct writer_error *error)
{
    if (!error) {
        put_on_bus(backup);
        return;
    }
    call_fail_named(backup->begin, error->name, error->text);
    backup->begin = NULL;
    if (strcmp(error->name, BUS_ERROR_WRITER_LOST) != 0)
        backup->known.phase = HOST_BACKUP_ENDED; /* there is nothing to end at the writer; else there may be */
    give_up(backup, error->code);
}

struct begin_options {
    bool progress;
    const char *transport;
    const char *label;
    uint64_t max_rate;
    uint32_t idle_timeout_ms;
};

/* False: answered. */
static bool get_begin_options(struct call *call, DBusMessageIter *args, struct begin_options *options)
{
    char text[160];
    const struct bus_option table[] = {
        {"progress",        DBUS_TYPE_BOOLEAN, &options->progress,        0,    0       },
        {"transport",       DBUS_TYPE_STRING,  &options->transport,       0,    0       },
        {"max-rate",        DBUS_TYPE_UINT64,  &options->max_rate,        0,    0       },
        {"label",           DBUS_TYPE_STRING,  &options->label,           0,    0       },
        {"idle-timeout-ms", DBUS_TYPE_UINT32,  &options->idle_timeout_ms, 1000, 86400000},
    };
    *options = (struct begin_options){
        .transport = "pipe", .label = "", .idle_timeout_ms = call->service->config->idle_timeout_ms};
    if (!bus_get_options(args, table, COUNT_OF(table), text, sizeof text)) {
        call_fail_invalid(call, text);
        return false;
    }
    if (strcmp(options->transport, "pipe") != 0 && strcmp(options->transport, "socket") != 0) {
        call_fail_invalid(call, "option 'transport' must be 'pipe' or 'socket'");
        return false;
    }
    if (strlen(options->label) > BUS_LABEL_MAX) {
        call_fail_invalid(call, "option 'label' must have at most 64 bytes");
        return false;
    }
    return true;
}

/* False: answered, or put off. */
static bool may_begin(struct call *call, struct instance *instance)
{
    const struct service *service = call->service;
    if (!dbus_connection_can_send_type(service->connection, DBUS_TYPE_UNIX_FD))
        call_fail_named(call, DBUS_ERROR_NOT_SUPPORTED, "this bus passes no descriptors");
    else if (instance->backup && instance->backup->is_closing && !instance->parked)
        instance->parked = call; /* goes on in leave_instance() */
    else if (instance->backup && !instance->backup->is_closing && !instance->backup->was_stopped)
        call_fail(call, JET_errBackupInProgress, NULL); /* behind a stop, the engine knows whether it was released */
    else if (instance->backup && instance->backup->is_closing)
        call_fail(call, JET_errBackupInProgress, NULL); /* somebody waits for that already */
    else if (service->count_backups >= service->config->max_backups)
        call_fail_limit(call, "too many backups are running");
    else if (!peer_take_object(call->peer))
        call_fail_limit(call, "the client has too many objects");
    else
        return true;
    return false;
}

static struct backup *new_backup(struct call *call, struct instance *instance, uint32_t grbit,
                                 const struct begin_options *options)
{
    struct service *service = call->service;
    struct backup *backup = calloc(1, sizeof *backup);
    if (!backup)
        return NULL;
    if (instance->host && !answer_expect(service, closed, backup, &backup->close_call)) {
        free(backup);
        return NULL;
    }
    backup->service = service;
    backup->instance = instance;
    backup->begin = call;
    backup->object.owner = call->peer;
    backup->number = ++service->last_backup;
    backup->grbit = grbit;
    backup->wants_progress = options->progress;
    backup->max_rate = options->max_rate;
    backup->transport = strcmp(options->transport, "socket") == 0 ? "socket" : "pipe";
    backup->idle_timeout_ms = options->idle_timeout_ms;
    bus_text_clean(options->label, backup->label, sizeof backup->label);
    backup->last_use_ns = bus_loop_now_ns();
    backup->known.started_us = backup->last_use_ns / 1000;
    backup->known.grbit = grbit;
    backup->stopped.run = stopped_job;
    backup->end.run = end_job;
    return backup;
}

static jet_err begin_in_host(struct backup *backup)
{
    const struct host_backup_options options = {
        .grbit = backup->grbit,
        .transport = strcmp(backup->transport, "socket") == 0 ? HOST_TRANSPORT_SOCKET : HOST_TRANSPORT_PIPE,
        .max_rate = backup->max_rate,
        .idle_timeout_ms = backup->idle_timeout_ms,
    };
    const struct host_backup_listener listener = {backup, host_stopped};
    struct host_call call;
    if (!answer_expect(backup->service, begun, backup, &call))
        return JET_errOutOfMemory;
    const jet_err err = host_backup_begin(backup->instance->host, &options, &listener, &call, &backup->host);
    if (err < JET_errSuccess)
        answer_forget(&call);
    return err;
}

/* It was counted and is not there: nothing of it has been seen. */
static void undo(struct backup *backup, jet_err err)
{
    struct call *call = backup->begin;
    if (backup->instance->host)
        answer_forget(&backup->close_call);
    free(backup);
    peer_drop_object(call->peer);
    call_fail(call, err, NULL);
}

void served_backup_begin(struct call *call, struct instance *instance, DBusMessageIter *args)
{
    struct begin_options options;
    const uint32_t grbit = bus_get_u32(args);
    if (!get_begin_options(call, args, &options) || !may_begin(call, instance))
        return;
    struct service *service = call->service;
    struct backup *backup = new_backup(call, instance, grbit, &options);
    if (!backup) {
        peer_drop_object(call->peer);
        call_fail(call, JET_errOutOfMemory, NULL);
        return;
    }
    const jet_err err = instance->host ? begin_in_host(backup) : served_backup_writer_begin(backup);
    if (err < JET_errSuccess) {
        undo(backup, err);
        return;
    }
    backup->next = service->backups;
    service->backups = backup;
    service->count_backups++;
    backup->is_counted = true;
    instance->backup = backup;
    served_instance_hold(instance);
}

/* --- verbs --- */

/* The answer of the host to `call`, whose backup may be gone by now. */
static struct backup *backup_of(const struct call *call)
{
    const struct object *object = object_find(call->service, dbus_message_get_path(call->message));
    return object && object->interface == &backup_interface ? object->self : NULL;
}

static bool is_refusal(struct call *call, struct host_answer *answer)
{
    struct backup *backup = backup_of(call);
    if (backup)
        touch_all(backup);
    if (answer->err >= JET_errSuccess)
        return false;
    call_fail_answer(call, answer);
    host_answer_free(answer);
    return true;
}

void served_backup_put_files(struct bus_put *put, const struct host_file *files, size_t count)
{
    bus_put_open(put, DBUS_TYPE_ARRAY, "(ayt)");
    size_t bytes = 0;
    for (size_t i = 0; i < count && bytes < BUS_LIST_BYTES_MAX; i++) {
        bytes += strlen(files[i].path) + ENTRY_BYTES;
        bus_put_file(put, files[i].path, files[i].size_bytes);
    }
    bus_put_close(put);
}

static void reply_files(struct call *call, struct host_answer *answer, bool with_generations)
{
    struct bus_put put;
    DBusMessage *reply = call_reply_begin(call, &put);
    served_backup_put_files(&put, answer->files, answer->file_count);
    bus_put_u32(&put, answer->total);
    if (with_generations) {
        bus_put_u32(&put, answer->first_generation);
        bus_put_u32(&put, answer->last_generation);
    }
    call_reply_end(call, reply, &put);
    host_answer_free(answer);
}

static void files_arrived(void *call, struct host_answer *answer)
{
    if (!is_refusal(call, answer))
        reply_files(call, answer, false);
}

static void logs_arrived(void *call, struct host_answer *answer)
{
    if (!is_refusal(call, answer))
        reply_files(call, answer, true);
}

static void file_opened(void *context, struct host_answer *answer)
{
    struct call *call = context;
    struct bus_put put;
    if (is_refusal(call, answer))
        return;
    DBusMessage *reply = call_reply_begin(call, &put);
    bus_put_u32(&put, answer->file);
    bus_put_fd(&put, answer->fd);
    bus_put_u64(&put, answer->bytes);
    call_reply_end(call, reply, &put);
    host_answer_free(answer); /* closes our descriptor: the message has its own */
}

static void file_closed(void *context, struct host_answer *answer)
{
    struct call *call = context;
    struct bus_put put;
    if (is_refusal(call, answer))
        return;
    DBusMessage *reply = call_reply_begin(call, &put);
    bus_put_u64(&put, answer->bytes);
    bus_put_u32(&put, answer->crc32c);
    bus_put_i32(&put, answer->status);
    call_reply_end(call, reply, &put);
    host_answer_free(answer);
}

static void count_arrived(void *context, struct host_answer *answer)
{
    struct call *call = context;
    if (is_refusal(call, answer))
        return;
    call_reply_u32(call, answer->count);
    host_answer_free(answer);
}

static void stop_done(void *context, struct host_answer *answer)
{
    struct call *call = context;
    if (is_refusal(call, answer))
        return;
    call_reply_empty(call);
    host_answer_free(answer);
}

static void ended(void *context, struct host_answer *answer)
{
    struct call *call = context;
    struct backup *backup = backup_of(call);
    const jet_err err = answer->err;
    const bool is_over = backup && (look(backup)->phase == HOST_BACKUP_ENDED || err == JET_errNoBackup);
    if (!is_refusal(call, answer)) {
        call_reply_empty(call);
        host_answer_free(answer);
    }
    if (is_over)
        served_backup_close(backup, err);
}

/* The call to the host: false, and answered, if there is no memory. */
static bool expect(struct call *call, void (*then)(void *context, struct host_answer *answer),
                   struct host_call *ret_call)
{
    if (answer_expect(call->service, then, call, ret_call))
        return true;
    call_fail(call, JET_errOutOfMemory, NULL);
    return false;
}

static void get_attach_info(struct call *call, void *self, DBusMessageIter *args)
{
    struct backup *backup = self;
    struct host_call host_call;
    if (!backup->host)
        served_backup_writer_forward(backup, call);
    else if (expect(call, files_arrived, &host_call))
        host_backup_get_attach_info(backup->host, bus_get_u32(args), BUS_LIST_ENTRIES_MAX, &host_call);
}

static void get_log_info(struct call *call, void *self, DBusMessageIter *args)
{
    struct backup *backup = self;
    struct host_call host_call;
    if (!backup->host)
        served_backup_writer_forward(backup, call);
    else if (expect(call, logs_arrived, &host_call))
        host_backup_get_log_info(backup->host, bus_get_u32(args), BUS_LIST_ENTRIES_MAX, &host_call);
}

static void get_truncate_info(struct call *call, void *self, DBusMessageIter *args)
{
    struct backup *backup = self;
    struct host_call host_call;
    if (!backup->host)
        served_backup_writer_forward(backup, call);
    else if (expect(call, files_arrived, &host_call))
        host_backup_get_truncate_info(backup->host, bus_get_u32(args), BUS_LIST_ENTRIES_MAX, &host_call);
}

static void open_file(struct call *call, void *self, DBusMessageIter *args)
{
    struct backup *backup = self;
    struct host_call host_call;
    struct open_options options;
    char text[160];
    char *path = bus_bytes_to_name(bus_get_bytes(args));
    if (!path)
        call_fail_invalid(call, "the name of a file is 1 to 4095 bytes without a zero");
    else if (!served_backup_get_open_options(args, &options, text, sizeof text))
        call_fail_invalid(call, text);
    else if (!backup->host)
        served_backup_writer_open_file(backup, call, path, &options);
    else if (expect(call, file_opened, &host_call))
        host_backup_open_file(backup->host, path, options.offset, options.length, &host_call);
    free(path);
}

bool served_backup_get_open_options(DBusMessageIter *args, struct open_options *options, char *text, size_t size)
{
    const struct bus_option table[] = {
        {"offset", DBUS_TYPE_UINT64, &options->offset, 0, 0},
        {"length", DBUS_TYPE_UINT64, &options->length, 0, 0},
    };
    *options = (struct open_options){0, 0};
    return bus_get_options(args, table, COUNT_OF(table), text, size);
}

static void close_file(struct call *call, void *self, DBusMessageIter *args)
{
    struct backup *backup = self;
    struct host_call host_call;
    if (!backup->host)
        served_backup_writer_forward(backup, call);
    else if (expect(call, file_closed, &host_call))
        host_backup_close_file(backup->host, bus_get_u32(args), &host_call);
}

static void truncate_log(struct call *call, void *self, DBusMessageIter *args)
{
    struct backup *backup = self;
    struct host_call host_call;
    (void)args;
    if (!backup->host)
        served_backup_writer_forward(backup, call);
    else if (expect(call, count_arrived, &host_call))
        host_backup_truncate_log(backup->host, &host_call);
}

static void end(struct call *call, void *self, DBusMessageIter *args)
{
    struct backup *backup = self;
    struct host_call host_call;
    if (!backup->host)
        served_backup_writer_forward(backup, call);
    else if (expect(call, ended, &host_call))
        host_backup_end(backup->host, bus_get_u32(args), &host_call);
}

static void stop(struct call *call, void *self, DBusMessageIter *args)
{
    struct backup *backup = self;
    struct host_call host_call;
    const char *reason = bus_get_text(args);
    if (!backup->host)
        served_backup_writer_stop(backup, call, reason);
    else if (expect(call, stop_done, &host_call))
        host_backup_stop(backup->host, reason, &host_call);
}

/* clang-format off */
static const struct method methods[] = {
    {"GetAttachInfo",      "u",       "a(ayt)u",   ACCESS_OWNER,    0,                    get_attach_info},
    {"OpenFile",           "aya{sv}", "uht",       ACCESS_OWNER,    0,                    open_file},
    {"CloseFile",          "u",       "tui",       ACCESS_OWNER,    METHOD_WHEN_STOPPING, close_file},
    {"GetLogInfo",         "u",       "a(ayt)uuu", ACCESS_OWNER,    0,                    get_log_info},
    {"GetTruncateLogInfo", "u",       "a(ayt)u",   ACCESS_OWNER,    0,                    get_truncate_info},
    {"TruncateLog",        "",        "u",         ACCESS_TRUNCATE, METHOD_OWNED,         truncate_log},
    {"End",                "u",       "",          ACCESS_OWNER,    METHOD_WHEN_STOPPING, end},
    {"Stop",               "s",       "",          ACCESS_STOP,     METHOD_WHEN_STOPPING, stop},
};
/* clang-format on */

/* --- properties --- */

static const char *const phase_names[] = {
    [HOST_BACKUP_BEGUN] = "begun",         [HOST_BACKUP_DATABASES] = "databases", [HOST_BACKUP_LOGS] = "logs",
    [HOST_BACKUP_TRUNCATED] = "truncated", [HOST_BACKUP_STOPPED] = "stopped",     [HOST_BACKUP_ENDED] = "ended",
};

static void get_instance(void *self, struct bus_put *put)
{
    const struct instance *instance = ((struct backup *)self)->instance;
    bus_put_path(put, instance->object.path ? instance->object.path : "/");
}

static void get_owner(void *self, struct bus_put *put)
{
    bus_put_text(put, ((struct backup *)self)->object.owner->name);
}

static void get_owner_uid(void *self, struct bus_put *put)
{
    bus_put_u32(put, ((struct backup *)self)->object.owner->uid);
}

static void get_phase(void *self, struct bus_put *put)
{
    bus_put_text(put, phase_names[look(self)->phase]);
}

static void get_grbit(void *self, struct bus_put *put)
{
    bus_put_u32(put, ((struct backup *)self)->grbit);
}

static void get_started(void *self, struct bus_put *put)
{
    bus_put_u64(put, look(self)->started_us);
}

static void get_bytes_done(void *self, struct bus_put *put)
{
    bus_put_u64(put, look(self)->bytes_done);
}

static void get_bytes_total(void *self, struct bus_put *put)
{
    bus_put_u64(put, look(self)->bytes_total);
}

static void get_files_done(void *self, struct bus_put *put)
{
    bus_put_u32(put, look(self)->files_done);
}

static void get_stop_reason(void *self, struct bus_put *put)
{
    bus_put_text(put, look(self)->reason);
}

static void get_first(void *self, struct bus_put *put)
{
    bus_put_u32(put, look(self)->first_generation);
}

static void get_last(void *self, struct bus_put *put)
{
    bus_put_u32(put, look(self)->last_generation);
}

static const struct property properties[] = {
    {"Instance",           "o", EMITS_CONST, get_instance   },
    {"Owner",              "s", EMITS_CONST, get_owner      },
    {"OwnerUid",           "u", EMITS_CONST, get_owner_uid  },
    {"Phase",              "s", EMITS_TRUE,  get_phase      },
    {"Grbit",              "u", EMITS_CONST, get_grbit      },
    {"Started",            "t", EMITS_CONST, get_started    },
    {"BytesDone",          "t", EMITS_FALSE, get_bytes_done },
    {"BytesTotal",         "t", EMITS_FALSE, get_bytes_total},
    {"FilesDone",          "u", EMITS_FALSE, get_files_done },
    {"StopReason",         "s", EMITS_TRUE,  get_stop_reason},
    {"LogGenerationFirst", "u", EMITS_TRUE,  get_first      },
    {"LogGenerationLast",  "u", EMITS_TRUE,  get_last       },
};

const struct interface backup_interface = {
    BUS_BACKUP_INTERFACE, introspection_backup, methods, COUNT_OF(methods), properties, COUNT_OF(properties),
};
