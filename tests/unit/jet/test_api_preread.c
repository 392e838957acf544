/* SPDX-License-Identifier: MIT */
/* Hints what will be read: pages that are not in memory are read, and counted as such; and what is no range. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "api_fixture.h"
#include "base/compiler.h"

enum { RECORDS = 400, NOTE = 12000 };

static uint32_t preread_count(void)
{
    JET_THREADSTATS stats = {.cbStruct = sizeof stats};
    OK(JetGetThreadStats(&stats, sizeof stats));
    return stats.cPagePreread;
}

/* Records of more than a page in ten, the first twenty with a long value; nothing of it in memory. */
static void fill(struct api_fixture *fixture, struct api_things *things)
{
    static const uint8_t note[NOTE];
    char name[200];
    memset(name, 'x', sizeof name);
    name[sizeof name - 1] = '\0';
    api_things_create(fixture, things);
    OK(JetBeginTransaction(fixture->sesid));
    for (int i = 0; i < RECORDS; i++)
        api_things_insert(fixture->sesid, things, i, name);
    for (int i = 0; i < 20; i++) {
        OK(api_things_seek(fixture->sesid, things, i));
        OK(JetPrepareUpdate(fixture->sesid, things->tableid, JET_prepReplace));
        OK(JetSetColumn(fixture->sesid, things->tableid, things->note, note, sizeof note, JET_bitNil, NULL));
        OK(JetUpdate(fixture->sesid, things->tableid, NULL, 0, NULL));
    }
    OK(JetCommitTransaction(fixture->sesid, JET_bitNil));
    api_fixture_restart(fixture, JET_bitTermComplete);
    api_things_open(fixture, fixture->sesid, fixture->dbid, things);
}

struct ends {
    int32_t first, last;
    JET_INDEX_COLUMN start, end;
    JET_INDEX_RANGE range;
};

static void ends_make(struct ends *ends, const struct api_things *things, int32_t first, int32_t last)
{
    ends->first = first;
    ends->last = last;
    ends->start = (JET_INDEX_COLUMN){.columnid = things->id, .pv = &ends->first, .cb = sizeof ends->first};
    ends->end = (JET_INDEX_COLUMN){.columnid = things->id, .pv = &ends->last, .cb = sizeof ends->last};
    ends->range = (JET_INDEX_RANGE){&ends->start, 1, &ends->end, 1};
}

static void test_the_leaves_of_a_range_are_read(void **state)
{
    struct api_fixture *fixture = *state;
    struct api_things things;
    struct ends ends;
    uint32_t done = 0, pages = 0;
    fill(fixture, &things);
    ends_make(&ends, &things, 100, 299);
    const uint32_t before = preread_count();
    OK(JetPrereadIndexRanges(fixture->sesid, things.tableid, &ends.range, 1, &done, NULL, 0, JET_bitPrereadForward));
    assert_int_equal(done, 1);
    const uint32_t read = preread_count() - before;
    assert_true(read >= 200 * 200 / 32768 && read > 1); /* whatever the size of a page */
    OK(JetPrereadIndexRange(fixture->sesid, things.tableid, &ends.range, 0, 1000, JET_bitPrereadForward, &pages));
    assert_true(pages >= read); /* the range has them, in memory or not */
    assert_int_equal(preread_count() - before, read);
    OK(JetPrereadIndexRange(fixture->sesid, things.tableid, &ends.range, 0, 1, JET_bitPrereadForward, &pages));
    assert_int_equal(pages, 1);
}

static void test_long_values_of_a_range_are_read(void **state)
{
    struct api_fixture *fixture = *state;
    struct api_things things;
    struct ends ends;
    fill(fixture, &things);
    ends_make(&ends, &things, 5, 14);
    OK(JetPrereadIndexRanges(fixture->sesid, things.tableid, &ends.range, 1, NULL, NULL, 0, JET_bitPrereadForward));
    const uint32_t before = preread_count();
    OK(JetPrereadIndexRanges(fixture->sesid, things.tableid, &ends.range, 1, NULL, &things.note, 1,
                             JET_bitPrereadForward | JET_bitPrereadFirstPage));
    const uint32_t first = preread_count();
    OK(JetPrereadIndexRanges(fixture->sesid, things.tableid, &ends.range, 1, NULL, &things.note, 1,
                             JET_bitPrereadForward));
    assert_true(first - before >= 3);
    assert_true(preread_count() - before >= 10 * NOTE / 32768);
}

static JET_ERR preread(const struct api_fixture *fixture, const struct api_things *things,
                       const JET_INDEX_RANGE *ranges, uint32_t count, bool counted, JET_GRBIT grbit)
{
    uint32_t done;
    return JetPrereadIndexRanges(fixture->sesid, things->tableid, ranges, count, counted ? &done : NULL, NULL, 0,
                                 grbit);
}

