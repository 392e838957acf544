/* SPDX-License-Identifier: MIT */
/* Temporary tables and sorts through the exported functions: what each kind of them permits, what becomes of equal
 * keys, where they lie, and that nothing is left of them. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "api_fixture.h"
#include "base/compiler.h"
#include "os/os_file.h"
#include "os/os_thread.h"
#include "support/temp_folder.h"

#define END (-1)

/* A key, and what is beside it. */
struct pairs {
    JET_TABLEID tableid;
    JET_COLUMNID columns[2];
};

static const JET_COLUMNDEF pair_columns[] = {
    {.cbStruct = sizeof(JET_COLUMNDEF), .coltyp = JET_coltypLong, .grbit = JET_bitColumnTTKey},
    {.cbStruct = sizeof(JET_COLUMNDEF),                                 .coltyp = JET_coltypLong                        },
};

static JET_ERR pairs_open(JET_SESID sesid, JET_GRBIT grbit, struct pairs *pairs)
{
    return JetOpenTempTable(sesid, pair_columns, COUNT_OF(pair_columns), grbit, &pairs->tableid, pairs->columns);
}

static JET_ERR pairs_put(JET_SESID sesid, const struct pairs *pairs, int32_t key, int32_t value)
{
    OK(JetPrepareUpdate(sesid, pairs->tableid, JET_prepInsert));
    OK(JetSetColumn(sesid, pairs->tableid, pairs->columns[0], &key, sizeof key, JET_bitNil, NULL));
    OK(JetSetColumn(sesid, pairs->tableid, pairs->columns[1], &value, sizeof value, JET_bitNil, NULL));
    const JET_ERR err = JetUpdate(sesid, pairs->tableid, NULL, 0, NULL);
    if (err < JET_errSuccess)
        OK(JetPrepareUpdate(sesid, pairs->tableid, JET_prepCancel));
    return err;
}

static int pairs_get(JET_SESID sesid, const struct pairs *pairs, int which)
{
    int32_t number = END;
    OK(JetRetrieveColumn(sesid, pairs->tableid, pairs->columns[which], &number, sizeof number, NULL, JET_bitNil, NULL));
    return number;
}

static JET_ERR pairs_seek(JET_SESID sesid, const struct pairs *pairs, int32_t key, JET_GRBIT grbit)
{
    OK(JetMakeKey(sesid, pairs->tableid, &key, sizeof key, JET_bitNewKey));
    return JetSeek(sesid, pairs->tableid, grbit);
}

#define REST(...) ((const int[]){__VA_ARGS__, END})

/* The keys, or the values, from the first record on. */
static void expect_all(JET_SESID sesid, const struct pairs *pairs, int which, const int *numbers)
{
    JET_ERR err = JetMove(sesid, pairs->tableid, JET_MoveFirst, JET_bitNil);
    for (; *numbers != END; numbers++) {
        assert_int_equal(err, JET_errSuccess);
        assert_int_equal(pairs_get(sesid, pairs, which), *numbers);
        err = JetMove(sesid, pairs->tableid, JET_MoveNext, JET_bitNil);
    }
    assert_int_equal(err, JET_errNoCurrentRecord);
}

static void some_pairs(JET_SESID sesid, const struct pairs *pairs)
{
    static const int keys[] = {30, 10, 20, 10, 40};
    for (size_t i = 0; i < COUNT_OF(keys); i++)
        OK(pairs_put(sesid, pairs, keys[i], (int)i));
}

static bool file_is_there(const struct api_fixture *fixture)
{
    struct os_path_info info;
    return os_path_stat(temp_folder_path(fixture->folder, "tmp.edb"), &info) >= JET_errSuccess;
}

/* ---- the kinds ---- */

static void a_sort_drops_what_comes_twice(void **state)
{
    const struct api_fixture *fixture = *state;
    struct pairs pairs;
    OK(pairs_open(fixture->sesid, JET_bitTTScrollable, &pairs));
    some_pairs(fixture->sesid, &pairs);
    expect_all(fixture->sesid, &pairs, 0, REST(10, 20, 30, 40));
    OK(JetMove(fixture->sesid, pairs.tableid, JET_MoveLast, JET_bitNil));
    OK(JetMove(fixture->sesid, pairs.tableid, JET_MovePrevious, JET_bitNil));
    assert_int_equal(pairs_get(fixture->sesid, &pairs, 0), 30);
    OK(pairs_seek(fixture->sesid, &pairs, 15,
                  JET_bitSeekGE)); /* a sort finds 20, and does not say that it is another */
    assert_int_equal(pairs_get(fixture->sesid, &pairs, 0), 20);
    assert_int_equal(pairs_seek(fixture->sesid, &pairs, 15, JET_bitSeekEQ), JET_errRecordNotFound);
    OK(JetCloseTable(fixture->sesid, pairs.tableid));
}

