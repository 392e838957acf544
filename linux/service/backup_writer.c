/* SPDX-License-Identifier: MIT */
#include "backup_writer.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/compiler.h"
#include "../bus/bus_error.h"
#include "../bus/bus_get.h"
#include "call.h"
#include "instance.h"
#include "service.h"

/* Behind a list's last entry and in front of its first. */
enum { LIST_REST_BYTES = 8192 };

enum { LIMIT_MS = 25000, LIMIT_LONG_MS = 120000, BIT_END_ABORT = 0x2, NS_PER_MS = 1000000 };

/* --- begin --- */

static void begun(void *context, DBusMessage *reply, const struct writer_error *error)
{
    (void)reply;
    served_backup_begun_by_writer(context, error);
}

jet_err served_backup_writer_begin(struct backup *backup)
{
    struct bus_put put;
    DBusMessage *question = writer_question(backup->instance->writer, "BeginBackup", backup->number, &put);
    bus_put_u32(&put, backup->grbit);
    return writer_send(backup->instance->writer, question, &put, "", LIMIT_LONG_MS, begun, backup);
}

/* --- verbs that are handed on --- */

struct forwarded {
    struct call *call;
    uint32_t number; /* of the backup, which may be gone when the answer comes */
};

static void learn_lists(struct backup *backup, DBusMessageIter *iter, bool with_generations)
{
    backup->known.phase = with_generations ? HOST_BACKUP_LOGS : HOST_BACKUP_DATABASES;
    if (!with_generations)
        return;
    (void)dbus_message_iter_next(iter); /* the list */
    (void)bus_get_u32(iter);            /* the total */
    backup->known.first_generation = bus_get_u32(iter);
    backup->known.last_generation = bus_get_u32(iter);
}

/* What an answer tells of the backup. */
static void learn(struct backup *backup, const char *verb, DBusMessage *reply)
{
    DBusMessageIter iter;
    (void)dbus_message_iter_init(reply, &iter);
    if (strcmp(verb, "GetAttachInfo") == 0) {
        learn_lists(backup, &iter, false);
    } else if (strcmp(verb, "GetLogInfo") == 0) {
        learn_lists(backup, &iter, true);
    } else if (strcmp(verb, "TruncateLog") == 0) {
        backup->known.phase = HOST_BACKUP_TRUNCATED;
    } else if (strcmp(verb, "CloseFile") == 0) {
        (void)bus_get_u64(&iter);
        (void)bus_get_u32(&iter);
        if (bus_get_i32(&iter) == JET_errSuccess)
            backup->known.files_done++;
    } else if (strcmp(verb, "End") == 0) {
        backup->known.phase = HOST_BACKUP_ENDED;
    }
    object_touch(&backup->object, "Phase");
    object_touch(&backup->object, "LogGenerationFirst");
    object_touch(&backup->object, "LogGenerationLast");
}

/* A descriptor from an application may be anything; a client gets a stream or nothing. */
static bool has_stream(DBusMessage *reply)
{
    DBusMessageIter iter;
    struct stat status;
    (void)dbus_message_iter_init(reply, &iter);
    (void)bus_get_u32(&iter);
    const int fd = bus_get_fd(&iter);
    if (fd < 0)
        return false;
    const bool is_stream = fstat(fd, &status) == 0 && (S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode));
    (void)close(fd);
    return is_stream;
}

static void reply_copy(struct call *call, DBusMessage *from)
{
    struct bus_put put;
    DBusMessageIter iter;
    DBusMessage *reply = call_reply_begin(call, &put);
    if (dbus_message_iter_init(from, &iter))
        bus_put_copy(&put, &iter);
    call_reply_end(call, reply, &put);
}

/* The answer that may be handed on, or why it may not. */
static const struct writer_error *refusal(const char *verb, DBusMessage *reply)
{
    static const struct writer_error too_long = {BUS_ERROR_WRITER_LOST, "the application's answer is too long",
                                                 JET_errInvalidParameter};
    static const struct writer_error no_stream = {BUS_ERROR_WRITER_LOST, "the application gave no stream",
                                                  JET_errInvalidParameter};
    if (bus_size(reply) > BUS_LIST_BYTES_MAX + LIST_REST_BYTES)
        return &too_long;
    return strcmp(verb, "OpenFile") == 0 && !has_stream(reply) ? &no_stream : NULL;
}

static void answered(void *context, DBusMessage *reply, const struct writer_error *error)
{
    struct forwarded *forwarded = context;
    struct call *call = forwarded->call;
    struct backup *backup = served_backup_find(call->service, forwarded->number);
    const char *verb = call->method->name;
    free(forwarded);
    if (reply)
        error = refusal(verb, reply);
    if (backup && !error)
        learn(backup, verb, reply);
    if (backup)
        backup->last_use_ns = bus_loop_now_ns();
    if (error)
        call_fail_named(call, error->name, error->text);
    else
        reply_copy(call, reply);
    if (backup && !error && strcmp(verb, "End") == 0)
        served_backup_close(backup, JET_errSuccess);
}

