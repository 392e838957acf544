/* SPDX-License-Identifier: MIT */
/* A backup becomes a database again: at its place or at another, once or twice, with the logs that came after it or
 * without; and what does not fit is refused before anything is changed.
 *
 *      live/     logs and checkpoint of the instance          db/test.edb     its database
 *      set/      the backup: closed logs, test.edb, test.pat  elsewhere/      another place
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "backup_set.h"
#include "crash_copy.h"
#include "instance.h"
#include "isam/session.h"
#include "isam/transaction.h"
#include "log/log_stream.h"
#include "os/os_file.h"
#include "plain_database.h"
#include "recovery/backup_copy.h"
#include "recovery/restore.h"
#include "storage/database.h"
#include "support/temp_folder.h"

enum {
    ROWS = 300,
    PERCENTS_MOST = 200,
};

struct world {
    struct temp_folder *folder;
    struct instance instance;
    struct plain_database database;
    struct plain_row rows[ROWS];  /* in the backup */
    struct plain_row later[ROWS]; /* and what was done after it */
    lgen_t high;                  /* of the set; it begins with 1 */
    pgno_t fdp;
    unsigned told[3];
    unsigned percent;
};

static const char *path(struct world *world, const char *name)
{
    return temp_folder_path(world->folder, name);
}

static int setup(void **state)
{
    static const char *const folders[] = {"live", "db", "set", "elsewhere"};
    struct world *world = calloc(1, sizeof *world);
    void *folder = NULL;
    if (!world || temp_folder_setup(&folder) != 0 || crash_copy_begin() != 0)
        return -1;
    world->folder = folder;
    for (size_t i = 0; i < COUNT_OF(folders); i++)
        assert_int_equal(os_folder_create(path(world, folders[i])), JET_errSuccess);
    instance_init(&world->instance, world->folder);
    world->instance.config.system_path = world->instance.config.log_path = path(world, "live");
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;
    void *folder = world->folder;
    crash_copy_end();
    free(world);
    return temp_folder_teardown(&folder);
}

/* ---- a backup ---- */

static void put_some(struct world *world, struct session *session, struct plain_row *rows, uint32_t seed, unsigned step)
{
    assert_int_equal(transaction_begin(session, 0), JET_errSuccess);
    for (uint32_t key = seed % step; key < ROWS; key += step) {
        const struct plain_row row = {.exists = (key + seed) % 5 != 0, .seed = key * 31 + seed, .size = 50 + key % 200};
        assert_int_equal(plain_database_put(&world->database, session, key, &rows[key], &row), JET_errSuccess);
        rows[key] = row;
    }
    assert_int_equal(transaction_commit(session, 0, NULL), JET_errSuccess);
}

/* A transaction that never ends, a part of which is in the file. */
static void leave_open(struct world *world, struct session *session)
{
    assert_int_equal(transaction_begin(session, 0), JET_errSuccess);
    for (uint32_t key = 4; key < ROWS; key += 51) {
        const struct plain_row row = {.exists = true, .seed = 77, .size = 10};
        assert_int_equal(plain_database_put(&world->database, session, key, &world->rows[key], &row), JET_errSuccess);
    }
}

/* Rows in some generations, a part of them in the file; then the instance is gone. */
static void make_set(struct world *world)
{
    struct instance *instance = &world->instance;
    struct session *session, *other;
    instance_start(instance);
    plain_database_create(&world->database, instance->engine, path(world, "db/test.edb"));
    world->fdp = world->database.fdp;
    assert_int_equal(session_begin(instance->engine, &session), JET_errSuccess);
    assert_int_equal(session_begin(instance->engine, &other), JET_errSuccess);
    put_some(world, session, world->rows, 1, 1);
    assert_int_equal(log_flush_to(instance->engine->log, log_tip(instance->engine->log)), JET_errSuccess);
    assert_int_equal(database_flush(world->database.db), JET_errSuccess);
    (void)backup_set_roll(instance->engine);
    put_some(world, session, world->rows, 2, 2);
    leave_open(world, other);
    assert_int_equal(log_flush_to(instance->engine->log, log_tip(instance->engine->log)), JET_errSuccess);
    assert_int_equal(database_flush(world->database.db), JET_errSuccess);
    put_some(world, session, world->rows, 3, 3);
    world->high = backup_set_roll(instance->engine);
    session_end(session);
    session_end(other);
    plain_database_leave(&world->database);
    instance_crash(instance);
    assert_true(world->high >= 3);
    backup_set_copy_logs(path(world, "live"), path(world, "set"), 1, world->high);
    backup_set_copy_database(path(world, "db/test.edb"), path(world, "set"), 1, world->high);
    memcpy(world->later, world->rows, sizeof world->later);
}

