/* SPDX-License-Identifier: MIT */
/* Unicode text in keys, through the exported functions: the order of records, searches and ranges, what the catalogue
 * says of an index, and languages and flags that are refused. Which text comes first is os/'s business: see its
 * test_collation.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uchar.h>

#include <cmocka.h>

#include "api_fixture.h"
#include "base/compiler.h"
#include "os/os_collation.h"

enum { TEXT_UNITS_MAX = 600, LCID_GERMAN = 0x407, LCID_NOBODYS = 0x9999 };

/* id (long, primary index "by_id"), text (Unicode long text), tags (Unicode text of several values). */
struct words {
    JET_TABLEID tableid;
    JET_COLUMNID id, text, tags;
};

static JET_COLUMNID add_text(JET_SESID sesid, JET_TABLEID tableid, const char *name, JET_COLTYP type, JET_GRBIT grbit)
{
    const JET_COLUMNDEF column = {.cbStruct = sizeof column, .coltyp = type, .cp = 1200, .grbit = grbit};
    JET_COLUMNID id;

    OK(JetAddColumn(sesid, tableid, name, &column, NULL, 0, &id));
    return id;
}

static void words_create(const struct api_fixture *fixture, struct words *words)
{
    const JET_SESID sesid = fixture->sesid;

    OK(JetCreateTable(sesid, fixture->dbid, "words", 1, 80, &words->tableid));
    words->id = api_column_add(sesid, words->tableid, "id", JET_coltypLong, JET_bitNil);
    words->text = add_text(sesid, words->tableid, "text", JET_coltypLongText, JET_bitNil);
    words->tags =
        add_text(sesid, words->tableid, "tags", JET_coltypText, JET_bitColumnTagged | JET_bitColumnMultiValued);
    OK(JetCreateIndex(sesid, words->tableid, "by_id", JET_bitIndexPrimary, "+id\0", 5, 80));
}

static void words_open(const struct api_fixture *fixture, struct words *words)
{
    OK(JetOpenTable(fixture->sesid, fixture->dbid, "words", NULL, 0, JET_bitNil, &words->tableid));
}

static uint32_t bytes_of(const char16_t *text)
{
    uint32_t count = 0;

    while (text[count])
        count++;
    return 2 * count;
}

/* NULL: null. */
static JET_ERR put(JET_SESID sesid, const struct words *words, int32_t id, const char16_t *text)
{
    OK(JetPrepareUpdate(sesid, words->tableid, JET_prepInsert));
    OK(JetSetColumn(sesid, words->tableid, words->id, &id, sizeof id, JET_bitNil, NULL));
    if (text)
        OK(JetSetColumn(sesid, words->tableid, words->text, text, bytes_of(text),
                        text[0] ? JET_bitNil : JET_bitSetZeroLength, NULL));
    const JET_ERR err = JetUpdate(sesid, words->tableid, NULL, 0, NULL);
    if (err < JET_errSuccess)
        OK(JetPrepareUpdate(sesid, words->tableid, JET_prepCancel));
    return err;
}

static int id_here(JET_SESID sesid, const struct words *words)
{
    int32_t id = 0;

    OK(JetRetrieveColumn(sesid, words->tableid, words->id, &id, sizeof id, NULL, JET_bitNil, NULL));
    return id;
}

#define END      (-1)
#define IDS(...) ((const int[]){__VA_ARGS__, END})

/* From the current record on, until there is none. */
static void expect_rest(JET_SESID sesid, const struct words *words, const int *ids)
{
    JET_ERR err = JET_errSuccess;

    for (; *ids != END; ids++) {
        assert_int_equal(err, JET_errSuccess);
        assert_int_equal(id_here(sesid, words), *ids);
        err = JetMove(sesid, words->tableid, JET_MoveNext, JET_bitNil);
    }
    assert_int_equal(err, JET_errNoCurrentRecord);
}

static void expect_order(JET_SESID sesid, const struct words *words, const char *index, const int *ids)
{
    OK(JetSetCurrentIndex(sesid, words->tableid, index));
    OK(JetMove(sesid, words->tableid, JET_MoveFirst, JET_bitNil));
    expect_rest(sesid, words, ids);
}

static JET_ERR make_key(JET_SESID sesid, const struct words *words, const char16_t *text, JET_GRBIT grbit)
{
    return JetMakeKey(sesid, words->tableid, text, bytes_of(text), JET_bitNewKey | grbit);
}

