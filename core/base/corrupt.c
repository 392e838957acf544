/* SPDX-License-Identifier: MIT */
#include "base/corrupt.h"

void corrupt_found(jet_err err, const char *file, int line)
{
    (void)err; /* all for the debugger */
    (void)file;
    (void)line;
}