static void empty(struct world *world, const char *folder)
{
    temp_tree_remove(path(world, folder));
    assert_int_equal(os_folder_create(path(world, folder)), JET_errSuccess);
}

static void lose_everything(struct world *world)
{
    empty(world, "live");
    empty(world, "db");
}

/* ---- restoring ---- */

static void hear(void *context, enum restore_moment moment, unsigned percent)
{
    struct world *world = context;
    assert_int_equal(world->told[RESTORE_COMPLETE], 0);
    world->told[moment]++;
    if (moment == RESTORE_BEGUN)
        assert_int_equal(percent, 0);
    else
        assert_true(percent > world->percent || (moment == RESTORE_COMPLETE && percent == 100));
    assert_true(percent <= 100);
    world->percent = percent;
}

static jet_err restore_to(struct world *world, const char *destination)
{
    const struct restore_folder options = {
        .source = path(world, "set"),
        .destination = destination ? path(world, destination) : NULL,
        .listener = {hear, world},
    };
    memset(world->told, 0, sizeof world->told);
    world->percent = 0;
    return restore_folder(&world->instance.config, &options);
}

/* The instance starts as after a clean end, and the rows are there. */
static void expect(struct world *world, const char *file, const struct plain_row *rows)
{
    instance_start(&world->instance);
    plain_database_attach(&world->database, world->instance.engine, path(world, file), world->fdp);
    plain_database_expect(&world->database, rows, ROWS);
    plain_database_leave(&world->database);
    instance_stop(&world->instance);
}

static void a_backup_becomes_the_database_it_was(void **state)
{
    struct world *world = *state;
    struct dbheader_disk header;
    make_set(world);
    lose_everything(world);
    assert_int_equal(restore_to(world, NULL), JET_errSuccess);
    assert_int_equal(world->told[RESTORE_BEGUN], 1);
    assert_true(world->told[RESTORE_PROGRESS] >= 3);
    assert_int_equal(world->told[RESTORE_COMPLETE], 1);
    backup_set_header(path(world, "db/test.edb"), &header);
    assert_int_equal(le32_get(header.state), DBHEADER_CLEAN);
    expect(world, "db/test.edb", world->rows);
}

static void know_of_backups(struct dbheader_disk *header, struct patchpage_disk *trailer)
{
    const struct bkinfo_disk some = {.generation_low = le32_make(1), .generation_high = le32_make(2)};
    (void)trailer;
    header->backup_full_prev = header->backup_incremental_prev = header->backup_copy_prev = some;
    header->backup_differential_prev = header->backup_snapshot_current = some;
    header->backup_type_full_prev = header->backup_type_differential_prev = le32_make(1);
    header->backup_type_copy_prev = header->backup_type_incremental_prev = le32_make(1);
}

static void a_restored_database_knows_of_no_backup(void **state)
{
    static const struct bkinfo_disk none;
    struct world *world = *state;
    struct dbheader_disk header;
    make_set(world);
    backup_set_change(path(world, "set/test.edb"), know_of_backups);
    lose_everything(world);
    assert_int_equal(restore_to(world, NULL), JET_errSuccess);
    backup_set_header(path(world, "db/test.edb"), &header);
    assert_memory_equal(&header.backup_full_current, &none, sizeof none);
    assert_memory_equal(&header.backup_snapshot_current, &none, sizeof none);
    assert_memory_equal(&header.backup_full_prev, &none, sizeof none);
    assert_memory_equal(&header.backup_incremental_prev, &none, sizeof none);
    assert_memory_equal(&header.backup_copy_prev, &none, sizeof none);
    assert_memory_equal(&header.backup_differential_prev, &none, sizeof none);
    assert_int_equal(le32_get(header.backup_type_full_prev), 0);
    assert_int_equal(le32_get(header.backup_type_incremental_prev), 0);
    assert_int_equal(le32_get(header.backup_type_copy_prev), 0);
    assert_int_equal(le32_get(header.backup_type_differential_prev), 0);
}

