/* SPDX-License-Identifier: MIT */
/* Values outside their records by reference, and many records in one buffer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "api_fixture.h"
#include "base/compiler.h"
#include "support/temp_folder.h"

enum { LARGE = 20000 };

static uint8_t large[LARGE];

/* Record `id` with a note of `size` bytes that depend on it. */
static void insert(const struct api_fixture *f, const struct api_things *things, int32_t id, const char *name,
                   uint32_t note_size)
{
    OK(JetBeginTransaction(f->sesid));
    OK(JetPrepareUpdate(f->sesid, things->tableid, JET_prepInsert));
    OK(JetSetColumn(f->sesid, things->tableid, things->id, &id, sizeof id, JET_bitNil, NULL));
    if (name)
        OK(JetSetColumn(f->sesid, things->tableid, things->name, name, (uint32_t)strlen(name), JET_bitNil, NULL));
    for (size_t i = 0; i < sizeof large; i++)
        large[i] = (uint8_t)(i * 13 / 7 + (size_t)id);
    if (note_size > 0)
        OK(JetSetColumn(f->sesid, things->tableid, things->note, large, note_size, JET_bitNil, NULL));
    OK(JetUpdate(f->sesid, things->tableid, NULL, 0, NULL));
    OK(JetCommitTransaction(f->sesid, JET_bitNil));
    OK(api_things_seek(f->sesid, things, id));
}

struct reference {
    uint8_t bytes[300];
    uint32_t size;
};

static JET_ERR reference_of(const struct api_fixture *f, const struct api_things *things, struct reference *reference)
{
    return JetRetrieveColumn(f->sesid, things->tableid, things->note, reference->bytes, sizeof reference->bytes,
                             &reference->size, JET_bitRetrieveAsRefIfNotInRecord, NULL);
}

static JET_ERR follow(const struct api_fixture *f, const struct api_things *things, const struct reference *reference,
                      uint32_t offset, void *buffer, uint32_t size, uint32_t *actual)
{
    return JetRetrieveColumnByReference(f->sesid, things->tableid, reference->bytes, reference->size, offset, buffer,
                                        size, actual, JET_bitNil);
}

/* ---- references ---- */

static void test_a_reference_leads_to_its_value(void **state)
{
    const struct api_fixture *f = *state;
    struct api_things things;
    struct reference reference;
    static uint8_t value[LARGE];
    uint32_t size;
    api_things_create(f, &things);
    insert(f, &things, 1, "one", LARGE);
    assert_int_equal(reference_of(f, &things, &reference), JET_wrnColumnReference);
    assert_int_equal(reference.size, 24 + 5 + strlen("note"));
    assert_int_equal(reference.bytes[0], 1);
    assert_memory_equal(reference.bytes + reference.size - 4, "note", 4);
    insert(f, &things, 2, "two", 100); /* the cursor goes elsewhere */

    for (size_t i = 0; i < sizeof large; i++)
        large[i] = (uint8_t)(i * 13 / 7 + 1);
    OK(follow(f, &things, &reference, 0, value, sizeof value, &size));
    assert_int_equal(size, LARGE);
    assert_memory_equal(value, large, LARGE);
    assert_int_equal(follow(f, &things, &reference, 5000, value, 10, &size), JET_wrnBufferTruncated);
    assert_int_equal(size, LARGE - 5000);
    assert_memory_equal(value, large + 5000, 10);
    assert_int_equal(follow(f, &things, &reference, 0, NULL, 0, &size), JET_wrnBufferTruncated);
    assert_int_equal(size, LARGE);
    OK(follow(f, &things, &reference, LARGE, value, 10, &size));
    assert_int_equal(size, 0);
    OK(JetRetrieveColumnByReference(f->sesid, things.tableid, reference.bytes, reference.size, 0, NULL, 0, &size,
                                    JET_bitRetrievePhysicalSize));
    assert_int_equal(size, LARGE);
}

static void test_what_is_in_the_record_needs_no_reference(void **state)
{
    const struct api_fixture *f = *state;
    struct api_things things;
    struct reference reference;
    api_things_create(f, &things);
    insert(f, &things, 1, NULL, 100);
    OK(reference_of(f, &things, &reference));
    assert_int_equal(reference.size, 100);
    assert_memory_equal(reference.bytes, large, 100);
    insert(f, &things, 2, NULL, 0);
    assert_int_equal(reference_of(f, &things, &reference), JET_wrnColumnNull);
}

