/* SPDX-License-Identifier: MIT */
#include "peer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backup.h"
#include "../bus/bus_get.h"
#include "dispatch.h"
#include "policy.h"
#include "service.h"
#include "snapshot.h"
#include "writer.h"

/* The bus allows 512 match rules a connection; writers have a second one each. */
enum { PEERS_MAX = 400, QUESTION_MS = 25000, GIDS_MAX = 65536 };

static void match(const struct peer *peer, void (*change)(DBusConnection *, const char *, DBusError *))
{
    char rule[512];
    if (!peer->service->connection)
        return;
    (void)snprintf(rule, sizeof rule,
                   "type='signal',sender='" DBUS_SERVICE_DBUS "',interface='" DBUS_INTERFACE_DBUS
                   "',member='NameOwnerChanged',arg0='%s'",
                   peer->name);
    change(peer->service->connection, rule, NULL); /* without an error it does not wait */
}

static void forget(struct peer *peer)
{
    struct service *service = peer->service;
    for (struct peer **link = &service->peers; *link; link = &(*link)->next) {
        if (*link != peer)
            continue;
        *link = peer->next;
        service->count_peers--;
        match(peer, dbus_bus_remove_match);
        break;
    }
    if (peer->question) {
        dbus_pending_call_cancel(peer->question);
        dbus_pending_call_unref(peer->question);
    }
    free(peer->gids);
    free(peer->name);
    free(peer);
}

void peer_hold(struct peer *peer)
{
    peer->holds++;
}

void peer_release(struct peer *peer)
{
    if (peer && --peer->holds == 0)
        forget(peer);
}

/* --- who it is --- */

static void read_gids(struct peer *peer, DBusMessageIter *value)
{
    DBusMessageIter content;
    const dbus_uint32_t *gids = NULL;
    int count = 0;
    if (dbus_message_iter_get_arg_type(value) != DBUS_TYPE_ARRAY ||
        dbus_message_iter_get_element_type(value) != DBUS_TYPE_UINT32)
        return;
    dbus_message_iter_recurse(value, &content);
    dbus_message_iter_get_fixed_array(&content, (void *)&gids, &count);
    if (count <= 0 || count > GIDS_MAX)
        return;
    peer->gids = calloc((size_t)count, sizeof *peer->gids);
    if (!peer->gids)
        return; /* it has none then: less is allowed */
    memcpy(peer->gids, gids, (size_t)count * sizeof *gids);
    peer->count_gids = (size_t)count;
}

static void read_credentials(struct peer *peer, DBusMessage *reply)
{
    DBusMessageIter iter, entries;
    if (!dbus_message_has_signature(reply, "a{sv}") || !dbus_message_iter_init(reply, &iter))
        return;
    dbus_message_iter_recurse(&iter, &entries);
    for (; dbus_message_iter_get_arg_type(&entries) == DBUS_TYPE_DICT_ENTRY; (void)dbus_message_iter_next(&entries)) {
        DBusMessageIter entry, value;
        dbus_message_iter_recurse(&entries, &entry);
        const char *key = bus_get_text(&entry);
        dbus_message_iter_recurse(&entry, &value);
        const bool is_number = dbus_message_iter_get_arg_type(&value) == DBUS_TYPE_UINT32;
        if (strcmp(key, "UnixUserID") == 0 && is_number) {
            peer->uid = bus_get_u32(&value);
            peer->is_known = true;
        } else if (strcmp(key, "ProcessID") == 0 && is_number) {
            peer->pid = bus_get_u32(&value);
        } else if (strcmp(key, "UnixGroupIDs") == 0) {
            read_gids(peer, &value);
        }
    }
}

