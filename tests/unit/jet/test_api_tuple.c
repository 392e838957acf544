/* SPDX-License-Identifier: MIT */
/* Indexes that have several keys for a record: pieces of a value, and combinations of the values of several columns.
 * The end of each test runs the whole check over the file, which makes these keys again with code of its own, but for
 * those of long and of Unicode text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "api_fixture.h"
#include "base/compiler.h"

#define END (-1)

struct world {
    struct api_fixture *fixture;
    struct api_things things;
    JET_COLUMNID text, colours; /* long text in code page 1252; long, multi-valued */
};

static void create(void **state, struct world *w)
{
    JET_COLUMNDEF text = {.cbStruct = sizeof text, .coltyp = JET_coltypLongText, .cp = 1252};
    w->fixture = *state;
    api_things_create(w->fixture, &w->things);
    OK(JetAddColumn(w->fixture->sesid, w->things.tableid, "text", &text, NULL, 0, &w->text));
    w->colours = api_column_add(w->fixture->sesid, w->things.tableid, "colours", JET_coltypLong,
                                JET_bitColumnTagged | JET_bitColumnMultiValued);
}

static void add_values(const struct world *w, JET_COLUMNID column, const int *values)
{
    for (; values && *values != 0; values++) {
        const int32_t value = *values;
        JET_SETINFO further = {.cbStruct = sizeof further, .itagSequence = 0};
        OK(JetSetColumn(w->fixture->sesid, w->things.tableid, column, &value, sizeof value, JET_bitNil, &further));
    }
}

static void insert(const struct world *w, int32_t id, const char *name, const char *text, const int *tags,
                   const int *colours)
{
    const JET_SESID sesid = w->fixture->sesid;
    const JET_TABLEID tableid = w->things.tableid;
    OK(JetPrepareUpdate(sesid, tableid, JET_prepInsert));
    OK(JetSetColumn(sesid, tableid, w->things.id, &id, sizeof id, JET_bitNil, NULL));
    if (name)
        OK(JetSetColumn(sesid, tableid, w->things.name, name, (uint32_t)strlen(name), JET_bitNil, NULL));
    if (text)
        OK(JetSetColumn(sesid, tableid, w->text, text, (uint32_t)strlen(text), JET_bitNil, NULL));
    add_values(w, w->things.tags, tags);
    add_values(w, w->colours, colours);
    OK(JetUpdate(sesid, tableid, NULL, 0, NULL));
}

static JET_ERR create_index(const struct world *w, const char *key, uint32_t key_size, JET_GRBIT grbit,
                            const JET_TUPLELIMITS *limits)
{
    JET_TUPLELIMITS copy;
    JET_INDEXCREATE_A index = {.cbStruct = sizeof index,
                               .szIndexName = (char *)(uintptr_t) "it",
                               .szKey = (char *)(uintptr_t)key,
                               .cbKey = key_size,
                               .grbit = grbit | (limits ? JET_bitIndexTupleLimits : 0),
                               .ulDensity = 80};
    if (limits) {
        copy = *limits;
        index.ptuplelimits = &copy;
    }
    return JetCreateIndex2(w->fixture->sesid, w->things.tableid, &index, 1);
}

#define INDEX(w, key, grbit, limits) create_index(w, key, sizeof(key), grbit, limits)

/* ids of the records that have an entry with exactly this piece, in the order of the index */
static void expect_piece(const struct world *w, const char *piece, const int *ids)
{
    const JET_SESID sesid = w->fixture->sesid;
    const JET_TABLEID tableid = w->things.tableid;
    OK(JetSetCurrentIndex(sesid, tableid, "it"));
    OK(JetMakeKey(sesid, tableid, piece, (uint32_t)strlen(piece), JET_bitNewKey));
    JET_ERR err = JetSeek(sesid, tableid, JET_bitSeekEQ | JET_bitSetIndexRange);
    if (*ids == END) {
        assert_int_equal(err, JET_errRecordNotFound);
        return;
    }
    for (; *ids != END; ids++) {
        OK(err);
        assert_int_equal(api_things_id(sesid, &w->things), *ids);
        err = JetMove(sesid, tableid, JET_MoveNext, JET_bitNil);
    }
    assert_int_equal(err, JET_errNoCurrentRecord);
}

