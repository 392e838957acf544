/* SPDX-License-Identifier: MIT */
/* Every call in every state, against the table of the specification (backup-api 2.4) as backup_table.h has it; the
 * machine's own table is not looked at. A state is reached by calls and recognised by what calls answer in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "backup/backup.h"
#include "base/compiler.h"
#include "backup_table.h"
#include "fake_source.h"
#include "os/os_file.h"

enum { BUFFER_SIZE = 65536 };

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

/* Brings a new machine into the state of the column. */
static void arrange(struct walk *w, enum column column, unsigned how)
{
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
