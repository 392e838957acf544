/* SPDX-License-Identifier: MIT */
#include "client_call.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../bus/bus_error.h"
#include "os/os_clock.h"

/* How soon Ctrl-C is seen; an answer is seen at once. */
enum { LOOK_MS = 50 };

jet_err client_fail(struct client *client, enum exit_status status, jet_err err, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    (void)vsnprintf(client->service.failure.text, sizeof client->service.failure.text, format, values);
    va_end(values);
    client->service.failure.status = status;
    return err;
}

static jet_err out_of_memory(struct client *client)
{
    return client_fail(client, EXIT_STATUS_FAILED, JET_errOutOfMemory, "out of memory");
}

DBusMessage *client_call_new(const char *path, const char *interface, const char *method)
{
    return dbus_message_new_method_call(BUS_SERVICE, path, interface, method);
}

bool client_is_stopped(const struct client *client)
{
    return os_event_wait(client->service.stop, 0) || (client->stop && os_event_wait(client->stop, 0));
}

/* ---- errors ---- */

/* The bus speaks of names and rules. */
static const char *text_of(const DBusError *error)
{
    static const char refused[] = "Rejected send message";
    if (dbus_error_has_name(error, DBUS_ERROR_SERVICE_UNKNOWN) ||
        dbus_error_has_name(error, DBUS_ERROR_NAME_HAS_NO_OWNER))
        return "coldstreamd does not run on this bus";
    if (!error->message || !*error->message)
        return error->name;
    if (dbus_error_has_name(error, DBUS_ERROR_ACCESS_DENIED) &&
        strncmp(error->message, refused, sizeof refused - 1) == 0)
        return "only root and members of the group coldstream may ask the service";
    return error->message;
}

/* What the service, or the bus, said: name and text. */
static jet_err keep_error(struct client *client, const DBusError *error)
{
    enum exit_status status;
    jet_err err;
    const char *text = text_of(error);
    if (bus_error_code(error->name, &err))
        return client_fail(client, exit_status_of(err), err, "%s", text);
    const char *name = strrchr(error->name, '.');
    err = service_error_named(name ? name + 1 : error->name, &status);
    if (status == EXIT_STATUS_NO_SERVICE)
        return client_fail(client, status, err, "the service cannot be reached: %s", text);
    return client_fail(client, status, err, "%s", text);
}

/* ---- calls ---- */

/* Until the answer is there, the connection has gone, or somebody wants to stop. */
static jet_err wait_for(struct client *client, DBusPendingCall *pending, bool is_stoppable)
{
    while (!dbus_pending_call_get_completed(pending)) {
        if (is_stoppable && client_is_stopped(client))
            return client_fail(client, EXIT_STATUS_STOPPED, JET_errBackupAbortByServer, "interrupted");
        if (!dbus_connection_read_write_dispatch(client->bus, LOOK_MS))
            return client_fail(client, EXIT_STATUS_NO_SERVICE, JET_errInstanceUnavailable,
                               "the service cannot be reached: the bus has gone");
    }
    return JET_errSuccess;
}

static jet_err check_reply(struct client *client, DBusMessage *reply, const char *signature)
{
    DBusError error = DBUS_ERROR_INIT;
    if (!reply)
        return out_of_memory(client);
    if (dbus_set_error_from_message(&error, reply)) {
        jet_err err = keep_error(client, &error);
        dbus_error_free(&error);
        return err;
    }
    if (!dbus_message_has_signature(reply, signature))
        return client_fail(client, EXIT_STATUS_FAILED, JET_errInternalError,
                           "the service answers in another way than this version knows");
    return JET_errSuccess;
}

/* Takes the call over; NULL: it could not be sent. */
static DBusPendingCall *send_call(struct client *client, DBusMessage *call, int limit_ms, jet_err *ret_err)
{
    DBusPendingCall *pending = NULL;
    client->service.failure = (struct service_failure){.status = EXIT_STATUS_DONE};
    *ret_err = JET_errSuccess;
    if (!call) {
        *ret_err = out_of_memory(client);
        return NULL;
    }
    dbus_message_set_allow_interactive_authorization(call, TRUE);
    if (!dbus_connection_send_with_reply(client->bus, call, &pending, limit_ms))
        *ret_err = out_of_memory(client);
    else if (!pending)
        *ret_err = client_fail(client, EXIT_STATUS_NO_SERVICE, JET_errInstanceUnavailable,
                               "the service cannot be reached: the bus has gone");
    dbus_message_unref(call);
    return pending;
}

