/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "local_world.h"
#include "os/os_file.h"
#include "support/temp_folder.h"

const char *local_world_path(struct local_world *world, const char *name)
{
    return temp_folder_path(world->folder, name);
}

JET_INSTANCE local_world_create(struct local_world *world, const char *name)
{
    JET_INSTANCE instance = api_instance_create(world->folder, name);
    OK(JetSetSystemParameter(&instance, 0, JET_paramSystemPath, 0, local_world_path(world, "live")));
    OK(JetSetSystemParameter(&instance, 0, JET_paramLogFilePath, 0, local_world_path(world, "live")));
    OK(JetSetSystemParameter(&instance, 0, JET_paramCircularLog, 0, NULL));
    OK(JetSetSystemParameter(&instance, 0, JET_paramLogFileSize, 64, NULL));
    OK(JetSetSystemParameter(&instance, 0, JET_paramLegacyFileNames, 3, NULL));
    OK(JetSetSystemParameter(&instance, 0, JET_paramCheckpointDepthMax, 65536, NULL));
    return instance;
}

void local_world_start(struct local_world *world)
{
    world->instance = local_world_create(world, "live");
    OK(JetInit(&world->instance));
    OK(JetBeginSession(world->instance, &world->sesid, NULL, NULL));
}

void local_world_stop(struct local_world *world)
{
    if (world->instance != 0)
        OK(JetTerm2(world->instance, JET_bitTermAbrupt));
    world->instance = 0;
}

int local_world_setup(void **state)
{
    static const char *const folders[] = {"live", "db", "backup", "elsewhere", "logs"};
    struct local_world *world = calloc(1, sizeof *world);
    void *folder = NULL;
    if (!world || temp_folder_setup(&folder) != 0)
        return -1;
    world->folder = folder;
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++)
        OK(os_folder_create(local_world_path(world, folders[i])));
    local_world_start(world);
    OK(JetCreateDatabase(world->sesid, local_world_path(world, "db/data.edb"), NULL, &world->dbid, JET_bitNil));
    const struct api_fixture fixture = {.sesid = world->sesid, .dbid = world->dbid};
    api_things_create(&fixture, &world->things);
    local_world_insert(world, 300);
    *state = world;
    return 0;
}

int local_world_teardown(void **state)
{
    struct local_world *world = *state;
    void *folder = world->folder;
    const JET_ERR err = world->instance != 0 ? JetTerm2(world->instance, JET_bitTermAbrupt) : JET_errSuccess;
    temp_folder_teardown(&folder);
    free(world);
    return err < JET_errSuccess ? -1 : 0;
}

void local_world_insert(struct local_world *world, int count)
{
    for (int i = 0; i < count; i++) {
        OK(JetBeginTransaction(world->sesid));
        api_things_insert(world->sesid, &world->things, world->count++, "a name that takes some room on its page");
        OK(JetCommitTransaction(world->sesid, JET_bitCommitLazyFlush));
    }
    OK(JetCommitTransaction(world->sesid, JET_bitWaitLastLevel0Commit));
}

void local_world_expect(struct local_world *world, const char *file, int count)
{
    int found = 0;
    OK(JetAttachDatabase(world->sesid, local_world_path(world, file), JET_bitNil));
    OK(JetOpenDatabase(world->sesid, local_world_path(world, file), NULL, &world->dbid, JET_bitNil));
    const struct api_fixture fixture = {.sesid = world->sesid, .dbid = world->dbid};
    api_things_open(&fixture, world->sesid, world->dbid, &world->things);
    for (JET_ERR err = JetMove(world->sesid, world->things.tableid, JET_MoveFirst, JET_bitNil); err == JET_errSuccess;
         err = JetMove(world->sesid, world->things.tableid, JET_MoveNext, JET_bitNil))
        assert_int_equal(api_things_id(world->sesid, &world->things), found++);
    assert_int_equal(found, count);
}

void local_world_insert_beside(struct local_world *world, int count)
{
    struct local_world other = *world;
    OK(JetBeginSession(world->instance, &other.sesid, NULL, NULL));
    OK(JetOpenDatabase(other.sesid, local_world_path(world, "db/data.edb"), NULL, &other.dbid, JET_bitNil));
    const struct api_fixture fixture = {.sesid = other.sesid, .dbid = other.dbid};
    api_things_open(&fixture, other.sesid, other.dbid, &other.things);
    local_world_insert(&other, count);
    world->count = other.count;
    OK(JetEndSession(other.sesid, JET_bitNil));
}

void local_world_empty(struct local_world *world, const char *folder)
{
    if (local_world_has(world, folder))
        temp_tree_remove(local_world_path(world, folder));
    OK(os_folder_create(local_world_path(world, folder)));
}

bool local_world_has(struct local_world *world, const char *name)
{
    struct os_path_info info;
    return os_path_stat(local_world_path(world, name), &info) == JET_errSuccess;
}

void local_world_lose(struct local_world *world)
{
    local_world_stop(world);
    local_world_empty(world, "live");
    local_world_empty(world, "db");
}

void local_world_logs(struct local_world *world, const char *folder, unsigned *ret_low, unsigned *ret_high)
{
    struct os_folder_list names;
    *ret_low = *ret_high = 0;
    OK(os_folder_list(local_world_path(world, folder), &names));
    for (size_t i = 0; i < names.count; i++) {
        unsigned generation;
        char rest[8] = "";
        if (sscanf(names.names[i], "edb%5x%7s", &generation, rest) != 2 || strcmp(rest, ".log") != 0)
            continue;
        if (*ret_low == 0)
            *ret_low = generation;
        *ret_high = generation;
    }
    os_folder_list_free(&names);
}

const char *local_world_log(struct local_world *world, const char *folder, unsigned generation)
{
    char name[64];
    (void)snprintf(name, sizeof name, "%s/edb%05X.log", folder, generation);
    return local_world_path(world, name);
}
