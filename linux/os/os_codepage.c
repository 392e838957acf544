/* SPDX-License-Identifier: MIT */
/* os_codepage.c - on Linux, text of programs is UTF-8 already. */
#include "os/os_codepage.h"

#include <stdlib.h>
#include <string.h>

jet_err os_codepage_decode(const char *local, char **ret_text)
{
    char *text = strdup(local);
    if (!text)
        return JET_errOutOfMemory;
    *ret_text = text;
    return JET_errSuccess;
}

jet_err os_codepage_encode(const char *text, char **ret_local)
{
    return os_codepage_decode(text, ret_local);
}
