/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../../../linux/host/crc32c.h"
#include "host_fixture.h"
#include "os/os_clock.h"
#include "os/os_file.h"
#include "os/os_thread.h"
#include "os/os_word.h"
#include "support/temp_folder.h"

void pause_ms(int64_t ms)
{
    struct os_event *never;
    OK(os_event_new(&never));
    (void)os_event_wait(never, ms);
    os_event_free(never);
}

/* ---- answers ---- */

static void done(void *context, struct host_answer *answer)
{
    struct asked *asked = context;
    asked->answer = answer;
    atomic_store(&asked->is_answered, 1);
    os_word_wake_all(&asked->is_answered); /* which may be gone */
}

struct host_call asked_call(struct asked *asked)
{
    asked->answer = NULL;
    atomic_store(&asked->is_answered, 0);
    return (struct host_call){asked, done};
}

bool asked_is_answered(const struct asked *asked)
{
    return atomic_load(&asked->is_answered) != 0;
}

struct host_answer *asked_wait(struct asked *asked)
{
    const uint64_t until_us = host_now_us() + PATIENCE_MS * 1000ull;
    while (!asked_is_answered(asked) && host_now_us() < until_us)
        os_word_wait(&asked->is_answered, 0, 1000);
    assert_true(asked_is_answered(asked));
    assert_non_null(asked->answer);
    return asked->answer;
}

jet_err asked_error(struct asked *asked)
{
    struct host_answer *answer = asked_wait(asked);
    const jet_err err = answer->err;
    host_answer_free(answer);
    return err;
}

static struct asked the_asked;

const struct host_call *ask(void)
{
    static struct host_call call;
    call = asked_call(&the_asked);
    return &call;
}

struct host_answer *answered(void)
{
    return asked_wait(&the_asked);
}

jet_err answered_error(void)
{
    return asked_error(&the_asked);
}

/* ---- the instance ---- */

static void changed(void *context, struct host_instance *instance)
{
    struct world *world = context;
    (void)instance;
    atomic_fetch_add(&world->changes, 1);
}

void world_wait_state(struct world *world, enum host_instance_state state)
{
    const uint64_t until_us = host_now_us() + PATIENCE_MS * 1000ull;
    enum host_instance_state now;
    while ((now = host_instance_state(world->instance)) != state && now != HOST_INSTANCE_FAILED &&
           host_now_us() < until_us)
        pause_ms(1);
    struct host_instance_info info;
    OK(host_instance_info_get(world->instance, &info));
    if (info.state != state)
        print_error("the instance: %ld\n", (long)info.error);
    host_instance_info_done(&info);
    assert_int_equal(host_instance_state(world->instance), state);
}

void world_open(struct world *world, struct temp_folder *folder, const char *name)
{
    char file[100];
    (void)snprintf(file, sizeof file, "%s/bank.edb", name);
    world->folder = folder;
    world->root = temp_folder_path(folder, name);
    world->database = temp_folder_path(folder, file);
    const struct host_instance_config config = {
        .label = name,
        .system_path = world->root,
        .databases = &world->database,
        .database_count = 1,
        .make_missing = true,
        .log_file_kib = 256,
    };
    const struct host_instance_listener listener = {world, changed};
    OK(host_instance_open(&config, &listener, &world->instance));
    world_wait_state(world, HOST_INSTANCE_RUNNING);
}

void world_close(struct world *world)
{
    world_rest(world);
    if (world->instance)
        OK(ERROR(host_instance_close, world->instance));
    host_instance_free(world->instance);
    world->instance = NULL;
}

int world_setup(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    void *folder = NULL;
    if (!world || temp_folder_setup(&folder) != 0)
        return -1;
    OK(JetSetSystemParameterA(NULL, 0, JET_paramCheckpointDepthMax, 65536, NULL)); /* so that logs can go */
    world_open(world, folder, "one");
    *state = world;
    return 0;
}

int world_teardown(void **state)
{
    struct world *world = *state;
    void *folder = world->folder;
    world_close(world);
    temp_folder_teardown(&folder);
    free(world);
    return 0;
}

