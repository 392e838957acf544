/* SPDX-License-Identifier: MIT */
/* Databases, tables and columns through the exported functions, and what can be asked about them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "api_fixture.h"
#include "base/compiler.h"
#include "support/temp_folder.h"

static void a_database_is_closed_detached_and_attached_again(void **state)
{
    const struct api_fixture *fixture = *state;
    JET_DBID dbid;
    assert_int_equal(JetDetachDatabase(fixture->sesid, fixture->file), JET_errDatabaseInUse);
    OK(JetCloseDatabase(fixture->sesid, fixture->dbid, JET_bitNil));
    assert_int_equal(JetCloseDatabase(fixture->sesid, fixture->dbid, JET_bitNil), JET_errInvalidDatabaseId);
    OK(JetDetachDatabase(fixture->sesid, fixture->file));
    assert_int_equal(JetDetachDatabase(fixture->sesid, fixture->file), JET_errDatabaseNotFound);
    assert_int_equal(JetOpenDatabase(fixture->sesid, fixture->file, NULL, &dbid, JET_bitNil), JET_errDatabaseNotFound);
    OK(JetAttachDatabase(fixture->sesid, fixture->file, JET_bitNil));
    assert_int_equal(JetAttachDatabase(fixture->sesid, fixture->file, JET_bitNil), JET_wrnDatabaseAttached);
    OK(JetOpenDatabase(fixture->sesid, fixture->file, NULL, &dbid, JET_bitNil));
    OK(JetCloseDatabase(fixture->sesid, dbid, JET_bitNil));
    OK(JetDetachDatabase(fixture->sesid, NULL));
}

static void a_database_that_exists_is_not_made_again_unless_asked(void **state)
{
    const struct api_fixture *fixture = *state;
    JET_DBID dbid;
    OK(JetCloseDatabase(fixture->sesid, fixture->dbid, JET_bitNil));
    OK(JetDetachDatabase(fixture->sesid, fixture->file));
    assert_int_equal(JetCreateDatabase(fixture->sesid, fixture->file, NULL, &dbid, JET_bitNil),
                     JET_errDatabaseDuplicate);
    OK(JetCreateDatabase(fixture->sesid, fixture->file, NULL, &dbid, JET_bitDbOverwriteExisting));
}

static void what_is_read_only_is_not_written(void **state)
{
    struct api_fixture *fixture = *state;
    struct api_things things;
    JET_TABLEID tableid;
    api_things_create(fixture, &things);
    OK(JetBeginTransaction(fixture->sesid));
    api_things_insert(fixture->sesid, &things, 1, "one");
    OK(JetCommitTransaction(fixture->sesid, JET_bitNil));
    OK(JetCloseTable(fixture->sesid, things.tableid));
    OK(JetCloseDatabase(fixture->sesid, fixture->dbid, JET_bitNil));
    OK(JetDetachDatabase(fixture->sesid, fixture->file));
    OK(JetAttachDatabase(fixture->sesid, fixture->file, JET_bitDbReadOnly));
    OK(JetOpenDatabase(fixture->sesid, fixture->file, NULL, &fixture->dbid, JET_bitDbReadOnly));
    api_things_open(fixture, fixture->sesid, fixture->dbid, &things);
    OK(api_things_seek(fixture->sesid, &things, 1));
    OK(JetBeginTransaction(fixture->sesid));
    assert_int_equal(JetPrepareUpdate(fixture->sesid, things.tableid, JET_prepReplace), JET_errPermissionDenied);
    assert_int_equal(JetCreateTable(fixture->sesid, fixture->dbid, "more", 1, 80, &tableid), JET_errPermissionDenied);
    OK(JetRollback(fixture->sesid, JET_bitNil));
}

static void columns_are_described_as_they_were_added(void **state)
{
    static const struct {
        const char *name;
        JET_COLTYP type;
        JET_GRBIT grbit;
        JET_GRBIT expected;
    } columns[] = {
        {"bit",       JET_coltypBit,          0,                          JET_bitColumnFixed                             },
        {"byte",      JET_coltypUnsignedByte, JET_bitColumnNotNULL,       JET_bitColumnFixed | JET_bitColumnNotNULL      },
        {"short",     JET_coltypShort,        0,                          JET_bitColumnFixed                             },
        {"long",      JET_coltypLong,         JET_bitColumnAutoincrement, JET_bitColumnFixed | JET_bitColumnAutoincrement},
        {"currency",  JET_coltypCurrency,     0,                          JET_bitColumnFixed                             },
        {"single",    JET_coltypIEEESingle,   0,                          JET_bitColumnFixed                             },
        {"double",    JET_coltypIEEEDouble,   JET_bitColumnTagged,        JET_bitColumnTagged                            },
        {"date",      JET_coltypDateTime,     0,                          JET_bitColumnFixed                             },
        {"guid",      JET_coltypGUID,         0,                          JET_bitColumnFixed                             },
        {"binary",    JET_coltypBinary,       0,                          0                                              },
        {"text",      JET_coltypText,         0,                          0                                              },
        {"long text", JET_coltypLongText,     0,                          JET_bitColumnTagged                            },
        {"version",   JET_coltypLong,         JET_bitColumnVersion,       JET_bitColumnFixed | JET_bitColumnVersion      },
    };
    const JET_GRBIT compared = JET_bitColumnFixed | JET_bitColumnTagged | JET_bitColumnNotNULL |
                               JET_bitColumnAutoincrement | JET_bitColumnVersion | JET_bitColumnMultiValued;
    const struct api_fixture *fixture = *state;
    JET_TABLEID tableid;
    OK(JetBeginTransaction(fixture->sesid));
    OK(JetCreateTable(fixture->sesid, fixture->dbid, "types", 1, 100, &tableid));
    for (size_t i = 0; i < COUNT_OF(columns); i++) {
        JET_COLUMNDEF found = {.cbStruct = sizeof found};
        JET_COLUMNBASE base;
        JET_COLUMNID id = api_column_add(fixture->sesid, tableid, columns[i].name, columns[i].type, columns[i].grbit);
        OK(JetGetTableColumnInfo(fixture->sesid, tableid, columns[i].name, &found, sizeof found, JET_ColInfo));
        assert_int_equal(found.columnid, id);
        assert_int_equal(found.coltyp, columns[i].type);
        assert_int_equal(found.grbit & compared, columns[i].expected);
        memset(&found, 0, sizeof found);
        OK(JetGetTableColumnInfo(fixture->sesid, tableid, (const char *)&id, &found, sizeof found, JET_ColInfoByColid));
        assert_int_equal(found.columnid, id);
        OK(JetGetColumnInfo(fixture->sesid, fixture->dbid, "types", columns[i].name, &base, sizeof base,
                            JET_ColInfoBase));
        assert_string_equal(base.szBaseTableName, "types");
        assert_string_equal(base.szBaseColumnName, columns[i].name);
    }
    assert_int_equal(JetGetTableColumnInfo(fixture->sesid, tableid, "nowhere", NULL, 0, JET_ColInfo),
                     JET_errColumnNotFound);
    OK(JetCommitTransaction(fixture->sesid, JET_bitNil));
}

static void wrong_definitions_of_columns_are_refused(void **state)
{
    const struct api_fixture *fixture = *state;
    JET_TABLEID tableid;
    JET_COLUMNDEF definition = {.cbStruct = sizeof definition, .coltyp = JET_coltypLong};
    JET_COLUMNID id;
    OK(JetCreateTable(fixture->sesid, fixture->dbid, "wrong", 1, 80, &tableid));
    OK(JetAddColumn(fixture->sesid, tableid, "once", &definition, NULL, 0, &id));
    assert_int_equal(JetAddColumn(fixture->sesid, tableid, "once", &definition, NULL, 0, &id), JET_errColumnDuplicate);
    assert_int_equal(JetAddColumn(fixture->sesid, tableid, "", &definition, NULL, 0, &id), JET_errInvalidName);
    assert_int_equal(JetAddColumn(fixture->sesid, tableid, "bad!name", &definition, NULL, 0, &id), JET_errInvalidName);
    definition.coltyp = 99;
    assert_int_equal(JetAddColumn(fixture->sesid, tableid, "type", &definition, NULL, 0, &id),
                     JET_errInvalidColumnType);
    definition.coltyp = JET_coltypLong;
    definition.grbit = JET_bitColumnFixed | JET_bitColumnTagged;
    assert_int_equal(JetAddColumn(fixture->sesid, tableid, "both", &definition, NULL, 0, &id), JET_errInvalidGrbit);
    definition.grbit = 0;
    definition.cbStruct = 3;
    assert_int_equal(JetAddColumn(fixture->sesid, tableid, "size", &definition, NULL, 0, &id), JET_errInvalidParameter);
}

static void tables_are_renamed_and_deleted(void **state)
{
    const struct api_fixture *fixture = *state;
    struct api_things things;
    JET_TABLEID tableid;
    api_things_create(fixture, &things);
    assert_int_equal(JetCreateTable(fixture->sesid, fixture->dbid, "things", 1, 80, &tableid), JET_errTableDuplicate);
    OK(JetCloseTable(fixture->sesid, things.tableid));
    OK(JetRenameTable(fixture->sesid, fixture->dbid, "things", "objects"));
    assert_int_equal(JetOpenTable(fixture->sesid, fixture->dbid, "things", NULL, 0, JET_bitNil, &tableid),
                     JET_errObjectNotFound);
    OK(JetOpenTable(fixture->sesid, fixture->dbid, "objects", NULL, 0, JET_bitNil, &tableid));
    assert_int_equal(JetDeleteTable(fixture->sesid, fixture->dbid, "objects"), JET_errTableInUse);
    OK(JetCloseTable(fixture->sesid, tableid));
    OK(JetDeleteTable(fixture->sesid, fixture->dbid, "objects"));
    assert_int_equal(JetDeleteTable(fixture->sesid, fixture->dbid, "objects"), JET_errObjectNotFound);
    OK(JetCreateTable(fixture->sesid, fixture->dbid, "objects", 1, 80, &tableid));
}

static void columns_are_renamed_and_deleted(void **state)
{
    const struct api_fixture *fixture = *state;
    struct api_things things;
    JET_COLUMNDEF found = {.cbStruct = sizeof found};
    api_things_create(fixture, &things);
    OK(JetRenameColumn(fixture->sesid, things.tableid, "name", "title", JET_bitNil));
    OK(JetGetTableColumnInfo(fixture->sesid, things.tableid, "title", &found, sizeof found, JET_ColInfo));
    assert_int_equal(found.columnid, things.name);
    OK(JetDeleteColumn(fixture->sesid, things.tableid, "note"));
    assert_int_equal(JetGetTableColumnInfo(fixture->sesid, things.tableid, "note", &found, sizeof found, JET_ColInfo),
                     JET_errColumnNotFound);
    assert_int_equal(JetDeleteColumn(fixture->sesid, things.tableid, "id"), JET_errColumnInUse);
}

/* Records of before are not asked, by the whole check at the end neither. */
static void a_column_that_must_have_a_value_may_come_late(void **state)
{
    const struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    struct api_things things;
    api_things_create(fixture, &things);
    OK(JetBeginTransaction(sesid));
    api_things_insert(sesid, &things, 1, "one");
    OK(JetCommitTransaction(sesid, JET_bitNil));
    (void)api_column_add(sesid, things.tableid, "fixed", JET_coltypLong, JET_bitColumnNotNULL);
    (void)api_column_add(sesid, things.tableid, "variable", JET_coltypBinary, JET_bitColumnNotNULL);
    (void)api_column_add(sesid, things.tableid, "tagged", JET_coltypLong, JET_bitColumnNotNULL | JET_bitColumnTagged);
    OK(JetPrepareUpdate(sesid, things.tableid, JET_prepInsert));
    assert_int_equal(JetUpdate(sesid, things.tableid, NULL, 0, NULL), JET_errNullInvalid);
}

