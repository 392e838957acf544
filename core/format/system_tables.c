/* SPDX-License-Identifier: MIT */
#include "format/system_tables.h"

#include "base/compiler.h"

enum { ANSI = 1252 };

/* Types and flags of columns that are needed here, by their numbers. */
enum {
    COLUMN_BIT = 1,
    COLUMN_UNSIGNED_BYTE = 2,
    COLUMN_SHORT = 3,
    COLUMN_LONG = 4,
    COLUMN_BINARY = 9,
    COLUMN_TEXT = 10,
    COLUMN_LONG_BINARY = 11,
    COLUMN_UNSIGNED_SHORT = 17,
};
enum { COLUMN_NOT_NULL = 0x1, COLUMN_DEFAULT = 0x10, COLUMN_ESCROW = 0x20 };

static const struct system_column catalog_columns[] = {
    {"ObjidTable",           1,   COLUMN_LONG,           4,   COLUMN_NOT_NULL, ANSI, 4 },
    {"Type",                 2,   COLUMN_SHORT,          2,   COLUMN_NOT_NULL, ANSI, 8 },
    {"Id",                   3,   COLUMN_LONG,           4,   COLUMN_NOT_NULL, ANSI, 10},
    {"ColtypOrPgnoFDP",      4,   COLUMN_LONG,           4,   COLUMN_NOT_NULL, ANSI, 14},
    {"SpaceUsage",           5,   COLUMN_LONG,           4,   COLUMN_NOT_NULL, ANSI, 18},
    {"Flags",                6,   COLUMN_LONG,           4,   COLUMN_NOT_NULL, ANSI, 22},
    {"PagesOrLocale",        7,   COLUMN_LONG,           4,   COLUMN_NOT_NULL, ANSI, 26},
    {"RootFlag",             8,   COLUMN_BIT,            1,   0,               ANSI, 30},
    {"RecordOffset",         9,   COLUMN_SHORT,          2,   0,               ANSI, 31},
    {"LCMapFlags",           10,  COLUMN_LONG,           4,   0,               ANSI, 33},
    {"KeyMost",              11,  COLUMN_UNSIGNED_SHORT, 2,   0,               ANSI, 37},
    {"LVChunkMax",           12,  COLUMN_LONG,           4,   0,               ANSI, 39},
    {"Name",                 128, COLUMN_TEXT,           255, COLUMN_NOT_NULL, ANSI, 0 },
    {"Stats",                129, COLUMN_BINARY,         255, 0,               ANSI, 0 },
    {"TemplateTable",        130, COLUMN_TEXT,           255, 0,               ANSI, 0 },
    {"DefaultValue",         131, COLUMN_BINARY,         255, 0,               ANSI, 0 },
    {"KeyFldIDs",            132, COLUMN_BINARY,         255, 0,               ANSI, 0 },
    {"VarSegMac",            133, COLUMN_BINARY,         255, 0,               ANSI, 0 },
    {"ConditionalColumns",   134, COLUMN_BINARY,         255, 0,               ANSI, 0 },
    {"TupleLimits",          135, COLUMN_BINARY,         255, 0,               ANSI, 0 },
    {"Version",              136, COLUMN_BINARY,         255, 0,               ANSI, 0 },
    {"SortID",               137, COLUMN_BINARY,         255, 0,               ANSI, 0 },
    {"CallbackData",         256, COLUMN_LONG_BINARY,    0,   0,               ANSI, 0 },
    {"CallbackDependencies", 257, COLUMN_LONG_BINARY,    0,   0,               ANSI, 0 },
    {"SeparateLV",           258, COLUMN_LONG_BINARY,    0,   0,               ANSI, 0 },
    {"SpaceHints",           259, COLUMN_LONG_BINARY,    0,   0,               ANSI, 0 },
    {"SpaceDeferredLVHints", 260, COLUMN_LONG_BINARY,    0,   0,               ANSI, 0 },
    {"LocaleName",           261, COLUMN_LONG_BINARY,    0,   0,               ANSI, 0 },
};

static const struct system_index catalog_indexes[] = {
    {"Id",          SYSTEM_OBJID_CATALOG,              SYSTEM_FDP_CATALOG,              0x10031, 80, 0, {1, 2, 3}  },
    {"Name",        SYSTEM_OBJID_CATALOG_NAME,         SYSTEM_FDP_CATALOG_NAME,         0x10011, 80, 3, {1, 2, 128}},
    {"RootObjects", SYSTEM_OBJID_CATALOG_ROOT_OBJECTS, SYSTEM_FDP_CATALOG_ROOT_OBJECTS, 0x10009, 80, 3, {8, 128}   },
};

static const struct system_index shadow_indexes[] = {
    {"Id", SYSTEM_OBJID_SHADOW, SYSTEM_FDP_SHADOW, 0x10031, 80, 0, {1, 2, 3}},
};

static const struct system_column objids_columns[] = {
    {"objid",      256, COLUMN_LONG,  4, 0, 0, 0},
    {"objidTable", 257, COLUMN_LONG,  4, 0, 0, 0},
    {"type",       258, COLUMN_SHORT, 2, 0, 0, 0},
};

static const struct system_index objids_indexes[] = {
    {"primary", SYSTEM_OBJID_OBJIDS, SYSTEM_FDP_OBJIDS, 0x1002F, 100, 0, {256}},
};

static const struct system_column locales_columns[] = {
    {"Type",   1,   COLUMN_UNSIGNED_BYTE, 1,   COLUMN_NOT_NULL,                0, 4},
    {"iValue", 2,   COLUMN_LONG,          4,   COLUMN_ESCROW | COLUMN_DEFAULT, 0, 5},
    {"Key",    128, COLUMN_BINARY,        255, 0,                              0, 0},
};

static const struct system_index locales_indexes[] = {
    {"KeyPrimary", SYSTEM_OBJID_LOCALES, SYSTEM_FDP_LOCALES, 0x1402F, 92, 0, {128}},
};

#define PARTS(columns, indexes) (columns), COUNT_OF(columns), (indexes), COUNT_OF(indexes)

/* clang-format off */
const struct system_table system_tables[SYSTEM_TABLES] = {
    {"MSysObjects", SYSTEM_OBJID_CATALOG, SYSTEM_FDP_CATALOG, 0xC0000000u, 20, 80, true,
     PARTS(catalog_columns, catalog_indexes)},
    {"MSysObjectsShadow", SYSTEM_OBJID_SHADOW, SYSTEM_FDP_SHADOW, 0xC0000000u, 5, 80, true,
     PARTS(catalog_columns, shadow_indexes)},
    {"MSysObjids", SYSTEM_OBJID_OBJIDS, SYSTEM_FDP_OBJIDS, 0xC8000000u, 0, 100, false,
     PARTS(objids_columns, objids_indexes)},
    {"MSysLocales", SYSTEM_OBJID_LOCALES, SYSTEM_FDP_LOCALES, 0x88000000u, 0, 92, false,
     PARTS(locales_columns, locales_indexes)},
};
/* clang-format on */

const struct system_locale system_locales[SYSTEM_LOCALES] = {
    {".Schema\\External\\Major",  1, 1},
    {".Schema\\External\\Minor",  1, 0},
    {".Schema\\External\\Update", 1, 0},
    {".Schema\\Internal\\Major",  1, 1},
    {".Schema\\Internal\\Minor",  1, 0},
    {".Schema\\Internal\\Update", 1, 0},
    {"MSysLocalesConsistent",     2, 1},
};
