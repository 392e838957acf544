/* SPDX-License-Identifier: MIT */
/* os_path_internal.h - what windows/os needs to know about a name; paths as os_text_to_path() makes them. */
#ifndef COLDSTREAM_WINDOWS_OS_PATH_INTERNAL_H
#define COLDSTREAM_WINDOWS_OS_PATH_INTERNAL_H

#include <stdbool.h>

#include <windows.h>

#include "base/compiler.h"
#include "base/jet_err.h"

/* True if the name exists and is a folder (or a link to one). Keeps GetLastError(). */
bool os_path_is_folder(const wchar_t *path);

/* Translates GetLastError() after a call that wanted `path` to be a file: Windows says ERROR_ACCESS_DENIED for a
 * folder, and we ERROR_DIRECTORY. */
MUST_CHECK jet_err os_path_error(const wchar_t *path);

/* "\\.\NUL" and the like: what GetFullPathNameW makes of the names of devices, and pipes and raw volumes. */
bool os_path_is_device(const wchar_t *path);

/* The length of "C:\", "\\server\share\", "\\?\Volume{...}\", "\" in front of a UTF-8 path; 0 if it is relative ("C:"
 * is 2). */
size_t os_path_root_length(const char *path);

#endif