static void a_table_comes_whole_or_not_at_all(void **state)
{
    static char table_name[] = "whole", id_name[] = "id", value_name[] = "value", index_name[] = "by_id";
    static char key[] = "+id\0";
    static char wrong_key[] = "+nothing\0";
    const struct api_fixture *fixture = *state;
    int32_t seven = 7;
    JET_COLUMNCREATE columns[2];
    JET_INDEXCREATE index = {.cbStruct = sizeof index, .szIndexName = index_name, .szKey = wrong_key};
    JET_TABLECREATE table = {.cbStruct = sizeof table, .szTableName = table_name, .ulPages = 1, .ulDensity = 80};
    memset(columns, 0, sizeof columns);
    columns[0].cbStruct = columns[1].cbStruct = sizeof columns[0];
    columns[0].coltyp = columns[1].coltyp = JET_coltypLong;
    columns[0].szColumnName = id_name;
    columns[1].szColumnName = value_name;
    columns[1].pvDefault = &seven;
    columns[1].cbDefault = sizeof seven;
    index.cbKey = sizeof wrong_key;
    index.grbit = JET_bitIndexPrimary;
    index.ulDensity = 80;
    table.rgcolumncreate = columns;
    table.cColumns = 2;
    table.rgindexcreate = &index;
    table.cIndexes = 1;
    JET_TABLEID tableid;
    assert_int_equal(JetCreateTableColumnIndex(fixture->sesid, fixture->dbid, &table), JET_errColumnNotFound);
    assert_int_equal(index.err, JET_errColumnNotFound);
    assert_int_equal(table.cCreated, 3);
    assert_int_equal(JetOpenTable(fixture->sesid, fixture->dbid, "whole", NULL, 0, JET_bitNil, &tableid),
                     JET_errObjectNotFound);
    index.szKey = key;
    index.cbKey = sizeof key;
    OK(JetCreateTableColumnIndex(fixture->sesid, fixture->dbid, &table));
    assert_int_equal(table.cCreated, 4);
    assert_true(columns[0].columnid != 0 && columns[1].columnid != 0);

    int32_t id = 1;
    int32_t value = 0;
    char name[64];
    OK(JetBeginTransaction(fixture->sesid));
    OK(JetPrepareUpdate(fixture->sesid, table.tableid, JET_prepInsert));
    OK(JetSetColumn(fixture->sesid, table.tableid, columns[0].columnid, &id, sizeof id, JET_bitNil, NULL));
    OK(JetUpdate(fixture->sesid, table.tableid, NULL, 0, NULL));
    OK(JetMove(fixture->sesid, table.tableid, JET_MoveFirst, JET_bitNil));
    OK(JetRetrieveColumn(fixture->sesid, table.tableid, columns[1].columnid, &value, sizeof value, NULL, JET_bitNil,
                         NULL));
    assert_int_equal(value, 7);
    OK(JetCommitTransaction(fixture->sesid, JET_bitNil));
    OK(JetGetCurrentIndex(fixture->sesid, table.tableid, name, sizeof name));
    assert_string_equal(name, "by_id");
    OK(JetSetCurrentIndex(fixture->sesid, table.tableid, "by_id"));
    assert_int_equal(JetSetCurrentIndex(fixture->sesid, table.tableid, "by_name"), JET_errIndexNotFound);
}

