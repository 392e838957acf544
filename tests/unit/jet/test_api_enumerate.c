/* SPDX-License-Identifier: MIT */
/* JetEnumerateColumns: which columns and values there are, in which form, and whose memory they are in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "api_fixture.h"
#include "base/compiler.h"

/* An allocator that counts, and may refuse. */
struct memory {
    int in_use;
    int refuse_at; /* the how-manieth allocation fails; 0: none */
    int calls;
};

static void *JET_API reallocate(void *context, void *old, uint32_t size)
{
    struct memory *memory = context;
    if (size == 0) {
        memory->in_use -= old != NULL;
        free(old);
        return NULL;
    }
    if (++memory->calls == memory->refuse_at)
        return NULL;
    memory->in_use += old == NULL;
    return realloc(old, size);
}

struct answer {
    uint32_t count;
    JET_ENUMCOLUMN *columns;
    struct memory memory;
};

static JET_ERR ask(JET_SESID sesid, JET_TABLEID tableid, JET_ENUMCOLUMNID *wanted, uint32_t count, JET_GRBIT grbit,
                   struct answer *answer)
{
    *answer = (struct answer){.memory.refuse_at = answer->memory.refuse_at};
    return JetEnumerateColumns(sesid, tableid, count, wanted, &answer->count, &answer->columns, reallocate,
                               &answer->memory, 5000, grbit);
}

/* As every client has to do it. */
static void release(struct answer *answer)
{
    for (uint32_t i = 0; i < answer->count; i++) {
        JET_ENUMCOLUMN *column = &answer->columns[i];
        if (column->err == JET_wrnColumnSingleValue) {
            reallocate(&answer->memory, column->pvData, 0);
            continue;
        }
        for (uint32_t j = 0; j < column->cEnumColumnValue; j++)
            reallocate(&answer->memory, column->rgEnumColumnValue[j].pvData, 0);
        reallocate(&answer->memory, column->rgEnumColumnValue, 0);
    }
    reallocate(&answer->memory, answer->columns, 0);
    assert_int_equal(answer->memory.in_use, 0);
    *answer = (struct answer){0};
}

static uint8_t big[20000];

/* One record: id 7, no name, a long note, tags 1, 2, 3; the cursor is on it. */
static void record_make(const struct api_fixture *fixture, struct api_things *things)
{
    const JET_SESID sesid = fixture->sesid;
    const int32_t id = 7;
    memset(big, 'n', sizeof big);
    api_things_create(fixture, things);
    OK(JetBeginTransaction(sesid));
    OK(JetPrepareUpdate(sesid, things->tableid, JET_prepInsert));
    OK(JetSetColumn(sesid, things->tableid, things->id, &id, sizeof id, JET_bitNil, NULL));
    OK(JetSetColumn(sesid, things->tableid, things->note, big, sizeof big, JET_bitNil, NULL));
    for (int32_t tag = 1; tag <= 3; tag++) {
        JET_SETINFO info = {.cbStruct = sizeof info, .itagSequence = 0};
        OK(JetSetColumn(sesid, things->tableid, things->tags, &tag, sizeof tag, JET_bitNil, &info));
    }
    OK(JetUpdate(sesid, things->tableid, NULL, 0, NULL));
    OK(JetCommitTransaction(sesid, JET_bitNil));
    OK(JetMove(sesid, things->tableid, JET_MoveFirst, JET_bitNil));
}

