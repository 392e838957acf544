/* SPDX-License-Identifier: MIT */
/* connection.h - one client of the pipe, from its first request to its last. */
#ifndef COLDSTREAM_WINDOWS_SERVICE_CONNECTION_H
#define COLDSTREAM_WINDOWS_SERVICE_CONNECTION_H

#include <windows.h>

#include "host/hosting.h"
#include "os/os_thread.h"

/* Answers until the client leaves, is silent for too long while it has a backup, says what is no request, or `stop` is
 * set. The pipe was opened for overlapped use, and stays the caller's. */
void connection_run(HANDLE pipe, struct hosting *hosting, struct os_event *stop);

#endif