/* An index on "text" by name of language. */
static JET_ERR index_by_name(JET_SESID sesid, const struct words *words, const char *name, const char *key,
                             const char16_t *locale, uint32_t flags, JET_GRBIT grbit)
{
    char16_t locale_copy[OS_COLLATION_NAME_SIZE] = {0};
    char name_copy[32], key_copy[64] = "";
    JET_UNICODEINDEX2 order = {.szLocaleName = (WCHAR *)locale_copy, .dwMapFlags = flags};
    JET_INDEXCREATE3 create = {.cbStruct = sizeof create,
                               .szIndexName = name_copy,
                               .szKey = key_copy,
                               .cbKey = (uint32_t)strlen(key) + 2,
                               .grbit = grbit | JET_bitIndexUnicode,
                               .ulDensity = 80,
                               .pidxunicode = &order};

    memcpy(locale_copy, locale, bytes_of(locale));
    memcpy(key_copy, key, strlen(key));
    snprintf(name_copy, sizeof name_copy, "%s", name);
    const JET_ERR err = JetCreateIndex4(sesid, words->tableid, &create, 1);
    assert_int_equal(create.err, err);
    return err;
}

static JET_ERR index_by_number(JET_SESID sesid, const struct words *words, const char *name, uint32_t lcid,
                               uint32_t flags)
{
    char name_copy[32], key[] = "+text\0";
    JET_UNICODEINDEX order = {.lcid = lcid, .dwMapFlags = flags};
    JET_INDEXCREATE create = {.cbStruct = sizeof create,
                              .szIndexName = name_copy,
                              .szKey = key,
                              .cbKey = sizeof key,
                              .grbit = JET_bitIndexUnicode,
                              .ulDensity = 80,
                              .pidxunicode = &order};

    snprintf(name_copy, sizeof name_copy, "%s", name);
    return JetCreateIndex2(sesid, words->tableid, &create, 1);
}

static void some_words(const struct api_fixture *fixture, struct words *words)
{
    static const char16_t *const texts[] = {NULL, u"zebra", u"Apfel", u"öl", u"apfel", u"ärger", u"", u"Apfelmus"};

    words_create(fixture, words);
    OK(JetBeginTransaction(fixture->sesid));
    for (int i = 0; i < (int)COUNT_OF(texts); i++)
        OK(put(fixture->sesid, words, i, texts[i]));
    OK(JetCommitTransaction(fixture->sesid, JET_bitNil));
}

/* ---- order ---- */

static void records_are_in_the_order_of_the_language(void **state)
{
    const struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    struct words words;

    some_words(fixture, &words);
    OK(JetCreateIndex(sesid, words.tableid, "default", JET_bitNil, "+text\0", 7, 80));
    OK(index_by_name(sesid, &words, "swedish", "+text", u"sv-se", 0, JET_bitNil));
    OK(index_by_name(sesid, &words, "down", "-text", u"", 0x400, JET_bitNil));
    OK(index_by_number(sesid, &words, "german", LCID_GERMAN, OS_COLLATION_IGNORE_CASE));
    OK(JetBeginTransaction(sesid));
    OK(put(sesid, &words, 8, u"APFEL")); /* after they were made: entries come one by one */
    OK(JetCommitTransaction(sesid, JET_bitNil));
    expect_order(sesid, &words, "default", IDS(0, 6, 2, 4, 8, 7, 5, 3, 1));
    expect_order(sesid, &words, "swedish", IDS(0, 6, 2, 4, 8, 7, 1, 5, 3));
    expect_order(sesid, &words, "german", IDS(0, 6, 2, 4, 8, 7, 5, 3, 1));
    expect_order(sesid, &words, "down", IDS(1, 3, 5, 7, 8, 2, 4, 6, 0)); /* every letter's case counts */
    OK(JetCloseTable(sesid, words.tableid));
}

