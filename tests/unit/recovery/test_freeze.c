/* SPDX-License-Identifier: MIT */
/* One engine stands still for a snapshot: what waits, what is on disk, and what the snapshot leaves in headers and
 * logs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "format/logrecord.h"
#include "instance.h"
#include "isam/engine_database.h"
#include "isam/session.h"
#include "log/log_reader.h"
#include "log/log_stream.h"
#include "os/os_file.h"
#include "os/os_thread.h"
#include "recovery/checkpoint.h"
#include "recovery/freeze.h"
#include "recovery/log_settings.h"
#include "storage/database.h"
#include "support/file_changes.h"
#include "support/temp_folder.h"

enum { A_WHILE_MS = 30, DATABASES = 2 };

struct world {
    struct temp_folder *folder;
    struct instance instance;
    struct session *session;
    struct freeze freeze;
};

static const struct freeze_kind full, copy = {.is_copy = true}, incremental = {.is_logs_only = true},
                                      differential = {.is_logs_only = true, .is_copy = true};

static const char *database_path(struct world *world, unsigned i)
{
    return temp_folder_path(world->folder, i == 0 ? "one.edb" : "two.edb");
}

static void begin_session(struct world *world)
{
    assert_int_equal(session_begin(world->instance.engine, &world->session), JET_errSuccess);
}

static void world_start(struct world *world, struct temp_folder *folder, bool is_circular)
{
    *world = (struct world){.folder = folder};
    instance_init(&world->instance, folder);
    world->instance.config.circular_log = is_circular;
    instance_start(&world->instance);
    begin_session(world);
    for (unsigned i = 0; i < DATABASES; i++) {
        const struct engine_database_new options = {.path = database_path(world, i)};
        unsigned dbid;
        assert_int_equal(engine_database_create(world->session, &options, &dbid), JET_errSuccess);
        engine_database_close(world->session, dbid);
    }
}

static void world_stop(struct world *world)
{
    session_end(world->session);
    instance_stop(&world->instance);
}

static void world_crash(struct world *world)
{
    session_end(world->session);
    instance_crash(&world->instance);
}

/* What the header of a database says now. */
static struct dbheader_disk header_of(struct world *world, unsigned i)
{
    struct dbheader_disk header;
    struct database *db = engine_database_hold(world->instance.engine, i + 1);
    assert_non_null(db);
    database_header_get(db, &header);
    engine_database_release(world->instance.engine, i + 1);
    return header;
}

static lgen_t generation_now(struct world *world)
{
    return log_generation(world->instance.engine->log);
}

static void prepare(struct world *world, const struct freeze_kind *kind)
{
    freeze_prepare(&world->freeze, world->instance.engine, kind);
}

/* From prepare to the end. */
static void snapshot(struct world *world, const struct freeze_kind *kind)
{
    prepare(world, kind);
    assert_int_equal(freeze_engine(&world->freeze), JET_errSuccess);
    assert_int_equal(freeze_thaw(&world->freeze), JET_errSuccess);
    if (!kind->is_copy)
        assert_int_equal(freeze_truncate(&world->freeze, true), JET_errSuccess);
    assert_int_equal(freeze_stamp(&world->freeze), JET_errSuccess);
    freeze_end(&world->freeze);
}

static void move_checkpoint(struct world *world)
{
    for (unsigned i = 0; i < DATABASES; i++) {
        struct database *db = engine_database_hold(world->instance.engine, i + 1);
        assert_int_equal(database_flush(db), JET_errSuccess);
        engine_database_release(world->instance.engine, i + 1);
    }
    assert_int_equal(checkpoint_advance(world->instance.engine, UINT64_MAX), JET_errSuccess);
}

/* A new database, for its log records. */
static void make_work(struct world *world)
{
    const struct engine_database_new options = {.path = temp_folder_path(world->folder, "work.edb"), .overwrite = true};
    unsigned dbid;
    assert_int_equal(engine_database_create(world->session, &options, &dbid), JET_errSuccess);
    engine_database_close(world->session, dbid);
    assert_int_equal(engine_database_detach(world->session, options.path), JET_errSuccess);
    assert_int_equal(os_file_remove(options.path), JET_errSuccess);
}

/* ---- standing still ---- */

