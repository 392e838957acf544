/* SPDX-License-Identifier: MIT */
/* client_owner.h - whose is the pipe? While the service does not run, any user may make a pipe of its name, and wait
 * for administrators. */
#ifndef COLDSTREAM_WINDOWS_CLIENT_OWNER_H
#define COLDSTREAM_WINDOWS_CLIENT_OWNER_H

#include <stdbool.h>
#include <wchar.h>

#include <windows.h>

/* Of one that os_owner_is_trusted(), or of the account of the service that is called like the pipe (\\.\pipe\NAME). */
bool client_owner_is_trusted(HANDLE pipe, const wchar_t *name);

#endif
