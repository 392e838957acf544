/* SPDX-License-Identifier: MIT */
/* writer_connection.c - the thread of a process with writers: one private connection, and whom it trusts.
 *
 *      no connection --connect--> connected --the service has an owner--> owner known --its user is right--> trusted
 *            ^---- lost, after a while ----'        ^------------ it has another owner, or none ---------------'
 *
 * Only in the last state are writers registered and calls obeyed. The service is not started by us: an application that
 * runs before it registers when it comes. */
#include <pwd.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../bus/bus_error.h"
#include "../bus/bus_get.h"
#include "../bus/bus_put.h"
#include "os/os_thread.h"
#include "writer_internal.h"

enum { REPLY_MS = 30000, DESCRIPTORS_MAX = 253, NS_PER_MS = 1000000 };
static const uint64_t delay_least_ns = 100ull * NS_PER_MS, delay_most_ns = 5000ull * NS_PER_MS,
                      progress_ns = 250ull * NS_PER_MS;

static const char owner_rule[] = "type='signal',sender='" DBUS_SERVICE_DBUS "',interface='" DBUS_INTERFACE_DBUS
                                 "',member='NameOwnerChanged',arg0='" BUS_SERVICE "'";

void writer_set_state(struct cs_writer *writer, enum cs_writer_state state, const char *error)
{
    os_mutex_lock(writer->process->lock);
    writer->state = state;
    (void)snprintf(writer->error, sizeof writer->error, "%s", error);
    os_mutex_unlock(writer->process->lock);
}

static void set_all_pending(struct writer_process *process, const char *error)
{
    (void)snprintf(process->trouble, sizeof process->trouble, "%s", error);
    for (struct cs_writer *writer = process->listed; writer; writer = writer->next_listed)
        if (cs_writer_state(writer) != CS_WRITER_ENDED)
            writer_set_state(writer, CS_WRITER_PENDING, error);
}

/* ---- messages ---- */

void writer_send(struct writer_process *process, DBusMessage *message)
{
    if (message && process->connection)
        (void)dbus_connection_send(process->connection, message, NULL); /* no memory: like a message that got lost */
    if (message)
        dbus_message_unref(message);
}

DBusMessage *writer_signal_new(const struct cs_writer *writer, const char *name)
{
    const struct writer_process *process = writer->process;
    if (!process->connection || !process->is_owner_trusted || !writer->service_path)
        return NULL;
    DBusMessage *signal = dbus_message_new_signal(writer->path, BUS_WRITER_INTERFACE, name);
    if (signal && !dbus_message_set_destination(signal, process->owner)) {
        dbus_message_unref(signal);
        return NULL;
    }
    return signal;
}

/* A question to the bus or the service. `notify` gets `data` with the reply. */
static bool ask(struct writer_process *process, DBusMessage *message, DBusPendingCallNotifyFunction notify, void *data,
                DBusFreeFunction release, DBusPendingCall **ret_pending)
{
    DBusPendingCall *pending = NULL;
    const bool is_sent = message && process->connection &&
                         dbus_connection_send_with_reply(process->connection, message, &pending, REPLY_MS) && pending;
    if (message)
        dbus_message_unref(message);
    if (is_sent && dbus_pending_call_set_notify(pending, notify, data, release)) {
        if (ret_pending)
            *ret_pending = pending;
        else
            dbus_pending_call_unref(pending);
        return true;
    }
    if (pending) {
        dbus_pending_call_cancel(pending);
        dbus_pending_call_unref(pending);
    }
    return false;
}

/* ---- registration ---- */

static const char *state_name(enum host_instance_state state)
{
    switch (state) {
    case HOST_INSTANCE_RUNNING: return "running";
    case HOST_INSTANCE_RECOVERING: return "recovering";
    case HOST_INSTANCE_FROZEN: return "frozen";
    default: return "closed";
    }
}

static void put_text_entry(struct bus_put *put, const char *key, const char *text)
{
    bus_put_open_entry(put, key, "s");
    bus_put_text(put, text);
    bus_put_close_entry(put);
}

