/* SPDX-License-Identifier: MIT */
/* Long values that are written compressed: in the record, outside it, in part; and what JetGetRecordSize says of all of
 * it. The end of each test runs the whole check over the file, which decodes what is there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "api_fixture.h"
#include "base/compiler.h"

enum { BIG = 100000 };

struct world {
    struct api_fixture *fixture;
    struct api_things things;
    JET_COLUMNID packed, several; /* long binary, JET_bitColumnCompressed; the second has several values */
    uint8_t bytes[BIG];
};

static int setup(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    void *fixture;
    if (!w || api_fixture_setup(&fixture) != 0)
        return -1;
    w->fixture = fixture;
    api_things_create(w->fixture, &w->things);
    w->packed =
        api_column_add(w->fixture->sesid, w->things.tableid, "packed", JET_coltypLongBinary, JET_bitColumnCompressed);
    w->several = api_column_add(w->fixture->sesid, w->things.tableid, "several", JET_coltypLongBinary,
                                JET_bitColumnCompressed | JET_bitColumnTagged | JET_bitColumnMultiValued);
    for (size_t i = 0; i < BIG; i++)
        w->bytes[i] = (uint8_t)(0x80 + i / 7 % 5 + i % 3);
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;
    void *fixture = w->fixture;
    free(w);
    return api_fixture_teardown(&fixture);
}

static void begin(const struct world *w, int32_t id)
{
    OK(JetBeginTransaction(w->fixture->sesid));
    OK(JetPrepareUpdate(w->fixture->sesid, w->things.tableid, JET_prepInsert));
    OK(JetSetColumn(w->fixture->sesid, w->things.tableid, w->things.id, &id, sizeof id, JET_bitNil, NULL));
}

static void set(const struct world *w, JET_COLUMNID column, const void *bytes, size_t size, JET_GRBIT grbit,
                uint32_t offset)
{
    JET_SETINFO info = {.cbStruct = sizeof info, .ibLongValue = offset, .itagSequence = 1};
    OK(JetSetColumn(w->fixture->sesid, w->things.tableid, column, bytes, (uint32_t)size, grbit, &info));
}

static void end(const struct world *w, int32_t id)
{
    OK(JetUpdate(w->fixture->sesid, w->things.tableid, NULL, 0, NULL));
    OK(JetCommitTransaction(w->fixture->sesid, JET_bitNil));
    OK(api_things_seek(w->fixture->sesid, &w->things, id));
}

static void insert(const struct world *w, int32_t id, JET_COLUMNID column, size_t size, JET_GRBIT grbit)
{
    begin(w, id);
    set(w, column, w->bytes, size, grbit, 0);
    end(w, id);
}

static void expect(const struct world *w, JET_COLUMNID column, const uint8_t *bytes, size_t size)
{
    uint32_t actual = 0;
    uint8_t *read = malloc(size + 1);
    assert_non_null(read);
    OK(JetRetrieveColumn(w->fixture->sesid, w->things.tableid, column, read, (uint32_t)size + 1, &actual, JET_bitNil,
                         NULL));
    assert_int_equal(actual, size);
    assert_memory_equal(read, bytes, size);
    free(read);
}

static JET_RECSIZE3 size_of(const struct world *w, JET_GRBIT grbit)
{
    JET_RECSIZE3 size;
    OK(JetGetRecordSize3(w->fixture->sesid, w->things.tableid, &size, grbit));
    return size;
}

static void restart(struct world *w, int32_t id)
{
    api_fixture_restart(w->fixture, JET_bitTermDirty); /* recovery writes it again */
    api_things_open(w->fixture, w->fixture->sesid, w->fixture->dbid, &w->things);
    OK(api_things_seek(w->fixture->sesid, &w->things, id));
}

