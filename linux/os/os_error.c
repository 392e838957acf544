/* SPDX-License-Identifier: MIT */
/* os_error.c - errno as JET codes, and in words.
 *
 * The one place on Linux where a system error gets its meaning; the table is that of core/os/os_error.h. Linux says
 * ENOENT both for a missing file and for a missing folder on the way to it. Callers need the difference ("the backup is
 * not there" or "the disk is not mounted"), so a failure that concerns a name looks whether the parent folder exists.
 *
 * The raw number is kept per thread, not per object: a failed open has no object.
 */
#include "os/os_error.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "os/os_file.h"
#include "os_error_internal.h"

static _Thread_local int last_error;

jet_err os_error_found(jet_err err, int number)
{
    last_error = number;
    return err;
}

jet_err os_error_from(int number)
{
    last_error = number;
    switch (number) {
    case ENOENT: return JET_errFileNotFound;
    case EEXIST:
    case ENOTEMPTY: return JET_errFileAlreadyExists;
    case EACCES:
    case EPERM:
    case EROFS:
    case EBUSY:
    case ETXTBSY: return JET_errFileAccessDenied;
    case EISDIR:
    case ENOTDIR:
    case ENAMETOOLONG:
    case ELOOP:
    case EILSEQ:
    case ENXIO: /* open() of a socket */
    case ENODEV: return JET_errInvalidPath;
    case ENOSPC:
    case EDQUOT:
    case EFBIG: return JET_errDiskFull;
    case ENOMEM:
    case ENOBUFS:
    case EMFILE:
    case ENFILE: return JET_errOutOfMemory;
    default: return JET_errDiskIO;
    }
}

static bool parent_exists(const char *path)
{
    struct stat info;
    char *parent = os_path_parent(path);
    bool exists = !parent || stat(parent, &info) == 0; /* out of memory: stay with what the system said */
    free(parent);
    return exists;
}

jet_err os_error_from_path(int number, const char *path)
{
    jet_err err = os_error_from(number);
    /* EINVAL is how vfat and its like refuse a character. */
    if (path[0] == '\0' || number == EINVAL || (number == ENOENT && !parent_exists(path)))
        return JET_errInvalidPath;
    return err;
}

int os_last_error(void)
{
    return last_error;
}

const char *os_last_error_text(char *text, size_t size)
{
    char room[128];
    const char *words = last_error == 0 ? "" : strerror_r(last_error, room, sizeof room);
    if (size > 0)
        (void)snprintf(text, size, "%s", words); /* cutting is what the caller asked for */
    return text;
}
