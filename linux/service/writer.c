/* SPDX-License-Identifier: MIT */
#include "writer.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backup.h"
#include "base/compiler.h"
#include "../bus/bus_error.h"
#include "../bus/bus_get.h"
#include "../bus/bus_loop.h"
#include "../bus/bus_path.h"
#include "call.h"
#include "config.h"
#include "instance.h"
#include "log.h"
#include "peer.h"
#include "service.h"
#include "snapshot.h"

enum { STOP_MS = 5000, DATABASES_MAX = 100, REASON_SIZE = 128, PATH_MAX_BYTES = 64, BASE_NAME_MAX_BYTES = 16 };

/* --- questions ---
 *
 * The bus keeps a place for every answer it waits for, and dbus-daemon's system bus has 128 of them for the whole service. A question
 * that only we have given up keeps its place. So a writer is asked little at a time, and one that does not answer is let go. */

enum { UNANSWERED_MAX = 8, UNANSWERED_LOST_MAX = 4 };

struct question {
    struct question *next; /* of the writer's */
    struct service *service;
    struct writer *writer; /* NULL: closed meanwhile */
    char *signature;       /* NULL: any */
    writer_done *done;
    void *context;
    bool is_done;        /* `done` has run */
    struct bus_job lost; /* runs `done` where libdbus will not */
};

DBusMessage *writer_question_bare(struct writer *writer, const char *verb, struct bus_put *put)
{
    DBusMessage *question = dbus_message_new_method_call(writer->peer->name, writer->path, BUS_WRITER_INTERFACE, verb);
    if (question)
        dbus_message_set_auto_start(question, FALSE);
    bus_put_init(put, question);
    return question;
}

DBusMessage *writer_question(struct writer *writer, const char *verb, uint32_t number, struct bus_put *put)
{
    DBusMessage *question = writer_question_bare(writer, verb, put);
    bus_put_u32(put, number);
    return question;
}

DBusMessage *writer_question_stop(struct writer *writer, const char *reason, struct bus_put *put)
{
    char clean[REASON_SIZE];
    DBusMessage *question = writer_question_bare(writer, "Stop", put);
    bus_text_clean(reason, clean, sizeof clean);
    bus_put_text(put, clean);
    return question;
}

/* One that everybody who keeps error names has room for: a cut name may be no name, and libdbus aborts the process over
 * one. */
static bool is_our_error(const char *name)
{
    return strncmp(name, BUS_ERROR_PREFIX, strlen(BUS_ERROR_PREFIX)) == 0 && strlen(name) < BUS_ERROR_NAME_SIZE;
}

static const struct writer_error gone = {BUS_ERROR_WRITER_LOST, "the application has gone or does not answer",
                                         JET_errInstanceUnavailable};

/* Errors of ours are handed on as they are; the rest of the world's mean that the application cannot be reached, or is
 * no writer. */
static void tell_error(const struct question *question, DBusMessage *reply)
{
    const char *name = dbus_message_get_error_name(reply);
    const char *text = NULL;
    struct writer_error error = gone;
    char clean[BUS_ERROR_TEXT_SIZE] = "";
    if (dbus_message_get_args(reply, NULL, DBUS_TYPE_STRING, &text, DBUS_TYPE_INVALID))
        bus_text_clean(text, clean, sizeof clean);
    if (name && is_our_error(name)) {
        error.name = name;
        error.text = clean;
        if (!bus_error_code(name, &error.code))
            error.code = JET_errInvalidParameter;
    } else if (name && strcmp(name, DBUS_ERROR_INVALID_ARGS) == 0) {
        error = (struct writer_error){DBUS_ERROR_INVALID_ARGS, clean, JET_errInvalidParameter};
    }
    question->done(question->context, NULL, &error);
}

static void close_writer(struct writer *writer);

/* An answer of the writer, or of the bus for it, has a sender; a time-out of ours has none. */
static void count_answer(struct question *question, DBusMessage *reply)
{
    struct writer *writer = question->writer;
    if (!writer)
        return;
    if (dbus_message_get_sender(reply)) {
        writer->count_unanswered--;
        return;
    }
    if (++writer->count_lost < UNANSWERED_LOST_MAX)
        return;
    service_log(LOG_LEVEL_WARNING, "a writer does not answer and is let go instance=%s client=%s",
                writer->instance->info.label, writer->peer->name);
    close_writer(writer);
}