static void all_columns_come_with_all_values(void **state)
{
    const struct api_fixture *fixture = *state;
    struct api_things things;
    struct answer answer = {0};
    record_make(fixture, &things);
    OK(ask(fixture->sesid, things.tableid, NULL, 0, JET_bitEnumerateCompressOutput, &answer));
    assert_int_equal(answer.count, 3); /* the name was never set */
    const JET_ENUMCOLUMN *id = &answer.columns[0], *note = &answer.columns[1], *tags = &answer.columns[2];
    assert_int_equal(id->columnid, things.id);
    assert_int_equal(id->err, JET_wrnColumnSingleValue);
    assert_int_equal(id->cbData, 4);
    assert_int_equal(*(const int32_t *)id->pvData, 7);
    assert_int_equal(note->columnid, things.note);
    assert_int_equal(note->err, JET_errSuccess); /* it lies outside the record: never alone */
    assert_int_equal(note->cEnumColumnValue, 1);
    assert_int_equal(note->rgEnumColumnValue[0].err, JET_wrnColumnTruncated);
    assert_int_equal(note->rgEnumColumnValue[0].cbData, 5000);
    assert_memory_equal(note->rgEnumColumnValue[0].pvData, big, 5000);
    assert_int_equal(tags->cEnumColumnValue, 3);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(tags->rgEnumColumnValue[i].itagSequence, i + 1);
        assert_int_equal(*(const int32_t *)tags->rgEnumColumnValue[i].pvData, i + 1);
    }
    release(&answer);
    OK(ask(fixture->sesid, things.tableid, NULL, 0, JET_bitEnumerateTaggedOnly | JET_bitEnumerateInRecordOnly,
           &answer));
    assert_int_equal(answer.count, 2);
    assert_int_equal(answer.columns[0].rgEnumColumnValue[0].err, JET_wrnColumnNotInRecord);
    release(&answer);
    OK(ask(fixture->sesid, things.tableid, NULL, 0, JET_bitEnumeratePresenceOnly, &answer));
    for (uint32_t i = 0; i < answer.count; i++)
        assert_int_equal(answer.columns[i].err, JET_wrnColumnPresent);
    release(&answer);
}

static void columns_and_values_can_be_chosen(void **state)
{
    const struct api_fixture *fixture = *state;
    struct api_things things;
    struct answer answer = {0};
    record_make(fixture, &things);
    uint32_t tags[] = {3, 0, 9};
    JET_ENUMCOLUMNID wanted[] = {
        {.columnid = things.tags, .ctagSequence = COUNT_OF(tags), .rgtagSequence = tags},
        {.columnid = 0 },
        {.columnid = things.name          },
        {.columnid = things.id},
    };
    OK(ask(fixture->sesid, things.tableid, wanted, COUNT_OF(wanted), JET_bitNil, &answer));
    const JET_ENUMCOLUMNVALUE *values = answer.columns[0].rgEnumColumnValue;
    assert_int_equal(answer.columns[0].cEnumColumnValue, 3);
    assert_int_equal(*(const int32_t *)values[0].pvData, 3);
    assert_int_equal(values[1].err, JET_wrnColumnSkipped);
    assert_int_equal(values[2].err, JET_wrnColumnNull);
    assert_int_equal(answer.columns[1].err, JET_wrnColumnSkipped);
    assert_int_equal(answer.columns[2].err, JET_wrnColumnNull);
    assert_int_equal(answer.columns[3].cEnumColumnValue, 1);
    release(&answer);
    OK(ask(fixture->sesid, things.tableid, wanted, COUNT_OF(wanted), JET_bitEnumerateIgnoreDefault, &answer));
    assert_int_equal(answer.columns[2].err, JET_wrnColumnDefault);
    release(&answer);
    wanted[2].columnid = things.tags + 50; /* what is wrong with one id does not take the others away */
    assert_int_equal(ask(fixture->sesid, things.tableid, wanted, COUNT_OF(wanted), JET_bitNil, &answer),
                     JET_errColumnNotFound);
    assert_int_equal(answer.columns[2].err, JET_errColumnNotFound);
    assert_int_equal(answer.columns[3].cEnumColumnValue, 1);
    release(&answer);
}

