/* SPDX-License-Identifier: MIT */
/* The attachment list, written and read back, and paths of the log. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "recovery/attachments.h"

static struct attachment attachment_of(uint8_t dbid, const char *path)
{
    return (struct attachment){
        .dbid = dbid,
        .dbtime = 0x123456789A,
        .objid_last = 77,
        .attach = {3,  4, 5},
        .consistent = {1, 2, 0},
        .signature = {.random = le32_make(42) },
        .path = path,
    };
}

static void expect_entry(struct attachlist_walk *walk, const struct attachment *expected, bool is_utf16)
{
    struct attachlist_entry entry;
    char *path;
    assert_int_equal(attachlist_next(walk, &entry), JET_errSuccess);
    assert_non_null(entry.fixed);
    assert_int_equal(entry.fixed->dbid, expected->dbid);
    assert_true(le64_get(entry.fixed->dbtime) == expected->dbtime);
    assert_int_equal(le32_get(entry.fixed->objid_last), expected->objid_last);
    assert_int_equal(lgpos_compare(lgpos_get(entry.fixed->lgpos_attach), expected->attach), 0);
    assert_int_equal(lgpos_compare(lgpos_get(entry.fixed->lgpos_consistent), expected->consistent), 0);
    assert_true(signature_equal(&entry.fixed->signature, &expected->signature));
    assert_int_equal(entry.name_is_utf16, is_utf16);
    assert_int_equal(attachment_path(entry.name, entry.name_size, entry.name_is_utf16, &path), JET_errSuccess);
    assert_string_equal(path, expected->path);
    free(path);
}

static void expect_end(struct attachlist_walk *walk)
{
    struct attachlist_entry entry;
    assert_int_equal(attachlist_next(walk, &entry), JET_errSuccess);
    assert_null(entry.fixed);
}

static void entries_are_read_back_in_their_order(void **state)
{
    const struct attachment first = attachment_of(1, "/var/mail/store.edb");
    const struct attachment second = attachment_of(2, "/srv/\xC3\xBC\xE2\x82\xAC\xF0\x9F\x98\x80.edb");
    uint8_t list[ATTACHLIST_SIZE];
    struct attachments attachments;
    struct attachlist_walk walk;
    memset(list, 0xFF, sizeof list);
    attachments_begin(&attachments, list);
    assert_true(attachments_add(&attachments, &first));
    assert_true(attachments_add(&attachments, &second));
    attachlist_begin(list, JET_errLogFileCorrupt, &walk);
    expect_entry(&walk, &first, true);
    expect_entry(&walk, &second, true);
    expect_end(&walk);
}

static void a_name_that_is_too_long_for_utf16_may_be_ascii(void **state)
{
    char path[1500];
    uint8_t list[ATTACHLIST_SIZE];
    struct attachments attachments;
    struct attachlist_walk walk;
    memset(path, 'a', sizeof path);
    path[sizeof path - 1] = '\0';
    const struct attachment attachment = attachment_of(1, path);
    attachments_begin(&attachments, list);
    assert_true(attachments_add(&attachments, &attachment));
    attachlist_begin(list, JET_errLogFileCorrupt, &walk);
    expect_entry(&walk, &attachment, false);
    expect_end(&walk);
}

static void what_does_not_fit_is_refused_and_the_list_stays_whole(void **state)
{
    char path[500];
    uint8_t list[ATTACHLIST_SIZE];
    struct attachments attachments;
    struct attachlist_walk walk;
    unsigned count = 0;
    memset(path, 'b', sizeof path);
    path[sizeof path - 1] = '\0';
    const struct attachment attachment = attachment_of(1, path);
    attachments_begin(&attachments, list);
    while (attachments_add(&attachments, &attachment))
        count++;
    assert_in_range(count, 2, 3);
    attachlist_begin(list, JET_errLogFileCorrupt, &walk);
    for (unsigned i = 0; i < count; i++) {
        struct attachlist_entry entry;
        assert_int_equal(attachlist_next(&walk, &entry), JET_errSuccess);
        assert_non_null(entry.fixed);
    }
    expect_end(&walk);
}

static void a_path_with_a_nul_inside_is_damage(void **state)
{
    static const uint8_t single[] = {'a', 0, 'b'}, wide[] = {'a', 0, 0, 0, 'b', 0};
    char *path;
    assert_int_equal(attachment_path(single, sizeof single, false, &path), JET_errLogFileCorrupt);
    assert_int_equal(attachment_path(wide, sizeof wide, true, &path), JET_errLogFileCorrupt);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_are_read_back_in_their_order),
        cmocka_unit_test(a_name_that_is_too_long_for_utf16_may_be_ascii),
        cmocka_unit_test(what_does_not_fit_is_refused_and_the_list_stays_whole),
        cmocka_unit_test(a_path_with_a_nul_inside_is_damage),
    };
    return cmocka_run_group_tests_name("attachments", tests, NULL, NULL);
}
