/* SPDX-License-Identifier: MIT */
/* Every call in every state of a running instance, through the exported functions, against the table of the
 * specification (backup-api 2.4, as backup_table.h has it). A state is reached by calls and recognised by what calls
 * answer in it; what was recorded is asked of the machine, because end calls do not tell. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "backup/backup.h"
#include "backup_fixture.h"
#include "base/compiler.h"
#include "jet/process.h"
#include "unit/backup/backup_table.h"

static struct backup *machine(const struct backup_fixture *f)
{
    struct instance *instance;
    OK(instance_enter_anyway(f->api.instance, &instance));
    struct backup *b = instance->backup;
    instance_leave(instance);
    return b;
}

static JET_ERR open_file(struct backup_fixture *f, const char *path)
{
    return JetOpenFileInstance(f->api.instance, path, &f->file, &f->low, &f->high);
}

/* `log`: a log of the list, or a name that one might have. */
static JET_ERR perform(struct backup_fixture *f, enum row_call call, const char *log)
{
    const JET_INSTANCE instance = f->api.instance;
    static char list[BACKUP_LIST];
    switch (call) {
    case BEGIN_FULL: return JetBeginExternalBackupInstance(instance, 0);
    case BEGIN_INCREMENTAL: return JetBeginExternalBackupInstance(instance, JET_bitBackupIncremental);
    case BEGIN_SURROGATE: return JetBeginSurrogateBackup(instance, 1, 2, 0);
    case ATTACH_INFO: return JetGetAttachInfoInstance(instance, list, sizeof list, &f->actual);
    case OPEN_DATABASE: return open_file(f, f->api.file);
    case OPEN_LOG: return open_file(f, log);
    case OPEN_STRANGER: return open_file(f, "stranger.txt");
    case READ: return JetReadFileInstance(instance, 0, f->buffer, BACKUP_BUFFER, &f->actual);
    case CLOSE: return JetCloseFileInstance(instance, 0);
    case LOG_INFO: return JetGetLogInfoInstance(instance, list, sizeof list, &f->actual);
    case TRUNCATE_INFO: return JetGetTruncateLogInfoInstance(instance, list, sizeof list, &f->actual);
    case TRUNCATE: return JetTruncateLogInstance(instance);
    case END_NORMAL: return JetEndExternalBackupInstance(instance);
    case END_ABORT: return JetEndExternalBackupInstance2(instance, JET_bitBackupEndAbort);
    case END_NOTHING: return JetEndExternalBackupInstance2(instance, 0);
    case END_BOTH: return JetEndExternalBackupInstance2(instance, JET_bitBackupEndNormal | JET_bitBackupEndAbort);
    case END_SURROGATE_NORMAL: return JetEndSurrogateBackup(instance, JET_bitBackupEndNormal);
    case END_SURROGATE_ABORT: return JetEndSurrogateBackup(instance, JET_bitBackupEndAbort);
    case STOP: return JetStopBackupInstance(instance);
    }
    fail();
    return JET_errInternalError;
}

static bool can_have_file(enum column column)
{
    return column != NO_BACKUP && column != SURROGATE && column != INCREMENTAL_BEGUN;
}

/* What incremental backups build on. */
static void back_up_everything(struct backup_fixture *f)
{
    OK(perform(f, BEGIN_FULL, NULL));
    (void)backup_copy_file(f, f->api.file, NULL);
    for (const char *log = backup_list_of(f, JetGetLogInfoInstanceA); log[0] != '\0'; log += strlen(log) + 1)
        (void)backup_copy_file(f, log, NULL);
    OK(perform(f, TRUNCATE, NULL));
    OK(perform(f, END_NORMAL, NULL));
}

/* Brings the instance into the state of the column; returns a log. */
static const char *arrange(struct backup_fixture *f, enum column column, unsigned how)
{
    const char *log = backup_fixture_log(f, 1);
    if (column == NO_BACKUP)
        return log;
    OK(perform(f, ways[column].begin, NULL));
    if (ways[column].with_list)
        log = backup_list_of(f, JetGetLogInfoInstanceA);
    if (ways[column].with_list && (how & NO_LOGS)) /* there is always one, which has to be read */
        for (const char *each = log; each[0] != '\0'; each += strlen(each) + 1)
            (void)backup_copy_file(f, each, NULL);
    if ((how & WITH_FILE) && can_have_file(column))
        OK(perform(f, ways[column].with_list ? OPEN_LOG : OPEN_DATABASE, log));
    if (is_stopped_column(column))
        OK(perform(f, STOP, NULL));
    return log;
}