static void a_backup_can_be_restored_elsewhere_and_again(void **state)
{
    struct world *world = *state;
    struct os_path_info info;
    make_set(world);
    lose_everything(world);
    assert_int_equal(restore_to(world, "elsewhere"), JET_errSuccess);
    assert_int_equal(os_path_stat(path(world, "db/test.edb"), &info), JET_errFileNotFound);
    expect(world, "elsewhere/test.edb", world->rows);
    assert_int_equal(restore_to(world, "elsewhere"), JET_errSuccess); /* over it; the log has gone on meanwhile */
    expect(world, "elsewhere/test.edb", world->rows);
}

/* The instance goes on after the backup; its database is lost, its logs are not. */
static void go_on(struct world *world)
{
    struct instance *instance = &world->instance;
    struct session *session;
    instance_start_recovering(instance);
    plain_database_attach(&world->database, instance->engine, path(world, "db/test.edb"), world->fdp);
    assert_int_equal(session_begin(instance->engine, &session), JET_errSuccess);
    for (uint32_t i = 0; i < 3; i++) {
        put_some(world, session, world->later, 10 + i, 2);
        (void)backup_set_roll(instance->engine);
    }
    session_end(session);
    plain_database_leave(&world->database);
    instance_crash(instance);
    empty(world, "db");
}

static void what_came_after_the_backup_comes_back_from_the_log(void **state)
{
    struct world *world = *state;
    make_set(world);
    go_on(world);
    assert_int_equal(restore_to(world, NULL), JET_errSuccess);
    expect(world, "db/test.edb", world->later);
}

static void logs_of_before_the_set_may_be_gone_and_a_checkpoint_of_before_means_nothing(void **state)
{
    struct world *world = *state;
    make_set(world);
    go_on(world);
    for (lgen_t generation = 1; generation <= world->high; generation++) {
        char name[32];
        snprintf(name, sizeof name, "live/edb%05X.log", (unsigned)generation);
        assert_int_equal(os_file_remove(path(world, name)), JET_errSuccess);
    }
    assert_int_equal(restore_to(world, NULL), JET_errSuccess);
    expect(world, "db/test.edb", world->later);
}

static void logs_in_a_subfolder_are_those_of_an_atomic_backup(void **state)
{
    static const char *const names[] = {"set/new", "set/old"};
    struct world *world = *state;
    make_set(world);
    lose_everything(world);
    assert_int_equal(os_path_rename_new(path(world, "set"), path(world, "other")), JET_errSuccess);
    assert_int_equal(restore_to(world, NULL), JET_errFileNotFound); /* there is no folder */
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        empty(world, "db");
        empty(world, "live");
        if (i == 0)
            assert_int_equal(os_folder_create(path(world, "set")), JET_errSuccess);
        assert_int_equal(restore_to(world, NULL), JET_errFileNotFound);
        assert_int_equal(os_path_rename_new(path(world, "other"), path(world, names[i])), JET_errSuccess);
        assert_int_equal(restore_to(world, NULL), JET_errSuccess);
        expect(world, "db/test.edb", world->rows);
        assert_int_equal(os_path_rename_new(path(world, names[i]), path(world, "other")), JET_errSuccess);
    }
}

static void a_restore_that_failed_anywhere_can_be_repeated(void **state)
{
    struct world *world = *state;
    unsigned failures = 0;
    make_set(world);
    lose_everything(world);
    for (int writes = 0;; writes += 1 + writes / 8) {
        crash_copy_limit_writes(writes);
        jet_err err = restore_to(world, NULL);
        crash_copy_limit_writes(-1);
        if (err == JET_errSuccess)
            break;
        failures++;
        assert_int_equal(world->told[RESTORE_COMPLETE], 0);
        if (failures % 4 != 0) /* and sometimes right upon the next failure */
            assert_int_equal(restore_to(world, NULL), JET_errSuccess);
        if (failures % 3 == 0)
            lose_everything(world);
    }
    assert_true(failures > 5);
    expect(world, "db/test.edb", world->rows);
}