#define IDS(...) ((const int[]){__VA_ARGS__, END})
#define OF(...)  ((const int[]){__VA_ARGS__, 0})

static unsigned count_entries(const struct world *w)
{
    unsigned count = 0;
    OK(JetSetCurrentIndex(w->fixture->sesid, w->things.tableid, "it"));
    for (JET_ERR err = JetMove(w->fixture->sesid, w->things.tableid, JET_MoveFirst, JET_bitNil); err == JET_errSuccess;
         err = JetMove(w->fixture->sesid, w->things.tableid, JET_MoveNext, JET_bitNil))
        count++;
    return count;
}

/* ---- tuples ---- */

/* As long as ten characters, and towards the end down to three; text upper-cased as in any key. */
static void test_pieces_by_default(void **state)
{
    struct world w;
    create(state, &w);
    OK(JetBeginTransaction(w.fixture->sesid));
    insert(&w, 1, NULL, "Hello, world", NULL, NULL);
    OK(INDEX(&w, "+text\0", JET_bitIndexTuples, NULL));
    insert(&w, 2, NULL, "world", NULL, NULL);
    insert(&w, 3, NULL, "wo", NULL, NULL);
    insert(&w, 4, NULL, NULL, NULL, NULL);
    OK(JetCommitTransaction(w.fixture->sesid, JET_bitNil));
    assert_int_equal(count_entries(&w), 10 + 3);
    expect_piece(&w, "world", IDS(1, 2));
    expect_piece(&w, "rld", IDS(1, 2));
    expect_piece(&w, "WORLD", IDS(1, 2));
    expect_piece(&w, "Hello, wor", IDS(1));
    expect_piece(&w, "Hello, world", IDS(1)); /* looked for by its beginning */
    expect_piece(&w, "orldx", IDS(END));
    expect_piece(&w, "hello", IDS(END)); /* the piece goes on */
}

/* The oldest call has no place for limits or a language: pieces by default, and nothing that it would have to point
 * to. */
static void test_pieces_by_the_oldest_call(void **state)
{
    static const char key[] = "+text\0";
    struct world w;
    create(state, &w);
    const JET_SESID sesid = w.fixture->sesid;
    const JET_TABLEID tableid = w.things.tableid;
    assert_int_equal(JetCreateIndex(sesid, tableid, "it", JET_bitIndexTupleLimits, key, sizeof key, 80),
                     JET_errIndexInvalidDef);
    assert_int_equal(JetCreateIndex(sesid, tableid, "it", JET_bitIndexUnicode, key, sizeof key, 80),
                     JET_errIndexInvalidDef);
    OK(JetCreateIndex(sesid, tableid, "it", JET_bitIndexTuples, key, sizeof key, 80));
    OK(JetBeginTransaction(sesid));
    insert(&w, 1, NULL, "world", NULL, NULL);
    OK(JetCommitTransaction(sesid, JET_bitNil));
    expect_piece(&w, "rld", IDS(1));
}

static void test_a_search_for_less_than_a_piece(void **state)
{
    struct world w;
    create(state, &w);
    OK(INDEX(&w, "+text\0", JET_bitIndexTuples, NULL));
    OK(JetSetCurrentIndex(w.fixture->sesid, w.things.tableid, "it"));
    assert_int_equal(JetMakeKey(w.fixture->sesid, w.things.tableid, "wo", 2, JET_bitNewKey),
                     JET_errIndexTuplesKeyTooSmall);
    assert_int_equal(JetMakeKey(w.fixture->sesid, w.things.tableid, NULL, 0, JET_bitNewKey),
                     JET_errIndexTuplesKeyTooSmall);
    OK(JetMakeKey(w.fixture->sesid, w.things.tableid, "wor", 3, JET_bitNewKey | JET_bitSubStrLimit));
}

