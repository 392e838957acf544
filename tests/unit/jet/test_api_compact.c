/* SPDX-License-Identifier: MIT */
/* JetCompact: the same rows in a new file; and no file if it does not come to its end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "api_fixture.h"
#include "os/os_file.h"
#include "support/temp_folder.h"

enum { ROWS = 700, LONG_SIZE = 150000 };

/* What the callback was told; it has no context. */
static struct {
    unsigned begins, progresses, completes, fails;
    uint32_t done, total;
    unsigned stop_at; /* progress call that is answered with an error; 0: none */
} told;

static JET_ERR JET_API on_status(JET_SESID sesid, JET_SNP snp, JET_SNT snt, void *pv)
{
    const JET_SNPROG *progress = pv;
    if (sesid == JET_sesidNil || snp != JET_snpCompact)
        return JET_errInvalidParameter;
    told.begins += snt == JET_sntBegin;
    told.completes += snt == JET_sntComplete;
    told.fails += snt == JET_sntFail;
    if (snt != JET_sntProgress)
        return JET_errSuccess;
    if (progress->cbStruct != sizeof *progress || progress->cunitDone > progress->cunitTotal ||
        progress->cunitDone < told.done)
        return JET_errInvalidParameter;
    told.done = progress->cunitDone;
    told.total = progress->cunitTotal;
    return ++told.progresses == told.stop_at ? JET_errOutOfMemory : JET_errSuccess;
}

static const uint8_t *long_value(int id)
{
    static uint8_t value[LONG_SIZE];
    for (size_t i = 0; i < sizeof value; i++)
        value[i] = (uint8_t)((unsigned)id * 31 + i % 251);
    return value;
}

/* Beside the columns of "things": one that counts, a default, several values, a table without a primary index. */
static void fill(const struct api_fixture *fixture)
{
    const JET_SESID sesid = fixture->sesid;
    struct api_things things;
    JET_TABLEID numbers = 0;
    JET_COLUMNDEF with_default = {.cbStruct = sizeof with_default, .coltyp = JET_coltypLong};
    const int seven = 7;
    JET_COLUMNID seventh = 0;
    api_things_create(fixture, &things);
    (void)api_column_add(sesid, things.tableid, "count", JET_coltypLong, JET_bitColumnAutoincrement);
    OK(JetAddColumn(sesid, things.tableid, "seven", &with_default, &seven, sizeof seven, &seventh));
    OK(JetCreateIndex(sesid, things.tableid, "by_tags", 0, "+tags\0-id\0", 11, 80));
    for (int id = 0; id < ROWS; id++) {
        OK(JetBeginTransaction(sesid));
        OK(JetPrepareUpdate(sesid, things.tableid, JET_prepInsert));
        OK(JetSetColumn(sesid, things.tableid, things.id, &id, sizeof id, 0, NULL));
        for (uint32_t itag = 1; itag <= (uint32_t)id % 4; itag++) {
            JET_SETINFO info = {.cbStruct = sizeof info, .itagSequence = itag};
            const int tag = id * 10 + (int)itag;
            OK(JetSetColumn(sesid, things.tableid, things.tags, &tag, sizeof tag, 0, &info));
        }
        if (id % 100 == 0)
            OK(JetSetColumn(sesid, things.tableid, things.note, long_value(id), LONG_SIZE, 0, NULL));
        if (id % 10 == 1)
            OK(JetSetColumn(sesid, things.tableid, things.note, "", 0, JET_bitSetZeroLength, NULL));
        if (id % 5 == 2)
            OK(JetSetColumn(sesid, things.tableid, seventh, &id, sizeof id, 0, NULL));
        if (id % 5 == 3)
            OK(JetSetColumn(sesid, things.tableid, seventh, NULL, 0, 0, NULL));
        OK(JetUpdate(sesid, things.tableid, NULL, 0, NULL));
        OK(JetCommitTransaction(sesid, JET_bitCommitLazyFlush));
    }
    OK(JetBeginTransaction(sesid));
    for (int id = 0; id < ROWS; id += 2) {
        OK(api_things_seek(sesid, &things, id));
        OK(JetDelete(sesid, things.tableid));
    }
    OK(JetCommitTransaction(sesid, 0));
    OK(JetCloseTable(sesid, things.tableid));
    OK(JetCreateTable(sesid, fixture->dbid, "numbers", 1, 90, &numbers));
    const JET_COLUMNID number = api_column_add(sesid, numbers, "number", JET_coltypLong, 0);
    for (int i = 0; i < 50; i++) {
        const int value = i * 37 % 50;
        OK(JetPrepareUpdate(sesid, numbers, JET_prepInsert));
        OK(JetSetColumn(sesid, numbers, number, &value, sizeof value, 0, NULL));
        OK(JetUpdate(sesid, numbers, NULL, 0, NULL));
    }
    OK(JetCloseTable(sesid, numbers));
}