static void wide_names_are_the_same_names(void **state)
{
    static const WCHAR wide[] = {'w', 'i', 'd', 'e', 0};
    const struct api_fixture *fixture = *state;
    JET_TABLEID tableid;
    WCHAR name[16];
    OK(JetCreateTableW(fixture->sesid, fixture->dbid, wide, 1, 80, &tableid));
    OK(JetGetTableInfoW(fixture->sesid, tableid, name, sizeof name, JET_TblInfoName));
    assert_memory_equal(name, wide, sizeof wide);
    OK(JetCloseTable(fixture->sesid, tableid));
    OK(JetOpenTableA(fixture->sesid, fixture->dbid, "wide", NULL, 0, JET_bitNil, &tableid));
}

static void a_database_tells_about_itself(void **state)
{
    const struct api_fixture *fixture = *state;
    uint32_t number = 0;
    char path[1024];
    JET_DBINFOMISC4 misc;
    OK(JetGetDatabaseInfo(fixture->sesid, fixture->dbid, path, sizeof path, JET_DbInfoFilename));
    assert_string_equal(path, fixture->file);
    OK(JetGetDatabaseInfo(fixture->sesid, fixture->dbid, &number, sizeof number, JET_DbInfoPageSize));
    assert_int_equal(number, 4096);
    OK(JetGetDatabaseInfo(fixture->sesid, fixture->dbid, &number, sizeof number, JET_DbInfoFilesize));
    assert_true(number >= 64);
    OK(JetGetDatabaseInfo(fixture->sesid, fixture->dbid, &number, sizeof number, JET_DbInfoSpaceOwned));
    assert_true(number > 0);
    OK(JetGetDatabaseInfo(fixture->sesid, fixture->dbid, &number, sizeof number, JET_DbInfoLCID));
    assert_int_equal(number, 1033);
    OK(JetGetDatabaseInfo(fixture->sesid, fixture->dbid, &misc, sizeof misc, JET_DbInfoMisc));
    assert_int_equal(misc.ulVersion, 0x620);
    assert_int_equal(misc.dbstate, JET_dbstateDirtyShutdown);
    assert_int_equal(misc.cbPageSize, 4096);
    assert_int_equal(JetGetDatabaseInfo(fixture->sesid, fixture->dbid, &misc, 5, JET_DbInfoMisc),
                     JET_errInvalidBufferSize);
    assert_int_equal(JetGetDatabaseInfo(fixture->sesid, fixture->dbid, &number, sizeof number, 99),
                     JET_errInvalidParameter);
}

