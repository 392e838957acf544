/* SPDX-License-Identifier: MIT */
/* JetConvertDDL: what may change of a definition when rows are there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "api_fixture.h"
#include "base/compiler.h"

#define NAME(text) ((char *)(uintptr_t)(text))
#define WIDE(text) ((WCHAR *)(uintptr_t)(text))

struct world {
    struct api_fixture *f;
    struct api_things things;
    JET_COLUMNID shorts, longs; /* text of 20 bytes at most, long binary of 100 */
};

static JET_COLUMNID add(const struct world *w, const char *name, JET_COLTYP type, uint32_t size_max, JET_GRBIT grbit)
{
    const JET_COLUMNDEF definition = {
        .cbStruct = sizeof definition, .coltyp = type, .cp = 1252, .cbMax = size_max, .grbit = grbit};
    JET_COLUMNID column;
    OK(JetAddColumn(w->f->sesid, w->things.tableid, name, &definition, NULL, 0, &column));
    return column;
}

static void create(void **state, struct world *w)
{
    w->f = *state;
    api_things_create(w->f, &w->things);
    w->shorts = add(w, "shorts", JET_coltypText, 20, JET_bitNil);
    w->longs = add(w, "longs", JET_coltypLongBinary, 100, JET_bitNil);
}

static JET_ERR convert(const struct world *w, const char *column, uint32_t size_max)
{
    JET_DDLMAXCOLUMNSIZE_A size = {NAME("things"), NAME(column), size_max};
    return JetConvertDDLA(w->f->sesid, w->f->dbid, opDDLConvIncreaseMaxColumnSize, &size, sizeof size);
}

static uint32_t size_max_of(const struct world *w, const char *column)
{
    JET_COLUMNDEF definition;
    OK(JetGetColumnInfo(w->f->sesid, w->f->dbid, "things", column, &definition, sizeof definition, JET_ColInfo));
    return definition.cbMax;
}

/* The result of setting so many bytes; nothing is written. */
static JET_ERR set(const struct world *w, JET_COLUMNID column, uint32_t size)
{
    static const char bytes[300] = "bytes";
    OK(JetBeginTransaction(w->f->sesid));
    OK(JetPrepareUpdate(w->f->sesid, w->things.tableid, JET_prepInsert));
    const JET_ERR err = JetSetColumn(w->f->sesid, w->things.tableid, column, bytes, size, JET_bitNil, NULL);
    OK(JetRollback(w->f->sesid, JET_bitNil));
    return err;
}

static void test_values_may_become_longer(void **state)
{
    struct world w;
    create(state, &w);
    assert_int_equal(set(&w, w.shorts, 30), JET_wrnColumnMaxTruncated);
    assert_int_equal(set(&w, w.longs, 101), JET_errColumnTooBig);
    OK(convert(&w, "shorts", 30));
    OK(convert(&w, "longs", 0));
    OK(set(&w, w.shorts, 30));
    assert_int_equal(set(&w, w.shorts, 31), JET_wrnColumnMaxTruncated);
    OK(set(&w, w.longs, 300));
    assert_int_equal(size_max_of(&w, "shorts"), 30);
    assert_int_equal(convert(&w, "shorts", 29), JET_errInvalidParameter);
    assert_int_equal(convert(&w, "longs", 1000), JET_errInvalidParameter); /* it has no limit any more */
    OK(convert(&w, "shorts", 255));
    assert_int_equal(convert(&w, "shorts", 256), JET_errInvalidParameter);
}

static void test_which_columns_have_no_longest_value(void **state)
{
    struct world w;
    create(state, &w);
    (void)add(&w, "fixed", JET_coltypBinary, 10, JET_bitColumnFixed);
    assert_int_equal(convert(&w, "fixed", 20), JET_errInvalidParameter);
    assert_int_equal(convert(&w, "id", 8), JET_errInvalidParameter);
    assert_int_equal(convert(&w, "nothing", 8), JET_errColumnNotFound);
    assert_int_equal(convert(&w, NULL, 8), JET_errInvalidName);
}

static void test_a_conversion_is_undone(void **state)
{
    struct world w;
    create(state, &w);
    OK(JetBeginTransaction(w.f->sesid));
    OK(convert(&w, "shorts", 30));
    assert_int_equal(size_max_of(&w, "shorts"), 30);
    OK(JetRollback(w.f->sesid, JET_bitNil));
    assert_int_equal(size_max_of(&w, "shorts"), 20);
    assert_int_equal(set(&w, w.shorts, 30), JET_wrnColumnMaxTruncated);
}

static void test_a_conversion_outlives_a_crash(void **state)
{
    struct world w;
    create(state, &w);
    OK(convert(&w, "shorts", 30));
    OK(JetBeginTransaction(w.f->sesid));
    OK(convert(&w, "longs", 200)); /* and one that was not committed does not */
    api_fixture_restart(w.f, JET_bitTermAbrupt);
    api_things_open(w.f, w.f->sesid, w.f->dbid, &w.things);
    assert_int_equal(size_max_of(&w, "shorts"), 30);
    assert_int_equal(size_max_of(&w, "longs"), 100);
    OK(set(&w, w.shorts, 30));
}

static uint32_t density_of(const struct world *w, const char *index)
{
    uint32_t density = 0;
    OK(JetGetIndexInfo(w->f->sesid, w->f->dbid, "things", index, &density, sizeof density, JET_IdxInfoSpaceAlloc));
    return density;
}

