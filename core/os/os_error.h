/* SPDX-License-Identifier: MIT */
/* os_error.h - system errors as JET codes, and in words.
 *
 * Every function of os/ that fails has translated the system's error in one place (os_error.c of the platform) and has
 * kept the raw number for the calling thread. Ask for it before the next call of os/ on this thread.
 *
 * Translation, the same on both platforms:
 *
 *      no such file, its parent folder exists                                  JET_errFileNotFound
 *      the name is taken; the folder is not empty                              JET_errFileAlreadyExists
 *      denied, read-only or locked by somebody                                 JET_errFileAccessDenied
 *      a folder where a file is needed or the other way round, an unusable
 *      name ("" is one), a missing parent folder                               JET_errInvalidPath
 *      disk full, quota or file-size limit                                     JET_errDiskFull
 *      out of memory or handles                                                JET_errOutOfMemory
 *      everything else                                                         JET_errDiskIO
 *
 * The file-size limit (ulimit -f) is an error only for a process that ignores or blocks SIGXFSZ; by default it kills.
 */
#ifndef COLDSTREAM_OS_ERROR_H
#define COLDSTREAM_OS_ERROR_H

#include <stddef.h>

/* The raw number of this thread's last failed os/ call (errno, GetLastError); 0 if none failed, or if the failure was
 * not the system's (a transfer that was left because its event was set). */
int os_last_error(void);

/* That error in the system's own words as UTF-8, cut to `size` bytes with its NUL; "" if the number is 0. Returns
 * `text`. */
const char *os_last_error_text(char *text, size_t size);

#endif
