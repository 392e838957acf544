/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "backup/backup.h"
#include "base/compiler.h"
#include "format/logheader.h"
#include "os/os_file.h"
#include "set_making.h"
#include "support/corpus.h"
#include "support/database_image.h"
#include "tool/sample_database.h"
#include "tool/sample_log.h"

enum { FIRST_GENERATION = 5, LAST_GENERATION = 8, LOG_SEGMENTS = 16 };

/* A folder with "mail.edb", not closed cleanly, its logs 5 to 8 (8 is edb.log) and edb.chk. */
static const char *make_dirty_folder(struct temp_folder *t, const char *name)
{
    const char *folder = temp_folder_path(t, name);
    struct sample_log_stream stream;
    struct sample_database_info info;
    assert_int_equal(os_folder_create(folder), 0);
    char *path = joined(folder, "mail.edb");
    assert_int_equal(sample_log_stream_make(FIRST_GENERATION, LAST_GENERATION, &stream), 0);
    const struct sample_database_request request = {
        .path = path, .page_size = 4096, .size_bytes = 1 << 20, .seed = 1, .log = &stream};
    assert_int_equal(sample_database_write(&request, &info), 0);
    const struct sample_log_request logs = {
        .folder = folder,
        .stream = &stream,
        .page_size = 4096,
        .count_segments = LOG_SEGMENTS,
        .database_path = "mail.edb",
        .database = &info,
    };
    assert_int_equal(sample_log_write(&logs), 0);
    free(path);
    return folder;
}

/* ---- which files ---- */

struct opened {
    struct finding_list found;
    struct backup *b;
    struct backup_list databases, logs;
    struct backup_log_info info;
};

static jet_err open_source(struct opened *o, const char *path)
{
    struct backup_source *source;
    *o = (struct opened){0};
    const struct finding_listener listener = finding_list_listener(&o->found);
    jet_err err = source_offline_open(path, &listener, &source);
    if (err < JET_errSuccess)
        return err;
    assert_int_equal(backup_new(source, false, &o->b), 0);
    backup_listen(o->b, &listener);
    assert_int_equal(backup_begin(o->b, 0), 0);
    assert_int_equal(backup_get_attach_info(o->b, &o->databases), 0);
    assert_int_equal(backup_get_log_info(o->b, &o->logs, &o->info), 0);
    return JET_errSuccess;
}

static void close_source(struct opened *o)
{
    backup_free(o->b);
}

static const char *name_in(const struct backup_list *list, size_t index)
{
    assert_true(index < list->count);
    return os_path_name(list->paths[index]);
}

static void a_folder_gives_databases_then_logs_then_the_checkpoint(void **state)
{
    struct temp_folder *t = *state;
    const char *folder = make_dirty_folder(t, "data");
    struct opened o;
    assert_int_equal(open_source(&o, folder), 0);
    assert_int_equal(o.databases.count, 1);
    assert_string_equal(name_in(&o.databases, 0), "mail.edb");
    assert_int_equal(o.logs.count, 5);
    assert_string_equal(name_in(&o.logs, 0), "edb00005.log");
    assert_string_equal(name_in(&o.logs, 2), "edb00007.log");
    assert_string_equal(name_in(&o.logs, 3), "edb.log");
    assert_string_equal(name_in(&o.logs, 4), "edb.chk");
    assert_int_equal(o.info.copy_first, FIRST_GENERATION);
    assert_int_equal(o.info.copy_end, LAST_GENERATION + 1);
    assert_int_equal(o.info.delete_end, 0);
    assert_string_equal(o.info.base_name, "edb");
    assert_true(o.info.recoverable);
    assert_int_equal(o.found.count, 0);
    close_source(&o);
}

