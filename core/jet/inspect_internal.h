/* SPDX-License-Identifier: MIT */
/* inspect_internal.h - an open database, as inspect.c and inspect_catalog.c see it. */
#ifndef COLDSTREAM_JET_INSPECT_INTERNAL_H
#define COLDSTREAM_JET_INSPECT_INTERNAL_H

#include "jet/inspect.h"
#include "storage/database_file.h"

struct inspect_database {
    struct database_file *file;
};

#endif
