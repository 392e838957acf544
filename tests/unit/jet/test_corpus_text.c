/* SPDX-License-Identifier: MIT */
/* Indexes over Unicode text in real databases of Windows, through the API: they are walked in the order of the keys
 * that they have, and nothing that would need another key is done to them. On Windows their version may be that of the
 * system, or not: they are looked at all the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "api_fixture.h"
#include "jet/inspect.h"
#include "support/corpus.h"
#include "support/temp_folder.h"

enum { PAGE_SIZE = 4096, KEY_ROOM = 2001 }; /* the process has one page size */

static void copy_file(const char *from, const char *to)
{
    static uint8_t buffer[1 << 16];
    FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
    size_t size;

    assert_non_null(in);
    assert_non_null(out);
    while ((size = fread(buffer, 1, sizeof buffer, in)) > 0)
        assert_int_equal(fwrite(buffer, 1, size, out), size);
    fclose(in);
    assert_int_equal(fclose(out), 0);
}

struct key {
    uint8_t bytes[KEY_ROOM];
    uint32_t size;
};

static int compare(const struct key *a, const struct key *b)
{
    const int order = memcmp(a->bytes, b->bytes, a->size < b->size ? a->size : b->size);

    return order != 0 ? order : (a->size > b->size) - (a->size < b->size);
}

/* Returns how many entries there are. */
static size_t walk(JET_SESID sesid, JET_TABLEID tableid)
{
    struct key keys[2] = {{.size = 0}, {.size = 0}};
    JET_ERR err = JetMove(sesid, tableid, JET_MoveFirst, JET_bitNil);
    size_t count = 0;

    for (; err == JET_errSuccess; count++) {
        struct key *key = &keys[count % 2], *before = &keys[(count + 1) % 2];

        OK(JetRetrieveKey(sesid, tableid, key->bytes, sizeof key->bytes, &key->size, JET_bitNil));
        if (count > 0)
            assert_true(compare(before, key) <= 0);
        err = JetMove(sesid, tableid, JET_MoveNext, JET_bitNil);
    }
    assert_int_equal(err, JET_errNoCurrentRecord);
    return count;
}

/* The last entry has a text, if any has. Its key finds it; a key of its own text is not made, and neither is another
 * for it. */
static void expect_no_new_keys(JET_SESID sesid, JET_TABLEID tableid, size_t count)
{
    struct key key;

    assert_int_equal(JetMakeKey(sesid, tableid, "x", 2, JET_bitNewKey), JET_errUnicodeNormalizationNotSupported);
    if (count == 0)
        return;
    OK(JetMove(sesid, tableid, JET_MoveLast, JET_bitNil));
    OK(JetRetrieveKey(sesid, tableid, key.bytes, sizeof key.bytes, &key.size, JET_bitNil));
    OK(JetMakeKey(sesid, tableid, key.bytes, key.size, JET_bitNewKey | JET_bitNormalizedKey));
    OK(JetSeek(sesid, tableid, JET_bitSeekEQ));
    OK(JetBeginTransaction(sesid));
    assert_int_equal(JetDelete(sesid, tableid), JET_errUnicodeNormalizationNotSupported);
    OK(JetCommitTransaction(sesid, JET_bitNil));
    assert_int_equal(walk(sesid, tableid), count);
}

/* Returns whether it was one with text. */
static bool check_index(const struct api_fixture *fixture, const struct inspect_table *table,
                        const struct inspect_index *index)
{
    const JET_SESID sesid = fixture->sesid;
    JET_TABLEID tableid;

    if (!(index->flags & INSPECT_INDEX_LOCALIZED_TEXT))
        return false;
    OK(JetOpenTable(sesid, fixture->dbid, table->name, NULL, 0, JET_bitNil, &tableid));
    OK(JetSetCurrentIndex(sesid, tableid, index->name));
    const size_t count = walk(sesid, tableid);
    if (JetMakeKey(sesid, tableid, "x", 2, JET_bitNewKey) < JET_errSuccess)
        expect_no_new_keys(sesid, tableid, count);
    else
        print_message("index %s of table %s has the version of this system\n", index->name, table->name);
    OK(JetCloseTable(sesid, tableid));
    return true;
}

static size_t check_catalog(const struct api_fixture *fixture, const char *path)
{
    static const struct finding_listener nobody;
    struct inspect_database *database = NULL;
    struct inspect_catalog catalog;
    size_t count = 0;

    assert_int_equal(inspect_database_open(path, &nobody, &database), JET_errSuccess);
    assert_int_equal(inspect_catalog_read(database, &nobody, &catalog), JET_errSuccess);
    for (size_t i = 0; i < catalog.table_count; i++)
        for (size_t k = 0; k < catalog.tables[i].index_count; k++)
            count += check_index(fixture, &catalog.tables[i], &catalog.tables[i].indexes[k]);
    inspect_catalog_done(&catalog);
    inspect_database_close(database);
    return count;
}

static size_t check_file(struct api_fixture *fixture, const char *path)
{
    JET_INSTANCE instance = fixture->instance;
    JET_SESID sesid = fixture->sesid;
    const char *copy = temp_folder_path(fixture->folder, "real.edb");
    struct api_fixture real = *fixture;

    copy_file(path, copy);
    OK(JetSetSystemParameter(&instance, 0, JET_paramEnableIndexCleanup, 0, NULL));
    OK(JetSetSystemParameter(&instance, 0, JET_paramEnableIndexChecking, 0, NULL));
    OK(JetAttachDatabase(sesid, copy, JET_bitNil));
    OK(JetOpenDatabase(sesid, copy, NULL, &real.dbid, JET_bitNil));
    const size_t count = check_catalog(&real, path);
    OK(JetCloseDatabase(sesid, real.dbid, JET_bitNil));
    OK(JetDetachDatabase(sesid, copy));
    assert_true(api_file_is_sound(copy));
    return count;
}

static void text_in_real_databases_is_read_and_not_written(void **state)
{
    size_t count = 0;

    for (size_t i = 0; i < corpus_count; i++) {
        if (corpus_files[i].page_size != PAGE_SIZE || corpus_files[i].is_dirty)
            continue;
        char *path = corpus_path(&corpus_files[i]);
        if (path)
            count += check_file(*state, path);
        free(path);
    }
    assert_int_not_equal(count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(text_in_real_databases_is_read_and_not_written, api_fixture_setup,
                                        api_fixture_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