static void a_dirty_database_alone_brings_its_logs_and_a_clean_one_does_not(void **state)
{
    struct temp_folder *t = *state;
    const char *folder = make_dirty_folder(t, "data");
    struct opened o;
    char *mail = joined(folder, "mail.edb");
    assert_int_equal(open_source(&o, mail), 0);
    assert_int_equal(o.logs.count, 5);
    assert_true(o.info.recoverable);
    close_source(&o);
    free(mail);

    struct database_image clean;
    database_image_make_bare(&clean, 8192, 3);
    database_image_store(&clean, t, "data/clean.edb", clean.size);
    database_image_done(&clean);
    char *path = joined(folder, "clean.edb");
    assert_int_equal(open_source(&o, path), 0);
    assert_int_equal(o.databases.count, 1);
    assert_int_equal(o.logs.count, 0);
    assert_int_equal(o.info.copy_end, 0);
    assert_true(o.info.recoverable);
    close_source(&o);
    free(path);
    assert_int_equal(open_source(&o, folder), 0); /* both */
    assert_int_equal(o.databases.count, 2);
    close_source(&o);
}

static void a_missing_log_is_a_warning_and_the_set_says_so(void **state)
{
    struct temp_folder *t = *state;
    const char *folder = make_dirty_folder(t, "data");
    struct making making = {0};
    char *log = joined(folder, "edb00006.log");
    assert_int_equal(os_file_remove(log), 0);
    free(log);
    assert_int_equal(make_set_folder(folder, temp_folder_path(t, "set"), &making), 0);
    assert_int_equal(finding_list_count(&making.found, FINDING_LOGS_MISSING), 1);
    assert_int_equal(finding_list_count(&making.found, FINDING_LOG_SEQUENCE), 1);
    assert_int_equal(finding_list_count_severity(&making.found, FINDING_ERROR), 0);
    assert_false(making.result.recoverable);
    struct finding_list found = {0};
    assert_int_equal(verify_set(temp_folder_path(t, "set"), &found), 0);
    assert_int_equal(finding_list_count(&found, FINDING_LOGS_MISSING), 1);
    assert_int_equal(restore_set(temp_folder_path(t, "set"), temp_folder_path(t, "r"), false, NULL), 0);
    assert_same_files(folder, temp_folder_path(t, "r"));
}

/* The number is right, the file is not: replaying it would stop there. */
static void a_log_of_another_stream_among_ours_is_no_replacement(void **state)
{
    struct temp_folder *t = *state;
    const char *ours = make_dirty_folder(t, "ours");
    const char *theirs = make_dirty_folder(t, "theirs");
    struct making making = {0};
    struct finding_list found = {0};
    char *from = joined(theirs, "edb00006.log");
    char *to = joined(ours, "edb00006.log");
    assert_int_equal(os_file_remove(to), 0);
    assert_int_equal(os_path_rename_new(from, to), 0);
    assert_int_equal(make_set_folder(ours, temp_folder_path(t, "set"), &making), 0);
    assert_int_equal(finding_list_count(&making.found, FINDING_LOGS_MISSING), 1);
    assert_false(making.result.recoverable);
    assert_int_equal(verify_set(temp_folder_path(t, "set"), &found), 0);
    assert_int_equal(finding_list_count(&found, FINDING_LOGS_MISSING), 1);
    free(from);
    free(to);
}

static void logs_of_another_stream_do_not_make_a_database_recoverable(void **state)
{
    struct temp_folder *t = *state;
    const char *ours = make_dirty_folder(t, "ours");
    const char *theirs = make_dirty_folder(t, "theirs");
    struct opened o;
    char *from = joined(ours, "mail.edb");
    char *old = joined(theirs, "mail.edb");
    assert_int_equal(os_file_remove(old), 0);
    assert_int_equal(os_path_rename_new(from, old), 0);
    assert_int_equal(open_source(&o, theirs), 0);
    assert_false(o.info.recoverable);
    assert_non_null(o.info.reason);
    assert_int_equal(finding_list_count(&o.found, FINDING_LOGS_MISSING), 1);
    close_source(&o);
    free(from);
    free(old);
}

