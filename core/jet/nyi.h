/* SPDX-License-Identifier: MIT */
/* nyi.h - the entry points that are not built yet. Included by one file, which exports.cmake makes from exports.list.
 *
 * They have to exist, or programs that merely import them would not start; they do nothing, write nothing and say so.
 * On x86 the callee takes the arguments off the stack, so each has as many parameters as the list says; what they
 * mean is not known here, and esent.h is not included.
 */
#ifndef COLDSTREAM_JET_NYI_H
#define COLDSTREAM_JET_NYI_H

#include <stdint.h>

#include "base/jet_err.h"
#include "jet/esent_platform.h"

#define NYI(name, parameters)                                                                                          \
    int32_t JET_API name parameters;                                                                                   \
    int32_t JET_API name parameters                                                                                    \
    {                                                                                                                  \
        return JET_wrnNyi;                                                                                             \
    }

#endif