static void a_primary_key_may_be_text(void **state)
{
    const struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    struct words words;

    OK(JetCreateTable(sesid, fixture->dbid, "words", 1, 80, &words.tableid));
    words.id = api_column_add(sesid, words.tableid, "id", JET_coltypLong, JET_bitNil);
    words.text = add_text(sesid, words.tableid, "text", JET_coltypText, JET_bitNil);
    OK(JetCreateIndex(sesid, words.tableid, "by_text", JET_bitIndexPrimary, "+text\0", 7, 80));
    OK(JetBeginTransaction(sesid));
    OK(put(sesid, &words, 1, u"b"));
    OK(put(sesid, &words, 2, u"á"));
    OK(put(sesid, &words, 3, u"a"));
    assert_int_equal(put(sesid, &words, 4, u"A"), JET_errKeyDuplicate);
    OK(JetCommitTransaction(sesid, JET_bitNil));
    expect_order(sesid, &words, "by_text", IDS(3, 2, 1));
    OK(JetCloseTable(sesid, words.tableid));
}

static void values_that_change_take_their_entries_along(void **state)
{
    const struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    struct words words;

    some_words(fixture, &words);
    OK(index_by_name(sesid, &words, "unique", "+text", u"de-DE", 0x400, JET_bitIndexUnique));
    OK(JetSetCurrentIndex(sesid, words.tableid, "unique"));
    OK(make_key(sesid, &words, u"zebra", JET_bitNil));
    OK(JetSeek(sesid, words.tableid, JET_bitSeekEQ));
    OK(JetBeginTransaction(sesid));
    OK(JetPrepareUpdate(sesid, words.tableid, JET_prepReplace));
    OK(JetSetColumn(sesid, words.tableid, words.text, u"apfel", 10, JET_bitNil, NULL));
    assert_int_equal(JetUpdate(sesid, words.tableid, NULL, 0, NULL), JET_errKeyDuplicate);
    OK(JetSetColumn(sesid, words.tableid, words.text, u"aal", 6, JET_bitNil, NULL));
    OK(JetUpdate(sesid, words.tableid, NULL, 0, NULL));
    expect_order(sesid, &words, "unique", IDS(0, 6, 1, 4, 2, 7, 5, 3));
    OK(JetRollback(sesid, JET_bitNil));
    expect_order(sesid, &words, "unique", IDS(0, 6, 4, 2, 7, 5, 3, 1));
    OK(JetCloseTable(sesid, words.tableid));
}

static void several_values_have_several_entries(void **state)
{
    const struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    struct words words;
    const int32_t id = 1;

    words_create(fixture, &words);
    OK(JetCreateIndex(sesid, words.tableid, "by_tag", JET_bitIndexIgnoreAnyNull, "+tags\0", 7, 80));
    OK(JetBeginTransaction(sesid));
    OK(put(sesid, &words, 2, u"no tags"));
    OK(JetPrepareUpdate(sesid, words.tableid, JET_prepInsert));
    OK(JetSetColumn(sesid, words.tableid, words.id, &id, sizeof id, JET_bitNil, NULL));
    static const char16_t *const tags[] = {u"Red", u"blue", u"RED"};
    for (size_t i = 0; i < COUNT_OF(tags); i++) {
        JET_SETINFO info = {.cbStruct = sizeof info, .itagSequence = 0};
        OK(JetSetColumn(sesid, words.tableid, words.tags, tags[i], bytes_of(tags[i]), JET_bitNil, &info));
    }
    OK(JetUpdate(sesid, words.tableid, NULL, 0, NULL));
    OK(JetCommitTransaction(sesid, JET_bitNil));
    expect_order(sesid, &words, "by_tag", IDS(1, 1)); /* "red" once */
    OK(JetCloseTable(sesid, words.tableid));
}

/* ---- searches ---- */

static void searches_find_text_as_it_is_ordered(void **state)
{
    const struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    struct words words;

    some_words(fixture, &words);
    OK(JetCreateIndex(sesid, words.tableid, "by_text", JET_bitNil, "+text\0", 7, 80));
    OK(JetSetCurrentIndex(sesid, words.tableid, "by_text"));
    OK(make_key(sesid, &words, u"ÄRGER", JET_bitNil));
    OK(JetSeek(sesid, words.tableid, JET_bitSeekEQ));
    assert_int_equal(id_here(sesid, &words), 5);
    OK(make_key(sesid, &words, u"b", JET_bitNil));
    assert_int_equal(JetSeek(sesid, words.tableid, JET_bitSeekGE), JET_wrnSeekNotEqual);
    assert_int_equal(id_here(sesid, &words), 3);
    OK(make_key(sesid, &words, u"b", JET_bitNil));
    assert_int_equal(JetSeek(sesid, words.tableid, JET_bitSeekEQ), JET_errRecordNotFound);
    OK(JetCloseTable(sesid, words.tableid));
}