static void test_a_reference_needs_room_and_a_record_that_stays(void **state)
{
    const struct api_fixture *f = *state;
    struct api_things things;
    struct reference reference;
    uint8_t value[8];
    uint32_t size;
    api_things_create(f, &things);
    insert(f, &things, 1, NULL, LARGE);
    assert_int_equal(JetRetrieveColumn(f->sesid, things.tableid, things.note, value, sizeof value, &size,
                                       JET_bitRetrieveAsRefIfNotInRecord, NULL),
                     JET_wrnBufferTruncated);
    assert_int_equal(size, 24 + 5 + 4);
    assert_int_equal(reference_of(f, &things, &reference), JET_wrnColumnReference);
    OK(JetBeginTransaction(f->sesid));
    OK(JetPrepareUpdate(f->sesid, things.tableid, JET_prepReplace));
    assert_int_equal(reference_of(f, &things, &reference), JET_errInvalidGrbit);
    assert_int_equal(follow(f, &things, &reference, 0, value, sizeof value, &size), JET_errInvalidOperation);
    assert_int_equal(size, 0);
    OK(JetRollback(f->sesid, JET_bitNil));
}

/* The value goes, and the reference with it; another value of the same record is another one. */
static void test_a_stale_reference(void **state)
{
    struct api_fixture *f = *state;
    struct api_things things;
    struct reference reference, second;
    uint8_t value[8];
    uint32_t size;
    api_things_create(f, &things);
    insert(f, &things, 1, NULL, LARGE);
    assert_int_equal(reference_of(f, &things, &reference), JET_wrnColumnReference);
    OK(JetBeginTransaction(f->sesid));
    OK(JetPrepareUpdate(f->sesid, things.tableid, JET_prepReplace));
    OK(JetSetColumn(f->sesid, things.tableid, things.note, large, LARGE - 1, JET_bitNil, NULL));
    OK(JetUpdate(f->sesid, things.tableid, NULL, 0, NULL));
    assert_int_equal(follow(f, &things, &reference, 0, value, sizeof value, &size), JET_errStaleColumnReference);
    assert_int_equal(reference_of(f, &things, &second), JET_wrnColumnReference);
    assert_int_equal(follow(f, &things, &second, 0, value, sizeof value, &size), JET_wrnBufferTruncated);
    assert_int_equal(size, LARGE - 1);
    OK(JetRollback(f->sesid, JET_bitNil));
    assert_int_equal(follow(f, &things, &reference, 0, value, sizeof value, &size), JET_wrnBufferTruncated);

    api_fixture_restart(f, JET_bitTermAbrupt); /* it outlives a crash */
    api_things_open(f, f->sesid, f->dbid, &things);
    assert_int_equal(follow(f, &things, &reference, 0, value, sizeof value, &size), JET_wrnBufferTruncated);
    assert_int_equal(size, LARGE);
    OK(JetRenameColumn(f->sesid, things.tableid, "note", "remark", JET_bitNil));
    assert_int_equal(follow(f, &things, &reference, 0, value, sizeof value, &size), JET_errStaleColumnReference);
    OK(JetRenameColumn(f->sesid, things.tableid, "tags", "note", JET_bitNil)); /* not of a long type */
    assert_int_equal(follow(f, &things, &reference, 0, value, sizeof value, &size), JET_errStaleColumnReference);
}

static void test_a_reference_from_elsewhere(void **state)
{
    const struct api_fixture *f = *state;
    struct api_things things, others;
    struct reference reference;
    struct api_fixture other = *f;
    uint8_t value[8];
    uint32_t size;
    api_things_create(f, &things);
    insert(f, &things, 1, NULL, LARGE);
    assert_int_equal(reference_of(f, &things, &reference), JET_wrnColumnReference);
    OK(JetCreateDatabase(f->sesid, temp_folder_path(f->folder, "other.edb"), NULL, &other.dbid, JET_bitNil));
    api_things_create(&other, &others);
    assert_int_equal(follow(f, &others, &reference, 0, value, sizeof value, &size), JET_errStaleColumnReference);
    insert(&other, &others, 1, NULL, LARGE);
    assert_int_equal(follow(f, &others, &reference, 0, value, sizeof value, &size), JET_errStaleColumnReference);
}

