/* SPDX-License-Identifier: MIT */
/* session.h - what one client of the service asks, over whatever connection: requests of wire/wire.h and their replies.
 * It owns the backup and the freezes that the client began.
 *
 * One thread uses a session. Whoever waits for the client waits for session_bell(), too: then the client's backup has
 * been stopped by somebody, and session_attend() lets go of the instance, if need be, while the client sleeps. */
#ifndef COLDSTREAM_HOST_SESSION_H
#define COLDSTREAM_HOST_SESSION_H

#include "host/hosting.h"
#include "os/os_thread.h"
#include "wire/wire.h"

struct session;

/* JET_errOutOfMemory. */
MUST_CHECK jet_err session_new(struct hosting *hosting, struct session **ret_session);

/* The client is gone: ends its backup as aborted, and aborts its freezes. Takes NULL. */
void session_free(struct session *session);

/* Does what is asked. The reply, its texts and lists belong to the session and live until the next call. Of
 * WIRE_REPLY_DATA the bytes are those of session_data(). */
const struct wire_reply *session_answer(struct session *session, const struct wire_request *request);
const void *session_data(const struct session *session, size_t *ret_size);

/* A reply for what is no request. */
const struct wire_reply *session_refuse(struct session *session, const char *text);

struct os_event *session_bell(struct session *session);
void session_attend(struct session *session);

/* How long the client may be silent; OS_WAIT_FOREVER while it holds nothing that others may need. */
int64_t session_patience_ms(const struct session *session);

#endif