/* The answer that has come; NULL: it tells of a failure. */
static DBusMessage *take_reply(struct client *client, DBusPendingCall *pending, const char *signature, jet_err *ret_err)
{
    DBusMessage *reply = dbus_pending_call_steal_reply(pending);
    *ret_err = check_reply(client, reply, signature);
    if (*ret_err < JET_errSuccess && reply) {
        dbus_message_unref(reply);
        reply = NULL;
    }
    return reply;
}

/* Of an answer that is only wanted so that what it tells of can be undone. */
static DBusMessage *take_late(struct client *client, DBusPendingCall *pending, const char *signature)
{
    jet_err err;
    const struct service_failure why = client->service.failure;
    const uint64_t until_ns = os_clock_monotonic_ns() + (uint64_t)CLIENT_LATE_MS * 1000000;
    while (!dbus_pending_call_get_completed(pending) && os_clock_monotonic_ns() < until_ns &&
           dbus_connection_read_write_dispatch(client->bus, LOOK_MS))
        ;
    if (!dbus_pending_call_get_completed(pending)) {
        dbus_pending_call_cancel(pending);
        (void)client_fail(client, EXIT_STATUS_STOPPED, JET_errBackupAbortByServer,
                          "interrupted, and the service has not answered: what it still begins ends at its time-out");
        return NULL;
    }
    DBusMessage *reply = take_reply(client, pending, signature, &err);
    client->service.failure = why;
    return reply;
}

/* What becomes of a call that a stop interrupts. */
enum interrupted {
    CALL_IS_NOT,   /* it is waited for all the same */
    CALL_IS_LEFT,  /* nobody hears the answer */
    CALL_IS_UNDONE /* the answer is waited for, for a while */
};

static DBusMessage *ask(struct client *client, DBusMessage *call, const char *signature, int limit_ms,
                        enum interrupted interrupted, jet_err *ret_err)
{
    DBusMessage *reply = NULL;
    DBusPendingCall *pending = send_call(client, call, limit_ms, ret_err);
    if (!pending)
        return NULL;
    *ret_err = wait_for(client, pending, interrupted != CALL_IS_NOT);
    if (*ret_err >= JET_errSuccess)
        reply = take_reply(client, pending, signature, ret_err);
    else if (*ret_err == JET_errBackupAbortByServer && interrupted == CALL_IS_UNDONE)
        reply = take_late(client, pending, signature);
    else
        dbus_pending_call_cancel(pending);
    dbus_pending_call_unref(pending);
    return reply;
}

DBusMessage *client_ask(struct client *client, DBusMessage *call, const char *signature, int limit_ms,
                        bool is_stoppable, jet_err *ret_err)
{
    return ask(client, call, signature, limit_ms, is_stoppable ? CALL_IS_LEFT : CALL_IS_NOT, ret_err);
}

DBusMessage *client_ask_for_undo(struct client *client, DBusMessage *call, const char *signature, int limit_ms,
                                 jet_err *ret_err)
{
    return ask(client, call, signature, limit_ms, CALL_IS_UNDONE, ret_err);
}

/* ---- properties ---- */

DBusMessage *client_properties(struct client *client, const char *path, const char *interface, jet_err *ret_err)
{
    struct bus_put put;
    DBusMessage *call = client_call_new(path, DBUS_INTERFACE_PROPERTIES, "GetAll");
    if (call) {
        bus_put_init(&put, call);
        bus_put_text(&put, interface);
        if (!bus_put_done(&put)) {
            dbus_message_unref(call);
            call = NULL;
        }
    }
    return client_ask(client, call, "a{sv}", CLIENT_SHORT_MS, true, ret_err);
}

static bool has_signature(DBusMessageIter *value, const char *signature)
{
    char *found = dbus_message_iter_get_signature(value);
    const bool is_same = found && strcmp(found, signature) == 0;
    dbus_free(found);
    return is_same;
}

