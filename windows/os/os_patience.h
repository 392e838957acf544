/* SPDX-License-Identifier: MIT */
/* os_patience.h - trying again what somebody who only passes is in the way of.
 *
 * On Windows an open file keeps others from renaming, removing or opening it, unless whoever opened it has allowed
 * that. Virus scanners, indexers and backup agents open what was just written, for a moment, and not all of them allow
 * it; a folder cannot be renamed while anything in it is open. ESE tries again for JET_paramAccessDeniedRetryPeriod, 10
 * seconds, and so do we: without that a log could not be rolled over, or a finished backup not get its name, because
 * somebody was looking.
 *
 *      struct os_patience patience = {OS_PATIENCE_RENAME_MS};
 *      do
 *          ok = MoveFileExW(...);
 *      while (!ok && is_in_passing(GetLastError()) && os_patience_again(&patience));
 */
#ifndef COLDSTREAM_WINDOWS_OS_PATIENCE_H
#define COLDSTREAM_WINDOWS_OS_PATIENCE_H

#include <stdbool.h>

#include <windows.h>

/* What has a running engine's file open has it for long, and an opener wants to know; a rename is the last step of
 * something. */
enum { OS_PATIENCE_RENAME_MS = 10000, OS_PATIENCE_OPEN_MS = 2000, OS_PATIENCE_REMOVE_MS = 2000 };

struct os_patience {
    DWORD limit_ms;
    ULONGLONG until; /* of GetTickCount64(); 0: the first try was not yet followed by another */
    DWORD pause_ms;
};

/* Waits a little, and true; false: the limit is over. Keeps GetLastError(). */
bool os_patience_again(struct os_patience *patience);

/* Somebody has the file open, or has deleted it while somebody has. */
bool os_patience_is_in_use(DWORD error);

#endif