/* What is at the place of the database: no database, but ours, or a copy that replay takes. */
static bool is_old(struct world *world)
{
    static const char old[] = "old";
    uint8_t bytes[DBHEADER_PREFIX_SIZE];
    struct os_file *file;
    size_t actual;
    assert_int_equal(os_file_open(path(world, "db/test.edb"), OS_FILE_READ, &file), JET_errSuccess);
    assert_int_equal(os_file_read(file, 0, bytes, sizeof bytes, &actual), JET_errSuccess);
    os_file_close(file);
    return actual == sizeof old && memcmp(bytes, old, sizeof old) == 0;
}

static void put_old(struct world *world)
{
    struct os_file *file;
    empty(world, "db");
    assert_int_equal(os_file_open(path(world, "db/test.edb"), OS_FILE_CREATE_NEW, &file), JET_errSuccess);
    assert_int_equal(os_file_write(file, 0, "old", sizeof "old"), JET_errSuccess);
    os_file_close(file);
}

static void a_database_that_is_there_stays_until_its_copy_is_whole(void **state)
{
    struct world *world = *state;
    struct os_path_info info;
    struct dbheader_disk header;
    unsigned kept = 0, replaced = 0;
    make_set(world);
    for (int writes = 0;; writes++) {
        empty(world, "live");
        put_old(world);
        crash_copy_limit_writes(writes);
        jet_err err = restore_to(world, NULL);
        crash_copy_limit_writes(-1);
        assert_int_equal(os_path_stat(path(world, "db/test.edb.restoring"), &info), JET_errFileNotFound);
        if (err == JET_errSuccess)
            break;
        if (is_old(world)) {
            kept++;
            continue;
        }
        replaced++;
        backup_set_header(path(world, "db/test.edb"), &header);
        assert_false(backup_copy_is_unpatched(&header));
    }
    assert_true(kept > 3 && replaced > 0);
    expect(world, "db/test.edb", world->rows);
}

static void what_a_restore_left_that_was_cut_short_is_no_hindrance(void **state)
{
    struct world *world = *state;
    struct os_path_info info;
    make_set(world);
    lose_everything(world);
    put_old(world);
    assert_int_equal(os_path_rename_new(path(world, "db/test.edb"), path(world, "db/test.edb.restoring")),
                     JET_errSuccess);
    assert_int_equal(restore_to(world, NULL), JET_errSuccess);
    assert_int_equal(os_path_stat(path(world, "db/test.edb.restoring"), &info), JET_errFileNotFound);
    expect(world, "db/test.edb", world->rows);
}

/* ---- what does not fit ---- */

/* A file of the set is missing, or is another's. */
static void remove_file(struct world *world, const char *name)
{
    assert_int_equal(os_file_remove(path(world, name)), JET_errSuccess);
}

static void expect_untouched(struct world *world, jet_err err)
{
    struct os_folder_list names;
    struct os_path_info info;
    assert_int_equal(restore_to(world, NULL), err);
    assert_int_equal(os_path_stat(path(world, "db/test.edb"), &info), JET_errFileNotFound);
    assert_int_equal(os_folder_list(path(world, "live"), &names), JET_errSuccess);
    assert_int_equal(names.count, 0);
    os_folder_list_free(&names);
}

static void change_log(struct world *world, const char *name, void (*change)(struct logheader_disk *header))
{
    struct os_file *file;
    struct logheader_disk header;
    size_t actual;
    assert_int_equal(os_file_open(path(world, name), OS_FILE_READ_WRITE, &file), JET_errSuccess);
    assert_int_equal(os_file_read(file, 0, &header, sizeof header, &actual), JET_errSuccess);
    change(&header);
    logheader_seal(&header);
    assert_int_equal(os_file_write(file, 0, &header, sizeof header), JET_errSuccess);
    os_file_close(file);
}

