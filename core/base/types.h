/* SPDX-License-Identifier: MIT */
/* types.h - scalars with a unit. */
#ifndef COLDSTREAM_BASE_TYPES_H
#define COLDSTREAM_BASE_TYPES_H

#include <stdint.h>

/* Logical page number, 1-based; 0 is "none". Page n lies at file offset (n + 1) * page size, behind the two header
 * copies. */
typedef uint32_t pgno_t;

/* Database time: one tick per logged page operation. */
typedef uint64_t dbtime_t;

/* Log generation, 1-based; 0 is "none". */
typedef uint32_t lgen_t;

/* Object id of a B+ tree. */
typedef uint32_t objid_t;

enum {
    PAGE_SIZE_MIN = 2048,
    PAGE_SIZE_MAX = 32768,
    PGNO_MAX = 0x7FEFFFFF, /* highest legal page number */
};

#endif
