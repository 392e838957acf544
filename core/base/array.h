/* SPDX-License-Identifier: MIT */
/* array.h - arrays that grow by one element at a time. */
#ifndef COLDSTREAM_BASE_ARRAY_H
#define COLDSTREAM_BASE_ARRAY_H

#include <stddef.h>

#include "base/compiler.h"

/* Room for one more element in an array of `count`: the array, perhaps at another place. NULL: no memory; the array
 * stays as it was. The room of such an array follows from its count, it is the next power of two: so n elements cost of
 * the order of n steps, wherever realloc() must copy. `array` is NULL for a count of 0, and has never grown otherwise
 * than by this. */
MUST_CHECK void *array_grow(void *array, size_t count, size_t element_size);

#endif
