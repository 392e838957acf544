/* SPDX-License-Identifier: MIT */
/* Template tables, and tables that begin with what a template has. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "api_fixture.h"
#include "base/compiler.h"

enum { ID, NAME, COUNTER, TAGS, NOTE, COLUMNS };

static const int32_t five = 5;

static JET_COLUMNCREATE_A column(const char *name, JET_COLTYP type, JET_GRBIT grbit)
{
    return (JET_COLUMNCREATE_A){.cbStruct = sizeof(JET_COLUMNCREATE_A),
                                .szColumnName = (char *)(uintptr_t)name,
                                .coltyp = type,
                                .grbit = grbit};
}

static JET_INDEXCREATE_A index_of(const char *name, const char *key, size_t size, JET_GRBIT grbit)
{
    return (JET_INDEXCREATE_A){.cbStruct = sizeof(JET_INDEXCREATE_A),
                               .szIndexName = (char *)(uintptr_t)name,
                               .szKey = (char *)(uintptr_t)key,
                               .cbKey = (uint32_t)size,
                               .grbit = grbit,
                               .ulDensity = 80};
}

/* The columns of a template, with a primary index and one over names. */
static void create_template(const struct api_fixture *fixture, JET_COLUMNID ids[COLUMNS])
{
    JET_COLUMNCREATE_A columns[COLUMNS] = {
        column("id", JET_coltypLong, JET_bitColumnAutoincrement | JET_bitColumnFixed),
        column("name", JET_coltypBinary, JET_bitNil),
        column("counter", JET_coltypLong, JET_bitColumnFixed),
        column("tags", JET_coltypLong, JET_bitColumnTagged | JET_bitColumnMultiValued),
        column("note", JET_coltypLongBinary, JET_bitColumnCompressed),
    };
    columns[COUNTER].pvDefault = (void *)(uintptr_t)&five;
    columns[COUNTER].cbDefault = sizeof five;
    JET_INDEXCREATE_A indexes[] = {
        index_of("by id", "+id\0", sizeof "+id\0", JET_bitIndexPrimary),
        index_of("by name", "+name\0-counter\0", sizeof "+name\0-counter\0", JET_bitIndexIgnoreNull),
    };
    JET_TABLECREATE_A create = {.cbStruct = sizeof create,
                                .szTableName = (char *)(uintptr_t) "template",
                                .ulDensity = 80,
                                .rgcolumncreate = columns,
                                .cColumns = COLUMNS,
                                .rgindexcreate = indexes,
                                .cIndexes = COUNT_OF(indexes),
                                .grbit = JET_bitTableCreateTemplateTable};
    OK(JetCreateTableColumnIndex(fixture->sesid, fixture->dbid, &create));
    OK(JetCloseTable(fixture->sesid, create.tableid));
    for (unsigned i = 0; i < COLUMNS; i++)
        ids[i] = columns[i].columnid;
}

static JET_ERR derive(const struct api_fixture *fixture, const char *name, const char *from, JET_COLUMNCREATE_A *own,
                      uint32_t own_count, JET_TABLECREATE_A *ret_create)
{
    *ret_create = (JET_TABLECREATE_A){.cbStruct = sizeof *ret_create,
                                      .szTableName = (char *)(uintptr_t)name,
                                      .szTemplateTableName = (char *)(uintptr_t)from,
                                      .ulDensity = 80,
                                      .rgcolumncreate = own,
                                      .cColumns = own_count};
    return JetCreateTableColumnIndex(fixture->sesid, fixture->dbid, ret_create);
}

/* The ids that the template's columns have are good for every table that is made from it. */
static void test_columns_and_indexes_come_from_the_template(void **state)
{
    const struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    JET_COLUMNID ids[COLUMNS];
    JET_TABLECREATE_A create;
    JET_COLUMNCREATE_A own[] = {column("extra", JET_coltypLong, JET_bitNil),
                                column("more", JET_coltypLongText, JET_bitNil)};
    int32_t counter = 0;
    char name[8];
    create_template(fixture, ids);
    for (int i = 0; i < 2; i++) {
        OK(derive(fixture, i == 0 ? "first" : "second", "template", own, COUNT_OF(own), &create));
        assert_int_equal(create.cCreated, 1 + COUNT_OF(own));
        for (unsigned k = 0; k < COLUMNS; k++)
            assert_true(ids[k] != own[0].columnid && ids[k] != own[1].columnid);
        OK(JetBeginTransaction(sesid));
        OK(JetPrepareUpdate(sesid, create.tableid, JET_prepInsert));
        OK(JetSetColumn(sesid, create.tableid, ids[NAME], "abc", 3, JET_bitNil, NULL));
        OK(JetSetColumn(sesid, create.tableid, own[0].columnid, &five, sizeof five, JET_bitNil, NULL));
        OK(JetSetColumn(sesid, create.tableid, ids[TAGS], &five, sizeof five, JET_bitNil, NULL));
        OK(JetUpdate(sesid, create.tableid, NULL, 0, NULL));
        OK(JetCommitTransaction(sesid, JET_bitNil));
        OK(JetSetCurrentIndex(sesid, create.tableid, "by name"));
        OK(JetMakeKey(sesid, create.tableid, "abc", 3, JET_bitNewKey));
        OK(JetMakeKey(sesid, create.tableid, &five, sizeof five, JET_bitNil));
        OK(JetSeek(sesid, create.tableid, JET_bitSeekEQ));
        OK(JetRetrieveColumn(sesid, create.tableid, ids[COUNTER], &counter, sizeof counter, NULL, JET_bitNil, NULL));
        assert_int_equal(counter, 5);
        OK(JetRetrieveColumn(sesid, create.tableid, ids[NAME], name, sizeof name, NULL, JET_bitNil, NULL));
        OK(JetCloseTable(sesid, create.tableid));
    }
}