static void defaults_count_unless_they_are_ignored(void **state)
{
    const struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    JET_COLUMNDEF definition = {.cbStruct = sizeof definition, .coltyp = JET_coltypLong, .grbit = JET_bitColumnTagged};
    struct api_things things;
    struct answer answer = {0};
    JET_COLUMNID id;
    const int32_t seven = 7;
    record_make(fixture, &things);
    OK(JetAddColumn(sesid, things.tableid, "seven", &definition, &seven, sizeof seven, &id));
    OK(ask(sesid, things.tableid, NULL, 0, JET_bitNil, &answer));
    assert_int_equal(answer.count, 4);
    assert_int_equal(answer.columns[3].columnid, id);
    assert_int_equal(*(const int32_t *)answer.columns[3].rgEnumColumnValue[0].pvData, 7);
    release(&answer);
    OK(ask(sesid, things.tableid, NULL, 0, JET_bitEnumerateIgnoreDefault, &answer));
    assert_int_equal(answer.count, 3);
    release(&answer);
}

static void the_prepared_update_can_be_enumerated(void **state)
{
    const struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    struct api_things things;
    struct answer answer = {0};
    record_make(fixture, &things);
    OK(JetPrepareUpdate(sesid, things.tableid, JET_prepReplace));
    OK(JetSetColumn(sesid, things.tableid, things.note, NULL, 0, JET_bitNil, NULL));
    OK(ask(sesid, things.tableid, NULL, 0, JET_bitEnumerateCopy, &answer));
    assert_int_equal(answer.count, 2);
    release(&answer);
    OK(ask(sesid, things.tableid, NULL, 0, JET_bitNil, &answer));
    assert_int_equal(answer.count, 3);
    release(&answer);
    OK(JetPrepareUpdate(sesid, things.tableid, JET_prepCancel));
}

/* Whichever allocation fails, nothing is left. */
static void without_memory_nothing_is_left(void **state)
{
    const struct api_fixture *fixture = *state;
    struct api_things things;
    struct answer answer = {0};
    int refused = 0;
    record_make(fixture, &things);
    for (int i = 1; refused == i - 1; i++) {
        answer.memory.refuse_at = i;
        const JET_ERR err = ask(fixture->sesid, things.tableid, NULL, 0, JET_bitEnumerateCompressOutput, &answer);
        if (err == JET_errSuccess)
            break;
        assert_int_equal(err, JET_errOutOfMemory);
        assert_int_equal(answer.memory.in_use, 0);
        assert_null(answer.columns);
        refused = i;
    }
    assert_int_equal(refused, 8); /* columns, id, values and note, values and three tags */
    release(&answer);
}

static void wrong_questions_are_refused(void **state)
{
    const struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    struct api_things things;
    struct answer answer = {0};
    record_make(fixture, &things);
    JET_ENUMCOLUMNID wanted = {.columnid = things.id};
    assert_int_equal(ask(sesid, things.tableid, &wanted, 1, JET_bitEnumerateTaggedOnly, &answer), JET_errInvalidGrbit);
    assert_int_equal(ask(sesid, things.tableid, NULL, 0, JET_bitEnumerateLocal, &answer), JET_errInvalidGrbit);
    assert_int_equal(ask(sesid, things.tableid, NULL, 1, JET_bitNil, &answer), JET_errInvalidParameter);
    assert_int_equal(JetEnumerateColumns(sesid, things.tableid, 0, NULL, &answer.count, &answer.columns, NULL, NULL,
                                         100, JET_bitNil),
                     JET_errInvalidParameter);
    assert_int_equal(JetMove(sesid, things.tableid, JET_MoveNext, JET_bitNil), JET_errNoCurrentRecord);
    assert_int_equal(ask(sesid, things.tableid, NULL, 0, JET_bitNil, &answer), JET_errNoCurrentRecord);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, api_fixture_setup, api_fixture_teardown)