static void strangers_are_left_out_with_a_note(void **state)
{
    struct temp_folder *t = *state;
    const char *folder = make_source_folder(t, "data");
    struct opened o;
    temp_folder_write(t, "data/notes.txt", "no database", 11);
    temp_folder_write(t, "data/empty", "", 0);
    assert_int_equal(os_folder_create(temp_folder_path(t, "data/sub")), 0);
    char *from = joined(folder, "b.edb");
    char *to = joined(folder, "database without a usual name");
    assert_int_equal(os_path_rename_new(from, to), 0);
    assert_int_equal(open_source(&o, folder), 0);
    assert_int_equal(o.databases.count, 3);
    assert_int_equal(finding_list_count(&o.found, FINDING_FILE_TYPE), 3);
    assert_int_equal(finding_list_count_severity(&o.found, FINDING_NOTE), 3);
    close_source(&o);
    free(from);
    free(to);
}

static void what_has_only_the_name_of_a_database_is_left_out_with_a_warning(void **state)
{
    struct temp_folder *t = *state;
    static const uint8_t zeros[3 * 8192];
    const char *folder = make_source_folder(t, "data");
    struct opened o;
    temp_folder_write(t, "data/empty.edb", "", 0);
    temp_folder_write(t, "data/Lost.MDB", zeros, sizeof zeros);
    temp_folder_write(t, "data/overwritten.dit", "no database", 11);
    temp_folder_write(t, "data/edb", zeros, sizeof zeros); /* no such name */
    assert_int_equal(os_folder_create(temp_folder_path(t, "data/sub.edb")), 0);
    assert_int_equal(open_source(&o, folder), 0);
    assert_int_equal(o.databases.count, 3);
    assert_int_equal(finding_list_count(&o.found, FINDING_FILE_TYPE), 5);
    assert_int_equal(finding_list_count_severity(&o.found, FINDING_WARNING), 3);
    close_source(&o);
}

/* Whole, but by its header of this type. */
static void write_file_of_type(struct temp_folder *t, const char *name, uint32_t filetype)
{
    struct database_image image;
    database_image_make_bare(&image, 4096, 3);
    for (unsigned copy = 0; copy < 2; copy++)
        database_image_header(&image, copy)->filetype = le32_make(filetype);
    database_image_seal_headers(&image);
    database_image_store(&image, t, name, image.size);
    database_image_done(&image);
}

static void a_temporary_database_is_left_out(void **state)
{
    struct temp_folder *t = *state;
    const char *folder = make_source_folder(t, "data");
    struct opened o;
    write_file_of_type(t, "data/tmp.edb", DBHEADER_FILETYPE_TEMPORARY);
    assert_int_equal(open_source(&o, folder), 0);
    assert_int_equal(o.databases.count, 3);
    assert_int_equal(finding_list_count_severity(&o.found, FINDING_WARNING), 0);
    close_source(&o);
    write_file_of_type(t, "data/odd.edb", UINT32_MAX); /* nothing that an engine would name so */
    write_file_of_type(t, "data/odd.jfm", DBHEADER_FILETYPE_FLUSH_MAP);
    assert_int_equal(open_source(&o, folder), 0);
    assert_int_equal(o.databases.count, 3);
    assert_int_equal(finding_list_count_severity(&o.found, FINDING_WARNING), 1);
    close_source(&o);
}

static void a_database_with_two_damaged_headers_is_not_passed_over(void **state)
{
    struct temp_folder *t = *state;
    const char *folder = make_source_folder(t, "data");
    struct making making = {.keep_going = true};
    char *path = joined(folder, "a.edb");
    flip_bit(path, 8 * 100);
    flip_bit(path, 8 * 4196);
    assert_int_equal(make_set_folder(folder, temp_folder_path(t, "set"), &making), JET_errReadVerifyFailure);
    assert_true(finding_list_count_severity(&making.found, FINDING_ERROR) > 0);
    assert_false(path_exists(temp_folder_path(t, "set")));
    free(path);
}

