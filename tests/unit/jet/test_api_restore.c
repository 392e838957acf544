/* SPDX-License-Identifier: MIT */
/* Restores as clients call them: arguments in their order, modes and states, what the callback hears, and databases
 * that the client has put in place itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "local_world.h"
#include "os/os_file.h"
#include "support/temp_folder.h"

/* A string of the API that nobody writes to. */
static char *text(const char *string)
{
    return (char *)(uintptr_t)string;
}

static char *path(struct local_world *world, const char *name)
{
    return text(local_world_path(world, name));
}

static void copy_file(const char *from, const char *to)
{
    struct os_file *file;
    size_t size;
    void *bytes = temp_file_read(from, &size);
    OK(os_file_open(to, OS_FILE_CREATE_NEW, &file));
    OK(os_file_write(file, 0, bytes, size));
    os_file_close(file);
    free(bytes);
}

/* A full backup, whose copy of the database is then at elsewhere/data.edb. */
static void back_up(struct local_world *world)
{
    OK(JetBackupInstance(world->instance, path(world, "backup"), JET_bitNil, NULL));
    copy_file(path(world, "backup/data.edb"), path(world, "elsewhere/data.edb"));
}

/* ---- the callback ---- */

static struct {
    struct local_world *world;
    unsigned begun, progress, complete;
    uint32_t done;
    void (*at_begin)(struct local_world *world);
} heard;

static JET_ERR JET_API hear(JET_SESID sesid, JET_SNP snp, JET_SNT snt, void *pv)
{
    const JET_SNPROG *progress = pv;
    assert_int_equal(snp, JET_snpRestore);
    assert_true(sesid == JET_sesidNil);
    assert_int_equal(progress->cbStruct, sizeof *progress);
    assert_int_equal(progress->cunitTotal, 100);
    assert_true(progress->cunitDone >= heard.done && progress->cunitDone <= 100);
    assert_int_equal(heard.complete, 0);
    assert_int_equal(heard.begun, snt != JET_sntBegin);
    heard.done = progress->cunitDone;
    heard.begun += snt == JET_sntBegin;
    heard.progress += snt == JET_sntProgress;
    heard.complete += snt == JET_sntComplete;
    if (snt == JET_sntBegin && heard.at_begin)
        heard.at_begin(heard.world);
    return JET_errInternalError; /* which nobody looks at */
}

static void listen(struct local_world *world, void (*at_begin)(struct local_world *world))
{
    memset(&heard, 0, sizeof heard);
    heard.world = world;
    heard.at_begin = at_begin;
}

/* ---- JetRestoreInstance ---- */

static void nobody_else_may_use_an_instance_that_restores(struct local_world *world)
{
    JET_INSTANCE instance = world->instance;
    JET_SESID sesid;
    assert_int_equal(JetInit(&instance), JET_errRestoreInProgress);
    assert_int_equal(JetBeginSession(instance, &sesid, NULL, NULL), JET_errRestoreInProgress);
    assert_int_equal(JetRestoreInstance(instance, path(world, "backup"), NULL, NULL), JET_errRestoreInProgress);
    assert_int_equal(JetTerm(instance), JET_errRestoreInProgress);
}

static void an_instance_restores_and_tells_how_far_it_is(void **state)
{
    struct local_world *world = *state;
    back_up(world);
    local_world_lose(world);
    world->instance = local_world_create(world, "live");
    listen(world, nobody_else_may_use_an_instance_that_restores);
    assert_int_equal(JetRestoreInstanceW(world->instance, NULL, NULL, hear), JET_errInvalidPath);
    OK(JetRestoreInstance(world->instance, path(world, "backup"), NULL, hear));
    assert_int_equal(heard.complete, 1);
    assert_true(heard.progress > 1);
    assert_int_equal(heard.done, 100);
    OK(JetInit(&world->instance)); /* the same instance, by its client */
    OK(JetBeginSession(world->instance, &world->sesid, NULL, NULL));
    local_world_expect(world, "db/data.edb", 300);
    assert_int_equal(JetRestoreInstance(world->instance, path(world, "backup"), NULL, NULL), JET_errAlreadyInitialized);
    assert_int_equal(JetRestoreInstance(world->instance + 64, path(world, "backup"), NULL, NULL),
                     JET_errInvalidParameter);
    assert_int_equal(JetRestore(path(world, "backup"), NULL), JET_errRunningInMultiInstanceMode);
    assert_int_equal(JetRestore2(path(world, "backup"), NULL, NULL), JET_errRunningInMultiInstanceMode);
}

