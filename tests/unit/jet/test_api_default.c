/* SPDX-License-Identifier: MIT */
/* Columns whose default is made by a function of the application, which is found by the name that the database
 * keeps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "api_fixture.h"
#include "base/compiler.h"
#include "default_module.h"
#include "os/os_library.h"
#include "support/temp_folder.h"

#define FUNCTION(name) (DEFAULT_MODULE "!" name)

static const char label[] = "the id is";

struct world {
    struct api_fixture *f;
    struct api_things things;
    JET_COLUMNID made;
};

static JET_USERDEFINEDDEFAULT_A function_of(const char *name, const void *data, uint32_t size)
{
    return (JET_USERDEFINEDDEFAULT_A){
        .szCallback = (char *)(uintptr_t)name, .pbUserData = (unsigned char *)(uintptr_t)data, .cbUserData = size};
}

static JET_ERR add(const struct world *w, const char *column, const char *function, JET_COLTYP type, JET_GRBIT grbit,
                   JET_COLUMNID *id)
{
    const JET_USERDEFINEDDEFAULT_A made = function_of(function, label, sizeof label);
    const JET_COLUMNDEF definition = {
        .cbStruct = sizeof definition, .coltyp = type, .cp = 1252, .grbit = JET_bitColumnUserDefinedDefault | grbit};
    return JetAddColumnA(w->f->sesid, w->things.tableid, column, &definition, &made, sizeof made, id);
}

static void bind_module(const struct world *w)
{
    os_function function;
    OK(os_library_function(DEFAULT_MODULE, "bind_engine", 8, &function));
    ((default_module_bind)function)(JetRetrieveColumn, w->things.id);
}

static void create(void **state, struct world *w)
{
    w->f = *state;
    api_things_create(w->f, &w->things);
    bind_module(w);
    OK(add(w, "made", FUNCTION("from_id"), JET_coltypText, JET_bitColumnTagged, &w->made));
    OK(JetBeginTransaction(w->f->sesid));
    for (int id = 1; id <= 3; id++)
        api_things_insert(w->f->sesid, &w->things, id, NULL);
    OK(JetCommitTransaction(w->f->sesid, JET_bitNil));
    OK(api_things_seek(w->f->sesid, &w->things, 2));
}

static JET_ERR get(const struct world *w, char *text, uint32_t size, uint32_t *actual, JET_GRBIT grbit)
{
    return JetRetrieveColumn(w->f->sesid, w->things.tableid, w->made, text, size, actual, grbit, NULL);
}

static void expect(const struct world *w, const char *wanted)
{
    char text[64] = "";
    uint32_t actual;
    OK(get(w, text, sizeof text, &actual, JET_bitNil));
    assert_int_equal(actual, strlen(wanted));
    assert_memory_equal(text, wanted, actual);
}

static void set(const struct world *w, const char *text)
{
    OK(JetBeginTransaction(w->f->sesid));
    OK(JetPrepareUpdate(w->f->sesid, w->things.tableid, JET_prepReplace));
    OK(JetSetColumn(w->f->sesid, w->things.tableid, w->made, text, text ? (uint32_t)strlen(text) : 0, JET_bitNil,
                    NULL));
    OK(JetUpdate(w->f->sesid, w->things.tableid, NULL, 0, NULL));
    OK(JetCommitTransaction(w->f->sesid, JET_bitNil));
}

static void test_what_is_not_there_is_made(void **state)
{
    struct world w;
    char text[64];
    uint32_t actual = 0;
    create(state, &w);
    expect(&w, "the id is 2");
    OK(api_things_seek(w.f->sesid, &w.things, 3));
    expect(&w, "the id is 3");
    assert_int_equal(get(&w, text, 5, &actual, JET_bitNil), JET_wrnBufferTruncated);
    assert_int_equal(actual, strlen("the id is 3"));
    assert_memory_equal(text, "the i", 5);
    assert_int_equal(get(&w, NULL, 0, NULL, JET_bitNil), JET_wrnBufferTruncated);
    assert_int_equal(get(&w, text, sizeof text, &actual, JET_bitRetrieveIgnoreDefault), JET_wrnColumnNull);
    JET_RETINFO second = {.cbStruct = sizeof second, .itagSequence = 2};
    assert_int_equal(
        JetRetrieveColumn(w.f->sesid, w.things.tableid, w.made, text, sizeof text, &actual, JET_bitNil, &second),
        JET_wrnColumnNull);
    JET_RETRIEVECOLUMN several = {.columnid = w.made, .pvData = text, .cbData = sizeof text, .itagSequence = 1};
    OK(JetRetrieveColumns(w.f->sesid, w.things.tableid, &several, 1));
    assert_int_equal(several.err, JET_errSuccess);
    assert_int_equal(several.cbActual, strlen("the id is 3"));
}

static void test_what_was_set_is_not_made(void **state)
{
    struct world w;
    char text[64];
    uint32_t actual;
    create(state, &w);
    set(&w, "by hand");
    expect(&w, "by hand");
    set(&w, NULL); /* null, and not the default */
    assert_int_equal(get(&w, text, sizeof text, &actual, JET_bitNil), JET_wrnColumnNull);
    OK(JetBeginTransaction(w.f->sesid));
    OK(JetPrepareUpdate(w.f->sesid, w.things.tableid, JET_prepReplace));
    OK(JetSetColumn(w.f->sesid, w.things.tableid, w.made, NULL, 0, JET_bitSetRevertToDefaultValue, NULL));
    OK(JetUpdate(w.f->sesid, w.things.tableid, NULL, 0, NULL));
    OK(JetCommitTransaction(w.f->sesid, JET_bitNil));
    expect(&w, "the id is 2");
}