static void put_name_entry(struct bus_put *put, const char *key, const char *name)
{
    bus_put_open_entry(put, key, "ay");
    bus_put_name(put, name);
    bus_put_close_entry(put);
}

static void put_number_entry(struct bus_put *put, const char *key, uint32_t number)
{
    bus_put_open_entry(put, key, "u");
    bus_put_u32(put, number);
    bus_put_close_entry(put);
}

static void put_backup_entry(struct bus_put *put, const char *key, const struct host_last_backup *backup)
{
    bus_put_open_entry(put, key, "(tuu)");
    bus_put_open(put, DBUS_TYPE_STRUCT, NULL);
    bus_put_u64(put, backup->time_us);
    bus_put_u32(put, backup->first_generation);
    bus_put_u32(put, backup->last_generation);
    bus_put_close(put);
    bus_put_close_entry(put);
}

static void put_properties(struct bus_put *put, const struct host_instance_info *info)
{
    bus_put_open(put, DBUS_TYPE_ARRAY, "{sv}");
    put_text_entry(put, "state", state_name(info->state));
    put_name_entry(put, "system-path", info->system_path);
    put_name_entry(put, "log-path", info->log_path);
    put_text_entry(put, "base-name", info->base_name);
    put_number_entry(put, "log-generation-first", info->first_generation);
    put_number_entry(put, "log-generation-current", info->current_generation);
    put_backup_entry(put, "last-full-backup", &info->last_full);
    put_backup_entry(put, "last-incremental-backup", &info->last_incremental);
    bus_put_open_entry(put, "circular-logging", "b");
    bus_put_bool(put, info->is_circular);
    bus_put_close_entry(put);
    bus_put_open_entry(put, "databases", "a(ayt)");
    bus_put_open(put, DBUS_TYPE_ARRAY, "(ayt)");
    for (size_t i = 0; i < info->database_count; i++)
        bus_put_file(put, info->databases[i].path, info->databases[i].size_bytes);
    bus_put_close(put);
    bus_put_close_entry(put);
    bus_put_close(put);
}

static DBusMessage *manager_call(const struct writer_process *process, const char *method)
{
    return dbus_message_new_method_call(process->owner, BUS_ROOT_PATH, BUS_MANAGER_INTERFACE, method);
}

static DBusMessage *registration_new(const struct cs_writer *writer)
{
    struct host_instance_info info;
    struct bus_put put;
    DBusMessage *call = manager_call(writer->process, "RegisterWriter");
    if (!call || host_instance_info_get(writer->host, &info) < JET_errSuccess) {
        if (call)
            dbus_message_unref(call);
        return NULL;
    }
    bus_put_init(&put, call);
    bus_put_text(&put, writer->label);
    bus_put_path(&put, writer->path);
    put_properties(&put, &info);
    host_instance_info_done(&info);
    if (bus_put_done(&put))
        return call;
    dbus_message_unref(call);
    return NULL;
}

static void retry_fire(struct bus_timer *timer)
{
    writer_announce((struct cs_writer *)(void *)((char *)timer - offsetof(struct cs_writer, retry)));
}

/* What may be different soon without a new service: our own last connection, whose end it has not seen yet; no
 * memory. */
static void retry_later(struct cs_writer *writer)
{
    writer->retry.fire = retry_fire;
    bus_timer_set(writer->process->loop, &writer->retry, bus_loop_now_ns() + delay_most_ns);
}

static void registration_failed(struct cs_writer *writer, DBusMessage *reply)
{
    const char *name = reply ? dbus_message_get_error_name(reply) : NULL;
    const char *text = "";
    char error[WRITER_ERROR_SIZE];
    DBusMessageIter iter;
    if (reply && dbus_message_has_signature(reply, "s") && dbus_message_iter_init(reply, &iter))
        text = bus_get_text(&iter);
    (void)snprintf(error, sizeof error, "%s: %s", name ? name : "no answer", text);
    writer_set_state(writer, CS_WRITER_REFUSED, error);
    retry_later(writer);
}

