/* SPDX-License-Identifier: MIT */
/* shadow_copy.h - the files of a folder as they lie on the disk, whoever has them open: what a shadow copy would
 * hold. */
#ifndef TESTS_SHADOW_COPY_H
#define TESTS_SHADOW_COPY_H

#include <stdbool.h>

/* False: not possible here, for it takes a program that Windows' rules of sharing do not reach, which is there under
 * Wine only. `to` is made. */
bool shadow_copy(const char *from, const char *to);

#endif