static void test_pieces_as_they_were_asked_for(void **state)
{
    static const JET_TUPLELIMITS limits = {2, 4, 3, 2, 1};
    struct world w;
    create(state, &w);
    OK(INDEX(&w, "+name\0", JET_bitIndexTuples, &limits));
    OK(JetBeginTransaction(w.fixture->sesid));
    insert(&w, 1, "abcdefghijkl", NULL, NULL, NULL);
    insert(&w, 2, "xbcd", NULL, NULL, NULL);
    OK(JetCommitTransaction(w.fixture->sesid, JET_bitNil));
    assert_int_equal(count_entries(&w), 3 + 1);
    expect_piece(&w, "bcde", IDS(1));
    expect_piece(&w, "defg", IDS(1));
    expect_piece(&w, "fghi", IDS(1));
    expect_piece(&w, "hijk", IDS(END));
    expect_piece(&w, "bcd", IDS(2));
}

static void replace_text(const struct world *w, int id, const char *text)
{
    OK(JetSetCurrentIndex(w->fixture->sesid, w->things.tableid, NULL));
    OK(api_things_seek(w->fixture->sesid, &w->things, id));
    OK(JetPrepareUpdate(w->fixture->sesid, w->things.tableid, JET_prepReplace));
    OK(JetSetColumn(w->fixture->sesid, w->things.tableid, w->text, text, (uint32_t)strlen(text), JET_bitNil, NULL));
    OK(JetUpdate(w->fixture->sesid, w->things.tableid, NULL, 0, NULL));
}

/* Equal pieces of one record are one entry; a change takes and gives only what differs; rolled back, all is as
 * before. */
static void test_pieces_follow_their_record(void **state)
{
    struct world w;
    create(state, &w);
    OK(INDEX(&w, "+text\0", JET_bitIndexTuples, NULL));
    OK(JetBeginTransaction(w.fixture->sesid));
    insert(&w, 1, NULL, "aaaaaaaaaaaaaaaaaaaa", NULL, NULL);
    OK(JetCommitTransaction(w.fixture->sesid, JET_bitNil));
    assert_int_equal(count_entries(&w), 8);
    OK(JetBeginTransaction(w.fixture->sesid));
    replace_text(&w, 1, "baaaa");
    assert_int_equal(count_entries(&w), 3);
    expect_piece(&w, "baaaa", IDS(1));
    OK(JetRollback(w.fixture->sesid, JET_bitNil));
    assert_int_equal(count_entries(&w), 8);
    OK(JetSetCurrentIndex(w.fixture->sesid, w.things.tableid, NULL));
    OK(api_things_seek(w.fixture->sesid, &w.things, 1));
    OK(JetDelete(w.fixture->sesid, w.things.tableid));
    assert_int_equal(count_entries(&w), 0);
}

/* A long value is read where it lies. */
static void test_pieces_of_a_long_value(void **state)
{
    enum { LONG = 20000 };
    struct world w;
    char *text = malloc(LONG + 1);
    assert_non_null(text);
    for (int i = 0; i < LONG; i++)
        text[i] = (char)('A' + (i / 20 * 7 + i % 20) % 26);
    text[LONG] = '\0';
    memcpy(text + 15000, "needle", 6);
    create(state, &w);
    OK(INDEX(&w, "+text\0", JET_bitIndexTuples, NULL));
    OK(JetBeginTransaction(w.fixture->sesid));
    insert(&w, 1, NULL, text, NULL, NULL);
    OK(JetCommitTransaction(w.fixture->sesid, JET_bitNil));
    free(text);
    OK(JetSetCurrentIndex(w.fixture->sesid, w.things.tableid, "it"));
    OK(JetMakeKey(w.fixture->sesid, w.things.tableid, "needle", 6, JET_bitNewKey | JET_bitPartialColumnStartLimit));
    assert_true(JetSeek(w.fixture->sesid, w.things.tableid, JET_bitSeekGE) >= JET_errSuccess);
    OK(JetMakeKey(w.fixture->sesid, w.things.tableid, "needle", 6, JET_bitNewKey | JET_bitPartialColumnEndLimit));
    OK(JetSetIndexRange(w.fixture->sesid, w.things.tableid, JET_bitRangeUpperLimit));
    assert_int_equal(api_things_id(w.fixture->sesid, &w.things), 1);
}

