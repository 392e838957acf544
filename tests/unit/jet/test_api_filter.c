/* SPDX-License-Identifier: MIT */
/* Filters of cursors: what moves and seeks see, and what a filter forbids. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "api_fixture.h"
#include "base/compiler.h"

#define END (-1)

/* ids 1 to 6; size: 10, 260, 20, none, -5, 20; name: b, a, c, a, none, "" */
struct world {
    struct api_fixture *fixture;
    struct api_things things;
    JET_COLUMNID size, flag, uuid;
};

static void add(struct world *w, int32_t id, const int32_t *size, const char *name)
{
    const JET_SESID sesid = w->fixture->sesid;
    const JET_TABLEID tableid = w->things.tableid;
    const uint8_t flag = id % 2 == 0 ? 0xFF : 0;
    OK(JetPrepareUpdate(sesid, tableid, JET_prepInsert));
    OK(JetSetColumn(sesid, tableid, w->things.id, &id, sizeof id, JET_bitNil, NULL));
    if (size)
        OK(JetSetColumn(sesid, tableid, w->size, size, sizeof *size, JET_bitNil, NULL));
    if (name)
        OK(JetSetColumn(sesid, tableid, w->things.name, name, (uint32_t)strlen(name),
                        name[0] ? JET_bitNil : JET_bitSetZeroLength, NULL));
    OK(JetSetColumn(sesid, tableid, w->flag, &flag, sizeof flag, JET_bitNil, NULL));
    OK(JetUpdate(sesid, tableid, NULL, 0, NULL));
}

static void fill(void **state, struct world *w)
{
    static const char *const names[] = {"b", "a", "c", "a", NULL, ""};
    static const int32_t sizes[] = {10, 260, 20, 0, -5, 20};
    w->fixture = *state;
    const JET_SESID sesid = w->fixture->sesid;
    api_things_create(w->fixture, &w->things);
    w->size = api_column_add(sesid, w->things.tableid, "size", JET_coltypLong, JET_bitNil);
    w->flag = api_column_add(sesid, w->things.tableid, "flag", JET_coltypBit, JET_bitNil);
    w->uuid = api_column_add(sesid, w->things.tableid, "uuid", JET_coltypGUID, JET_bitNil);
    OK(JetBeginTransaction(sesid));
    for (unsigned i = 0; i < COUNT_OF(names); i++)
        add(w, (int32_t)i + 1, i == 3 ? NULL : &sizes[i], names[i]);
    OK(JetCommitTransaction(sesid, JET_bitNil));
}

static JET_ERR filter(const struct world *w, JET_COLUMNID column, uint32_t relop, const void *pv, uint32_t cb,
                      JET_GRBIT grbit)
{
    JET_INDEX_COLUMN one = {.columnid = column, .relop = relop, .pv = (void *)(uintptr_t)pv, .cb = cb, .grbit = grbit};
    return JetSetCursorFilter(w->fixture->sesid, w->things.tableid, &one, 1, JET_bitNil);
}

static JET_ERR move(const struct world *w, int32_t rows)
{
    return JetMove(w->fixture->sesid, w->things.tableid, rows, JET_bitNil);
}

static void expect(const struct world *w, const int *ids)
{
    JET_ERR err = move(w, JET_MoveFirst);
    unsigned count = 0;
    for (; ids[count] != END; count++) {
        OK(err);
        assert_int_equal(api_things_id(w->fixture->sesid, &w->things), ids[count]);
        err = move(w, JET_MoveNext);
    }
    assert_int_equal(err, JET_errNoCurrentRecord);
    err = move(w, JET_MoveLast);
    while (count-- > 0) {
        OK(err);
        assert_int_equal(api_things_id(w->fixture->sesid, &w->things), ids[count]);
        err = move(w, JET_MovePrevious);
    }
    assert_int_equal(err, JET_errNoCurrentRecord);
}

#define IDS(...) ((const int[]){__VA_ARGS__, END})

static void expect_size(const struct world *w, uint32_t relop, int32_t number, const int *ids)
{
    OK(filter(w, w->size, relop, &number, sizeof number, JET_bitNil));
    expect(w, ids);
}

