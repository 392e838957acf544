/* SPDX-License-Identifier: MIT */
/* os_codepage.c - the code page of the process, by way of UTF-16. */
#include "os/os_codepage.h"

#include <stdlib.h>

#include <windows.h>

#include "os_text.h"

jet_err os_codepage_decode(const char *local, char **ret_text)
{
    int units = MultiByteToWideChar(CP_ACP, MB_ERR_INVALID_CHARS, local, -1, NULL, 0);
    if (units <= 0)
        return JET_errUnicodeTranslationFail;
    wchar_t *wide = calloc((size_t)units, sizeof *wide);
    if (!wide)
        return JET_errOutOfMemory;
    units = MultiByteToWideChar(CP_ACP, MB_ERR_INVALID_CHARS, local, -1, wide, units);
    jet_err err =
        units <= 0 ? JET_errUnicodeTranslationFail : os_text_from_wide(wide, (size_t)units - 1 /* NUL */, ret_text);
    free(wide);
    return err;
}

jet_err os_codepage_encode(const char *text, char **ret_local)
{
    wchar_t *wide = NULL;
    char *local = NULL;
    jet_err err = os_text_to_wide(text, &wide);
    if (err < JET_errSuccess)
        return err == JET_errOutOfMemory ? err : JET_errUnicodeTranslationFail;
    int size = WideCharToMultiByte(CP_ACP, 0, wide, -1, NULL, 0, NULL, NULL);
    err = JET_errUnicodeTranslationFail;
    if (size <= 0)
        goto fail;
    err = JET_errOutOfMemory;
    local = malloc((size_t)size);
    if (!local)
        goto fail;
    err = JET_errUnicodeTranslationFail;
    if (WideCharToMultiByte(CP_ACP, 0, wide, -1, local, size, NULL, NULL) <= 0)
        goto fail;
    free(wide);
    *ret_local = local;
    return JET_errSuccess;
fail:
    free(wide);
    free(local);
    return err;
}