static void a_sort_takes_records_and_then_gives_them(void **state)
{
    const struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    struct pairs pairs;
    JET_TABLEID other;
    uint8_t bookmark[64];
    uint32_t actual;
    OK(pairs_open(sesid, JET_bitTTIndexed, &pairs));
    some_pairs(sesid, &pairs);
    assert_int_equal(JetDelete(sesid, pairs.tableid), JET_errIllegalOperation);
    assert_int_equal(JetDupCursor(sesid, pairs.tableid, &other, JET_bitNil), JET_errIllegalOperation);
    assert_int_equal(JetGetBookmark(sesid, pairs.tableid, bookmark, sizeof bookmark, &actual), JET_errIllegalOperation);
    assert_int_equal(JetRetrieveColumn(sesid, pairs.tableid, pairs.columns[0], NULL, 0, NULL, JET_bitNil, NULL),
                     JET_errIllegalOperation);
    OK(JetPrepareUpdate(sesid, pairs.tableid, JET_prepInsert)); /* the first move drops it */
    OK(JetMove(sesid, pairs.tableid, 0, JET_bitNil));           /* and finds the sort at its beginning */
    assert_int_equal(pairs_get(sesid, &pairs, 0), 10);
    assert_int_equal(JetPrepareUpdate(sesid, pairs.tableid, JET_prepInsert), JET_errIllegalOperation);
    assert_int_equal(JetDelete(sesid, pairs.tableid), JET_errIllegalOperation);
    OK(JetGetBookmark(sesid, pairs.tableid, bookmark, sizeof bookmark, &actual));
    OK(JetMove(sesid, pairs.tableid, JET_MoveLast, JET_bitNil));
    OK(JetGotoBookmark(sesid, pairs.tableid, bookmark, actual));
    assert_int_equal(pairs_get(sesid, &pairs, 0), 10);
    OK(JetDupCursor(sesid, pairs.tableid, &other, JET_bitNil));
    OK(JetCloseTable(sesid, pairs.tableid)); /* the other cursor keeps it */
    pairs.tableid = other;
    expect_all(sesid, &pairs, 0, REST(10, 20, 30, 40));
    OK(JetCloseTable(sesid, other));
}

static void a_sort_that_is_read_forward_keeps_equals_in_their_order(void **state)
{
    const struct api_fixture *fixture = *state;
    struct pairs pairs;
    OK(JetBeginTransaction(fixture->sesid)); /* which is older than the table */
    OK(pairs_open(fixture->sesid, JET_bitTTForwardOnly, &pairs));
    some_pairs(fixture->sesid, &pairs);
    expect_all(fixture->sesid, &pairs, 1, REST(1, 3, 2, 0, 4));
    assert_int_equal(JetMove(fixture->sesid, pairs.tableid, JET_MovePrevious, JET_bitNil), JET_errIllegalOperation);
    assert_int_equal(pairs_seek(fixture->sesid, &pairs, 10, JET_bitSeekEQ), JET_errIllegalOperation);
    assert_int_equal(JetSetIndexRange(fixture->sesid, pairs.tableid, JET_bitRangeUpperLimit), JET_errIllegalOperation);
    OK(JetCloseTable(fixture->sesid, pairs.tableid));
    OK(pairs_open(fixture->sesid, JET_bitTTForwardOnly | JET_bitTTUnique, &pairs));
    some_pairs(fixture->sesid, &pairs);
    expect_all(fixture->sesid, &pairs, 0, REST(10, 20, 30, 40));
    OK(JetCommitTransaction(fixture->sesid, JET_bitNil));
    OK(JetCloseTable(fixture->sesid, pairs.tableid));
}

