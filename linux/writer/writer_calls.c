/* SPDX-License-Identifier: MIT */
/* writer_calls.c - the interface Writer: each call of the service becomes a call of linux/host, and its answer the
 * reply.
 *
 * Numbers are the service's. What it says is checked all the same: a wrong number is an error, never a crash. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "../bus/bus_error.h"
#include "../bus/bus_get.h"
#include "../bus/bus_put.h"
#include "os/os_word.h"
#include "writer_internal.h"

enum {
    IDLE_MS = 24 * 60 * 60 * 1000, /* the service has its own, shorter one */
    FREEZES_MAX = 8,               /* that are over, and that nobody has asked about yet */
    GONE = 2,
};

/* A call that linux/host works at. */
struct pending {
    struct bus_job job;
    struct cs_writer *writer;
    struct writer_backup *backup;
    struct writer_freeze *freeze;
    DBusMessage *call; /* NULL: nobody waits for a reply */
    uint64_t connection_number;
    struct host_answer *answer;
    void (*reply)(struct bus_put *put, struct host_answer *answer); /* what a success says; NULL: nothing */
    void (*behind)(struct pending *pending);                        /* after the reply; NULL: nothing */
};

/* ---- replies ---- */

static void reply_error(struct writer_process *process, DBusMessage *call, jet_err err, const char *detail)
{
    if (!dbus_message_get_no_reply(call))
        writer_send(process, bus_error_reply(call, err, detail));
}

static void reply_named(struct writer_process *process, DBusMessage *call, const char *name, const char *text)
{
    if (!dbus_message_get_no_reply(call))
        writer_send(process, bus_error_reply_named(call, name, text));
}

static void reply_failure(struct writer_process *process, DBusMessage *call, const struct host_answer *answer)
{
    switch (answer->reason) {
    case HOST_REASON_LIMIT:
        reply_named(process, call, BUS_ERROR_LIMITS_EXCEEDED, "another file of this backup is open");
        break;
    case HOST_REASON_FROZEN: reply_named(process, call, BUS_ERROR_FROZEN, "the instance is frozen"); break;
    case HOST_REASON_NO_SUCH_FILE:
        reply_named(process, call, DBUS_ERROR_INVALID_ARGS, "no file with that number is open");
        break;
    case HOST_REASON_NONE: reply_error(process, call, answer->err, NULL); break;
    }
}

static void reply_success(const struct pending *pending)
{
    struct writer_process *process = pending->writer->process;
    struct bus_put put;
    DBusMessage *reply = dbus_message_new_method_return(pending->call);
    if (!reply)
        return;
    bus_put_init(&put, reply);
    if (pending->reply)
        pending->reply(&put, pending->answer);
    if (bus_put_done(&put)) {
        writer_send(process, reply);
        return;
    }
    dbus_message_unref(reply);
    reply_error(process, pending->call, JET_errOutOfMemory, NULL);
}

static void put_count(struct bus_put *put, struct host_answer *answer)
{
    bus_put_u32(put, answer->count);
}

static void put_list(struct bus_put *put, struct host_answer *answer)
{
    bus_put_open(put, DBUS_TYPE_ARRAY, "(ayt)");
    for (size_t i = 0; i < answer->file_count; i++)
        bus_put_file(put, answer->files[i].path, answer->files[i].size_bytes);
    bus_put_close(put);
    bus_put_u32(put, answer->total);
}

static void put_logs(struct bus_put *put, struct host_answer *answer)
{
    put_list(put, answer);
    bus_put_u32(put, answer->first_generation);
    bus_put_u32(put, answer->last_generation);
}

static void put_opened(struct bus_put *put, struct host_answer *answer)
{
    bus_put_u32(put, answer->file);
    bus_put_fd(put, answer->fd); /* a copy: ours goes with the answer */
    bus_put_u64(put, answer->bytes);
}