/* ---- rows ---- */

enum { IDS_OF_ONE = 1000000 };

struct writer {
    struct world *world;
    unsigned number;
};

JET_INSTANCE world_handle(const struct world *world)
{
    JET_INSTANCE_INFO_A *infos;
    uint32_t count;
    JET_INSTANCE found = 0;
    OK(JetGetInstanceInfoA(&count, &infos));
    for (uint32_t i = 0; i < count; i++)
        if (infos[i].cDatabases > 0 && strcmp(infos[i].szDatabaseFileName[0], world->database) == 0)
            found = infos[i].hInstanceId;
    OK(JetFreeBuffer((char *)infos));
    assert_true(found != 0);
    return found;
}

static void table_make(JET_INSTANCE instance, const char *database)
{
    static const char key[] = "+id\0";
    JET_COLUMNDEF id = {.cbStruct = sizeof id, .coltyp = JET_coltypLong, .grbit = JET_bitColumnNotNULL};
    JET_COLUMNDEF text = {.cbStruct = sizeof text, .coltyp = JET_coltypBinary};
    JET_SESID sesid;
    JET_DBID dbid;
    JET_TABLEID tableid;
    JET_COLUMNID columnid;
    OK(JetBeginSessionA(instance, &sesid, NULL, NULL));
    OK(JetOpenDatabaseA(sesid, database, NULL, &dbid, 0));
    if (JetOpenTableA(sesid, dbid, "rows", NULL, 0, 0, &tableid) < JET_errSuccess) {
        OK(JetBeginTransaction(sesid));
        OK(JetCreateTableA(sesid, dbid, "rows", 16, 90, &tableid));
        OK(JetAddColumnA(sesid, tableid, "id", &id, NULL, 0, &columnid));
        OK(JetAddColumnA(sesid, tableid, "text", &text, NULL, 0, &columnid));
        OK(JetCreateIndexA(sesid, tableid, "by_id", JET_bitIndexPrimary, key, sizeof key, 90));
        OK(JetCommitTransaction(sesid, 0));
    }
    OK(JetEndSession(sesid, 0));
}

/* The writer says itself what it may not get: who joins it only knows that there was something. */
static bool worked(JET_ERR err, const char *what)
{
    if (err != JET_errSuccess)
        print_error("a writer: %s: %ld\n", what, (long)err);
    return err == JET_errSuccess;
}

/* Who is kept waiting in the middle of a transaction, on a busy machine, may find that the other has filled the version
 * store meanwhile: then he begins again. */
static JET_ERR insert(JET_SESID sesid, JET_TABLEID tableid, const JET_COLUMNID *columns, int32_t id)
{
    char text[200];
    memset(text, 'a' + id % 26, sizeof text);
    JET_ERR err = JetBeginTransaction(sesid);
    if (err >= JET_errSuccess)
        err = JetPrepareUpdate(sesid, tableid, JET_prepInsert);
    if (err >= JET_errSuccess)
        err = JetSetColumn(sesid, tableid, columns[0], &id, sizeof id, 0, NULL);
    if (err >= JET_errSuccess)
        err = JetSetColumn(sesid, tableid, columns[1], text, sizeof text, 0, NULL);
    if (err >= JET_errSuccess)
        err = JetUpdate(sesid, tableid, NULL, 0, NULL);
    return err < JET_errSuccess ? err : JetCommitTransaction(sesid, JET_bitCommitLazyFlush);
}

static bool columns_find(JET_SESID sesid, JET_TABLEID tableid, JET_COLUMNID *columns)
{
    JET_COLUMNDEF id = {.cbStruct = sizeof id}, text = {.cbStruct = sizeof text};
    if (JetGetTableColumnInfoA(sesid, tableid, "id", &id, sizeof id, JET_ColInfo) < JET_errSuccess ||
        JetGetTableColumnInfoA(sesid, tableid, "text", &text, sizeof text, JET_ColInfo) < JET_errSuccess)
        return false;
    columns[0] = id.columnid;
    columns[1] = text.columnid;
    return true;
}

