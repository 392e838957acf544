/* SPDX-License-Identifier: MIT */
/* Databases as they are made, attached and limited by parameters of their own, and what ESENT has given up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "api_fixture.h"
#include "base/compiler.h"
#include "support/temp_folder.h"

#define PARAM(id, value)                                                                                               \
    {                                                                                                                  \
        .dbparamid = (id), .pvParam = (void *)(uintptr_t) & (value), .cbParam = sizeof(value)                          \
    }

static JET_ERR create3(const struct api_fixture *f, const JET_SETDBPARAM *params, uint32_t count, JET_DBID *dbid)
{
    return JetCreateDatabase3A(f->sesid, temp_folder_path(f->folder, "other.edb"), dbid,
                               (JET_SETDBPARAM *)(uintptr_t)params, count, JET_bitNil);
}

static JET_ERR attach3(const struct api_fixture *f, const JET_SETDBPARAM *params, uint32_t count)
{
    return JetAttachDatabase3A(f->sesid, temp_folder_path(f->folder, "other.edb"), (JET_SETDBPARAM *)(uintptr_t)params,
                               count, JET_bitNil);
}

/* Grows until an error comes. */
static JET_ERR fill(const struct api_fixture *f, JET_DBID dbid, const char *name)
{
    static const char text[2000] = "x";
    JET_TABLEID tableid;
    JET_ERR err = JetCreateTable(f->sesid, dbid, name, 0, 0, &tableid);
    if (err < JET_errSuccess)
        return err;
    const JET_COLUMNID column = api_column_add(f->sesid, tableid, "text", JET_coltypLongBinary, JET_bitNil);
    for (int i = 0; i < 3000 && err >= JET_errSuccess; i++) {
        OK(JetBeginTransaction(f->sesid));
        err = JetPrepareUpdate(f->sesid, tableid, JET_prepInsert);
        if (err >= JET_errSuccess)
            err = JetSetColumn(f->sesid, tableid, column, text, sizeof text, JET_bitNil, NULL);
        if (err >= JET_errSuccess)
            err = JetUpdate(f->sesid, tableid, NULL, 0, NULL);
        OK(JetCommitTransaction(f->sesid, JET_bitCommitLazyFlush));
    }
    OK(JetCloseTable(f->sesid, tableid));
    return err;
}

/* ---- parameters ---- */

static void test_the_limit_is_a_parameter(void **state)
{
    const struct api_fixture *f = *state;
    const uint32_t most = 400, priority = 100;
    const JET_SETDBPARAM params[] = {PARAM(JET_dbparamDbSizeMaxPages, most), PARAM(JET_dbparamCachePriority, priority)};
    JET_DBID dbid;
    uint32_t limit = 0;
    OK(create3(f, params, COUNT_OF(params), &dbid));
    OK(JetGetMaxDatabaseSize(f->sesid, dbid, &limit, JET_bitNil));
    assert_int_equal(limit, most);
    assert_int_equal(fill(f, dbid, "one"), JET_errOutOfDatabaseSpace);
    OK(JetCloseDatabase(f->sesid, dbid, JET_bitNil));
    OK(JetDetachDatabase(f->sesid, temp_folder_path(f->folder, "other.edb")));

    OK(attach3(f, NULL, 0)); /* the limit was of that life only */
    OK(JetOpenDatabase(f->sesid, temp_folder_path(f->folder, "other.edb"), NULL, &dbid, JET_bitNil));
    OK(JetGetMaxDatabaseSize(f->sesid, dbid, &limit, JET_bitNil));
    assert_int_equal(limit, 0);
    OK(fill(f, dbid, "two"));
    OK(JetCloseDatabase(f->sesid, dbid, JET_bitNil));
    OK(JetDetachDatabase(f->sesid, temp_folder_path(f->folder, "other.edb")));
    OK(attach3(f, params, 1));
    assert_int_equal(attach3(f, params, 1), JET_wrnDatabaseAttached);
    OK(JetOpenDatabase(f->sesid, temp_folder_path(f->folder, "other.edb"), NULL, &dbid, JET_bitNil));
    OK(JetGetMaxDatabaseSize(f->sesid, dbid, &limit, JET_bitNil));
    assert_int_equal(limit, most);
}

struct wrong {
    uint32_t id;
    uint32_t value;
    uint32_t size;
    JET_ERR create, attach;
};

