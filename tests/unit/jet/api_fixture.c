/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "api_fixture.h"
#include "isam/deep.h"
#include "support/temp_folder.h"

JET_INSTANCE api_instance_create(struct temp_folder *folder, const char *name)
{
    JET_INSTANCE instance = 0;
    const char *path = temp_folder_root(folder);
    OK(JetCreateInstance(&instance, name));
    OK(JetSetSystemParameter(&instance, 0, JET_paramSystemPath, 0, path));
    OK(JetSetSystemParameter(&instance, 0, JET_paramLogFilePath, 0, path));
    OK(JetSetSystemParameter(&instance, 0, JET_paramTempPath, 0, temp_folder_path(folder, "tmp.edb")));
    OK(JetSetSystemParameter(&instance, 0, JET_paramLogFileSize, 128, NULL));
    OK(JetSetSystemParameter(&instance, 0, JET_paramCircularLog, 1, NULL));
    OK(JetSetSystemParameter(&instance, 0, JET_paramNoInformationEvent, 1, NULL));
    /* Enough for what others commit while one thread is not given a processor in the middle of a transaction. */
    OK(JetSetSystemParameter(&instance, 0, JET_paramMaxVerPages, 2048, NULL));
    return instance;
}

int api_fixture_setup(void **state)
{
    struct api_fixture *fixture = calloc(1, sizeof *fixture);
    void *folder = NULL;
    if (!fixture || temp_folder_setup(&folder) != 0)
        return -1;
    fixture->folder = folder;
    fixture->file = temp_folder_path(folder, "test.edb");
    fixture->instance = api_instance_create(folder, "test");
    OK(JetInit(&fixture->instance));
    OK(JetBeginSession(fixture->instance, &fixture->sesid, NULL, NULL));
    OK(JetCreateDatabase(fixture->sesid, fixture->file, NULL, &fixture->dbid, JET_bitNil));
    *state = fixture;
    return 0;
}

static void tell(void *context, const struct finding *finding)
{
    char text[600];
    (void)context;
    print_message("%s\n", finding_describe(finding, text, sizeof text));
}

bool api_file_is_sound(const char *path)
{
    const struct finding_listener nobody = {0}, listener = {.report = tell};
    const struct deep_options options = {0};
    struct deep_counts counts;
    struct database_file *file = NULL;
    const JET_ERR err = database_file_open(path, &nobody, &file);
    if (err == JET_errFileNotFound)
        return true;
    const bool is_clean = err == JET_errSuccess && le32_get(database_file_info(file)->header->state) == DBHEADER_CLEAN;
    const bool sound = is_clean && deep_verify(file, &options, &listener, &counts) == JET_errSuccess;
    database_file_close(file);
    return sound;
}

static JET_ERR recover(struct api_fixture *fixture)
{
    JET_INSTANCE instance = api_instance_create(fixture->folder, "test");
    JET_ERR err = JetInit(&instance);
    if (err < JET_errSuccess)
        return err;
    return JetTerm2(instance, JET_bitTermComplete);
}

int api_fixture_teardown(void **state)
{
    struct api_fixture *fixture = *state;
    void *folder = fixture->folder;
    JET_ERR err = fixture->instance ? JetTerm2(fixture->instance, JET_bitTermAbrupt) : JET_errSuccess;
    if (err >= JET_errSuccess)
        err = recover(fixture);
    if (err >= JET_errSuccess && !api_file_is_sound(fixture->file))
        err = JET_errDatabaseCorrupted;
    if (err < JET_errSuccess)
        print_error("the end of the test: %ld\n", (long)err);
    temp_folder_teardown(&folder);
    free(fixture);
    return err < JET_errSuccess ? -1 : 0;
}

void api_term(JET_INSTANCE instance, JET_GRBIT grbit)
{
    assert_int_equal(JetTerm2(instance, grbit),
                     (grbit & JET_bitTermDirty) != 0 ? JET_errDirtyShutdown : JET_errSuccess);
}

