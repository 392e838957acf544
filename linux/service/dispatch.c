/* SPDX-License-Identifier: MIT */
/* dispatch.c - a method call, step by step. Each step answers with an error or goes on; two of them wait.
 *
 *      find object, interface, method -> compare the signature -> who is it? (peer.c, waits) -> may it? (policy.c, waits)
 *          -> is the object still there, and its own? -> the handler
 */
#include "dispatch.h"

#include <string.h>

#include "base/compiler.h"
#include "../bus/bus_error.h"
#include "../bus/bus_get.h"
#include "log.h"
#include "peer.h"
#include "policy.h"
#include "service.h"
#include "snapshot.h"
#include "writer.h"

enum { CALL_BYTES_MAX = 512 << 10 };

static const struct method *method_of(const struct interface *interface, const char *name)
{
    for (size_t i = 0; i < interface->count_methods; i++)
        if (strcmp(interface->methods[i].name, name) == 0)
            return &interface->methods[i];
    return NULL;
}

/* NULL, and which of the two is not known. Without a name of an interface, any that has the method will do. */
static const struct method *find_method(const struct object *object, const char *interface, const char *name,
                                        bool *ret_interface)
{
    const struct method *method = NULL;
    *ret_interface = !interface;
    if (object && (!interface || strcmp(interface, object->interface->name) == 0)) {
        *ret_interface = true;
        method = method_of(object->interface, name);
    }
    for (size_t i = 0; !method && i < count_standard_interfaces; i++) {
        if (interface && strcmp(interface, standard_interfaces[i].name) != 0)
            continue;
        *ret_interface = true;
        method = method_of(&standard_interfaces[i], name);
    }
    return method;
}

static void refuse(struct service *service, DBusMessage *message, const char *name, const char *text)
{
    if (!dbus_message_get_no_reply(message))
        service_send(service, bus_error_reply_named(message, name, text));
}

/* The method a message is for; NULL: answered. */
static const struct method *check_method(struct service *service, DBusMessage *message)
{
    const char *path = dbus_message_get_path(message);
    const struct object *object = object_find(service, path);
    if (!object && !object_is_folder(service, path)) {
        refuse(service, message, DBUS_ERROR_UNKNOWN_OBJECT, "there is no such object");
        return NULL;
    }
    bool has_interface = false;
    const struct method *method =
        find_method(object, dbus_message_get_interface(message), dbus_message_get_member(message), &has_interface);
    if (!method) {
        refuse(service, message, has_interface ? DBUS_ERROR_UNKNOWN_METHOD : DBUS_ERROR_UNKNOWN_INTERFACE,
               "the object has no such method");
        return NULL;
    }
    if (!dbus_message_has_signature(message, method->in)) {
        refuse(service, message, DBUS_ERROR_INVALID_ARGS, "the arguments have other types");
        return NULL;
    }
    return method;
}

/* In front of all else, as a call is kept while the bus and the authority are asked who it is and whether it may. A
 * hundred databases with names of 4 KiB fit; no method takes descriptors. False: answered. */
static bool is_small(struct service *service, DBusMessage *message, size_t bytes)
{
    if (dbus_message_contains_unix_fds(message))
        refuse(service, message, DBUS_ERROR_INVALID_ARGS, "no method takes descriptors");
    else if (bytes > CALL_BYTES_MAX)
        refuse(service, message, BUS_ERROR_LIMITS_EXCEEDED, "the call is too long");
    else
        return true;
    return false;
}

static void method_call(struct service *service, DBusMessage *message)
{
    const char *sender = dbus_message_get_sender(message);
    const size_t bytes = bus_size(message);
    const struct method *method = sender && is_small(service, message, bytes) ? check_method(service, message) : NULL;
    if (!method)
        return;
    struct peer *peer = peer_get(service, sender);
    if (!peer) {
        refuse(service, message, BUS_ERROR_LIMITS_EXCEEDED, "too many clients at a time");
        return;
    }
    struct call *call = call_new(service, message, bytes, method, peer);
    peer_release(peer);
    if (!call || !peer->is_known)
        return; /* goes on when the bus has answered */
    call->is_handed_on = true;
    dispatch_known(call);
}