/* Each has rows and indexes of its own. */
static void test_tables_of_one_template_are_apart(void **state)
{
    const struct api_fixture *fixture = *state;
    JET_COLUMNID ids[COLUMNS];
    JET_TABLECREATE_A first, second;
    create_template(fixture, ids);
    OK(derive(fixture, "first", "template", NULL, 0, &first));
    OK(derive(fixture, "second", "template", NULL, 0, &second));
    OK(JetBeginTransaction(fixture->sesid));
    OK(JetPrepareUpdate(fixture->sesid, first.tableid, JET_prepInsert));
    OK(JetUpdate(fixture->sesid, first.tableid, NULL, 0, NULL));
    OK(JetCommitTransaction(fixture->sesid, JET_bitNil));
    OK(JetMove(fixture->sesid, first.tableid, JET_MoveFirst, JET_bitNil));
    assert_int_equal(JetMove(fixture->sesid, second.tableid, JET_MoveFirst, JET_bitNil), JET_errNoCurrentRecord);
    OK(JetDeleteIndex(fixture->sesid, second.tableid, "by name"));
    OK(JetSetCurrentIndex(fixture->sesid, first.tableid, "by name"));
}

static void test_a_template_does_not_change(void **state)
{
    const struct api_fixture *fixture = *state;
    JET_COLUMNID ids[COLUMNS], id;
    JET_TABLEID tableid;
    JET_COLUMNDEF definition = {.cbStruct = sizeof definition, .coltyp = JET_coltypLong};
    create_template(fixture, ids);
    OK(JetOpenTable(fixture->sesid, fixture->dbid, "template", NULL, 0, JET_bitNil, &tableid));
    assert_int_equal(JetAddColumn(fixture->sesid, tableid, "late", &definition, NULL, 0, &id), JET_errFixedDDL);
    assert_int_equal(JetDeleteColumn(fixture->sesid, tableid, "name"), JET_errFixedDDL);
    assert_int_equal(JetDeleteIndex(fixture->sesid, tableid, "by name"), JET_errFixedDDL);
}

static void test_what_is_no_template(void **state)
{
    const struct api_fixture *fixture = *state;
    struct api_things things;
    JET_COLUMNID ids[COLUMNS];
    JET_TABLECREATE_A create;
    JET_COLUMNCREATE_A twice = column("name", JET_coltypLong, JET_bitNil);
    api_things_create(fixture, &things);
    OK(JetCloseTable(fixture->sesid, things.tableid));
    create_template(fixture, ids);
    assert_int_equal(derive(fixture, "derived", "absent", NULL, 0, &create), JET_errObjectNotFound);
    assert_int_equal(derive(fixture, "derived", "things", NULL, 0, &create), JET_errDDLNotInheritable);
    assert_int_equal(derive(fixture, "derived", "template", &twice, 1, &create), JET_errColumnDuplicate);
    create.rgcolumncreate = NULL;
    create.cColumns = 0;
    create.grbit = JET_bitTableCreateTemplateTable;
    assert_int_equal(JetCreateTableColumnIndex(fixture->sesid, fixture->dbid, &create), JET_errCannotNestDDL);
    create.grbit = JET_bitTableCreateNoFixedVarColumnsInDerivedTables;
    assert_int_equal(JetCreateTableColumnIndex(fixture->sesid, fixture->dbid, &create), JET_errInvalidGrbit);
    assert_int_equal(JetOpenTable(fixture->sesid, fixture->dbid, "derived", NULL, 0, JET_bitNil, &create.tableid),
                     JET_errObjectNotFound); /* nothing of it is left */
    OK(derive(fixture, "derived", "template", NULL, 0, &create));
}

/* A derived table of which more than the template is needed after a crash. */
static void test_a_derived_table_outlives_a_crash(void **state)
{
    struct api_fixture *fixture = *state;
    JET_COLUMNID ids[COLUMNS];
    JET_TABLECREATE_A create;
    JET_TABLEID tableid;
    JET_COLUMNDEF definition = {.cbStruct = sizeof definition};
    create_template(fixture, ids);
    OK(derive(fixture, "derived", "template", NULL, 0, &create));
    api_fixture_restart(fixture, JET_bitTermDirty);
    OK(JetOpenTable(fixture->sesid, fixture->dbid, "derived", NULL, 0, JET_bitNil, &tableid));
    OK(JetGetTableColumnInfo(fixture->sesid, tableid, "tags", &definition, sizeof definition, JET_ColInfo));
    assert_int_equal(definition.columnid, ids[TAGS]);
    assert_true((definition.grbit & JET_bitColumnMultiValued) != 0);
    OK(JetSetCurrentIndex(fixture->sesid, tableid, "by name"));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, api_fixture_setup, api_fixture_teardown)
    const struct CMUnitTest tests[] = {
        T(test_columns_and_indexes_come_from_the_template),
        T(test_tables_of_one_template_are_apart),
        T(test_a_template_does_not_change),
        T(test_what_is_no_template),
        T(test_a_derived_table_outlives_a_crash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