static void test_bytes_that_are_no_reference(void **state)
{
    const struct api_fixture *f = *state;
    struct api_things things;
    struct reference good, bad;
    uint8_t value[8];
    uint32_t size;
    api_things_create(f, &things);
    insert(f, &things, 1, NULL, LARGE);
    assert_int_equal(reference_of(f, &things, &good), JET_wrnColumnReference);
    for (bad = good; bad.size-- > 0;)
        assert_int_equal(follow(f, &things, &bad, 0, value, sizeof value, &size), JET_errInvalidColumnReference);
    bad = good;
    bad.size++;
    assert_int_equal(follow(f, &things, &bad, 0, value, sizeof value, &size), JET_errInvalidColumnReference);
    for (uint32_t at = 0; at < 4; at++)
        for (unsigned byte = 0; byte < 256; byte++) { /* version and sizes */
            bad = good;
            bad.bytes[at] = (uint8_t)byte;
            if (byte != good.bytes[at])
                assert_int_equal(follow(f, &things, &bad, 0, value, sizeof value, &size),
                                 JET_errInvalidColumnReference);
        }
    bad = good;
    memset(bad.bytes + 4, 0, 4); /* no value */
    assert_int_equal(follow(f, &things, &bad, 0, value, sizeof value, &size), JET_errInvalidColumnReference);
    bad = good;
    memset(bad.bytes + 8, 0, 4); /* no long value */
    assert_int_equal(follow(f, &things, &bad, 0, value, sizeof value, &size), JET_errInvalidColumnReference);
    bad.bytes[9] = 1; /* one that was never given out */
    assert_int_equal(follow(f, &things, &bad, 0, value, sizeof value, &size), JET_errInvalidColumnReference);
    bad = good;
    bad.bytes[12] ^= 1; /* of another database */
    assert_int_equal(follow(f, &things, &bad, 0, value, sizeof value, &size), JET_errStaleColumnReference);
    bad = good;
    bad.bytes[bad.size - 1] = 'a'; /* no such column */
    assert_int_equal(follow(f, &things, &bad, 0, value, sizeof value, &size), JET_errStaleColumnReference);
}

static void test_wrong_questions_about_references(void **state)
{
    const struct api_fixture *f = *state;
    struct api_things things;
    struct reference r;
    uint8_t value[8];
    uint32_t size;
    api_things_create(f, &things);
    insert(f, &things, 1, NULL, LARGE);
    assert_int_equal(reference_of(f, &things, &r), JET_wrnColumnReference);
    assert_int_equal(follow(f, &things, &r, 0, NULL, 8, &size), JET_errInvalidParameter);
    assert_int_equal(follow(f, &things, &r, 0, NULL, 0, NULL), JET_errInvalidParameter);
    assert_int_equal(follow(f, &things, &r, 0, value, 8, NULL), JET_wrnBufferTruncated);
#define ASK(offset, buffer, room, actual, grbit)                                                                       \
    JetRetrieveColumnByReference(f->sesid, things.tableid, r.bytes, r.size, offset, buffer, room, actual, grbit)
    assert_int_equal(ASK(1, NULL, 0, &size, JET_bitRetrievePhysicalSize), JET_errInvalidParameter);
    assert_int_equal(ASK(0, value, 8, &size, JET_bitRetrievePhysicalSize), JET_errInvalidParameter);
    assert_int_equal(ASK(0, value, 8, &size, JET_bitRetrieveCopy), JET_errInvalidGrbit);
    assert_int_equal(JetRetrieveColumnByReference(f->sesid, things.tableid, NULL, 0, 0, value, 8, &size, JET_bitNil),
                     JET_errInvalidColumnReference);
    assert_int_equal(
        JetRetrieveColumnByReference(f->sesid, things.tableid + 1, r.bytes, r.size, 0, value, 8, &size, JET_bitNil),
        JET_errInvalidTableId);
}

static void test_references_are_read_ahead(void **state)
{
    const struct api_fixture *f = *state;
    struct api_things things;
    struct reference references[4];
    const void *pointers[4];
    uint32_t sizes[4], done = 9;
    api_things_create(f, &things);
    for (int i = 0; i < 4; i++) {
        insert(f, &things, i + 1, NULL, LARGE);
        assert_int_equal(reference_of(f, &things, &references[i]), JET_wrnColumnReference);
        pointers[i] = references[i].bytes;
        sizes[i] = references[i].size;
    }
    references[2].bytes[12] ^= 1; /* stale: passed over */
    OK(JetPrereadColumnsByReference(f->sesid, things.tableid, pointers, sizes, 4, 0, 1000, &done, JET_bitNil));
    assert_int_equal(done, 3);
    OK(JetPrereadColumnsByReference(f->sesid, things.tableid, pointers, sizes, 4, 0, 2, &done,
                                    JET_bitPrereadFirstPage));
    assert_int_equal(done, 2);
    OK(JetPrereadColumnsByReference(f->sesid, things.tableid, pointers, sizes, 4, 0, 0, NULL, JET_bitNil));
    OK(JetPrereadColumnsByReference(f->sesid, things.tableid, pointers, sizes, 0, 0, 10, &done, JET_bitNil));
    assert_int_equal(done, 0);
    sizes[3]--;
    assert_int_equal(
        JetPrereadColumnsByReference(f->sesid, things.tableid, pointers, sizes, 4, 0, 1000, &done, JET_bitNil),
        JET_errInvalidColumnReference);
    assert_int_equal(
        JetPrereadColumnsByReference(f->sesid, things.tableid, pointers, sizes, 1, 2, 1, &done, JET_bitNil),
        JET_errInvalidParameter);
    assert_int_equal(JetPrereadColumnsByReference(f->sesid, things.tableid, NULL, sizes, 1, 0, 1, &done, JET_bitNil),
                     JET_errInvalidParameter);
    assert_int_equal(
        JetPrereadColumnsByReference(f->sesid, things.tableid, pointers, sizes, 1, 0, 1, &done, JET_bitPrereadForward),
        JET_errInvalidGrbit);
}