static void what_is_read_forward_cannot_be_a_table(void **state)
{
    static const JET_GRBIT of_tables[] = {JET_bitTTIndexed, JET_bitTTUpdatable, JET_bitTTScrollable,
                                          JET_bitTTErrorOnDuplicateInsertion};
    const struct api_fixture *fixture = *state;
    const JET_COLUMNDEF long_one[] = {
        pair_columns[0], {.cbStruct = sizeof(JET_COLUMNDEF), .coltyp = JET_coltypLongBinary}
    };
    struct pairs pairs;
    for (size_t i = 0; i < COUNT_OF(of_tables); i++)
        assert_int_equal(pairs_open(fixture->sesid, JET_bitTTForwardOnly | of_tables[i], &pairs),
                         JET_errCannotMaterializeForwardOnlySort);
    assert_int_equal(
        JetOpenTempTable(fixture->sesid, &pair_columns[1], 1, JET_bitTTForwardOnly, &pairs.tableid, pairs.columns),
        JET_errCannotMaterializeForwardOnlySort);
    assert_int_equal(JetOpenTempTable(fixture->sesid, long_one, 2, JET_bitTTForwardOnly, &pairs.tableid, pairs.columns),
                     JET_errCannotMaterializeForwardOnlySort);
    OK(JetOpenTempTable(fixture->sesid, long_one, 2, JET_bitTTForwardOnly | JET_bitTTIntrinsicLVsOnly, &pairs.tableid,
                        pairs.columns));
    OK(JetCloseTable(fixture->sesid, pairs.tableid));
}

static void a_table_says_that_a_key_is_there(void **state)
{
    const struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    struct pairs pairs;
    OK(pairs_open(sesid, JET_bitTTErrorOnDuplicateInsertion | JET_bitTTIndexed | JET_bitTTUpdatable, &pairs));
    OK(pairs_put(sesid, &pairs, 5, 1));
    assert_int_equal(pairs_put(sesid, &pairs, 5, 2), JET_errKeyDuplicate);
    OK(pairs_put(sesid, &pairs, 6, 2));
    assert_int_equal(pairs_seek(sesid, &pairs, 4, JET_bitSeekGE), JET_wrnSeekNotEqual);
    OK(JetDelete(sesid, pairs.tableid));
    expect_all(sesid, &pairs, 0, REST(6));
    OK(JetCloseTable(sesid, pairs.tableid));
}

static void a_sort_can_become_a_table(void **state)
{
    const struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    struct pairs pairs;
    const int32_t number = 99;
    OK(pairs_open(sesid, JET_bitTTIndexed | JET_bitTTUpdatable, &pairs));
    some_pairs(sesid, &pairs);
    expect_all(sesid, &pairs, 0, REST(10, 20, 30, 40));
    OK(pairs_put(sesid, &pairs, 25, 9));
    assert_int_equal(pairs_put(sesid, &pairs, 25, 9), JET_errKeyDuplicate);
    OK(pairs_seek(sesid, &pairs, 20, JET_bitSeekEQ));
    OK(JetPrepareUpdate(sesid, pairs.tableid, JET_prepReplace));
    OK(JetSetColumn(sesid, pairs.tableid, pairs.columns[1], &number, sizeof number, JET_bitNil, NULL));
    OK(JetUpdate(sesid, pairs.tableid, NULL, 0, NULL));
    expect_all(sesid, &pairs, 0, REST(10, 20, 25, 30, 40));
    OK(pairs_seek(sesid, &pairs, 20, JET_bitSeekEQ));
    assert_int_equal(pairs_get(sesid, &pairs, 1), 99);
    OK(JetCloseTable(sesid, pairs.tableid));
}

/* Updatable, and no index was asked for: what was the key is a column like others. */
static void a_sort_can_become_a_table_without_an_index(void **state)
{
    const struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    struct pairs pairs;
    OK(pairs_open(sesid, JET_bitTTUpdatable, &pairs));
    some_pairs(sesid, &pairs);
    expect_all(sesid, &pairs, 0, REST(10, 20, 30, 40));
    OK(pairs_put(sesid, &pairs, 5, 0));
    OK(pairs_put(sesid, &pairs, 40, 0));
    expect_all(sesid, &pairs, 0, REST(10, 20, 30, 40, 5, 40));
    const int32_t key = 5;
    assert_int_equal(JetMakeKey(sesid, pairs.tableid, &key, sizeof key, JET_bitNewKey), JET_errNoCurrentIndex);
    OK(JetCloseTable(sesid, pairs.tableid));
}