static void other_stream(struct logheader_disk *header)
{
    header->signature.random = le32_make(le32_get(header->signature.random) + 1);
}

static void other_page_size(struct logheader_disk *header)
{
    header->page_size = le16_make(8192);
}

static void other_size(struct logheader_disk *header)
{
    header->segment_count = le16_make((uint16_t)(le16_get(header->segment_count) + 1));
}

static void other_predecessor(struct logheader_disk *header)
{
    header->prev_created.second ^= 1;
}

static void other_time(struct logheader_disk *header)
{
    header->created.second ^= 1;
}

static void other_generation(struct logheader_disk *header)
{
    header->generation = le32_make(le32_get(header->generation) + 20);
}

static void damage_header(struct logheader_disk *header)
{
    (void)header;
}

static void overwrite(struct world *world, const char *name, uint64_t offset)
{
    static const uint8_t noise[64] = {0xA5, 0x5A, 1, 2, 3};
    struct os_file *file;
    assert_int_equal(os_file_open(path(world, name), OS_FILE_READ_WRITE, &file), JET_errSuccess);
    assert_int_equal(os_file_write(file, offset, noise, sizeof noise), JET_errSuccess);
    os_file_close(file);
}

static void a_log_of_the_set_that_does_not_fit_is_refused(void **state)
{
    static const struct {
        void (*change)(struct logheader_disk *header);
        jet_err err;
    } rows[] = {
        {other_stream,      JET_errBadLogSignature            },
        {other_page_size,   JET_errPageSizeMismatch           },
        {other_size,        JET_errLogFileSizeMismatch        },
        {other_predecessor, JET_errGivenLogFileIsNotContiguous},
        {other_generation,  JET_errLogGenerationMismatch      },
        {damage_header,     JET_errLogFileCorrupt             },
    };
    struct world *world = *state;
    make_set(world);
    lose_everything(world);
    backup_set_copy_file(path(world, "set/edb00002.log"), path(world, "second"));
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        change_log(world, "set/edb00002.log", rows[i].change);
        if (rows[i].change == damage_header)
            overwrite(world, "set/edb00002.log", 700);
        expect_untouched(world, rows[i].err);
        remove_file(world, "set/edb00002.log");
        backup_set_copy_file(path(world, "second"), path(world, "set/edb00002.log"));
    }
    remove_file(world, "set/edb00002.log");
    expect_untouched(world, JET_errFileNotFound);
    backup_set_copy_file(path(world, "second"), path(world, "set/edb00002.log"));
    assert_int_equal(restore_to(world, NULL), JET_errSuccess);
}

static void cut_trailer(struct world *world)
{
    struct os_file *file;
    uint64_t size;
    assert_int_equal(os_file_open(path(world, "set/test.edb"), OS_FILE_READ_WRITE, &file), JET_errSuccess);
    assert_int_equal(os_file_size(file, &size), JET_errSuccess);
    assert_int_equal(os_file_set_size(file, size - 4096), JET_errSuccess);
    os_file_close(file);
}

static void a_copy_that_does_not_fit_is_refused(void **state)
{
    struct world *world = *state;
    char last[32];
    make_set(world);
    lose_everything(world);
    snprintf(last, sizeof last, "set/edb%05X.log", (unsigned)world->high);
    assert_int_equal(os_path_rename_new(path(world, last), path(world, "last")), JET_errSuccess);
    expect_untouched(world, JET_errEndingRestoreLogTooLow);
    assert_int_equal(os_path_rename_new(path(world, "last"), path(world, last)), JET_errSuccess);
    assert_int_equal(os_path_rename_new(path(world, "set/edb00001.log"), path(world, "first")), JET_errSuccess);
    expect_untouched(world, JET_errStartingRestoreLogTooHigh);
    assert_int_equal(os_path_rename_new(path(world, "first"), path(world, "set/edb00001.log")), JET_errSuccess);
    cut_trailer(world);
    expect_untouched(world, JET_errBadPatchPage);
    remove_file(world, "set/test.edb");
    expect_untouched(world, JET_errFileNotFound);
    remove_file(world, "set/test.pat");
    expect_untouched(world, JET_errPatchFileMissing);
    assert_int_equal(world->told[RESTORE_BEGUN], 1); /* the logs were good */
}

