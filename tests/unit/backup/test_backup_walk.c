/* SPDX-License-Identifier: MIT */
/* Every call in every state, against the table of the specification (backup-api 2.4) as it is typed below; the machine's own
 * table is not looked at. A state is reached by calls and recognised by what calls answer in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "backup/backup.h"
#include "base/compiler.h"
#include "fake_source.h"
#include "os/os_file.h"

enum { BUFFER_SIZE = 65536 };

/* Columns of the table. The specification has one column for an incremental backup and one for "stopped"; the first differs
 * before and after the first log list, the second is each of the others after a stop. */
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

struct walk {
    struct fake_source fake;
    struct backup *b;
    uint8_t *buffer;
};

static jet_err perform(struct walk *w, enum row_call call)
{
    struct backup_list list;
    uint64_t size;
    size_t actual;
    switch (call) {
    case BEGIN_FULL: return backup_begin(w->b, 0);
    case BEGIN_INCREMENTAL: return backup_begin(w->b, BACKUP_BIT_INCREMENTAL);
    case BEGIN_SURROGATE: return backup_begin_surrogate(w->b, 1, 2, 0);
    case ATTACH_INFO: return backup_get_attach_info(w->b, &list);
    case OPEN_DATABASE: return backup_open(w->b, "D0.edb", 0, &size);
    case OPEN_LOG: return backup_open(w->b, "edb00005.log", 0, &size);
    case OPEN_STRANGER: return backup_open(w->b, "stranger.txt", 0, &size);
    case READ: return backup_read(w->b, w->buffer, BUFFER_SIZE, &actual);
    case CLOSE: return backup_close(w->b);
    case LOG_INFO: return backup_get_log_info(w->b, &list, NULL);
    case TRUNCATE_INFO: return backup_get_truncate_info(w->b, &list);
    case TRUNCATE: return backup_truncate(w->b);
    case END_NORMAL: return backup_end(w->b, BACKUP_BIT_END_NORMAL);
    case END_ABORT: return backup_end(w->b, BACKUP_BIT_END_ABORT);
    case END_NOTHING: return backup_end(w->b, 0);
    case END_BOTH: return backup_end(w->b, BACKUP_BIT_END_NORMAL | BACKUP_BIT_END_ABORT);
    case END_SURROGATE_NORMAL: return backup_end_surrogate(w->b, BACKUP_BIT_END_NORMAL);
    case END_SURROGATE_ABORT: return backup_end_surrogate(w->b, BACKUP_BIT_END_ABORT);
    case STOP: backup_stop(w->b); return JET_errSuccess;
    }
    fail();
    return JET_errInternalError;
}

static bool is_stopped_column(enum column column)
{
    return column >= STOPPED_DATABASES && column <= STOPPED_INCREMENTAL;
}