static void registered(DBusPendingCall *pending, void *data)
{
    struct cs_writer *writer = data;
    DBusMessage *reply = dbus_pending_call_steal_reply(pending);
    DBusMessageIter iter;
    dbus_pending_call_unref(writer->registering);
    writer->registering = NULL;
    if (reply && dbus_message_get_type(reply) == DBUS_MESSAGE_TYPE_METHOD_RETURN &&
        dbus_message_has_signature(reply, "o") && dbus_message_iter_init(reply, &iter)) {
        free(writer->service_path);
        writer->service_path = strdup(bus_get_text(&iter));
        writer_set_state(writer, CS_WRITER_REGISTERED, "");
    } else {
        registration_failed(writer, reply);
    }
    if (reply)
        dbus_message_unref(reply);
}

static void forget_registration(struct cs_writer *writer)
{
    if (writer->registering) {
        dbus_pending_call_cancel(writer->registering);
        dbus_pending_call_unref(writer->registering);
        writer->registering = NULL;
    }
    bus_timer_clear(writer->process->loop, &writer->retry);
    free(writer->service_path);
    writer->service_path = NULL;
}

void writer_announce(struct cs_writer *writer)
{
    struct writer_process *process = writer->process;
    if (writer->is_leaving || !process->is_owner_trusted || writer->registering)
        return;
    bus_timer_clear(process->loop, &writer->retry);
    if (!ask(process, registration_new(writer), registered, writer, NULL, &writer->registering))
        retry_later(writer);
}

void writer_withdraw(struct cs_writer *writer)
{
    struct writer_process *process = writer->process;
    struct bus_put put;
    DBusMessage *call =
        process->is_owner_trusted && writer->service_path ? manager_call(process, "UnregisterWriter") : NULL;
    if (call) {
        bus_put_init(&put, call);
        bus_put_path(&put, writer->service_path);
        if (bus_put_done(&put))
            writer_send(process, call); /* nobody waits for the answer */
        else
            dbus_message_unref(call);
    }
    forget_registration(writer);
}

/* ---- the service ---- */

/* Its user: root, or the one that the package makes; on a bus that the application has named, also our own. */
static bool is_trusted_user(const struct writer_process *process, uid_t uid)
{
    char buffer[4096];
    struct passwd entry;
    struct passwd *found = NULL;
    if (uid == 0 || (process->address && uid == geteuid()))
        return true;
    return getpwnam_r("coldstream", &entry, buffer, sizeof buffer, &found) == 0 && found && found->pw_uid == uid;
}

static void announce_all(struct writer_process *process)
{
    for (struct cs_writer *writer = process->listed; writer; writer = writer->next_listed)
        writer_announce(writer);
}

struct question {
    struct writer_process *process;
    uint64_t connection_number;
    char owner[]; /* about whom */
};

static void user_known(DBusPendingCall *pending, void *data)
{
    const struct question *question = data;
    struct writer_process *process = question->process;
    DBusMessage *reply = dbus_pending_call_steal_reply(pending);
    DBusMessageIter iter;
    const bool is_current = process->owner && strcmp(process->owner, question->owner) == 0;
    const bool is_known = reply && dbus_message_get_type(reply) == DBUS_MESSAGE_TYPE_METHOD_RETURN &&
                          dbus_message_has_signature(reply, "u") && dbus_message_iter_init(reply, &iter);
    if (is_current && is_known && is_trusted_user(process, bus_get_u32(&iter))) {
        process->is_owner_trusted = true;
        announce_all(process);
    } else if (is_current) {
        set_all_pending(process, "the owner of " BUS_SERVICE " runs as somebody else than root or coldstream");
    }
    if (reply)
        dbus_message_unref(reply);
}

static void ask_user(struct writer_process *process)
{
    const size_t size = strlen(process->owner) + 1;
    struct question *question = malloc(sizeof *question + size);
    const char *owner = process->owner;
    DBusMessage *call =
        dbus_message_new_method_call(DBUS_SERVICE_DBUS, DBUS_PATH_DBUS, DBUS_INTERFACE_DBUS, "GetConnectionUnixUser");
    if (!question || !call || !dbus_message_append_args(call, DBUS_TYPE_STRING, &owner, DBUS_TYPE_INVALID)) {
        free(question);
        if (call)
            dbus_message_unref(call);
        return;
    }
    question->process = process;
    memcpy(question->owner, owner, size);
    if (!ask(process, call, user_known, question, free, NULL))
        free(question);
}