static void put_closed(struct bus_put *put, struct host_answer *answer)
{
    bus_put_u64(put, answer->bytes);
    bus_put_u32(put, answer->crc32c);
    bus_put_i32(put, answer->status);
}

/* ---- pending calls ---- */

static void pending_run(struct bus_job *job)
{
    struct pending *pending = (struct pending *)(void *)job; /* its first field */
    struct writer_process *process = pending->writer->process;
    process->pending--;
    if (pending->call && process->connection && pending->connection_number == process->connection_number) {
        if (pending->answer->err < JET_errSuccess)
            reply_failure(process, pending->call, pending->answer);
        else if (!dbus_message_get_no_reply(pending->call))
            reply_success(pending);
    }
    if (pending->behind)
        pending->behind(pending);
    if (pending->call)
        dbus_message_unref(pending->call);
    host_answer_free(pending->answer);
    free(pending);
}

/* Any thread. */
static void pending_answered(void *context, struct host_answer *answer)
{
    struct pending *pending = context;
    pending->answer = answer;
    bus_loop_post(pending->writer->process->loop, &pending->job);
}

/* NULL: no memory; then the call was told. */
static struct pending *pending_new(struct cs_writer *writer, DBusMessage *call,
                                   void (*reply)(struct bus_put *put, struct host_answer *answer))
{
    struct pending *pending = calloc(1, sizeof *pending);
    if (!pending) {
        if (call)
            reply_error(writer->process, call, JET_errOutOfMemory, NULL);
        return NULL;
    }
    *pending = (struct pending){
        .job.run = pending_run,
        .writer = writer,
        .call = call ? dbus_message_ref(call) : NULL,
        .connection_number = writer->process->connection_number,
        .reply = reply,
    };
    return pending;
}

/* Its answer will come; once for each. */
static struct host_call host_call_of(struct pending *pending)
{
    pending->writer->process->pending++;
    return (struct host_call){pending, pending_answered};
}

static void pending_discard(struct pending *pending, jet_err err)
{
    if (pending->call) {
        reply_error(pending->writer->process, pending->call, err, NULL);
        dbus_message_unref(pending->call);
    }
    free(pending);
}

/* ---- backups ---- */

static struct writer_backup *backup_find(struct cs_writer *writer, uint32_t number)
{
    struct writer_backup *entry = writer->backups;
    while (entry && (entry->number != number || entry->is_closing))
        entry = entry->next;
    return entry;
}

static void backup_closed(struct pending *pending)
{
    struct cs_writer *writer = pending->writer;
    struct writer_backup **link = &writer->backups;
    while (*link != pending->backup)
        link = &(*link)->next;
    *link = pending->backup->next;
    host_backup_free(pending->backup->backup);
    free(pending->backup);
    if (writer->is_leaving)
        writer_let_go(writer);
}

static void backup_close_entry(struct writer_backup *entry)
{
    if (entry->is_closing)
        return;
    struct pending *pending = pending_new(entry->writer, NULL, NULL);
    if (!pending)
        return; /* the next occasion: a let-go asks again */
    entry->is_closing = true;
    pending->backup = entry;
    pending->behind = backup_closed;
    const struct host_call call = host_call_of(pending);
    host_backup_close(entry->backup, &call);
}

static void stopped_run(struct bus_job *job)
{
    struct writer_backup *entry =
        (struct writer_backup *)(void *)((char *)job - offsetof(struct writer_backup, stopped_job));
    struct bus_put put;
    DBusMessage *signal = writer_signal_new(entry->writer, "Stopped");
    if (!signal)
        return;
    bus_put_init(&put, signal);
    bus_put_u32(&put, entry->number);
    bus_put_text(&put, entry->reason);
    if (bus_put_done(&put))
        writer_send(entry->writer->process, signal);
    else
        dbus_message_unref(signal);
}