static void attach_another(void *context)
{
    struct world *world = context;
    struct session *session;
    const struct engine_database_new options = {.path = temp_folder_path(world->folder, "three.edb")};
    unsigned dbid;
    if (session_begin(world->instance.engine, &session) < JET_errSuccess)
        return;
    if (engine_database_create(session, &options, &dbid) >= JET_errSuccess)
        engine_database_close(session, dbid);
    session_end(session);
}

/* What the background does in its own time: pages to their file, headers, checkpoint. */
static void write_all(void *context)
{
    struct world *world = context;
    struct database *db = engine_database_hold(world->instance.engine, 2);
    jet_err_ignore(database_flush(db));
    engine_database_release(world->instance.engine, 2);
    jet_err_ignore(checkpoint_advance(world->instance.engine, UINT64_MAX));
}

static void move_checkpoint_only(void *context)
{
    struct world *world = context;
    const struct log_checkpoint checkpoint = {.checkpoint = log_checkpoint_get(world->instance.engine->log)};
    jet_err_ignore(log_checkpoint_write(world->instance.engine->log, &checkpoint));
}

static void nothing_changes_and_no_database_comes(struct temp_folder *folder, bool is_circular)
{
    struct world world;
    static void (*const acts[])(void *context) = {attach_another, write_all, move_checkpoint_only};
    struct os_thread *threads[3];
    struct os_event *never;
    assert_int_equal(os_event_new(&never), JET_errSuccess);
    world_start(&world, folder, is_circular);
    prepare(&world, &full);
    assert_int_equal(freeze_engine(&world.freeze), JET_errSuccess);
    const unsigned changes = file_changes();
    (void)temp_folder_path(folder, "three.edb"); /* names are not made by two threads at once */
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(os_thread_start(acts[i], &world, &threads[i]), JET_errSuccess);
    checkpoint_wish(world.instance.engine);
    (void)os_event_wait(never, A_WHILE_MS);
    assert_int_equal(file_changes(), changes);
    assert_null(engine_database_hold(world.instance.engine, 3));
    assert_int_equal(freeze_thaw(&world.freeze), JET_errSuccess);
    for (unsigned i = 0; i < 3; i++)
        os_thread_join(threads[i]);
    assert_true(file_changes() > changes);
    assert_non_null(engine_database_hold(world.instance.engine, 3));
    engine_database_release(world.instance.engine, 3);
    freeze_end(&world.freeze);
    world_stop(&world);
    os_event_free(never);
    instance_start(&world.instance);
    instance_stop(&world.instance);
}

static void a_frozen_engine_changes_nothing_on_disk(void **state)
{
    nothing_changes_and_no_database_comes(*state, false);
}

static void a_frozen_engine_with_circular_logging_changes_nothing_either(void **state)
{
    nothing_changes_and_no_database_comes(*state, true);
}

/* ---- headers ---- */

static void check_full(const struct dbheader_disk *header, const struct freeze *freeze)
{
    assert_memory_equal(&header->backup_full_prev, &freeze->info, sizeof freeze->info);
    assert_int_equal(le32_get(header->backup_type_full_prev), DBHEADER_BACKUP_OS_SNAPSHOT);
    assert_int_equal(le32_get(header->backup_incremental_prev.generation_low), 0);
    assert_int_equal(le32_get(header->backup_full_current.generation_low), 0);
}

static void headers_know_a_full_snapshot_and_recovery_repeats_it(void **state)
{
    struct world world;
    world_start(&world, *state, false);
    const lgen_t before = generation_now(&world);
    snapshot(&world, &full);
    assert_int_equal(generation_now(&world), before + 1);
    assert_int_equal(le32_get(world.freeze.info.generation_high), before);
    assert_int_equal(lgpos_get(world.freeze.info.lgpos).generation, before + 1);
    for (unsigned i = 0; i < DATABASES; i++) {
        const struct dbheader_disk header = header_of(&world, i);
        check_full(&header, &world.freeze);
    }
    world_crash(&world);
    instance_start_recovering(&world.instance);
    instance_stop(&world.instance);
    for (unsigned i = 0; i < DATABASES; i++) {
        size_t size;
        void *bytes = temp_file_read(database_path(&world, i), &size);
        check_full(bytes, &world.freeze);
        free(bytes);
    }
}