/* All that begins like a text, by each of the ways in which it can be asked for. */
static void a_beginning_stands_for_all_that_begin_like_it(void **state)
{
    static const JET_GRBIT ends[] = {JET_bitSubStrLimit, JET_bitPartialColumnEndLimit};
    const struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    struct words words;

    some_words(fixture, &words);
    OK(JetCreateIndex(sesid, words.tableid, "up", JET_bitNil, "+text\0", 7, 80));
    OK(JetCreateIndex(sesid, words.tableid, "down", JET_bitNil, "-text\0", 7, 80));
    for (size_t i = 0; i < COUNT_OF(ends); i++) {
        OK(JetSetCurrentIndex(sesid, words.tableid, "up"));
        OK(make_key(sesid, &words, u"APF", JET_bitNil));
        assert_int_equal(JetSeek(sesid, words.tableid, JET_bitSeekGE), JET_wrnSeekNotEqual);
        OK(make_key(sesid, &words, u"APF", ends[i]));
        OK(JetSetIndexRange(sesid, words.tableid, JET_bitRangeInclusive | JET_bitRangeUpperLimit));
        expect_rest(sesid, &words, IDS(2, 4, 7));
        OK(JetSetCurrentIndex(sesid, words.tableid, "down"));
        OK(make_key(sesid, &words, u"apf", JET_bitPartialColumnStartLimit));
        assert_int_equal(JetSeek(sesid, words.tableid, JET_bitSeekGE), JET_wrnSeekNotEqual);
        OK(make_key(sesid, &words, u"apf", ends[i]));
        OK(JetSetIndexRange(sesid, words.tableid, JET_bitRangeInclusive | JET_bitRangeUpperLimit));
        expect_rest(sesid, &words, IDS(7, 2, 4));
    }
    OK(JetCloseTable(sesid, words.tableid));
}

static void long_texts_are_cut_and_found(void **state)
{
    const struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    char16_t text[TEXT_UNITS_MAX + 1];
    struct words words;

    words_create(fixture, &words);
    OK(JetCreateIndex(sesid, words.tableid, "by_text", JET_bitNil, "+text\0", 7, 80));
    OK(index_by_name(sesid, &words, "whole", "+text", u"en-US", 0, JET_bitIndexDisallowTruncation));
    for (size_t i = 0; i < TEXT_UNITS_MAX; i++)
        text[i] = i % 7 == 0 ? (char16_t)0xD800 : (char16_t)(0x4E00 + i % 26 * 40);
    text[TEXT_UNITS_MAX] = 0;
    OK(JetBeginTransaction(sesid));
    text[40] = 0;
    OK(put(sesid, &words, 1, text));
    text[40] = u'x';
    assert_int_equal(put(sesid, &words, 2, text), JET_errKeyTruncated);
    OK(JetDeleteIndex(sesid, words.tableid, "whole"));
    OK(put(sesid, &words, 2, text));
    text[TEXT_UNITS_MAX - 1] = u'0'; /* too far behind to count */
    OK(put(sesid, &words, 3, text));
    OK(JetCommitTransaction(sesid, JET_bitNil));
    OK(JetSetCurrentIndex(sesid, words.tableid, "by_text"));
    OK(make_key(sesid, &words, text, JET_bitNil));
    OK(JetSeek(sesid, words.tableid, JET_bitSeekEQ | JET_bitSetIndexRange));
    expect_rest(sesid, &words, IDS(2, 3));
    OK(JetCloseTable(sesid, words.tableid));
}

/* ---- what is asked for, and said ---- */

/* Letters with accents, which alone fill the longest key, much that has no weight at all, and letters again: those
 * stand before the accents in the key, and behind what is read of a value outside its record at first. */