static void heard_stopped(void *context, struct host_backup *backup, const char *reason, jet_err code)
{
    struct writer_backup *entry = context;
    (void)backup;
    (void)code;
    if (atomic_exchange(&entry->is_stop_posted, true))
        return;
    (void)snprintf(entry->reason, sizeof entry->reason, "%s", reason);
    bus_loop_post(entry->writer->process->loop, &entry->stopped_job);
}

/* A backup that did not begin is none. */
static void begun(struct pending *pending)
{
    if (pending->answer->err < JET_errSuccess)
        backup_close_entry(pending->backup);
}

static void begin_backup(struct cs_writer *writer, DBusMessage *call, uint32_t number, DBusMessageIter *args)
{
    const struct host_backup_options options = {.grbit = bus_get_u32(args), .idle_timeout_ms = IDLE_MS};
    if (backup_find(writer, number)) {
        reply_named(writer->process, call, DBUS_ERROR_INVALID_ARGS, "there is a backup with that number");
        return;
    }
    struct pending *pending = pending_new(writer, call, NULL);
    struct writer_backup *entry = calloc(1, sizeof *entry);
    if (!pending || !entry) {
        if (pending)
            pending_discard(pending, JET_errOutOfMemory);
        free(entry);
        return;
    }
    entry->writer = writer;
    entry->number = number;
    entry->stopped_job.run = stopped_run;
    pending->backup = entry;
    pending->behind = begun;
    const struct host_backup_listener listener = {entry, heard_stopped};
    const struct host_call host_call = host_call_of(pending);
    jet_err err = host_backup_begin(writer->host, &options, &listener, &host_call, &entry->backup);
    if (err < JET_errSuccess) {
        writer->process->pending--;
        pending_discard(pending, err);
        free(entry);
        return;
    }
    entry->next = writer->backups;
    writer->backups = entry;
}

static void list_call(struct writer_backup *entry, DBusMessage *call, DBusMessageIter *args,
                      void (*ask)(struct host_backup *b, uint32_t first, uint32_t most, const struct host_call *call),
                      void (*reply)(struct bus_put *put, struct host_answer *answer))
{
    struct pending *pending = pending_new(entry->writer, call, reply);
    if (!pending)
        return;
    const struct host_call host_call = host_call_of(pending);
    ask(entry->backup, bus_get_u32(args), BUS_LIST_ENTRIES_MAX, &host_call);
}

static void get_attach_info(struct writer_backup *entry, DBusMessage *call, DBusMessageIter *args)
{
    list_call(entry, call, args, host_backup_get_attach_info, put_list);
}

static void get_log_info(struct writer_backup *entry, DBusMessage *call, DBusMessageIter *args)
{
    list_call(entry, call, args, host_backup_get_log_info, put_logs);
}

static void get_truncate_info(struct writer_backup *entry, DBusMessage *call, DBusMessageIter *args)
{
    list_call(entry, call, args, host_backup_get_truncate_info, put_list);
}

static void open_file(struct writer_backup *entry, DBusMessage *call, DBusMessageIter *args)
{
    struct writer_process *process = entry->writer->process;
    char *path = bus_bytes_to_name(bus_get_bytes(args));
    uint64_t offset = 0, length = 0, max_rate = 0;
    const char *transport = "pipe";
    char text[200] = "the name of a file cannot be that";
    const struct bus_option options[] = {
        {"offset",    DBUS_TYPE_UINT64, &offset,    0, 0},
        {"length",    DBUS_TYPE_UINT64, &length,    0, 0},
        {"max-rate",  DBUS_TYPE_UINT64, &max_rate,  0, 0},
        {"transport", DBUS_TYPE_STRING, &transport, 0, 0},
    };
    const bool is_known = path && bus_get_options(args, options, COUNT_OF(options), text, sizeof text);
    const bool is_socket = strcmp(transport, "socket") == 0;
    if (!is_known || (!is_socket && strcmp(transport, "pipe") != 0)) {
        reply_named(process, call, DBUS_ERROR_INVALID_ARGS, is_known ? "transport is pipe or socket" : text);
        free(path);
        return;
    }
    struct pending *pending = pending_new(entry->writer, call, put_opened);
    if (pending) {
        const struct host_call host_call = host_call_of(pending);
        host_backup_set_stream(entry->backup, is_socket ? HOST_TRANSPORT_SOCKET : HOST_TRANSPORT_PIPE, max_rate);
        host_backup_open_file(entry->backup, path, offset, length, &host_call);
    }
    free(path);
}

