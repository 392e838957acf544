/* SPDX-License-Identifier: MIT */
/* sample_schema.h - the tables of the sample database: what the catalogue says of them, and where they lie.
 *
 * Pages 1 to 30 and objids 1 to 7 are the same in every database. Behind them:
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

enum {
    SAMPLE_FDP_ROOT = 1,
    SAMPLE_FDP_CATALOG = 4,
    SAMPLE_FDP_CATALOG_NAME = 7,
    SAMPLE_FDP_CATALOG_ROOT_OBJECTS = 10,
    SAMPLE_FDP_SHADOW = 24,
    SAMPLE_FDP_OBJIDS = 29,
    SAMPLE_FDP_LOCALES = 30,
    SAMPLE_FDP_FOLDERS = 31,
    SAMPLE_FDP_FOLDERS_NAME = 32,
    SAMPLE_FDP_MESSAGES = 33,
};

enum {
    SAMPLE_OBJID_ROOT = 1,
    SAMPLE_OBJID_CATALOG = 2,
    SAMPLE_OBJID_SHADOW = 3,
    SAMPLE_OBJID_CATALOG_NAME = 4,
    SAMPLE_OBJID_CATALOG_ROOT_OBJECTS = 5,
    SAMPLE_OBJID_OBJIDS = 6,
    SAMPLE_OBJID_LOCALES = 7,
    SAMPLE_OBJID_FOLDERS = 8,
    SAMPLE_OBJID_FOLDERS_NAME = 9,
    SAMPLE_OBJID_MESSAGES = 10,
};

enum sample_catalog_type {
    SAMPLE_CATALOG_TABLE = 1,
    SAMPLE_CATALOG_COLUMN = 2,
    SAMPLE_CATALOG_INDEX = 3,
};

struct sample_column {
    const char *name;
    uint16_t id;
    uint8_t type;       /* coltyp */
    uint16_t size;      /* declared, bytes; 0: no limit */
    uint16_t flags;     /* 1 = not null, 0x30 = escrow column with a default, which is 0 */
    uint16_t code_page; /* text: 1200 or 1252 */
};

enum { SAMPLE_INDEX_COLUMNS_MAX = 3, SAMPLE_COLUMN_HAS_DEFAULT = 0x10 };

struct sample_index {
    const char *name;
    objid_t id;
    pgno_t fdp;
    uint32_t flags;
    uint8_t density;
    uint16_t columns[SAMPLE_INDEX_COLUMNS_MAX]; /* ids, 0 ends the list */
};

struct sample_table {
    const char *name;
    objid_t id;
    pgno_t fdp;
    uint32_t flags;
    uint16_t pages; /* at creation */
    uint8_t density;
    bool has_catalog_columns; /* the engine gives RecordOffset 4 to all fixed columns of its catalogue */
    const struct sample_column *columns;
    size_t count_columns;
    const struct sample_index *indexes;
    size_t count_indexes;
};

/* In ascending order of objid. */
extern const struct sample_table sample_tables[];
extern const size_t sample_table_count;

#endif