static void redo_of_a_note_gives_a_header_that_lacks_it(void **state)
{
    struct logrec_backup record = {
        .phase = LOGREC_BACKUP_UPDATE_HEADER,
        .kind = LOGREC_BACKUP_SURROGATE,
        .scope = LOGREC_BACKUP_FULL,
        .mark = {.generation_low = le32_make(3), .generation_high = le32_make(4)}
    };
    struct world world;
    record.mark.lgpos = lgpos_make((struct lgpos){.generation = 5, .isec = 1});
    world_start(&world, *state, false);
    struct database *db = engine_database_hold(world.instance.engine, 1);
    assert_int_equal(backup_stamp_redo(db, &record), JET_errSuccess);
    assert_int_equal(le32_get(header_of(&world, 0).backup_type_full_prev), DBHEADER_BACKUP_OS_SNAPSHOT);
    assert_int_equal(le32_get(header_of(&world, 0).backup_full_prev.generation_high), 4);
    record.mark.lgpos = lgpos_make((struct lgpos){.generation = 4, .isec = 1}); /* an older one */
    record.mark.generation_high = le32_make(2);
    const unsigned changes = file_changes();
    assert_int_equal(backup_stamp_redo(db, &record), JET_errSuccess);
    record.phase = LOGREC_BACKUP_STOP;
    assert_int_equal(backup_stamp_redo(db, &record), JET_errSuccess);
    record.phase = LOGREC_BACKUP_UPDATE_HEADER;
    record.scope = 77;
    assert_int_equal(backup_stamp_redo(db, &record), JET_errSuccess);
    assert_int_equal(file_changes(), changes);
    assert_int_equal(le32_get(header_of(&world, 0).backup_full_prev.generation_high), 4);
    engine_database_release(world.instance.engine, 1);
    world_stop(&world);
}

static void copies_have_a_place_of_their_own(void **state)
{
    struct world world;
    world_start(&world, *state, false);
    snapshot(&world, &full);
    const struct bkinfo_disk base = world.freeze.info;
    snapshot(&world, &copy);
    const struct bkinfo_disk copied = world.freeze.info;
    snapshot(&world, &differential);
    const struct bkinfo_disk difference = world.freeze.info;
    snapshot(&world, &incremental);
    const struct dbheader_disk header = header_of(&world, 1);
    assert_memory_equal(&header.backup_full_prev, &base, sizeof base);
    assert_memory_equal(&header.backup_copy_prev, &copied, sizeof copied);
    assert_memory_equal(&header.backup_differential_prev, &difference, sizeof difference);
    assert_memory_equal(&header.backup_incremental_prev, &world.freeze.info, sizeof world.freeze.info);
    snapshot(&world, &full);
    const struct dbheader_disk after = header_of(&world, 1);
    check_full(&after, &world.freeze);
    assert_int_equal(le32_get(after.backup_differential_prev.generation_low), 0);
    assert_memory_equal(&after.backup_copy_prev, &copied, sizeof copied);
    world_stop(&world);
}

/* ---- what logs alone can build on ---- */

static void refused(struct world *world, const struct freeze_kind *kind, jet_err expected)
{
    prepare(world, kind);
    assert_int_equal(freeze_engine(&world->freeze), expected);
    freeze_end(&world->freeze);
    make_work(world); /* everything works */
}

static void logs_alone_need_a_full_snapshot(void **state)
{
    struct world world;
    world_start(&world, *state, false);
    refused(&world, &incremental, JET_errMissingFullBackup);
    snapshot(&world, &copy);
    refused(&world, &incremental, JET_errMissingFullBackup);
    snapshot(&world, &full);
    snapshot(&world, &incremental);
    assert_int_equal(log_truncate(world.instance.engine->log, generation_now(&world)), JET_errSuccess);
    while (generation_now(&world) <= le32_get(world.freeze.info.generation_high) + 2)
        make_work(&world);
    assert_int_equal(log_truncate(world.instance.engine->log, generation_now(&world)), JET_errSuccess);
    refused(&world, &incremental, JET_errMissingFileToBackup);
    world_crash(&world); /* the logs that a clean stop may need are gone */
}

static void logs_alone_are_nothing_with_circular_logging(void **state)
{
    struct world world;
    world_start(&world, *state, true);
    snapshot(&world, &full);
    refused(&world, &incremental, JET_errInvalidBackup);
    world_stop(&world);
}

/* ---- old logs ---- */