static void close_file(struct writer_backup *entry, DBusMessage *call, DBusMessageIter *args)
{
    struct pending *pending = pending_new(entry->writer, call, put_closed);
    if (!pending)
        return;
    const struct host_call host_call = host_call_of(pending);
    host_backup_close_file(entry->backup, bus_get_u32(args), &host_call);
}

static void truncate_log(struct writer_backup *entry, DBusMessage *call, DBusMessageIter *args)
{
    (void)args;
    struct pending *pending = pending_new(entry->writer, call, put_count);
    if (!pending)
        return;
    const struct host_call host_call = host_call_of(pending);
    host_backup_truncate_log(entry->backup, &host_call);
}

static void backup_ended(struct pending *pending)
{
    if (pending->answer->err >= JET_errSuccess || pending->answer->err == JET_errNoBackup)
        backup_close_entry(pending->backup);
}

static void end_backup(struct writer_backup *entry, DBusMessage *call, DBusMessageIter *args)
{
    struct pending *pending = pending_new(entry->writer, call, NULL);
    if (!pending)
        return;
    pending->backup = entry;
    pending->behind = backup_ended;
    const struct host_call host_call = host_call_of(pending);
    host_backup_end(entry->backup, bus_get_u32(args), &host_call);
}

static void stop(struct cs_writer *writer, DBusMessage *call, DBusMessageIter *args)
{
    struct pending *pending = pending_new(writer, call, put_count);
    if (!pending)
        return;
    const struct host_call host_call = host_call_of(pending);
    host_instance_stop_backups(writer->host, bus_get_text(args), &host_call);
}

void writer_tell_progress(struct cs_writer *writer)
{
    for (struct writer_backup *entry = writer->backups; entry; entry = entry->next) {
        struct host_backup_progress progress;
        struct bus_put put;
        host_backup_progress_get(entry->backup, &progress);
        DBusMessage *signal = progress.bytes_done != entry->told_bytes ? writer_signal_new(writer, "Progress") : NULL;
        if (!signal)
            continue;
        entry->told_bytes = progress.bytes_done;
        bus_put_init(&put, signal);
        bus_put_u32(&put, entry->number);
        bus_put_u64(&put, progress.bytes_done);
        bus_put_u64(&put, progress.bytes_total);
        bus_put_name(&put, progress.file);
        if (bus_put_done(&put))
            writer_send(writer->process, signal);
        else
            dbus_message_unref(signal);
    }
}

/* ---- freezes ---- */

static struct writer_freeze *freeze_find(struct cs_writer *writer, uint32_t number)
{
    struct writer_freeze *entry = writer->freezes;
    while (entry && (entry->number != number || entry->is_closing))
        entry = entry->next;
    return entry;
}

static void freeze_free(struct writer_freeze *entry)
{
    struct writer_freeze **link = &entry->writer->freezes;
    while (*link != entry)
        link = &(*link)->next;
    *link = entry->next;
    host_freeze_free(entry->freeze);
    free(entry);
}

static void freeze_closed(struct pending *pending)
{
    struct cs_writer *writer = pending->writer;
    freeze_free(pending->freeze);
    if (writer->is_leaving)
        writer_let_go(writer);
}