static void test_ranges_follow_each_other(void **state)
{
    struct api_fixture *fixture = *state;
    struct api_things things;
    struct ends ends[2];
    api_things_create(fixture, &things);
    ends_make(&ends[0], &things, 1, 5);
    ends_make(&ends[1], &things, 7, 9);
    JET_INDEX_RANGE forward[] = {ends[0].range, ends[1].range}, wrong[] = {ends[1].range, ends[0].range};
    OK(preread(fixture, &things, forward, 2, true, JET_bitPrereadForward));
    assert_int_equal(preread(fixture, &things, wrong, 2, true, JET_bitPrereadForward), JET_errInvalidParameter);
    OK(preread(fixture, &things, wrong, 2, false, JET_bitPrereadForward)); /* put in order */
    assert_int_equal(preread(fixture, &things, forward, 1, true, JET_bitPrereadBackward), JET_errInvalidParameter);
    ends_make(&ends[0], &things, 9, 7);
    ends_make(&ends[1], &things, 5, 1);
    JET_INDEX_RANGE backward[] = {ends[0].range, ends[1].range};
    OK(preread(fixture, &things, backward, 2, true, JET_bitPrereadBackward));
    ends_make(&ends[0], &things, 1, 8);
    ends_make(&ends[1], &things, 7, 9);
    JET_INDEX_RANGE overlapping[] = {ends[0].range, ends[1].range};
    assert_int_equal(preread(fixture, &things, overlapping, 2, false, JET_bitPrereadForward), JET_errInvalidParameter);
    ends_make(&ends[0], &things, 1, 1);
    ends[0].range.cEndColumns = 0; /* single keys */
    OK(preread(fixture, &things, &ends[0].range, 1, true, JET_bitPrereadForward));
}

static void test_what_is_no_range(void **state)
{
    struct api_fixture *fixture = *state;
    struct api_things things;
    struct ends ends;
    uint32_t done, pages;
    static const char key[] = "+name\0";
    api_things_create(fixture, &things);
    ends_make(&ends, &things, 1, 5);
    ends.start.relop = JET_relopGreaterThan;
    assert_int_equal(preread(fixture, &things, &ends.range, 1, true, JET_bitPrereadForward), JET_errInvalidParameter);
    ends.start.relop = JET_relopEquals;
    assert_int_equal(preread(fixture, &things, &ends.range, 1, true, JET_bitNil), JET_errInvalidGrbit);
    assert_int_equal(preread(fixture, &things, NULL, 1, true, JET_bitPrereadForward), JET_errInvalidParameter);
    assert_int_equal(JetPrereadIndexRanges(fixture->sesid, things.tableid, &ends.range, 1, &done, &things.id, 1,
                                           JET_bitPrereadForward),
                     JET_errMustBeSeparateLongValue);
    assert_int_equal(
        JetPrereadIndexRange(fixture->sesid, things.tableid, &ends.range, 2, 1, JET_bitPrereadForward, &pages),
        JET_errInvalidParameter);
    assert_int_equal(JetPrereadIndexRange(fixture->sesid, things.tableid, &ends.range, 0, 1,
                                          JET_bitPrereadForward | JET_bitPrereadBackward, &pages),
                     JET_errInvalidGrbit);
    OK(JetCreateIndex(fixture->sesid, things.tableid, "names", JET_bitNil, key, sizeof key, 80));
    OK(JetSetCurrentIndex(fixture->sesid, things.tableid, "names"));
    assert_int_equal(JetPrereadIndexRanges(fixture->sesid, things.tableid, &ends.range, 1, &done, &things.note, 1,
                                           JET_bitPrereadForward),
                     JET_errInvalidPreread);
}

static void test_tables(void **state)
{
    struct api_fixture *fixture = *state;
    struct api_things things;
    JET_PCWSTR names[] = {u"things", u"absent"};
    fill(fixture, &things);
    OK(JetPrereadTablesW(fixture->sesid, fixture->dbid, names, 2, JET_bitNil));
    assert_int_equal(JetPrereadTablesW(fixture->sesid, fixture->dbid, names, 2, 1), JET_errInvalidGrbit);
    assert_int_equal(JetPrereadTablesW(fixture->sesid, fixture->dbid, names, 11, JET_bitNil), JET_errInvalidParameter);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, api_fixture_setup, api_fixture_teardown)
    const struct CMUnitTest tests[] = {
        T(test_the_leaves_of_a_range_are_read),
        T(test_long_values_of_a_range_are_read),
        T(test_ranges_follow_each_other),
        T(test_what_is_no_range),
        T(test_tables),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