static void test_a_value_in_the_record(void **state)
{
    struct world *w = *state;
    insert(w, 1, w->packed, 1000, JET_bitNil); /* too short for XPRESS, and not of seven bits */
    assert_int_equal(size_of(w, JET_bitNil).cCompressedColumns, 0);
    memset(w->bytes, 'x', 1000);
    insert(w, 2, w->packed, 1000, JET_bitNil);
    expect(w, w->packed, w->bytes, 1000);
    const JET_RECSIZE3 size = size_of(w, JET_bitNil);
    assert_int_equal(size.cCompressedColumns, 1);
    assert_int_equal(size.cbData, 4 + 1000);
    assert_int_equal(size.cbDataCompressed, 4 + 1 + 875);
    assert_int_equal(size.cbIntrinsicLongValueData, 1000);
    assert_int_equal(size.cbIntrinsicLongValueDataCompressed, 876);
    assert_int_equal(size.cIntrinsicLongValues, 1);
    const JET_RECSIZE3 physical = size_of(w, JET_bitRecordSizeIntrinsicPhysicalOnly);
    assert_int_equal(physical.cbData, 4 + 876);
    restart(w, 2);
    expect(w, w->packed, w->bytes, 1000);
}

static void test_a_value_outside_the_record(void **state)
{
    struct world *w = *state;
    insert(w, 1, w->packed, BIG, JET_bitNil);
    expect(w, w->packed, w->bytes, BIG);
    const JET_RECSIZE3 size = size_of(w, JET_bitNil);
    assert_int_equal(size.cLongValues, 1);
    assert_int_equal(size.cbLongValueData, BIG);
    assert_true(size.cbLongValueDataCompressed < BIG / 4);
    assert_int_equal(size_of(w, JET_bitRecordSizeExtrinsicLogicalOnly).cbLongValueDataCompressed, BIG);
    assert_int_equal(size_of(w, JET_bitRecordSizeLocal).cbLongValueData, 0);
    restart(w, 1);
    expect(w, w->packed, w->bytes, BIG);
}

/* Asked for, and asked not to. */
static void test_what_is_asked_for_counts_before_the_column(void **state)
{
    struct world *w = *state;
    insert(w, 1, w->packed, BIG, JET_bitSetUncompressed);
    assert_int_equal(size_of(w, JET_bitNil).cbLongValueDataCompressed, BIG);
    insert(w, 2, w->things.note, BIG, JET_bitSetCompressed);
    assert_true(size_of(w, JET_bitNil).cbLongValueDataCompressed < BIG / 4);
    expect(w, w->things.note, w->bytes, BIG);
    insert(w, 3, w->things.note, BIG, JET_bitNil);
    assert_int_equal(size_of(w, JET_bitNil).cbLongValueDataCompressed, BIG);
}

/* Chunks are compressed one by one, so a part can be another than the rest. */
static void test_parts_of_a_value(void **state)
{
    static const uint8_t patch[] = "in the middle of it all";
    struct world *w = *state;
    insert(w, 1, w->packed, 30000, JET_bitNil);
    OK(JetBeginTransaction(w->fixture->sesid));
    OK(JetPrepareUpdate(w->fixture->sesid, w->things.tableid, JET_prepReplace));
    set(w, w->packed, w->bytes + 30000, 40000, JET_bitSetAppendLV | JET_bitSetUncompressed, 0);
    set(w, w->packed, w->bytes + 70000, 30000, JET_bitSetAppendLV, 0);
    end(w, 1);
    expect(w, w->packed, w->bytes, BIG);
    const JET_RECSIZE3 size = size_of(w, JET_bitNil);
    assert_true(size.cbLongValueDataCompressed > 36000 && size.cbLongValueDataCompressed < 70000);
    OK(JetBeginTransaction(w->fixture->sesid));
    OK(JetPrepareUpdate(w->fixture->sesid, w->things.tableid, JET_prepReplace));
    set(w, w->packed, patch, sizeof patch, JET_bitSetOverwriteLV, 20000);
    end(w, 1);
    memcpy(w->bytes + 20000, patch, sizeof patch);
    expect(w, w->packed, w->bytes, BIG);
    OK(JetBeginTransaction(w->fixture->sesid));
    OK(JetPrepareUpdate(w->fixture->sesid, w->things.tableid, JET_prepReplace));
    set(w, w->packed, NULL, 25000, JET_bitSetSizeLV, 0);
    end(w, 1);
    expect(w, w->packed, w->bytes, 25000);
}

