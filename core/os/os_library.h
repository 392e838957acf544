/* SPDX-License-Identifier: MIT */
/* os_library.h - functions of other modules, by name.
 *
 * A module that was loaded stays loaded as long as the process runs: nobody knows who still has a function of it.
 * Loading one runs its code, so who gives the name must be trusted as the program itself is.
 */
#ifndef COLDSTREAM_OS_LIBRARY_H
#define COLDSTREAM_OS_LIBRARY_H

#include "base/compiler.h"
#include "base/jet_err.h"

typedef void (*os_function)(void); /* of another type in truth */

/* `module`: as the system's loader takes it, which looks where it always does if it is no path. On Windows for x86 the
 * function may also be exported as name@`argument_bytes`. JET_errCallbackNotResolved: there is no such module, or no
 * such function in it. */
MUST_CHECK jet_err os_library_function(const char *module, const char *name, unsigned argument_bytes,
                                       os_function *ret_function);

#endif
