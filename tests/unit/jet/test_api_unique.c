/* SPDX-License-Identifier: MIT */
/* Values that may be in a multi-valued column only once: by their bytes, and by the keys they would have in an
 * index. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "api_fixture.h"
#include "base/compiler.h"

enum { LARGE = 40000 }; /* more than a record may have */

static JET_COLUMNID add_text(const struct api_fixture *f, const struct api_things *things, JET_COLTYP type, uint16_t cp)
{
    const JET_COLUMNDEF definition = {.cbStruct = sizeof definition,
                                      .coltyp = type,
                                      .cp = cp,
                                      .grbit = JET_bitColumnTagged | JET_bitColumnMultiValued};
    JET_COLUMNID column;
    OK(JetAddColumn(f->sesid, things->tableid, "text", &definition, NULL, 0, &column));
    return column;
}

static void begin(const struct api_fixture *f, const struct api_things *things)
{
    const int32_t id = 1;
    OK(JetBeginTransaction(f->sesid));
    OK(JetPrepareUpdate(f->sesid, things->tableid, JET_prepInsert));
    OK(JetSetColumn(f->sesid, things->tableid, things->id, &id, sizeof id, JET_bitNil, NULL));
}

static JET_ERR set(const struct api_fixture *f, const struct api_things *things, JET_COLUMNID column, uint32_t itag,
                   const void *data, size_t size, JET_GRBIT grbit)
{
    JET_SETINFO info = {.cbStruct = sizeof info, .itagSequence = itag};
    return JetSetColumn(f->sesid, things->tableid, column, data, (uint32_t)size, grbit, &info);
}

#define ADD(text, grbit)            set(f, &things, column, 0, text, sizeof(text) - sizeof *(text), grbit)
#define EXCHANGE(itag, text, grbit) set(f, &things, column, itag, text, sizeof(text) - sizeof *(text), grbit)

static void unicode(void **state, JET_COLTYP type)
{
    const struct api_fixture *f = *state;
    struct api_things things;
    api_things_create(f, &things);
    const JET_COLUMNID column = add_text(f, &things, type, 1200);
    begin(f, &things);
    OK(ADD(u"Stra\u00DFe", JET_bitSetUniqueNormalizedMultiValues));
    OK(ADD(u"caf\u00E9", JET_bitSetUniqueNormalizedMultiValues));
    assert_int_equal(ADD(u"STRA\u00DFE", JET_bitSetUniqueNormalizedMultiValues), JET_errMultiValuedDuplicate);
    assert_int_equal(ADD(u"Caf\u00C9", JET_bitSetUniqueNormalizedMultiValues), JET_errMultiValuedDuplicate);
    OK(ADD(u"cafe", JET_bitSetUniqueNormalizedMultiValues)); /* accents count in the order as it is */
    OK(ADD(u"CAFE", JET_bitSetUniqueMultiValues));           /* other bytes */
    assert_int_equal(ADD(u"CAFE", JET_bitSetUniqueMultiValues), JET_errMultiValuedDuplicate);
    OK(EXCHANGE(1, u"STRA\u00DFE", JET_bitSetUniqueNormalizedMultiValues)); /* its own place */
    assert_int_equal(EXCHANGE(1, u"CAFE", JET_bitSetUniqueNormalizedMultiValues), JET_errMultiValuedDuplicate);
    OK(JetUpdate(f->sesid, things.tableid, NULL, 0, NULL));
    OK(JetCommitTransaction(f->sesid, JET_bitNil));
}

static void test_unicode_text_is_alike_in_any_case(void **state)
{
    unicode(state, JET_coltypText);
}

static void test_and_so_is_long_text(void **state)
{
    unicode(state, JET_coltypLongText);
}