static void what_is_no_database_is_refused(void **state)
{
    struct temp_folder *t = *state;
    struct opened o;
    const char *dirty = make_dirty_folder(t, "data");
    char *log = joined(dirty, "edb.log");
    assert_int_equal(open_source(&o, temp_folder_path(t, "nothing")), JET_errFileNotFound);
    assert_int_equal(open_source(&o, temp_folder_write(t, "text", "hello", 5)), JET_errDatabaseCorrupted);
    assert_int_equal(open_source(&o, temp_folder_write(t, "empty", "", 0)), JET_errDatabaseCorrupted);
    assert_int_equal(open_source(&o, log), JET_errDatabaseCorrupted);
    assert_int_equal(os_folder_create(temp_folder_path(t, "folder")), 0);
    assert_int_equal(open_source(&o, temp_folder_path(t, "folder")), JET_errFileNotFound);
    assert_int_equal(finding_list_count_severity(&o.found, FINDING_ERROR), 1);
    free(log);
}

/* ---- bytes ---- */

static void a_dirty_folder_survives_the_round_trip(void **state)
{
    struct temp_folder *t = *state;
    const char *folder = make_dirty_folder(t, "data");
    struct making making = {0};
    assert_int_equal(make_set_tar(folder, temp_folder_path(t, "set.tar"), &making), 0);
    assert_int_equal(making.result.files, 6);
    assert_int_equal(making.result.first_generation, FIRST_GENERATION);
    assert_int_equal(making.result.last_generation, LAST_GENERATION);
    assert_true(making.result.recoverable);
    assert_int_equal(restore_set(temp_folder_path(t, "set.tar"), temp_folder_path(t, "r"), false, NULL), 0);
    assert_same_files(folder, temp_folder_path(t, "r"));
}

static void a_damaged_log_ends_the_backup_or_is_recorded(void **state)
{
    struct temp_folder *t = *state;
    const char *folder = make_dirty_folder(t, "data");
    struct making making = {0};
    struct making going = {.keep_going = true};
    char *path = joined(folder, "edb00006.log");
    flip_bit(path, 8 * (3 * 4096 + 50));
    flip_bit(path, 8 * (3 * 4096 + 50) + 1);
    assert_int_equal(make_set_folder(folder, temp_folder_path(t, "set"), &making), JET_errLogReadVerifyFailure);
    assert_int_equal(make_set_folder(folder, temp_folder_path(t, "set"), &going), 0);
    assert_int_equal(finding_list_count(&going.found, FINDING_LOG_SEGMENT), 1);
    assert_false(going.result.recoverable);
    assert_int_equal(verify_set(temp_folder_path(t, "set"), NULL), JET_errReadVerifyFailure);
    assert_int_equal(restore_set(temp_folder_path(t, "set"), temp_folder_path(t, "r"), true, NULL), 0);
    assert_same_files(folder, temp_folder_path(t, "r"));
    free(path);
}

/* The crash came while the last segment was written: it is bad, its shadow copy behind it is whole, and nothing
 * follows. That is no damage, neither in the backup nor when the set is read. */