static void truncation_deletes_what_neither_snapshot_nor_recovery_needs_once(void **state)
{
    struct world world;
    world_start(&world, *state, false);
    struct log_stream *log = world.instance.engine->log;
    while (generation_now(&world) < 8)
        make_work(&world);
    move_checkpoint(&world);
    const lgen_t checkpoint = lgpos_unpack(log_checkpoint_get(log)).generation;
    assert_true(checkpoint > 2);
    prepare(&world, &full);
    assert_int_equal(freeze_engine(&world.freeze), JET_errSuccess);
    assert_int_equal(freeze_thaw(&world.freeze), JET_errSuccess);
    assert_int_equal(le32_get(world.freeze.info.generation_low), checkpoint);
    const lgen_t oldest = log_oldest(log);
    assert_int_equal(freeze_truncate(&world.freeze, false), JET_errSuccess); /* nobody answers for the databases */
    assert_int_equal(log_oldest(log), oldest);
    assert_int_equal(freeze_truncate(&world.freeze, true), JET_errSuccess); /* done already */
    assert_int_equal(log_oldest(log), oldest);
    freeze_end(&world.freeze);
    snapshot(&world, &full);
    assert_true(le32_get(world.freeze.info.generation_low) >= checkpoint);
    assert_int_equal(log_oldest(log), le32_get(world.freeze.info.generation_low));
    world_crash(&world);
    instance_start_recovering(&world.instance);
    instance_stop(&world.instance);
}

/* ---- records ---- */

/* The phases of backups in the log, in order. */
static unsigned phases(struct world *world, uint8_t *ret_phases, unsigned max, struct lgpos *ret_prepared)
{
    const struct log_config config = log_settings(&world->instance.config);
    const struct log_reader_source source = {.config = &config};
    struct log_reader_record record = {0};
    struct log_reader *reader = NULL;
    struct logrec_backup backup;
    unsigned count = 0;
    const uint64_t start = lgpos_pack((struct lgpos){.generation = 1, .isec = 1});
    assert_int_equal(log_reader_open(&source, start, &reader), JET_errSuccess);
    for (;;) {
        assert_int_equal(log_reader_next(reader, &record), JET_errSuccess);
        if (!record.bytes)
            break;
        if (record.bytes[0] != LOGREC_BACKUP2)
            continue;
        assert_int_equal(logrec_backup_decode(record.bytes, record.size, &backup), JET_errSuccess);
        assert_int_equal(backup.kind, LOGREC_BACKUP_OS_SNAPSHOT);
        assert_int_equal(backup.scope, LOGREC_BACKUP_FULL);
        assert_true(count < max);
        ret_phases[count++] = backup.phase;
        if (backup.phase == LOGREC_BACKUP_PREPARE_LOGS)
            *ret_prepared = lgpos_unpack(record.lgpos);
    }
    log_reader_close(reader);
    return count;
}

static void the_log_tells_of_every_step(void **state)
{
    static const uint8_t expected[] = {LOGREC_BACKUP_BEGIN,         LOGREC_BACKUP_PREPARE_LOGS,  LOGREC_BACKUP_TRUNCATE,
                                       LOGREC_BACKUP_UPDATE_HEADER, LOGREC_BACKUP_UPDATE_HEADER, LOGREC_BACKUP_STOP};
    struct world world;
    uint8_t found[16];
    struct lgpos prepared = {0};
    world_start(&world, *state, false);
    snapshot(&world, &full);
    world_stop(&world);
    assert_int_equal(phases(&world, found, sizeof found, &prepared), sizeof expected);
    assert_memory_equal(found, expected, sizeof expected);
    assert_int_equal(prepared.isec, 1); /* the first of its generation */
    assert_int_equal(prepared.ib, 0);
}

#define WITH_FOLDER(test) cmocka_unit_test_setup_teardown(test, temp_folder_setup, temp_folder_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FOLDER(a_frozen_engine_changes_nothing_on_disk),
        WITH_FOLDER(a_frozen_engine_with_circular_logging_changes_nothing_either),
        WITH_FOLDER(headers_know_a_full_snapshot_and_recovery_repeats_it),
        WITH_FOLDER(redo_of_a_note_gives_a_header_that_lacks_it),
        WITH_FOLDER(copies_have_a_place_of_their_own),
        WITH_FOLDER(logs_alone_need_a_full_snapshot),
        WITH_FOLDER(logs_alone_are_nothing_with_circular_logging),
        WITH_FOLDER(truncation_deletes_what_neither_snapshot_nor_recovery_needs_once),
        WITH_FOLDER(the_log_tells_of_every_step),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