static void freeze_close_entry(struct writer_freeze *entry)
{
    if (entry->is_closing)
        return;
    if (!entry->freeze) {
        freeze_free(entry);
        return;
    }
    struct pending *pending = pending_new(entry->writer, NULL, NULL);
    if (!pending)
        return; /* as with a backup */
    entry->is_closing = true;
    pending->freeze = entry;
    pending->behind = freeze_closed;
    const struct host_call call = host_call_of(pending);
    host_freeze_close(entry->freeze, &call);
}

/* Those that nobody thawed or ended are kept for a late thaw, but not for ever. */
static void forget_old_freezes(struct cs_writer *writer)
{
    unsigned count = 0;
    for (struct writer_freeze *entry = writer->freezes, *next; entry; entry = next) {
        next = entry->next;
        const enum host_freeze_state state = entry->freeze ? host_freeze_state(entry->freeze) : HOST_FREEZE_ENDED;
        if (++count > FREEZES_MAX && (state == HOST_FREEZE_ENDED || state == HOST_FREEZE_TIMED_OUT))
            freeze_close_entry(entry);
    }
}

static void prepare(struct cs_writer *writer, DBusMessage *call, uint32_t number, DBusMessageIter *args)
{
    struct writer_process *process = writer->process;
    if (freeze_find(writer, number)) {
        reply_error(process, call, JET_errOSSnapshotInvalidSequence, NULL);
        return;
    }
    forget_old_freezes(writer);
    struct writer_freeze *entry = calloc(1, sizeof *entry);
    if (!entry) {
        reply_error(process, call, JET_errOutOfMemory, NULL);
        return;
    }
    *entry =
        (struct writer_freeze){.next = writer->freezes, .writer = writer, .number = number, .grbit = bus_get_u32(args)};
    writer->freezes = entry;
    writer_send(process, dbus_message_new_method_return(call));
}

/* One that could not be frozen is forgotten: nothing is left of it. */
static void frozen(struct pending *pending)
{
    if (pending->answer->err < JET_errSuccess)
        freeze_close_entry(pending->freeze);
}

static void freeze(struct writer_freeze *entry, DBusMessage *call, DBusMessageIter *args)
{
    struct cs_writer *writer = entry->writer;
    const struct host_freeze_options options = {.timeout_ms = bus_get_u32(args), .grbit = entry->grbit};
    if (entry->freeze) {
        reply_error(writer->process, call, JET_errOSSnapshotInvalidSequence, NULL);
        return;
    }
    struct pending *pending = pending_new(writer, call, NULL);
    if (!pending)
        return;
    pending->freeze = entry;
    pending->behind = frozen;
    const struct host_call host_call = host_call_of(pending);
    jet_err err = host_freeze_begin(&writer->host, 1, &options, NULL, &host_call, &entry->freeze);
    if (err < JET_errSuccess) {
        writer->process->pending--;
        pending_discard(pending, err);
    }
}

static bool holds_still(const struct writer_freeze *entry)
{
    const enum host_freeze_state state = entry->freeze ? host_freeze_state(entry->freeze) : HOST_FREEZE_ENDED;
    return state == HOST_FREEZE_FREEZING || state == HOST_FREEZE_FROZEN;
}

/* Nothing can be asked of it any more, or nobody will. */
static void maybe_over(struct pending *pending)
{
    struct writer_freeze *entry = pending->freeze;
    if (host_freeze_state(entry->freeze) == HOST_FREEZE_ENDED || (entry->is_forgotten && !holds_still(entry)))
        freeze_close_entry(entry);
}

static struct pending *freeze_pending(struct writer_freeze *entry, DBusMessage *call,
                                      void (*reply)(struct bus_put *put, struct host_answer *answer))
{
    if (!entry->freeze) {
        reply_error(entry->writer->process, call, JET_errOSSnapshotInvalidSequence, NULL);
        return NULL;
    }
    struct pending *pending = pending_new(entry->writer, call, reply);
    if (!pending)
        return NULL;
    pending->freeze = entry;
    pending->behind = maybe_over;
    return pending;
}