static void question_answered(DBusPendingCall *pending, void *context)
{
    struct question *question = context;
    DBusMessage *reply = dbus_pending_call_steal_reply(pending);
    if (!reply)
        return;
    question->is_done = true;
    if (dbus_message_get_type(reply) != DBUS_MESSAGE_TYPE_METHOD_RETURN) {
        tell_error(question, reply);
    } else if (question->signature && !dbus_message_has_signature(reply, question->signature)) {
        const struct writer_error error = {BUS_ERROR_WRITER_LOST, "the application's answer has other types",
                                           JET_errInvalidParameter};
        question->done(question->context, NULL, &error);
    } else {
        question->done(question->context, reply, NULL);
    }
    count_answer(question, reply);
    dbus_message_unref(reply);
}

static void free_question(struct question *question)
{
    for (struct question **link = question->writer ? &question->writer->questions : NULL; link && *link;
         link = &(*link)->next) {
        if (*link != question)
            continue;
        *link = question->next;
        break;
    }
    free(question->signature);
    free(question);
}

static void question_lost(struct bus_job *job)
{
    struct question *question = (struct question *)(void *)((char *)job - offsetof(struct question, lost));
    question->done(question->context, NULL, &gone);
    free_question(question);
}

/* The pending call is gone. When the bus is lost, libdbus drops all of them without a notification: whoever waits is
 * told all the same, or the service would not end. Not from here: libdbus is in the middle of something. */
static void question_dropped(void *context)
{
    struct question *question = context;
    if (question->is_done || !question->service->connection)
        free_question(question);
    else
        bus_loop_post(question->service->loop, &question->lost);
}

static struct question *new_question(struct writer *writer, const char *signature, writer_done *done, void *context)
{
    struct question *question = calloc(1, sizeof *question);
    if (!question)
        return NULL;
    question->service = writer->service;
    question->done = done;
    question->context = context;
    question->lost.run = question_lost;
    question->signature = signature ? strdup(signature) : NULL;
    if (!signature || question->signature)
        return question;
    free(question);
    return NULL;
}

/* It is the pending call's from now on. */
static void count_question(struct question *question, struct writer *writer)
{
    question->writer = writer;
    question->next = writer->questions;
    writer->questions = question;
    writer->count_unanswered++;
}

/* Takes `asked`, unless an error is returned. */
static jet_err ask(struct writer *writer, DBusMessage *message, struct question *asked, int limit_ms)
{
    jet_err err = JET_errOutOfMemory;
    DBusPendingCall *pending = NULL;
    if (writer->count_unanswered >= UNANSWERED_MAX) {
        bus_loop_post(writer->service->loop, &asked->lost);
        return JET_errSuccess;
    }
    if (dbus_connection_send_with_reply(writer->service->connection, message, &pending, limit_ms) && pending &&
        dbus_pending_call_set_notify(pending, question_answered, asked, question_dropped)) {
        count_question(asked, writer);
        err = JET_errSuccess;
    }
    if (pending && err < JET_errSuccess)
        dbus_pending_call_cancel(pending);
    if (pending)
        dbus_pending_call_unref(pending); /* libdbus keeps it until the answer */
    return err;
}

jet_err writer_send(struct writer *writer, DBusMessage *question, const struct bus_put *put, const char *signature,
                    int limit_ms, writer_done *done, void *context)
{
    jet_err err = JET_errOutOfMemory;
    struct question *asked = bus_put_done(put) ? new_question(writer, signature, done, context) : NULL;
    if (asked)
        err = ask(writer, question, asked, limit_ms);
    if (asked && err < JET_errSuccess)
        free_question(asked);
    if (question)
        dbus_message_unref(question);
    return err;
}

jet_err writer_tell(struct writer *writer, DBusMessage *message, const struct bus_put *put)
{
    const bool is_whole = bus_put_done(put);
    if (is_whole)
        dbus_message_set_no_reply(message, TRUE);
    const bool is_sent = is_whole && dbus_connection_send(writer->service->connection, message, NULL);
    if (message)
        dbus_message_unref(message);
    return is_sent ? JET_errSuccess : JET_errOutOfMemory;
}

/* --- registration --- */

