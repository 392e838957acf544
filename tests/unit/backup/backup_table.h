/* SPDX-License-Identifier: MIT */
/* backup_table.h - the table of the specification (backup-api 2.4), typed from there: what every call answers in every
 * state, and which state it leaves. Walked through the machine (test_backup_walk.c) and through the exported functions
 * (unit/jet/test_api_backup_walk.c). Included once in each. */
#ifndef COLDSTREAM_TESTS_BACKUP_TABLE_H
#define COLDSTREAM_TESTS_BACKUP_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/jet_err.h"

/* Columns of the table. The specification has one column for an incremental backup and one for "stopped"; the first
 * differs before and after the first log list, the second is each of the others after a stop. */
enum column {
    NO_BACKUP,
    FULL_DATABASES,
    FULL_LOGS,
    INCREMENTAL_BEGUN,
    INCREMENTAL_LOGS,
    STOPPED_DATABASES,
    STOPPED_LOGS,
    STOPPED_INCREMENTAL,
    SURROGATE,
    COLUMN_COUNT,
};

/* What the state is after the call. */
enum next {
    SAME,
    TORN_DOWN, /* over, recorded as failed with the call's own error */
    DONE_NORMAL,
    DONE_BY_CALLER,
    DONE_BY_SERVER,
    DONE_WRONG_LOCAL,     /* over, recorded as failed with -505 */
    DONE_WRONG_SURROGATE, /* over, recorded as failed with -617 */
    TO_DATABASES,
    TO_LOGS,
    TO_INCREMENTAL,
    TO_STOPPED,
    TO_SURROGATE,
    NOT_POSSIBLE, /* the row cannot be had in this column */
};

enum row_call {
    BEGIN_FULL,
    BEGIN_INCREMENTAL,
    BEGIN_SURROGATE,
    ATTACH_INFO,
    OPEN_DATABASE,
    OPEN_LOG,
    OPEN_STRANGER,
    READ,
    CLOSE,
    LOG_INFO,
    TRUNCATE_INFO,
    TRUNCATE,
    END_NORMAL,
    END_ABORT,
    END_NOTHING,
    END_BOTH,
    END_SURROGATE_NORMAL,
    END_SURROGATE_ABORT,
    STOP,
};

/* What must be arranged before the call, besides the column. */
enum {
    PLAIN = 0,
    WITH_FILE = 1, /* a file is open, where one can be */
    BAD_DATA = 2,  /* reads find damage */
    NO_LOGS = 4,   /* the list of logs is empty: all of them have been read */
};