static void a_table_without_a_key_keeps_the_order_of_inserts(void **state)
{
    const struct api_fixture *fixture = *state;
    const JET_COLUMNDEF columns[] = {pair_columns[1], pair_columns[1]};
    struct pairs pairs;
    OK(JetOpenTempTable(fixture->sesid, columns, 2, JET_bitTTUpdatable, &pairs.tableid, pairs.columns));
    assert_int_not_equal(pairs.columns[0], pairs.columns[1]);
    some_pairs(fixture->sesid, &pairs);
    expect_all(fixture->sesid, &pairs, 0, REST(30, 10, 20, 10, 40));
    OK(JetCloseTable(fixture->sesid, pairs.tableid));
}

/* ---- keys ---- */

static void keys_descend_and_nulls_are_high_where_asked_for(void **state)
{
    const struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    JET_COLUMNDEF columns[] = {pair_columns[0], pair_columns[1]};
    struct pairs pairs;
    columns[0].grbit |= JET_bitColumnTTDescending;
    OK(JetOpenTempTable(sesid, columns, 2, JET_bitTTScrollable, &pairs.tableid, pairs.columns));
    some_pairs(sesid, &pairs);
    expect_all(sesid, &pairs, 0, REST(40, 30, 20, 10));
    OK(JetCloseTable(sesid, pairs.tableid));
    for (int high = 0; high < 2; high++) {
        OK(pairs_open(sesid, JET_bitTTScrollable | (high ? JET_bitTTSortNullsHigh : 0), &pairs));
        OK(JetPrepareUpdate(sesid, pairs.tableid, JET_prepInsert));
        OK(JetUpdate(sesid, pairs.tableid, NULL, 0, NULL));
        some_pairs(sesid, &pairs);
        OK(JetMove(sesid, pairs.tableid, high ? JET_MoveLast : JET_MoveFirst, JET_bitNil));
        assert_int_equal(JetRetrieveColumn(sesid, pairs.tableid, pairs.columns[0], NULL, 0, NULL, JET_bitNil, NULL),
                         JET_wrnColumnNull);
        OK(JetCloseTable(sesid, pairs.tableid));
    }
}

static void ranges_work_as_in_other_tables(void **state)
{
    const struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    struct pairs pairs;
    const int32_t limit = 30;
    OK(pairs_open(sesid, JET_bitTTIndexed, &pairs));
    some_pairs(sesid, &pairs);
    assert_int_equal(JetSetIndexRange(sesid, pairs.tableid, JET_bitRangeUpperLimit), JET_errIllegalOperation);
    OK(pairs_seek(sesid, &pairs, 20, JET_bitSeekEQ));
    OK(JetMakeKey(sesid, pairs.tableid, &limit, sizeof limit, JET_bitNewKey));
    OK(JetSetIndexRange(sesid, pairs.tableid, JET_bitRangeUpperLimit | JET_bitRangeInclusive));
    OK(JetMove(sesid, pairs.tableid, JET_MoveNext, JET_bitNil));
    assert_int_equal(JetMove(sesid, pairs.tableid, JET_MoveNext, JET_bitNil), JET_errNoCurrentRecord);
    OK(JetCloseTable(sesid, pairs.tableid));
}

