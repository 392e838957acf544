/* SPDX-License-Identifier: MIT */
#include "tool/sample_schema.h"

#include "base/compiler.h"

enum { BIT = 1, LONG = 4, DATETIME = 8, BINARY, TEXT, LONG_TEXT = 12, ULONG = 14, GUID = 16 };

enum { NOT_NULL = 1, ANSI = 1252, UTF16 = 1200 };

static const struct system_column folders_columns[] = {
    {"Id",   1,   LONG, 4,  NOT_NULL, 0,    4},
    {"Name", 128, TEXT, 64, NOT_NULL, ANSI, 0},
};

static const struct system_index folders_indexes[] = {
    {"ById",   SAMPLE_OBJID_FOLDERS,      SAMPLE_FDP_FOLDERS,      0x10031, 80, 0, {1}  },
    {"ByName", SAMPLE_OBJID_FOLDERS_NAME, SAMPLE_FDP_FOLDERS_NAME, 0x1000E, 80, 1, {128}},
};

/* Filled in by sample_rows.c. */
static const struct system_column messages_columns[] = {
    {"Id",       1,   LONG,      4,   NOT_NULL, 0,     4 },
    {"Folder",   2,   LONG,      4,   0,        0,     8 },
    {"Received", 3,   DATETIME,  8,   0,        0,     12},
    {"Size",     4,   ULONG,     4,   0,        0,     20},
    {"IsRead",   5,   BIT,       1,   0,        0,     24},
    {"Ticket",   6,   GUID,      16,  0,        0,     25},
    {"Sender",   128, TEXT,      100, 0,        ANSI,  0 },
    {"Subject",  129, TEXT,      255, 0,        UTF16, 0 },
    {"Digest",   130, BINARY,    64,  0,        0,     0 },
    {"Body",     256, LONG_TEXT, 0,   0,        ANSI,  0 },
};

static const struct system_index messages_indexes[] = {
    {"ById", SAMPLE_OBJID_MESSAGES, SAMPLE_FDP_MESSAGES, 0x10031, 80, 0, {1}},
};

#define PARTS(columns, indexes) (columns), COUNT_OF(columns), (indexes), COUNT_OF(indexes)

/* clang-format off */
static const struct system_table folders = {
    "Folders", SAMPLE_OBJID_FOLDERS, SAMPLE_FDP_FOLDERS, 0, 2, 80, false, PARTS(folders_columns, folders_indexes),
};
static const struct system_table messages = {
    "Messages", SAMPLE_OBJID_MESSAGES, SAMPLE_FDP_MESSAGES, 0, 222, 80, false, PARTS(messages_columns, messages_indexes),
};
/* clang-format on */

const struct system_table *const sample_tables[] = {
    &system_tables[0], &system_tables[1], &system_tables[2], &system_tables[3], &folders, &messages,
};
const size_t sample_table_count = COUNT_OF(sample_tables);
