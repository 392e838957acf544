/* SPDX-License-Identifier: MIT */
/* pipe.h - the door of the service: the named pipe \\.\pipe\NAME, for administrators and backup operators of this
 * machine.
 *
 * Each client has an instance of the pipe and a thread, which answers its requests (host/session.h) and waits for the
 * next. A client that dies breaks its pipe, and its session ends. All input and output is overlapped: the thread waits
 * for it, for the end of the service, and for whoever stops the client's backup, whatever the client does. */
#ifndef COLDSTREAM_WINDOWS_SERVICE_PIPE_H
#define COLDSTREAM_WINDOWS_SERVICE_PIPE_H

#include <wchar.h>

#include "host/hosting.h"

struct pipe_server;

/* Clients can come as soon as this returns. JET_errFileAccessDenied: somebody has a pipe of the name already, which may
 * be another's trap: the name is ours from the first instance on, or not at all. */
MUST_CHECK jet_err pipe_server_start(const wchar_t *name, struct hosting *hosting, struct pipe_server **ret_server);

/* Ends all connections, after the call that each is in. Takes NULL. */
void pipe_server_stop(struct pipe_server *server);

#endif