/* Closed and attached, as JetCompact wants its source. */
static void set_aside(const struct api_fixture *fixture)
{
    OK(JetCloseDatabase(fixture->sesid, fixture->dbid, 0));
    OK(JetDetachDatabase(fixture->sesid, fixture->file));
    OK(JetAttachDatabase(fixture->sesid, fixture->file, JET_bitDbReadOnly));
}

static void compare_column(JET_SESID sesid, JET_TABLEID a, JET_TABLEID b, const char *name)
{
    static uint8_t bytes[2][LONG_SIZE + 10];
    JET_COLUMNDEF definition[2] = {{.cbStruct = sizeof definition[0]}, {.cbStruct = sizeof definition[1]}};
    OK(JetGetTableColumnInfo(sesid, a, name, &definition[0], sizeof definition[0], JET_ColInfo));
    OK(JetGetTableColumnInfo(sesid, b, name, &definition[1], sizeof definition[1], JET_ColInfo));
    assert_int_equal(definition[0].coltyp, definition[1].coltyp);
    /* One of the two is attached for reading only. */
    assert_int_equal(definition[0].grbit | JET_bitColumnUpdatable, definition[1].grbit | JET_bitColumnUpdatable);
    for (uint32_t itag = 1; itag <= 5; itag++) {
        JET_RETINFO info = {.cbStruct = sizeof info, .itagSequence = itag};
        uint32_t size[2] = {0, 0};
        const JET_ERR err =
            JetRetrieveColumn(sesid, a, definition[0].columnid, bytes[0], sizeof bytes[0], &size[0], 0, &info);
        assert_int_equal(
            JetRetrieveColumn(sesid, b, definition[1].columnid, bytes[1], sizeof bytes[1], &size[1], 0, &info), err);
        assert_int_equal(size[0], size[1]);
        assert_memory_equal(bytes[0], bytes[1], size[0]);
    }
}

static void compare_tables(const struct api_fixture *fixture, JET_DBID dbid, const char *table, const char *index,
                           const char *const *columns, int rows)
{
    const JET_SESID sesid = fixture->sesid;
    JET_TABLEID a = 0, b = 0;
    int count = 0;
    OK(JetOpenTable(sesid, fixture->dbid, table, NULL, 0, JET_bitTableReadOnly, &a));
    OK(JetOpenTable(sesid, dbid, table, NULL, 0, 0, &b));
    OK(JetSetCurrentIndex(sesid, a, index));
    OK(JetSetCurrentIndex(sesid, b, index));
    JET_ERR err = JetMove(sesid, a, JET_MoveFirst, 0);
    assert_int_equal(JetMove(sesid, b, JET_MoveFirst, 0), err);
    while (err == JET_errSuccess) {
        for (const char *const *column = columns; *column; column++)
            compare_column(sesid, a, b, *column);
        count++;
        err = JetMove(sesid, a, JET_MoveNext, 0);
        assert_int_equal(JetMove(sesid, b, JET_MoveNext, 0), err);
    }
    assert_int_equal(count, rows);
    OK(JetCloseTable(sesid, a));
    OK(JetCloseTable(sesid, b));
}