static void a_failure_is_not_told(void **state)
{
    struct local_world *world = *state;
    back_up(world);
    OK(os_file_remove(path(world, "backup/data.pat")));
    local_world_lose(world);
    world->instance = local_world_create(world, "live");
    listen(world, NULL);
    assert_int_equal(JetRestoreInstance(world->instance, path(world, "backup"), NULL, hear), JET_errPatchFileMissing);
    assert_int_equal(heard.begun, 1);
    assert_int_equal(heard.progress + heard.complete, 0);
    listen(world, NULL);
    assert_int_equal(JetRestoreInstance(world->instance, path(world, "logs"), NULL, hear), JET_errFileNotFound);
    assert_int_equal(JetRestoreInstance(world->instance, path(world, "nowhere"), NULL, hear), JET_errFileNotFound);
    assert_int_equal(heard.begun, 0);
}

/* Settings that a new instance begins with. */
static void set_defaults(struct local_world *world, const char *folder)
{
    const char *where = folder ? path(world, folder) : ".";
    OK(JetSetSystemParameter(NULL, 0, JET_paramSystemPath, 0, where));
    OK(JetSetSystemParameter(NULL, 0, JET_paramLogFilePath, 0, where));
    OK(JetSetSystemParameter(NULL, 0, JET_paramTempPath, 0, where));
    OK(JetSetSystemParameter(NULL, 0, JET_paramLegacyFileNames, 3, NULL));
    OK(JetSetSystemParameter(NULL, 0, JET_paramLogFileSize, 64, NULL));
}

static void the_destination_is_made_if_that_is_wanted(void **state)
{
    struct local_world *world = *state;
    back_up(world);
    local_world_lose(world);
    world->instance = local_world_create(world, "live");
    assert_int_equal(JetRestoreInstance(world->instance, path(world, "backup"), path(world, "a/b"), NULL),
                     JET_errInvalidPath);
    OK(JetSetSystemParameter(&world->instance, 0, JET_paramCreatePathIfNotExist, 1, NULL));
    OK(JetRestoreInstance(world->instance, path(world, "backup"), path(world, "a/b"), NULL));
    assert_true(local_world_has(world, "a/b/data.edb"));
}

static void without_an_instance_one_is_made_for_the_call(void **state)
{
    struct local_world *world = *state;
    JET_INSTANCE instance = 0;
    back_up(world);
    local_world_lose(world);
    set_defaults(world, "live");
    OK(JetRestoreInstance(0, path(world, "backup"), path(world, "db"), NULL));
    local_world_empty(world, "live");
    OK(JetRestore2(path(world, "backup"), path(world, "db"), NULL)); /* no mode was left behind */
    local_world_empty(world, "live");
    assert_int_equal(JetRestoreW(u"nowhere", NULL), JET_errFileNotFound);
    OK(JetRestore(path(world, "backup"), NULL));
    OK(JetInit(&instance)); /* the one instance */
    assert_int_equal(JetRestore(path(world, "backup"), NULL), JET_errAlreadyInitialized);
    assert_int_equal(JetExternalRestore(NULL, NULL, NULL, 0, path(world, "backup"), 0, 0, NULL),
                     JET_errRunningInOneInstanceMode);
    OK(JetBeginSession(instance, &world->sesid, NULL, NULL));
    world->instance = instance;
    local_world_expect(world, "db/data.edb", 300);
    local_world_stop(world);
    set_defaults(world, NULL);
}

/* ---- JetExternalRestore ---- */

struct external {
    char *checkpoint, *log, *backup_log, *name, *target_log, *target_checkpoint;
    JET_RSTMAP_A *maps;
    int32_t count;
    JET_LOGINFO_A info;
};

static JET_ERR restore2(struct external *e)
{
    return JetExternalRestore2A(e->checkpoint, e->log, e->maps, e->count, e->backup_log, &e->info, e->name,
                                e->target_log, e->target_checkpoint, hear);
}