static void what_comes_late_in_a_text_comes_early_in_its_key(void **state)
{
    enum { ACCENTED = 600, WEIGHTLESS = 1500, LATE = 300, ALL = ACCENTED + WEIGHTLESS + LATE };
    static const char *const keys[] = {"+text\0", "-text\0"};
    const struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    static char16_t text[ALL + 1];
    struct words words;

    for (unsigned i = 0; i < ALL; i++)
        text[i] = i < ACCENTED ? u'\u00E9' : i < ACCENTED + WEIGHTLESS ? u'\u200B' : u'z';
    words_create(fixture, &words);
    OK(JetBeginTransaction(sesid));
    OK(put(sesid, &words, 1, text));
    OK(JetCommitTransaction(sesid, JET_bitNil));
    for (unsigned i = 0; i < COUNT_OF(keys); i++) {
        char name[] = "up", key[7];
        JET_INDEXCREATE create = {.cbStruct = sizeof create,
                                  .szIndexName = name,
                                  .szKey = memcpy(key, keys[i], sizeof key),
                                  .cbKey = sizeof key,
                                  .ulDensity = 80,
                                  .grbit = JET_bitIndexKeyMost,
                                  .cbKeyMost = 1000};
        name[0] = (char)('a' + i);
        OK(JetCreateIndex2(sesid, words.tableid, &create, 1));
        OK(JetSetCurrentIndex(sesid, words.tableid, name));
        OK(make_key(sesid, &words, text, JET_bitNil));
        OK(JetSeek(sesid, words.tableid, JET_bitSeekEQ));
    }
}

static void orders_that_cannot_be_are_refused(void **state)
{
    const struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    struct words words;

    words_create(fixture, &words);
    assert_int_equal(index_by_name(sesid, &words, "x", "+text", u"xx-not-a-language", 0, JET_bitNil),
                     JET_errInvalidLanguageId);
    assert_int_equal(index_by_name(sesid, &words, "x", "+id", u"xx-not-a-language", 0, JET_bitNil),
                     JET_errInvalidLanguageId); /* text or not */
    assert_int_equal(index_by_name(sesid, &words, "x", "+text", u"en-US", 0x80000000, JET_bitNil),
                     JET_errInvalidLCMapStringFlags);
    assert_int_equal(index_by_name(sesid, &words, "x", "+text", u"en-US", 0x100, JET_bitNil),
                     JET_errInvalidLCMapStringFlags);
    assert_int_equal(index_by_name(sesid, &words, "x", "+text", u"en-US", OS_COLLATION_UPPERCASE, JET_bitNil),
                     JET_errEngineFormatVersionParamTooLowForRequestedFeature);
    assert_int_equal(index_by_number(sesid, &words, "x", LCID_NOBODYS, 0), JET_errInvalidLanguageId);
    assert_int_equal(index_by_number(sesid, &words, "x", LCID_GERMAN, 0x100), JET_errInvalidLCMapStringFlags);
    OK(index_by_number(sesid, &words, "x", LCID_GERMAN, 0));
    OK(JetCloseTable(sesid, words.tableid));
}

static void expect_language(JET_SESID sesid, const struct words *words, const char *index, const char16_t *name,
                            uint32_t lcid)
{
    char16_t locale[OS_COLLATION_NAME_SIZE];
    uint32_t number = 0;

    OK(JetGetTableIndexInfo(sesid, words->tableid, index, locale, sizeof locale, JET_IdxInfoLocaleName));
    assert_memory_equal(locale, name, bytes_of(name) + 2);
    OK(JetGetTableIndexInfo(sesid, words->tableid, index, &number, sizeof number, JET_IdxInfoLCID));
    assert_int_equal(number, lcid);
}

static void an_index_says_by_what_its_keys_were_made(void **state)
{
    const struct api_fixture *fixture = *state;
    static const uint8_t nothing[16];
    struct os_collation_version version;
    struct words words;
    uint32_t number;
    uint8_t id[16];

    words_create(fixture, &words);
    OK(index_by_name(fixture->sesid, &words, "german", "+text", u"de-DE", 0, JET_bitNil));
    OK(os_collation_version("de-DE", &version));
    OK(JetGetTableIndexInfo(fixture->sesid, words.tableid, "german", &number, sizeof number, JET_IdxInfoSortVersion));
    assert_int_equal(number, version.order);
    OK(JetGetTableIndexInfo(fixture->sesid, words.tableid, "german", &number, sizeof number,
                            JET_IdxInfoDefinedSortVersion));
    assert_int_equal(number, version.defined);
    OK(JetGetTableIndexInfo(fixture->sesid, words.tableid, "german", id, sizeof id, JET_IdxInfoSortId));
    assert_memory_equal(id, version.id, sizeof id);
    OK(JetGetTableIndexInfo(fixture->sesid, words.tableid, "by_id", id, sizeof id, JET_IdxInfoSortId));
    assert_memory_equal(id, nothing, sizeof id);
    assert_int_equal(JetGetTableIndexInfo(fixture->sesid, words.tableid, "german", id, 8, JET_IdxInfoSortId),
                     JET_errInvalidBufferSize);
    OK(JetCloseTable(fixture->sesid, words.tableid));
}