static void a_file_tells_about_itself_when_it_is_closed(void **state)
{
    const struct api_fixture *fixture = *state;
    uint64_t bytes = 0;
    uint32_t number = 9;
    JET_DBINFOMISC misc;
    OK(JetCloseDatabase(fixture->sesid, fixture->dbid, JET_bitNil));
    OK(JetDetachDatabase(fixture->sesid, fixture->file));
    OK(JetGetDatabaseFileInfo(fixture->file, &bytes, sizeof bytes, JET_DbInfoFilesize));
    assert_true(bytes > 0 && bytes % 4096 == 0);
    OK(JetGetDatabaseFileInfo(fixture->file, &misc, sizeof misc, JET_DbInfoMisc));
    assert_int_equal(misc.dbstate, JET_dbstateCleanShutdown);
    OK(JetGetDatabaseFileInfo(fixture->file, &number, sizeof number, JET_DbInfoDBInUse));
    assert_int_equal(number, 0);
    assert_int_equal(JetGetDatabaseFileInfo("there is no such file.edb", &number, sizeof number, JET_DbInfoPageSize),
                     JET_errFileNotFound);
}

static void a_table_tells_about_itself(void **state)
{
    const struct api_fixture *fixture = *state;
    struct api_things things;
    JET_OBJECTINFO info = {.cbStruct = sizeof info};
    JET_DBID dbid = 0;
    uint32_t space[2] = {0, 0};
    api_things_create(fixture, &things);
    OK(JetGetTableInfo(fixture->sesid, things.tableid, &info, sizeof info, JET_TblInfo));
    assert_int_equal(info.objtyp, JET_objtypTable);
    OK(JetGetTableInfo(fixture->sesid, things.tableid, &dbid, sizeof dbid, JET_TblInfoDbid));
    assert_int_equal(dbid, fixture->dbid);
    OK(JetGetTableInfo(fixture->sesid, things.tableid, space, sizeof space, JET_TblInfoSpaceUsage));
    assert_true(space[0] > 0);
    OK(JetGetObjectInfo(fixture->sesid, fixture->dbid, JET_objtypTable, NULL, "things", &info, sizeof info,
                        JET_ObjInfoNoStats));
    assert_int_equal(JetGetObjectInfo(fixture->sesid, fixture->dbid, JET_objtypTable, NULL, "nothing", &info,
                                      sizeof info, JET_ObjInfoNoStats),
                     JET_errObjectNotFound);
}