static void the_new_file_has_the_same_rows(void **state)
{
    static const char *const of_things[] = {"id", "name", "note", "tags", "count", "seven", NULL};
    static const char *const of_numbers[] = {"number", NULL};
    struct api_fixture *fixture = *state;
    const char *path = temp_folder_path(fixture->folder, "new.edb");
    struct os_path_info before, after;
    JET_DBID dbid = 0;
    struct api_things things;
    int entries = 0;
    fill(fixture);
    set_aside(fixture);
    memset(&told, 0, sizeof told);
    OK(JetCompact(fixture->sesid, fixture->file, path, on_status, NULL, JET_bitCompactStats));
    assert_int_equal(told.begins, 1);
    assert_int_equal(told.completes, 1);
    assert_int_equal(told.fails, 0);
    assert_true(told.progresses > 1 && told.total > 0);
    assert_int_equal(told.done, told.total);
    assert_true(api_file_is_sound(path));
    OK(os_path_stat(fixture->file, &before));
    OK(os_path_stat(path, &after));
    assert_true(after.size_bytes <= before.size_bytes);
    OK(JetOpenDatabase(fixture->sesid, fixture->file, NULL, &fixture->dbid, JET_bitDbReadOnly));
    OK(JetAttachDatabase(fixture->sesid, path, 0));
    OK(JetOpenDatabase(fixture->sesid, path, NULL, &dbid, 0));
    for (int id = 1; id < ROWS; id += 2)
        entries += id % 4 == 0 ? 1 : id % 4;
    compare_tables(fixture, dbid, "things", "by_id", of_things, ROWS / 2);
    compare_tables(fixture, dbid, "things", "by_tags", of_things, entries);
    compare_tables(fixture, dbid, "numbers", NULL, of_numbers, 50);
    /* Numbers go on where they were. */
    JET_COLUMNDEF definition;
    int count = 0;
    api_things_open(fixture, fixture->sesid, dbid, &things);
    OK(JetGetTableColumnInfo(fixture->sesid, things.tableid, "count", &definition, sizeof definition, JET_ColInfo));
    OK(JetBeginTransaction(fixture->sesid));
    api_things_insert(fixture->sesid, &things, 100000, NULL);
    OK(api_things_seek(fixture->sesid, &things, 100000));
    OK(JetRetrieveColumn(fixture->sesid, things.tableid, definition.columnid, &count, sizeof count, NULL, 0, NULL));
    assert_int_equal(count, ROWS + 1);
    OK(JetCommitTransaction(fixture->sesid, 0));
}

static void check_late(JET_SESID sesid, JET_DBID dbid, const JET_COLUMNID columns[2])
{
    JET_TABLEID tableid = 0;
    int rows = 0, value;
    OK(JetOpenTable(sesid, dbid, "things", NULL, 0, 0, &tableid));
    for (JET_ERR err = JetMove(sesid, tableid, JET_MoveFirst, 0); err == JET_errSuccess;
         err = JetMove(sesid, tableid, JET_MoveNext, 0), rows++)
        for (int i = 0; i < 2; i++) {
            const JET_ERR got = JetRetrieveColumn(sesid, tableid, columns[i], &value, sizeof value, NULL, 0, NULL);
            assert_int_equal(got, rows < 2 ? JET_wrnColumnNull : JET_errSuccess);
            assert_true(rows < 2 || value == 77);
        }
    assert_int_equal(rows, 3);
    /* For new rows the rule holds. */
    OK(JetPrepareUpdate(sesid, tableid, JET_prepInsert));
    assert_int_equal(JetUpdate(sesid, tableid, NULL, 0, NULL), JET_errNullInvalid);
    OK(JetPrepareUpdate(sesid, tableid, JET_prepCancel));
    OK(JetCloseTable(sesid, tableid));
}