/* The five forms, and what is wrong with what they are given. */
static void every_form_opens_the_same(void **state)
{
    const struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    WCHAR locale[] = u"en-US";
    JET_UNICODEINDEX unicode = {.lcid = 1033, .dwMapFlags = 0x30401};
    JET_UNICODEINDEX2 unicode2 = {.szLocaleName = locale, .dwMapFlags = 0x30401};
    struct pairs pairs[5];
    OK(JetOpenTempTable(sesid, pair_columns, 2, JET_bitTTIndexed, &pairs[0].tableid, pairs[0].columns));
    OK(JetOpenTempTable2(sesid, pair_columns, 2, 1033, JET_bitTTIndexed, &pairs[1].tableid, pairs[1].columns));
    OK(JetOpenTempTable3(sesid, pair_columns, 2, &unicode, JET_bitTTIndexed, &pairs[2].tableid, pairs[2].columns));
    JET_OPENTEMPORARYTABLE one = {.cbStruct = sizeof one,
                                  .prgcolumndef = pair_columns,
                                  .ccolumn = 2,
                                  .pidxunicode = &unicode,
                                  .grbit = JET_bitTTIndexed,
                                  .prgcolumnid = pairs[3].columns,
                                  .cbKeyMost = 255};
    OK(JetOpenTemporaryTable(sesid, &one));
    pairs[3].tableid = one.tableid;
    JET_OPENTEMPORARYTABLE2 two = {.cbStruct = sizeof two,
                                   .prgcolumndef = pair_columns,
                                   .ccolumn = 2,
                                   .pidxunicode = &unicode2,
                                   .grbit = JET_bitTTIndexed,
                                   .prgcolumnid = pairs[4].columns,
                                   .cbVarSegMac = 100};
    OK(JetOpenTemporaryTable2(sesid, &two));
    pairs[4].tableid = two.tableid;
    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        some_pairs(sesid, &pairs[i]);
        expect_all(sesid, &pairs[i], 0, REST(10, 20, 30, 40));
        OK(JetCloseTable(sesid, pairs[i].tableid));
    }
    two.cbKeyMost = 100; /* less than every engine can */
    assert_int_equal(JetOpenTemporaryTable2(sesid, &two), JET_errInvalidParameter);
    assert_int_equal(two.tableid, JET_tableidNil);
    two.cbKeyMost = 1u << 20;
    assert_int_equal(JetOpenTemporaryTable2(sesid, &two), JET_errInvalidParameter);
    two.cbKeyMost = 0;
    two.cbVarSegMac = 256;
    assert_int_equal(JetOpenTemporaryTable2(sesid, &two), JET_errInvalidParameter);
    two.cbVarSegMac = 0;
    two.cbStruct--;
    assert_int_equal(JetOpenTemporaryTable2(sesid, &two), JET_errInvalidParameter);
    assert_int_equal(JetOpenTempTable(sesid, pair_columns, 2, 0x80000000, &pairs[0].tableid, pairs[0].columns),
                     JET_errInvalidGrbit);
    JET_COLUMNDEF bad = pair_columns[0];
    bad.coltyp = 999;
    assert_int_equal(JetOpenTempTable(sesid, &bad, 1, JET_bitNil, &pairs[0].tableid, pairs[0].columns),
                     JET_errInvalidColumnType);
    bad.coltyp = JET_coltypText;
    bad.cp = 437;
    assert_int_equal(JetOpenTempTable(sesid, &bad, 1, JET_bitNil, &pairs[0].tableid, pairs[0].columns),
                     JET_errInvalidCodePage);
}

/* ---- long values ---- */

static void long_values_are_those_of_any_table(void **state)
{
    const struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    const JET_COLUMNDEF columns[] = {
        pair_columns[0], {.cbStruct = sizeof(JET_COLUMNDEF), .coltyp = JET_coltypLongBinary}
    };
    static uint8_t big[100000], read[100000];
    struct pairs pairs;
    for (size_t i = 0; i < sizeof big; i++)
        big[i] = (uint8_t)(i * 7 % 251);
    OK(JetOpenTempTable(sesid, columns, 2, JET_bitNil, &pairs.tableid, pairs.columns));
    OK(JetBeginTransaction(sesid));
    for (int32_t key = 0; key < 20; key++) {
        OK(JetPrepareUpdate(sesid, pairs.tableid, JET_prepInsert));
        OK(JetSetColumn(sesid, pairs.tableid, pairs.columns[0], &key, sizeof key, JET_bitNil, NULL));
        OK(JetSetColumn(sesid, pairs.tableid, pairs.columns[1], big, sizeof big, JET_bitNil, NULL));
        OK(JetUpdate(sesid, pairs.tableid, NULL, 0, NULL));
    }
    OK(JetCommitTransaction(sesid, JET_bitNil));
    OK(pairs_seek(sesid, &pairs, 13, JET_bitSeekEQ));
    OK(JetRetrieveColumn(sesid, pairs.tableid, pairs.columns[1], read, sizeof read, NULL, JET_bitNil, NULL));
    assert_memory_equal(read, big, sizeof big);
    OK(JetCloseTable(sesid, pairs.tableid));
    OK(JetOpenTempTable(sesid, columns, 2, JET_bitTTIntrinsicLVsOnly, &pairs.tableid, pairs.columns));
    OK(JetPrepareUpdate(sesid, pairs.tableid, JET_prepInsert));
    OK(JetSetColumn(sesid, pairs.tableid, pairs.columns[1], big, 2000, JET_bitNil, NULL));
    assert_int_equal(JetSetColumn(sesid, pairs.tableid, pairs.columns[1], big, sizeof big, JET_bitNil, NULL),
                     JET_errRecordTooBig);
    OK(JetUpdate(sesid, pairs.tableid, NULL, 0, NULL));
    OK(JetMove(sesid, pairs.tableid, JET_MoveFirst, JET_bitNil));
    OK(JetRetrieveColumn(sesid, pairs.tableid, pairs.columns[1], read, 2000, NULL, JET_bitNil, NULL));
    assert_memory_equal(read, big, 2000);
    OK(JetCloseTable(sesid, pairs.tableid));
}