static void a_database_grows_when_it_is_told_to(void **state)
{
    const struct api_fixture *fixture = *state;
    uint32_t pages = 0;
    uint32_t more = 0;
    OK(JetResizeDatabase(fixture->sesid, fixture->dbid, 600, &pages, JET_bitNil));
    assert_true(pages >= 600);
    OK(JetGrowDatabase(fixture->sesid, fixture->dbid, 100, &more));
    assert_true(more >= pages + 100);
    OK(JetSetDatabaseSize(fixture->sesid, fixture->file, 1000, &pages));
    assert_true(pages >= 1000);
    assert_int_equal(JetResizeDatabase(fixture->sesid, fixture->dbid, 10, &more, JET_bitNil),
                     JET_errFeatureNotAvailable);
    OK(JetResizeDatabase(fixture->sesid, fixture->dbid, 10, &more, JET_bitResizeDatabaseOnlyGrow));
    assert_int_equal(more, pages + 2); /* with the headers */
    OK(JetResizeDatabase(fixture->sesid, fixture->dbid, 5000, &more, JET_bitResizeDatabaseOnlyShrink));
    assert_int_equal(more, pages + 2);
    OK(JetGetDatabaseInfo(fixture->sesid, fixture->dbid, &pages, sizeof pages, JET_DbInfoFilesize));
    assert_int_equal(more, pages);
}