static void rows_are_older_than_a_column_that_must_have_a_value(void **state)
{
    struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    const char *path = temp_folder_path(fixture->folder, "new.edb");
    const int value = 77;
    struct api_things things;
    JET_COLUMNID late[2];
    JET_DBID dbid = 0;
    api_things_create(fixture, &things);
    OK(JetBeginTransaction(sesid));
    api_things_insert(sesid, &things, 1, "x");
    api_things_insert(sesid, &things, 2, "y");
    OK(JetCommitTransaction(sesid, 0));
    late[0] = api_column_add(sesid, things.tableid, "late", JET_coltypLong, JET_bitColumnNotNULL);
    late[1] =
        api_column_add(sesid, things.tableid, "later", JET_coltypLong, JET_bitColumnNotNULL | JET_bitColumnTagged);
    OK(JetPrepareUpdate(sesid, things.tableid, JET_prepInsert));
    OK(JetSetColumn(sesid, things.tableid, things.id, &(int){3}, sizeof(int), 0, NULL));
    for (int i = 0; i < 2; i++)
        OK(JetSetColumn(sesid, things.tableid, late[i], &value, sizeof value, 0, NULL));
    OK(JetUpdate(sesid, things.tableid, NULL, 0, NULL));
    OK(JetCloseTable(sesid, things.tableid));
    set_aside(fixture);
    OK(JetCompact(sesid, fixture->file, path, NULL, NULL, 0));
    OK(JetAttachDatabase(sesid, path, 0));
    OK(JetOpenDatabase(sesid, path, NULL, &dbid, 0));
    check_late(sesid, dbid, late);
}

static bool is_there(const char *path)
{
    struct os_path_info info;
    return os_path_stat(path, &info) == JET_errSuccess;
}

static void what_is_stopped_leaves_no_file(void **state)
{
    const struct api_fixture *fixture = *state;
    const char *path = temp_folder_path(fixture->folder, "new.edb");
    fill(fixture);
    set_aside(fixture);
    for (unsigned at = 1; at <= 4; at++) {
        memset(&told, 0, sizeof told);
        told.stop_at = at;
        assert_int_equal(JetCompact(fixture->sesid, fixture->file, path, on_status, NULL, 0), JET_errOutOfMemory);
        assert_int_equal(told.progresses, at);
        assert_int_equal(told.fails, 1);
        assert_int_equal(told.completes, 0);
        assert_false(is_there(path));
    }
    /* The next one works. */
    OK(JetCompact(fixture->sesid, fixture->file, path, NULL, NULL, 0));
    assert_true(api_file_is_sound(path));
}

static void what_cannot_be_compacted_is_refused(void **state)
{
    struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    const char *path = temp_folder_path(fixture->folder, "new.edb");
    JET_CONVERT convert = {0};
    assert_int_equal(JetCompact(sesid, fixture->file, path, NULL, &convert, 0), JET_errFeatureNotAvailable);
    assert_int_equal(JetCompact(sesid, fixture->file, path, NULL, NULL, 0x8000), JET_errInvalidGrbit);
    /* Somebody has it open. */
    assert_int_equal(JetCompact(sesid, fixture->file, path, NULL, NULL, 0), JET_errDatabaseInUse);
    set_aside(fixture);
    OK(JetBeginTransaction(sesid));
    assert_int_equal(JetCompact(sesid, fixture->file, path, NULL, NULL, 0), JET_errInTransaction);
    OK(JetRollback(sesid, 0));
    assert_int_equal(JetCompact(sesid, fixture->file, fixture->file, NULL, NULL, 0), JET_errDatabaseDuplicate);
    assert_true(is_there(fixture->file));
    OK(JetDetachDatabase(sesid, fixture->file));
    assert_int_equal(JetCompact(sesid, fixture->file, path, NULL, NULL, 0), JET_errDatabaseNotFound);
    assert_int_equal(JetCompact(sesid, fixture->file, NULL, NULL, NULL, 0), JET_errDatabaseInvalidPath);
    assert_false(is_there(path));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_new_file_has_the_same_rows, api_fixture_setup, api_fixture_teardown),
        cmocka_unit_test_setup_teardown(rows_are_older_than_a_column_that_must_have_a_value, api_fixture_setup,
                                        api_fixture_teardown),
        cmocka_unit_test_setup_teardown(what_is_stopped_leaves_no_file, api_fixture_setup, api_fixture_teardown),
        cmocka_unit_test_setup_teardown(what_cannot_be_compacted_is_refused, api_fixture_setup, api_fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