static void test_wrong_parameters(void **state)
{
    const struct api_fixture *f = *state;
    static const struct wrong wrong[] = {
        {JET_dbparamDbSizeMaxPages - 1,      0,                         4, JET_errInvalidDbparamId,  JET_errInvalidDbparamId },
        {JET_dbparamMaxValueInvalid,         0,                         4, JET_errInvalidDbparamId,  JET_errInvalidDbparamId },
        {JET_dbparamDbSizeMaxPages,          500,                       8, JET_errInvalidBufferSize, JET_errInvalidBufferSize},
        {JET_dbparamDbSizeMaxPages,          500,                       0, JET_errInvalidBufferSize, JET_errInvalidBufferSize},
        {JET_dbparamCachePriority,           1001,                      4, JET_errInvalidParameter,  JET_errInvalidParameter },
        {JET_dbparamShrinkDatabaseOptions,   0x20,                      4, JET_errSuccess,           JET_errInvalidGrbit     },
        {JET_dbparamShrinkDatabaseOptions,   0,                         3, JET_errSuccess,           JET_errInvalidBufferSize},
        {JET_dbparamShrinkDatabaseTimeQuota, 7 * 24 * 3600 * 1000u + 1, 4, JET_errSuccess,           JET_errInvalidParameter },
        {JET_dbparamLeakReclaimerTimeQuota,  7 * 24 * 3600 * 1000u + 1, 4, JET_errSuccess,           JET_errInvalidParameter },
        {JET_dbparamShrinkDatabaseSizeLimit, UINT32_MAX,                4, JET_errSuccess,           JET_errInvalidParameter },
    };
    const char *path = temp_folder_path(f->folder, "other.edb");
    for (unsigned i = 0; i < COUNT_OF(wrong); i++) {
        uint64_t value = wrong[i].value;
        const JET_SETDBPARAM param = {wrong[i].id, &value, wrong[i].size};
        JET_DBID dbid;
        assert_int_equal(create3(f, &param, 1, &dbid), wrong[i].create);
        if (wrong[i].create < JET_errSuccess)
            continue;
        OK(JetCloseDatabase(f->sesid, dbid, JET_bitNil));
        OK(JetDetachDatabase(f->sesid, path));
        assert_int_equal(attach3(f, &param, 1), wrong[i].attach);
        temp_tree_remove(path);
    }
    const JET_SETDBPARAM nothing = {JET_dbparamDbSizeMaxPages, NULL, 4};
    JET_DBID dbid;
    assert_int_equal(create3(f, &nothing, 1, &dbid), JET_errInvalidBufferSize);
    assert_int_equal(create3(f, NULL, 1, &dbid), JET_errInvalidParameter);
    assert_int_equal(attach3(f, NULL, 1), JET_errInvalidParameter);
}

static void test_all_parameters_at_once_and_wide_names(void **state)
{
    const struct api_fixture *f = *state;
    const uint32_t pages = 0, priority = UINT32_MAX, options = JET_bitShrinkDatabaseEofOnAttach, no_quota = UINT32_MAX;
    const uint32_t quota = 7 * 24 * 3600 * 1000u, limit = INT32_MAX, on = 1;
    JET_SETDBPARAM params[] = {
        PARAM(JET_dbparamDbSizeMaxPages, pages),
        PARAM(JET_dbparamCachePriority, priority),
        PARAM(JET_dbparamShrinkDatabaseOptions, options),
        PARAM(JET_dbparamShrinkDatabaseTimeQuota, no_quota),
        PARAM(JET_dbparamShrinkDatabaseSizeLimit, limit),
        PARAM(JET_dbparamLeakReclaimerEnabled, on),
        PARAM(JET_dbparamLeakReclaimerTimeQuota, quota),
        PARAM(JET_dbparamMaintainExtentPageCountCache, on),
        PARAM(JET_dbparamFlight_SelfAllocSpBufReservationEnabled, on),
    };
    WCHAR path[512];
    const char *narrow = temp_folder_path(f->folder, "wide.edb");
    JET_DBID dbid;
    for (size_t i = 0; i <= strlen(narrow); i++)
        path[i] = (WCHAR)narrow[i];
    OK(JetCreateDatabase3W(f->sesid, path, &dbid, params, COUNT_OF(params), JET_bitNil));
    OK(JetCloseDatabase(f->sesid, dbid, JET_bitNil));
    OK(JetDetachDatabaseW(f->sesid, path));
    OK(JetAttachDatabase3W(f->sesid, path, params, COUNT_OF(params), JET_bitNil));
}