static void *JET_API reallocate(void *context, void *old, uint32_t size)
{
    (void)context;
    if (size > 0)
        return realloc(old, size);
    free(old);
    return NULL;
}

static void test_references_of_an_enumeration(void **state)
{
    const struct api_fixture *f = *state;
    struct api_things things;
    struct reference reference;
    JET_ENUMCOLUMNID wanted = {.columnid = 0};
    JET_ENUMCOLUMN *columns;
    uint32_t count;
    api_things_create(f, &things);
    insert(f, &things, 1, NULL, LARGE);
    wanted.columnid = things.note;
    assert_int_equal(reference_of(f, &things, &reference), JET_wrnColumnReference);
    OK(JetEnumerateColumns(f->sesid, things.tableid, 1, &wanted, &count, &columns, reallocate, NULL, 10,
                           JET_bitEnumerateAsRefIfNotInRecord));
    assert_int_equal(count, 1);
    assert_int_equal(columns[0].cEnumColumnValue, 1);
    JET_ENUMCOLUMNVALUE *value = columns[0].rgEnumColumnValue;
    assert_int_equal(value->err, JET_wrnColumnReference);
    assert_int_equal(value->cbData, reference.size);
    assert_memory_equal(value->pvData, reference.bytes, reference.size);
    free(value->pvData);
    free(value);
    free(columns);
    assert_int_equal(JetEnumerateColumns(f->sesid, things.tableid, 1, &wanted, &count, &columns, reallocate, NULL, 10,
                                         JET_bitEnumerateAsRefIfNotInRecord | JET_bitEnumerateInRecordOnly),
                     JET_errInvalidGrbit);
}

/* ---- where and how a value lies ---- */

static void test_where_a_value_lies(void **state)
{
    const struct api_fixture *f = *state;
    struct api_things things;
    struct reference reference;
    uint64_t id;
    uint32_t size, count;
    api_things_create(f, &things);
    insert(f, &things, 1, "name", LARGE);
    assert_int_equal(reference_of(f, &things, &reference), JET_wrnColumnReference);
#define LOOK(column, buffer, room, grbit)                                                                              \
    JetRetrieveColumn(f->sesid, things.tableid, things.column, buffer, room, &size, grbit, NULL)
    assert_int_equal(LOOK(note, &id, 8, JET_bitRetrieveLongId), JET_wrnSeparateLongValue);
    assert_int_equal(size, 8);
    assert_true(id == reference.bytes[8]);
    id = UINT64_MAX;
    assert_int_equal(LOOK(note, &id, 7, JET_bitRetrieveLongId), JET_wrnSeparateLongValue);
    assert_int_equal(size, 4);
    assert_true(id == (UINT64_C(0xFFFFFFFF00000000) | reference.bytes[8]));
    assert_int_equal(LOOK(note, &id, 3, JET_bitRetrieveLongId), JET_errInvalidBufferSize);
    assert_int_equal(LOOK(name, &id, 8, JET_bitRetrieveLongId), JET_wrnColumnNull);
    assert_int_equal(size, 0);
    assert_int_equal(LOOK(note, &count, 4, JET_bitRetrieveLongValueRefCount), JET_wrnSeparateLongValue);
    assert_int_equal(count, 1);
    assert_int_equal(LOOK(note, &count, 3, JET_bitRetrieveLongValueRefCount), JET_errInvalidBufferSize);
    OK(LOOK(note, NULL, 0, JET_bitRetrievePhysicalSize));
    assert_int_equal(size, LARGE);
    OK(LOOK(name, NULL, 0, JET_bitRetrievePhysicalSize));
    assert_int_equal(size, 4);
    assert_int_equal(LOOK(tags, NULL, 0, JET_bitRetrievePhysicalSize), JET_wrnColumnNull);
    assert_int_equal(LOOK(note, &id, 8, JET_bitRetrievePhysicalSize), JET_errInvalidParameter);
    assert_int_equal(LOOK(note, NULL, 0, JET_bitRetrievePhysicalSize | JET_bitRetrieveTag), JET_errInvalidGrbit);
    assert_int_equal(
        JetRetrieveColumn(f->sesid, things.tableid, things.note, NULL, 0, NULL, JET_bitRetrievePhysicalSize, NULL),
        JET_errInvalidParameter);
    OK(LOOK(id, &count, 4, JET_bitRetrievePageNumber));
    assert_true(count > 1 && count < 1000);
    assert_int_equal(LOOK(id, &count, 3, JET_bitRetrievePageNumber), JET_errBufferTooSmall);
    assert_int_equal(LOOK(id, &count, 4, JET_bitRetrievePageNumber | JET_bitRetrieveCopy), JET_errInvalidGrbit);

    /* A copy of the record shares the value. */
    const int32_t two = 2;
    OK(JetBeginTransaction(f->sesid));
    OK(JetPrepareUpdate(f->sesid, things.tableid, JET_prepInsertCopy));
    OK(JetSetColumn(f->sesid, things.tableid, things.id, &two, sizeof two, JET_bitNil, NULL));
    OK(JetUpdate(f->sesid, things.tableid, NULL, 0, NULL));
    assert_int_equal(LOOK(note, &count, 4, JET_bitRetrieveLongValueRefCount), JET_wrnSeparateLongValue);
    assert_int_equal(count, 2);
    OK(JetRollback(f->sesid, JET_bitNil));
    assert_int_equal(LOOK(note, &count, 4, JET_bitRetrieveLongValueRefCount), JET_wrnSeparateLongValue);
    assert_int_equal(count, 1);
}