/* clang-format off */
static const struct row {
    const char *name;
    enum row_call call;
    unsigned arrange;
    struct { jet_err err; enum next next; } cells[COLUMN_COUNT];
} table[] = {
    /*                                                       no backup             full, databases        full, logs             incr., begun           incr., logs            stopped: databases,    logs,                  incremental            surrogate */
    {"begin, full",                  BEGIN_FULL,           PLAIN,     {{0, TO_DATABASES},    {-505, SAME},          {-505, SAME},          {-505, SAME},          {-505, SAME},          {-505, SAME},          {-505, SAME},          {-505, SAME},          {-617, SAME}}},
    {"begin, full, a file open",     BEGIN_FULL,           WITH_FILE, {{0, TO_DATABASES},    {-505, SAME},          {-505, SAME},          {-505, SAME},          {-505, SAME},          {-505, SAME},          {-505, SAME},          {-505, SAME},          {-617, SAME}}},
    {"begin, incremental",           BEGIN_INCREMENTAL,    PLAIN,     {{0, TO_INCREMENTAL},  {-505, SAME},          {-505, SAME},          {-505, SAME},          {-505, SAME},          {-505, SAME},          {-505, SAME},          {-505, SAME},          {-617, SAME}}},
    {"begin surrogate",              BEGIN_SURROGATE,      PLAIN,     {{0, TO_SURROGATE},    {-505, SAME},          {-505, SAME},          {-505, SAME},          {-505, SAME},          {-505, SAME},          {-505, SAME},          {-505, SAME},          {-617, SAME}}},
    {"attach info",                  ATTACH_INFO,          PLAIN,     {{-520, SAME},         {0, SAME},             {0, SAME},             {-521, SAME},          {-521, SAME},          {-801, SAME},          {-801, SAME},          {-801, SAME},          {-520, SAME}}},
    {"open a database",              OPEN_DATABASE,        PLAIN,     {{-520, SAME},         {0, SAME},             {-521, TORN_DOWN},     {-521, TORN_DOWN},     {-521, TORN_DOWN},     {-801, SAME},          {-801, SAME},          {-801, SAME},          {-520, SAME}}},
    {"open a log",                   OPEN_LOG,             PLAIN,     {{-520, SAME},         {-1203, SAME},         {0, SAME},             {0, NOT_POSSIBLE},     {0, SAME},             {-801, SAME},          {-801, SAME},          {-801, SAME},          {-520, SAME}}},
    {"open a stranger",              OPEN_STRANGER,        PLAIN,     {{-520, SAME},         {-1203, SAME},         {-569, TORN_DOWN},     {-569, TORN_DOWN},     {-569, TORN_DOWN},     {-801, SAME},          {-801, SAME},          {-801, SAME},          {-520, SAME}}},
    {"open a database, slot used",   OPEN_DATABASE,        WITH_FILE, {{-520, SAME},         {-1011, SAME},         {-1011, SAME},         {0, NOT_POSSIBLE},     {-1011, SAME},         {-801, SAME},          {-801, SAME},          {-801, SAME},          {-520, SAME}}},
    {"open a stranger, slot used",   OPEN_STRANGER,        WITH_FILE, {{-520, SAME},         {-1011, SAME},         {-1011, SAME},         {0, NOT_POSSIBLE},     {-1011, SAME},         {-801, SAME},          {-801, SAME},          {-801, SAME},          {-520, SAME}}},
    {"read",                         READ,                 WITH_FILE, {{-520, SAME},         {0, SAME},             {0, SAME},             {0, NOT_POSSIBLE},     {0, SAME},             {-801, SAME},          {-801, SAME},          {-801, SAME},          {-520, SAME}}},
    {"read, no file",                READ,                 PLAIN,     {{-520, SAME},         {-1003, SAME},         {-1003, SAME},         {-1003, SAME},         {-1003, SAME},         {-801, SAME},          {-801, SAME},          {-801, SAME},          {-520, SAME}}},
    {"read, data error",             READ,                 WITH_FILE | BAD_DATA,
                                                                      {{-520, SAME},         {-1018, SAME},         {-612, TORN_DOWN},     {0, NOT_POSSIBLE},     {-612, TORN_DOWN},     {-801, SAME},          {-801, SAME},          {-801, SAME},          {-520, SAME}}},
    {"close",                        CLOSE,                WITH_FILE, {{-520, SAME},         {0, SAME},             {0, SAME},             {0, NOT_POSSIBLE},     {0, SAME},             {0, SAME},             {0, SAME},             {0, SAME},             {-520, SAME}}},
    {"close, no file",               CLOSE,                PLAIN,     {{-520, SAME},         {-1003, SAME},         {-1003, SAME},         {-1003, SAME},         {-1003, SAME},         {-1003, SAME},         {-1003, SAME},         {-1003, SAME},         {-520, SAME}}},
    {"log info",                     LOG_INFO,             PLAIN,     {{-520, SAME},         {0, TO_LOGS},          {0, SAME},             {0, SAME},             {0, SAME},             {-801, SAME},          {-801, SAME},          {-801, SAME},          {-520, SAME}}},
    {"log info, slot used",          LOG_INFO,             WITH_FILE, {{-520, SAME},         {-521, SAME},          {-521, SAME},          {0, NOT_POSSIBLE},     {-521, SAME},          {-801, SAME},          {-801, SAME},          {-801, SAME},          {-520, SAME}}},
    {"truncate info",                TRUNCATE_INFO,        PLAIN,     {{-520, SAME},         {0, TO_LOGS},          {0, SAME},             {0, SAME},             {0, SAME},             {-801, SAME},          {-801, SAME},          {-801, SAME},          {-520, SAME}}},
    {"truncate info, slot used",     TRUNCATE_INFO,        WITH_FILE, {{-520, SAME},         {-521, SAME},          {-521, SAME},          {0, NOT_POSSIBLE},     {-521, SAME},          {-801, SAME},          {-801, SAME},          {-801, SAME},          {-520, SAME}}},
    {"truncate, logs not read",      TRUNCATE,             PLAIN,     {{-520, SAME},         {-521, SAME},          {-616, SAME},          {-521, SAME},          {-616, SAME},          {-801, SAME},          {-801, SAME},          {-801, SAME},          {-520, SAME}}},
    {"truncate, all logs read",      TRUNCATE,             NO_LOGS,   {{-520, SAME},         {-521, SAME},          {0, SAME},             {-521, SAME},          {0, SAME},             {-801, SAME},          {-801, SAME},          {-801, SAME},          {-520, SAME}}},
    {"truncate, slot used",          TRUNCATE,             WITH_FILE, {{-520, SAME},         {-521, SAME},          {-521, SAME},          {0, NOT_POSSIBLE},     {-521, SAME},          {-801, SAME},          {-801, SAME},          {-801, SAME},          {-520, SAME}}},
    {"end, normal",                  END_NORMAL,           PLAIN,     {{-520, SAME},         {0, DONE_BY_CALLER},   {0, DONE_NORMAL},      {0, DONE_NORMAL},      {0, DONE_NORMAL},      {0, DONE_BY_SERVER},   {0, DONE_BY_SERVER},   {0, DONE_BY_SERVER},   {0, DONE_WRONG_SURROGATE}}},
    {"end, normal, a file open",     END_NORMAL,           WITH_FILE, {{-520, SAME},         {0, DONE_BY_CALLER},   {0, DONE_NORMAL},      {0, NOT_POSSIBLE},     {0, DONE_NORMAL},      {0, DONE_BY_SERVER},   {0, DONE_BY_SERVER},   {0, DONE_BY_SERVER},   {0, DONE_WRONG_SURROGATE}}},
    {"end, abort",                   END_ABORT,            PLAIN,     {{-520, SAME},         {0, DONE_BY_CALLER},   {0, DONE_BY_CALLER},   {0, DONE_BY_CALLER},   {0, DONE_BY_CALLER},   {0, DONE_BY_CALLER},   {0, DONE_BY_CALLER},   {0, DONE_BY_CALLER},   {0, DONE_WRONG_SURROGATE}}},
    {"end, abort, a file open",      END_ABORT,            WITH_FILE, {{-520, SAME},         {0, DONE_BY_CALLER},   {0, DONE_BY_CALLER},   {0, NOT_POSSIBLE},     {0, DONE_BY_CALLER},   {0, DONE_BY_CALLER},   {0, DONE_BY_CALLER},   {0, DONE_BY_CALLER},   {0, DONE_WRONG_SURROGATE}}},
    {"end, no bit",                  END_NOTHING,          PLAIN,     {{-1003, SAME},        {-1003, SAME},         {-1003, SAME},         {-1003, SAME},         {-1003, SAME},         {-1003, SAME},         {-1003, SAME},         {-1003, SAME},         {-1003, SAME}}},
    {"end, both bits",               END_BOTH,             PLAIN,     {{-1003, SAME},        {-1003, SAME},         {-1003, SAME},         {-1003, SAME},         {-1003, SAME},         {-1003, SAME},         {-1003, SAME},         {-1003, SAME},         {-1003, SAME}}},
    {"end surrogate, normal",        END_SURROGATE_NORMAL, PLAIN,     {{-520, SAME},         {0, DONE_WRONG_LOCAL}, {0, DONE_WRONG_LOCAL}, {0, DONE_WRONG_LOCAL}, {0, DONE_WRONG_LOCAL}, {0, DONE_WRONG_LOCAL}, {0, DONE_WRONG_LOCAL}, {0, DONE_WRONG_LOCAL}, {0, DONE_NORMAL}}},
    {"end surrogate, abort",         END_SURROGATE_ABORT,  PLAIN,     {{-520, SAME},         {0, DONE_WRONG_LOCAL}, {0, DONE_WRONG_LOCAL}, {0, DONE_WRONG_LOCAL}, {0, DONE_WRONG_LOCAL}, {0, DONE_WRONG_LOCAL}, {0, DONE_WRONG_LOCAL}, {0, DONE_WRONG_LOCAL}, {0, DONE_BY_CALLER}}},
    {"stop",                         STOP,                 PLAIN,     {{0, SAME},            {0, TO_STOPPED},       {0, TO_STOPPED},       {0, TO_STOPPED},       {0, TO_STOPPED},       {0, SAME},             {0, SAME},             {0, SAME},             {0, SAME}}},
    {"stop, a file open",            STOP,                 WITH_FILE, {{0, SAME},            {0, TO_STOPPED},       {0, TO_STOPPED},       {0, NOT_POSSIBLE},     {0, TO_STOPPED},       {0, SAME},             {0, SAME},             {0, SAME},             {0, SAME}}},
};
/* clang-format on */

