/* SPDX-License-Identifier: MIT */
/* esent_mingw_absent.c - there is no other esent.h on this platform. */
#include "esent_values.h"

const struct esent_value esent_mingw_values[] = {
    {"", 0}
};
const size_t esent_mingw_value_count = 0;
