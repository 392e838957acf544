/* SPDX-License-Identifier: MIT */
/* esent.c - libesent.so adds nothing to the API of core/jet but its names; a library wants a file of its own. */
#include "jet/esent.h"

_Static_assert(sizeof(WCHAR) == 2, "wide text has 16-bit units on Linux, too");