static void test_limits_outlive_the_instance(void **state)
{
    static const JET_TUPLELIMITS limits = {2, 4, 3, 2, 1};
    struct world w;
    create(state, &w);
    OK(INDEX(&w, "+name\0-id\0", JET_bitNil, &limits));
    api_fixture_restart(w.fixture, JET_bitTermComplete);
    api_things_open(w.fixture, w.fixture->sesid, w.fixture->dbid, &w.things);
    OK(JetBeginTransaction(w.fixture->sesid));
    api_things_insert(w.fixture->sesid, &w.things, 1, "abcdefghijkl");
    api_things_insert(w.fixture->sesid, &w.things, 2, "abcdefghijkl");
    OK(JetCommitTransaction(w.fixture->sesid, JET_bitNil));
    assert_int_equal(count_entries(&w), 6);
    OK(JetMove(w.fixture->sesid, w.things.tableid, JET_MoveFirst, JET_bitNil));
    assert_int_equal(api_things_id(w.fixture->sesid, &w.things), 2);
}

static void test_columns_from_a_tuple_index(void **state)
{
    struct world w;
    char name[32];
    int32_t id;
    create(state, &w);
    OK(INDEX(&w, "+name\0+id\0", JET_bitIndexTuples, NULL));
    OK(JetBeginTransaction(w.fixture->sesid));
    insert(&w, 1, "abcdef", NULL, NULL, NULL);
    OK(JetCommitTransaction(w.fixture->sesid, JET_bitNil));
    OK(JetSetCurrentIndex(w.fixture->sesid, w.things.tableid, "it"));
    assert_int_equal(JetRetrieveColumn(w.fixture->sesid, w.things.tableid, w.things.name, name, sizeof name, NULL,
                                       JET_bitRetrieveFromIndex, NULL),
                     JET_errIndexTuplesCannotRetrieveFromIndex);
    OK(JetRetrieveColumn(w.fixture->sesid, w.things.tableid, w.things.id, &id, sizeof id, NULL,
                         JET_bitRetrieveFromIndex, NULL));
    assert_int_equal(id, 1);
    OK(JetRetrieveColumn(w.fixture->sesid, w.things.tableid, w.things.name, name, sizeof name, NULL, JET_bitNil, NULL));
}

static void test_what_cannot_be_a_tuple_index(void **state)
{
    static const JET_TUPLELIMITS wrong[] = {
        {1, 4,     3,       1, 0},
        {5, 4,     3,       1, 0},
        {2, 256,   3,       1, 0},
        {2, 70000, 3,       1, 0},
        {2, 4,     0x8000,  1, 0},
        {2, 4,     0x10000, 1, 0}
    };
    struct world w;
    create(state, &w);
    assert_int_equal(INDEX(&w, "+text\0", JET_bitIndexTuples | JET_bitIndexUnique, NULL),
                     JET_errIndexTuplesNonUniqueOnly);
    assert_int_equal(INDEX(&w, "+id\0", JET_bitIndexTuples, NULL), JET_errIndexTuplesTextBinaryColumnsOnly);
    for (unsigned i = 0; i < COUNT_OF(wrong); i++)
        assert_int_equal(INDEX(&w, "+text\0", JET_bitIndexTuples, &wrong[i]), JET_errIndexTuplesInvalidLimits);
    assert_int_equal(INDEX(&w, "+text\0", JET_bitIndexTupleLimits, NULL), JET_errIndexInvalidDef);
    JET_TABLEID other;
    OK(JetCreateTable(w.fixture->sesid, w.fixture->dbid, "other", 0, 80, &other));
    (void)api_column_add(w.fixture->sesid, other, "name", JET_coltypBinary, JET_bitNil);
    w.things.tableid = other;
    assert_int_equal(INDEX(&w, "+name\0", JET_bitIndexTuples | JET_bitIndexPrimary, NULL),
                     JET_errIndexTuplesSecondaryIndexOnly);
}

/* ---- combinations ---- */

static void make_pair(const struct world *w, int tag, int colour)
{
    const int32_t first = tag, second = colour;
    OK(JetMakeKey(w->fixture->sesid, w->things.tableid, tag ? &first : NULL, tag ? 4 : 0, JET_bitNewKey));
    OK(JetMakeKey(w->fixture->sesid, w->things.tableid, colour ? &second : NULL, colour ? 4 : 0, JET_bitNil));
}

