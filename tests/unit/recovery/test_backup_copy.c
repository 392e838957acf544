/* SPDX-License-Identifier: MIT */
/* The copy of a database in a backup: what is asked of it before it is replayed, and what patching changes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "backup_set.h"
#include "os/os_file.h"
#include "recovery/backup_copy.h"
#include "support/temp_folder.h"

enum { PAGE = 4096, PAGES = 6, LOW = 3, HIGH = 7 };

static struct signature_disk signature_of(uint32_t random)
{
    return (struct signature_disk){.random = le32_make(random)};
}

static struct backup_copy_terms terms_of(lgen_t low, lgen_t high)
{
    return (struct backup_copy_terms){.page_size = PAGE, .log_signature = signature_of(2), .low = low, .high = high};
}

/* A copy that needs LOW to HIGH. */
static const char *make_copy(struct temp_folder *folder)
{
    static uint8_t bytes[(2 + PAGES) * PAGE];
    struct dbheader_disk *header = (void *)bytes;
    memset(bytes, 0, sizeof bytes);
    *header = (struct dbheader_disk){
        .magic = le32_make(DBHEADER_MAGIC),
        .version = le32_make(DBHEADER_VERSION),
        .update_major = le32_make(DBHEADER_UPDATE_MAJOR_WRITE),
        .state = le32_make(DBHEADER_DIRTY),
        .filetype = le32_make(DBHEADER_FILETYPE_DATABASE),
        .page_size = le32_make(PAGE),
        .signature = signature_of(1),
        .log_signature = signature_of(2),
        .generation_min_required = le32_make(LOW),
        .generation_max_required = le32_make(5),
        .generation_max_committed = le32_make(HIGH),
        .logtime_generation_max = {.second = 9, .day = 1},
        .logtime_max_required = {.second = 8, .day = 1},
    };
    memset(bytes + 3 * PAGE, 0x55, PAGE);
    const char *origin = temp_folder_write(folder, "data.edb", bytes, sizeof bytes);
    const char *target = temp_folder_path(folder, "copy");
    assert_int_equal(os_folder_create(target), JET_errSuccess);
    backup_set_copy_database(origin, target, LOW, HIGH);
    return temp_folder_path(folder, "copy/data.edb");
}

static void a_copy_fits_exactly_its_logs(void **state)
{
    const char *copy = make_copy(*state);
    static const struct {
        lgen_t low, high;
        jet_err err;
    } rows[] = {
        {LOW,     HIGH,     JET_errSuccess                  },
        {1,       HIGH + 5, JET_errSuccess                  },
        {LOW + 1, HIGH,     JET_errStartingRestoreLogTooHigh},
        {LOW,     HIGH - 1, JET_errEndingRestoreLogTooLow   },
        {0,       0,        JET_errSuccess                  }, /* nobody knows */
    };
    size_t size, size_after;
    uint8_t *before = temp_file_read(copy, &size);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct backup_copy_terms terms = terms_of(rows[i].low, rows[i].high);
        assert_int_equal(backup_copy_check(copy, &terms), rows[i].err);
        if (rows[i].err < JET_errSuccess)
            assert_int_equal(backup_copy_patch(copy, &terms), rows[i].err);
    }
    uint8_t *after = temp_file_read(copy, &size_after);
    assert_int_equal(size, size_after);
    assert_memory_equal(before, after, size);
    free(before);
    free(after);
}

