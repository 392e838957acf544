/* SPDX-License-Identifier: MIT */
/* esent_values.h - constants and sizes of two headers that cannot be included together. */
#ifndef TESTS_ESENT_VALUES_H
#define TESTS_ESENT_VALUES_H

#include <stddef.h>

struct esent_value {
    const char *name;
    long long value; /* of constants as 32 bits; of structures the size */
};

extern const struct esent_value esent_mingw_values[];
extern const size_t esent_mingw_value_count; /* 0 where there is no such header */

#endif
