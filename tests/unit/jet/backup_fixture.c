/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "backup_fixture.h"
#include "isam/engine.h"
#include "jet/process.h"
#include "log/log_stream.h"
#include "os/os_file.h"
#include "storage/database_file.h"
#include "support/temp_folder.h"

static void start(struct backup_fixture *fixture)
{
    fixture->api.instance = api_instance_create(fixture->api.folder, "live");
    OK(JetSetSystemParameter(&fixture->api.instance, 0, JET_paramCircularLog, fixture->is_circular, NULL));
    OK(JetSetSystemParameter(&fixture->api.instance, 0, JET_paramLegacyFileNames, 3, NULL)); /* edb00001.log */
    OK(JetSetSystemParameter(&fixture->api.instance, 0, JET_paramDbExtensionSize, 2, NULL));
    OK(JetSetSystemParameter(&fixture->api.instance, 0, JET_paramCheckpointDepthMax, 65536,
                             NULL)); /* pages are written */
    OK(JetInit(&fixture->api.instance));
    OK(JetBeginSession(fixture->api.instance, &fixture->api.sesid, NULL, NULL));
}

int backup_fixture_setup(void **state)
{
    struct backup_fixture *fixture = calloc(1, sizeof *fixture);
    void *folder = NULL;
    if (!fixture || temp_folder_setup(&folder) != 0)
        return -1;
    fixture->buffer = os_pages_alloc(BACKUP_BUFFER);
    assert_non_null(fixture->buffer);
    fixture->api.folder = folder;
    fixture->api.file = temp_folder_path(folder, "test.edb");
    start(fixture);
    OK(JetCreateDatabase(fixture->api.sesid, fixture->api.file, NULL, &fixture->api.dbid, JET_bitNil));
    api_things_create(&fixture->api, &fixture->things);
    *state = fixture;
    return 0;
}

int backup_fixture_teardown(void **state)
{
    struct backup_fixture *fixture = *state;
    void *folder = fixture->api.folder;
    JET_ERR err = fixture->api.instance ? JetTerm2(fixture->api.instance, JET_bitTermAbrupt) : JET_errSuccess;
    os_pages_free(fixture->buffer, BACKUP_BUFFER);
    temp_folder_teardown(&folder);
    free(fixture);
    return err < JET_errSuccess ? -1 : 0;
}

void backup_fixture_restart(struct backup_fixture *fixture, JET_GRBIT term_grbit)
{
    api_term(fixture->api.instance, term_grbit);
    start(fixture);
    OK(JetAttachDatabase(fixture->api.sesid, fixture->api.file, JET_bitNil));
    OK(JetOpenDatabase(fixture->api.sesid, fixture->api.file, NULL, &fixture->api.dbid, JET_bitNil));
    api_things_open(&fixture->api, fixture->api.sesid, fixture->api.dbid, &fixture->things);
}

const char *backup_fixture_log(struct backup_fixture *fixture, uint32_t generation)
{
    char name[32];
    (void)snprintf(name, sizeof name, "edb%05X.log", (unsigned)generation);
    return temp_folder_path(fixture->api.folder, name);
}

bool backup_fixture_has_log(struct backup_fixture *fixture, uint32_t generation)
{
    struct os_path_info info;
    return os_path_stat(backup_fixture_log(fixture, generation), &info) >= JET_errSuccess;
}

uint32_t backup_fixture_generation(struct backup_fixture *fixture)
{
    struct instance *instance;
    OK(instance_enter_anyway(fixture->api.instance, &instance));
    const uint32_t generation = log_generation(instance->engine->log);
    instance_leave(instance);
    return generation;
}

void backup_fixture_write_to(struct backup_fixture *fixture, int id, uint32_t generation)
{
    JET_SESID sesid = fixture->api.sesid;
    char name[200];
    if (api_things_seek(sesid, &fixture->things, id) < JET_errSuccess) {
        OK(JetBeginTransaction(sesid));
        api_things_insert(sesid, &fixture->things, id, "new");
        OK(JetCommitTransaction(sesid, JET_bitCommitLazyFlush));
        OK(api_things_seek(sesid, &fixture->things, id));
    }
    for (unsigned i = 0; backup_fixture_generation(fixture) < generation; i++) {
        memset(name, 'a' + (int)(i % 26), sizeof name);
        OK(JetBeginTransaction(sesid));
        OK(JetPrepareUpdate(sesid, fixture->things.tableid, JET_prepReplace));
        OK(JetSetColumn(sesid, fixture->things.tableid, fixture->things.name, name, sizeof name, JET_bitNil, NULL));
        OK(JetUpdate(sesid, fixture->things.tableid, NULL, 0, NULL));
        OK(JetCommitTransaction(sesid, JET_bitCommitLazyFlush));
        assert_true(i < 100000);
    }
}

void backup_fixture_header(const char *path, struct dbheader_disk *ret_header)
{
    const struct finding_listener nobody = {0};
    struct database_file *file;
    OK(database_file_open(path, &nobody, &file));
    *ret_header = *database_file_info(file)->header;
    database_file_close(file);
}

const char *backup_list_of(struct backup_fixture *fixture, backup_list_call *call)
{
    static char lists[4][BACKUP_LIST];
    static unsigned next;
    char *list = lists[next++ % 4];
    memset(list, 0xEE, BACKUP_LIST);
    OK(call(fixture->api.instance, list, BACKUP_LIST, &fixture->actual));
    assert_in_range(fixture->actual, 1, BACKUP_LIST);
    assert_int_equal(list[fixture->actual - 1], 0);
    assert_int_equal((unsigned char)list[fixture->actual], 0xEE);
    return list;
}

unsigned backup_list_count(const char *list)
{
    unsigned count = 0;
    for (; list[0] != '\0'; list += strlen(list) + 1)
        count++;
    return count;
}

uint64_t backup_copy_file(struct backup_fixture *fixture, const char *path, uint8_t **ret_bytes)
{
    const JET_INSTANCE instance = fixture->api.instance;
    uint64_t done = 0;
    OK(JetOpenFileInstance(instance, path, &fixture->file, &fixture->low, &fixture->high));
    const uint64_t size = (uint64_t)fixture->high << 32 | fixture->low;
    uint8_t *bytes = malloc((size_t)size + 1);
    assert_non_null(bytes);
    do {
        OK(JetReadFileInstance(instance, fixture->file, fixture->buffer, BACKUP_BUFFER, &fixture->actual));
        assert_true(fixture->actual <= size - done);
        memcpy(bytes + done, fixture->buffer, fixture->actual);
        done += fixture->actual;
    } while (fixture->actual > 0);
    assert_int_equal(done, size);
    OK(JetCloseFileInstance(instance, fixture->file));
    if (ret_bytes)
        *ret_bytes = bytes;
    else
        free(bytes);
    return size;
}
