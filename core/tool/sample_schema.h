/* SPDX-License-Identifier: MIT */
/* sample_schema.h - the tables of the sample database: what the catalogue says of them, and where they lie.
 *
 * Pages 1 to 30 and objids 1 to 7 are the same in every database (format/system_tables.h). Behind them:
 *
 *      Folders    pages 31 and 32   a few rows, one page each for the table and its index by name
 *      Messages   from page 33 on   as many rows as fit; the table grows over two extents
 */
#ifndef COLDSTREAM_TOOL_SAMPLE_SCHEMA_H
#define COLDSTREAM_TOOL_SAMPLE_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/types.h"
#include "format/system_tables.h"

enum {
    SAMPLE_FDP_ROOT = 1,
    SAMPLE_FDP_FOLDERS = 31,
    SAMPLE_FDP_FOLDERS_NAME = 32,
    SAMPLE_FDP_MESSAGES = 33,
};

enum {
    SAMPLE_OBJID_ROOT = 1,
    SAMPLE_OBJID_FOLDERS = 8,
    SAMPLE_OBJID_FOLDERS_NAME = 9,
    SAMPLE_OBJID_MESSAGES = 10,
};

enum sample_catalog_type {
    SAMPLE_CATALOG_TABLE = 1,
    SAMPLE_CATALOG_COLUMN = 2,
    SAMPLE_CATALOG_INDEX = 3,
};

enum { SAMPLE_COLUMN_HAS_DEFAULT = 0x10 };

/* In ascending order of objid. */
extern const struct system_table *const sample_tables[];
extern const size_t sample_table_count;

#endif
