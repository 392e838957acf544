/* SPDX-License-Identifier: MIT */
/* Which fields of a database header change together. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "format/dbheader_state.h"

static const struct logtime_disk now = {.second = 1, .day = 2, .month = 3, .year = 120};
static const struct logtime_disk created = {.second = 9, .day = 2, .month = 3, .year = 120};

static struct signature_disk signature_of(uint32_t random)
{
    return (struct signature_disk){.random = le32_make(random)};
}

static struct dbheader_disk clean_header(void)
{
    struct dbheader_disk header = {.state = le32_make(DBHEADER_CLEAN), .signature = signature_of(1)};
    header.log_signature = signature_of(2);
    header.lgpos_consistent = lgpos_make((struct lgpos){5, 6, 7});
    header.lgpos_detach = header.lgpos_consistent;
    header.logtime_detach = now;
    header.backup_full_prev.generation_low = le32_make(3);
    return header;
}

static struct dbheader_attach attach_to(const struct signature_disk *stream)
{
    return (struct dbheader_attach){
        .lgpos = {12, 3, 400},
          .now = now, .generation_created = created, .log_signature = stream, .dbid = 4
    };
}

static void an_attach_needs_exactly_the_generation_of_its_record(void **state)
{
    const struct signature_disk stream = signature_of(2);
    const struct dbheader_attach attach = attach_to(&stream);
    struct dbheader_disk header = clean_header();
    dbheader_set_attached(&header, &attach, NULL);
    assert_int_equal(le32_get(header.state), DBHEADER_DIRTY);
    assert_int_equal(le32_get(header.generation_min_required), 12);
    assert_int_equal(le32_get(header.generation_max_required), 12);
    assert_int_equal(le32_get(header.generation_max_committed), 12);
    assert_int_equal(le32_get(header.generation_min_consistent), 12);
    assert_true(logtime_equal(header.logtime_generation_max, created));
    assert_int_equal(le32_get(header.dbid), 4);
    assert_int_equal(lgpos_compare(lgpos_get(header.lgpos_attach), attach.lgpos), 0);
    assert_int_equal(lgpos_get(header.lgpos_consistent).generation, 5);
    assert_int_equal(lgpos_get(header.lgpos_detach).generation, 0);
    assert_false(logtime_is_set(header.logtime_detach));
    assert_int_equal(le32_get(header.backup_full_prev.generation_low), 3);
}

static void nothing_of_another_stream_is_kept(void **state)
{
    const struct signature_disk stream = signature_of(77);
    const struct dbheader_attach attach = attach_to(&stream);
    struct dbheader_disk header = clean_header();
    dbheader_set_attached(&header, &attach, NULL);
    assert_true(signature_equal(&header.log_signature, &stream));
    assert_int_equal(lgpos_get(header.lgpos_consistent).generation, 0);
    assert_int_equal(le32_get(header.backup_full_prev.generation_low), 0);
}

static void without_a_log_a_database_gets_another_signature(void **state)
{
    const struct signature_disk own = signature_of(99);
    const struct dbheader_attach attach = {.now = now, .dbid = 1};
    struct dbheader_disk header = clean_header();
    dbheader_set_attached(&header, &attach, &own);
    assert_true(signature_equal(&header.signature, &own));
    assert_false(signature_is_set(&header.log_signature));
    assert_int_equal(le32_get(header.generation_min_required), 0);
}

static void a_clean_end_zeroes_all_generations(void **state)
{
    const struct signature_disk stream = signature_of(2);
    const struct dbheader_attach attach = attach_to(&stream);
    const struct lgpos mark = {20, 1, 0};
    struct dbheader_disk header = clean_header();
    header.update_major = le32_make(20);
    dbheader_set_attached(&header, &attach, NULL);
    dbheader_set_recovering(&header, 15);
    dbheader_set_clean(&header, mark, now);
    assert_int_equal(le32_get(header.state), DBHEADER_CLEAN);
    assert_int_equal(lgpos_compare(lgpos_get(header.lgpos_consistent), mark), 0);
    assert_int_equal(lgpos_compare(lgpos_get(header.lgpos_detach), mark), 0);
    assert_int_equal(lgpos_get(header.lgpos_last_resize).generation, 0);
    assert_int_equal(le32_get(header.generation_min_required), 0);
    assert_int_equal(le32_get(header.generation_max_required), 0);
    assert_int_equal(le32_get(header.generation_max_committed), 0);
    assert_int_equal(le32_get(header.generation_min_consistent), 0);
    assert_int_equal(le32_get(header.generation_recovering), 0);
    assert_false(logtime_is_set(header.logtime_generation_max));
    header.update_major = le32_make(110);
    dbheader_set_clean(&header, mark, now);
    assert_int_equal(lgpos_compare(lgpos_get(header.lgpos_last_resize), mark), 0);
}

static void a_shrink_is_counted_and_newer_formats_keep_its_place(void **state)
{
    const struct lgpos place = {20, 1, 0};
    struct dbheader_disk header = clean_header();
    header.update_major = le32_make(20);
    dbheader_set_shrunk(&header, place, now);
    assert_int_equal(le32_get(header.shrink_count), 1);
    assert_true(logtime_equal(header.logtime_last_shrink, now));
    assert_int_equal(lgpos_get(header.lgpos_last_resize).generation, 0);
    header.update_major = le32_make(110);
    dbheader_set_shrunk(&header, place, now);
    assert_int_equal(le32_get(header.shrink_count), 2);
    assert_int_equal(lgpos_compare(lgpos_get(header.lgpos_last_resize), place), 0);
}

static void required_generations_never_fall(void **state)
{
    const struct signature_disk stream = signature_of(2);
    const struct dbheader_attach attach = attach_to(&stream);
    struct dbheader_disk header = clean_header();
    assert_false(dbheader_raise_min_required(&header, 30)); /* clean: needs none */
    dbheader_set_created(&header, &attach);
    assert_false(dbheader_raise_min_required(&header, 12));
    assert_true(dbheader_raise_min_required(&header, 30));
    assert_false(dbheader_raise_min_required(&header, 29));
    assert_int_equal(le32_get(header.generation_min_required), 30);
    assert_int_equal(le32_get(header.generation_min_consistent), 30);
}