/* ---- the limit, while it runs ---- */

static void test_the_limit_may_change(void **state)
{
    const struct api_fixture *f = *state;
    uint32_t limit = 1;
    OK(JetGetMaxDatabaseSize(f->sesid, f->dbid, &limit, JET_bitNil));
    assert_int_equal(limit, 0);
    OK(JetSetMaxDatabaseSize(f->sesid, f->dbid, 300, JET_bitNil));
    OK(JetGetMaxDatabaseSize(f->sesid, f->dbid, &limit, JET_bitNil));
    assert_int_equal(limit, 300);
    assert_int_equal(fill(f, f->dbid, "one"), JET_errOutOfDatabaseSpace);
    assert_int_equal(fill(f, f->dbid, "two"), JET_errOutOfDatabaseSpace);
    OK(JetSetMaxDatabaseSize(f->sesid, f->dbid, 0, JET_bitNil));
    OK(fill(f, f->dbid, "three"));
    OK(JetSetMaxDatabaseSize(f->sesid, f->dbid, 10, JET_bitNil)); /* less than it has: nothing more */
    assert_int_equal(JetGrowDatabase(f->sesid, f->dbid, 200, NULL), JET_errOutOfDatabaseSpace);
}

static void test_the_limit_of_nothing(void **state)
{
    const struct api_fixture *f = *state;
    uint32_t limit = 17;
    assert_int_equal(JetSetMaxDatabaseSize(f->sesid, 0, 1000, JET_bitNil), JET_errInvalidDatabaseId);
    assert_int_equal(JetSetMaxDatabaseSize(f->sesid, f->dbid + 1, 1000, JET_bitNil), JET_errInvalidDatabaseId);
    assert_int_equal(JetGetMaxDatabaseSize(f->sesid, JET_dbidNil, &limit, JET_bitNil), JET_errInvalidDatabaseId);
    assert_int_equal(JetGetMaxDatabaseSize(f->sesid, f->dbid, NULL, JET_bitNil), JET_errInvalidParameter);
    assert_int_equal(JetGetMaxDatabaseSize(0, f->dbid, &limit, JET_bitNil), JET_errInvalidSesid);
    assert_int_equal(JetSetMaxDatabaseSize(0, f->dbid, 1000, JET_bitNil), JET_errInvalidSesid);
    assert_int_equal(limit, 17);
}

/* A limit is of the instance's life: after a crash, too, there is none. */
static void test_the_limit_and_a_crash(void **state)
{
    struct api_fixture *f = *state;
    uint32_t limit = 1;
    OK(JetSetMaxDatabaseSize(f->sesid, f->dbid, 300, JET_bitNil));
    assert_int_equal(fill(f, f->dbid, "one"), JET_errOutOfDatabaseSpace);
    api_fixture_restart(f, JET_bitTermAbrupt);
    OK(JetGetMaxDatabaseSize(f->sesid, f->dbid, &limit, JET_bitNil));
    assert_int_equal(limit, 0);
    OK(fill(f, f->dbid, "two"));
}

/* ---- its pages, and its logs ---- */

enum { PAGE = 4096, PAGES_READ = 300 };

static _Alignas(PAGE) uint8_t pages[PAGES_READ * PAGE];

static JET_ERR get_pages(const struct api_fixture *f, uint32_t first, uint32_t count, uint32_t size, uint32_t *actual)
{
    return JetGetDatabasePages(f->sesid, f->dbid, first, count, pages, size, actual, JET_bitNil);
}