static void an_index_says_its_language_and_keeps_it(void **state)
{
    struct api_fixture *fixture = *state;
    struct words words;

    some_words(fixture, &words);
    OK(index_by_name(fixture->sesid, &words, "swedish", "+text", u"sv-SE", 0, JET_bitNil));
    OK(index_by_number(fixture->sesid, &words, "german", LCID_GERMAN, 0));
    OK(index_by_name(fixture->sesid, &words, "nobody's", "+text", u"", 0, JET_bitNil));
    OK(JetCloseTable(fixture->sesid, words.tableid));
    api_fixture_restart(fixture, JET_bitTermComplete);
    words_open(fixture, &words);
    expect_language(fixture->sesid, &words, "swedish", u"sv-SE", 0x41D);
    expect_language(fixture->sesid, &words, "german", u"de-DE", LCID_GERMAN);
    expect_language(fixture->sesid, &words, "nobody's", u"", 0x7F);
    expect_language(fixture->sesid, &words, "by_id", u"en-US", 0x409);
    OK(JetBeginTransaction(fixture->sesid));
    OK(put(fixture->sesid, &words, 8, u"ål"));
    OK(JetCommitTransaction(fixture->sesid, JET_bitNil));
    expect_order(fixture->sesid, &words, "swedish", IDS(0, 6, 2, 4, 7, 1, 8, 5, 3));
    expect_order(fixture->sesid, &words, "german", IDS(0, 6, 8, 2, 4, 7, 5, 3, 1));
    OK(JetCloseTable(fixture->sesid, words.tableid));
}

/* How many indexes the database says it has in the order of that language; 0: it does not name it. */
static int32_t counted(const struct api_fixture *fixture, const char *locale)
{
    const JET_SESID sesid = fixture->sesid;
    JET_COLUMNDEF key = {.cbStruct = sizeof key}, value = {.cbStruct = sizeof value};
    char16_t wide[200];
    char prefix[64];
    JET_TABLEID tableid;
    int32_t count = 0;

    snprintf(prefix, sizeof prefix, "LocaleName=%s,SortID=", locale);
    OK(JetOpenTable(sesid, fixture->dbid, "MSysLocales", NULL, 0, JET_bitTableReadOnly, &tableid));
    OK(JetGetTableColumnInfo(sesid, tableid, "Key", &key, sizeof key, JET_ColInfo));
    OK(JetGetTableColumnInfo(sesid, tableid, "iValue", &value, sizeof value, JET_ColInfo));
    for (JET_ERR err = JetMove(sesid, tableid, JET_MoveFirst, JET_bitNil); err == JET_errSuccess;
         err = JetMove(sesid, tableid, JET_MoveNext, JET_bitNil)) {
        bool is_it = true;

        memset(wide, 0, sizeof wide);
        OK(JetRetrieveColumn(sesid, tableid, key.columnid, wide, sizeof wide, NULL, JET_bitNil, NULL));
        for (size_t i = 0; prefix[i]; i++)
            is_it = is_it && wide[i] == (char16_t)prefix[i];
        if (is_it)
            OK(JetRetrieveColumn(sesid, tableid, value.columnid, &count, sizeof count, NULL, JET_bitNil, NULL));
    }
    OK(JetCloseTable(sesid, tableid));
    return count;
}

