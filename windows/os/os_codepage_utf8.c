/* SPDX-License-Identifier: MIT */
/* os_codepage_utf8.c - for programs of ours: texts of the API's A forms are UTF-8, as everywhere in core/host and
 * core/tool, whatever the code page: paths of a configuration and of a command may have any letters. It is linked in
 * the place of os_codepage.c. */
#include "os/os_codepage.h"

#include <string.h>

jet_err os_codepage_decode(const char *local, char **ret_text)
{
    char *text = _strdup(local);
    if (!text)
        return JET_errOutOfMemory;
    *ret_text = text;
    return JET_errSuccess;
}

jet_err os_codepage_encode(const char *text, char **ret_local)
{
    return os_codepage_decode(text, ret_local);
}