/* The calls that wait for it go on; the list may change under each. */
static void go_on(struct peer *peer)
{
    struct service *service = peer->service;
    peer_hold(peer);
    for (struct call *call = service->calls; call;) {
        if (call->peer != peer || call->is_handed_on || !call->method) {
            call = call->next;
            continue;
        }
        call->is_handed_on = true;
        if (peer->is_gone)
            call_drop(call);
        else if (!peer->is_known)
            call_fail_named(call, DBUS_ERROR_ACCESS_DENIED, "the bus does not tell who the caller is");
        else
            dispatch_known(call);
        call = service->calls;
    }
    peer_release(peer);
}

static void credentials_arrived(DBusPendingCall *question, void *context)
{
    struct peer *peer = context;
    DBusMessage *reply = dbus_pending_call_steal_reply(question);
    dbus_pending_call_unref(peer->question);
    peer->question = NULL;
    if (reply && dbus_message_get_type(reply) == DBUS_MESSAGE_TYPE_METHOD_RETURN)
        read_credentials(peer, reply);
    if (reply && dbus_message_is_error(reply, DBUS_ERROR_NAME_HAS_NO_OWNER))
        peer->is_gone = true; /* before the rule was in place */
    if (reply)
        dbus_message_unref(reply);
    go_on(peer);
}

static bool ask(struct peer *peer)
{
    DBusMessage *message = dbus_message_new_method_call(DBUS_SERVICE_DBUS, DBUS_PATH_DBUS, DBUS_INTERFACE_DBUS,
                                                        "GetConnectionCredentials");
    struct bus_put put;
    bus_put_init(&put, message);
    bus_put_text(&put, peer->name);
    const bool sent =
        bus_put_done(&put) &&
        dbus_connection_send_with_reply(peer->service->connection, message, &peer->question, QUESTION_MS) &&
        peer->question && dbus_pending_call_set_notify(peer->question, credentials_arrived, peer, NULL);
    if (message)
        dbus_message_unref(message);
    return sent;
}

struct peer *peer_get(struct service *service, const char *name)
{
    for (struct peer *peer = service->peers; peer; peer = peer->next) {
        if (strcmp(peer->name, name) != 0)
            continue;
        peer_hold(peer);
        return peer;
    }
    struct peer *peer = service->count_peers < PEERS_MAX ? calloc(1, sizeof *peer) : NULL;
    if (!peer)
        return NULL;
    peer->service = service;
    peer->holds = 1;
    peer->name = strdup(name);
    if (!peer->name) {
        free(peer);
        return NULL;
    }
    peer->next = service->peers;
    service->peers = peer;
    service->count_peers++;
    match(peer, dbus_bus_add_match);
    if (!ask(peer)) {
        peer_release(peer);
        return NULL;
    }
    return peer;
}

/* --- its end --- */

static void drop_questions(struct peer *peer)
{
    struct service *service = peer->service;
    for (struct call *call = service->calls; call;) {
        struct call *next = call->next;
        if (call->peer == peer && call->pending) {
            policy_take_back(call);
            call_drop(call);
        }
        call = next;
    }
}

void peer_is_gone(struct service *service, const char *name)
{
    struct peer *peer = service->peers;
    while (peer && strcmp(peer->name, name) != 0)
        peer = peer->next;
    if (!peer || peer->is_gone)
        return;
    peer_hold(peer);
    peer->is_gone = true;
    drop_questions(peer);
    writer_peer_is_gone(service, peer);
    served_backup_peer_is_gone(service, peer);
    served_snapshot_peer_is_gone(service, peer);
    peer_release(peer);
}

bool peer_has_gid(const struct peer *peer, uint32_t gid)
{
    for (size_t i = 0; i < peer->count_gids; i++)
        if (peer->gids[i] == gid)
            return true;
    return false;
}

bool peer_take_object(struct peer *peer)
{
    if (peer->is_gone || peer->count_objects >= peer->service->config->max_objects_of_client)
        return false;
    peer->count_objects++;
    peer_hold(peer);
    return true;
}

void peer_drop_object(struct peer *peer)
{
    if (!peer)
        return;
    peer->count_objects--;
    peer_release(peer);
}