/* A compressed value is smaller than it says. */
static void test_the_size_of_a_compressed_value(void **state)
{
    const struct api_fixture *f = *state;
    struct api_things things;
    static const char text[] = "words that are characters of seven bits, and enough of them to be worth it";
    uint32_t size;
    const int32_t one = 1;
    api_things_create(f, &things);
    OK(JetBeginTransaction(f->sesid));
    OK(JetPrepareUpdate(f->sesid, things.tableid, JET_prepInsert));
    OK(JetSetColumn(f->sesid, things.tableid, things.id, &one, sizeof one, JET_bitNil, NULL));
    OK(JetSetColumn(f->sesid, things.tableid, things.note, text, sizeof text, JET_bitSetCompressed, NULL));
    OK(JetRetrieveColumn(f->sesid, things.tableid, things.note, NULL, 0, &size,
                         JET_bitRetrievePhysicalSize | JET_bitRetrieveCopy, NULL));
    assert_true(size > 0 && size < sizeof text - 5);
    OK(JetUpdate(f->sesid, things.tableid, NULL, 0, NULL));
    OK(JetCommitTransaction(f->sesid, JET_bitNil));
}

/* ---- streams ---- */

/* One value of a stream as text: "record.column[itag]=...", or what it is instead. */
static JET_ERR next(const struct api_things *things, uint8_t *stream, uint32_t size, char *text)
{
    uint32_t record, itag, offset, value_size;
    JET_COLUMNID column;
    const JET_ERR err = JetRetrieveColumnFromRecordStream(stream, size, &record, &column, &itag, &offset, &value_size);
    if (err < JET_errSuccess || err == JET_wrnNoMoreRecords)
        return err;
    const char *name = column == things->id     ? "id"
                       : column == things->name ? "name"
                       : column == things->note ? "note"
                                                : "tags";
    text += sprintf(text, "%u.%s[%u]=", (unsigned)record, name, (unsigned)itag);
    if (err == JET_wrnColumnNull)
        strcpy(text, "null");
    else if (err == JET_wrnColumnNotInRecord)
        strcpy(text, "away");
    else if (err == JET_wrnColumnReference)
        strcpy(text, "reference");
    else if (column == things->id || column == things->tags)
        sprintf(text, "%d", (int)stream[offset]);
    else
        sprintf(text, "%.*s", (int)value_size, (const char *)stream + offset);
    return JET_errSuccess;
}

static void expect(const struct api_things *things, uint8_t *stream, uint32_t size, const char *wanted)
{
    char all[2000] = "", one[300];
    JET_ERR err;
    while ((err = next(things, stream, size, one)) == JET_errSuccess) {
        strcat(all, all[0] ? " " : "");
        strcat(all, one);
    }
    assert_int_equal(err, JET_wrnNoMoreRecords);
    assert_string_equal(all, wanted);
}