static void a_database_that_nobody_has_attached_grows_too(void **state)
{
    const struct api_fixture *fixture = *state;
    uint32_t pages = 0;
    JET_DBID dbid;
    OK(JetCloseDatabase(fixture->sesid, fixture->dbid, JET_bitNil));
    OK(JetDetachDatabase(fixture->sesid, fixture->file));
    OK(JetSetDatabaseSize(fixture->sesid, fixture->file, 700, &pages));
    assert_true(pages >= 700);
    assert_int_equal(JetOpenDatabase(fixture->sesid, fixture->file, NULL, &dbid, JET_bitNil), JET_errDatabaseNotFound);
    OK(JetAttachDatabase(fixture->sesid, fixture->file, JET_bitNil));
    OK(JetOpenDatabase(fixture->sesid, fixture->file, NULL, &dbid, JET_bitNil));
    OK(JetResizeDatabase(fixture->sesid, dbid, 0, &pages, JET_bitResizeDatabaseOnlyGrow));
    assert_true(pages >= 700);
    assert_int_equal(JetSetDatabaseSize(fixture->sesid, "there is none", 700, &pages), JET_errFileNotFound);
}

static void short_columns_are_cut_to_255_bytes_and_that_is_said(void **state)
{
    const struct api_fixture *fixture = *state;
    static const struct {
        const char *name;
        JET_COLTYP type;
        uint32_t asked, got;
        JET_ERR err;
    } columns[] = {
        {"default",     JET_coltypText,     0,    255,  JET_errSuccess           },
        {"most",        JET_coltypBinary,   255,  255,  JET_errSuccess           },
        {"text",        JET_coltypText,     256,  255,  JET_wrnColumnMaxTruncated},
        {"binary",      JET_coltypBinary,   4000, 255,  JET_wrnColumnMaxTruncated},
        {"long binary", JET_coltypLongText, 4000, 4000, JET_errSuccess           },
    };
    JET_TABLEID tableid;
    JET_COLUMNID id;
    OK(JetCreateTable(fixture->sesid, fixture->dbid, "cut", 1, 80, &tableid));
    for (size_t i = 0; i < COUNT_OF(columns); i++) {
        JET_COLUMNDEF definition = {
            .cbStruct = sizeof definition, .coltyp = columns[i].type, .cp = 1252, .cbMax = columns[i].asked};
        assert_int_equal(JetAddColumn(fixture->sesid, tableid, columns[i].name, &definition, NULL, 0, &id),
                         columns[i].err);
        OK(JetGetTableColumnInfo(fixture->sesid, tableid, columns[i].name, &definition, sizeof definition,
                                 JET_ColInfo));
        assert_int_equal(definition.cbMax, columns[i].got);
    }
}

