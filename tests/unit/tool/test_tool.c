/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/compiler.h"
#include "format/page.h"
#include "os/os_file.h"
#include "support/temp_folder.h"
#include "tool/demo.h"
#include "tool/sample_database.h"
#include "tool/sample_log.h"
#include "tool/tool.h"

/* Runs the command line; the words are separate arguments, ended by NULL. Quietly: what it prints is for others. */
static int run(const char *first, ...)
{
    char words[12][600];
    char *arguments[14] = {words[0], words[1]};
    int count = 2;
    va_list more;
    snprintf(words[0], sizeof words[0], "coldstream");
    snprintf(words[1], sizeof words[1], "%s", first);
    va_start(more, first);
    for (const char *word = va_arg(more, const char *); word; word = va_arg(more, const char *)) {
        snprintf(words[count], sizeof words[count], "%s", word);
        arguments[count] = words[count];
        count++;
    }
    va_end(more);
    return coldstream_main(count, arguments, NULL);
}

static void make_database(const char *path)
{
    assert_int_equal(run("demo", "-q", "--make", path, "--size", "2M", NULL), 0);
}

static bool exists(const char *path)
{
    struct os_path_info info;
    return os_path_stat(path, &info) >= JET_errSuccess;
}

static void assert_same_files(const char *a, const char *b)
{
    bool is_equal = false;
    assert_int_equal(demo_compare(a, b, &is_equal), JET_errSuccess);
    assert_true(is_equal);
}

static void wrong_usage_is_2(void **state)
{
    assert_int_equal(run("frob", NULL), 2);
    assert_int_equal(run("--frob", NULL), 2);
    assert_int_equal(run("-q", NULL), 2);
    assert_int_equal(run("info", NULL), 2);
    assert_int_equal(run("info", "a", "b", NULL), 2);
    assert_int_equal(run("info", "--stdout", "a", NULL), 2);
    assert_int_equal(run("verify", NULL), 2);
    assert_int_equal(run("verify", "--jobs", "0", "a", NULL), 2);
    assert_int_equal(run("verify", "--progress", "perhaps", "a", NULL), 2);
    assert_int_equal(run("dump", "a", NULL), 2);
    assert_int_equal(run("dump", "a", "--page", "-1", NULL), 2);
    assert_int_equal(run("backup", "a", NULL), 2);
    assert_int_equal(run("backup", "a", "-o", "b", "--stdout", NULL), 2);
    assert_int_equal(run("restore", "a", NULL), 2);
    assert_int_equal(run("demo", "--size", "1", NULL), 2);
    assert_int_equal(run("demo", "--make", "a", "--page-size", "5000", NULL), 2);
}

static void what_is_not_there_is_9(void **state)
{
    const char *const missing[] = {temp_folder_path(*state, "missing"), temp_folder_path(*state, "nowhere/missing")};
    const char *target = temp_folder_path(*state, "target");
    for (size_t i = 0; i < COUNT_OF(missing); i++) {
        assert_int_equal(run("-q", "info", missing[i], NULL), 9);
        assert_int_equal(run("-q", "verify", missing[i], NULL), 9);
        assert_int_equal(run("-q", "dump", missing[i], "--page", "1", NULL), 9);
        assert_int_equal(run("-q", "backup", missing[i], "-o", target, NULL), 9);
        assert_int_equal(run("-q", "restore", missing[i], "-o", target, NULL), 9);
        assert_false(exists(target));
    }
}

static void what_is_something_else_is_1(void **state)
{
    const char *empty = temp_folder_write(*state, "empty.edb", "", 0);
    const char *text = temp_folder_write(*state, "text.edb", "no database", 11);
    const char *target = temp_folder_path(*state, "target");
    const char *const wrong[] = {empty, text};
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        assert_int_equal(run("-q", "info", wrong[i], NULL), 1);
        assert_int_equal(run("-q", "verify", wrong[i], NULL), 1);
        assert_int_equal(run("-q", "dump", wrong[i], "--page", "1", NULL), 1);
        assert_int_equal(run("-q", "backup", wrong[i], "-o", target, NULL), 1);
        assert_int_equal(run("-q", "restore", wrong[i], "-o", target, NULL), 1);
        assert_false(exists(target));
    }
}

