/* SPDX-License-Identifier: MIT */
/* control.h - the service as the service control manager sees it. */
#ifndef COLDSTREAM_WINDOWS_SERVICE_CONTROL_H
#define COLDSTREAM_WINDOWS_SERVICE_CONTROL_H

#include <stdbool.h>

#include "arguments.h"

/* Hands this thread over to the service control manager, and returns when the service has ended; false: with
 * GetLastError(), ERROR_FAILED_SERVICE_CONTROLLER_CONNECT if the manager has not started this process. The arguments
 * stay valid. */
bool control_dispatch(const struct arguments *arguments);

#endif
