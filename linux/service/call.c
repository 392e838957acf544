/* SPDX-License-Identifier: MIT */
#include "call.h"

#include <stdlib.h>

#include "../bus/bus_error.h"
#include "../host/host.h"
#include "peer.h"
#include "service.h"

/* Bytes: libdbus stops reading while 63 MiB of messages are kept, answers included. */
enum { CALLS_MAX = 4096, CALLS_OF_PEER_MAX = 256, BYTES_MAX = 32 << 20, BYTES_OF_PEER_MAX = 2 << 20 };

static bool has_room(const struct service *service, const struct peer *peer, size_t bytes)
{
    return service->count_calls < CALLS_MAX && peer->count_calls < CALLS_OF_PEER_MAX &&
           service->bytes_of_calls + bytes <= BYTES_MAX && peer->bytes_of_calls + bytes <= BYTES_OF_PEER_MAX;
}

struct call *call_new(struct service *service, DBusMessage *message, size_t bytes, const struct method *method,
                      struct peer *peer)
{
    struct call *call = has_room(service, peer, bytes) ? calloc(1, sizeof *call) : NULL;
    if (!call) {
        service_send(service,
                     bus_error_reply_named(message, BUS_ERROR_LIMITS_EXCEEDED, "too many calls are under way"));
        return NULL;
    }
    call->service = service;
    call->message = dbus_message_ref(message);
    call->bytes = bytes;
    call->method = method;
    call->peer = peer;
    peer_hold(peer);
    peer->count_calls++;
    call->next = service->calls;
    service->calls = call;
    service->count_calls++;
    peer->bytes_of_calls += bytes;
    service->bytes_of_calls += bytes;
    return call;
}

static void call_free(struct call *call)
{
    struct service *service = call->service;
    for (struct call **link = &service->calls; *link; link = &(*link)->next) {
        if (*link != call)
            continue;
        *link = call->next;
        break;
    }
    service->count_calls--;
    service->bytes_of_calls -= call->bytes;
    call->peer->bytes_of_calls -= call->bytes;
    if (call->pending) {
        dbus_pending_call_cancel(call->pending);
        dbus_pending_call_unref(call->pending);
    }
    dbus_message_unref(call->message);
    call->peer->count_calls--;
    peer_release(call->peer);
    free(call);
}

static void answer(struct call *call, DBusMessage *reply)
{
    if (reply && (call->peer->is_gone || dbus_message_get_no_reply(call->message))) {
        dbus_message_unref(reply);
        reply = NULL;
    }
    service_send(call->service, reply);
    call_free(call);
}

void call_drop(struct call *call)
{
    call_free(call);
}

void call_reply_empty(struct call *call)
{
    answer(call, dbus_message_new_method_return(call->message));
}

void call_fail(struct call *call, jet_err err, const char *detail)
{
    answer(call, bus_error_reply(call->message, err, detail));
}

void call_fail_named(struct call *call, const char *error_name, const char *text)
{
    answer(call, bus_error_reply_named(call->message, error_name, text));
}

void call_fail_invalid(struct call *call, const char *text)
{
    call_fail_named(call, DBUS_ERROR_INVALID_ARGS, text);
}

void call_fail_limit(struct call *call, const char *text)
{
    call_fail_named(call, BUS_ERROR_LIMITS_EXCEEDED, text);
}

void call_fail_answer(struct call *call, const struct host_answer *host_answer)
{
    switch (host_answer->reason) {
    case HOST_REASON_LIMIT: call_fail_limit(call, "another file is open: close it first"); break;
    case HOST_REASON_NO_SUCH_FILE: call_fail_invalid(call, "no file of this number is open"); break;
    case HOST_REASON_FROZEN: call_fail_named(call, BUS_ERROR_FROZEN, "the instance is frozen"); break;
    case HOST_REASON_NONE: call_fail(call, host_answer->err, NULL); break;
    }
}

DBusMessage *call_reply_begin(struct call *call, struct bus_put *put)
{
    DBusMessage *reply = dbus_message_new_method_return(call->message);
    bus_put_init(put, reply);
    return reply;
}

void call_reply_end(struct call *call, DBusMessage *reply, const struct bus_put *put)
{
    if (bus_put_done(put)) {
        answer(call, reply);
        return;
    }
    if (reply)
        dbus_message_unref(reply);
    answer(call, dbus_message_new_error(call->message, DBUS_ERROR_NO_MEMORY, "out of memory"));
}

void call_reply_u32(struct call *call, uint32_t value)
{
    struct bus_put put;
    DBusMessage *reply = call_reply_begin(call, &put);
    bus_put_u32(&put, value);
    call_reply_end(call, reply, &put);
}

void call_reply_path(struct call *call, const char *path)
{
    struct bus_put put;
    DBusMessage *reply = call_reply_begin(call, &put);
    bus_put_path(&put, path);
    call_reply_end(call, reply, &put);
}
