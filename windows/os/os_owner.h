/* SPDX-License-Identifier: MIT */
/* os_owner.h - may what has this owner be believed? Whoever owns something may change who may use it, whatever its
 * access list says. */
#ifndef COLDSTREAM_WINDOWS_OS_OWNER_H
#define COLDSTREAM_WINDOWS_OS_OWNER_H

#include <stdbool.h>

#include <windows.h>

/* The system's, administrators', or of the user whom this process runs as. Nobody can give his own things to one of
 * these, unless he has the rights of one already. */
bool os_owner_is_trusted(PSID owner);

#endif