static struct writer *find_writer(const struct service *service, const struct peer *peer, const char *path)
{
    struct writer *writer = service->writers;
    while (writer && (writer->peer != peer || strcmp(writer->path, path) != 0))
        writer = writer->next;
    return writer;
}

/* Root, group coldstream, or whom the configuration names for the label; a label that it names is nobody else's. Where
 * there is neither such a group nor a name in the configuration, the bus alone has decided. */
static bool may_register(const struct service *service, const struct peer *peer, const char *label)
{
    bool is_named = false;
    if (peer->uid == 0)
        return true;
    for (const struct config_writer *writer = service->config->writers; writer; writer = writer->next) {
        if (strcmp(writer->label, label) != 0)
            continue;
        if (writer->uid == peer->uid)
            return true;
        is_named = true;
    }
    if (is_named)
        return false;
    return service->config->has_group ? peer_has_gid(peer, service->config->gid) : service->config->writers == NULL;
}

struct registration {
    const char *label, *path;
    const char *state, *base_name;
    struct bus_bytes system_path, log_path;
    bool circular_logging;
    uint32_t first_generation, current_generation;
};

/* The value of an option that bus_get_options() leaves to us; false: it is not there. */
static bool find_option(DBusMessageIter *options, const char *key, DBusMessageIter *ret_value)
{
    DBusMessageIter entries;
    dbus_message_iter_recurse(options, &entries);
    for (; dbus_message_iter_get_arg_type(&entries) == DBUS_TYPE_DICT_ENTRY; (void)dbus_message_iter_next(&entries)) {
        DBusMessageIter entry;
        dbus_message_iter_recurse(&entries, &entry);
        if (strcmp(bus_get_text(&entry), key) != 0)
            continue;
        dbus_message_iter_recurse(&entry, ret_value);
        return true;
    }
    return false;
}

static bool has_signature(DBusMessageIter *value, const char *wanted)
{
    char *signature = dbus_message_iter_get_signature(value);
    const bool fits = signature && strcmp(signature, wanted) == 0;
    dbus_free(signature);
    return fits;
}

static bool copy_databases(DBusMessageIter *value, struct host_instance_info *info)
{
    DBusMessageIter list;
    info->databases = has_signature(value, "a(ayt)") ? calloc(DATABASES_MAX, sizeof *info->databases) : NULL;
    if (!info->databases)
        return false;
    dbus_message_iter_recurse(value, &list);
    for (; dbus_message_iter_get_arg_type(&list) == DBUS_TYPE_STRUCT; (void)dbus_message_iter_next(&list)) {
        DBusMessageIter row;
        dbus_message_iter_recurse(&list, &row);
        char *path = info->database_count < DATABASES_MAX ? bus_bytes_to_name(bus_get_bytes(&row)) : NULL;
        if (!path)
            return false;
        info->databases[info->database_count].path = path;
        info->databases[info->database_count++].size_bytes = bus_get_u64(&row);
    }
    return true;
}

/* False: it is there, and has another type. */
static bool read_last(DBusMessageIter *options, const char *key, struct host_last_backup *last)
{
    DBusMessageIter value, fields;
    if (!find_option(options, key, &value))
        return true;
    if (!has_signature(&value, "(tuu)"))
        return false;
    dbus_message_iter_recurse(&value, &fields);
    last->time_us = bus_get_u64(&fields);
    last->first_generation = bus_get_u32(&fields);
    last->last_generation = bus_get_u32(&fields);
    return true;
}

static char *optional_name(struct bus_bytes bytes)
{
    return bytes.size > 0 ? bus_bytes_to_name(bytes) : strdup("");
}

/* False: a value is wrong, or there was no memory. */
static bool fill_info(const struct registration *registration, DBusMessageIter *options,
                      struct host_instance_info *info)
{
    DBusMessageIter databases;
    info->is_adopted = true;
    info->label = strdup(registration->label);
    info->base_name = strdup(registration->base_name);
    info->system_path = optional_name(registration->system_path);
    info->log_path = optional_name(registration->log_path);
    info->is_circular = registration->circular_logging;
    info->first_generation = registration->first_generation;
    info->current_generation = registration->current_generation;
    return info->label && info->base_name && info->system_path && info->log_path &&
           served_instance_state_of_name(registration->state, &info->state) &&
           read_last(options, "last-full-backup", &info->last_full) &&
           read_last(options, "last-incremental-backup", &info->last_incremental) &&
           (!find_option(options, "databases", &databases) || copy_databases(&databases, info));
}