/* JetRetrieveTaggedColumnList counts, and need not see a value. */
static void the_tagged_columns_are_counted(void **state)
{
    const struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    struct api_things things;
    JET_RETRIEVEMULTIVALUECOUNT list[4];
    uint32_t count;
    const int32_t number = 5;
    const JET_COLUMNDEF definition = {
        .cbStruct = sizeof definition, .coltyp = JET_coltypLong, .grbit = JET_bitColumnTagged};
    JET_COLUMNID with_default, with_other;
    record_make(fixture, &things);
    OK(JetAddColumn(sesid, things.tableid, "fifth", &definition, &number, sizeof number, &with_default));
    OK(JetAddColumn(sesid, things.tableid, "sixth", &definition, &number, sizeof number, &with_other));
    OK(JetRetrieveTaggedColumnList(sesid, things.tableid, &count, NULL, 0, 0, JET_bitNil));
    assert_int_equal(count, 4);
    OK(JetRetrieveTaggedColumnList(sesid, things.tableid, &count, NULL, 0, 0, JET_bitRetrieveIgnoreDefault));
    assert_int_equal(count, 2);
    OK(JetRetrieveTaggedColumnList(sesid, things.tableid, &count, list, sizeof list, 0, JET_bitNil));
    assert_int_equal(count, 4);
    assert_int_equal(list[0].columnid, things.note);
    assert_int_equal(list[0].cMultiValues, 1);
    assert_int_equal(list[0].usFlags, 1); /* long */
    assert_int_equal(list[1].columnid, things.tags);
    assert_int_equal(list[1].cMultiValues, 3);
    assert_int_equal(list[1].usFlags, 0);
    assert_int_equal(list[2].columnid, with_default);
    assert_int_equal(list[2].cMultiValues, 1);

    OK(JetRetrieveTaggedColumnList(sesid, things.tableid, &count, list, sizeof list, things.tags, JET_bitNil));
    assert_int_equal(count, 3);
    assert_int_equal(list[0].columnid, things.tags);
    list[1].columnid = 77;
    OK(JetRetrieveTaggedColumnList(sesid, things.tableid, &count, list, sizeof *list + 1, things.tags, JET_bitNil));
    assert_int_equal(count, 1);
    assert_int_equal(list[1].columnid, 77);
    OK(JetRetrieveTaggedColumnList(sesid, things.tableid, &count, list, 3, 0, JET_bitNil));
    assert_int_equal(count, 0);
    assert_int_equal(JetRetrieveTaggedColumnList(sesid, things.tableid, NULL, list, sizeof list, 0, JET_bitNil),
                     JET_errInvalidParameter);
    assert_int_equal(JetRetrieveTaggedColumnList(sesid, things.tableid + 1, &count, NULL, 0, 0, JET_bitNil),
                     JET_errInvalidTableId);

    OK(JetBeginTransaction(sesid));
    OK(JetPrepareUpdate(sesid, things.tableid, JET_prepReplace));
    OK(JetSetColumn(sesid, things.tableid, with_default, NULL, 0, JET_bitNil, NULL));
    OK(JetRetrieveTaggedColumnList(sesid, things.tableid, &count, list, sizeof list, with_default, JET_bitNil));
    assert_int_equal(list[0].usFlags, 0);
    OK(JetRetrieveTaggedColumnList(sesid, things.tableid, &count, list, sizeof list, with_default,
                                   JET_bitRetrieveCopy));
    assert_int_equal(count, 2);
    assert_int_equal(list[0].cMultiValues, 0);
    assert_int_equal(list[0].usFlags, 4); /* null instead of the default */
    OK(JetRollback(sesid, JET_bitNil));
    OK(JetMakeKey(sesid, things.tableid, &number, sizeof number, JET_bitNewKey));
    assert_int_equal(JetSeek(sesid, things.tableid, JET_bitSeekEQ), JET_errRecordNotFound);
    assert_int_equal(JetRetrieveTaggedColumnList(sesid, things.tableid, &count, NULL, 0, 0, JET_bitNil),
                     JET_errNoCurrentRecord);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(all_columns_come_with_all_values),
        TEST(columns_and_values_can_be_chosen),
        TEST(defaults_count_unless_they_are_ignored),
        TEST(the_prepared_update_can_be_enumerated),
        TEST(the_tagged_columns_are_counted),
        TEST(without_memory_nothing_is_left),
        TEST(wrong_questions_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