static void test_numbers_are_compared_as_numbers_and_nothing_is_less_than_null(void **state)
{
    struct world w;
    fill(state, &w);
    expect_size(&w, JET_relopEquals, 20, IDS(3, 6));
    expect_size(&w, JET_relopNotEquals, 20, IDS(1, 2, 4, 5));
    expect_size(&w, JET_relopLessThan, 20, IDS(1, 4, 5));
    expect_size(&w, JET_relopLessThanOrEqual, 20, IDS(1, 3, 4, 5, 6));
    expect_size(&w, JET_relopGreaterThan, 10, IDS(2, 3, 6));
    expect_size(&w, JET_relopGreaterThanOrEqual, 10, IDS(1, 2, 3, 6));
    expect_size(&w, JET_relopBitmaskEqualsZero, 4, IDS(1, 4, 5));
    expect_size(&w, JET_relopBitmaskNotEqualsZero, 4, IDS(2, 3, 6));
    expect_size(&w, JET_relopEquals, 7, IDS(END));
    OK(filter(&w, w.size, JET_relopEquals, NULL, 0, JET_bitNil));
    expect(&w, IDS(4));
    OK(filter(&w, w.size, JET_relopNotEquals, NULL, 0, JET_bitNil));
    expect(&w, IDS(1, 2, 3, 5, 6));
    OK(filter(&w, w.size, JET_relopGreaterThanOrEqual, NULL, 0, JET_bitNil));
    expect(&w, IDS(1, 2, 3, 4, 5, 6));
    OK(filter(&w, w.size, JET_relopLessThan, NULL, 0, JET_bitNil));
    expect(&w, IDS(END));
}

static void test_binary_is_compared_by_bytes(void **state)
{
    struct world w;
    fill(state, &w);
    OK(filter(&w, w.things.name, JET_relopEquals, "a", 1, JET_bitNil));
    expect(&w, IDS(2, 4));
    OK(filter(&w, w.things.name, JET_relopPrefixEquals, "b", 1, JET_bitNil));
    expect(&w, IDS(1));
    OK(filter(&w, w.things.name, JET_relopEquals, NULL, 0, JET_bitZeroLength));
    expect(&w, IDS(6));
    OK(filter(&w, w.things.name, JET_relopEquals, NULL, 0, JET_bitNil));
    expect(&w, IDS(5));
    OK(filter(&w, w.things.name, JET_relopGreaterThan, "a", 1, JET_bitNil));
    expect(&w, IDS(1, 3));
}

/* Any byte but 0 is true. */
static void test_bits_are_compared_by_truth(void **state)
{
    struct world w;
    const uint8_t one = 1;
    fill(state, &w);
    OK(filter(&w, w.flag, JET_relopEquals, &one, sizeof one, JET_bitNil));
    expect(&w, IDS(2, 4, 6));
}

static void test_all_conditions_must_hold(void **state)
{
    struct world w;
    int32_t id = 3, size = 20;
    fill(state, &w);
    JET_INDEX_COLUMN two[] = {
        {.columnid = w.things.id, .relop = JET_relopNotEquals,          .pv = &id,   .cb = sizeof id  },
        {.columnid = w.size,      .relop = JET_relopGreaterThanOrEqual, .pv = &size, .cb = sizeof size},
    };
    OK(JetSetCursorFilter(w.fixture->sesid, w.things.tableid, two, 2, JET_bitNil));
    size = 0; /* a copy was made */
    expect(&w, IDS(2, 6));
    OK(JetSetCursorFilter(w.fixture->sesid, w.things.tableid, NULL, 0, JET_bitNil));
    expect(&w, IDS(1, 2, 3, 4, 5, 6));
}

static JET_ERR seek(const struct world *w, int32_t id, JET_GRBIT grbit)
{
    OK(JetMakeKey(w->fixture->sesid, w->things.tableid, &id, sizeof id, JET_bitNewKey));
    return JetSeek(w->fixture->sesid, w->things.tableid, grbit);
}