/* The function reads what its caller does, whatever it asks for itself. */
static void test_of_the_prepared_update(void **state)
{
    struct world w;
    char text[64];
    uint32_t actual;
    const int32_t id = 77;
    create(state, &w);
    OK(JetBeginTransaction(w.f->sesid));
    OK(JetPrepareUpdate(w.f->sesid, w.things.tableid, JET_prepInsert));
    OK(JetSetColumn(w.f->sesid, w.things.tableid, w.things.id, &id, sizeof id, JET_bitNil, NULL));
    OK(get(&w, text, sizeof text, &actual, JET_bitRetrieveCopy));
    assert_int_equal(actual, strlen("the id is 77"));
    assert_memory_equal(text, "the id is 77", actual);
    OK(get(&w, text, sizeof text, &actual, JET_bitNil)); /* the record that the cursor is on */
    assert_memory_equal(text, "the id is 2", actual);
    OK(JetRollback(w.f->sesid, JET_bitNil));
}

static void test_the_name_outlives_a_crash(void **state)
{
    struct world w;
    JET_COLUMNDEF definition;
    create(state, &w);
    api_fixture_restart(w.f, JET_bitTermAbrupt);
    api_things_open(w.f, w.f->sesid, w.f->dbid, &w.things);
    OK(api_things_seek(w.f->sesid, &w.things, 1));
    expect(&w, "the id is 1");
    OK(JetGetColumnInfo(w.f->sesid, w.f->dbid, "things", "made", &definition, sizeof definition, JET_ColInfo));
    assert_true((definition.grbit & JET_bitColumnUserDefinedDefault) != 0);
    OK(JetDeleteColumn(w.f->sesid, w.things.tableid, "made"));
}

static void test_a_compact_copy_has_it(void **state)
{
    struct world w;
    create(state, &w);
    OK(api_things_seek(w.f->sesid, &w.things, 3));
    set(&w, NULL);
    OK(JetCloseTable(w.f->sesid, w.things.tableid));
    OK(JetCloseDatabase(w.f->sesid, w.f->dbid, JET_bitNil));
    OK(JetDetachDatabase(w.f->sesid, w.f->file));
    OK(JetAttachDatabase(w.f->sesid, w.f->file, JET_bitDbReadOnly));
    const char *copy = temp_folder_path(w.f->folder, "copy.edb");
    OK(JetCompactA(w.f->sesid, w.f->file, copy, NULL, NULL, JET_bitNil));
    OK(JetAttachDatabase(w.f->sesid, copy, JET_bitNil));
    OK(JetOpenDatabase(w.f->sesid, copy, NULL, &w.f->dbid, JET_bitNil));
    api_things_open(w.f, w.f->sesid, w.f->dbid, &w.things);
    OK(api_things_seek(w.f->sesid, &w.things, 1));
    char text[64];
    uint32_t actual;
    JET_COLUMNDEF definition;
    OK(JetGetTableColumnInfo(w.f->sesid, w.things.tableid, "made", &definition, sizeof definition, JET_ColInfo));
    w.made = definition.columnid;
    expect(&w, "the id is 1");
    OK(api_things_seek(w.f->sesid, &w.things, 3));
    assert_int_equal(get(&w, text, sizeof text, &actual, JET_bitNil), JET_wrnColumnNull);
}