static void fill(const struct api_fixture *f, struct api_things *things)
{
    api_things_create(f, things);
    insert(f, things, 1, "one", 0);
    insert(f, things, 2, NULL, LARGE);
    insert(f, things, 3, "three", 0);
    OK(JetBeginTransaction(f->sesid));
    OK(JetPrepareUpdate(f->sesid, things->tableid, JET_prepReplace));
    for (int32_t tag = 7; tag <= 8; tag++) {
        JET_SETINFO further = {.cbStruct = sizeof further, .itagSequence = 0};
        OK(JetSetColumn(f->sesid, things->tableid, things->tags, &tag, sizeof tag, JET_bitNil, &further));
    }
    OK(JetUpdate(f->sesid, things->tableid, NULL, 0, NULL));
    OK(JetCommitTransaction(f->sesid, JET_bitNil));
    OK(JetMove(f->sesid, things->tableid, JET_MoveFirst, JET_bitNil));
}

static void test_all_records_in_a_stream(void **state)
{
    const struct api_fixture *f = *state;
    struct api_things things;
    uint8_t stream[1000];
    uint32_t size;
    fill(f, &things);
    assert_int_equal(
        JetStreamRecords(f->sesid, things.tableid, 0, NULL, stream, sizeof stream, &size, JET_bitStreamForward),
        JET_wrnNoMoreRecords);
    expect(&things, stream, size,
           "0.id[1]=1 0.name[1]=one 1.id[1]=2 1.note[1]=away 2.id[1]=3 2.name[1]=three 2.tags[1]=7 2.tags[2]=8");
    assert_int_equal(JetMove(f->sesid, things.tableid, 0, JET_bitNil), JET_errNoCurrentRecord);

    /* The other way, with references, and columns in an order of our own. */
    const JET_COLUMNID columns[] = {things.note, things.id};
    OK(JetMove(f->sesid, things.tableid, JET_MoveLast, JET_bitNil));
    OK(JetMove(f->sesid, things.tableid, JET_MovePrevious, JET_bitNil));
    assert_int_equal(JetStreamRecords(f->sesid, things.tableid, 2, columns, stream, sizeof stream, &size,
                                      JET_bitStreamBackward | JET_bitStreamColumnReferences),
                     JET_wrnNoMoreRecords);
    expect(&things, stream, size, "0.note[1]=reference 0.id[1]=2 1.note[1]=null 1.id[1]=1");
}

/* A reference in a stream leads to its value. */
static void test_a_reference_of_a_stream(void **state)
{
    const struct api_fixture *f = *state;
    struct api_things things;
    uint8_t stream[200], value[10];
    uint32_t size, record, itag, offset, reference_size;
    JET_COLUMNID column;
    fill(f, &things);
    OK(api_things_seek(f->sesid, &things, 2));
    assert_int_equal(JetStreamRecords(f->sesid, things.tableid, 1, &things.note, stream, sizeof stream, &size,
                                      JET_bitStreamForward | JET_bitStreamColumnReferences),
                     JET_wrnNoMoreRecords);
    assert_int_equal(JetRetrieveColumnFromRecordStream(stream, size, &record, &column, &itag, &offset, &reference_size),
                     JET_wrnColumnReference);
    assert_int_equal(column, things.note);
    assert_int_equal(JetRetrieveColumnByReference(f->sesid, things.tableid, stream + offset, reference_size, 0, value,
                                                  sizeof value, &size, JET_bitNil),
                     JET_wrnBufferTruncated);
    assert_int_equal(size, LARGE);
    for (size_t i = 0; i < sizeof value; i++)
        assert_int_equal(value[i], (uint8_t)(i * 13 / 7 + 2));
}

/* Only whole records, and the cursor is on the one that comes next. */
static void test_a_stream_in_parts(void **state)
{
    const struct api_fixture *f = *state;
    struct api_things things;
    uint8_t stream[1000];
    uint32_t size;
    const uint32_t header = 21, value = 9, first = 4 + 3, third = 4 + 5 + 4 + 4;
    fill(f, &things);
    assert_int_equal(
        JetStreamRecords(f->sesid, things.tableid, 0, NULL, stream, header - 1, &size, JET_bitStreamForward),
        JET_errBufferTooSmall);
    assert_int_equal(size, 0);
    OK(JetStreamRecords(f->sesid, things.tableid, 0, NULL, stream, header, &size, JET_bitStreamForward));
    assert_int_equal(size, header);
    assert_int_equal(api_things_id(f->sesid, &things), 1);
    OK(JetStreamRecords(f->sesid, things.tableid, 0, NULL, stream, header + 2 * value + first - 1, &size,
                        JET_bitStreamForward));
    assert_int_equal(size, header);
    expect(&things, stream, size, "");
    OK(JetStreamRecords(f->sesid, things.tableid, 0, NULL, stream, header + 2 * value + first, &size,
                        JET_bitStreamForward));
    assert_int_equal(size, header + 2 * value + first);
    expect(&things, stream, size, "0.id[1]=1 0.name[1]=one");
    assert_int_equal(api_things_id(f->sesid, &things), 2);
    OK(api_things_seek(f->sesid, &things, 3));
    assert_int_equal(JetStreamRecords(f->sesid, things.tableid, 0, NULL, stream, header + 4 * value + third, &size,
                                      JET_bitStreamForward),
                     JET_wrnNoMoreRecords);
    assert_int_equal(size, header + 4 * value + third);
}