void api_fixture_restart(struct api_fixture *fixture, JET_GRBIT term_grbit)
{
    api_term(fixture->instance, term_grbit);
    fixture->instance = 0;
    fixture->instance = api_instance_create(fixture->folder, "test");
    OK(JetInit(&fixture->instance));
    OK(JetBeginSession(fixture->instance, &fixture->sesid, NULL, NULL));
    OK(JetAttachDatabase(fixture->sesid, fixture->file, JET_bitNil));
    OK(JetOpenDatabase(fixture->sesid, fixture->file, NULL, &fixture->dbid, JET_bitNil));
}

JET_COLUMNID api_column_add(JET_SESID sesid, JET_TABLEID tableid, const char *name, JET_COLTYP type, JET_GRBIT grbit)
{
    JET_COLUMNDEF definition = {.cbStruct = sizeof definition, .coltyp = type, .cp = 1252, .grbit = grbit};
    JET_COLUMNID id = 0;
    OK(JetAddColumn(sesid, tableid, name, &definition, NULL, 0, &id));
    assert_int_not_equal(id, 0);
    return id;
}

void api_things_create(const struct api_fixture *fixture, struct api_things *things)
{
    static const char key[] = "+id\0";
    JET_SESID sesid = fixture->sesid;
    OK(JetBeginTransaction(sesid));
    OK(JetCreateTable(sesid, fixture->dbid, "things", 4, 80, &things->tableid));
    things->id = api_column_add(sesid, things->tableid, "id", JET_coltypLong, JET_bitColumnNotNULL);
    things->name = api_column_add(sesid, things->tableid, "name", JET_coltypBinary, JET_bitNil);
    things->note = api_column_add(sesid, things->tableid, "note", JET_coltypLongBinary, JET_bitNil);
    things->tags =
        api_column_add(sesid, things->tableid, "tags", JET_coltypLong, JET_bitColumnTagged | JET_bitColumnMultiValued);
    OK(JetCreateIndex(sesid, things->tableid, "by_id", JET_bitIndexPrimary, key, sizeof key, 80));
    OK(JetCommitTransaction(sesid, JET_bitNil));
    OK(JetCloseTable(sesid, things->tableid));
    OK(JetOpenTable(sesid, fixture->dbid, "things", NULL, 0, JET_bitNil, &things->tableid));
}

static JET_COLUMNID column_find(JET_SESID sesid, JET_TABLEID tableid, const char *name)
{
    JET_COLUMNDEF definition = {.cbStruct = sizeof definition};
    OK(JetGetTableColumnInfo(sesid, tableid, name, &definition, sizeof definition, JET_ColInfo));
    return definition.columnid;
}

void api_things_open(const struct api_fixture *fixture, JET_SESID sesid, JET_DBID dbid, struct api_things *things)
{
    (void)fixture;
    OK(JetOpenTable(sesid, dbid, "things", NULL, 0, JET_bitNil, &things->tableid));
    things->id = column_find(sesid, things->tableid, "id");
    things->name = column_find(sesid, things->tableid, "name");
    things->note = column_find(sesid, things->tableid, "note");
    things->tags = column_find(sesid, things->tableid, "tags");
}

void api_things_insert(JET_SESID sesid, const struct api_things *things, int id, const char *name)
{
    int32_t number = id;
    OK(JetPrepareUpdate(sesid, things->tableid, JET_prepInsert));
    OK(JetSetColumn(sesid, things->tableid, things->id, &number, sizeof number, JET_bitNil, NULL));
    if (name)
        OK(JetSetColumn(sesid, things->tableid, things->name, name, (uint32_t)strlen(name), JET_bitNil, NULL));
    OK(JetUpdate(sesid, things->tableid, NULL, 0, NULL));
}

JET_ERR api_things_seek(JET_SESID sesid, const struct api_things *things, int id)
{
    int32_t number = id;
    OK(JetMakeKey(sesid, things->tableid, &number, sizeof number, JET_bitNewKey));
    return JetSeek(sesid, things->tableid, JET_bitSeekEQ);
}

int api_things_id(JET_SESID sesid, const struct api_things *things)
{
    int32_t number = -1;
    uint32_t actual = 0;
    OK(JetRetrieveColumn(sesid, things->tableid, things->id, &number, sizeof number, &actual, JET_bitNil, NULL));
    assert_int_equal(actual, sizeof number);
    return number;
}
