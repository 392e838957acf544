/* SPDX-License-Identifier: MIT */
/* os_error_internal.h - the way in to os_error.c for the other files of this folder.
 *
 * Each function notes the failure for os_last_error() and returns the code for the caller to pass on. None returns
 * JET_errSuccess.
 */
#ifndef COLDSTREAM_LINUX_OS_ERROR_INTERNAL_H
#define COLDSTREAM_LINUX_OS_ERROR_INTERNAL_H

#include "base/compiler.h"
#include "base/jet_err.h"

/* A system call failed with this errno. */
MUST_CHECK jet_err os_error_from(int number);

/* A system call that was given the name `path` failed with this errno. Looks at the parent folder if need be. */
MUST_CHECK jet_err os_error_from_path(int number, const char *path);

/* The failure was found here and is `err`; `number` is the errno that says it best, 0 if none does. */
MUST_CHECK jet_err os_error_found(jet_err err, int number);

#endif