/* Brings a new machine into the state of the column. */
static void arrange(struct walk *w, enum column column, unsigned how)
{
    static const struct {
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
    fake_source_init(&w->fake);
    if (how & NO_LOGS)
        w->fake.log_count = 0;
    assert_int_equal(backup_new(&w->fake.source, false, &w->b), 0);
    if (column == NO_BACKUP)
        return;
    assert_int_equal(perform(w, ways[column].begin), 0);
    if (ways[column].with_list)
        assert_int_equal(perform(w, LOG_INFO), 0);
    if ((how & WITH_FILE) && column != SURROGATE && column != INCREMENTAL_BEGUN)
        assert_int_equal(perform(w, ways[column].with_list ? OPEN_LOG : OPEN_DATABASE), 0);
    if (is_stopped_column(column))
        backup_stop(w->b);
    if (how & BAD_DATA) {
        w->fake.read_pages_error = JET_errReadVerifyFailure;
        w->fake.read_log_error = JET_errLogReadVerifyFailure;
    }
}

/* Recognises the state by answers only; ends the backup. */
static const char *recognise(struct walk *w)
{
    if (!w->fake.occupied)
        return perform(w, ATTACH_INFO) == JET_errNoBackup ? "no backup" : "nonsense";
    jet_err attach = perform(w, ATTACH_INFO);
    bool incremental = w->fake.terms.incremental;
    jet_err err;
    assert_int_equal(perform(w, END_NORMAL), 0);
    enum backup_outcome outcome = backup_last_outcome(w->b, &err);
    if (attach == JET_errNoBackup)
        return outcome == BACKUP_OUTCOME_FAILED && err == JET_errSurrogateBackupInProgress ? "surrogate" : "nonsense";
    if (attach == JET_errBackupAbortByServer)
        return outcome == BACKUP_OUTCOME_ABORTED_BY_SERVER ? "stopped" : "nonsense";
    if (incremental)
        return attach == JET_errInvalidBackupSequence && outcome == BACKUP_OUTCOME_NORMAL ? "incremental" : "nonsense";
    return outcome == BACKUP_OUTCOME_ABORTED_BY_CALLER ? "databases"
           : outcome == BACKUP_OUTCOME_NORMAL          ? "logs"
                                                       : "nonsense";
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

static void expect_record(struct walk *w, enum next next, jet_err own_error)
{
    jet_err err;
    enum backup_outcome outcome = backup_last_outcome(w->b, &err);
    switch (next) {
    case TORN_DOWN:
        assert_int_equal(outcome, BACKUP_OUTCOME_FAILED);
        assert_int_equal(err, own_error);
        break;
    case DONE_NORMAL: assert_int_equal(outcome, BACKUP_OUTCOME_NORMAL); break;
    case DONE_BY_CALLER: assert_int_equal(outcome, BACKUP_OUTCOME_ABORTED_BY_CALLER); break;
    case DONE_BY_SERVER: assert_int_equal(outcome, BACKUP_OUTCOME_ABORTED_BY_SERVER); break;
    case DONE_WRONG_LOCAL:
        assert_int_equal(outcome, BACKUP_OUTCOME_FAILED);
        assert_int_equal(err, JET_errBackupInProgress);
        break;
    case DONE_WRONG_SURROGATE:
        assert_int_equal(outcome, BACKUP_OUTCOME_FAILED);
        assert_int_equal(err, JET_errSurrogateBackupInProgress);
        break;
    default: assert_int_equal(outcome, BACKUP_OUTCOME_NONE); break;
    }
    /* Only a normal end stamps headers. */
    assert_int_equal(w->fake.end_calls > 0 && w->fake.ending.stamp, outcome == BACKUP_OUTCOME_NORMAL);
}

static void try_cell(const struct row *row, enum column column)
{
    struct walk w;
    w.buffer = os_pages_alloc(BUFFER_SIZE);
    assert_non_null(w.buffer);
    arrange(&w, column, row->arrange);
    jet_err err = perform(&w, row->call);
    if (err != row->cells[column].err)
        fail_msg("%s, in %s: expected %d, got %d", row->name, column_names[column], row->cells[column].err, err);
    expect_record(&w, row->cells[column].next, err);
    const char *expected = expected_state(column, row->cells[column].next);
    const char *found = recognise(&w);
    if (strcmp(found, expected) != 0)
        fail_msg("%s, in %s: the state after it is %s, not %s", row->name, column_names[column], found, expected);
    /* However it went, the next backup starts clean. */
    assert_int_equal(perform(&w, BEGIN_FULL), 0);
    assert_int_equal(perform(&w, ATTACH_INFO), 0);
    backup_free(w.b);
    assert_false(w.fake.was_freed_open);
    os_pages_free(w.buffer, BUFFER_SIZE);
}

static void every_call_in_every_state_answers_as_the_specification_says(void **state)
{
    unsigned cells = 0;
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        for (enum column column = 0; column < COLUMN_COUNT; column++) {
            if (table[i].cells[column].next == NOT_POSSIBLE)
                continue;
            try_cell(&table[i], column);
            cells++;
        }
    }
    assert_true(cells > 250);
}

/* After a read that failed, the database's file is closed; the row of the table cannot show it. */
static void the_file_of_a_failed_database_read_is_closed(void **state)
{
    struct walk w;
    w.buffer = os_pages_alloc(BUFFER_SIZE);
    assert_non_null(w.buffer);
    arrange(&w, FULL_DATABASES, WITH_FILE | BAD_DATA);
    assert_int_equal(perform(&w, READ), JET_errReadVerifyFailure);
    assert_int_equal(perform(&w, CLOSE), JET_errInvalidParameter);
    assert_int_equal(perform(&w, OPEN_DATABASE), 0);
    backup_free(w.b);
    os_pages_free(w.buffer, BUFFER_SIZE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_call_in_every_state_answers_as_the_specification_says),
        cmocka_unit_test(the_file_of_a_failed_database_read_is_closed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