static JET_ERR density(const struct world *w, const char *table, const char *index, uint32_t percent)
{
    JET_DDLINDEXDENSITY_A wanted = {NAME(table), NAME(index), percent};
    return JetConvertDDLA(w->f->sesid, w->f->dbid, opDDLConvChangeIndexDensity, &wanted, sizeof wanted);
}

static void test_densities(void **state)
{
    struct world w;
    uint32_t alloc[2];
    create(state, &w);
    OK(JetCreateIndex(w.f->sesid, w.things.tableid, "by_name", JET_bitNil, "+name\0", 7, 80));
    OK(density(&w, "things", "by_name", 90));
    OK(density(&w, "things", NULL, 60));
    assert_int_equal(density_of(&w, "by_name"), 90);
    assert_int_equal(density_of(&w, "by_id"), 60);
    OK(JetBeginTransaction(w.f->sesid));
    OK(density(&w, "things", "by_name", 70));
    OK(JetRollback(w.f->sesid, JET_bitNil));
    assert_int_equal(density_of(&w, "by_name"), 90);
    assert_int_equal(density(&w, "things", "by_name", 19), JET_errDensityInvalid);
    assert_int_equal(density(&w, "things", "by_name", 101), JET_errDensityInvalid);
    assert_int_equal(density(&w, "things", "by_name", 0), JET_errDensityInvalid);
    assert_int_equal(density(&w, "things", "by_what", 80), JET_errIndexNotFound);
    assert_int_equal(density(&w, "nothings", "by_name", 80), JET_errObjectNotFound);
    assert_int_equal(density(&w, NULL, "by_name", 80), JET_errInvalidName);
    api_fixture_restart(w.f, JET_bitTermAbrupt);
    api_things_open(w.f, w.f->sesid, w.f->dbid, &w.things);
    assert_int_equal(density_of(&w, "by_name"), 90);
    assert_int_equal(density_of(&w, "by_id"), 60);
    OK(JetGetTableInfo(w.f->sesid, w.things.tableid, alloc, sizeof alloc, JET_TblInfoSpaceAlloc));
    assert_int_equal(alloc[1], 60);
}

static void test_wide_names_and_a_table_without_index(void **state)
{
    struct world w;
    JET_TABLEID other;
    create(state, &w);
    JET_DDLMAXCOLUMNSIZE_W size = {WIDE(u"things"), WIDE(u"shorts"), 40};
    OK(JetConvertDDLW(w.f->sesid, w.f->dbid, opDDLConvIncreaseMaxColumnSize, &size, sizeof size));
    assert_int_equal(size_max_of(&w, "shorts"), 40);
    OK(JetCreateTable(w.f->sesid, w.f->dbid, "other", 0, 80, &other));
    JET_DDLINDEXDENSITY_W wanted = {WIDE(u"other"), NULL, 50};
    OK(JetConvertDDLW(w.f->sesid, w.f->dbid, opDDLConvChangeIndexDensity, &wanted, sizeof wanted));
}

static void test_wrong_questions(void **state)
{
    struct world w;
    create(state, &w);
    JET_DDLMAXCOLUMNSIZE_A size = {NAME("things"), NAME("shorts"), 40};
    JET_DDLCALLBACKDLL_A dll = {NAME("a"), NAME("b")};
#define CONVERT(what, data, bytes) JetConvertDDLA(w.f->sesid, w.f->dbid, what, data, bytes)
    assert_int_equal(CONVERT(opDDLConvIncreaseMaxColumnSize, &size, sizeof size - 1), JET_errInvalidParameter);
    assert_int_equal(CONVERT(opDDLConvIncreaseMaxColumnSize, NULL, sizeof size), JET_errInvalidParameter);
    assert_int_equal(CONVERT(opDDLConvIncreaseMaxColumnSize, &size, 0), JET_errInvalidParameter);
    assert_int_equal(CONVERT(opDDLConvNull, &size, sizeof size), JET_errInvalidParameter);
    assert_int_equal(CONVERT(opDDLConvMax, &size, sizeof size), JET_errInvalidParameter);
    assert_int_equal(CONVERT(UINT32_MAX, &size, sizeof size), JET_errInvalidParameter);
    assert_int_equal(CONVERT(opDDLConvChangeCallbackDLL, &dll, sizeof dll), JET_errFeatureNotAvailable);
    assert_int_equal(CONVERT(opDDLConvChangeCallbackDLL, &dll, sizeof dll + 1), JET_errInvalidParameter);
    assert_int_equal(JetConvertDDLA(w.f->sesid, w.f->dbid + 1, opDDLConvIncreaseMaxColumnSize, &size, sizeof size),
                     JET_errInvalidDatabaseId);
    assert_int_equal(JetConvertDDLA(0, w.f->dbid, opDDLConvIncreaseMaxColumnSize, &size, sizeof size),
                     JET_errInvalidSesid);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, api_fixture_setup, api_fixture_teardown)
    const struct CMUnitTest tests[] = {
        T(test_values_may_become_longer),
        T(test_which_columns_have_no_longest_value),
        T(test_a_conversion_is_undone),
        T(test_a_conversion_outlives_a_crash),
        T(test_densities),
        T(test_wide_names_and_a_table_without_index),
        T(test_wrong_questions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