static void writer_run(void *context)
{
    struct writer *writer = context;
    struct world *world = writer->world;
    JET_SESID sesid;
    JET_DBID dbid;
    JET_TABLEID tableid;
    JET_COLUMNID columns[2] = {0};
    bool is_good = worked(JetBeginSessionA(world_handle(world), &sesid, NULL, NULL), "session") &&
                   worked(JetOpenDatabaseA(sesid, world->database, NULL, &dbid, 0), "database") &&
                   worked(JetOpenTableA(sesid, dbid, "rows", NULL, 0, 0, &tableid), "table") &&
                   columns_find(sesid, tableid, columns);
    _Atomic uint32_t *committed = &world->committed[writer->number];
    while (is_good && !atomic_load(&world->is_over)) {
        const JET_ERR err =
            insert(sesid, tableid, columns, (int32_t)(writer->number * IDS_OF_ONE + atomic_load(committed)));
        atomic_fetch_add(committed, err >= JET_errSuccess ? 1 : 0);
        is_good =
            err == JET_errVersionStoreOutOfMemory ? worked(JetRollback(sesid, 0), "rollback") : worked(err, "insert");
    }
    if (!is_good || !worked(JetEndSession(sesid, 0), "end"))
        atomic_store(&world->has_failed, true);
    free(writer);
}

void world_write(struct world *world)
{
    table_make(world_handle(world), world->database);
    atomic_store(&world->is_over, false);
    for (unsigned i = 0; i < WRITERS; i++) {
        struct writer *writer = malloc(sizeof *writer);
        assert_non_null(writer);
        *writer = (struct writer){world, i};
        OK(os_thread_start(writer_run, writer, &world->threads[i]));
    }
}

void world_rest(struct world *world)
{
    atomic_store(&world->is_over, true);
    for (unsigned i = 0; i < WRITERS; i++) {
        os_thread_join(world->threads[i]);
        world->threads[i] = NULL;
    }
    assert_false(atomic_load(&world->has_failed));
}

uint32_t world_committed(struct world *world)
{
    uint32_t sum = 0;
    for (unsigned i = 0; i < WRITERS; i++)
        sum += atomic_load(&world->committed[i]);
    return sum;
}

static bool everybody_has_written(struct world *world)
{
    bool has = true;
    for (unsigned i = 0; i < WRITERS; i++)
        has &= atomic_load(&world->committed[i]) > 0;
    return has;
}

void world_wait_for(struct world *world, uint32_t more)
{
    const uint32_t goal = world_committed(world) + more;
    const uint64_t until_us = host_now_us() + PATIENCE_MS * 1000ull;
    while ((world_committed(world) < goal || !everybody_has_written(world)) && !atomic_load(&world->has_failed) &&
           host_now_us() < until_us)
        pause_ms(1);
    assert_true(world_committed(world) >= goal);
}

/* ---- a copy ---- */

static void check_rows(JET_INSTANCE instance, const char *database, const uint32_t *least)
{
    JET_SESID sesid;
    JET_DBID dbid;
    JET_TABLEID tableid;
    OK(JetBeginSessionA(instance, &sesid, NULL, NULL));
    OK(JetAttachDatabaseA(sesid, database, 0));
    OK(JetOpenDatabaseA(sesid, database, NULL, &dbid, 0));
    OK(JetOpenTableA(sesid, dbid, "rows", NULL, 0, 0, &tableid));
    for (uint32_t writer = 0; writer < WRITERS; writer++) {
        uint32_t count = 0;
        JET_ERR err;
        do {
            const uint32_t id = writer * IDS_OF_ONE + count;
            OK(JetMakeKey(sesid, tableid, &id, sizeof id, JET_bitNewKey));
            err = JetSeek(sesid, tableid, JET_bitSeekEQ);
            count += err == JET_errSuccess;
        } while (err == JET_errSuccess);
        assert_int_equal(err, JET_errRecordNotFound);
        assert_true(count >= least[writer]);
    }
    OK(JetEndSession(sesid, 0));
}

