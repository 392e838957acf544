/* SPDX-License-Identifier: MIT */
/* Tests of the database header: which copy wins, what is refused, and with which code. */
#include "format/dbheader.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "format/checksum.h"
#include "pattern.h"

static uint8_t prefix[DBHEADER_PREFIX_SIZE];
static struct dbheader_selection selection;

static struct dbheader_disk *copy(enum dbheader_which which, size_t page_size)
{
    return (void *)(prefix + (which == DBHEADER_SHADOW ? page_size : 0));
}

static void seal(size_t page_size)
{
    dbheader_seal(prefix, page_size);
    memcpy(prefix + page_size, prefix, page_size);
}

/* Both copies of the header of a clean database. */
static struct dbheader_disk *make(size_t page_size)
{
    struct dbheader_disk *header = copy(DBHEADER_PRIMARY, page_size);

    memset(prefix, 0, sizeof prefix);
    header->magic = le32_make(DBHEADER_MAGIC);
    header->version = le32_make(DBHEADER_VERSION);
    header->update_major = le32_make(DBHEADER_UPDATE_MAJOR_WRITE);
    header->page_size = le32_make((uint32_t)page_size);
    header->state = le32_make(DBHEADER_CLEAN);
    header->filetype = le32_make(DBHEADER_FILETYPE_DATABASE);
    seal(page_size);
    return header;
}

static void two_good_copies_give_the_primary_at_every_page_size(void **state)
{
    for (size_t page_size = PAGE_SIZE_MIN; page_size <= PAGE_SIZE_MAX; page_size *= 2) {
        make(page_size);
        assert_int_equal(dbheader_select(prefix, sizeof prefix, &selection), JET_errSuccess);
        assert_int_equal(selection.page_size, page_size);
        assert_int_equal(selection.used, DBHEADER_PRIMARY);
        assert_ptr_equal(selection.header, prefix);
        assert_int_equal(selection.copies[DBHEADER_PRIMARY], DBHEADER_COPY_VALID);
        assert_int_equal(selection.copies[DBHEADER_SHADOW], DBHEADER_COPY_VALID);
        assert_false(selection.copies_differ);
        assert_true(selection.has_magic);
        assert_int_equal(dbheader_verify(prefix, page_size), JET_errSuccess);
        assert_int_equal(dbheader_check_attach(&selection, 0), JET_errSuccess);
    }
}

static void the_shadow_stands_in_for_a_damaged_primary(void **state)
{
    for (size_t page_size = PAGE_SIZE_MIN; page_size <= PAGE_SIZE_MAX; page_size *= 2)
        for (size_t at = 0; at < 748; at += 7) {
            make(page_size);
            prefix[at] ^= 0x40;
            assert_int_equal(dbheader_select(prefix, sizeof prefix, &selection), JET_errSuccess);
            assert_int_equal(selection.page_size, page_size);
            assert_int_equal(selection.used, DBHEADER_SHADOW);
            assert_ptr_equal(selection.header, prefix + page_size);
            assert_true(selection.copies[DBHEADER_PRIMARY] != DBHEADER_COPY_VALID);
        }
}

static void the_primary_wins_over_a_shadow_that_is_damaged_absent_or_different(void **state)
{
    make(8192);
    prefix[8192 + 100] ^= 1;
    assert_int_equal(dbheader_select(prefix, sizeof prefix, &selection), JET_errSuccess);
    assert_int_equal(selection.used, DBHEADER_PRIMARY);
    assert_int_equal(selection.copies[DBHEADER_SHADOW], DBHEADER_COPY_BAD_CHECKSUM);

    memset(prefix + 8192, 0, 8192);
    assert_int_equal(dbheader_select(prefix, sizeof prefix, &selection), JET_errSuccess);
    assert_int_equal(selection.copies[DBHEADER_SHADOW], DBHEADER_COPY_BAD_MAGIC);

    assert_int_equal(dbheader_select(prefix, 8192 + 100, &selection), JET_errSuccess);
    assert_int_equal(selection.copies[DBHEADER_SHADOW], DBHEADER_COPY_ABSENT);

    make(8192);
    copy(DBHEADER_SHADOW, 8192)->dbtime = le64_make(1);
    dbheader_seal(copy(DBHEADER_SHADOW, 8192), 8192);
    assert_int_equal(dbheader_select(prefix, sizeof prefix, &selection), JET_errSuccess);
    assert_int_equal(selection.used, DBHEADER_PRIMARY);
    assert_true(selection.copies_differ);
}

static void page_size_zero_means_4096(void **state)
{
    struct dbheader_disk *header = make(4096);

    header->page_size = le32_make(0);
    seal(4096);
    assert_int_equal(dbheader_select(prefix, sizeof prefix, &selection), JET_errSuccess);
    assert_int_equal(selection.page_size, 4096);
}