static void thaw(struct writer_freeze *entry, DBusMessage *call, DBusMessageIter *args)
{
    (void)args;
    struct pending *pending = freeze_pending(entry, call, NULL);
    if (!pending)
        return;
    const struct host_call host_call = host_call_of(pending);
    host_freeze_thaw(entry->freeze, &host_call);
}

static void abort_freeze(struct writer_freeze *entry, DBusMessage *call, DBusMessageIter *args)
{
    struct writer_process *process = entry->writer->process;
    (void)args;
    if (!entry->freeze) { /* only prepared */
        freeze_close_entry(entry);
        writer_send(process, dbus_message_new_method_return(call));
        return;
    }
    struct pending *pending = freeze_pending(entry, call, NULL);
    if (!pending)
        return;
    const struct host_call host_call = host_call_of(pending);
    host_freeze_abort(entry->freeze, &host_call);
}

static void truncate_freeze(struct writer_freeze *entry, DBusMessage *call, DBusMessageIter *args)
{
    (void)args;
    struct pending *pending = freeze_pending(entry, call, put_count);
    if (!pending)
        return;
    const struct host_call host_call = host_call_of(pending);
    host_freeze_truncate_log(entry->freeze, &host_call);
}

static void end_freeze(struct writer_freeze *entry, DBusMessage *call, DBusMessageIter *args)
{
    struct pending *pending = freeze_pending(entry, call, NULL);
    if (!pending)
        return;
    const struct host_call host_call = host_call_of(pending);
    host_freeze_end(entry->freeze, bus_get_u32(args), &host_call);
}

/* ---- the interface ---- */

/* One of the three takes the call; `in` is the signature. */
static const struct method {
    const char *name, *in;
    void (*begin)(struct cs_writer *writer, DBusMessage *call, uint32_t number, DBusMessageIter *args);
    void (*backup)(struct writer_backup *entry, DBusMessage *call, DBusMessageIter *args);
    void (*freeze)(struct writer_freeze *entry, DBusMessage *call, DBusMessageIter *args);
} methods[] = {
    {"BeginBackup",         "uu",       begin_backup, NULL,              NULL           },
    {"GetAttachInfo",       "uu",       NULL,         get_attach_info,   NULL           },
    {"OpenFile",            "uaya{sv}", NULL,         open_file,         NULL           },
    {"CloseFile",           "uu",       NULL,         close_file,        NULL           },
    {"GetLogInfo",          "uu",       NULL,         get_log_info,      NULL           },
    {"GetTruncateLogInfo",  "uu",       NULL,         get_truncate_info, NULL           },
    {"TruncateLog",         "u",        NULL,         truncate_log,      NULL           },
    {"End",                 "uu",       NULL,         end_backup,        NULL           },
    {"Prepare",             "uu",       prepare,      NULL,              NULL           },
    {"Freeze",              "uu",       NULL,         NULL,              freeze         },
    {"Thaw",                "u",        NULL,         NULL,              thaw           },
    {"Abort",               "u",        NULL,         NULL,              abort_freeze   },
    {"SnapshotTruncateLog", "u",        NULL,         NULL,              truncate_freeze},
    {"SnapshotEnd",         "uu",       NULL,         NULL,              end_freeze     },
};

static void call_method(struct cs_writer *writer, const struct method *method, DBusMessage *call, DBusMessageIter *args)
{
    const uint32_t number = bus_get_u32(args);
    struct writer_backup *backup = method->backup ? backup_find(writer, number) : NULL;
    struct writer_freeze *freeze_entry = method->freeze ? freeze_find(writer, number) : NULL;
    if (method->begin)
        method->begin(writer, call, number, args);
    else if (backup)
        method->backup(backup, call, args);
    else if (freeze_entry)
        method->freeze(freeze_entry, call, args);
    else
        reply_error(writer->process, call, method->backup ? JET_errNoBackup : JET_errOSSnapshotInvalidSnapId, NULL);
}