/* What is kept goes into the head of each question to the writer: "/org/freedesktop/DBus/Local" there, or too much,
 * takes the sender off the bus. */
static bool is_writer_path(const char *path)
{
    return strncmp(path, BUS_WRITER_FOLDER, strlen(BUS_WRITER_FOLDER)) == 0 && strlen(path) <= PATH_MAX_BYTES;
}

/* NULL: it is right. */
static const char *what_is_wrong(const struct registration *registration)
{
    if (!bus_label_is_valid(registration->label))
        return "a label is 1 to 64 bytes of UTF-8 without control characters";
    if (!is_writer_path(registration->path))
        return "a writer's object is in " BUS_WRITER_FOLDER ", its path at most 64 bytes";
    return strlen(registration->base_name) <= BASE_NAME_MAX_BYTES ? NULL : "base-name has more than 16 bytes";
}

/* False: answered. */
static bool read_registration(struct call *call, DBusMessageIter *args, struct registration *registration)
{
    char text[160];
    *registration = (struct registration){.state = "running", .base_name = ""};
    registration->label = bus_get_text(args);
    registration->path = bus_get_text(args);
    /* clang-format off */
    const struct bus_option table[] = {
        {"state",                  DBUS_TYPE_STRING,  &registration->state, 0, 0},
        {"base-name",              DBUS_TYPE_STRING,  &registration->base_name, 0, 0},
        {"system-path",            DBUS_TYPE_ARRAY,   &registration->system_path, 0, 0},
        {"log-path",               DBUS_TYPE_ARRAY,   &registration->log_path, 0, 0},
        {"circular-logging",       DBUS_TYPE_BOOLEAN, &registration->circular_logging, 0, 0},
        {"log-generation-first",   DBUS_TYPE_UINT32,  &registration->first_generation, 0, 0},
        {"log-generation-current", DBUS_TYPE_UINT32,  &registration->current_generation, 0, 0},
        {"databases",              BUS_OPTION_ANY,    NULL, 0, 0},
        {"last-full-backup",       BUS_OPTION_ANY,    NULL, 0, 0},
        {"last-incremental-backup", BUS_OPTION_ANY,   NULL, 0, 0},
    };
    /* clang-format on */
    if (!bus_get_options(args, table, COUNT_OF(table), text, sizeof text)) {
        call_fail_invalid(call, text);
        return false;
    }
    const char *wrong = what_is_wrong(registration);
    if (wrong)
        call_fail_invalid(call, wrong);
    return !wrong;
}

static void match(const struct writer *writer, void (*change)(DBusConnection *, const char *, DBusError *))
{
    char rule[512];
    (void)snprintf(rule, sizeof rule, "type='signal',sender='%s',interface='" BUS_WRITER_INTERFACE "'",
                   writer->peer->name);
    if (writer->service->connection)
        change(writer->service->connection, rule, NULL);
}

static struct writer *new_writer(struct call *call, const char *path)
{
    struct service *service = call->service;
    struct writer *writer = calloc(1, sizeof *writer);
    if (!writer)
        return NULL;
    writer->service = service;
    writer->peer = call->peer;
    writer->path = strdup(path);
    if (!writer->path) {
        free(writer);
        return NULL;
    }
    return writer;
}

/* What the last run of the service may have left frozen is thawed: the application kept it for us. */
static void thaw_what_was_left(struct writer *writer)
{
    const struct service *service = writer->service;
    if (!service->thaw_writers || bus_loop_now_ns() / 1000 > service->thaw_writers_until_us)
        return;
    service_log(LOG_LEVEL_NOTICE, "a freeze of the last run is ended instance=%s", writer->instance->info.label);
    for (uint32_t number = service->thaw_writers_first; number <= service->thaw_writers_last; number++) {
        struct bus_put put;
        DBusMessage *question = writer_question(writer, "Abort", number, &put);
        jet_err_ignore(writer_tell(writer, question, &put)); /* the engine's own deadline is behind it */
    }
}

