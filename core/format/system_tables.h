/* SPDX-License-Identifier: MIT */
/* system_tables.h - the tables that every database has, and where they lie (database-file.md 6.1, 6.3, 6.9, 6.10).
 *
 *      page 4    MSysObjects         the catalogue; index "Name" on page 7, "RootObjects" on page 10
 *      page 24   MSysObjectsShadow   the same records again
 *      page 29   MSysObjids          which tree has which object id
 *      page 30   MSysLocales         versions and languages
 */
#ifndef COLDSTREAM_FORMAT_SYSTEM_TABLES_H
#define COLDSTREAM_FORMAT_SYSTEM_TABLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/types.h"

enum {
    SYSTEM_FDP_CATALOG = 4,
    SYSTEM_FDP_CATALOG_NAME = 7,
    SYSTEM_FDP_CATALOG_ROOT_OBJECTS = 10,
    SYSTEM_FDP_SHADOW = 24,
    SYSTEM_FDP_OBJIDS = 29,
    SYSTEM_FDP_LOCALES = 30,

    SYSTEM_OBJID_CATALOG = 2,
    SYSTEM_OBJID_SHADOW = 3,
    SYSTEM_OBJID_CATALOG_NAME = 4,
    SYSTEM_OBJID_CATALOG_ROOT_OBJECTS = 5,
    SYSTEM_OBJID_OBJIDS = 6,
    SYSTEM_OBJID_LOCALES = 7,

    SYSTEM_SORT_FLAGS = 0x30401, /* LCMapFlags of an index that does not say */
    SYSTEM_INDEX_COLUMNS_MAX = 3,
};

#define SYSTEM_LOCALE "en-US" /* of an index that does not say */

struct system_column {
    const char *name;
    uint16_t id;
    uint8_t type;       /* JET_COLTYP */
    uint16_t size;      /* declared, bytes; 0: no limit */
    uint16_t flags;     /* of column records (database-file.md 6.7); the default value is always 0 */
    uint16_t code_page; /* text, and all columns of the catalogue */
    uint16_t offset;    /* fixed: where it really lies; the catalogue's own records say 4 for all of its columns */
};

struct system_index {
    const char *name;
    objid_t id;
    pgno_t fdp;
    uint32_t flags;
    uint8_t density;
    uint8_t pages;                              /* of a secondary index: first extent */
    uint16_t columns[SYSTEM_INDEX_COLUMNS_MAX]; /* ids, 0 ends the list */
};

struct system_table {
    const char *name;
    objid_t id;
    pgno_t fdp;
    uint32_t flags;
    uint16_t pages; /* as its record says */
    uint8_t density;
    bool is_catalog; /* with space trees from the start, and catalogue columns */
    const struct system_column *columns;
    size_t column_count;
    const struct system_index *indexes; /* the primary one first */
    size_t index_count;
};

enum { SYSTEM_TABLES = 4 };

/* In ascending order of objid: the catalogue, its shadow, MSysObjids, MSysLocales. */
extern const struct system_table system_tables[SYSTEM_TABLES];

/* The rows of a new MSysLocales, in the order of their keys. */
struct system_locale {
    const char *key; /* ASCII; stored as UTF-16 with its NUL */
    uint8_t type;
    uint32_t value;
};

enum { SYSTEM_LOCALES = 7 };
extern const struct system_locale system_locales[SYSTEM_LOCALES];

#endif