static void test_a_stream_ends_with_the_range(void **state)
{
    const struct api_fixture *f = *state;
    struct api_things things;
    uint8_t stream[1000];
    uint32_t size;
    const int32_t two = 2;
    fill(f, &things);
    OK(JetMakeKey(f->sesid, things.tableid, &two, sizeof two, JET_bitNewKey));
    OK(JetSetIndexRange(f->sesid, things.tableid, JET_bitRangeUpperLimit | JET_bitRangeInclusive));
    assert_int_equal(
        JetStreamRecords(f->sesid, things.tableid, 1, &things.id, stream, sizeof stream, &size, JET_bitStreamForward),
        JET_wrnNoMoreRecords);
    expect(&things, stream, size, "0.id[1]=1 1.id[1]=2");
}

/* On a secondary index what is in its keys, and in those of the table, which may have been cut. */
static void test_a_stream_in_the_order_of_an_index(void **state)
{
    const struct api_fixture *f = *state;
    struct api_things things;
    uint8_t stream[1000];
    uint32_t size;
    fill(f, &things);
    OK(JetCreateIndex(f->sesid, things.tableid, "by_name", JET_bitNil, "-name\0", 7, 80));
    OK(JetSetCurrentIndex(f->sesid, things.tableid, "by_name"));
    assert_int_equal(
        JetStreamRecords(f->sesid, things.tableid, 0, NULL, stream, sizeof stream, &size, JET_bitStreamForward),
        JET_wrnNoMoreRecords);
    expect(&things, stream, size, "0.name[1]=three 0.id[1]=3 1.name[1]=one 1.id[1]=1 2.name[1]=null 2.id[1]=2");
    const JET_COLUMNID columns[] = {things.tags, things.name};
    OK(JetMove(f->sesid, things.tableid, JET_MoveFirst, JET_bitNil));
    assert_int_equal(
        JetStreamRecords(f->sesid, things.tableid, 2, columns, stream, sizeof stream, &size, JET_bitStreamForward),
        JET_wrnNoMoreRecords);
    expect(&things, stream, size,
           "0.tags[1]=away 0.name[1]=three 1.tags[1]=away 1.name[1]=one 2.tags[1]=away 2.name[1]=null");
}

static void test_what_an_index_does_not_give_back(void **state)
{
    const struct api_fixture *f = *state;
    struct api_things things;
    char name[300];
    uint8_t stream[1000];
    uint32_t size;
    api_things_create(f, &things);
    memset(name, 'n', sizeof name);
    name[sizeof name - 1] = '\0';
    name[254] = '\0';
    insert(f, &things, 1, name, 0); /* its key is cut */
    OK(JetCreateIndex(f->sesid, things.tableid, "by_name", JET_bitNil, "+name\0", 7, 80));
    OK(JetCreateIndex(f->sesid, things.tableid, "by_tags", JET_bitNil, "+tags\0", 7, 80));
    OK(JetSetCurrentIndex(f->sesid, things.tableid, "by_name"));
    assert_int_equal(
        JetStreamRecords(f->sesid, things.tableid, 0, NULL, stream, sizeof stream, &size, JET_bitStreamForward),
        JET_wrnNoMoreRecords);
    expect(&things, stream, size, "0.name[1]=away 0.id[1]=1");
    OK(JetSetCurrentIndex(f->sesid, things.tableid, "by_tags")); /* which of several values cannot be known */
    assert_int_equal(
        JetStreamRecords(f->sesid, things.tableid, 0, NULL, stream, sizeof stream, &size, JET_bitStreamForward),
        JET_wrnNoMoreRecords);
    expect(&things, stream, size, "0.tags[1]=away 0.id[1]=1");
}