/* Recognises the state by answers only; ends the backup. */
static const char *recognise(struct backup_fixture *f)
{
    const JET_ERR attach = perform(f, ATTACH_INFO, NULL);
    JET_ERR err;
    if (backup_occupant(machine(f)) == BACKUP_OCCUPANT_NONE)
        return attach == JET_errNoBackup ? "no backup" : "nonsense";
    OK(perform(f, END_NORMAL, NULL));
    const enum backup_outcome outcome = backup_last_outcome(machine(f), &err);
    if (attach == JET_errNoBackup)
        return outcome == BACKUP_OUTCOME_FAILED && err == JET_errSurrogateBackupInProgress ? "surrogate" : "nonsense";
    if (attach == JET_errBackupAbortByServer)
        return outcome == BACKUP_OUTCOME_ABORTED_BY_SERVER ? "stopped" : "nonsense";
    if (attach == JET_errInvalidBackupSequence)
        return outcome == BACKUP_OUTCOME_NORMAL ? "incremental" : "nonsense";
    return outcome == BACKUP_OUTCOME_ABORTED_BY_CALLER ? "databases"
           : outcome == BACKUP_OUTCOME_NORMAL          ? "logs"
                                                       : "nonsense";
}

static void expect_record(struct backup_fixture *f, enum next next, JET_ERR own_error)
{
    JET_ERR err;
    const enum backup_outcome outcome = backup_last_outcome(machine(f), &err);
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
    default: break; /* it goes on, or there was none */
    }
}

/* Attach and detach are refused whenever somebody occupies the instance, and allowed when nobody does. */
static void expect_refusal(struct backup_fixture *f, const char *name)
{
    const enum backup_occupant occupant = backup_occupant(machine(f));
    const JET_ERR expected = occupant == BACKUP_OCCUPANT_NONE        ? JET_wrnDatabaseAttached
                             : occupant == BACKUP_OCCUPANT_SURROGATE ? JET_errSurrogateBackupInProgress
                                                                     : JET_errBackupInProgress;
    const JET_ERR err = JetAttachDatabase(f->api.sesid, f->api.file, JET_bitNil);
    if (err != expected)
        fail_msg("%s: an attach gives %d, not %d", name, (int)err, (int)expected);
}

static void try_cell(struct backup_fixture *f, const struct row *row, enum column column)
{
    const char *log = arrange(f, column, row->arrange);
    const JET_ERR err = perform(f, row->call, log);
    if (err != row->cells[column].err)
        fail_msg("%s, in %s: expected %d, got %d", row->name, column_names[column], (int)row->cells[column].err,
                 (int)err);
    expect_record(f, row->cells[column].next, err);
    expect_refusal(f, row->name);
    const char *expected = expected_state(column, row->cells[column].next);
    const char *found = recognise(f);
    if (strcmp(found, expected) != 0)
        fail_msg("%s, in %s: the state after it is %s, not %s", row->name, column_names[column], found, expected);
    if (row->call == TRUNCATE && err == JET_errSuccess)
        back_up_everything(f); /* logs behind the last full backup may be gone */
}

/* Damage needs files that are changed behind the engine's back: test_api_backup.c. */
static void every_call_in_every_state_answers_as_the_specification_says(void **state)
{
    struct backup_fixture *f = *state;
    unsigned cells = 0;
    back_up_everything(f);
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        for (enum column column = 0; column < COLUMN_COUNT; column++) {
            if (table[i].cells[column].next == NOT_POSSIBLE || (table[i].arrange & BAD_DATA))
                continue;
            try_cell(f, &table[i], column);
            cells++;
        }
    }
    assert_true(cells > 240);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_call_in_every_state_answers_as_the_specification_says,
                                        backup_fixture_setup, backup_fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