static bool has_pair(const struct world *w, int tag, int colour)
{
    OK(JetSetCurrentIndex(w->fixture->sesid, w->things.tableid, "it"));
    make_pair(w, tag, colour);
    return JetSeek(w->fixture->sesid, w->things.tableid, JET_bitSeekEQ) == JET_errSuccess;
}

static void test_every_combination(void **state)
{
    struct world w;
    create(state, &w);
    OK(JetBeginTransaction(w.fixture->sesid));
    insert(&w, 1, NULL, NULL, OF(1, 2), OF(10, 20, 30));
    OK(INDEX(&w, "+tags\0+colours\0", JET_bitIndexCrossProduct, NULL));
    insert(&w, 2, NULL, NULL, OF(5), NULL);
    insert(&w, 3, NULL, NULL, NULL, NULL);
    OK(JetCommitTransaction(w.fixture->sesid, JET_bitNil));
    assert_int_equal(count_entries(&w), 6 + 1 + 1);
    for (int tag = 1; tag <= 2; tag++)
        for (int colour = 10; colour <= 30; colour += 10)
            assert_true(has_pair(&w, tag, colour));
    assert_true(has_pair(&w, 5, 0));
    assert_true(has_pair(&w, 0, 0));
    assert_false(has_pair(&w, 1, 0));
}

static void test_values_that_belong_together(void **state)
{
    struct world w;
    create(state, &w);
    OK(JetBeginTransaction(w.fixture->sesid));
    insert(&w, 1, NULL, NULL, OF(1, 2), OF(10, 20, 30));
    OK(INDEX(&w, "+tags\0+colours\0", JET_bitIndexNestedTable, NULL));
    insert(&w, 2, NULL, NULL, OF(5), NULL);
    OK(JetCommitTransaction(w.fixture->sesid, JET_bitNil));
    assert_int_equal(count_entries(&w), 3 + 1);
    assert_true(has_pair(&w, 1, 10));
    assert_true(has_pair(&w, 2, 20));
    assert_true(has_pair(&w, 0, 30));
    assert_true(has_pair(&w, 5, 0));
    assert_false(has_pair(&w, 1, 20));
}

/* From a record to the entry that its second value gave, and the second of the other column with it. */
static void test_an_entry_by_its_number(void **state)
{
    struct world w;
    create(state, &w);
    const JET_SESID sesid = w.fixture->sesid;
    OK(JetBeginTransaction(sesid));
    insert(&w, 1, NULL, NULL, OF(1, 2, 3), OF(10, 20, 30));
    OK(JetCommitTransaction(sesid, JET_bitNil));
    OK(INDEX(&w, "+tags\0+colours\0", JET_bitIndexNestedTable, NULL));
    OK(JetSetCurrentIndex(sesid, w.things.tableid, NULL));
    OK(JetMove(sesid, w.things.tableid, JET_MoveFirst, JET_bitNil));
    for (uint32_t itag = 1; itag <= 3; itag++) {
        OK(JetSetCurrentIndex4(sesid, w.things.tableid, "it", NULL, JET_bitNoMove, itag));
        OK(JetSetCurrentIndex(sesid, w.things.tableid, NULL));
    }
}

/* Without either, the first multi-valued column has its turn, and the other gives its first value. */
static void test_the_first_column_alone(void **state)
{
    struct world w;
    create(state, &w);
    OK(INDEX(&w, "+tags\0+colours\0", JET_bitNil, NULL));
    OK(JetBeginTransaction(w.fixture->sesid));
    insert(&w, 1, NULL, NULL, OF(1, 2), OF(10, 20, 30));
    OK(JetCommitTransaction(w.fixture->sesid, JET_bitNil));
    assert_int_equal(count_entries(&w), 2);
    assert_true(has_pair(&w, 2, 10));
    assert_false(has_pair(&w, 2, 20));
}

static void test_null_rules_of_combinations(void **state)
{
    struct world w;
    create(state, &w);
    OK(INDEX(&w, "+tags\0+colours\0", JET_bitIndexNestedTable | JET_bitIndexIgnoreAnyNull, NULL));
    OK(JetBeginTransaction(w.fixture->sesid));
    insert(&w, 1, NULL, NULL, OF(1, 2), OF(10, 20, 30));
    insert(&w, 2, NULL, NULL, OF(5), NULL);
    OK(JetCommitTransaction(w.fixture->sesid, JET_bitNil));
    assert_int_equal(count_entries(&w), 2);
}

