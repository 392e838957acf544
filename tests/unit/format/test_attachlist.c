/* SPDX-License-Identifier: MIT */
/* Tests of the list of attached databases. */
#include "format/attachlist.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "pattern.h"

static uint8_t list[ATTACHLIST_SIZE];
static size_t list_end;
static struct attachlist_walk walk;
static struct attachlist_entry entry;

static void start(void)
{
    memset(list, 0, sizeof list);
    list_end = 0;
}

static struct attachlist_entry_disk *append(uint8_t dbid, uint8_t flags, const void *name, size_t name_size)
{
    struct attachlist_entry_disk *fixed = (void *)(list + list_end);

    fixed->dbid = dbid;
    fixed->flags = flags;
    fixed->name_size = le16_make((uint16_t)name_size);
    if (list_end + sizeof *fixed + name_size <= sizeof list)
        memcpy(list + list_end + sizeof *fixed, name, name_size);
    list_end += sizeof *fixed + name_size;
    return fixed;
}

static jet_err next(void)
{
    return attachlist_next(&walk, &entry);
}

static void an_empty_list_ends_at_once_and_stays_ended(void **state)
{
    start();
    attachlist_begin(list, JET_errLogFileCorrupt, &walk);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(next(), JET_errSuccess);
        assert_null(entry.fixed);
    }
}

static void entries_come_one_by_one_with_their_names(void **state)
{
    static const uint8_t wide[] = {'D', 0, ':', 0, '\\', 0, 'x', 0, 0, 0};

    start();
    append(1, 0, "C:\\a.edb", 9)->objid_last = le32_make(77);
    append(2, ATTACHLIST_FLAG_UTF16 | ATTACHLIST_FLAG_SPARSE, wide, sizeof wide);
    attachlist_begin(list, JET_errLogFileCorrupt, &walk);
    assert_int_equal(next(), JET_errSuccess);
    assert_int_equal(entry.fixed->dbid, 1);
    assert_int_equal(le32_get(entry.fixed->objid_last), 77);
    assert_false(entry.name_is_utf16);
    assert_int_equal(entry.name_size, 8);
    assert_memory_equal(entry.name, "C:\\a.edb", 8);
    assert_int_equal(next(), JET_errSuccess);
    assert_int_equal(entry.fixed->dbid, 2);
    assert_true(entry.name_is_utf16);
    assert_int_equal(entry.name_size, 8);
    assert_memory_equal(entry.name, wide, 8);
    assert_int_equal(next(), JET_errSuccess);
    assert_null(entry.fixed);
}

static void names_that_lie_are_damage(void **state)
{
    start();
    append(1, 0, "name", 4); /* no NUL */
    attachlist_begin(list, JET_errCheckpointCorrupt, &walk);
    assert_int_equal(next(), JET_errCheckpointCorrupt);
    start();
    append(1, 0, "", 0);
    attachlist_begin(list, JET_errCheckpointCorrupt, &walk);
    assert_int_equal(next(), JET_errCheckpointCorrupt);
    start();
    append(1, ATTACHLIST_FLAG_UTF16, "abc\0\0", 5); /* odd */
    attachlist_begin(list, JET_errLogFileCorrupt, &walk);
    assert_int_equal(next(), JET_errLogFileCorrupt);
    start();
    append(1, 0, "", 1);
    append(2, 0, "", ATTACHLIST_SIZE); /* reaches out of the list */
    attachlist_begin(list, JET_errLogFileCorrupt, &walk);
    assert_int_equal(next(), JET_errSuccess);
    assert_int_equal(next(), JET_errLogFileCorrupt);
    assert_int_equal(next(), JET_errLogFileCorrupt);
}

static void an_entry_cut_by_the_end_of_the_list_is_damage(void **state)
{
    static const char name[ATTACHLIST_SIZE];

    start();
    append(1, 0, name, ATTACHLIST_SIZE - 64 - 20);
    list[ATTACHLIST_SIZE - 20] = 2; /* an entry of 64 bytes that has 20 */
    attachlist_begin(list, JET_errLogFileCorrupt, &walk);
    assert_int_equal(next(), JET_errSuccess);
    assert_int_equal(next(), JET_errLogFileCorrupt);
}

static void a_list_without_its_end_is_damage(void **state)
{
    static const char name[200];

    start();
    append(1, 0, name, 200);
    while (list_end + 64 + 200 <= ATTACHLIST_SIZE)
        append(1, 0, name, 200);
    append(1, 0, name, ATTACHLIST_SIZE - list_end - 64);
    assert_int_equal(list_end, ATTACHLIST_SIZE);
    attachlist_begin(list, JET_errLogFileCorrupt, &walk);
    do
        entry.fixed = NULL;
    while (next() == JET_errSuccess && entry.fixed);
    assert_int_equal(next(), JET_errLogFileCorrupt);
    assert_int_equal(walk.left, 0);
}

static void random_lists_never_leave_their_bytes(void **state)
{
    uint32_t seed = 31;

    for (unsigned round = 0; round < 2000; round++) {
        unsigned steps = 0;

        pattern_random(list, sizeof list, &seed);
        list[3] = 0; /* a short name, so that a second entry is reached */
        attachlist_begin(list, JET_errLogFileCorrupt, &walk);
        while (next() == JET_errSuccess && entry.fixed) {
            assert_true(entry.name >= list && entry.name + entry.name_size < list + sizeof list);
            assert_true(++steps <= ATTACHLIST_SIZE / 64);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_list_ends_at_once_and_stays_ended),
        cmocka_unit_test(entries_come_one_by_one_with_their_names),
        cmocka_unit_test(names_that_lie_are_damage),
        cmocka_unit_test(an_entry_cut_by_the_end_of_the_list_is_damage),
        cmocka_unit_test(a_list_without_its_end_is_damage),
        cmocka_unit_test(random_lists_never_leave_their_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
