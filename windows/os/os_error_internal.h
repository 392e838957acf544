/* SPDX-License-Identifier: MIT */
/* os_error_internal.h - how the rest of windows/os reports a failed call; see os/os_error.h for what callers see. */
#ifndef COLDSTREAM_WINDOWS_OS_ERROR_INTERNAL_H
#define COLDSTREAM_WINDOWS_OS_ERROR_INTERNAL_H

#include <windows.h>

#include "base/compiler.h"
#include "base/jet_err.h"

/* Numbers of Microsoft's list that mingw-w64 10 does not have. */
enum {
    OS_ERROR_NO_SUCH_DEVICE = 433,
    OS_ERROR_DISK_QUOTA_EXCEEDED = 1295,
};

/* Keeps `system` (a Win32 error number) for this thread and returns the JET code it stands for, never success. */
MUST_CHECK jet_err os_error_from(DWORD system);

/* The same for GetLastError(): call it directly behind the call that failed. */
MUST_CHECK jet_err os_error_from_system(void);

/* Keeps `system` (ERROR_SUCCESS if the failure is not the system's) and returns `err`: for those who know better. */
MUST_CHECK jet_err os_error_found(jet_err err, DWORD system);

#endif