static void test_a_function_that_is_not_to_be_had(void **state)
{
    struct world w;
    JET_COLUMNID id;
    char text[64];
    uint32_t actual;
    create(state, &w);
    assert_int_equal(add(&w, "a", "no module!function", JET_coltypText, JET_bitColumnTagged, &id),
                     JET_errCallbackNotResolved);
    assert_int_equal(add(&w, "a", FUNCTION("nothing"), JET_coltypText, JET_bitColumnTagged, &id),
                     JET_errCallbackNotResolved);
    assert_int_equal(add(&w, "a", "from_id", JET_coltypText, JET_bitColumnTagged, &id), JET_errInvalidParameter);
    assert_int_equal(add(&w, "a", NULL, JET_coltypText, JET_bitColumnTagged, &id), JET_errInvalidParameter);
    OK(add(&w, "refusing", FUNCTION("refuse"), JET_coltypLongText, JET_bitNil, &w.made));
    assert_int_equal(get(&w, text, sizeof text, &actual, JET_bitNil), JET_errPermissionDenied);
}

static void test_without_persisted_callbacks(void **state)
{
    struct world w;
    JET_COLUMNID id;
    char text[64];
    uint32_t actual;
    create(state, &w);
    api_term(w.f->instance, JET_bitTermComplete);
    w.f->instance = api_instance_create(w.f->folder, "test");
    OK(JetSetSystemParameter(&w.f->instance, 0, JET_paramEnablePersistedCallbacks, 0, NULL));
    OK(JetInit(&w.f->instance));
    OK(JetBeginSession(w.f->instance, &w.f->sesid, NULL, NULL));
    OK(JetAttachDatabase(w.f->sesid, w.f->file, JET_bitNil));
    OK(JetOpenDatabase(w.f->sesid, w.f->file, NULL, &w.f->dbid, JET_bitNil));
    api_things_open(w.f, w.f->sesid, w.f->dbid, &w.things);
    OK(api_things_seek(w.f->sesid, &w.things, 1));
    assert_int_equal(get(&w, text, sizeof text, &actual, JET_bitNil), JET_errCallbackFailed);
    OK(add(&w, "other", "no module!function", JET_coltypText, JET_bitColumnTagged, &id));
}

static void test_what_such_a_column_cannot_be(void **state)
{
    static const struct {
        JET_COLTYP type;
        JET_GRBIT grbit;
    } wrong[] = {
        {JET_coltypText, JET_bitNil                                      },
        {JET_coltypLong, JET_bitColumnFixed                              },
        {JET_coltypLong, JET_bitColumnTagged | JET_bitColumnNotNULL      },
        {JET_coltypLong, JET_bitColumnTagged | JET_bitColumnVersion      },
        {JET_coltypLong, JET_bitColumnTagged | JET_bitColumnAutoincrement},
        {JET_coltypLong, JET_bitColumnTagged | JET_bitColumnUpdatable    },
        {JET_coltypLong, JET_bitColumnTagged | JET_bitColumnEscrowUpdate },
        {JET_coltypLong, JET_bitColumnTagged | JET_bitColumnFinalize     },
        {JET_coltypLong, JET_bitColumnTagged | JET_bitColumnDeleteOnZero },
        {JET_coltypLong, JET_bitColumnTagged | JET_bitColumnMaybeNull    },
    };
    struct world w;
    JET_COLUMNID id;
    create(state, &w);
    for (unsigned i = 0; i < COUNT_OF(wrong); i++)
        assert_int_equal(add(&w, "a", FUNCTION("from_id"), wrong[i].type, wrong[i].grbit, &id), JET_errInvalidGrbit);
    const JET_USERDEFINEDDEFAULT_A made = function_of(FUNCTION("from_id"), NULL, 0);
    const JET_USERDEFINEDDEFAULT_A bad = function_of(FUNCTION("from_id"), NULL, 7);
    const JET_COLUMNDEF definition = {
        .cbStruct = sizeof definition, .coltyp = JET_coltypLongBinary, .grbit = JET_bitColumnUserDefinedDefault};
#define ADD(function, size) JetAddColumnA(w.f->sesid, w.things.tableid, "a", &definition, function, size, &id)
    assert_int_equal(ADD(&made, sizeof made - 1), JET_errInvalidParameter);
    assert_int_equal(ADD(NULL, sizeof made), JET_errInvalidParameter);
    assert_int_equal(ADD(NULL, 0), JET_errInvalidParameter);
    assert_int_equal(ADD(&bad, sizeof bad), JET_errInvalidParameter);
    OK(ADD(&made, sizeof made));
    w.made = id;
    expect(&w, "none 2");
    assert_int_equal(JetSetColumnDefaultValue(w.f->sesid, w.f->dbid, "things", "a", "x", 1, JET_bitNil),
                     JET_errInvalidOperation);
}