/* ---- transactions ---- */

/* The first move makes a table of such a sort, in the transaction that there happens to be. */
static void a_sort_keeps_what_it_had_when_its_first_move_is_rolled_back(void **state)
{
    static const JET_GRBIT kinds[] = {JET_bitTTUpdatable, JET_bitTTUpdatable | JET_bitTTIndexed, JET_bitTTScrollable};
    const struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        struct pairs pairs;
        JET_OBJECTINFO info = {.cbStruct = sizeof info};
        OK(pairs_open(sesid, kinds[i], &pairs));
        some_pairs(sesid, &pairs);
        OK(JetBeginTransaction(sesid));
        OK(JetMove(sesid, pairs.tableid, JET_MoveFirst, JET_bitNil));
        OK(JetRollback(sesid, JET_bitNil));
        expect_all(sesid, &pairs, 0, REST(10, 20, 30, 40));
        OK(JetGetTableInfo(sesid, pairs.tableid, &info, sizeof info, JET_TblInfo));
        assert_int_equal(info.cRecord, 4);
        OK(JetCloseTable(sesid, pairs.tableid));
    }
}

static void records_are_rolled_back_and_tables_with_the_transaction_that_opened_them(void **state)
{
    const struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    struct pairs kept, lost, closed;
    OK(pairs_open(sesid, JET_bitTTForceMaterialization | JET_bitTTIndexed, &kept));
    OK(pairs_put(sesid, &kept, 1, 1));
    OK(JetBeginTransaction(sesid));
    OK(pairs_put(sesid, &kept, 2, 2));
    OK(pairs_open(sesid, JET_bitTTForceMaterialization, &lost));
    OK(pairs_open(sesid, JET_bitTTForceMaterialization, &closed));
    OK(pairs_put(sesid, &lost, 2, 2));
    OK(pairs_put(sesid, &closed, 2, 2));
    OK(JetCloseTable(sesid, closed.tableid)); /* its open changes are rolled back all the same */
    OK(JetRollback(sesid, JET_bitNil));
    assert_int_equal(JetMove(sesid, lost.tableid, JET_MoveFirst, JET_bitNil), JET_errInvalidTableId);
    expect_all(sesid, &kept, 0, REST(1));
    OK(JetBeginTransaction(sesid));
    OK(pairs_open(sesid, JET_bitTTForceMaterialization, &lost));
    OK(pairs_put(sesid, &lost, 7, 7));
    OK(JetCommitTransaction(sesid, JET_bitNil));
    expect_all(sesid, &lost, 0, REST(7));
}

static void what_others_can_do_to_tables_cannot_be_done_to_it(void **state)
{
    const struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    const JET_COLUMNDEF *column = &pair_columns[1];
    struct pairs pairs;
    JET_COLUMNID id;
    JET_RECPOS place;
    JET_OBJECTINFO info;
    uint32_t count;
    char name[64];
    OK(pairs_open(sesid, JET_bitTTForceMaterialization | JET_bitTTIndexed, &pairs));
    OK(pairs_put(sesid, &pairs, 1, 1));
    OK(JetMove(sesid, pairs.tableid, JET_MoveFirst, JET_bitNil));
    assert_int_equal(JetAddColumn(sesid, pairs.tableid, "more", column, NULL, 0, &id), JET_errIllegalOperation);
    assert_int_equal(JetSetCurrentIndex(sesid, pairs.tableid, NULL), JET_errIllegalOperation);
    assert_int_equal(JetIndexRecordCount(sesid, pairs.tableid, &count, 0), JET_errIllegalOperation);
    assert_int_equal(JetGetRecordPosition(sesid, pairs.tableid, &place, sizeof place), JET_errIllegalOperation);
    assert_int_equal(JetGetTableInfo(sesid, pairs.tableid, name, sizeof name, JET_TblInfoName),
                     JET_errInvalidOperation);
    OK(JetGetTableInfo(sesid, pairs.tableid, &info, sizeof info, JET_TblInfo));
    assert_int_equal(info.objtyp, JET_objtypTable);
    OK(JetCloseTable(sesid, pairs.tableid));
}

