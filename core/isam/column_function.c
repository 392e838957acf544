/* SPDX-License-Identifier: MIT */
#include "isam/column_function.h"

#include <stdlib.h>
#include <string.h>

jet_err column_function_new(const void *name, size_t name_size, const void *data, size_t data_size,
                            struct column_function **ret_function)
{
    struct column_function *function = calloc(1, sizeof *function);
    char *name_copy = malloc(name_size + 1);
    uint8_t *data_copy = data_size > 0 ? malloc(data_size) : NULL;

    if (!function || !name_copy || (data_size > 0 && !data_copy)) {
        free(data_copy);
        free(name_copy);
        free(function);
        return JET_errOutOfMemory;
    }
    memcpy(name_copy, name, name_size);
    name_copy[name_size] = '\0';
    if (data_copy)
        memcpy(data_copy, data, data_size);
    function->name = name_copy;
    function->data = data_copy;
    function->data_size = data_size;
    atomic_init(&function->resolved, NULL);
    *ret_function = function;
    return JET_errSuccess;
}

void column_function_free(struct column_function *function)
{
    if (!function)
        return;
    free(function->data);
    free(function->name);
    free(function);
}