static bool set_backup(struct dbheader_disk *header, enum dbheader_backup_type type, bool is_logs_only,
                       bool is_truncating, lgen_t generation)
{
    const struct dbheader_backup backup = {
        .type = type,
        .is_logs_only = is_logs_only,
        .is_truncating = is_truncating,
        .info = {.lgpos = lgpos_make((struct lgpos){.generation = generation}),
                 .logtime = now,
                 .generation_low = le32_make(generation - 1),
                 .generation_high = le32_make(generation)},
    };
    return dbheader_set_backup(header, &backup);
}

static void each_kind_of_backup_has_its_place(void **state)
{
    enum { LOGS = true, DATABASES = false, TRUNCATES = true, COPIES = false };
    struct dbheader_disk header = {.state = le32_make(DBHEADER_DIRTY)};
    header.backup_snapshot_current.generation_low = le32_make(1);
    assert_true(set_backup(&header, DBHEADER_BACKUP_SURROGATE, DATABASES, TRUNCATES, 10));
    assert_true(set_backup(&header, DBHEADER_BACKUP_NORMAL, DATABASES, COPIES, 11));
    assert_true(set_backup(&header, DBHEADER_BACKUP_OS_SNAPSHOT, LOGS, TRUNCATES, 12));
    assert_true(set_backup(&header, DBHEADER_BACKUP_OS_SNAPSHOT, LOGS, COPIES, 13));
    assert_int_equal(le32_get(header.backup_full_prev.generation_high), 10);
    assert_int_equal(le32_get(header.backup_type_full_prev), DBHEADER_BACKUP_OS_SNAPSHOT);
    assert_int_equal(le32_get(header.backup_copy_prev.generation_high), 11);
    assert_int_equal(le32_get(header.backup_type_copy_prev), DBHEADER_BACKUP_NORMAL);
    assert_int_equal(le32_get(header.backup_incremental_prev.generation_high), 12);
    assert_int_equal(le32_get(header.backup_type_incremental_prev), DBHEADER_BACKUP_OS_SNAPSHOT);
    assert_int_equal(le32_get(header.backup_differential_prev.generation_high), 13);
    assert_int_equal(le32_get(header.backup_type_differential_prev), DBHEADER_BACKUP_OS_SNAPSHOT);
    assert_int_equal(le32_get(header.backup_full_current.generation_high), 0);

    assert_false(set_backup(&header, DBHEADER_BACKUP_NORMAL, DATABASES, TRUNCATES, 9)); /* late */
    assert_int_equal(le32_get(header.backup_incremental_prev.generation_high), 12);
    assert_int_equal(le32_get(header.backup_snapshot_current.generation_low), 1);
    assert_true(set_backup(&header, DBHEADER_BACKUP_NORMAL, DATABASES, TRUNCATES, 14));
    assert_true(set_backup(&header, DBHEADER_BACKUP_NORMAL, DATABASES, TRUNCATES, 14)); /* redo */
    assert_int_equal(le32_get(header.backup_full_prev.generation_high), 14);
    assert_int_equal(le32_get(header.backup_type_full_prev), DBHEADER_BACKUP_NORMAL);
    assert_int_equal(le32_get(header.backup_incremental_prev.generation_high), 0);
    assert_int_equal(le32_get(header.backup_type_incremental_prev), DBHEADER_BACKUP_NORMAL);
    assert_int_equal(le32_get(header.backup_differential_prev.generation_high), 0);
    assert_int_equal(le32_get(header.backup_type_differential_prev), DBHEADER_BACKUP_NORMAL);
    assert_int_equal(le32_get(header.backup_snapshot_current.generation_low), 0);
    assert_int_equal(le32_get(header.backup_copy_prev.generation_high), 11);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_attach_needs_exactly_the_generation_of_its_record),
        cmocka_unit_test(nothing_of_another_stream_is_kept),
        cmocka_unit_test(without_a_log_a_database_gets_another_signature),
        cmocka_unit_test(a_clean_end_zeroes_all_generations),
        cmocka_unit_test(a_shrink_is_counted_and_newer_formats_keep_its_place),
        cmocka_unit_test(required_generations_never_fall),
        cmocka_unit_test(each_kind_of_backup_has_its_place),
    };
    return cmocka_run_group_tests_name("dbheader_state", tests, NULL, NULL);
}
