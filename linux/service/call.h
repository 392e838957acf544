/* SPDX-License-Identifier: MIT */
/* call.h - a method call under way, from its arrival to its one answer. */
#ifndef COLDSTREAM_LINUX_SERVICE_CALL_H
#define COLDSTREAM_LINUX_SERVICE_CALL_H

#include <stdbool.h>
#include <stddef.h>

#include <dbus/dbus.h>

#include "base/jet_err.h"
#include "../bus/bus_put.h"

struct host_answer;
struct method;
struct peer;
struct service;

struct call {
    struct call *next; /* the service's */
    struct service *service;
    DBusMessage *message;
    size_t bytes; /* of it */
    const struct method *method;
    struct peer *peer;        /* the caller; held until the answer */
    DBusPendingCall *pending; /* a question of ours (policy.c) that must be answered before */
    uint32_t question;        /* its number, to take it back */
    bool is_handed_on;        /* the caller is known: dispatch_known() has it */
};

/* NULL: no memory, or too many (calls, or bytes of them) are under way; the caller got an error. */
struct call *call_new(struct service *service, DBusMessage *message, size_t bytes, const struct method *method,
                      struct peer *peer);

/* Each of these answers and frees the call. A caller that is gone, or that wanted no answer, gets none. */
void call_reply_empty(struct call *call);
void call_fail(struct call *call, jet_err err, const char *detail); /* a JET error; detail may be NULL */
void call_fail_named(struct call *call, const char *error_name, const char *text);
void call_fail_invalid(struct call *call, const char *text); /* org.freedesktop.DBus.Error.InvalidArgs */
void call_fail_limit(struct call *call, const char *text);   /* LimitsExceeded */
void call_fail_answer(struct call *call, const struct host_answer *host_answer); /* by code and reason */
void call_drop(struct call *call);                                               /* no answer at all */

/* A reply with arguments: call_reply_begin(), bus_put_..., call_reply_end(), which answers and frees. */
DBusMessage *call_reply_begin(struct call *call, struct bus_put *put);
void call_reply_end(struct call *call, DBusMessage *reply, const struct bus_put *put);
void call_reply_u32(struct call *call, uint32_t value);
void call_reply_path(struct call *call, const char *path);

#endif
