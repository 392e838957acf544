/* SPDX-License-Identifier: MIT */
/* client.h - the command line's way to the service on Windows: its named pipe (windows/service/pipe.h). */
#ifndef COLDSTREAM_WINDOWS_CLIENT_CLIENT_H
#define COLDSTREAM_WINDOWS_CLIENT_CLIENT_H

#include "tool/service.h"

extern const struct service_door client_door;

#endif