/* A value that is large only when it is taken apart has to make room in its record. */
static void test_a_value_that_leaves_its_record(void **state)
{
    enum { SIZE = 65535, RUN = 128, OTHERS = 8, OTHER = 350 };
    struct world *w = *state;
    uint8_t other[OTHERS * OTHER];
    uint32_t random = 1;
    for (size_t i = 0; i < SIZE; i++) {
        random = i % RUN == 0 ? random * 1103515245u + 12345u : random;
        w->bytes[i] = (uint8_t)(0x80 | random >> 16);
    }
    for (size_t i = 0; i < sizeof other; i++)
        other[i] = (uint8_t)(0x80 | (random = random * 1103515245u + 12345u) >> 16);
    begin(w, 1);
    set(w, w->packed, w->bytes, SIZE, JET_bitSetIntrinsicLV, 0);
    for (size_t i = 0; i < OTHERS; i++) {
        JET_SETINFO info = {.cbStruct = sizeof info};
        OK(JetSetColumn(w->fixture->sesid, w->things.tableid, w->several, other + i * OTHER, OTHER, JET_bitNil, &info));
    }
    end(w, 1);
    expect(w, w->packed, w->bytes, SIZE);
    assert_int_equal(size_of(w, JET_bitNil).cLongValues, 1);
    restart(w, 1);
    expect(w, w->packed, w->bytes, SIZE);
}

/* A value in the record that grows by parts until it has to leave it. */
static void test_a_value_that_grows(void **state)
{
    struct world *w = *state;
    size_t size = 10;
    memset(w->bytes, 'a', BIG);
    insert(w, 1, w->packed, size, JET_bitNil);
    for (; size < 20000; size += size / 2) {
        OK(JetBeginTransaction(w->fixture->sesid));
        OK(JetPrepareUpdate(w->fixture->sesid, w->things.tableid, JET_prepReplace));
        set(w, w->packed, w->bytes + size, size / 2, JET_bitSetAppendLV, 0);
        end(w, 1);
        expect(w, w->packed, w->bytes, size + size / 2);
    }
}

static void set_nth(const struct world *w, uint32_t itag, const char *text)
{
    JET_SETINFO info = {.cbStruct = sizeof info, .itagSequence = itag};
    OK(JetSetColumn(w->fixture->sesid, w->things.tableid, w->several, text, (uint32_t)strlen(text), JET_bitNil, &info));
}

static void expect_nth(const struct world *w, uint32_t itag, const char *text)
{
    char read[100];
    uint32_t actual = 0;
    JET_RETINFO info = {.cbStruct = sizeof info, .itagSequence = itag};
    OK(JetRetrieveColumn(w->fixture->sesid, w->things.tableid, w->several, read, sizeof read, &actual, JET_bitNil,
                         &info));
    assert_int_equal(actual, strlen(text));
    assert_memory_equal(read, text, actual);
}

/* Only the first of several can be compressed in a record. */
static void test_several_values(void **state)
{
    static const char *const texts[] = {"the first of several values, and long enough",
                                        "the second of them, not so long", "the third, for good measure ..."};
    struct world *w = *state;
    begin(w, 1);
    for (uint32_t i = 0; i < COUNT_OF(texts); i++)
        set_nth(w, i + 1, texts[i]);
    end(w, 1);
    for (uint32_t i = 0; i < COUNT_OF(texts); i++)
        expect_nth(w, i + 1, texts[i]);
    assert_int_equal(size_of(w, JET_bitNil).cCompressedColumns, 1);
    OK(JetBeginTransaction(w->fixture->sesid));
    OK(JetPrepareUpdate(w->fixture->sesid, w->things.tableid, JET_prepReplace));
    set_nth(w, 1, texts[2]);
    end(w, 1);
    expect_nth(w, 1, texts[2]);
    expect_nth(w, 2, texts[1]);
    OK(JetBeginTransaction(w->fixture->sesid));
    OK(JetPrepareUpdate(w->fixture->sesid, w->things.tableid, JET_prepReplace));
    JET_SETINFO first = {.cbStruct = sizeof first, .itagSequence = 1};
    OK(JetSetColumn(w->fixture->sesid, w->things.tableid, w->several, NULL, 0, JET_bitNil, &first));
    end(w, 1);
    expect_nth(w, 1, texts[1]);
    expect_nth(w, 2, texts[2]);
}

