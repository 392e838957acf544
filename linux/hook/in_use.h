/* SPDX-License-Identifier: MIT */
/* in_use.h - is this machine one that Coldstream has something to freeze on, as far as its files say?
 *
 * It is, if a file of configuration names an instance, or if the unit is enabled. A package that only lies around must
 * not keep other people's snapshots from being made.
 */
#ifndef COLDSTREAM_LINUX_HOOK_IN_USE_H
#define COLDSTREAM_LINUX_HOOK_IN_USE_H

#include <stdbool.h>

/* `root` stands in front of every path: "" for the machine itself. What cannot be looked at counts as in use: who is
 * asked whether everything is frozen must not say yes for want of a permission. */
bool coldstream_is_in_use(const char *root);

#endif