static void a_header_that_names_another_size_is_not_valid(void **state)
{
    struct dbheader_disk *header = make(4096);

    header->page_size = le32_make(8192); /* beyond it lies the copy, so the sum over 8192 is another one */
    dbheader_seal(prefix, 4096);
    assert_int_equal(dbheader_verify(prefix, 4096), JET_errPageSizeMismatch);
    assert_int_equal(dbheader_select(prefix, sizeof prefix, &selection), JET_errSuccess);
    assert_int_equal(selection.used, DBHEADER_SHADOW);
}

static void two_damaged_copies_are_a_damaged_database(void **state)
{
    for (size_t page_size = PAGE_SIZE_MIN; page_size <= PAGE_SIZE_MAX; page_size *= 2) {
        make(page_size);
        prefix[24] ^= 1;
        prefix[page_size + 24] ^= 2;
        assert_int_equal(dbheader_select(prefix, sizeof prefix, &selection), JET_errReadVerifyFailure);
        assert_null(selection.header);
        assert_true(selection.has_magic);
        assert_int_equal(selection.copies[DBHEADER_PRIMARY], DBHEADER_COPY_BAD_CHECKSUM);
        assert_int_equal(dbheader_check_attach(&selection, 0), JET_errInvalidDatabaseVersion);
        memset(prefix, 0xAA, 748); /* only the shadow still shows what the file was */
        assert_int_equal(dbheader_select(prefix, sizeof prefix, &selection), JET_errReadVerifyFailure);
    }
}

static void what_is_no_database_is_said_to_be_none(void **state)
{
    static const size_t sizes[] = {0, 1, 4, 8, 748, 2047, 2048, 4096, 5000, 32768, DBHEADER_PREFIX_SIZE};
    uint32_t seed = 1;

    for (size_t i = 0; i < COUNT_OF(sizes); i++)
        for (unsigned zero = 0; zero < 2; zero++) {
            if (zero)
                memset(prefix, 0, sizeof prefix);
            else
                pattern_random(prefix, sizeof prefix, &seed);
            assert_int_equal(dbheader_select(prefix, sizes[i], &selection), JET_errDatabaseCorrupted);
            assert_null(selection.header);
            assert_false(selection.has_magic);
            assert_int_equal(dbheader_check_attach(&selection, 0), JET_errDatabaseCorrupted);
        }
}

static void a_checksum_without_the_magic_makes_no_database(void **state)
{
    /* What the header of a log file looks like: the same checksum, and zeros where the page size would be. */
    struct dbheader_disk *header = make(4096);

    header->magic = le32_make(0x1A);
    header->page_size = le32_make(0);
    dbheader_seal(prefix, 4096);
    memset(prefix + 4096, 0, 4096);
    assert_int_equal(dbheader_select(prefix, sizeof prefix, &selection), JET_errDatabaseCorrupted);
    assert_false(selection.has_magic);
    assert_int_equal(dbheader_verify(prefix, 4096), JET_errInvalidDatabaseVersion);
    assert_int_equal(dbheader_check_attach(&selection, 0), JET_errInvalidDatabaseVersion);
}

static void a_database_cut_short_is_damaged(void **state)
{
    static const size_t sizes[] = {8, 700, 748, 2048, 4095, 8191};

    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        make(8192);
        assert_int_equal(dbheader_select(prefix, sizes[i], &selection), JET_errReadVerifyFailure);
        assert_true(selection.has_magic);
    }
    make(8192);
    assert_int_equal(dbheader_select(prefix, 8192, &selection), JET_errSuccess);
    assert_int_equal(selection.copies[DBHEADER_SHADOW], DBHEADER_COPY_ABSENT);
}

static void set_version(struct dbheader_disk *h, uint32_t value)
{
    h->version = le32_make(value);
}

static void set_update(struct dbheader_disk *h, uint32_t value)
{
    h->update_major = le32_make(value);
}

static void set_attrib(struct dbheader_disk *h, uint32_t value)
{
    h->attrib = le32_make(value);
}

static void set_filetype(struct dbheader_disk *h, uint32_t value)
{
    h->filetype = le32_make(value);
}

static void foreign_types_and_versions_have_their_codes(void **state)
{
    static const struct {
        size_t page_size;
        void (*set)(struct dbheader_disk *h, uint32_t value);
        uint32_t value;
        jet_err err;
    } rows[] = {
        {4096,  set_version,  0x61F, JET_errInvalidDatabaseVersion},
        {4096,  set_version,  0x621, JET_errInvalidDatabaseVersion},
        {4096,  set_update,   0,     JET_errSuccess               },
        {4096,  set_update,   300,   JET_errSuccess               },
        {4096,  set_update,   301,   JET_errInvalidDatabaseVersion},
        {8192,  set_update,   16,    JET_errSuccess               },
        {16384, set_update,   16,    JET_errInvalidDatabaseVersion},
        {32768, set_update,   17,    JET_errSuccess               },
        {4096,  set_attrib,   1,     JET_errDatabaseCorrupted     },
        {4096,  set_filetype, 0,     JET_errSuccess               },
        {4096,  set_filetype, 2,     JET_errDatabaseCorrupted     },
        {4096,  set_filetype, 3,     JET_errDatabaseCorrupted     },
        {4096,  set_filetype, 7,     JET_errDatabaseCorrupted     },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        rows[i].set(make(rows[i].page_size), rows[i].value);
        seal(rows[i].page_size);
        assert_int_equal(dbheader_select(prefix, sizeof prefix, &selection), rows[i].err);
        assert_non_null(selection.header);
        assert_int_equal(dbheader_verify(prefix, rows[i].page_size), rows[i].err);
        assert_int_equal(dbheader_check_attach(&selection, 0), rows[i].err);
    }
}