static void a_fixed_table_gets_what_it_is_made_with_and_nothing_more(void **state)
{
    static char table_name[] = "fixed", id_name[] = "id", index_name[] = "by_id", key[] = "+id\0";
    struct api_fixture *fixture = *state;
    JET_COLUMNCREATE column = {
        .cbStruct = sizeof column, .szColumnName = id_name, .coltyp = JET_coltypBinary, .cbMax = 300};
    JET_INDEXCREATE index = {.cbStruct = sizeof index,
                             .szIndexName = index_name,
                             .szKey = key,
                             .cbKey = sizeof key,
                             .grbit = JET_bitIndexPrimary,
                             .ulDensity = 80};
    JET_TABLECREATE table = {.cbStruct = sizeof table,
                             .szTableName = table_name,
                             .rgcolumncreate = &column,
                             .cColumns = 1,
                             .rgindexcreate = &index,
                             .cIndexes = 1,
                             .grbit = JET_bitTableCreateFixedDDL};
    JET_COLUMNDEF definition = {.cbStruct = sizeof definition, .coltyp = JET_coltypLong};
    JET_OBJECTINFO info = {.cbStruct = sizeof info};
    JET_COLUMNID id;
    OK(JetCreateTableColumnIndex(fixture->sesid, fixture->dbid, &table));
    assert_int_equal(column.err, JET_wrnColumnMaxTruncated);
    for (unsigned round = 0; round < 2; round++) {
        assert_int_equal(JetAddColumn(fixture->sesid, table.tableid, "more", &definition, NULL, 0, &id),
                         JET_errFixedDDL);
        assert_int_equal(JetDeleteIndex(fixture->sesid, table.tableid, "by_id"), JET_errFixedDDL);
        OK(JetGetTableInfo(fixture->sesid, table.tableid, &info, sizeof info, JET_TblInfo));
        assert_true((info.flags & JET_bitObjectTableFixedDDL) != 0);
        api_fixture_restart(fixture, JET_bitTermComplete); /* now the catalogue says so */
        OK(JetOpenTable(fixture->sesid, fixture->dbid, "fixed", NULL, 0, JET_bitNil, &table.tableid));
    }
}

static void who_has_a_database_exclusively_has_it_alone(void **state)
{
    const struct api_fixture *fixture = *state;
    JET_SESID other;
    JET_DBID dbid, again;
    OK(JetBeginSession(fixture->instance, &other, NULL, NULL));
    assert_int_equal(JetOpenDatabase(other, fixture->file, NULL, &dbid, JET_bitDbExclusive), JET_errDatabaseInUse);
    assert_int_equal(JetOpenDatabase(fixture->sesid, fixture->file, NULL, &dbid, JET_bitDbExclusive),
                     JET_errDatabaseInUse);
    OK(JetCloseDatabase(fixture->sesid, fixture->dbid, JET_bitNil));
    OK(JetOpenDatabase(fixture->sesid, fixture->file, NULL, &dbid, JET_bitDbExclusive));
    assert_int_equal(JetOpenDatabase(other, fixture->file, NULL, &again, JET_bitNil), JET_errDatabaseLocked);
    assert_int_equal(JetOpenDatabase(other, fixture->file, NULL, &again, JET_bitDbReadOnly), JET_errDatabaseLocked);
    OK(JetOpenDatabase(fixture->sesid, fixture->file, NULL, &again, JET_bitNil));
    OK(JetCloseDatabase(fixture->sesid, again, JET_bitNil));
    OK(JetCloseDatabase(fixture->sesid, dbid, JET_bitNil));
    OK(JetOpenDatabase(other, fixture->file, NULL, &dbid, JET_bitDbExclusive));
    OK(JetEndSession(other, JET_bitNil));
    OK(JetOpenDatabase(fixture->sesid, fixture->file, NULL, &dbid, JET_bitNil));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, api_fixture_setup, api_fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_database_is_closed_detached_and_attached_again),
        TEST(a_database_that_exists_is_not_made_again_unless_asked),
        TEST(what_is_read_only_is_not_written),
        TEST(columns_are_described_as_they_were_added),
        TEST(wrong_definitions_of_columns_are_refused),
        TEST(tables_are_renamed_and_deleted),
        TEST(columns_are_renamed_and_deleted),
        TEST(a_table_comes_whole_or_not_at_all),
        TEST(a_column_that_must_have_a_value_may_come_late),
        TEST(wide_names_are_the_same_names),
        TEST(a_database_tells_about_itself),
        TEST(a_file_tells_about_itself_when_it_is_closed),
        TEST(a_table_tells_about_itself),
        TEST(a_database_grows_when_it_is_told_to),
        TEST(a_database_that_nobody_has_attached_grows_too),
        TEST(short_columns_are_cut_to_255_bytes_and_that_is_said),
        TEST(a_fixed_table_gets_what_it_is_made_with_and_nothing_more),
        TEST(who_has_a_database_exclusively_has_it_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