static void patching_takes_the_trailer_into_the_header(void **state)
{
    const char *copy = make_copy(*state);
    const struct backup_copy_terms terms = terms_of(LOW, HIGH + 2), narrow = terms_of(LOW, HIGH);
    static const uint8_t zeros[PAGE];
    struct dbheader_disk header;
    size_t size;
    assert_int_equal(backup_copy_patch(copy, &terms), JET_errSuccess);
    uint8_t *bytes = temp_file_read(copy, &size);
    assert_int_equal(size, (3 + PAGES) * PAGE);
    assert_int_equal(dbheader_verify(bytes, PAGE), JET_errSuccess);
    assert_memory_equal(bytes, bytes + PAGE, PAGE);
    assert_int_equal(bytes[3 * PAGE], 0x55);
    assert_memory_equal(bytes + size - PAGE, zeros, PAGE);
    free(bytes);
    backup_set_header(copy, &header);
    assert_int_equal(le32_get(header.state), DBHEADER_DIRTY);
    assert_int_equal(le32_get(header.backup_full_current.generation_low), LOW);
    assert_int_equal(le32_get(header.backup_full_current.generation_high), HIGH + 2);
    assert_int_equal(le32_get(header.generation_min_required), LOW);
    assert_int_equal(le32_get(header.generation_max_required), HIGH + 2);
    assert_int_equal(le32_get(header.generation_max_committed), HIGH + 2);
    assert_false(logtime_is_set(header.logtime_generation_max));
    assert_false(logtime_is_set(header.logtime_max_required));
    assert_false(backup_copy_is_unpatched(&header));
    /* The header says now what it needs. */
    assert_int_equal(backup_copy_check(copy, &narrow), JET_errEndingRestoreLogTooLow);
    assert_int_equal(backup_copy_patch(copy, &terms), JET_errSuccess);
}

static void without_a_range_the_trailer_says_it(void **state)
{
    const char *copy = make_copy(*state);
    const struct backup_copy_terms terms = terms_of(0, 0);
    struct dbheader_disk header;
    assert_int_equal(backup_copy_patch(copy, &terms), JET_errSuccess);
    backup_set_header(copy, &header);
    assert_int_equal(le32_get(header.backup_full_current.generation_high), HIGH);
    assert_int_equal(le32_get(header.generation_max_required), HIGH);
    assert_true(logtime_is_set(header.logtime_generation_max)); /* that one was known before */
}

static void give_it_a_last_generation(struct dbheader_disk *header, struct patchpage_disk *trailer)
{
    (void)trailer;
    header->backup_full_current.generation_high = le32_make(HIGH);
}

static void a_trailer_that_a_crash_left_behind_is_wiped_later(void **state)
{
    const char *copy = make_copy(*state);
    const struct backup_copy_terms terms = terms_of(LOW, HIGH);
    static const uint8_t zeros[PAGE];
    size_t size;
    backup_set_change(copy, give_it_a_last_generation);
    assert_int_equal(backup_copy_patch(copy, &terms), JET_errSuccess);
    uint8_t *bytes = temp_file_read(copy, &size);
    assert_memory_equal(bytes + size - PAGE, zeros, PAGE);
    free(bytes);
}

static void no_backup(struct dbheader_disk *header, struct patchpage_disk *trailer)
{
    (void)trailer;
    header->backup_full_current.generation_low = le32_make(0);
}

static void other_database(struct dbheader_disk *header, struct patchpage_disk *trailer)
{
    (void)header;
    trailer->signature = signature_of(9);
}

static void other_logs_of_the_trailer(struct dbheader_disk *header, struct patchpage_disk *trailer)
{
    (void)header;
    trailer->log_signature = signature_of(9);
}

static void other_logs_of_the_header(struct dbheader_disk *header, struct patchpage_disk *trailer)
{
    (void)trailer;
    header->log_signature = signature_of(9);
}

static void other_backup(struct dbheader_disk *header, struct patchpage_disk *trailer)
{
    (void)header;
    trailer->backup.lgpos = lgpos_make((struct lgpos){LOW, 1, 500});
}

static void other_logs_and_patched(struct dbheader_disk *header, struct patchpage_disk *trailer)
{
    give_it_a_last_generation(header, trailer);
    header->log_signature = signature_of(9);
}