/* The value that gave the entry is what the index gives back. */
static void test_which_value_gave_the_entry(void **state)
{
    struct world w;
    int32_t tag, colour;
    create(state, &w);
    OK(INDEX(&w, "+tags\0+colours\0", JET_bitIndexCrossProduct, NULL));
    OK(JetBeginTransaction(w.fixture->sesid));
    insert(&w, 1, NULL, NULL, OF(1, 2), OF(10, 20, 30));
    OK(JetCommitTransaction(w.fixture->sesid, JET_bitNil));
    for (int i = 1; i <= 2; i++)
        for (int k = 10; k <= 30; k += 10) {
            assert_true(has_pair(&w, i, k));
            OK(JetRetrieveColumn(w.fixture->sesid, w.things.tableid, w.things.tags, &tag, sizeof tag, NULL,
                                 JET_bitRetrieveFromIndex, NULL));
            OK(JetRetrieveColumn(w.fixture->sesid, w.things.tableid, w.colours, &colour, sizeof colour, NULL,
                                 JET_bitRetrieveFromIndex, NULL));
            assert_int_equal(tag, i);
            assert_int_equal(colour, k);
        }
}

/* A unique one refuses a combination that another record has, and nothing of the record stays. */
static void test_a_unique_combination(void **state)
{
    struct world w;
    const int32_t id = 2;
    create(state, &w);
    OK(INDEX(&w, "+tags\0+colours\0", JET_bitIndexCrossProduct | JET_bitIndexUnique, NULL));
    OK(JetBeginTransaction(w.fixture->sesid));
    insert(&w, 1, NULL, NULL, OF(1, 2), OF(10, 20));
    OK(JetPrepareUpdate(w.fixture->sesid, w.things.tableid, JET_prepInsert));
    OK(JetSetColumn(w.fixture->sesid, w.things.tableid, w.things.id, &id, sizeof id, JET_bitNil, NULL));
    add_values(&w, w.things.tags, OF(3, 2));
    add_values(&w, w.colours, OF(30, 20));
    assert_int_equal(JetUpdate(w.fixture->sesid, w.things.tableid, NULL, 0, NULL), JET_errKeyDuplicate);
    OK(JetPrepareUpdate(w.fixture->sesid, w.things.tableid, JET_prepCancel));
    OK(JetCommitTransaction(w.fixture->sesid, JET_bitNil));
    assert_int_equal(count_entries(&w), 4);
    assert_int_equal(INDEX(&w, "+tags\0", JET_bitIndexCrossProduct | JET_bitIndexNestedTable, NULL),
                     JET_errInvalidGrbit);
}

/* Pieces of each of several values. */
static void test_pieces_of_several_values(void **state)
{
    struct world w;
    static const char *const words[] = {"first", "second", "irs"};
    int32_t id = 1;
    create(state, &w);
    const JET_COLUMNID list = api_column_add(w.fixture->sesid, w.things.tableid, "words", JET_coltypLongBinary,
                                             JET_bitColumnTagged | JET_bitColumnMultiValued);
    OK(INDEX(&w, "+words\0", JET_bitIndexTuples, NULL));
    OK(JetBeginTransaction(w.fixture->sesid));
    OK(JetPrepareUpdate(w.fixture->sesid, w.things.tableid, JET_prepInsert));
    OK(JetSetColumn(w.fixture->sesid, w.things.tableid, w.things.id, &id, sizeof id, JET_bitNil, NULL));
    for (unsigned i = 0; i < COUNT_OF(words); i++) {
        JET_SETINFO further = {.cbStruct = sizeof further, .itagSequence = 0};
        OK(JetSetColumn(w.fixture->sesid, w.things.tableid, list, words[i], (uint32_t)strlen(words[i]), JET_bitNil,
                        &further));
    }
    OK(JetUpdate(w.fixture->sesid, w.things.tableid, NULL, 0, NULL));
    OK(JetCommitTransaction(w.fixture->sesid, JET_bitNil));
    assert_int_equal(count_entries(&w), 3 + 4 + 1);
    expect_piece(&w, "irs", IDS(1));
    expect_piece(&w, "irst", IDS(1));
    expect_piece(&w, "ond", IDS(1));
}