static void a_copy_of_which_the_logs_know_nothing_is_not_restored_in_silence(void **state)
{
    struct world *world = *state;
    make_set(world);
    lose_everything(world);
    backup_set_copy_file(path(world, "set/test.edb"), path(world, "set/stranger.edb"));
    (void)temp_folder_write(world->folder, "set/stranger.pat", NULL, 0);
    assert_int_equal(restore_to(world, NULL), JET_errAttachedDatabaseMismatch);
    assert_int_equal(world->told[RESTORE_COMPLETE], 0);
    remove_file(world, "set/stranger.pat");
    assert_int_equal(restore_to(world, NULL), JET_errSuccess);
    expect(world, "db/test.edb", world->rows);
}

/* Both begin with 1, and one continues the set. */
static void existing_logs_that_do_not_fit_are_refused_and_left_alone(void **state)
{
    struct world *world = *state;
    struct os_path_info info;
    char first[32], second[32], last[32];
    make_set(world);
    go_on(world);
    snprintf(first, sizeof first, "live/edb%05X.log", (unsigned)world->high + 1);
    snprintf(second, sizeof second, "live/edb%05X.log", (unsigned)world->high + 2);
    snprintf(last, sizeof last, "live/edb%05X.log", (unsigned)world->high);
    const struct {
        const char *name;
        void (*change)(struct logheader_disk *header); /* NULL: it is missing */
        jet_err err;
    } rows[] = {
        {first,               other_stream,      JET_errExistingLogFileHasBadSignature},
        {"live/edb.log",      other_stream,      JET_errExistingLogFileHasBadSignature},
        {"live/edb00001.log", other_stream,      JET_errExistingLogFileHasBadSignature},
        {first,               other_predecessor, JET_errExistingLogFileIsNotContiguous},
        {second,              other_predecessor, JET_errExistingLogFileIsNotContiguous},
        {"live/edb.log",      other_predecessor, JET_errExistingLogFileIsNotContiguous},
        {last,                other_time,        JET_errExistingLogFileIsNotContiguous},
        {"live/edb.log",      other_generation,  JET_errMissingCurrentLogFiles        },
        {"live/edb00002.log", NULL,              JET_errMissingRestoreLogFiles        },
        {first,               NULL,              JET_errMissingCurrentLogFiles        },
        {second,              NULL,              JET_errMissingCurrentLogFiles        },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        backup_set_copy_file(path(world, rows[i].name), path(world, "kept"));
        if (rows[i].change)
            change_log(world, rows[i].name, rows[i].change);
        else
            remove_file(world, rows[i].name);
        assert_int_equal(restore_to(world, NULL), rows[i].err);
        assert_int_equal(world->told[RESTORE_BEGUN], 0);
        assert_int_equal(os_path_stat(path(world, "db/test.edb"), &info), JET_errFileNotFound);
        if (rows[i].change)
            remove_file(world, rows[i].name);
        assert_int_equal(os_path_rename_new(path(world, "kept"), path(world, rows[i].name)), JET_errSuccess);
    }
    assert_int_equal(restore_to(world, NULL), JET_errSuccess);
    expect(world, "db/test.edb", world->later);
}

static void existing_logs_that_end_before_the_set_would_leave_a_hole(void **state)
{
    struct world *world = *state;
    char last[32];
    make_set(world);
    snprintf(last, sizeof last, "live/edb%05X.log", (unsigned)world->high);
    remove_file(world, "live/edb.log");
    remove_file(world, last);
    empty(world, "db");
    assert_int_equal(restore_to(world, NULL), JET_errExistingLogFileIsNotContiguous);
    backup_set_copy_logs(path(world, "set"), path(world, "live"), world->high, world->high);
    assert_int_equal(restore_to(world, NULL), JET_errSuccess);
    expect(world, "db/test.edb", world->rows);
}