static void test_seeks_find_what_meets_the_filter(void **state)
{
    struct world w;
    const int32_t twenty = 20;
    int32_t read;
    fill(state, &w);
    OK(filter(&w, w.size, JET_relopEquals, &twenty, sizeof twenty, JET_bitNil)); /* 3, 6 */
    OK(seek(&w, 3, JET_bitSeekEQ));
    assert_int_equal(seek(&w, 4, JET_bitSeekEQ), JET_errRecordNotFound);
    assert_int_equal(
        JetRetrieveColumn(w.fixture->sesid, w.things.tableid, w.things.id, &read, sizeof read, NULL, JET_bitNil, NULL),
        JET_errNoCurrentRecord);
    OK(move(&w, JET_MoveNext)); /* from there */
    assert_int_equal(api_things_id(w.fixture->sesid, &w.things), 6);
    assert_int_equal(seek(&w, 4, JET_bitSeekGE), JET_wrnSeekNotEqual);
    assert_int_equal(api_things_id(w.fixture->sesid, &w.things), 6);
    assert_int_equal(seek(&w, 4, JET_bitSeekLE), JET_wrnSeekNotEqual);
    assert_int_equal(api_things_id(w.fixture->sesid, &w.things), 3);
    OK(seek(&w, 3, JET_bitSeekGE));
    assert_int_equal(seek(&w, 6, JET_bitSeekGT), JET_errRecordNotFound);
    assert_int_equal(seek(&w, 3, JET_bitSeekLT), JET_errRecordNotFound);
}

/* The end of a range ends the search, too, and is not crossed by records that the filter has none of. */
static void test_a_range_and_a_filter(void **state)
{
    struct world w;
    const int32_t twenty = 20;
    int32_t last = 5;
    fill(state, &w);
    OK(filter(&w, w.size, JET_relopEquals, &twenty, sizeof twenty, JET_bitNil));
    assert_int_equal(seek(&w, 1, JET_bitSeekGE), JET_wrnSeekNotEqual);
    OK(JetMakeKey(w.fixture->sesid, w.things.tableid, &last, sizeof last, JET_bitNewKey));
    OK(JetSetIndexRange(w.fixture->sesid, w.things.tableid, JET_bitRangeInclusive | JET_bitRangeUpperLimit));
    assert_int_equal(move(&w, JET_MoveNext), JET_errNoCurrentRecord);
    OK(move(&w, JET_MovePrevious)); /* the range is gone, and the cursor behind the last */
    assert_int_equal(api_things_id(w.fixture->sesid, &w.things), 6);
}

static void test_what_a_filter_forbids(void **state)
{
    struct world w;
    const int32_t twenty = 20;
    static const char key[] = "+name\0";
    uint32_t count;
    JET_RECPOS position = {.cbStruct = sizeof position};
    fill(state, &w);
    const JET_SESID sesid = w.fixture->sesid;
    const JET_TABLEID tableid = w.things.tableid;
    OK(JetCreateIndex(sesid, tableid, "names", JET_bitNil, key, sizeof key, 80));
    OK(move(&w, JET_MoveFirst));
    OK(filter(&w, w.size, JET_relopEquals, &twenty, sizeof twenty, JET_bitNil));
    assert_int_equal(move(&w, 0), JET_errFilteredMoveNotSupported);
    assert_int_equal(JetIndexRecordCount(sesid, tableid, &count, 0), JET_errFilteredMoveNotSupported);
    assert_int_equal(JetGetRecordPosition(sesid, tableid, &position, sizeof position), JET_errFilteredMoveNotSupported);
    position = (JET_RECPOS){sizeof position, 0, 1, 6};
    assert_int_equal(JetGotoPosition(sesid, tableid, &position), JET_errFilteredMoveNotSupported);
    assert_int_equal(JetSetCurrentIndex(sesid, tableid, "names"), JET_errFilteredMoveNotSupported);
    OK(JetSetCursorFilter(sesid, tableid, NULL, 0, JET_bitNil));
    OK(JetSetCurrentIndex(sesid, tableid, "names"));
    assert_int_equal(filter(&w, w.size, JET_relopEquals, &twenty, sizeof twenty, JET_bitNil),
                     JET_errFilteredMoveNotSupported);
}