static struct external external_of(struct local_world *world, JET_RSTMAP_A *map)
{
    *map = (JET_RSTMAP_A){path(world, "db/data.edb"), path(world, "elsewhere/data.edb")};
    return (struct external){
        .checkpoint = path(world, "logs"),
        .log = path(world, "logs"),
        .backup_log = path(world, "backup"),
        .maps = map,
        .count = 1,
        .info = {.cbSize = sizeof(JET_LOGINFO_A), .szBaseName = "edb"},
    };
}

static void arguments_are_checked_in_their_order(void **state)
{
    struct local_world *world = *state;
    JET_RSTMAP_A map;
    back_up(world);
    listen(world, NULL);
    const struct external good = external_of(world, &map);
    struct external e = good;
    e.info.cbSize++;
    assert_int_equal(restore2(&e), JET_errInvalidParameter);
    assert_int_equal(JetExternalRestore2A(e.checkpoint, e.log, e.maps, 1, e.backup_log, NULL, NULL, NULL, NULL, NULL),
                     JET_errInvalidParameter);
    e = good;
    e.maps = NULL;
    assert_int_equal(restore2(&e), JET_errInvalidParameter);
    e = good;
    e.count = 0;
    assert_int_equal(restore2(&e), JET_errInvalidParameter);
    e = good;
    e.target_log = path(world, "live");
    assert_int_equal(restore2(&e), JET_errInvalidParameter);
    e.target_checkpoint = path(world, "live");
    e.name = text("live");
    assert_int_equal(restore2(&e), JET_errInvalidParameter);
    e = good;
    e.name = text("nobody");
    e.count = 15; /* comes later */
    assert_int_equal(restore2(&e), JET_errBadRestoreTargetInstance);
    e.name = text("live");
    memcpy(e.info.szBaseName, "abc", 4);
    assert_int_equal(restore2(&e), JET_errBadRestoreTargetInstance);
    memcpy(e.info.szBaseName, "edb", 4);
    assert_int_equal(restore2(&e), JET_errInvalidParameter);
    e = good;
    e.count = -1;
    assert_int_equal(restore2(&e), JET_errInvalidParameter);
    e = good;
    e.backup_log = NULL;
    assert_int_equal(restore2(&e), JET_errInvalidParameter);
    assert_int_equal(heard.begun, 0);
}

static void databases_in_place_are_restored_with_all_logs_that_are_there(void **state)
{
    struct local_world *world = *state;
    JET_RSTMAP_A map;
    unsigned low, high;
    back_up(world);
    local_world_logs(world, "backup", &low, &high);
    copy_file(local_world_log(world, "backup", high), path(world, "backup/edb.log"));
    local_world_lose(world);
    listen(world, NULL);
    struct external e = external_of(world, &map);
    OK(restore2(&e));
    assert_int_equal(heard.complete, 1);
    assert_int_equal(e.info.ulGenLow, low);
    assert_int_equal(e.info.ulGenHigh, high);
    assert_false(local_world_has(world, "backup/edb.log")); /* does not belong to the set */
    local_world_start(world);
    local_world_expect(world, "elsewhere/data.edb", 300);
}

static void the_first_form_takes_the_range_and_touches_nothing_if_it_is_wrong(void **state)
{
    struct local_world *world = *state;
    JET_RSTMAP_A map;
    unsigned low, high;
    OK(JetBeginTransaction(world->sesid)); /* the checkpoint stays where it is */
    api_things_insert(world->sesid, &world->things, -1, NULL);
    local_world_insert_beside(world, 600);
    back_up(world);
    OK(JetRollback(world->sesid, JET_bitNil));
    local_world_logs(world, "backup", &low, &high);
    assert_true(high > low);
    local_world_lose(world);
    listen(world, NULL);
    const struct external e = external_of(world, &map);
    const int32_t first = (int32_t)low, last = (int32_t)high;
    assert_int_equal(JetExternalRestoreA(e.checkpoint, e.log, &map, 1, e.backup_log, first, last + 1, hear),
                     JET_errFileNotFound);
    assert_int_equal(JetExternalRestoreA(e.checkpoint, e.log, &map, 1, e.backup_log, first, last - 1, hear),
                     JET_errEndingRestoreLogTooLow);
    assert_int_equal(JetExternalRestoreA(e.checkpoint, e.log, &map, 1, e.backup_log, first + 1, last, hear),
                     JET_errStartingRestoreLogTooHigh);
    OK(JetExternalRestoreA(e.checkpoint, e.log, &map, 1, e.backup_log, first, last, hear));
    assert_int_equal(JetExternalRestoreA(e.checkpoint, e.log, &map, 1, e.backup_log, first, last, hear),
                     JET_errRestoreOfNonBackupDatabase); /* it is one no more */
    local_world_start(world);
    local_world_expect(world, "elsewhere/data.edb", 900);
}

