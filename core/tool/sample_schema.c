/* SPDX-License-Identifier: MIT */
#include "tool/sample_schema.h"

#include "base/compiler.h"

enum { BIT = 1, SHORT = 3, LONG, DATETIME = 8, BINARY, TEXT, LONG_BINARY, LONG_TEXT, ULONG = 14, GUID = 16, USHORT };

enum { NOT_NULL = 1, ANSI = 1252, UTF16 = 1200 };

static const struct sample_column catalog_columns[] = {
    {"ObjidTable",           1,   LONG,        4,   NOT_NULL, ANSI},
    {"Type",                 2,   SHORT,       2,   NOT_NULL, ANSI},
    {"Id",                   3,   LONG,        4,   NOT_NULL, ANSI},
    {"ColtypOrPgnoFDP",      4,   LONG,        4,   NOT_NULL, ANSI},
    {"SpaceUsage",           5,   LONG,        4,   NOT_NULL, ANSI},
    {"Flags",                6,   LONG,        4,   NOT_NULL, ANSI},
    {"PagesOrLocale",        7,   LONG,        4,   NOT_NULL, ANSI},
    {"RootFlag",             8,   BIT,         1,   0,        ANSI},
    {"RecordOffset",         9,   SHORT,       2,   0,        ANSI},
    {"LCMapFlags",           10,  LONG,        4,   0,        ANSI},
    {"KeyMost",              11,  USHORT,      2,   0,        ANSI},
    {"LVChunkMax",           12,  LONG,        4,   0,        ANSI},
    {"Name",                 128, TEXT,        255, NOT_NULL, ANSI},
    {"Stats",                129, BINARY,      255, 0,        ANSI},
    {"TemplateTable",        130, TEXT,        255, 0,        ANSI},
    {"DefaultValue",         131, BINARY,      255, 0,        ANSI},
    {"KeyFldIDs",            132, BINARY,      255, 0,        ANSI},
    {"VarSegMac",            133, BINARY,      255, 0,        ANSI},
    {"ConditionalColumns",   134, BINARY,      255, 0,        ANSI},
    {"TupleLimits",          135, BINARY,      255, 0,        ANSI},
    {"Version",              136, BINARY,      255, 0,        ANSI},
    {"SortID",               137, BINARY,      255, 0,        ANSI},
    {"CallbackData",         256, LONG_BINARY, 0,   0,        ANSI},
    {"CallbackDependencies", 257, LONG_BINARY, 0,   0,        ANSI},
    {"SeparateLV",           258, LONG_BINARY, 0,   0,        ANSI},
    {"SpaceHints",           259, LONG_BINARY, 0,   0,        ANSI},
    {"SpaceDeferredLVHints", 260, LONG_BINARY, 0,   0,        ANSI},
    {"LocaleName",           261, LONG_BINARY, 0,   0,        ANSI},
};

static const struct sample_index catalog_indexes[] = {
    {"Id",          SAMPLE_OBJID_CATALOG,              SAMPLE_FDP_CATALOG,              0x10031, 80, {1, 2, 3}  },
    {"Name",        SAMPLE_OBJID_CATALOG_NAME,         SAMPLE_FDP_CATALOG_NAME,         0x10011, 80, {1, 2, 128}},
    {"RootObjects", SAMPLE_OBJID_CATALOG_ROOT_OBJECTS, SAMPLE_FDP_CATALOG_ROOT_OBJECTS, 0x10009, 80, {8, 128}   },
};

static const struct sample_index shadow_indexes[] = {
    {"Id", SAMPLE_OBJID_SHADOW, SAMPLE_FDP_SHADOW, 0x10031, 80, {1, 2, 3}},
};

static const struct sample_column objids_columns[] = {
    {"objid",      256, LONG,  4, 0, 0},
    {"objidTable", 257, LONG,  4, 0, 0},
    {"type",       258, SHORT, 2, 0, 0},
};

static const struct sample_index objids_indexes[] = {
    {"primary", SAMPLE_OBJID_OBJIDS, SAMPLE_FDP_OBJIDS, 0x1002F, 100, {256}},
};

static const struct sample_column locales_columns[] = {
    {"Type",   1,   2,      1,   NOT_NULL,                         0},
    {"iValue", 2,   LONG,   4,   0x20 | SAMPLE_COLUMN_HAS_DEFAULT, 0},
    {"Key",    128, BINARY, 255, 0,                                0},
};

static const struct sample_index locales_indexes[] = {
    {"KeyPrimary", SAMPLE_OBJID_LOCALES, SAMPLE_FDP_LOCALES, 0x1402F, 92, {128}},
};

static const struct sample_column folders_columns[] = {
    {"Id",   1,   LONG, 4,  NOT_NULL, 0   },
    {"Name", 128, TEXT, 64, NOT_NULL, ANSI},
};

static const struct sample_index folders_indexes[] = {
    {"ById",   SAMPLE_OBJID_FOLDERS,      SAMPLE_FDP_FOLDERS,      0x10031, 80, {1}  },
    {"ByName", SAMPLE_OBJID_FOLDERS_NAME, SAMPLE_FDP_FOLDERS_NAME, 0x1000E, 80, {128}},
};

/* Filled in by sample_rows.c. */
static const struct sample_column messages_columns[] = {
    {"Id",       1,   LONG,      4,   NOT_NULL, 0    },
    {"Folder",   2,   LONG,      4,   0,        0    },
    {"Received", 3,   DATETIME,  8,   0,        0    },
    {"Size",     4,   ULONG,     4,   0,        0    },
    {"IsRead",   5,   BIT,       1,   0,        0    },
    {"Ticket",   6,   GUID,      16,  0,        0    },
    {"Sender",   128, TEXT,      100, 0,        ANSI },
    {"Subject",  129, TEXT,      255, 0,        UTF16},
    {"Digest",   130, BINARY,    64,  0,        0    },
    {"Body",     256, LONG_TEXT, 0,   0,        ANSI },
};

static const struct sample_index messages_indexes[] = {
    {"ById", SAMPLE_OBJID_MESSAGES, SAMPLE_FDP_MESSAGES, 0x10031, 80, {1}},
};

#define PARTS(columns, indexes) (columns), COUNT_OF(columns), (indexes), COUNT_OF(indexes)

/* clang-format off */
const struct sample_table sample_tables[] = {
    {"MSysObjects", SAMPLE_OBJID_CATALOG, SAMPLE_FDP_CATALOG, 0xC0000000u, 20, 80, true,
     PARTS(catalog_columns, catalog_indexes)},
    {"MSysObjectsShadow", SAMPLE_OBJID_SHADOW, SAMPLE_FDP_SHADOW, 0xC0000000u, 5, 80, true,
     PARTS(catalog_columns, shadow_indexes)},
    {"MSysObjids", SAMPLE_OBJID_OBJIDS, SAMPLE_FDP_OBJIDS, 0xC8000000u, 0, 100, false,
     PARTS(objids_columns, objids_indexes)},
    {"MSysLocales", SAMPLE_OBJID_LOCALES, SAMPLE_FDP_LOCALES, 0x88000000u, 0, 92, false,
     PARTS(locales_columns, locales_indexes)},
    {"Folders", SAMPLE_OBJID_FOLDERS, SAMPLE_FDP_FOLDERS, 0, 2, 80, false,
     PARTS(folders_columns, folders_indexes)},
    {"Messages", SAMPLE_OBJID_MESSAGES, SAMPLE_FDP_MESSAGES, 0, 222, 80, false,
     PARTS(messages_columns, messages_indexes)},
};
/* clang-format on */
const size_t sample_table_count = COUNT_OF(sample_tables);