static void damage_in_a_log_says_on_which_side_of_the_set_it_is(void **state)
{
    struct world *world = *state;
    char after[32];
    make_set(world);
    go_on(world);
    snprintf(after, sizeof after, "live/edb%05X.log", (unsigned)world->high + 1);
    backup_set_copy_file(path(world, after), path(world, "kept"));
    overwrite(world, after, 4096 + 200);
    assert_int_equal(restore_to(world, NULL), JET_errLogCorruptDuringHardRecovery);
    remove_file(world, after);
    backup_set_copy_file(path(world, "kept"), path(world, after));
    overwrite(world, "set/edb00002.log", 4096 + 200);
    assert_int_equal(restore_to(world, NULL), JET_errLogCorruptDuringHardRestore);
}

/* ---- copies that nobody restored ---- */

/* The copy is put where the database was, without a restore. */
static void put_copy(struct world *world)
{
    empty(world, "db");
    backup_set_copy_file(path(world, "set/test.edb"), path(world, "db/test.edb"));
}

static void soft_recovery_wants_no_copy_unless_it_may(void **state)
{
    struct world *world = *state;
    struct dbheader_disk header;
    make_set(world);
    put_copy(world);
    assert_int_equal(instance_try(&world->instance), JET_errSoftRecoveryOnBackupDatabase);
    backup_set_header(path(world, "db/test.edb"), &header);
    assert_int_equal(le32_get(header.state), DBHEADER_DIRTY);
    world->instance.options.flags = RECOVERY_ALLOW_BACKUP_DB;
    instance_start_recovering(&world->instance);
    instance_stop(&world->instance);
    world->instance.options.flags = 0;
    backup_set_header(path(world, "db/test.edb"), &header);
    assert_int_equal(le32_get(header.backup_full_current.generation_low), 0);
    expect(world, "db/test.edb", world->rows);
}

static void even_if_it_may_the_trailer_must_be_good_and_the_logs_there(void **state)
{
    struct world *world = *state;
    char last[32];
    make_set(world);
    put_copy(world);
    snprintf(last, sizeof last, "live/edb%05X.log", (unsigned)world->high);
    world->instance.options.flags = RECOVERY_ALLOW_BACKUP_DB | RECOVERY_ALLOW_MISSING_CURRENT;
    remove_file(world, "live/edb.log");
    remove_file(world, "live/edb.chk"); /* it may name a log that is gone */
    assert_int_equal(os_path_rename_new(path(world, last), path(world, "kept")), JET_errSuccess);
    assert_int_equal(instance_try(&world->instance), JET_errRequiredLogFilesMissing);
    assert_int_equal(os_path_rename_new(path(world, "kept"), path(world, last)), JET_errSuccess);
    cut_trailer(world);
    put_copy(world);
    assert_int_equal(instance_try(&world->instance), JET_errBadPatchPage);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_backup_becomes_the_database_it_was),
        TEST(a_restored_database_knows_of_no_backup),
        TEST(a_backup_can_be_restored_elsewhere_and_again),
        TEST(what_came_after_the_backup_comes_back_from_the_log),
        TEST(logs_of_before_the_set_may_be_gone_and_a_checkpoint_of_before_means_nothing),
        TEST(logs_in_a_subfolder_are_those_of_an_atomic_backup),
        TEST(a_restore_that_failed_anywhere_can_be_repeated),
        TEST(a_database_that_is_there_stays_until_its_copy_is_whole),
        TEST(what_a_restore_left_that_was_cut_short_is_no_hindrance),
        TEST(a_log_of_the_set_that_does_not_fit_is_refused),
        TEST(a_copy_that_does_not_fit_is_refused),
        TEST(a_copy_of_which_the_logs_know_nothing_is_not_restored_in_silence),
        TEST(existing_logs_that_do_not_fit_are_refused_and_left_alone),
        TEST(existing_logs_that_end_before_the_set_would_leave_a_hole),
        TEST(damage_in_a_log_says_on_which_side_of_the_set_it_is),
        TEST(soft_recovery_wants_no_copy_unless_it_may),
        TEST(even_if_it_may_the_trailer_must_be_good_and_the_logs_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