static void add_writer(struct call *call, const struct registration *registration, struct host_instance_info *info)
{
    struct service *service = call->service;
    struct writer *writer = new_writer(call, registration->path);
    if (writer)
        writer->instance = served_instance_add_registered(service, writer, info);
    if (!writer || !writer->instance) {
        if (writer)
            free(writer->path);
        free(writer);
        host_instance_info_done(info);
        peer_drop_object(call->peer);
        call_fail(call, JET_errOutOfMemory, NULL);
        return;
    }
    writer->next = service->writers;
    service->writers = writer;
    service->count_writers++;
    match(writer, dbus_bus_add_match);
    service_log(LOG_LEVEL_INFO, "a writer has registered instance=%s uid=%lu pid=%lu client=%s", registration->label,
                (unsigned long)call->peer->uid, (unsigned long)call->peer->pid, call->peer->name);
    thaw_what_was_left(writer);
    call_reply_path(call, writer->instance->object.path);
}

/* The same object under the same label again: other values. */
static bool is_again(const struct writer *writer, const char *label)
{
    return writer && strcmp(writer->instance->info.label, label) == 0;
}

static void accept(struct call *call, const struct registration *registration, struct host_instance_info *info)
{
    struct service *service = call->service;
    struct writer *writer = find_writer(service, call->peer, registration->path);
    if (is_again(writer, registration->label)) {
        served_instance_set_info(writer->instance, info);
        call_reply_path(call, writer->instance->object.path);
        return;
    }
    if (writer)
        call_fail_invalid(call, "the object is registered under another label");
    else if (served_instance_find(service, registration->label))
        call_fail_named(call, BUS_ERROR_LABEL_IN_USE, "the label is in use");
    else if (service->count_writers >= service->config->max_writers)
        call_fail_limit(call, "too many writers are registered");
    else if (!peer_take_object(call->peer))
        call_fail_limit(call, "the client has too many objects");
    else {
        add_writer(call, registration, info);
        return;
    }
    host_instance_info_done(info);
}

void writer_register(struct call *call, DBusMessageIter *args)
{
    struct registration registration;
    struct host_instance_info info = {0};
    DBusMessageIter options = *args;
    (void)dbus_message_iter_next(&options);
    (void)dbus_message_iter_next(&options);
    if (!read_registration(call, args, &registration))
        return;
    if (!may_register(call->service, call->peer, registration.label)) {
        call_fail_named(call, DBUS_ERROR_ACCESS_DENIED, "the user may not register this label");
    } else if (!fill_info(&registration, &options, &info)) {
        host_instance_info_done(&info);
        call_fail_invalid(call, "a property has a wrong value");
    } else {
        accept(call, &registration, &info);
    }
}

/* --- going --- */

static void close_writer(struct writer *writer)
{
    struct service *service = writer->service;
    for (struct writer **link = &service->writers; *link; link = &(*link)->next) {
        if (*link != writer)
            continue;
        *link = writer->next;
        break;
    }
    service->count_writers--;
    served_snapshot_writer_is_gone(service, writer);
    served_instance_close(writer->instance);
    match(writer, dbus_bus_remove_match);
    peer_drop_object(writer->peer);
    for (struct question *question = writer->questions; question; question = question->next)
        question->writer = NULL;
    free(writer->path);
    free(writer);
}

void writer_unregister(struct call *call, DBusMessageIter *args)
{
    const char *path = bus_get_text(args);
    struct writer *writer = call->service->writers;
    while (writer && strcmp(writer->instance->object.path, path) != 0)
        writer = writer->next;
    if (!writer) {
        call_fail_named(call, BUS_ERROR_NO_SUCH_INSTANCE, "no writer has registered this instance");
        return;
    }
    if (writer->peer != call->peer) {
        call_fail_named(call, DBUS_ERROR_ACCESS_DENIED, "the instance belongs to another client");
        return;
    }
    close_writer(writer);
    call_reply_empty(call);
}

void writer_peer_is_gone(struct service *service, struct peer *peer)
{
    for (struct writer *writer = service->writers, *next; writer; writer = next) {
        next = writer->next;
        if (writer->peer != peer)
            continue;
        service_log(LOG_LEVEL_WARNING, "a writer is gone instance=%s client=%s", writer->instance->info.label,
                    peer->name);
        close_writer(writer);
    }
}

void writer_close_all(struct service *service)
{
    for (struct writer *writer = service->writers, *next; writer; writer = next) {
        next = writer->next;
        close_writer(writer);
    }
}

