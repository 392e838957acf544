/* SPDX-License-Identifier: MIT */
/* esent_mingw.c - what mingw-w64's esent.h says. Its structures need 16-bit WCHAR and Windows' calling conventions. */
#include <windows.h>

#include <esent.h>

#include "esent_values.h"

#include "esent_values.inc"

const struct esent_value esent_mingw_values[] = {ESENT_VALUES};
const size_t esent_mingw_value_count = sizeof esent_mingw_values / sizeof esent_mingw_values[0];
