/* SPDX-License-Identifier: MIT */
/* column_function.h - a function of the application that makes the default of a column
 * (JET_bitColumnUserDefinedDefault).
 *
 * The catalogue keeps its name, "module!function", and bytes that it is given each time. Who reads a value that is not
 * there is told so (struct row_value, is_computed), and calls it: nothing here knows what it is. It is looked for when
 * it is first wanted.
 */
#ifndef COLDSTREAM_ISAM_COLUMN_FUNCTION_H
#define COLDSTREAM_ISAM_COLUMN_FUNCTION_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/jet_err.h"

enum { COLUMN_FUNCTION_NAME_MAX = 255 };

typedef void (*column_function_pointer)(void); /* of another type in truth */

struct column_function {
    char *name;
    uint8_t *data; /* NULL: none */
    size_t data_size;
    _Atomic(column_function_pointer) resolved; /* NULL: not yet */
};

/* JET_errOutOfMemory. */
MUST_CHECK jet_err column_function_new(const void *name, size_t name_size, const void *data, size_t data_size,
                                       struct column_function **ret_function);
void column_function_free(struct column_function *function); /* takes NULL */

#endif