static void test_wrong_questions_about_streams(void **state)
{
    const struct api_fixture *f = *state;
    struct api_things things;
    uint8_t stream[100];
    uint32_t size;
    const JET_COLUMNID unknown = 120;
    const JET_COLUMNID none = 0;
    fill(f, &things);
#define STREAM(count, columns, buffer, room, actual, grbit)                                                            \
    JetStreamRecords(f->sesid, things.tableid, count, columns, buffer, room, actual, grbit)
    assert_int_equal(STREAM(1, NULL, stream, 100, &size, JET_bitStreamForward), JET_errInvalidParameter);
    assert_int_equal(STREAM(0, &things.id, stream, 100, &size, JET_bitStreamForward), JET_errInvalidParameter);
    assert_int_equal(STREAM(0, NULL, NULL, 100, &size, JET_bitStreamForward), JET_errInvalidParameter);
    assert_int_equal(STREAM(0, NULL, NULL, 0, NULL, JET_bitStreamForward), JET_errInvalidParameter);
    assert_int_equal(STREAM(0, NULL, NULL, 0, &size, JET_bitStreamForward), JET_errBufferTooSmall);
    assert_int_equal(STREAM(0, NULL, stream, 100, &size, JET_bitNil), JET_errInvalidGrbit);
    assert_int_equal(STREAM(0, NULL, stream, 100, &size, JET_bitStreamForward | JET_bitStreamBackward),
                     JET_errInvalidGrbit);
    assert_int_equal(STREAM(0, NULL, stream, 100, &size, JET_bitStreamForward | 0x80), JET_errInvalidGrbit);
    assert_int_equal(STREAM(1, &unknown, stream, 100, &size, JET_bitStreamForward), JET_errColumnNotFound);
    assert_int_equal(STREAM(1, &none, stream, 100, &size, JET_bitStreamForward), JET_errBadColumnId);
    assert_int_equal(JetStreamRecords(f->sesid, things.tableid + 1, 0, NULL, stream, 100, &size, JET_bitStreamForward),
                     JET_errInvalidTableId);
}

/* Whatever the bytes: an error, or a value that lies in them. */
static void test_bytes_that_are_no_stream(void **state)
{
    const struct api_fixture *f = *state;
    struct api_things things;
    uint8_t good[200], bad[200];
    uint32_t size, record, itag, offset, value_size;
    JET_COLUMNID column;
    fill(f, &things);
    assert_int_equal(
        JetStreamRecords(f->sesid, things.tableid, 0, NULL, good, sizeof good, &size, JET_bitStreamForward),
        JET_wrnNoMoreRecords);
#define READ(bytes, room) JetRetrieveColumnFromRecordStream(bytes, room, &record, &column, &itag, &offset, &value_size)
    for (uint32_t cut = 0; cut < 21 + 9 + 4; cut++) {
        memcpy(bad, good, sizeof bad);
        assert_int_equal(READ(bad, cut), cut == 21 ? JET_wrnNoMoreRecords : JET_errInvalidParameter);
    }
    for (uint32_t at = 0; at < 40; at++)
        for (unsigned bit = 0; bit < 8; bit++) {
            memcpy(bad, good, sizeof bad);
            bad[at] ^= (uint8_t)(1u << bit);
            const JET_ERR err = READ(bad, size);
            assert_true(err != JET_errSuccess || (offset <= size && value_size <= size - offset));
            if (at < 5)
                assert_int_equal(err, JET_errInvalidParameter);
        }
    memcpy(bad, good, sizeof bad);
    assert_int_equal(READ(NULL, size), JET_errInvalidParameter);
    assert_int_equal(JetRetrieveColumnFromRecordStream(bad, size, NULL, &column, &itag, &offset, &value_size),
                     JET_errInvalidParameter);
    assert_int_equal(JetRetrieveColumnFromRecordStream(bad, size, &record, NULL, &itag, &offset, &value_size),
                     JET_errInvalidParameter);
    assert_int_equal(JetRetrieveColumnFromRecordStream(bad, size, &record, &column, NULL, &offset, &value_size),
                     JET_errInvalidParameter);
    assert_int_equal(JetRetrieveColumnFromRecordStream(bad, size, &record, &column, &itag, NULL, &value_size),
                     JET_errInvalidParameter);
    assert_int_equal(JetRetrieveColumnFromRecordStream(bad, size, &record, &column, &itag, &offset, NULL),
                     JET_errInvalidParameter);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, api_fixture_setup, api_fixture_teardown)
    const struct CMUnitTest tests[] = {
        T(test_a_reference_leads_to_its_value),
        T(test_what_is_in_the_record_needs_no_reference),
        T(test_a_reference_needs_room_and_a_record_that_stays),
        T(test_a_stale_reference),
        T(test_a_reference_from_elsewhere),
        T(test_bytes_that_are_no_reference),
        T(test_wrong_questions_about_references),
        T(test_references_are_read_ahead),
        T(test_references_of_an_enumeration),
        T(test_where_a_value_lies),
        T(test_the_size_of_a_compressed_value),
        T(test_all_records_in_a_stream),
        T(test_a_reference_of_a_stream),
        T(test_a_stream_in_parts),
        T(test_a_stream_ends_with_the_range),
        T(test_a_stream_in_the_order_of_an_index),
        T(test_what_an_index_does_not_give_back),
        T(test_wrong_questions_about_streams),
        T(test_bytes_that_are_no_stream),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