static void a_torn_end_of_the_current_log_is_a_note(void **state)
{
    enum { TORN = 5 };
    struct temp_folder *t = *state;
    const char *folder = make_dirty_folder(t, "data");
    struct making making = {0};
    size_t size;
    char *path = joined(folder, "edb.log");
    uint8_t *log = temp_file_read(path, &size);
    memcpy(log + (TORN + 1) * 4096, log + TORN * 4096, 4096);
    memset(log + (TORN + 2) * 4096, 0, size - (TORN + 2) * 4096);
    for (size_t i = 512; i < 4096; i++) /* nothing regular: linear checksums do not see every pattern */
        log[TORN * 4096 + i] = (uint8_t)(log[TORN * 4096 + i] + i * i % 251);
    assert_int_equal(os_file_remove(path), 0);
    temp_folder_write(t, "data/edb.log", log, size);
    free(log);
    free(path);
    assert_int_equal(make_set_tar(folder, temp_folder_path(t, "set.tar"), &making), 0);
    assert_int_equal(finding_list_count(&making.found, FINDING_LOG_TORN), 1);
    assert_int_equal(finding_list_count_severity(&making.found, FINDING_DAMAGE), 0);
    assert_true(making.result.recoverable);
    assert_int_equal(verify_set(temp_folder_path(t, "set.tar"), NULL), 0);
    assert_int_equal(restore_set(temp_folder_path(t, "set.tar"), temp_folder_path(t, "r"), false, NULL), 0);
    assert_same_files(folder, temp_folder_path(t, "r"));
}

static void with_keep_going_a_log_with_a_damaged_header_goes_along(void **state)
{
    struct temp_folder *t = *state;
    const char *folder = make_dirty_folder(t, "data");
    struct making making = {0};
    struct making going = {.keep_going = true};
    char *path = joined(folder, "edb00006.log");
    flip_bit(path, 8 * 100);
    assert_true(make_set_folder(folder, temp_folder_path(t, "set"), &making) < JET_errSuccess);
    assert_int_equal(make_set_folder(folder, temp_folder_path(t, "set"), &going), 0);
    assert_int_equal(finding_list_count_severity(&going.found, FINDING_ERROR), 0);
    assert_false(going.result.recoverable);
    assert_int_equal(restore_set(temp_folder_path(t, "set"), temp_folder_path(t, "r"), false, NULL),
                     JET_errReadVerifyFailure);
    assert_int_equal(restore_set(temp_folder_path(t, "set"), temp_folder_path(t, "r"), true, NULL), 0);
    assert_same_files(folder, temp_folder_path(t, "r"));
    free(path);
}

static void a_damaged_checkpoint_is_a_warning(void **state)
{
    struct temp_folder *t = *state;
    const char *folder = make_dirty_folder(t, "data");
    struct making making = {0};
    char *path = joined(folder, "edb.chk");
    flip_bit(path, 8 * 100);
    flip_bit(path, 8 * 4196);
    assert_int_equal(make_set_folder(folder, temp_folder_path(t, "set"), &making), 0);
    assert_int_equal(finding_list_count(&making.found, FINDING_CHECKPOINT), 1);
    assert_int_equal(restore_set(temp_folder_path(t, "set"), temp_folder_path(t, "r"), false, NULL), 0);
    assert_same_files(folder, temp_folder_path(t, "r"));
    free(path);
}

static void a_database_that_was_cut_ends_the_backup_or_is_recorded(void **state)
{
    struct temp_folder *t = *state;
    const char *source = make_source_folder(t, "data");
    struct database_image image;
    struct making making = {0};
    struct making going = {.keep_going = true};
    database_image_make_bare(&image, 4096, 20);
    char *path = joined(source, "a.edb");
    assert_int_equal(os_file_remove(path), 0);
    database_image_store(&image, t, "data/a.edb", image.size - 4096 - 100);
    database_image_done(&image);
    assert_int_equal(make_set_folder(source, temp_folder_path(t, "set"), &making), JET_errDatabaseCorrupted);
    assert_int_equal(make_set_folder(source, temp_folder_path(t, "set"), &going), 0);
    assert_int_equal(restore_set(temp_folder_path(t, "set"), temp_folder_path(t, "r"), false, NULL),
                     JET_errReadVerifyFailure);
    assert_int_equal(restore_set(temp_folder_path(t, "set"), temp_folder_path(t, "r"), true, NULL), 0);
    assert_same_files(source, temp_folder_path(t, "r"));
    free(path);
}

