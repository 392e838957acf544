/* SPDX-License-Identifier: MIT */
/* service_wire.h - a service that is reached over a stream of bytes (wire/wire.h): service.h for whoever has a
 * connection. */
#ifndef COLDSTREAM_TOOL_SERVICE_WIRE_H
#define COLDSTREAM_TOOL_SERVICE_WIRE_H

#include "tool/service.h"

/* A connection. Both functions move all `size` bytes or fail: with JET_errBackupAbortByServer when `stop` (may be NULL)
 * is set. After a failure nothing but `close` is called. */
struct service_transport {
    void *context;
    jet_err (*send)(void *context, const void *bytes, size_t size, struct os_event *stop);
    jet_err (*receive)(void *context, void *bytes, size_t size, struct os_event *stop);
    void (*close)(void *context);
};

/* Takes the connection over, on success. JET_errOutOfMemory. */
MUST_CHECK jet_err service_wire_new(const struct service_transport *transport, struct os_event *stop,
                                    struct service **ret_service);

#endif
