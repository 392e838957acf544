/* SPDX-License-Identifier: MIT */
#include "base/array.h"

#include <stdint.h>
#include <stdlib.h>

void *array_grow(void *array, size_t count, size_t element_size)
{
    if (count > 0 && (count & (count - 1)) != 0)
        return array;
    if (count > SIZE_MAX / 2 / element_size)
        return NULL;
    return realloc(array, (count > 0 ? 2 * count : 1) * element_size);
}