bool client_property(DBusMessage *properties, const char *key, const char *signature, DBusMessageIter *ret_value)
{
    DBusMessageIter root, entries;
    if (!dbus_message_iter_init(properties, &root))
        return false;
    for (dbus_message_iter_recurse(&root, &entries); dbus_message_iter_get_arg_type(&entries) == DBUS_TYPE_DICT_ENTRY;
         dbus_message_iter_next(&entries)) {
        DBusMessageIter entry;
        dbus_message_iter_recurse(&entries, &entry);
        if (strcmp(bus_get_text(&entry), key) != 0)
            continue;
        dbus_message_iter_recurse(&entry, ret_value);
        return has_signature(ret_value, signature);
    }
    return false;
}

uint32_t client_property_u32(DBusMessage *properties, const char *key)
{
    DBusMessageIter value;
    return client_property(properties, key, "u", &value) ? bus_get_u32(&value) : 0;
}

uint64_t client_property_u64(DBusMessage *properties, const char *key)
{
    DBusMessageIter value;
    return client_property(properties, key, "t", &value) ? bus_get_u64(&value) : 0;
}

bool client_property_bool(DBusMessage *properties, const char *key)
{
    DBusMessageIter value;
    return client_property(properties, key, "b", &value) && bus_get_bool(&value);
}

void client_property_text(DBusMessage *properties, const char *key, char *text, size_t size)
{
    DBusMessageIter value;
    const bool is_there =
        client_property(properties, key, "s", &value) || client_property(properties, key, "o", &value);
    (void)snprintf(text, size, "%s", is_there ? bus_get_text(&value) : "");
}

char *client_property_name(DBusMessage *properties, const char *key)
{
    DBusMessageIter value;
    return client_property(properties, key, "ay", &value) ? bus_bytes_to_name(bus_get_bytes(&value)) : NULL;
}

/* ---- files ---- */

jet_err client_get_files(struct client *client, DBusMessageIter *list, struct sender_file **files, size_t *count)
{
    DBusMessageIter entries;
    size_t more = 0;
    if (dbus_message_iter_get_arg_type(list) != DBUS_TYPE_ARRAY)
        return JET_errSuccess;
    for (dbus_message_iter_recurse(list, &entries); dbus_message_iter_get_arg_type(&entries) == DBUS_TYPE_STRUCT;
         dbus_message_iter_next(&entries))
        more++;
    struct sender_file *grown = realloc(*files, (*count + more + 1) * sizeof *grown);
    if (!grown)
        return out_of_memory(client);
    *files = grown;
    for (dbus_message_iter_recurse(list, &entries); dbus_message_iter_get_arg_type(&entries) == DBUS_TYPE_STRUCT;
         dbus_message_iter_next(&entries)) {
        DBusMessageIter fields;
        dbus_message_iter_recurse(&entries, &fields);
        char *name = bus_bytes_to_name(bus_get_bytes(&fields));
        if (!name)
            return client_fail(client, EXIT_STATUS_FAILED, JET_errInvalidPath,
                               "the service names a file that cannot be");
        grown[(*count)++] = (struct sender_file){name, bus_get_u64(&fields)};
    }
    return JET_errSuccess;
}

void client_files_free(struct sender_file **files, size_t *count)
{
    for (size_t i = 0; i < *count; i++)
        free((void *)(uintptr_t)(*files)[i].path);
    free(*files);
    *files = NULL;
    *count = 0;
}

jet_err client_find_instance(struct client *client, const char *label, char path[CLIENT_PATH_SIZE])
{
    DBusMessageIter arguments;
    struct bus_put put;
    jet_err err;
    DBusMessage *call = client_call_new(BUS_ROOT_PATH, BUS_MANAGER_INTERFACE, "GetInstance");
    if (call) {
        bus_put_init(&put, call);
        bus_put_text(&put, label);
        if (!bus_put_done(&put)) {
            dbus_message_unref(call);
            call = NULL;
        }
    }
    DBusMessage *reply = client_ask(client, call, "o", CLIENT_SHORT_MS, true, &err);
    if (!reply)
        return err;
    dbus_message_iter_init(reply, &arguments);
    (void)snprintf(path, CLIENT_PATH_SIZE, "%s", bus_get_text(&arguments));
    dbus_message_unref(reply);
    return JET_errSuccess;
}