static const char *const column_names[COLUMN_COUNT] = {
    "no backup",         "full, databases",    "full, logs",           "incremental, begun", "incremental, logs",
    "stopped databases", "stopped, full logs", "stopped, incremental", "surrogate",
};

/* How a column is reached. */
static const struct way {
    enum row_call begin;
    bool with_list;
} ways[COLUMN_COUNT] = {
    [FULL_DATABASES] = {BEGIN_FULL,        false},
    [FULL_LOGS] = {BEGIN_FULL,        true },
    [INCREMENTAL_BEGUN] = {BEGIN_INCREMENTAL, false},
    [INCREMENTAL_LOGS] = {BEGIN_INCREMENTAL, true },
    [STOPPED_DATABASES] = {BEGIN_FULL,        false},
    [STOPPED_LOGS] = {BEGIN_FULL,        true },
    [STOPPED_INCREMENTAL] = {BEGIN_INCREMENTAL, true },
    [SURROGATE] = {BEGIN_SURROGATE,   false},
};

static bool is_stopped_column(enum column column)
{
    return column >= STOPPED_DATABASES && column <= STOPPED_INCREMENTAL;
}

static const char *state_of_column(enum column column)
{
    static const char *const states[COLUMN_COUNT] = {
        "no backup", "databases", "logs", "incremental", "incremental", "stopped", "stopped", "stopped", "surrogate",
    };
    return states[column];
}

static const char *expected_state(enum column column, enum next next)
{
    switch (next) {
    case SAME: return state_of_column(column);
    case TO_DATABASES: return "databases";
    case TO_LOGS: return "logs";
    case TO_INCREMENTAL: return "incremental";
    case TO_STOPPED: return "stopped";
    case TO_SURROGATE: return "surrogate";
    case TORN_DOWN:
    case DONE_NORMAL:
    case DONE_BY_CALLER:
    case DONE_BY_SERVER:
    case DONE_WRONG_LOCAL:
    case DONE_WRONG_SURROGATE: return "no backup";
    case NOT_POSSIBLE: break;
    }
    return "nonsense";
}

#endif