void writer_call(struct cs_writer *writer, DBusMessage *call)
{
    struct writer_process *process = writer->process;
    const char *name = dbus_message_get_member(call);
    const char *interface = dbus_message_get_interface(call);
    DBusMessageIter args;
    if (interface && strcmp(interface, BUS_WRITER_INTERFACE) != 0) {
        reply_named(process, call, DBUS_ERROR_UNKNOWN_INTERFACE, "writers have one interface");
        return;
    }
    if (writer->is_leaving) {
        reply_error(process, call, JET_errTermInProgress, NULL);
        return;
    }
    if (strcmp(name, "Stop") == 0 && dbus_message_has_signature(call, "s") && dbus_message_iter_init(call, &args)) {
        stop(writer, call, &args);
        return;
    }
    for (size_t i = 0; i < COUNT_OF(methods); i++) {
        if (strcmp(methods[i].name, name) != 0)
            continue;
        if (dbus_message_has_signature(call, methods[i].in) && dbus_message_iter_init(call, &args))
            call_method(writer, &methods[i], call, &args);
        else
            reply_named(process, call, DBUS_ERROR_INVALID_ARGS, methods[i].in);
        return;
    }
    reply_named(process, call, DBUS_ERROR_UNKNOWN_METHOD, name);
}

/* ---- the writer as a whole ---- */

void writer_instance_changed(struct cs_writer *writer)
{
    const enum host_instance_state state = host_instance_state(writer->host);
    if (writer->is_leaving)
        return;
    if (state == writer->told_state) {
        if (writer->service_path)
            writer_announce(writer); /* databases or logs are others now */
        return;
    }
    writer->told_state = state;
    struct bus_put put;
    DBusMessage *signal = writer_signal_new(writer, "StateChanged");
    if (!signal)
        return;
    bus_put_init(&put, signal);
    bus_put_text(&put, state == HOST_INSTANCE_FROZEN    ? "frozen"
                       : state == HOST_INSTANCE_RUNNING ? "running"
                                                        : "closed");
    if (bus_put_done(&put))
        writer_send(writer->process, signal);
    else
        dbus_message_unref(signal);
}

void writer_forget_client(struct cs_writer *writer)
{
    for (struct writer_backup *entry = writer->backups; entry; entry = entry->next)
        backup_close_entry(entry);
    for (struct writer_freeze *entry = writer->freezes, *next; entry; entry = next) {
        next = entry->next;
        entry->is_forgotten = true;
        if (!holds_still(entry))
            freeze_close_entry(entry);
    }
}

static void host_closed(struct pending *pending)
{
    struct cs_writer *writer = pending->writer;
    struct cs_writer **link = &writer->process->listed;
    while (*link != writer)
        link = &(*link)->next_listed;
    *link = writer->next_listed;
    host_instance_free(writer->host);
    writer->host = NULL;
    atomic_store(&writer->gone, GONE);
    os_word_wake_all(&writer->gone); /* which may be gone */
}

void writer_let_go(struct cs_writer *writer)
{
    if (!writer->is_leaving) {
        writer->is_leaving = true;
        writer_withdraw(writer);
    }
    for (struct writer_backup *entry = writer->backups; entry; entry = entry->next)
        backup_close_entry(entry);
    for (struct writer_freeze *entry = writer->freezes, *next; entry; entry = next) {
        next = entry->next;
        freeze_close_entry(entry);
    }
    if (writer->backups || writer->freezes || writer->is_host_closing)
        return;
    struct pending *pending = pending_new(writer, NULL, NULL);
    if (!pending)
        return; /* whoever waits gives up in time */
    writer->is_host_closing = true;
    pending->behind = host_closed;
    const struct host_call call = host_call_of(pending);
    host_instance_close(writer->host, &call);
}
