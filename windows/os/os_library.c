/* SPDX-License-Identifier: MIT */
#include "os/os_library.h"

#include <windows.h>

#include <stdio.h>
#include <stdlib.h>

#include "os_text.h"

enum { NAME_SIZE = 300 };

static FARPROC find(HMODULE module, const char *name, unsigned argument_bytes)
{
    char decorated[NAME_SIZE];
    FARPROC function = GetProcAddress(module, name);
    if (function)
        return function;
    const int size = snprintf(decorated, sizeof decorated, "%s@%u", name, argument_bytes);
    return size > 0 && size < (int)sizeof decorated ? GetProcAddress(module, decorated) : NULL;
}

jet_err os_library_function(const char *module, const char *name, unsigned argument_bytes, os_function *ret_function)
{
    wchar_t *wide;
    jet_err err = os_text_to_wide(module, &wide);
    if (err < JET_errSuccess)
        return err;
    const HMODULE library = LoadLibraryW(wide);
    free(wide);
    const FARPROC function = library ? find(library, name, argument_bytes) : NULL;
    if (!function)
        return JET_errCallbackNotResolved;
    *ret_function = (os_function)function;
    return JET_errSuccess;
}
