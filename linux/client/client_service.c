/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client_call.h"

/* Ends with a call of the service that nobody could build: client_ask() tells. */
static DBusMessage *finished(struct bus_put *put, DBusMessage *call)
{
    if (!call || bus_put_done(put))
        return call;
    dbus_message_unref(call);
    return NULL;
}

/* ---- status ---- */

static void get_last_backup(DBusMessage *properties, const char *key, struct service_last_backup *last)
{
    DBusMessageIter value, fields;
    if (!client_property(properties, key, "(tuu)", &value))
        return;
    dbus_message_iter_recurse(&value, &fields);
    last->time_us = bus_get_u64(&fields);
    last->first_generation = bus_get_u32(&fields);
    last->last_generation = bus_get_u32(&fields);
}

/* The backup may end while we ask: then there is none. */
static jet_err get_backup(struct client *client, const char *path, struct service_backup *backup)
{
    jet_err err;
    DBusMessage *properties = client_properties(client, path, BUS_BACKUP_INTERFACE, &err);
    if (!properties)
        return err == JET_errBackupAbortByServer || client->service.failure.status == EXIT_STATUS_NO_SERVICE
                   ? err
                   : JET_errSuccess;
    backup->is_there = true;
    client_property_text(properties, "Phase", backup->phase, sizeof backup->phase);
    backup->bytes_done = client_property_u64(properties, "BytesDone");
    backup->bytes_total = client_property_u64(properties, "BytesTotal");
    backup->files_done = client_property_u32(properties, "FilesDone");
    backup->has_owner = true;
    backup->owner_uid = client_property_u32(properties, "OwnerUid");
    dbus_message_unref(properties);
    return JET_errSuccess;
}

static jet_err read_instance(struct client *client, DBusMessage *properties, struct service_instance *instance)
{
    DBusMessageIter value;
    char backup[CLIENT_PATH_SIZE];
    client_property_text(properties, "Label", instance->label, sizeof instance->label);
    client_property_text(properties, "State", instance->state, sizeof instance->state);
    client_property_text(properties, "Kind", instance->kind, sizeof instance->kind);
    client_property_text(properties, "BaseName", instance->base_name, sizeof instance->base_name);
    instance->err = client_property(properties, "Error", "i", &value) ? bus_get_i32(&value) : JET_errSuccess;
    instance->system_path = client_property_name(properties, "SystemPath");
    instance->log_path = client_property_name(properties, "LogPath");
    instance->is_circular = client_property_bool(properties, "CircularLogging");
    instance->first_generation = client_property_u32(properties, "LogGenerationFirst");
    instance->current_generation = client_property_u32(properties, "LogGenerationCurrent");
    get_last_backup(properties, "LastFullBackup", &instance->last_full);
    get_last_backup(properties, "LastIncrementalBackup", &instance->last_incremental);
    client_property_text(properties, "ActiveBackup", backup, sizeof backup);
    if (client_property(properties, "Databases", "a(ayt)", &value)) {
        jet_err err = client_get_files(client, &value, &instance->databases, &instance->database_count);
        if (err < JET_errSuccess)
            return err;
    }
    return backup[0] && strcmp(backup, "/") != 0 ? get_backup(client, backup, &instance->backup) : JET_errSuccess;
}

static jet_err add_instance(struct client *client, const char *path, struct service_status *status)
{
    jet_err err;
    DBusMessage *properties = client_properties(client, path, BUS_INSTANCE_INTERFACE, &err);
    if (!properties) /* a registered one may go while we ask */
        return err;
    struct service_instance *grown =
        realloc(status->instances, (status->instance_count + 1) * sizeof *status->instances);
    if (grown) {
        status->instances = grown;
        grown[status->instance_count] = (struct service_instance){.databases = NULL};
        err = read_instance(client, properties, &grown[status->instance_count++]);
    } else {
        err = client_fail(client, EXIT_STATUS_FAILED, JET_errOutOfMemory, "out of memory");
    }
    dbus_message_unref(properties);
    return err;
}

static bool is_gone(const struct client *client, jet_err err)
{
    return err < JET_errSuccess && err != JET_errBackupAbortByServer && err != JET_errOutOfMemory &&
           client->service.failure.status != EXIT_STATUS_NO_SERVICE &&
           client->service.failure.status != EXIT_STATUS_NOT_AUTHORISED;
}