/* They are what lies in the file, which is the same before and behind the look at it. */
static void test_the_pages_of_the_file(void **state)
{
    struct api_fixture *f = *state;
    uint32_t actual, in_file;
    size_t size;
    OK(fill(f, f->dbid, "one"));
    OK(JetCloseDatabase(f->sesid, f->dbid, JET_bitNil));
    OK(JetDetachDatabase(f->sesid, f->file)); /* nothing is left in memory */
    OK(JetAttachDatabase(f->sesid, f->file, JET_bitNil));
    OK(JetOpenDatabase(f->sesid, f->file, NULL, &f->dbid, JET_bitNil));
    OK(get_pages(f, 1, PAGES_READ, sizeof pages, &actual));
    assert_int_equal(actual, sizeof pages);
    OK(JetGetDatabaseInfo(f->sesid, f->dbid, &in_file, sizeof in_file, JET_DbInfoFilesize));
    OK(JetCloseDatabase(f->sesid, f->dbid, JET_bitNil));
    OK(JetDetachDatabase(f->sesid, f->file));
    uint8_t *file = temp_file_read(f->file, &size);
    assert_true(size >= (size_t)(PAGES_READ + 2) * PAGE);
    assert_memory_equal(pages, file + 2 * PAGE, sizeof pages);
    free(file);

    OK(JetAttachDatabase(f->sesid, f->file, JET_bitNil));
    OK(JetOpenDatabase(f->sesid, f->file, NULL, &f->dbid, JET_bitNil));
    OK(get_pages(f, in_file - 2 - 9, 20, sizeof pages, &actual)); /* the last ten, and what is behind them */
    assert_int_equal(actual, 10 * PAGE);
    OK(get_pages(f, in_file, 20, sizeof pages, &actual));
    assert_int_equal(actual, 0);
    OK(JetGetDatabasePages(f->sesid, f->dbid, 1, 0, NULL, 0, &actual, JET_bitNil));
    assert_int_equal(actual, 0);
}

/* What pages say of themselves, and a bit that is mended in the client's memory. */
static void test_pages_in_memory(void **state)
{
    const struct api_fixture *f = *state;
    static JET_PAGEINFO infos[4];
    JET_PAGEINFO2 more[4] = {
        {.pageInfo = {.pgno = 1}}, {.pageInfo = {.pgno = 2}}, {.pageInfo = {.pgno = 3}}, {.pageInfo = {.pgno = 4}}};
    uint32_t actual;
    OK(fill(f, f->dbid, "one"));
    OK(JetCloseDatabase(f->sesid, f->dbid, JET_bitNil));
    OK(JetDetachDatabase(f->sesid, f->file));
    OK(JetAttachDatabase(f->sesid, f->file, JET_bitNil));
    JET_DBID dbid;
    OK(JetOpenDatabase(f->sesid, f->file, NULL, &dbid, JET_bitNil));
    OK(JetGetDatabasePages(f->sesid, dbid, 1, 4, pages, sizeof pages, &actual, JET_bitNil));
#define INFO(count, grbit)                                                                                             \
    JetGetPageInfo(pages, (count)*PAGE, infos, (count) * (uint32_t)sizeof *infos, grbit, JET_PageInfo)
    for (uint32_t i = 0; i < 4; i++)
        infos[i].pgno = i + 1;
    OK(INFO(4, JET_bitNil));
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(infos[i].pgno, i + 1);
        assert_true(infos[i].fPageIsInitialized);
        assert_false(infos[i].fCorrectableError);
        assert_true(infos[i].checksumActual == infos[i].checksumExpected && infos[i].checksumActual != 0);
        assert_true(infos[i].dbtime > 0 && infos[i].dbtime < 1u << 30);
        assert_true(infos[i].structureChecksum != 0);
    }
    const JET_PAGEINFO first = infos[0];
    pages[200] ^= 4;
    OK(INFO(4, JET_bitNil));
    assert_true(infos[0].fCorrectableError);
    assert_true(infos[0].checksumActual == first.checksumActual && infos[0].dbtime == first.dbtime);
    assert_true(infos[0].structureChecksum == first.structureChecksum);
    OK(INFO(4, JET_bitPageInfoNoStructureChecksum)); /* it was mended */
    assert_false(infos[0].fCorrectableError);
    assert_true(infos[0].structureChecksum == 0);

    memset(pages + PAGE + 100, 0x55, 300); /* beyond mending, and the others are looked at */
    memset(pages + 2 * PAGE, 0, PAGE);
    assert_int_equal(JetGetPageInfo2(pages, 4 * PAGE, more, sizeof more, JET_bitNil, JET_PageInfo2),
                     JET_errReadVerifyFailure);
    assert_true(more[1].pageInfo.checksumActual != more[1].pageInfo.checksumExpected);
    assert_true(more[1].pageInfo.dbtime == UINT64_MAX);
    assert_false(more[2].pageInfo.fPageIsInitialized);
    assert_true(more[3].pageInfo.dbtime == infos[3].dbtime);
    assert_true(more[3].rgChecksumActual[0] == 0); /* of large pages only */

    infos[0].pgno = 9; /* the image of another page */
    assert_int_equal(INFO(1, JET_bitNil), JET_errReadVerifyFailure);
    assert_int_equal(INFO(1, 2), JET_errInvalidGrbit);
    assert_int_equal(JetGetPageInfo(pages, PAGE, infos, sizeof infos, JET_bitNil, JET_PageInfo),
                     JET_errInvalidParameter);
    assert_int_equal(JetGetPageInfo(pages, PAGE - 1, infos, sizeof *infos, JET_bitNil, JET_PageInfo),
                     JET_errInvalidParameter);
    assert_int_equal(JetGetPageInfo(pages + 8, PAGE, infos, sizeof *infos, JET_bitNil, JET_PageInfo),
                     JET_errInvalidParameter);
    assert_int_equal(JetGetPageInfo(NULL, PAGE, infos, sizeof *infos, JET_bitNil, JET_PageInfo),
                     JET_errInvalidParameter);
    assert_int_equal(JetGetPageInfo(pages, PAGE, NULL, sizeof *infos, JET_bitNil, JET_PageInfo),
                     JET_errInvalidParameter);
    assert_int_equal(JetGetPageInfo(pages, PAGE, infos, sizeof *infos, JET_bitNil, JET_PageInfo2),
                     JET_errInvalidParameter);
    assert_int_equal(JetGetPageInfo2(pages, PAGE, infos, sizeof *infos, JET_bitNil, 7), JET_errInvalidParameter);
}