static void databases_without_an_entry_stay_as_they_are(void **state)
{
    struct local_world *world = *state;
    JET_RSTMAP_A map;
    back_up(world);
    local_world_lose(world);
    const struct external e = external_of(world, &map);
    JET_LOGINFO_W info = {
        .cbSize = sizeof info, .szBaseName = {'e', 'd', 'b', 0}
    };

    WCHAR logs[600], backup[600];
    for (size_t i = 0; i < sizeof logs / sizeof *logs; i++)
        logs[i] = backup[i] = 0;
    for (size_t i = 0; e.log[i] != '\0'; i++)
        logs[i] = (unsigned char)e.log[i];
    for (size_t i = 0; e.backup_log[i] != '\0'; i++)
        backup[i] = (unsigned char)e.backup_log[i];
    OK(JetExternalRestore2W(logs, logs, NULL, 0, backup, &info, NULL, NULL, NULL, NULL));
    assert_true(info.ulGenLow > 0 && info.ulGenHigh >= info.ulGenLow);
    assert_false(local_world_has(world, "db/data.edb"));
}

/* ---- a target that runs ---- */

static void the_logs_of_a_target_that_runs_are_replayed_up_to_now(void **state)
{
    struct local_world *world = *state;
    JET_RSTMAP_A map;
    struct local_world restored = *world;
    back_up(world);
    local_world_insert(world, 400);
    listen(world, NULL);
    struct external e = external_of(world, &map);
    e.name = text("live");
    assert_int_equal(restore2(&e), JET_wrnTargetInstanceRunning);
    assert_int_equal(heard.complete, 1);
    local_world_insert(world, 10); /* it goes on */
    restored.instance = local_world_create(world, "restored");
    OK(JetSetSystemParameter(&restored.instance, 0, JET_paramSystemPath, 0, path(world, "logs")));
    OK(JetSetSystemParameter(&restored.instance, 0, JET_paramLogFilePath, 0, path(world, "logs")));
    OK(JetSetSystemParameter(&restored.instance, 0, JET_paramTempPath, 0, path(world, "other.tmp")));
    OK(JetInit(&restored.instance));
    OK(JetBeginSession(restored.instance, &restored.sesid, NULL, NULL));
    local_world_expect(&restored, "elsewhere/data.edb", 700);
    OK(JetTerm(restored.instance));
    e.target_log = e.target_checkpoint =
        path(world, "live"); /* the same one, by its folder; the place of the logs is taken */
    e.name = NULL;
    assert_int_equal(restore2(&e), JET_errExistingLogFileIsNotContiguous);
}

static void a_target_that_does_not_run_gives_its_folders(void **state)
{
    struct local_world *world = *state;
    JET_RSTMAP_A map;
    back_up(world);
    local_world_lose(world);
    listen(world, NULL);
    struct external e = external_of(world, &map);
    e.checkpoint = e.log = path(world, "nowhere/at/all");
    e.target_log = e.target_checkpoint = path(world, "live");
    OK(restore2(&e));
    assert_true(local_world_has(world, "live/edb.log"));
    assert_false(local_world_has(world, "nowhere"));
    local_world_start(world);
    local_world_expect(world, "elsewhere/data.edb", 300);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, local_world_setup, local_world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_instance_restores_and_tells_how_far_it_is),
        TEST(a_failure_is_not_told),
        TEST(the_destination_is_made_if_that_is_wanted),
        TEST(without_an_instance_one_is_made_for_the_call),
        TEST(arguments_are_checked_in_their_order),
        TEST(databases_in_place_are_restored_with_all_logs_that_are_there),
        TEST(the_first_form_takes_the_range_and_touches_nothing_if_it_is_wrong),
        TEST(databases_without_an_entry_stay_as_they_are),
        TEST(the_logs_of_a_target_that_runs_are_replayed_up_to_now),
        TEST(a_target_that_does_not_run_gives_its_folders),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