static void hand_on(struct backup *backup, struct call *call, DBusMessage *question, const struct bus_put *put,
                    int limit_ms)
{
    struct forwarded *forwarded = malloc(sizeof *forwarded);
    backup->last_use_ns = bus_loop_now_ns();
    if (!forwarded) {
        if (question)
            dbus_message_unref(question);
        call_fail(call, JET_errOutOfMemory, NULL);
        return;
    }
    *forwarded = (struct forwarded){call, backup->number};
    if (writer_send(backup->instance->writer, question, put, call->method->out, limit_ms, answered, forwarded) <
        JET_errSuccess) {
        free(forwarded);
        call_fail(call, JET_errOutOfMemory, NULL);
    }
}

void served_backup_writer_forward(struct backup *backup, struct call *call)
{
    struct bus_put put;
    DBusMessageIter args;
    DBusMessage *question = writer_question(backup->instance->writer, call->method->name, backup->number, &put);
    if (question && dbus_message_iter_init(call->message, &args))
        bus_put_copy(&put, &args);
    const bool is_long = strcmp(call->method->name, "TruncateLog") == 0 || strcmp(call->method->name, "End") == 0;
    hand_on(backup, call, question, &put, is_long ? LIMIT_LONG_MS : LIMIT_MS);
}

static void put_u64_entry(struct bus_put *put, const char *key, uint64_t value)
{
    if (value == 0)
        return;
    bus_put_open_entry(put, key, "t");
    bus_put_u64(put, value);
    bus_put_close_entry(put);
}

void served_backup_writer_open_file(struct backup *backup, struct call *call, const char *path,
                                    const struct open_options *options)
{
    struct bus_put put;
    DBusMessage *question = writer_question(backup->instance->writer, "OpenFile", backup->number, &put);
    bus_put_name(&put, path);
    bus_put_open(&put, DBUS_TYPE_ARRAY, "{sv}");
    put_u64_entry(&put, "offset", options->offset);
    put_u64_entry(&put, "length", options->length);
    put_u64_entry(&put, "max-rate", backup->max_rate);
    bus_put_open_entry(&put, "transport", "s");
    bus_put_text(&put, backup->transport);
    bus_put_close_entry(&put);
    bus_put_close(&put);
    hand_on(backup, call, question, &put, LIMIT_MS);
}

/* --- the stop and the end ---
 *
 * Writer.Stop names no backup: behind a stop another one may have begun, and it would end that one. So a backup is stopped once. */

struct stopping {
    struct call *call;
    uint32_t number;
    char reason[128];
};

static void stopped(void *context, DBusMessage *reply, const struct writer_error *error)
{
    struct stopping *stopping = context;
    struct call *call = stopping->call;
    struct backup *backup = served_backup_find(call->service, stopping->number);
    (void)reply;
    if (error)
        call_fail_named(call, error->name, error->text);
    else
        call_reply_empty(call);
    if (!error && backup)
        served_backup_writer_stopped(backup, stopping->reason);
    free(stopping);
}

void served_backup_writer_stop(struct backup *backup, struct call *call, const char *reason)
{
    if (backup->was_stopped) {
        call_reply_empty(call);
        return;
    }
    struct bus_put put;
    struct stopping *stopping = calloc(1, sizeof *stopping);
    DBusMessage *question = writer_question_stop(backup->instance->writer, reason, &put);
    if (!stopping) {
        if (question)
            dbus_message_unref(question);
        call_fail(call, JET_errOutOfMemory, NULL);
        return;
    }
    stopping->call = call;
    stopping->number = backup->number;
    bus_text_clean(reason, stopping->reason, sizeof stopping->reason);
    if (writer_send(backup->instance->writer, question, &put, NULL, LIMIT_MS, stopped, stopping) < JET_errSuccess) {
        free(stopping);
        call_fail(call, JET_errOutOfMemory, NULL);
    }
}

void served_backup_writer_close(struct backup *backup)
{
    struct bus_put put;
    struct writer *writer = backup->instance->writer;
    if (!writer || backup->known.phase == HOST_BACKUP_ENDED)
        return;
    if (!backup->was_stopped)
        writer_stop_quietly(writer, "the backup's client is gone");
    DBusMessage *question = writer_question(writer, "End", backup->number, &put);
    bus_put_u32(&put, BIT_END_ABORT);
    jet_err_ignore(writer_tell(writer, question, &put)); /* then the writer's idle time-out ends it */
}

void served_backup_writer_check_idle(struct backup *backup)
{
    const uint64_t limit_ns = (uint64_t)backup->idle_timeout_ms * NS_PER_MS;
    if (!backup->instance->writer || backup->was_stopped || bus_loop_now_ns() - backup->last_use_ns < limit_ns)
        return;
    writer_stop_quietly(backup->instance->writer, "no call and no byte for too long");
    served_backup_writer_stopped(backup, "no call and no byte for too long");
}