/* So that Microsoft's engine finds them without reading the catalogue. */
static void the_database_says_which_orders_it_has(void **state)
{
    const struct api_fixture *fixture = *state;
    struct words words;

    words_create(fixture, &words);
    assert_int_equal(counted(fixture, "de-DE"), 0);
    OK(index_by_name(fixture->sesid, &words, "one", "+text", u"de-DE", 0, JET_bitNil));
    OK(index_by_name(fixture->sesid, &words, "two", "-text", u"de-DE", 0x400, JET_bitNil));
    OK(index_by_name(fixture->sesid, &words, "three", "+text", u"sv-SE", 0, JET_bitNil));
    OK(index_by_name(fixture->sesid, &words, "four", "-id", u"fr-FR", 0, JET_bitNil)); /* no text */
    OK(JetBeginTransaction(fixture->sesid));
    OK(index_by_name(fixture->sesid, &words, "five", "+text\0+id", u"de-DE", 0, JET_bitNil));
    OK(JetRollback(fixture->sesid, JET_bitNil));
    assert_int_equal(counted(fixture, "de-DE"), 2);
    assert_int_equal(counted(fixture, "sv-SE"), 1);
    assert_int_equal(counted(fixture, "fr-FR"), 0);
    OK(JetCloseTable(fixture->sesid, words.tableid));
}

static void the_default_order_is_a_parameter(void **state)
{
    struct api_fixture *fixture = *state;
    JET_UNICODEINDEX order = {.lcid = 0x41D, .dwMapFlags = OS_COLLATION_IGNORE_CASE}, got;
    const JET_UNICODEINDEX bad[] = {
        {LCID_NOBODYS, 0                     },
        {LCID_GERMAN,  0x100                 },
        {LCID_GERMAN,  OS_COLLATION_UPPERCASE}
    };
    struct words words;

    api_term(fixture->instance, JET_bitTermComplete);
    JET_INSTANCE instance = api_instance_create(fixture->folder, "swedish");
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_int_equal(JetSetSystemParameter(&instance, 0, JET_paramUnicodeIndexDefault, (JET_API_PTR)&bad[i], NULL),
                         JET_errInvalidParameter);
    assert_int_equal(JetGetSystemParameter(instance, 0, JET_paramUnicodeIndexDefault, (JET_API_PTR *)(void *)&got, NULL,
                                           sizeof got - 1),
                     JET_errBufferTooSmall);
    OK(JetGetSystemParameter(instance, 0, JET_paramUnicodeIndexDefault, (JET_API_PTR *)(void *)&got, NULL, sizeof got));
    assert_int_equal(got.lcid, 0x409);
    assert_int_equal(got.dwMapFlags, 0x30401);
    OK(JetSetSystemParameter(&instance, 0, JET_paramUnicodeIndexDefault, (JET_API_PTR)&order, NULL));
    OK(JetGetSystemParameter(instance, 0, JET_paramUnicodeIndexDefault, (JET_API_PTR *)(void *)&got, NULL, sizeof got));
    assert_int_equal(got.lcid, 0x41D);
    assert_int_equal(got.dwMapFlags, OS_COLLATION_SORT_KEY | OS_COLLATION_IGNORE_CASE);
    OK(JetInit(&instance));
    fixture->instance = instance;
    OK(JetBeginSession(instance, &fixture->sesid, NULL, NULL));
    OK(JetAttachDatabase(fixture->sesid, fixture->file, JET_bitNil));
    OK(JetOpenDatabase(fixture->sesid, fixture->file, NULL, &fixture->dbid, JET_bitNil));
    some_words(fixture, &words);
    OK(JetCreateIndex(fixture->sesid, words.tableid, "by_text", JET_bitNil, "+text\0", 7, 80));
    expect_order(fixture->sesid, &words, "by_text", IDS(0, 6, 2, 4, 7, 1, 5, 3));
    expect_language(fixture->sesid, &words, "by_text", u"sv-SE", 0x41D);
    OK(JetCloseTable(fixture->sesid, words.tableid));
}

/* ---- temporary tables ---- */

static void sort_words(JET_SESID sesid, JET_OPENTEMPORARYTABLE2 *table, const int *ids)
{
    static const char16_t *const texts[] = {u"zebra", u"Ärger", u"öl", u"ärger"};
    const JET_COLUMNDEF columns[] = {
        {.cbStruct = sizeof columns[0], .coltyp = JET_coltypText, .cp = 1200,                   .grbit = JET_bitColumnTTKey},
        {.cbStruct = sizeof columns[0],                             .coltyp = JET_coltypLong,                         .grbit = JET_bitColumnTTKey},
    };
    JET_COLUMNID column_ids[2];

    table->cbStruct = sizeof *table;
    table->prgcolumndef = columns;
    table->ccolumn = COUNT_OF(columns);
    table->grbit = JET_bitTTScrollable;
    table->prgcolumnid = column_ids;
    OK(JetOpenTemporaryTable2(sesid, table));
    struct words words = {.tableid = table->tableid, .text = column_ids[0], .id = column_ids[1]};
    for (int i = 0; i < (int)COUNT_OF(texts); i++)
        OK(put(sesid, &words, i, texts[i]));
    OK(JetMove(sesid, words.tableid, JET_MoveFirst, JET_bitNil));
    expect_rest(sesid, &words, ids);
    OK(JetCloseTable(sesid, words.tableid));
}