static void test_wrong_questions_about_pages(void **state)
{
    const struct api_fixture *f = *state;
    uint32_t actual;
    assert_int_equal(get_pages(f, 0, 1, PAGE, &actual), JET_errInvalidParameter);
    assert_int_equal(get_pages(f, 1, UINT32_MAX, PAGE, &actual), JET_errInvalidParameter);
    assert_int_equal(get_pages(f, UINT32_MAX, 1, PAGE, &actual), JET_errInvalidParameter);
    assert_int_equal(get_pages(f, 1, 2, 2 * PAGE - 1, &actual), JET_errBufferTooSmall);
    assert_int_equal(get_pages(f, 1, 1, PAGE, NULL), JET_errInvalidParameter);
    assert_int_equal(JetGetDatabasePages(f->sesid, f->dbid, 1, 1, NULL, PAGE, &actual, JET_bitNil),
                     JET_errInvalidParameter);
    assert_int_equal(JetGetDatabasePages(f->sesid, f->dbid, 1, 1, pages + 8, PAGE, &actual, JET_bitNil),
                     JET_errInvalidParameter);
    assert_int_equal(JetGetDatabasePages(f->sesid, f->dbid, 1, 1, pages, PAGE, &actual, 1), JET_errInvalidGrbit);
    assert_int_equal(JetGetDatabasePages(f->sesid, f->dbid + 1, 1, 1, pages, PAGE, &actual, JET_bitNil),
                     JET_errInvalidDatabaseId);
}