/* Two bytes are a character, also where a value lies outside its record. */
static void test_pieces_of_unicode_text(void **state)
{
    struct world w;
    JET_COLUMNDEF wide = {.cbStruct = sizeof wide, .coltyp = JET_coltypLongText, .cp = 1200};
    JET_COLUMNID column;
    static WCHAR text[3000];
    static const WCHAR word[] = u"Needle";
    int32_t id = 1;
    create(state, &w);
    const JET_SESID sesid = w.fixture->sesid;
    const JET_TABLEID tableid = w.things.tableid;
    OK(JetAddColumn(sesid, tableid, "wide", &wide, NULL, 0, &column));
    OK(INDEX(&w, "+wide\0", JET_bitIndexTuples, NULL));
    for (unsigned i = 0; i < COUNT_OF(text); i++)
        text[i] = (WCHAR)(u'a' + i % 7);
    memcpy(text + 2000, word, sizeof word - sizeof *word);
    OK(JetBeginTransaction(sesid));
    OK(JetPrepareUpdate(sesid, tableid, JET_prepInsert));
    OK(JetSetColumn(sesid, tableid, w.things.id, &id, sizeof id, JET_bitNil, NULL));
    OK(JetSetColumn(sesid, tableid, column, text, sizeof text, JET_bitNil, NULL));
    OK(JetUpdate(sesid, tableid, NULL, 0, NULL));
    OK(JetCommitTransaction(sesid, JET_bitNil));
    OK(JetSetCurrentIndex(sesid, tableid, "it"));
    assert_int_equal(JetMakeKey(sesid, tableid, word, 2 * sizeof *word, JET_bitNewKey), JET_errIndexTuplesKeyTooSmall);
    OK(JetMakeKey(sesid, tableid, text + 1999, 10 * sizeof *text, JET_bitNewKey));
    OK(JetSeek(sesid, tableid, JET_bitSeekEQ));
    OK(JetMakeKey(sesid, tableid, word, 6 * sizeof *word, JET_bitNewKey | JET_bitSubStrLimit));
    assert_true(JetSeek(sesid, tableid, JET_bitSeekLE) >= JET_errSuccess);
    assert_int_equal(api_things_id(sesid, &w.things), 1);
    OK(JetDelete(sesid, tableid));
    assert_int_equal(count_entries(&w), 0);
}