/* Only the beginnings that an index would have are compared, and the error says so. */
static void test_long_texts_are_compared_by_their_beginnings(void **state)
{
    const struct api_fixture *f = *state;
    struct api_things things;
    static char text[LARGE];
    api_things_create(f, &things);
    const JET_COLUMNID column = add_text(f, &things, JET_coltypLongText, 1252);
    begin(f, &things);
    memset(text, 'a', sizeof text);
    OK(set(f, &things, column, 0, text, sizeof text, JET_bitSetUniqueNormalizedMultiValues | JET_bitSetSeparateLV));
    memset(text, 'A', 100);
    text[sizeof text - 1] = 'b';
    assert_int_equal(set(f, &things, column, 0, text, sizeof text, JET_bitSetUniqueNormalizedMultiValues),
                     JET_errMultiValuedDuplicateAfterTruncation);
    text[0] = 'b';
    OK(set(f, &things, column, 0, text, sizeof text, JET_bitSetUniqueNormalizedMultiValues));
    OK(JetUpdate(f->sesid, things.tableid, NULL, 0, NULL));
    OK(JetCommitTransaction(f->sesid, JET_bitNil));
}

/* Bytes are compared to the last, wherever they are. */
static void test_large_values_are_compared_as_a_whole(void **state)
{
    const struct api_fixture *f = *state;
    struct api_things things;
    static char value[LARGE];
    api_things_create(f, &things);
    const JET_COLUMNID column = api_column_add(f->sesid, things.tableid, "values", JET_coltypLongBinary,
                                               JET_bitColumnTagged | JET_bitColumnMultiValued);
    begin(f, &things);
    for (size_t i = 0; i < sizeof value; i++)
        value[i] = (char)(i * 7 / 5);
    OK(set(f, &things, column, 0, value, sizeof value, JET_bitSetUniqueMultiValues));
    assert_int_equal(set(f, &things, column, 0, value, sizeof value, JET_bitSetUniqueMultiValues),
                     JET_errMultiValuedDuplicate);
    value[sizeof value - 1]++;
    OK(set(f, &things, column, 0, value, sizeof value, JET_bitSetUniqueMultiValues));
    OK(set(f, &things, column, 0, value, sizeof value - 1, JET_bitSetUniqueMultiValues));
    OK(JetUpdate(f->sesid, things.tableid, NULL, 0, NULL));
    OK(JetCommitTransaction(f->sesid, JET_bitNil));
}

/* A value that is stored compressed is compared by what it says. */
static void test_compressed_text_is_compared_by_its_characters(void **state)
{
    const struct api_fixture *f = *state;
    struct api_things things;
    api_things_create(f, &things);
    const JET_COLUMNID column = add_text(f, &things, JET_coltypLongText, 1200);
    begin(f, &things);
    OK(ADD(u"one text that is long enough to be made shorter", JET_bitSetCompressed));
    assert_int_equal(ADD(u"One Text That Is Long Enough To Be Made Shorter", JET_bitSetUniqueNormalizedMultiValues),
                     JET_errMultiValuedDuplicate);
    assert_int_equal(ADD(u"one text that is long enough to be made shorter", JET_bitSetUniqueMultiValues),
                     JET_errMultiValuedDuplicate);
    OK(JetPrepareUpdate(f->sesid, things.tableid, JET_prepCancel));
    OK(JetCommitTransaction(f->sesid, JET_bitNil));
}

static void test_a_part_of_a_value_cannot_be_unique(void **state)
{
    const struct api_fixture *f = *state;
    struct api_things things;
    api_things_create(f, &things);
    const JET_COLUMNID column = add_text(f, &things, JET_coltypLongText, 1200);
    begin(f, &things);
    assert_int_equal(ADD(u"a", JET_bitSetUniqueNormalizedMultiValues | JET_bitSetAppendLV), JET_errInvalidGrbit);
    assert_int_equal(ADD(u"a", JET_bitSetUniqueMultiValues | JET_bitSetOverwriteLV), JET_errInvalidGrbit);
    OK(JetRollback(f->sesid, JET_bitNil));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, api_fixture_setup, api_fixture_teardown)
    const struct CMUnitTest tests[] = {
        T(test_unicode_text_is_alike_in_any_case),
        T(test_and_so_is_long_text),
        T(test_long_texts_are_compared_by_their_beginnings),
        T(test_large_values_are_compared_as_a_whole),
        T(test_compressed_text_is_compared_by_its_characters),
        T(test_a_part_of_a_value_cannot_be_unique),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