static void every_state_has_the_code_of_its_attach(void **state)
{
    static const struct {
        uint32_t state;
        uint32_t generation_low; /* of the full backup that it is a copy of */
        jet_err err;
    } rows[] = {
        {DBHEADER_JUST_CREATED,      0, JET_errDatabaseDirtyShutdown              },
        {DBHEADER_DIRTY,             0, JET_errDatabaseDirtyShutdown              },
        {DBHEADER_DIRTY,             9, JET_errSoftRecoveryOnBackupDatabase       },
        {DBHEADER_CLEAN,             0, JET_errSuccess                            },
        {DBHEADER_BEING_CONVERTED,   0, JET_errDatabaseIncompleteUpgrade          },
        {DBHEADER_FORCE_DETACH,      0, JET_errDatabaseDirtyShutdown              },
        {DBHEADER_RESEED,            0, JET_errDatabaseIncompleteIncrementalReseed},
        {DBHEADER_DIRTY_AND_PATCHED, 0, JET_errDatabaseDirtyShutdown              },
        {DBHEADER_REVERT,            0, JET_errDatabaseIncompleteRevert           },
        {0,                          0, JET_errDatabaseCorrupted                  },
        {9,                          0, JET_errDatabaseCorrupted                  },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct dbheader_disk *header = make(4096);

        header->state = le32_make(rows[i].state);
        header->backup_full_current.generation_low = le32_make(rows[i].generation_low);
        seal(4096);
        assert_int_equal(dbheader_select(prefix, sizeof prefix, &selection), JET_errSuccess);
        assert_int_equal(dbheader_check_attach(&selection, 4096), rows[i].err);
        assert_int_equal(dbheader_check_attach(&selection, 8192), JET_errPageSizeMismatch);
    }
}

static void one_copy_alone_is_verified_at_its_page_size(void **state)
{
    struct dbheader_disk *header = make(8192);

    assert_int_equal(dbheader_verify(prefix, 8192), JET_errSuccess);
    prefix[600] ^= 1;
    assert_int_equal(dbheader_verify(prefix, 8192), JET_errReadVerifyFailure);
    header = make(4096);
    header->page_size = le32_make(5000);
    assert_int_equal(dbheader_check(header), JET_errDatabaseCorrupted);
}

static void names_are_those_of_the_tools(void **state)
{
    assert_string_equal(dbheader_state_name(DBHEADER_CLEAN), "Clean Shutdown");
    assert_string_equal(dbheader_state_name(DBHEADER_DIRTY), "Dirty Shutdown");
    assert_string_equal(dbheader_state_name(0), "unknown");
    assert_string_equal(dbheader_filetype_name(DBHEADER_FILETYPE_DATABASE), "database");
    assert_string_equal(dbheader_filetype_name(99), "unknown");
    assert_string_equal(dbheader_backup_type_name(DBHEADER_BACKUP_NORMAL), "streaming");
    assert_string_equal(dbheader_backup_type_name(4), "unknown");
    for (uint32_t i = DBHEADER_BACKUP_NORMAL; i <= DBHEADER_BACKUP_SURROGATE; i++)
        assert_string_not_equal(dbheader_backup_type_name(i), "unknown");
    for (uint32_t i = DBHEADER_JUST_CREATED; i <= DBHEADER_REVERT; i++)
        assert_string_not_equal(dbheader_state_name(i), "unknown");
    for (uint32_t i = DBHEADER_FILETYPE_DATABASE; i <= DBHEADER_FILETYPE_REVERT_CHECKPOINT; i++)
        assert_string_not_equal(dbheader_filetype_name(i), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_good_copies_give_the_primary_at_every_page_size),
        cmocka_unit_test(the_shadow_stands_in_for_a_damaged_primary),
        cmocka_unit_test(the_primary_wins_over_a_shadow_that_is_damaged_absent_or_different),
        cmocka_unit_test(page_size_zero_means_4096),
        cmocka_unit_test(a_header_that_names_another_size_is_not_valid),
        cmocka_unit_test(two_damaged_copies_are_a_damaged_database),
        cmocka_unit_test(what_is_no_database_is_said_to_be_none),
        cmocka_unit_test(a_checksum_without_the_magic_makes_no_database),
        cmocka_unit_test(a_database_cut_short_is_damaged),
        cmocka_unit_test(foreign_types_and_versions_have_their_codes),
        cmocka_unit_test(every_state_has_the_code_of_its_attach),
        cmocka_unit_test(one_copy_alone_is_verified_at_its_page_size),
        cmocka_unit_test(names_are_those_of_the_tools),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