static void backup_and_restore_give_back_the_same_bytes(void **state)
{
    const char *database = temp_folder_path(*state, "mail.edb");
    const char *set = temp_folder_path(*state, "set");
    const char *folder = temp_folder_path(*state, "restored");
    make_database(database);
    assert_int_equal(run("backup", "-q", database, "-o", set, NULL), 0);
    assert_int_equal(run("verify", "-q", set, database, NULL), 0);
    assert_int_equal(run("info", "-q", set, NULL), 0);
    assert_int_equal(run("restore", "-q", set, "-o", folder, NULL), 0);
    assert_same_files(database, temp_folder_path(*state, "restored/mail.edb"));
    assert_int_equal(run("backup", "-q", database, "-o", set, NULL), 1);
    assert_int_equal(run("restore", "-q", set, "-o", folder, NULL), 1);
}

static void dirty_database_is_backed_up_with_its_logs(void **state)
{
    struct sample_log_stream stream;
    struct sample_database_info info;
    const char *source = temp_folder_path(*state, "source");
    const char *set = temp_folder_path(*state, "set");
    assert_int_equal(os_folder_create(source), JET_errSuccess);
    assert_int_equal(sample_log_stream_make(5, 7, &stream), JET_errSuccess);
    struct sample_database_request database = {
        .path = temp_folder_path(*state, "source/mail.edb"), .page_size = 4096, .log = &stream};
    assert_int_equal(sample_database_write(&database, &info), JET_errSuccess);
    struct sample_log_request log = {
        .folder = source,
        .stream = &stream,
        .page_size = 4096,
        .count_segments = 16,
        .database_path = "mail.edb",
        .database = &info,
    };
    assert_int_equal(sample_log_write(&log), JET_errSuccess);
    assert_int_equal(run("verify", "-q", source, NULL), 0);
    assert_int_equal(run("backup", "-q", source, "-o", set, NULL), 0);
    assert_int_equal(run("verify", "-q", set, NULL), 0);
    assert_int_equal(run("restore", "-q", set, "-o", temp_folder_path(*state, "restored"), NULL), 0);
    static const char *const names[] = {"mail.edb", "edb00005.log", "edb00006.log", "edb.log"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        char original[64], restored[64];
        snprintf(original, sizeof original, "source/%s", names[i]);
        snprintf(restored, sizeof restored, "restored/%s", names[i]);
        assert_same_files(temp_folder_path(*state, original), temp_folder_path(*state, restored));
    }
}

static void missing_logs_are_a_warning(void **state)
{
    struct sample_log_stream stream;
    struct sample_database_info info;
    assert_int_equal(sample_log_stream_make(5, 7, &stream), JET_errSuccess);
    struct sample_database_request database = {
        .path = temp_folder_path(*state, "mail.edb"), .page_size = 4096, .log = &stream};
    assert_int_equal(sample_database_write(&database, &info), JET_errSuccess);
    assert_int_equal(run("backup", "-q", database.path, "-o", temp_folder_path(*state, "set"), NULL), 3);
}

static void flipped_bit_is_7_to_verify_and_3_to_backup(void **state)
{
    const char *database = temp_folder_path(*state, "mail.edb");
    const char *set = temp_folder_path(*state, "set");
    make_database(database);
    assert_int_equal(demo_flip_bit(database, page_offset(100, 4096), 8000), JET_errSuccess);
    assert_int_equal(run("verify", "-q", database, NULL), 7);
    assert_int_equal(run("dump", "-q", database, "--page", "100", NULL), 7);
    assert_int_equal(run("backup", "-q", database, "-o", set, NULL), 3);
    assert_int_equal(run("verify", "-q", set, NULL), 0);
}