static jet_err add_all_instances(struct client *client, struct service_status *status)
{
    DBusMessageIter arguments, entries;
    jet_err err;
    DBusMessage *reply = client_ask(client, client_call_new(BUS_ROOT_PATH, BUS_MANAGER_INTERFACE, "ListInstances"),
                                    "a(sos)", CLIENT_SHORT_MS, true, &err);
    if (!reply)
        return err;
    dbus_message_iter_init(reply, &arguments);
    for (dbus_message_iter_recurse(&arguments, &entries);
         err >= JET_errSuccess && dbus_message_iter_get_arg_type(&entries) == DBUS_TYPE_STRUCT;
         dbus_message_iter_next(&entries)) {
        DBusMessageIter fields;
        dbus_message_iter_recurse(&entries, &fields);
        (void)bus_get_text(&fields); /* the label: the instance says it itself */
        err = add_instance(client, bus_get_text(&fields), status);
        if (is_gone(client, err))
            err = JET_errSuccess;
    }
    dbus_message_unref(reply);
    return err;
}

static uint64_t boot_time_us(void)
{
    struct timespec now;
    return clock_gettime(CLOCK_BOOTTIME, &now) == 0 ? (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000 : 0;
}

static jet_err get_manager(struct client *client, struct service_status *status)
{
    jet_err err;
    DBusMessage *properties = client_properties(client, BUS_ROOT_PATH, BUS_MANAGER_INTERFACE, &err);
    if (!properties)
        return err;
    client_property_text(properties, "Version", status->version, sizeof status->version);
    client_property_text(properties, "State", status->state, sizeof status->state);
    status->active_backups = client_property_u32(properties, "ActiveBackups");
    status->is_frozen = strcmp(status->state, "frozen") == 0;
    const uint64_t deadline_us = client_property_u64(properties, "FreezeDeadline");
    const uint64_t now_us = boot_time_us();
    status->thaws_in_ms = deadline_us > now_us ? (deadline_us - now_us) / 1000 : 0;
    dbus_message_unref(properties);
    return JET_errSuccess;
}

static jet_err get_status(struct service *service, const char *label, struct service_status *ret_status)
{
    struct client *client = client_of(service);
    char path[CLIENT_PATH_SIZE];
    *ret_status = (struct service_status){.instances = NULL};
    jet_err err = get_manager(client, ret_status);
    if (err < JET_errSuccess)
        return err;
    if (!label)
        return add_all_instances(client, ret_status);
    err = client_find_instance(client, label, path);
    return err < JET_errSuccess ? err : add_instance(client, path, ret_status);
}

/* ---- stop, freeze, thaw ---- */

/* An answer of one u. */
static jet_err take_count(DBusMessage *reply, jet_err err, uint32_t *ret_count)
{
    DBusMessageIter arguments;
    if (!reply)
        return err;
    dbus_message_iter_init(reply, &arguments);
    *ret_count = bus_get_u32(&arguments);
    dbus_message_unref(reply);
    return JET_errSuccess;
}

static jet_err stop_backups(struct service *service, const char *label, const char *reason, uint32_t *ret_count)
{
    struct client *client = client_of(service);
    char path[CLIENT_PATH_SIZE] = BUS_ROOT_PATH;
    struct bus_put put;
    jet_err err = label ? client_find_instance(client, label, path) : JET_errSuccess;
    if (err < JET_errSuccess)
        return err;
    DBusMessage *call = label ? client_call_new(path, BUS_INSTANCE_INTERFACE, "StopBackups")
                              : client_call_new(path, BUS_MANAGER_INTERFACE, "StopAllBackups");
    if (call) {
        bus_put_init(&put, call);
        bus_put_text(&put, reason);
        call = finished(&put, call);
    }
    DBusMessage *reply = client_ask(client, call, "u", CLIENT_END_MS, true, &err);
    return take_count(reply, err, ret_count);
}

static DBusMessage *freeze_call(const struct service_freeze_request *request)
{
    enum { GRBIT_COPY = 0x2 }; /* JET_bitCopySnapshot */
    struct bus_put put;
    DBusMessage *call = client_call_new(BUS_ROOT_PATH, BUS_MANAGER_INTERFACE, "Freeze");
    if (!call)
        return NULL;
    bus_put_init(&put, call);
    bus_put_open(&put, DBUS_TYPE_ARRAY, "s");
    for (size_t i = 0; i < request->label_count; i++)
        bus_put_text(&put, request->labels[i]);
    bus_put_close(&put);
    bus_put_open(&put, DBUS_TYPE_ARRAY, "{sv}");
    bus_put_open_entry(&put, "timeout-ms", "u");
    bus_put_u32(&put, request->timeout_ms);
    bus_put_close_entry(&put);
    bus_put_open_entry(&put, "detached", "b");
    bus_put_bool(&put, request->is_detached);
    bus_put_close_entry(&put);
    bus_put_open_entry(&put, "grbit", "u");
    bus_put_u32(&put, request->is_copy ? GRBIT_COPY : 0);
    bus_put_close_entry(&put);
    bus_put_close(&put);
    return finished(&put, call);
}

/* Of this freeze alone: others' stay. Where it does not reach the service, the time-out ends it. */
static void take_back(struct client *client, const char *snapshot_path)
{
    const struct service_failure why = client->service.failure;
    jet_err err;
    DBusMessage *reply = client_ask(client, client_call_new(snapshot_path, BUS_SNAPSHOT_INTERFACE, "Abort"), "",
                                    CLIENT_LATE_MS, false, &err);
    if (reply)
        dbus_message_unref(reply);
    client->service.failure = why;
}

/* Who no longer waits for the answer does not want the freeze either. */
static jet_err freeze(struct service *service, const struct service_freeze_request *request)
{
    struct client *client = client_of(service);
    DBusMessageIter arguments;
    jet_err err;
    DBusMessage *reply = client_ask_for_undo(client, freeze_call(request), "o", CLIENT_END_MS, &err);
    if (!reply)
        return err;
    dbus_message_iter_init(reply, &arguments);
    const char *path = bus_get_text(&arguments);
    if (err < JET_errSuccess)
        take_back(client, path);
    else if (!request->is_detached)
        (void)snprintf(client->snapshot_path, sizeof client->snapshot_path, "%s", path);
    dbus_message_unref(reply);
    return err;
}

/* The own freeze, and nobody else's. */
static jet_err thaw_own(struct client *client)
{
    struct bus_put put;
    jet_err err, end_err;
    DBusMessage *reply = client_ask(client, client_call_new(client->snapshot_path, BUS_SNAPSHOT_INTERFACE, "Thaw"), "",
                                    CLIENT_SHORT_MS, false, &err);
    const struct service_failure why = client->service.failure;
    if (reply)
        dbus_message_unref(reply);
    DBusMessage *call = client_call_new(client->snapshot_path, BUS_SNAPSHOT_INTERFACE, "End");
    if (call) {
        bus_put_init(&put, call);
        bus_put_u32(&put, 0);
        call = finished(&put, call);
    }
    reply = client_ask(client, call, "", CLIENT_SHORT_MS, false, &end_err); /* it ends with the connection, too */
    if (reply)
        dbus_message_unref(reply);
    client->snapshot_path[0] = '\0';
    client->service.failure = why;
    return err;
}

static jet_err thaw(struct service *service, uint32_t *ret_count)
{
    struct client *client = client_of(service);
    jet_err err;
    if (client->snapshot_path[0]) {
        *ret_count = 1;
        return thaw_own(client);
    }
    DBusMessage *reply = client_ask(client, client_call_new(BUS_ROOT_PATH, BUS_MANAGER_INTERFACE, "Thaw"), "u",
                                    CLIENT_SHORT_MS, false, &err);
    return take_count(reply, err, ret_count);
}

/* ---- the connection ---- */

static void client_free(struct service *service)
{
    struct client *client = client_of(service);
    if (client->bus) {
        dbus_connection_close(client->bus);
        dbus_connection_unref(client->bus);
    }
    free(client);
}

static const struct service_ops client_ops = {
    .status = get_status,
    .stop_backups = stop_backups,
    .freeze = freeze,
    .thaw = thaw,
    .backup = client_backup,
    .free = client_free,
};

static DBusConnection *connect_to(const char *address, DBusError *error)
{
    if (!address)
        return dbus_bus_get_private(DBUS_BUS_SYSTEM, error);
    DBusConnection *bus = dbus_connection_open_private(address, error);
    if (bus && !dbus_bus_register(bus, error)) {
        dbus_connection_close(bus);
        dbus_connection_unref(bus);
        return NULL;
    }
    return bus;
}

static jet_err client_open(const char *address, struct os_event *stop, struct service **ret_service,
                           struct service_failure *ret_failure)
{
    DBusError error = DBUS_ERROR_INIT;
    struct client *client = calloc(1, sizeof *client);
    if (!client) {
        *ret_failure = (struct service_failure){EXIT_STATUS_FAILED, "out of memory"};
        return JET_errOutOfMemory;
    }
    client->service = (struct service){.ops = &client_ops, .stop = stop};
    client->fd = -1;
    client->bus = connect_to(address, &error);
    if (!client->bus) {
        ret_failure->status = EXIT_STATUS_NO_SERVICE;
        (void)snprintf(ret_failure->text, sizeof ret_failure->text, "the bus cannot be reached: %s", error.message);
        dbus_error_free(&error);
        free(client);
        return JET_errInstanceUnavailable;
    }
    dbus_connection_set_exit_on_disconnect(client->bus, FALSE);
    *ret_service = &client->service;
    return JET_errSuccess;
}

const struct service_door client_door = {.open = client_open, .clone_file = client_clone_file};

const struct command *const client_commands[] = {&command_hook, &command_config, NULL};