static void test_the_header_of_a_log(void **state)
{
    struct api_fixture *f = *state;
    const char *path = temp_folder_path(f->folder, "edb.log");
    JET_LOGINFOMISC first;
    JET_LOGINFOMISC2 second;
    JET_LOGINFOMISC3 third;
    JET_DBINFOMISC7 database;
    WCHAR wide[512];
    for (size_t i = 0; i <= strlen(path); i++)
        wide[i] = (WCHAR)path[i];
    OK(JetCloseDatabase(f->sesid, f->dbid, JET_bitNil));
    OK(JetDetachDatabase(f->sesid, f->file));
    OK(JetGetDatabaseFileInfo(f->file, &database, sizeof database, JET_DbInfoMisc));
    api_term(f->instance, JET_bitTermComplete); /* Windows lets nobody look at a log that is written */
    f->instance = 0;
    OK(JetGetLogFileInfoA(path, &first, sizeof first, JET_LogInfoMisc));
    OK(JetGetLogFileInfoW(wide, &second, sizeof second, JET_LogInfoMisc2));
    OK(JetGetLogFileInfoA(path, &third, sizeof third, JET_LogInfoMisc3));
    assert_true(first.ulGeneration >= 1);
    assert_int_equal(first.ulVersionMajor, 8);
    assert_int_equal(first.ulVersionMinor, 4000);
    assert_int_equal(first.ulVersionUpdate, third.ulVersionUpdateMajor);
    assert_int_equal(first.cbSectorSize, 4096);
    assert_int_equal(first.cbHeader, 1);
    assert_int_equal(first.cbFile, 128 * 1024 / 4096);
    assert_int_equal(first.cbDatabasePageSize, PAGE);
    assert_memory_equal(&first.signLog, &database.signLog, sizeof first.signLog);
    assert_memory_equal(&second, &first, sizeof first);
    assert_int_equal(third.ulVersionMinorDeprecated, 4000);
    assert_memory_equal(&third.lgposCheckpoint, &second.lgposCheckpoint, sizeof third.lgposCheckpoint);
    assert_memory_equal(&third.signLog, &first.signLog, sizeof third.signLog);

    assert_int_equal(JetGetLogFileInfo(path, &first, sizeof first - 1, JET_LogInfoMisc), JET_errInvalidBufferSize);
    assert_int_equal(JetGetLogFileInfo(path, &first, sizeof first, JET_LogInfoMisc2), JET_errInvalidBufferSize);
    assert_int_equal(JetGetLogFileInfo(path, &first, sizeof first, 7), JET_errInvalidParameter);
    assert_int_equal(JetGetLogFileInfo(path, NULL, sizeof first, JET_LogInfoMisc), JET_errInvalidParameter);
    assert_int_equal(JetGetLogFileInfoA(NULL, &first, sizeof first, JET_LogInfoMisc), JET_errInvalidPath);
    assert_int_equal(JetGetLogFileInfoA(temp_folder_path(f->folder, "none.log"), &first, sizeof first, JET_LogInfoMisc),
                     JET_errFileNotFound);
    const char *other = temp_folder_write(f->folder, "other.log", pages, sizeof pages);
    assert_int_equal(JetGetLogFileInfo(other, &first, sizeof first, JET_LogInfoMisc), JET_errLogFileCorrupt);
}

/* ---- what there is not ---- */

static void test_what_esent_has_given_up(void **state)
{
    const struct api_fixture *f = *state;
    JET_DBID dbid;
    assert_int_equal(JetPrepareToCommitTransaction(f->sesid, NULL, 0, JET_bitNil), JET_errFeatureNotAvailable);
    assert_int_equal(JetPrepareToCommitTransaction(0, NULL, 0, JET_bitNil), JET_errInvalidSesid);
    assert_int_equal(JetCreateDatabaseWithStreamingA(f->sesid, "a", "b", "c", 0, &dbid, JET_bitNil),
                     JET_errFeatureNotAvailable);
    assert_int_equal(JetCreateDatabaseWithStreamingW(f->sesid, u"a", u"b", u"c", 0, &dbid, JET_bitNil),
                     JET_errFeatureNotAvailable);
    assert_int_equal(JetAttachDatabaseWithStreamingA(f->sesid, "a", "b", "c", 0, JET_bitNil),
                     JET_errFeatureNotAvailable);
    assert_int_equal(JetAttachDatabaseWithStreamingW(f->sesid, u"a", u"b", u"c", 0, JET_bitNil),
                     JET_errFeatureNotAvailable);
}

static void test_a_table_has_no_key_of_encryption(void **state)
{
    const struct api_fixture *f = *state;
    struct api_things things;
    api_things_create(f, &things);
    OK(JetSetTableInfo(f->sesid, things.tableid, NULL, 0, JET_TblInfoEncryptionKey));
    assert_int_equal(JetSetTableInfo(f->sesid, things.tableid, "key", 3, JET_TblInfoEncryptionKey),
                     JET_errFeatureNotAvailable);
    assert_int_equal(JetSetTableInfo(f->sesid, things.tableid, NULL, 0, JET_TblInfoName), JET_errFeatureNotAvailable);
    assert_int_equal(JetSetTableInfo(f->sesid, things.tableid + 1, NULL, 0, JET_TblInfoEncryptionKey),
                     JET_errInvalidTableId);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, api_fixture_setup, api_fixture_teardown)
    const struct CMUnitTest tests[] = {
        T(test_the_limit_is_a_parameter),
        T(test_wrong_parameters),
        T(test_all_parameters_at_once_and_wide_names),
        T(test_the_limit_may_change),
        T(test_the_limit_of_nothing),
        T(test_the_limit_and_a_crash),
        T(test_the_pages_of_the_file),
        T(test_pages_in_memory),
        T(test_wrong_questions_about_pages),
        T(test_the_header_of_a_log),
        T(test_what_esent_has_given_up),
        T(test_a_table_has_no_key_of_encryption),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
