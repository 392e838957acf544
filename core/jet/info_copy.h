/* SPDX-License-Identifier: MIT */
/* info_copy.h - bytes into a client's buffer. */
#ifndef COLDSTREAM_JET_INFO_COPY_H
#define COLDSTREAM_JET_INFO_COPY_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/compiler.h"
#include "base/jet_err.h"

/* As much as fits. `ret_actual` (may be NULL) gets the whole size in any case; what does not fit is `if_cut`. A buffer
 * may be NULL: it then has no room. */
static inline MUST_CHECK jet_err info_copy(const void *bytes, size_t size, void *buffer, uint32_t room,
                                           uint32_t *ret_actual, jet_err if_cut)
{
    size_t copied = !buffer ? 0 : size < room ? size : room;
    if (copied > 0)
        memcpy(buffer, bytes, copied);
    if (ret_actual)
        *ret_actual = (uint32_t)size;
    return copied < size ? if_cut : JET_errSuccess;
}

#endif