static void what_is_no_copy_of_this_backup_is_refused(void **state)
{
    static const struct {
        void (*change)(struct dbheader_disk *header, struct patchpage_disk *trailer);
        jet_err err;
    } rows[] = {
        {no_backup,                 JET_errRestoreOfNonBackupDatabase},
        {other_database,            JET_errDatabasePatchFileMismatch },
        {other_logs_of_the_trailer, JET_errDatabasePatchFileMismatch },
        {other_logs_of_the_header,  JET_errDatabasePatchFileMismatch },
        {other_backup,              JET_errDatabasePatchFileMismatch },
        {other_logs_and_patched,    JET_errDatabasePatchFileMismatch },
    };
    struct temp_folder *folder = *state;
    const char *copy = make_copy(folder);
    const char *one = temp_folder_path(folder, "one.edb");
    const struct backup_copy_terms terms = terms_of(LOW, HIGH);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        backup_set_copy_file(copy, one);
        backup_set_change(one, rows[i].change);
        assert_int_equal(backup_copy_check(one, &terms), rows[i].err);
        assert_int_equal(backup_copy_patch(one, &terms), rows[i].err);
        assert_int_equal(os_file_remove(one), JET_errSuccess);
    }
}

static void cut_to(const char *path, uint64_t size)
{
    struct os_file *file;
    assert_int_equal(os_file_open(path, OS_FILE_READ_WRITE, &file), JET_errSuccess);
    assert_int_equal(os_file_set_size(file, size), JET_errSuccess);
    os_file_close(file);
}

static void a_copy_that_was_cut_has_no_trailer(void **state)
{
    static const uint64_t sizes[] = {(2 + PAGES) * PAGE, (2 + PAGES) * PAGE + 100, 4 * PAGE, 2 * PAGE};
    const char *copy = make_copy(*state);
    const struct backup_copy_terms terms = terms_of(LOW, HIGH);
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        cut_to(copy, sizes[i]);
        assert_int_equal(backup_copy_check(copy, &terms), JET_errBadPatchPage);
    }
}

static void overwrite(const char *path, uint64_t offset)
{
    static const uint8_t noise[100] = {1, 2, 3};
    struct os_file *file;
    assert_int_equal(os_file_open(path, OS_FILE_READ_WRITE, &file), JET_errSuccess);
    assert_int_equal(os_file_write(file, offset, noise, sizeof noise), JET_errSuccess);
    os_file_close(file);
}

static void one_header_copy_is_enough_and_none_is_not(void **state)
{
    struct temp_folder *folder = *state;
    const char *copy = make_copy(folder);
    struct backup_copy_terms terms = terms_of(LOW, HIGH);
    terms.page_size = 2 * PAGE;
    assert_int_equal(backup_copy_check(copy, &terms), JET_errPageSizeMismatch);
    terms.page_size = PAGE;
    assert_int_equal(backup_copy_check(temp_folder_path(folder, "absent.edb"), &terms), JET_errFileNotFound);
    assert_int_equal(backup_copy_check(temp_folder_path(folder, "absent/absent.edb"), &terms), JET_errFileNotFound);
    overwrite(copy, 200);
    assert_int_equal(backup_copy_check(copy, &terms), JET_errSuccess);
    overwrite(copy, PAGE + 200);
    assert_int_equal(backup_copy_check(copy, &terms), JET_errDatabaseCorrupted);
    const char *text = temp_folder_write(folder, "text.edb", "no database", 11);
    assert_int_equal(backup_copy_check(text, &terms), JET_errDatabaseCorrupted);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, temp_folder_setup, temp_folder_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_copy_fits_exactly_its_logs),
        TEST(patching_takes_the_trailer_into_the_header),
        TEST(without_a_range_the_trailer_says_it),
        TEST(a_trailer_that_a_crash_left_behind_is_wiped_later),
        TEST(what_is_no_copy_of_this_backup_is_refused),
        TEST(a_copy_that_was_cut_has_no_trailer),
        TEST(one_header_copy_is_enough_and_none_is_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
