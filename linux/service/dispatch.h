/* SPDX-License-Identifier: MIT */
/* dispatch.h - what happens to a message. */
#ifndef COLDSTREAM_LINUX_SERVICE_DISPATCH_H
#define COLDSTREAM_LINUX_SERVICE_DISPATCH_H

#include "call.h"

/* The filter of the connection; its context is the service. */
DBusHandlerResult dispatch_message(DBusConnection *connection, DBusMessage *message, void *context);

/* The bus has told who the caller is (or that it is gone: then the calls are dropped). */
void dispatch_known(struct call *call);

/* The policy has agreed: runs the method, if the object is still there. */
void dispatch_allowed(struct call *call);

#endif