/* Old content behind the end of the database is not damage, and comes back as it was. */
static void pages_behind_the_end_of_the_database_come_along(void **state)
{
    struct temp_folder *t = *state;
    const char *source = make_source_folder(t, "data");
    struct making making = {0};
    static uint8_t junk[3 * 4096];
    struct os_file *file;
    char *path = joined(source, "a.edb");
    memset(junk, 0xC5, sizeof junk);
    assert_int_equal(os_file_open(path, OS_FILE_READ_WRITE, &file), 0);
    assert_int_equal(os_file_write(file, 22 * 4096, junk, sizeof junk), 0);
    os_file_close(file);
    assert_int_equal(make_set_tar(source, temp_folder_path(t, "set.tar"), &making), 0);
    assert_int_equal(finding_list_count(&making.found, FINDING_PAGE_FOREIGN), 3);
    assert_int_equal(finding_list_count_severity(&making.found, FINDING_DAMAGE), 0);
    assert_int_equal(restore_set(temp_folder_path(t, "set.tar"), temp_folder_path(t, "r"), false, NULL), 0);
    assert_same_files(source, temp_folder_path(t, "r"));
    free(path);
}

/* ---- real files ---- */

static void real_databases_survive_the_round_trip(void **state)
{
    struct temp_folder *t = *state;
    for (size_t i = 0; i < corpus_count; i++) {
        struct making making = {0};
        char *path = corpus_path(&corpus_files[i]);
        if (!path)
            continue;
        assert_int_equal(make_set_tar(path, temp_folder_path(t, "set.tar"), &making), 0);
        assert_int_equal(finding_list_count_severity(&making.found, FINDING_DAMAGE), 0);
        assert_int_equal(restore_set(temp_folder_path(t, "set.tar"), temp_folder_path(t, "r"), false, NULL), 0);
        size_t size_a, size_b;
        char *restored = joined(temp_folder_path(t, "r"), os_path_name(path));
        char *a = temp_file_read(path, &size_a);
        char *b = temp_file_read(restored, &size_b);
        assert_int_equal(size_a, size_b);
        assert_memory_equal(a, b, size_a);
        free(a);
        free(b);
        free(restored);
        free(path);
        temp_tree_remove(temp_folder_path(t, "r"));
        temp_tree_remove(temp_folder_path(t, "set.tar"));
    }
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, temp_folder_setup, temp_folder_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(a_folder_gives_databases_then_logs_then_the_checkpoint),
        IN_FOLDER(a_dirty_database_alone_brings_its_logs_and_a_clean_one_does_not),
        IN_FOLDER(a_missing_log_is_a_warning_and_the_set_says_so),
        IN_FOLDER(a_log_of_another_stream_among_ours_is_no_replacement),
        IN_FOLDER(logs_of_another_stream_do_not_make_a_database_recoverable),
        IN_FOLDER(strangers_are_left_out_with_a_note),
        IN_FOLDER(what_has_only_the_name_of_a_database_is_left_out_with_a_warning),
        IN_FOLDER(a_temporary_database_is_left_out),
        IN_FOLDER(a_database_with_two_damaged_headers_is_not_passed_over),
        IN_FOLDER(what_is_no_database_is_refused),
        IN_FOLDER(a_dirty_folder_survives_the_round_trip),
        IN_FOLDER(a_damaged_log_ends_the_backup_or_is_recorded),
        IN_FOLDER(a_torn_end_of_the_current_log_is_a_note),
        IN_FOLDER(with_keep_going_a_log_with_a_damaged_header_goes_along),
        IN_FOLDER(a_damaged_checkpoint_is_a_warning),
        IN_FOLDER(a_database_that_was_cut_ends_the_backup_or_is_recorded),
        IN_FOLDER(pages_behind_the_end_of_the_database_come_along),
        IN_FOLDER(real_databases_survive_the_round_trip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