/* `owner` "": none. Everything that the last one asked for is over. */
static void set_owner(struct writer_process *process, const char *owner)
{
    if (process->owner && strcmp(process->owner, owner) == 0)
        return;
    for (struct cs_writer *writer = process->listed; writer; writer = writer->next_listed) {
        forget_registration(writer);
        writer_forget_client(writer);
    }
    free(process->owner);
    process->owner = *owner ? strdup(owner) : NULL;
    process->is_owner_trusted = false;
    set_all_pending(process, process->owner ? "" : "the service is not running");
    if (process->owner)
        ask_user(process);
}

static void owner_known(DBusPendingCall *pending, void *data)
{
    struct writer_process *process = data;
    DBusMessage *reply = dbus_pending_call_steal_reply(pending);
    DBusMessageIter iter;
    if (reply && dbus_message_get_type(reply) == DBUS_MESSAGE_TYPE_METHOD_RETURN &&
        dbus_message_has_signature(reply, "s") && dbus_message_iter_init(reply, &iter))
        set_owner(process, bus_get_text(&iter));
    else if (!process->owner)
        set_all_pending(process, "the service is not running");
    if (reply)
        dbus_message_unref(reply);
}

static void ask_owner(struct writer_process *process)
{
    const char *name = BUS_SERVICE;
    DBusMessage *call =
        dbus_message_new_method_call(DBUS_SERVICE_DBUS, DBUS_PATH_DBUS, DBUS_INTERFACE_DBUS, "GetNameOwner");
    if (call && !dbus_message_append_args(call, DBUS_TYPE_STRING, &name, DBUS_TYPE_INVALID)) {
        dbus_message_unref(call);
        return;
    }
    (void)ask(process, call, owner_known, process, NULL, NULL); /* or its next change tells */
}

/* ---- what arrives ---- */

static void owner_changed(struct writer_process *process, DBusMessage *signal)
{
    DBusMessageIter iter;
    if (!dbus_message_has_sender(signal, DBUS_SERVICE_DBUS) || !dbus_message_has_signature(signal, "sss") ||
        !dbus_message_iter_init(signal, &iter) || strcmp(bus_get_text(&iter), BUS_SERVICE) != 0)
        return;
    (void)bus_get_text(&iter); /* who had it */
    set_owner(process, bus_get_text(&iter));
}

static struct cs_writer *writer_at(struct writer_process *process, const char *path)
{
    struct cs_writer *writer = process->listed;
    while (writer && strcmp(writer->path, path) != 0)
        writer = writer->next_listed;
    return writer;
}

static void take_call(struct writer_process *process, DBusMessage *call)
{
    const char *sender = dbus_message_get_sender(call);
    struct cs_writer *writer = writer_at(process, dbus_message_get_path(call));
    const bool is_service = process->is_owner_trusted && sender && strcmp(sender, process->owner) == 0;
    if (!is_service)
        writer_send(process, bus_error_reply_named(call, DBUS_ERROR_ACCESS_DENIED,
                                                   "only the owner of " BUS_SERVICE " may call this object"));
    else if (!writer)
        writer_send(process, bus_error_reply_named(call, DBUS_ERROR_UNKNOWN_OBJECT, "there is no such writer"));
    else
        writer_call(writer, call);
}

static DBusHandlerResult take_message(DBusConnection *connection, DBusMessage *message, void *data)
{
    struct writer_process *process = data;
    const char *path = dbus_message_get_path(message);
    (void)connection;
    if (dbus_message_is_signal(message, DBUS_INTERFACE_LOCAL, "Disconnected")) {
        process->is_lost = true;
        return DBUS_HANDLER_RESULT_HANDLED;
    }
    if (dbus_message_is_signal(message, DBUS_INTERFACE_DBUS, "NameOwnerChanged")) {
        owner_changed(process, message);
        return DBUS_HANDLER_RESULT_HANDLED;
    }
    if (dbus_message_get_type(message) == DBUS_MESSAGE_TYPE_METHOD_CALL && path &&
        strncmp(path, BUS_WRITER_FOLDER, strlen(BUS_WRITER_FOLDER)) == 0) {
        take_call(process, message);
        return DBUS_HANDLER_RESULT_HANDLED;
    }
    return DBUS_HANDLER_RESULT_NOT_YET_HANDLED;
}