static void temporary_tables_sort_text(void **state)
{
    const struct api_fixture *fixture = *state;
    WCHAR swedish[] = {'s', 'v', '-', 'S', 'E', 0}, nowhere[] = {'x', 'x', '-', 'n', 'o', 't', '-', 'a', 0};
    JET_UNICODEINDEX2 order = {.szLocaleName = swedish, .dwMapFlags = OS_COLLATION_SORT_KEY};
    JET_OPENTEMPORARYTABLE2 table = {.pidxunicode = NULL};
    const JET_COLUMNDEF column = {
        .cbStruct = sizeof column, .coltyp = JET_coltypText, .cp = 1200, .grbit = JET_bitColumnTTKey};
    JET_COLUMNID id;
    JET_TABLEID tableid;

    sort_words(fixture->sesid, &table, IDS(1, 3, 2, 0));
    table.pidxunicode = &order;
    sort_words(fixture->sesid, &table, IDS(0, 3, 1, 2));
    order.szLocaleName = nowhere;
    table.prgcolumndef = &column;
    table.ccolumn = 1;
    table.prgcolumnid = &id;
    assert_int_equal(JetOpenTemporaryTable2(fixture->sesid, &table), JET_errInvalidLanguageId);
    OK(JetOpenTempTable2(fixture->sesid, &column, 1, 0x41D, JET_bitTTIndexed, &tableid, &id));
    OK(JetCloseTable(fixture->sesid, tableid));
    assert_int_equal(JetOpenTempTable2(fixture->sesid, &column, 1, LCID_NOBODYS, JET_bitTTIndexed, &tableid, &id),
                     JET_errInvalidLanguageId);
    JET_UNICODEINDEX by_number = {.lcid = LCID_GERMAN, .dwMapFlags = 0x100};
    assert_int_equal(JetOpenTempTable3(fixture->sesid, &column, 1, &by_number, JET_bitTTIndexed, &tableid, &id),
                     JET_errInvalidLCMapStringFlags);
}

/* ---- recovery ---- */

static void recovery_needs_no_keys_but_those_of_the_log(void **state)
{
    struct api_fixture *fixture = *state;
    struct words words;

    some_words(fixture, &words);
    OK(JetCreateIndex(fixture->sesid, words.tableid, "by_text", JET_bitNil, "+text\0", 7, 80));
    OK(JetBeginTransaction(fixture->sesid));
    OK(put(fixture->sesid, &words, 8, u"Aal"));
    OK(JetCommitTransaction(fixture->sesid, JET_bitNil));
    OK(JetBeginTransaction(fixture->sesid));
    OK(put(fixture->sesid, &words, 9, u"Bär"));
    api_fixture_restart(fixture, JET_bitTermDirty);
    words_open(fixture, &words);
    expect_order(fixture->sesid, &words, "by_text", IDS(0, 6, 8, 2, 4, 7, 5, 3, 1));
    OK(JetCloseTable(fixture->sesid, words.tableid));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, api_fixture_setup, api_fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(records_are_in_the_order_of_the_language),
        TEST(a_primary_key_may_be_text),
        TEST(values_that_change_take_their_entries_along),
        TEST(several_values_have_several_entries),
        TEST(searches_find_text_as_it_is_ordered),
        TEST(a_beginning_stands_for_all_that_begin_like_it),
        TEST(long_texts_are_cut_and_found),
        TEST(what_comes_late_in_a_text_comes_early_in_its_key),
        TEST(orders_that_cannot_be_are_refused),
        TEST(an_index_says_by_what_its_keys_were_made),
        TEST(an_index_says_its_language_and_keeps_it),
        TEST(the_database_says_which_orders_it_has),
        TEST(the_default_order_is_a_parameter),
        TEST(temporary_tables_sort_text),
        TEST(recovery_needs_no_keys_but_those_of_the_log),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
