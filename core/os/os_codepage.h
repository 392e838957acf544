/* SPDX-License-Identifier: MIT */
/* os_codepage.h - text as programs of this system write it in `char`: on Linux UTF-8, on Windows the process's code
 * page. */
#ifndef COLDSTREAM_OS_OS_CODEPAGE_H
#define COLDSTREAM_OS_OS_CODEPAGE_H

#include <stddef.h>

#include "base/compiler.h"
#include "base/jet_err.h"

/* As UTF-8, a new string for free(). On Linux the bytes stay as they are, whatever they are: names of files may be any
 * bytes. JET_errOutOfMemory, JET_errUnicodeTranslationFail (Windows: no text of the code page). */
MUST_CHECK jet_err os_codepage_decode(const char *local, char **ret_text);

/* The other way. What the code page lacks becomes a replacement character. JET_errOutOfMemory,
 * JET_errUnicodeTranslationFail. */
MUST_CHECK jet_err os_codepage_encode(const char *text, char **ret_local);

#endif
