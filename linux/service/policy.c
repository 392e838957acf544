/* SPDX-License-Identifier: MIT */
#include "policy.h"

#include <stdio.h>

#include "base/compiler.h"
#include "../bus/bus_get.h"
#include "dispatch.h"
#include "log.h"
#include "peer.h"
#include "service.h"

#define POLKIT           "org.freedesktop.PolicyKit1"
#define POLKIT_PATH      "/org/freedesktop/PolicyKit1/Authority"
#define POLKIT_INTERFACE "org.freedesktop.PolicyKit1.Authority"

enum { ASK_MS = 25000, ASK_A_PERSON_MS = 300000, MAY_ASK_A_PERSON = 1 };

static const char *const actions[] = {
    [ACCESS_EVERYBODY] = NULL,
    [ACCESS_OWNER] = NULL,
    [ACCESS_STATUS] = "org.coldstream.backup1.status",
    [ACCESS_BACKUP] = "org.coldstream.backup1.backup",
    [ACCESS_STOP] = "org.coldstream.backup1.stop",
    [ACCESS_FREEZE] = "org.coldstream.backup1.freeze",
    [ACCESS_TRUNCATE] = "org.coldstream.backup1.truncate",
    [ACCESS_WRITER] = "org.coldstream.backup1.writer",
    [ACCESS_ADMIN] = "org.coldstream.backup1.admin",
};

const char *policy_action(enum access access)
{
    return (size_t)access < COUNT_OF(actions) ? actions[access] : NULL;
}

static void question_id(const struct call *call, char *id, size_t size)
{
    (void)snprintf(id, size, "coldstream-%lu", (unsigned long)call->question);
}

/* (sa{sv}): whoever is behind the name. Never a process: numbers of processes are used again. */
static void put_subject(struct bus_put *put, const char *name)
{
    bus_put_open(put, DBUS_TYPE_STRUCT, NULL);
    bus_put_text(put, "system-bus-name");
    bus_put_open(put, DBUS_TYPE_ARRAY, "{sv}");
    bus_put_open_entry(put, "name", "s");
    bus_put_text(put, name);
    bus_put_close_entry(put);
    bus_put_close(put);
    bus_put_close(put);
}

static DBusMessage *new_question(const struct call *call, bool may_ask)
{
    char id[40];
    struct bus_put put;
    DBusMessage *message = dbus_message_new_method_call(POLKIT, POLKIT_PATH, POLKIT_INTERFACE, "CheckAuthorization");
    question_id(call, id, sizeof id);
    bus_put_init(&put, message);
    put_subject(&put, call->peer->name);
    bus_put_text(&put, policy_action(call->method->access));
    bus_put_open(&put, DBUS_TYPE_ARRAY, "{ss}");
    bus_put_close(&put);
    bus_put_u32(&put, may_ask ? MAY_ASK_A_PERSON : 0);
    bus_put_text(&put, id);
    if (bus_put_done(&put))
        return message;
    if (message)
        dbus_message_unref(message);
    return NULL;
}

static bool is_absent(DBusMessage *reply)
{
    return dbus_message_is_error(reply, DBUS_ERROR_SERVICE_UNKNOWN) ||
           dbus_message_is_error(reply, DBUS_ERROR_NAME_HAS_NO_OWNER);
}

static void decide(struct call *call, DBusMessage *reply)
{
    DBusMessageIter iter, result;
    if (is_absent(reply)) {
        dispatch_allowed(call);
        return;
    }
    if (dbus_message_get_type(reply) != DBUS_MESSAGE_TYPE_METHOD_RETURN ||
        !dbus_message_has_signature(reply, "(bba{ss})")) {
        service_log(LOG_LEVEL_WARNING, "the authority gave no decision action=%s error=%s",
                    policy_action(call->method->access),
                    dbus_message_get_error_name(reply) ? dbus_message_get_error_name(reply) : "none");
        call_fail_named(call, DBUS_ERROR_ACCESS_DENIED, "the authority gave no decision");
        return;
    }
    (void)dbus_message_iter_init(reply, &iter);
    dbus_message_iter_recurse(&iter, &result);
    const bool is_allowed = bus_get_bool(&result);
    const bool is_challenge = bus_get_bool(&result);
    if (is_allowed)
        dispatch_allowed(call);
    else if (is_challenge)
        call_fail_named(call, DBUS_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED, policy_action(call->method->access));
    else
        call_fail_named(call, DBUS_ERROR_ACCESS_DENIED, policy_action(call->method->access));
}

static void decided(DBusPendingCall *pending, void *context)
{
    struct call *call = context;
    DBusMessage *reply = dbus_pending_call_steal_reply(pending);
    dbus_pending_call_unref(call->pending);
    call->pending = NULL;
    if (!reply) {
        call_drop(call);
        return;
    }
    decide(call, reply);
    dbus_message_unref(reply);
}

static bool ask(struct call *call)
{
    static uint32_t questions; /* of the loop's thread */
    call->question = ++questions;
    const bool may_ask = dbus_message_get_allow_interactive_authorization(call->message);
    DBusMessage *message = new_question(call, may_ask);
    const bool sent = message &&
                      dbus_connection_send_with_reply(call->service->connection, message, &call->pending,
                                                      may_ask ? ASK_A_PERSON_MS : ASK_MS) &&
                      call->pending && dbus_pending_call_set_notify(call->pending, decided, call, NULL);
    if (message)
        dbus_message_unref(message);
    return sent;
}

void policy_ask(struct call *call)
{
    if (!policy_action(call->method->access) || call->peer->uid == 0)
        dispatch_allowed(call);
    else if (!ask(call))
        call_fail_named(call, DBUS_ERROR_ACCESS_DENIED, "the authority could not be asked");
}

void policy_take_back(struct call *call)
{
    char id[40];
    struct bus_put put;
    question_id(call, id, sizeof id);
    DBusMessage *message =
        dbus_message_new_method_call(POLKIT, POLKIT_PATH, POLKIT_INTERFACE, "CancelCheckAuthorization");
    bus_put_init(&put, message);
    bus_put_text(&put, id);
    if (message)
        dbus_message_set_no_reply(message, TRUE);
    object_signal_send(call->service, message, &put, NULL);
}