/* Keys are made of what the value is, not of how it is stored. */
static void test_an_index_over_a_compressed_column(void **state)
{
    static const char key[] = "+packed\0";
    static const char text[] = "a text of seven bits, which becomes shorter";
    struct world *w = *state;
    OK(JetCreateIndex(w->fixture->sesid, w->things.tableid, "packed", JET_bitNil, key, sizeof key, 80));
    begin(w, 1);
    set(w, w->packed, text, sizeof text - 1, JET_bitNil, 0);
    end(w, 1);
    assert_int_equal(size_of(w, JET_bitNil).cCompressedColumns, 1);
    OK(JetSetCurrentIndex(w->fixture->sesid, w->things.tableid, "packed"));
    OK(JetMakeKey(w->fixture->sesid, w->things.tableid, text, sizeof text - 1, JET_bitNewKey));
    OK(JetSeek(w->fixture->sesid, w->things.tableid, JET_bitSeekEQ));
    OK(JetDelete(w->fixture->sesid, w->things.tableid));
}

/* Number for number what the format says: see table_cursor_size.c. */
static void test_every_number_of_a_record(void **state)
{
    struct world *w = *state;
    const int32_t tags[] = {5, 6, 7};
    begin(w, 1);
    OK(JetSetColumn(w->fixture->sesid, w->things.tableid, w->things.name, "abc", 3, JET_bitNil, NULL));
    for (unsigned i = 0; i < COUNT_OF(tags); i++) {
        JET_SETINFO further = {.cbStruct = sizeof further, .itagSequence = 0};
        OK(JetSetColumn(w->fixture->sesid, w->things.tableid, w->things.tags, &tags[i], sizeof tags[i], JET_bitNil,
                        &further));
    }
    set(w, w->things.note, w->bytes, 50, JET_bitNil, 0);
    end(w, 1);
    JET_RECSIZE3 size = size_of(w, JET_bitNil);
    assert_int_equal(size.cbData, 4 + 3 + 3 * 4 + 50);
    assert_int_equal(size.cbDataCompressed, size.cbData);
    assert_int_equal(size.cbKey, 5);
    assert_int_equal(size.cbOverhead, 4 + 2 + 5 + 4 + 1 + 2 + (4 + 1 + 3 * 2) + (4 + 1));
    assert_int_equal(size.cNonTaggedColumns, 2);
    assert_int_equal(size.cTaggedColumns, 2);
    assert_int_equal(size.cMultiValues, 2);
    assert_int_equal(size.cLongValues, 0);
    OK(JetGetRecordSize3(w->fixture->sesid, w->things.tableid, &size, JET_bitRecordSizeRunningTotal));
    assert_int_equal(size.cbData, 2 * 69);
    JET_RECSIZE old;
    OK(JetGetRecordSize(w->fixture->sesid, w->things.tableid, &old, JET_bitNil));
    assert_int_equal(old.cbData, 69);
    /* One that is being inserted has no key yet. */
    OK(JetPrepareUpdate(w->fixture->sesid, w->things.tableid, JET_prepInsertCopy));
    assert_int_equal(size_of(w, JET_bitRecordSizeInCopyBuffer).cbKey, 0);
    OK(JetPrepareUpdate(w->fixture->sesid, w->things.tableid, JET_prepCancel));
    assert_int_equal(JetGetRecordSize3(w->fixture->sesid, w->things.tableid, NULL, JET_bitNil),
                     JET_errInvalidParameter);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(test_a_value_in_the_record),
        T(test_a_value_outside_the_record),
        T(test_what_is_asked_for_counts_before_the_column),
        T(test_parts_of_a_value),
        T(test_a_value_that_leaves_its_record),
        T(test_a_value_that_grows),
        T(test_several_values),
        T(test_an_index_over_a_compressed_column),
        T(test_every_number_of_a_record),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