void world_check_copy(struct world *world, const char *folder, const uint32_t *least)
{
    JET_INSTANCE instance = 0;
    char database[600], temporary[600];
    (void)snprintf(database, sizeof database, "%s/bank.edb", folder);
    (void)snprintf(temporary, sizeof temporary, "%s/tmp.edb", folder);
    JET_RSTMAP_A map = {.szDatabaseName = (char *)(uintptr_t)world->database, .szNewDatabaseName = database};
    OK(JetCreateInstanceA(&instance, "copy"));
    OK(JetSetSystemParameterA(&instance, 0, JET_paramSystemPath, 0, folder));
    OK(JetSetSystemParameterA(&instance, 0, JET_paramLogFilePath, 0, folder));
    OK(JetSetSystemParameterA(&instance, 0, JET_paramTempPath, 0, temporary));
    OK(JetSetSystemParameterA(&instance, 0, JET_paramLogFileSize, 256, NULL));
    JET_RSTINFO_A info = {.cbStruct = sizeof info, .rgrstmap = &map, .crstmap = 1};
    info.lgposStop.lGeneration = INT32_MAX;
    info.lgposStop.isec = info.lgposStop.ib = UINT16_MAX;
    OK(JetInit3A(&instance, &info, JET_bitAllowSoftRecoveryOnBackup | JET_bitAllowMissingCurrentLog));
    check_rows(instance, database, least);
    OK(JetTerm2(instance, JET_bitTermComplete));
}

/* ---- backups ---- */

struct host_backup *copy_begin(struct world *world, const struct host_backup_options *options, jet_err *ret_err)
{
    static const struct host_backup_options full;
    struct host_backup *backup;
    struct asked asked;
    const struct host_call call = asked_call(&asked);
    OK(host_backup_begin(world->instance, options ? options : &full, NULL, &call, &backup));
    const jet_err err = asked_error(&asked);
    if (ret_err)
        *ret_err = err;
    else
        OK(err);
    return backup;
}

void copy_file(struct host_backup *backup, const char *path, const char *folder)
{
    static uint8_t buffer[256 * 1024];
    struct host_answer *opened = ANSWER(host_backup_open_file, backup, path, 0, 0);
    OK(opened->err);
    assert_true(opened->fd >= 0);
    struct os_file *file = NULL;
    char target[700];
    const char *name = strrchr(path, '/') + 1;
    (void)snprintf(target, sizeof target, "%s/%s", folder ? folder : "", name);
    if (folder)
        OK(os_file_open(target, OS_FILE_CREATE_NEW, &file));
    uint64_t done_bytes = 0;
    uint32_t crc = 0;
    ssize_t got;
    while ((got = read(opened->fd, buffer, sizeof buffer)) > 0) {
        crc = crc32c(crc, buffer, (size_t)got);
        if (file)
            OK(os_file_write(file, done_bytes, buffer, (size_t)got));
        done_bytes += (uint64_t)got;
    }
    assert_int_equal(got, 0);
    os_file_close(file);
    assert_int_equal(done_bytes, opened->bytes);
    struct host_answer *closed = ANSWER(host_backup_close_file, backup, opened->file);
    OK(closed->err);
    OK(closed->status);
    assert_int_equal(closed->bytes, done_bytes);
    assert_int_equal(closed->crc32c, crc);
    host_answer_free(opened);
    host_answer_free(closed);
}

void copy_whole(struct host_backup *backup, const char *folder)
{
    struct host_answer *databases = ANSWER(host_backup_get_attach_info, backup, 0, 100);
    OK(databases->err);
    for (size_t i = 0; i < databases->file_count; i++)
        copy_file(backup, databases->files[i].path, folder);
    struct host_answer *logs = ANSWER(host_backup_get_log_info, backup, 0, 10000);
    OK(logs->err);
    for (size_t i = 0; i < logs->file_count; i++)
        copy_file(backup, logs->files[i].path, folder);
    OK(ERROR(host_backup_end, backup, JET_bitBackupEndNormal | JET_bitBackupTruncateDone));
    host_answer_free(databases);
    host_answer_free(logs);
}

void copy_dispose(struct host_backup *backup)
{
    OK(ERROR(host_backup_close, backup));
    host_backup_free(backup);
}
