/* SPDX-License-Identifier: MIT */
/* os_error.c - Win32 errors as JET codes: the only switch over them.
 *
 * ERROR_ACCESS_DENIED is also what Windows says to somebody who opens a folder as a file; os_file.c tells the two apart
 * before the number comes here.
 *
 * The kept number is a thread's own. mingw-w64 implements _Thread_local by a table in libgcc, which allocates a few
 * bytes for each thread that fails for the first time and frees them when the thread ends.
 */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "os/os_error.h"
#include "os_error_internal.h"
#include "os_text.h"

static _Thread_local DWORD last_error;

static jet_err error_translate(DWORD system)
{
    switch (system) {
    case ERROR_FILE_NOT_FOUND: return JET_errFileNotFound;

    case ERROR_FILE_EXISTS:
    case ERROR_ALREADY_EXISTS:
    case ERROR_DIR_NOT_EMPTY: return JET_errFileAlreadyExists;

    case ERROR_ACCESS_DENIED:
    case ERROR_CURRENT_DIRECTORY:
    case ERROR_WRITE_PROTECT:
    case ERROR_SHARING_VIOLATION:
    case ERROR_LOCK_VIOLATION:
    case ERROR_NETWORK_ACCESS_DENIED:
    case ERROR_BUSY:
    case ERROR_DELETE_PENDING:
    case ERROR_USER_MAPPED_FILE:
    case ERROR_PRIVILEGE_NOT_HELD: return JET_errFileAccessDenied;

    case ERROR_PATH_NOT_FOUND:
    case ERROR_INVALID_DRIVE:
    case ERROR_BAD_NETPATH:
    case ERROR_BAD_NET_NAME:
    case ERROR_BUFFER_OVERFLOW:
    case ERROR_INVALID_NAME:
    case ERROR_BAD_PATHNAME:
    case ERROR_FILENAME_EXCED_RANGE:
    case ERROR_DIRECTORY:
    case ERROR_NO_UNICODE_TRANSLATION:
    case OS_ERROR_NO_SUCH_DEVICE:
    case ERROR_CANT_ACCESS_FILE:
    case ERROR_CANT_RESOLVE_FILENAME: return JET_errInvalidPath;

    case ERROR_HANDLE_DISK_FULL:
    case ERROR_DISK_FULL:
    case ERROR_FILE_TOO_LARGE:
    case OS_ERROR_DISK_QUOTA_EXCEEDED: return JET_errDiskFull;

    case ERROR_TOO_MANY_OPEN_FILES:
    case ERROR_NOT_ENOUGH_MEMORY:
    case ERROR_OUTOFMEMORY:
    case ERROR_NO_SYSTEM_RESOURCES:
    case ERROR_COMMITMENT_LIMIT:
    case ERROR_NOT_ENOUGH_QUOTA: return JET_errOutOfMemory;

    default: return JET_errDiskIO;
    }
}

jet_err os_error_found(jet_err err, DWORD system)
{
    last_error = system;
    return err;
}

jet_err os_error_from(DWORD system)
{
    return os_error_found(error_translate(system), system);
}

jet_err os_error_from_system(void)
{
    return os_error_from(GetLastError());
}

int os_last_error(void)
{
    return (int)last_error;
}

/* FormatMessageW ends its sentences with ".\r\n"; ours go into the middle of a line. */
static DWORD error_text_trim(const wchar_t *text, DWORD length)
{
    while (length > 0 && wcschr(L"\r\n .", text[length - 1]))
        length--;
    return length;
}

const char *os_last_error_text(char *text, size_t size)
{
    wchar_t wide[512];

    if (size == 0)
        return text;
    text[0] = '\0';
    if (last_error == 0)
        return text;
    DWORD length = FormatMessageW(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, NULL, last_error, 0, wide,
                                  COUNT_OF(wide), NULL);
    length = error_text_trim(wide, length);
    if (length == 0) {
        (void)os_text_copy(L"unknown error", wcslen(L"unknown error"), text, size);
        return text;
    }
    (void)os_text_copy(wide, length, text, size); /* a cut text is what the header promises */
    return text;
}