/* ---- where they lie ---- */

static void the_file_comes_with_the_first_table_and_goes_with_the_instance(void **state)
{
    struct api_fixture *fixture = *state;
    struct pairs pairs;
    assert_false(file_is_there(fixture));
    OK(pairs_open(fixture->sesid, JET_bitNil, &pairs));
    some_pairs(fixture->sesid, &pairs);
    assert_true(file_is_there(fixture));
    api_fixture_restart(fixture, JET_bitTermComplete); /* the table is open */
    assert_false(file_is_there(fixture));
    OK(pairs_open(fixture->sesid, JET_bitNil, &pairs));
    api_fixture_restart(fixture, JET_bitTermDirty);
    assert_false(file_is_there(fixture));
}

/* What a crash has left there is nobody's. */
static void a_file_of_that_name_is_overwritten(void **state)
{
    const struct api_fixture *fixture = *state;
    struct pairs pairs;
    struct os_file *file;
    OK(os_file_open(temp_folder_path(fixture->folder, "tmp.edb"), OS_FILE_CREATE_NEW, &file));
    OK(os_file_write(file, 0, "left over", 9));
    os_file_close(file);
    OK(pairs_open(fixture->sesid, JET_bitTTScrollable, &pairs));
    some_pairs(fixture->sesid, &pairs);
    expect_all(fixture->sesid, &pairs, 0, REST(10, 20, 30, 40));
}

static void there_are_no_more_than_the_parameter_says(void **state)
{
    struct api_fixture *fixture = *state;
    struct pairs pairs[3];
    api_term(fixture->instance, JET_bitTermComplete);
    for (uint32_t most = 0; most < 3; most += 2) {
        fixture->instance = api_instance_create(fixture->folder, "test");
        OK(JetSetSystemParameter(&fixture->instance, 0, JET_paramMaxTemporaryTables, most, NULL));
        OK(JetInit(&fixture->instance));
        OK(JetBeginSession(fixture->instance, &fixture->sesid, NULL, NULL));
        for (uint32_t i = 0; i < most; i++)
            OK(pairs_open(fixture->sesid, JET_bitTTUpdatable, &pairs[i]));
        assert_int_equal(pairs_open(fixture->sesid, JET_bitNil, &pairs[most]), JET_errTooManySorts);
        for (uint32_t i = 0; i < most; i++) {
            some_pairs(fixture->sesid,
                       &pairs[i]); /* that it becomes another table is no reason, nor that it is closed */
            expect_all(fixture->sesid, &pairs[i], 0, REST(10, 20, 30, 40));
        }
        if (most > 0) {
            OK(JetCloseTable(fixture->sesid, pairs[0].tableid));
            OK(pairs_open(fixture->sesid, JET_bitNil, &pairs[0]));
        }
        api_term(fixture->instance, JET_bitTermComplete);
        fixture->instance = 0;
    }
}

/* Their space is used again when the clean-up has come by: if it were not, the file would be twice as long as this. */
static void tables_that_were_closed_leave_their_space(void **state)
{
    enum { ROUNDS = 60, RECORDS = 400, SIZE_MOST = 3 << 19 };
    const struct api_fixture *fixture = *state;
    struct os_path_info info;
    for (int round = 0; round < ROUNDS; round++) {
        struct pairs pairs;
        OK(pairs_open(fixture->sesid, JET_bitTTForceMaterialization, &pairs));
        OK(JetBeginTransaction(fixture->sesid));
        for (int i = 0; i < RECORDS; i++)
            OK(pairs_put(fixture->sesid, &pairs, i * 37 % RECORDS, i));
        OK(JetCommitTransaction(fixture->sesid, JET_bitNil));
        OK(JetCloseTable(fixture->sesid, pairs.tableid));
        assert_int_equal(JetIdle(fixture->sesid, JET_bitIdleCompact), JET_wrnNoIdleActivity);
    }
    OK(os_path_stat(temp_folder_path(fixture->folder, "tmp.edb"), &info));
    assert_in_range(info.size_bytes, 1, SIZE_MOST);
}