static void test_no_key_is_made_of_it(void **state)
{
    struct world w;
    create(state, &w);
    assert_int_equal(JetCreateIndex(w.f->sesid, w.things.tableid, "by_made", JET_bitNil, "+made\0", 7, 80),
                     JET_errFeatureNotAvailable);
    JET_CONDITIONALCOLUMN_A condition = {.cbStruct = sizeof condition,
                                         .szColumnName = (char *)(uintptr_t) "made",
                                         .grbit = JET_bitIndexColumnMustBeNonNull};
    JET_INDEXCREATE_A index = {.cbStruct = sizeof index,
                               .szIndexName = (char *)(uintptr_t) "by_name",
                               .szKey = (char *)(uintptr_t) "+name\0",
                               .cbKey = 7,
                               .ulDensity = 80,
                               .rgconditionalcolumn = &condition,
                               .cConditionalColumn = 1};
    assert_int_equal(JetCreateIndex2A(w.f->sesid, w.things.tableid, &index, 1), JET_errFeatureNotAvailable);
}

static void *JET_API reallocate(void *context, void *old, uint32_t size)
{
    (void)context;
    if (size > 0)
        return realloc(old, size);
    free(old);
    return NULL;
}

/* Who reads many values at once does not call functions. */
static void test_many_values_at_once(void **state)
{
    struct world w;
    JET_ENUMCOLUMN *columns;
    uint32_t count, size;
    uint8_t stream[200];
    create(state, &w);
#define ENUMERATE(grbit)                                                                                               \
    JetEnumerateColumns(w.f->sesid, w.things.tableid, 0, NULL, &count, &columns, reallocate, NULL, 100, grbit)
    assert_int_equal(ENUMERATE(JET_bitNil), JET_errCallbackFailed);
    OK(ENUMERATE(JET_bitEnumerateIgnoreUserDefinedDefault | JET_bitEnumeratePresenceOnly));
    assert_int_equal(count, 1);
    free(columns);
    assert_int_equal(
        JetStreamRecords(w.f->sesid, w.things.tableid, 0, NULL, stream, sizeof stream, &size, JET_bitStreamForward),
        JET_errCallbackFailed);
}

static void test_wide_names_and_new_tables(void **state)
{
    struct world w;
    WCHAR name[300];
    JET_COLUMNID id;
    create(state, &w);
    const char *narrow = FUNCTION("from_id");
    for (size_t i = 0; i <= strlen(narrow); i++)
        name[i] = (WCHAR)narrow[i];
    JET_USERDEFINEDDEFAULT_W made = {.szCallback = name};
    const JET_COLUMNDEF definition = {
        .cbStruct = sizeof definition, .coltyp = JET_coltypLongBinary, .grbit = JET_bitColumnUserDefinedDefault};
    OK(JetAddColumnW(w.f->sesid, w.things.tableid, u"wide", &definition, &made, sizeof made, &id));
    w.made = id;
    expect(&w, "none 2");

    JET_USERDEFINEDDEFAULT_A other = function_of(narrow, label, sizeof label);
    JET_COLUMNCREATE_A columns[] = {
        {.cbStruct = sizeof *columns,              .szColumnName = (char *)(uintptr_t) "id", .coltyp = JET_coltypLong},
        { .cbStruct = sizeof *columns,
         .szColumnName = (char *)(uintptr_t) "made",
         .coltyp = JET_coltypLongText,
         .cp = 1252,
         .grbit = JET_bitColumnUserDefinedDefault,
         .pvDefault = &other,
         .cbDefault = sizeof other},
    };
    JET_TABLECREATE_A table = {.cbStruct = sizeof table,
                               .szTableName = (char *)(uintptr_t) "others",
                               .rgcolumncreate = columns,
                               .cColumns = COUNT_OF(columns)};
    OK(JetCreateTableColumnIndexA(w.f->sesid, w.f->dbid, &table));
    struct world o = {
        .f = w.f, .things = {.tableid = table.tableid, .id = columns[0].columnid},
             .made = columns[1].columnid
    };
    const int32_t five = 5;
    bind_module(&o);
    OK(JetPrepareUpdate(w.f->sesid, table.tableid, JET_prepInsert));
    OK(JetSetColumn(w.f->sesid, table.tableid, o.things.id, &five, sizeof five, JET_bitNil, NULL));
    OK(JetUpdate(w.f->sesid, table.tableid, NULL, 0, NULL));
    OK(JetMove(w.f->sesid, table.tableid, JET_MoveFirst, JET_bitNil));
    expect(&o, "the id is 5");
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, api_fixture_setup, api_fixture_teardown)
    const struct CMUnitTest tests[] = {
        T(test_what_is_not_there_is_made),   T(test_what_was_set_is_not_made),
        T(test_of_the_prepared_update),      T(test_the_name_outlives_a_crash),
        T(test_a_compact_copy_has_it),       T(test_a_function_that_is_not_to_be_had),
        T(test_without_persisted_callbacks), T(test_what_such_a_column_cannot_be),
        T(test_no_key_is_made_of_it),        T(test_many_values_at_once),
        T(test_wide_names_and_new_tables),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