static void test_a_column_whose_creation_is_rolled_back_takes_the_filter_with_it(void **state)
{
    struct world w;
    const int32_t number = 20;
    fill(state, &w);
    const JET_SESID sesid = w.fixture->sesid;
    OK(JetBeginTransaction(sesid));
    const JET_COLUMNID late = api_column_add(sesid, w.things.tableid, "late", JET_coltypLong, 0);
    OK(filter(&w, late, JET_relopNotEquals, &number, sizeof number, JET_bitNil));
    OK(move(&w, JET_MoveFirst));
    OK(JetRollback(sesid, JET_bitNil));
    assert_int_equal(move(&w, JET_MoveFirst), JET_errColumnNotFound);
    OK(JetSetCursorFilter(sesid, w.things.tableid, NULL, 0, JET_bitNil));
    OK(move(&w, JET_MoveFirst));
}

static void test_what_cannot_be_a_filter(void **state)
{
    struct world w;
    const int32_t number = 20;
    const uint8_t bit = 1, guid[16] = {1};
    fill(state, &w);
    assert_int_equal(filter(&w, w.things.note, JET_relopEquals, "a", 1, JET_bitNil), JET_errFilteredMoveNotSupported);
    assert_int_equal(filter(&w, w.size, JET_relopEquals, &number, 2, JET_bitNil), JET_errInvalidParameter);
    assert_int_equal(filter(&w, w.size, JET_relopEquals, NULL, 4, JET_bitNil), JET_errInvalidParameter);
    assert_int_equal(filter(&w, w.size, JET_relopEquals, &number, 0, JET_bitNil), JET_errInvalidParameter);
    assert_int_equal(filter(&w, w.size, JET_relopEquals, NULL, 0, JET_bitZeroLength), JET_errInvalidParameter);
    assert_int_equal(filter(&w, w.size, JET_relopPrefixEquals, &number, 4, JET_bitNil), JET_errInvalidParameter);
    assert_int_equal(filter(&w, w.size, JET_relopBitmaskEqualsZero, NULL, 0, JET_bitNil), JET_errInvalidParameter);
    assert_int_equal(filter(&w, w.size, 9, &number, 4, JET_bitNil), JET_errInvalidParameter);
    assert_int_equal(filter(&w, w.size, JET_relopEquals, &number, 4, 2), JET_errInvalidParameter);
    assert_int_equal(filter(&w, w.flag, JET_relopBitmaskEqualsZero, &bit, 1, JET_bitNil), JET_errInvalidParameter);
    assert_int_equal(filter(&w, w.uuid, JET_relopBitmaskEqualsZero, guid, 16, JET_bitNil), JET_errInvalidParameter);
    assert_int_equal(filter(&w, 99, JET_relopEquals, &number, 4, JET_bitNil), JET_errColumnNotFound);
    assert_int_equal(JetSetCursorFilter(w.fixture->sesid, w.things.tableid, NULL, 0, 1), JET_errInvalidGrbit);
    /* With an error the one before is gone, too. */
    OK(filter(&w, w.size, JET_relopEquals, &number, sizeof number, JET_bitNil));
    assert_int_equal(filter(&w, w.size, JET_relopEquals, &number, 2, JET_bitNil), JET_errInvalidParameter);
    expect(&w, IDS(1, 2, 3, 4, 5, 6));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, api_fixture_setup, api_fixture_teardown)
    const struct CMUnitTest tests[] = {
        T(test_numbers_are_compared_as_numbers_and_nothing_is_less_than_null),
        T(test_binary_is_compared_by_bytes),
        T(test_bits_are_compared_by_truth),
        T(test_all_conditions_must_hold),
        T(test_seeks_find_what_meets_the_filter),
        T(test_a_range_and_a_filter),
        T(test_what_a_filter_forbids),
        T(test_a_column_whose_creation_is_rolled_back_takes_the_filter_with_it),
        T(test_what_cannot_be_a_filter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
