/* SPDX-License-Identifier: MIT */
#include "shadow_copy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include <cmocka.h>

#include <windows.h>

enum { PATH_ROOM = 1024, POLL_MS = 10 };

typedef char *CDECL unix_name_get(const wchar_t *path);

static void to_wide(const char *text, wchar_t *wide)
{
    assert_int_not_equal(MultiByteToWideChar(CP_UTF8, 0, text, -1, wide, PATH_ROOM), 0);
}

static bool unix_name(const char *path, char *name)
{
    wchar_t wide[PATH_ROOM];
    unix_name_get *get;
    const FARPROC found = GetProcAddress(GetModuleHandleW(L"kernel32.dll"), "wine_get_unix_file_name");
    memcpy(&get, &found, sizeof get);
    if (!get)
        return false;
    to_wide(path, wide);
    char *got = get(wide);
    assert_non_null(got);
    snprintf(name, PATH_ROOM, "%s", got);
    HeapFree(GetProcessHeap(), 0, got);
    return true;
}

/* Wine has no handle of such a program: that it has ended is told by the name of what it made. */
static void run_shell(const char *script)
{
    wchar_t command[4 * PATH_ROOM];
    wchar_t wide[3 * PATH_ROOM];
    STARTUPINFOW startup = {.cb = sizeof startup};
    PROCESS_INFORMATION process = {NULL, NULL, 0, 0};
    assert_int_not_equal(MultiByteToWideChar(CP_UTF8, 0, script, -1, wide, 3 * PATH_ROOM), 0);
    _snwprintf(command, 4 * PATH_ROOM, L"Z:\\bin\\sh -c \"%ls\"", wide);
    assert_true(CreateProcessW(L"Z:\\bin\\sh", command, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &process));
    if (process.hProcess)
        CloseHandle(process.hProcess);
    if (process.hThread)
        CloseHandle(process.hThread);
}

bool shadow_copy(const char *from, const char *to)
{
    char unix_from[PATH_ROOM];
    char unix_to[PATH_ROOM];
    char script[3 * PATH_ROOM];
    wchar_t wide_to[PATH_ROOM];
    if (!unix_name(from, unix_from) || !unix_name(to, unix_to))
        return false;
    snprintf(script, sizeof script, "cp -R '%s' '%s.part' && mv '%s.part' '%s'", unix_from, unix_to, unix_to, unix_to);
    to_wide(to, wide_to);
    run_shell(script);
    while (GetFileAttributesW(wide_to) == INVALID_FILE_ATTRIBUTES)
        Sleep(POLL_MS);
    return true;
}