/* ---- many at once ---- */

struct worker {
    JET_INSTANCE instance;
    int first;
    int sum; /* of what was read; END: something failed */
};

enum { WORKERS = 6, WORKER_ROUNDS = 10, WORKER_RECORDS = 50 };

static JET_ERR worker_round(JET_SESID sesid, struct worker *worker, int round)
{
    struct pairs pairs;
    const JET_GRBIT grbit = round % 2 ? JET_bitTTForwardOnly : JET_bitTTUpdatable;
    JET_ERR err = pairs_open(sesid, grbit, &pairs);
    for (int i = WORKER_RECORDS; i-- > 0 && err >= JET_errSuccess;) {
        const int32_t key = worker->first + i;
        err = JetPrepareUpdate(sesid, pairs.tableid, JET_prepInsert);
        if (err >= JET_errSuccess)
            err = JetSetColumn(sesid, pairs.tableid, pairs.columns[0], &key, sizeof key, JET_bitNil, NULL);
        if (err >= JET_errSuccess)
            err = JetUpdate(sesid, pairs.tableid, NULL, 0, NULL);
    }
    for (int i = 0; i < WORKER_RECORDS && err >= JET_errSuccess; i++) {
        int32_t key;
        err = JetMove(sesid, pairs.tableid, JET_MoveNext, JET_bitNil);
        if (err >= JET_errSuccess)
            err = JetRetrieveColumn(sesid, pairs.tableid, pairs.columns[0], &key, sizeof key, NULL, JET_bitNil, NULL);
        if (err >= JET_errSuccess && key == worker->first + i)
            worker->sum++;
    }
    return err < JET_errSuccess ? err : JetCloseTable(sesid, pairs.tableid);
}

static void work(void *context)
{
    struct worker *worker = context;
    JET_SESID sesid;
    JET_ERR err = JetBeginSession(worker->instance, &sesid, NULL, NULL);
    for (int round = 0; round < WORKER_ROUNDS && err >= JET_errSuccess; round++)
        err = worker_round(sesid, worker, round);
    if (err >= JET_errSuccess)
        err = JetEndSession(sesid, JET_bitNil);
    if (err < JET_errSuccess)
        worker->sum = END;
}

static void sessions_have_theirs_at_the_same_time(void **state)
{
    const struct api_fixture *fixture = *state;
    struct worker workers[WORKERS];
    struct os_thread *threads[WORKERS];
    for (int i = 0; i < WORKERS; i++) {
        workers[i] = (struct worker){.instance = fixture->instance, .first = i * 1000};
        OK(os_thread_start(work, &workers[i], &threads[i]));
    }
    for (int i = 0; i < WORKERS; i++)
        os_thread_join(threads[i]);
    for (int i = 0; i < WORKERS; i++)
        assert_int_equal(workers[i].sum, WORKER_ROUNDS * WORKER_RECORDS);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, api_fixture_setup, api_fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_sort_drops_what_comes_twice),
        TEST(a_sort_takes_records_and_then_gives_them),
        TEST(a_sort_that_is_read_forward_keeps_equals_in_their_order),
        TEST(what_is_read_forward_cannot_be_a_table),
        TEST(a_table_says_that_a_key_is_there),
        TEST(a_sort_can_become_a_table),
        TEST(a_sort_can_become_a_table_without_an_index),
        TEST(a_table_without_a_key_keeps_the_order_of_inserts),
        TEST(keys_descend_and_nulls_are_high_where_asked_for),
        TEST(ranges_work_as_in_other_tables),
        TEST(every_form_opens_the_same),
        TEST(long_values_are_those_of_any_table),
        TEST(a_sort_keeps_what_it_had_when_its_first_move_is_rolled_back),
        TEST(records_are_rolled_back_and_tables_with_the_transaction_that_opened_them),
        TEST(what_others_can_do_to_tables_cannot_be_done_to_it),
        TEST(the_file_comes_with_the_first_table_and_goes_with_the_instance),
        TEST(a_file_of_that_name_is_overwritten),
        TEST(there_are_no_more_than_the_parameter_says),
        TEST(tables_that_were_closed_leave_their_space),
        TEST(sessions_have_theirs_at_the_same_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