/* ---- the connection ---- */

static void connect_later(struct writer_process *process)
{
    bus_timer_set(process->loop, &process->connect_timer, bus_loop_now_ns() + process->connect_delay_ns);
    process->connect_delay_ns =
        process->connect_delay_ns * 2 < delay_most_ns ? process->connect_delay_ns * 2 : delay_most_ns;
}

static void connection_close(struct writer_process *process)
{
    if (!process->connection)
        return;
    set_owner(process, "");
    bus_loop_detach(process->loop);
    dbus_connection_remove_filter(process->connection, take_message, process);
    dbus_connection_close(process->connection);
    dbus_connection_unref(process->connection);
    process->connection = NULL;
    process->is_lost = false;
}

/* May wait for a bus that does not answer: nothing but this thread waits with it. */
static DBusConnection *connection_open(const struct writer_process *process, DBusError *error)
{
    DBusConnection *connection;
    if (!process->address) {
        connection = dbus_bus_get_private(DBUS_BUS_SYSTEM, error);
    } else {
        connection = dbus_connection_open_private(process->address, error);
        if (connection && !dbus_bus_register(connection, error)) {
            dbus_connection_set_exit_on_disconnect(connection, FALSE);
            dbus_connection_close(connection);
            dbus_connection_unref(connection);
            connection = NULL;
        }
    }
    if (connection)
        dbus_connection_set_exit_on_disconnect(connection, FALSE);
    return connection;
}

static void connect_fire(struct bus_timer *timer)
{
    struct writer_process *process =
        (struct writer_process *)(void *)((char *)timer - offsetof(struct writer_process, connect_timer));
    DBusError error = DBUS_ERROR_INIT;
    process->connection = connection_open(process, &error);
    if (!process->connection) {
        set_all_pending(process, error.message ? error.message : "no connection to the bus");
        dbus_error_free(&error);
        connect_later(process);
        return;
    }
    process->connection_number++;
    process->is_lost = false;
    dbus_connection_set_max_message_unix_fds(process->connection, DESCRIPTORS_MAX);
    if (!dbus_connection_add_filter(process->connection, take_message, process, NULL) ||
        bus_loop_attach(process->loop, process->connection) < JET_errSuccess) {
        connection_close(process);
        connect_later(process);
        return;
    }
    process->connect_delay_ns = delay_least_ns;
    dbus_bus_add_match(process->connection, owner_rule, NULL);
    ask_owner(process); /* behind the rule: no change is missed */
}

static void idle(void *context)
{
    struct writer_process *process = context;
    if (!process->is_lost || !process->connection)
        return;
    connection_close(process);
    connect_later(process);
}

static void progress_fire(struct bus_timer *timer)
{
    struct writer_process *process =
        (struct writer_process *)(void *)((char *)timer - offsetof(struct writer_process, progress_timer));
    for (struct cs_writer *writer = process->listed; writer; writer = writer->next_listed)
        if (!writer->is_leaving)
            writer_tell_progress(writer);
    bus_timer_set(process->loop, timer, bus_loop_now_ns() + progress_ns);
}

void writer_thread_run(void *context)
{
    struct writer_process *process = context;
    dbus_connection_set_change_sigpipe(FALSE);
    process->connect_delay_ns = delay_least_ns;
    process->connect_timer.fire = connect_fire;
    process->progress_timer.fire = progress_fire;
    bus_loop_set_idle(process->loop, idle, process);
    bus_timer_set(process->loop, &process->connect_timer, bus_loop_now_ns());
    bus_timer_set(process->loop, &process->progress_timer, bus_loop_now_ns() + progress_ns);
    bus_loop_run(process->loop);
    bus_timer_clear(process->loop, &process->connect_timer);
    bus_timer_clear(process->loop, &process->progress_timer);
    connection_close(process);
}