static bool is_too_late(const struct call *call)
{
    return call->service->is_stopping && !(call->method->flags & METHOD_WHEN_STOPPING);
}

void dispatch_known(struct call *call)
{
    if (is_too_late(call))
        call_fail(call, JET_errTermInProgress, "the service is stopping");
    else
        policy_ask(call);
}

void dispatch_allowed(struct call *call)
{
    struct service *service = call->service;
    struct object *object = object_find(service, dbus_message_get_path(call->message));
    const struct method *method = call->method;
    const bool is_owned = method->access == ACCESS_OWNER || (method->flags & METHOD_OWNED);
    if (is_too_late(call)) { /* the authority took its time: what is made now, nobody ends any more */
        call_fail(call, JET_errTermInProgress, "the service is stopping");
    } else if (!object && !object_is_folder(service, dbus_message_get_path(call->message))) {
        call_fail_named(call, DBUS_ERROR_UNKNOWN_OBJECT, "the object is gone");
    } else if (is_owned && object && object->owner != call->peer && (object->owner || method->access == ACCESS_OWNER)) {
        call_fail_named(call, DBUS_ERROR_ACCESS_DENIED, "the object belongs to another client");
    } else if ((method->flags & METHOD_NOT_FROZEN) && served_snapshot_any_frozen(service)) {
        call_fail_named(call, BUS_ERROR_FROZEN, "there is a freeze");
    } else {
        DBusMessageIter args;
        (void)dbus_message_iter_init(call->message, &args);
        method->run(call, object ? object->self : NULL, &args);
    }
}

/* --- signals --- */

static void name_owner_changed(struct service *service, DBusMessage *message)
{
    const char *name = NULL;
    const char *before = NULL;
    const char *after = NULL;
    if (dbus_message_has_sender(message, DBUS_SERVICE_DBUS) &&
        dbus_message_get_args(message, NULL, DBUS_TYPE_STRING, &name, DBUS_TYPE_STRING, &before, DBUS_TYPE_STRING,
                              &after, DBUS_TYPE_INVALID) &&
        !*after)
        peer_is_gone(service, name);
}

static void name_lost(struct service *service, DBusMessage *message)
{
    const char *name = NULL;
    if (!dbus_message_has_sender(message, DBUS_SERVICE_DBUS) ||
        !dbus_message_get_args(message, NULL, DBUS_TYPE_STRING, &name, DBUS_TYPE_INVALID) ||
        strcmp(name, BUS_SERVICE) != 0)
        return;
    service_log(LOG_LEVEL_ERROR, "the name on the bus was taken away name=%s", BUS_SERVICE);
    service_stop(service, 1);
}

static void signal_arrived(struct service *service, DBusMessage *message)
{
    if (dbus_message_is_signal(message, DBUS_INTERFACE_LOCAL, "Disconnected")) {
        service_log(LOG_LEVEL_ERROR, "the bus is gone");
        service_stop(service, 1);
    } else if (dbus_message_is_signal(message, DBUS_INTERFACE_DBUS, "NameOwnerChanged")) {
        name_owner_changed(service, message);
    } else if (dbus_message_is_signal(message, DBUS_INTERFACE_DBUS, "NameLost")) {
        name_lost(service, message);
    } else if (dbus_message_has_interface(message, BUS_WRITER_INTERFACE)) {
        writer_signal(service, message);
    }
}

DBusHandlerResult dispatch_message(DBusConnection *connection, DBusMessage *message, void *context)
{
    (void)connection;
    switch (dbus_message_get_type(message)) {
    case DBUS_MESSAGE_TYPE_METHOD_CALL: method_call(context, message); return DBUS_HANDLER_RESULT_HANDLED;
    case DBUS_MESSAGE_TYPE_SIGNAL: signal_arrived(context, message); return DBUS_HANDLER_RESULT_HANDLED;
    default: return DBUS_HANDLER_RESULT_NOT_YET_HANDLED;
    }
}