/* A binary piece comes out of the entry, and with it which value it is of; a text comes as a whole. */
static void test_the_piece_of_an_entry(void **state)
{
    struct world w;
    static const char *const words[] = {"first", "second"};
    char piece[8];
    uint32_t size;
    int32_t id = 1;
    create(state, &w);
    const JET_SESID sesid = w.fixture->sesid;
    const JET_TABLEID tableid = w.things.tableid;
    const JET_COLUMNID list =
        api_column_add(sesid, tableid, "words", JET_coltypLongBinary, JET_bitColumnTagged | JET_bitColumnMultiValued);
    OK(INDEX(&w, "+words\0", JET_bitIndexTuples, NULL));
    OK(JetBeginTransaction(sesid));
    OK(JetPrepareUpdate(sesid, tableid, JET_prepInsert));
    OK(JetSetColumn(sesid, tableid, w.things.id, &id, sizeof id, JET_bitNil, NULL));
    for (unsigned i = 0; i < COUNT_OF(words); i++) {
        JET_SETINFO further = {.cbStruct = sizeof further, .itagSequence = 0};
        OK(JetSetColumn(sesid, tableid, list, words[i], (uint32_t)strlen(words[i]), JET_bitNil, &further));
    }
    OK(JetUpdate(sesid, tableid, NULL, 0, NULL));
    OK(JetCommitTransaction(sesid, JET_bitNil));
    OK(JetSetCurrentIndex(sesid, tableid, "it"));
    OK(JetMakeKey(sesid, tableid, "cond", 4, JET_bitNewKey));
    OK(JetSeek(sesid, tableid, JET_bitSeekEQ));

    const JET_GRBIT tuple = JET_bitRetrieveFromIndex | JET_bitRetrieveTuple;
    JET_RETINFO which = {.cbStruct = sizeof which, .itagSequence = 1};
    OK(JetRetrieveColumn(sesid, tableid, list, piece, sizeof piece, &size, tuple | JET_bitRetrieveTag, &which));
    assert_int_equal(size, 4);
    assert_memory_equal(piece, "cond", 4);
    assert_int_equal(which.itagSequence, 2);
    assert_int_equal(which.columnidNextTagged, list);
    which.ibLongValue = 3;
    OK(JetRetrieveColumn(sesid, tableid, list, piece, sizeof piece, &size, tuple, &which));
    assert_int_equal(size, 1);
    assert_int_equal(piece[0], 'd');
    which.ibLongValue = 9;
    OK(JetRetrieveColumn(sesid, tableid, list, piece, sizeof piece, &size, tuple, &which));
    assert_int_equal(size, 0);
    memset(piece, '-', sizeof piece);
    assert_int_equal(JetRetrieveColumn(sesid, tableid, list, piece, 2, &size, tuple, NULL), JET_wrnBufferTruncated);
    assert_int_equal(size, 4);
    assert_memory_equal(piece, "co-", 3);
    assert_int_equal(JetRetrieveColumn(sesid, tableid, list, NULL, 0, &size, tuple, NULL), JET_wrnBufferTruncated);
    assert_int_equal(JetRetrieveColumn(sesid, tableid, list, piece, sizeof piece, &size, JET_bitRetrieveTuple, NULL),
                     JET_errInvalidGrbit);
    assert_int_equal(JetRetrieveColumn(sesid, tableid, list, piece, sizeof piece, &size,
                                       JET_bitRetrieveFromPrimaryBookmark | JET_bitRetrieveTuple, NULL),
                     JET_errInvalidGrbit);
    assert_int_equal(JetRetrieveColumn(sesid, tableid, w.text, piece, sizeof piece, &size, tuple, NULL),
                     JET_errColumnNotFound);
}

static void test_the_text_of_a_piece(void **state)
{
    struct world w;
    char text[16];
    uint32_t size;
    create(state, &w);
    const JET_SESID sesid = w.fixture->sesid;
    OK(INDEX(&w, "+text\0", JET_bitIndexTuples, NULL));
    OK(JetBeginTransaction(sesid));
    insert(&w, 1, NULL, "abcdef", NULL, NULL);
    OK(JetCommitTransaction(sesid, JET_bitNil));
    OK(JetSetCurrentIndex(sesid, w.things.tableid, "it"));
    OK(JetMakeKey(sesid, w.things.tableid, "cdef", 4, JET_bitNewKey));
    OK(JetSeek(sesid, w.things.tableid, JET_bitSeekEQ));
    OK(JetRetrieveColumn(sesid, w.things.tableid, w.text, text, sizeof text, &size,
                         JET_bitRetrieveFromIndex | JET_bitRetrieveTuple, NULL));
    assert_int_equal(size, 6);
    assert_memory_equal(text, "abcdef", 6);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, api_fixture_setup, api_fixture_teardown)
    const struct CMUnitTest tests[] = {
        T(test_pieces_by_default),
        T(test_pieces_by_the_oldest_call),
        T(test_a_search_for_less_than_a_piece),
        T(test_pieces_as_they_were_asked_for),
        T(test_pieces_follow_their_record),
        T(test_pieces_of_a_long_value),
        T(test_limits_outlive_the_instance),
        T(test_columns_from_a_tuple_index),
        T(test_what_cannot_be_a_tuple_index),
        T(test_every_combination),
        T(test_values_that_belong_together),
        T(test_an_entry_by_its_number),
        T(test_the_first_column_alone),
        T(test_null_rules_of_combinations),
        T(test_which_value_gave_the_entry),
        T(test_a_unique_combination),
        T(test_pieces_of_several_values),
        T(test_pieces_of_unicode_text),
        T(test_the_piece_of_an_entry),
        T(test_the_text_of_a_piece),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
