/* SPDX-License-Identifier: MIT */
/* instance_status.h - what a running instance has on disk, for adapters that show it: one look, copied. */
#ifndef COLDSTREAM_JET_INSTANCE_STATUS_H
#define COLDSTREAM_JET_INSTANCE_STATUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/calendar.h"
#include "base/compiler.h"
#include "base/jet_err.h"
#include "jet/esent.h"
#include "jet/instance_list.h"

/* As the header of the database names it. */
struct instance_status_backup {
    uint32_t first_generation, last_generation; /* 0: there was none */
    struct calendar when;                       /* UTC; month 0: unknown */
};

struct instance_status_database {
    char *path;          /* absolute, UTF-8 */
    uint64_t size_bytes; /* of the file */
    struct instance_status_backup full, incremental;
};

struct instance_status {
    JET_INSTANCE handle; /* of that very instance, whatever handle the client uses in the one-instance mode */
    uint32_t first_generation, current_generation;                      /* of the logs; 0: it has none */
    struct instance_status_database databases[INSTANCE_DATABASES_MOST]; /* attached, logged, writable */
    size_t database_count;
};

/* May wait for the disk. instance_enter_anyway()'s errors; JET_errOutOfMemory. On success the caller ends it with
 * instance_status_done(). */
MUST_CHECK jet_err instance_status_init(struct instance_status *status, JET_INSTANCE handle);
void instance_status_done(struct instance_status *status);

/* That handle alone, for who keeps it. instance_enter_anyway()'s errors. */
MUST_CHECK jet_err instance_very_handle(JET_INSTANCE handle, JET_INSTANCE *ret_handle);

#endif