static void damaged_page_ends_the_backup_unless_it_shall_go_on(void **state)
{
    const char *database = temp_folder_path(*state, "mail.edb");
    const char *set = temp_folder_path(*state, "set");
    const char *folder = temp_folder_path(*state, "restored");
    make_database(database);
    assert_int_equal(demo_flip_bit(database, page_offset(100, 4096), 8000), JET_errSuccess);
    assert_int_equal(demo_flip_bit(database, page_offset(100, 4096), 9000), JET_errSuccess);
    assert_int_equal(run("verify", "-q", database, NULL), 7);
    assert_int_equal(run("backup", "-q", database, "-o", set, NULL), 7);
    assert_false(exists(set));
    assert_int_equal(run("backup", "-q", "--keep-going", database, "-o", set, NULL), 3);
    assert_int_equal(run("verify", "-q", set, NULL), 7);
    assert_int_equal(run("restore", "-q", set, "-o", folder, NULL), 7);
    assert_false(exists(temp_folder_path(*state, "restored/mail.edb")));
    assert_int_equal(run("restore", "-q", set, "-o", folder, "--allow-damage", NULL), 3);
    assert_same_files(database, temp_folder_path(*state, "restored/mail.edb"));
}

static void worst_of_several_files_counts(void **state)
{
    const char *sound = temp_folder_path(*state, "sound.edb");
    const char *damaged = temp_folder_path(*state, "damaged.edb");
    const char *missing = temp_folder_path(*state, "missing.edb");
    make_database(sound);
    make_database(damaged);
    assert_int_equal(demo_flip_bit(damaged, page_offset(100, 4096), 8000), JET_errSuccess);
    assert_int_equal(run("verify", "-q", sound, missing, sound, NULL), 9);
    assert_int_equal(run("verify", "-q", missing, damaged, sound, NULL), 7);
    assert_int_equal(run("verify", "-q", sound, sound, NULL), 0);
}

/* Of a format version that nobody knows, and sound: the XOR checksum goes along bit by bit. */
static void make_database_of_other_version(const char *path)
{
    enum { VERSION_OFFSET = 8, BIT = 8 };
    make_database(path);
    for (uint64_t copy = 0; copy < 2; copy++) {
        assert_int_equal(demo_flip_bit(path, copy * 4096, BIT), JET_errSuccess);
        assert_int_equal(demo_flip_bit(path, copy * 4096, 8 * VERSION_OFFSET + BIT), JET_errSuccess);
    }
}

static void damage_in_a_folder_counts_more_than_another_failure_before_it(void **state)
{
    const char *folder = temp_folder_path(*state, "data");
    const char *damaged = temp_folder_path(*state, "data/b.edb");
    assert_int_equal(os_folder_create(folder), JET_errSuccess);
    make_database_of_other_version(temp_folder_path(*state, "data/a.edb"));
    make_database(damaged);
    assert_int_equal(run("verify", "-q", folder, NULL), 1);
    assert_int_equal(demo_flip_bit(damaged, page_offset(100, 4096), 8000), JET_errSuccess);
    assert_int_equal(demo_flip_bit(damaged, page_offset(100, 4096), 9000), JET_errSuccess);
    assert_int_equal(run("verify", "-q", folder, NULL), 7);
}

static void demonstration_succeeds_and_leaves_only_what_it_shall_keep(void **state)
{
    const char *keep = temp_folder_path(*state, "kept");
    assert_int_equal(run("demo", "-q", "--size", "5M", NULL), 0);
    assert_int_equal(run("demo", "-q", "--size", "5M", "--keep", keep, NULL), 0);
    assert_true(exists(temp_folder_path(*state, "kept/demo.edb")));
    assert_true(exists(temp_folder_path(*state, "kept/backup")));
    assert_false(exists(temp_folder_path(*state, "kept/stopped")));
    assert_int_equal(run("demo", "-q", "--size", "5M", "--keep", keep, NULL), 1);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, temp_folder_setup, temp_folder_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_usage_is_2),
        IN_FOLDER(what_is_not_there_is_9),
        IN_FOLDER(what_is_something_else_is_1),
        IN_FOLDER(backup_and_restore_give_back_the_same_bytes),
        IN_FOLDER(dirty_database_is_backed_up_with_its_logs),
        IN_FOLDER(missing_logs_are_a_warning),
        IN_FOLDER(flipped_bit_is_7_to_verify_and_3_to_backup),
        IN_FOLDER(damaged_page_ends_the_backup_unless_it_shall_go_on),
        IN_FOLDER(worst_of_several_files_counts),
        IN_FOLDER(damage_in_a_folder_counts_more_than_another_failure_before_it),
        IN_FOLDER(demonstration_succeeds_and_leaves_only_what_it_shall_keep),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