/* --- stop --- */

struct stopping {
    struct call *call;
    bool had_backup;
};

static void stopped(void *context, DBusMessage *reply, const struct writer_error *error)
{
    struct stopping *stopping = context;
    DBusMessageIter iter;
    uint32_t count = stopping->had_backup ? 1 : 0;
    if (reply && dbus_message_has_signature(reply, "u") && dbus_message_iter_init(reply, &iter))
        count = bus_get_u32(&iter);
    if (error)
        call_fail_named(stopping->call, error->name, error->text);
    else
        call_reply_u32(stopping->call, count);
    free(stopping);
}

static void tell_backup(struct writer *writer, const char *reason)
{
    if (writer->instance->backup)
        served_backup_writer_stopped(writer->instance->backup, reason);
}

void writer_stop(struct writer *writer, struct call *call, const char *reason)
{
    struct bus_put put;
    struct stopping *stopping = calloc(1, sizeof *stopping);
    DBusMessage *question = writer_question_stop(writer, reason, &put);
    if (!stopping) {
        if (question)
            dbus_message_unref(question);
        call_fail(call, JET_errOutOfMemory, NULL);
        return;
    }
    *stopping = (struct stopping){call, writer->instance->backup && !writer->instance->backup->was_stopped};
    if (writer_send(writer, question, &put, NULL, STOP_MS, stopped, stopping) < JET_errSuccess) {
        free(stopping);
        call_fail(call, JET_errOutOfMemory, NULL);
        return;
    }
    tell_backup(writer, reason);
}

void writer_stop_quietly(struct writer *writer, const char *reason)
{
    struct bus_put put;
    DBusMessage *question = writer_question_stop(writer, reason, &put);
    jet_err_ignore(writer_tell(writer, question, &put)); /* without memory the end that follows stops it */
}

/* --- signals --- */

static void state_changed(struct writer *writer, DBusMessageIter *args)
{
    enum host_instance_state state;
    struct instance *instance = writer->instance;
    if (!served_instance_state_of_name(bus_get_text(args), &state) || state == instance->info.state)
        return;
    instance->info.state = state;
    object_touch(&instance->object, "State");
}

/* Only of a backup of its own instance. */
static struct backup *own_backup(const struct writer *writer, uint32_t number)
{
    struct backup *backup = writer->instance->backup;
    return backup && backup->number == number && backup->object.path ? backup : NULL;
}

static void progress(struct writer *writer, DBusMessageIter *args)
{
    struct backup *backup = own_backup(writer, bus_get_u32(args));
    const uint64_t done = bus_get_u64(args);
    const uint64_t total = bus_get_u64(args);
    const struct bus_bytes bytes = bus_get_bytes(args);
    if (!backup)
        return;
    char *file = bus_bytes_to_name(bytes);
    served_backup_writer_progress(backup, done, total, file ? file : "");
    free(file);
}

static void stopped_signal(struct writer *writer, DBusMessageIter *args)
{
    struct backup *backup = own_backup(writer, bus_get_u32(args));
    if (backup)
        served_backup_writer_stopped(backup, bus_get_text(args));
}

static const struct {
    const char *member, *signature;
    void (*run)(struct writer *writer, DBusMessageIter *args);
} signals[] = {
    {"StateChanged", "s",     state_changed },
    {"Progress",     "uttay", progress      },
    {"Stopped",      "us",    stopped_signal},
};

static struct writer *sender_of(const struct service *service, DBusMessage *signal)
{
    const char *sender = dbus_message_get_sender(signal);
    const char *path = dbus_message_get_path(signal);
    struct writer *writer = service->writers;
    while (sender && path && writer && (strcmp(writer->peer->name, sender) != 0 || strcmp(writer->path, path) != 0))
        writer = writer->next;
    return sender && path ? writer : NULL;
}

void writer_signal(struct service *service, DBusMessage *signal)
{
    struct writer *writer = sender_of(service, signal);
    for (size_t i = 0; writer && i < COUNT_OF(signals); i++) {
        DBusMessageIter args;
        if (!dbus_message_has_member(signal, signals[i].member) ||
            !dbus_message_has_signature(signal, signals[i].signature))
            continue;
        (void)dbus_message_iter_init(signal, &args);
        signals[i].run(writer, &args);
    }
}
