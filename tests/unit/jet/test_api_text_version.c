/* SPDX-License-Identifier: MIT */
/* Indexes over Unicode text that another version or another system has made: what an attach says of them, what they are
 * good for, and that nothing is written into them. The system's versions are ours to choose here, and so are its keys:
 * the build lets calls of os_collation_version(), os_collation_age() and os_collation_key() end in this file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <uchar.h>

#include <cmocka.h>

#include "api_fixture.h"
#include "base/compiler.h"
#include "os/os_collation.h"

/* ---- the system ---- */

enum made_by { OF_TODAY, OF_TOMORROW, OF_WINDOWS };

static enum made_by made_as, found_as; /* what versions are made and compared with */

jet_err __real_os_collation_version(const char *name, struct os_collation_version *ret_version);
jet_err __wrap_os_collation_version(const char *name, struct os_collation_version *ret_version);
enum os_collation_age __wrap_os_collation_age(const char *name, const struct os_collation_version *version);

static jet_err version_as(enum made_by as, const char *name, struct os_collation_version *ret_version)
{
    const jet_err err = __real_os_collation_version(name, ret_version);

    if (as == OF_TOMORROW)
        ret_version->order++;
    if (as == OF_WINDOWS)
        memset(ret_version->id, 'W', sizeof ret_version->id);
    return err;
}

jet_err __wrap_os_collation_version(const char *name, struct os_collation_version *ret_version)
{
    return version_as(made_as, name, ret_version);
}

enum os_collation_age __wrap_os_collation_age(const char *name, const struct os_collation_version *version)
{
    struct os_collation_version here;

    if (version_as(found_as, name, &here) < JET_errSuccess || memcmp(here.id, version->id, sizeof here.id) != 0)
        return OS_COLLATION_FOREIGN;
    return here.order == version->order ? OS_COLLATION_CURRENT : OS_COLLATION_OUTDATED;
}

/* A mistake of the engine that would make wrong keys. */
static bool keys_are_wrong;

jet_err __real_os_collation_key(const struct os_collation *collation, const uint8_t *text, size_t size, uint8_t *key,
                                size_t room, size_t *ret_size);
jet_err __wrap_os_collation_key(const struct os_collation *collation, const uint8_t *text, size_t size, uint8_t *key,
                                size_t room, size_t *ret_size);

jet_err __wrap_os_collation_key(const struct os_collation *collation, const uint8_t *text, size_t size, uint8_t *key,
                                size_t room, size_t *ret_size)
{
    const jet_err err = __real_os_collation_key(collation, text, size, key, room, ret_size);

    if (keys_are_wrong && room > 0)
        key[0] ^= 1;
    return err;
}

static void system_is(enum made_by as)
{
    made_as = found_as = as;
}

/* ---- a table ---- */

/* id (long, primary index), text (Unicode, index "by_text"), note (binary, no index). */
struct words {
    JET_TABLEID tableid;
    JET_COLUMNID id, text, note;
};

static const char16_t *const texts[] = {u"zebra", u"Apfel", u"öl"};

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
        OK(JetSetColumn(sesid, words->tableid, words->text, text, bytes_of(text), JET_bitNil, NULL));
    const JET_ERR err = JetUpdate(sesid, words->tableid, NULL, 0, NULL);
    if (err < JET_errSuccess)
        OK(JetPrepareUpdate(sesid, words->tableid, JET_prepCancel));
    return err;
}

static void words_open(const struct api_fixture *fixture, struct words *words)
{
    OK(JetOpenTable(fixture->sesid, fixture->dbid, "words", NULL, 0, JET_bitNil, &words->tableid));
}

/* `key`: of the primary index. */
static void words_create(const struct api_fixture *fixture, struct words *words, const char *key, size_t records)
{
    const JET_SESID sesid = fixture->sesid;
    const JET_COLUMNDEF wide = {.cbStruct = sizeof wide, .coltyp = JET_coltypText, .cp = 1200};

    OK(JetCreateTable(sesid, fixture->dbid, "words", 1, 80, &words->tableid));
    words->id = api_column_add(sesid, words->tableid, "id", JET_coltypLong, JET_bitNil);
    words->note = api_column_add(sesid, words->tableid, "note", JET_coltypBinary, JET_bitNil);
    OK(JetAddColumn(sesid, words->tableid, "text", &wide, NULL, 0, &words->text));
    OK(JetCreateIndex(sesid, words->tableid, "primary", JET_bitIndexPrimary, key, (uint32_t)strlen(key) + 2, 80));
    OK(JetCreateIndex(sesid, words->tableid, "by_text", JET_bitNil, "+text\0", 7, 80));
    OK(JetBeginTransaction(sesid));
    for (size_t i = 0; i < records; i++)
        OK(put(sesid, words, (int32_t)i, texts[i]));
    OK(JetCommitTransaction(sesid, JET_bitNil));
    OK(JetCloseTable(sesid, words->tableid));
}

static void detach(const struct api_fixture *fixture)
{
    OK(JetCloseDatabase(fixture->sesid, fixture->dbid, JET_bitNil));
    OK(JetDetachDatabase(fixture->sesid, fixture->file));
}

static void open_database(struct api_fixture *fixture)
{
    OK(JetOpenDatabase(fixture->sesid, fixture->file, NULL, &fixture->dbid, JET_bitNil));
}

/* As one system made it, found by another. */
static void travel(struct api_fixture *fixture, enum made_by from, enum made_by to, const char *key, size_t records,
                   struct words *words)
{
    system_is(from);
    words_create(fixture, words, key, records);
    detach(fixture);
    system_is(to);
}

#define END      (-1)
#define IDS(...) ((const int[]){__VA_ARGS__, END})

static void expect_order(JET_SESID sesid, const struct words *words, const char *index, const int *ids)
{
    OK(JetSetCurrentIndex(sesid, words->tableid, index));
    JET_ERR err = JetMove(sesid, words->tableid, JET_MoveFirst, JET_bitNil);
    for (; *ids != END; ids++) {
        int32_t id = END;

        assert_int_equal(err, JET_errSuccess);
        OK(JetRetrieveColumn(sesid, words->tableid, words->id, &id, sizeof id, NULL, JET_bitNil, NULL));
        assert_int_equal(id, *ids);
        err = JetMove(sesid, words->tableid, JET_MoveNext, JET_bitNil);
    }
    assert_int_equal(err, JET_errNoCurrentRecord);
}

/* ---- another version ---- */

static void an_index_of_another_version_is_reported_and_can_be_made_again(void **state)
{
    struct api_fixture *fixture = *state;
    struct words words;

    travel(fixture, OF_TODAY, OF_TOMORROW, "+id\0", COUNT_OF(texts), &words);
    assert_int_equal(JetAttachDatabase(fixture->sesid, fixture->file, JET_bitNil), JET_errSecondaryIndexCorrupted);
    assert_int_equal(JetOpenDatabase(fixture->sesid, fixture->file, NULL, &fixture->dbid, JET_bitNil),
                     JET_errDatabaseNotFound); /* nothing was left of the attach */
    OK(JetAttachDatabase(fixture->sesid, fixture->file, JET_bitDbReadOnly));
    OK(JetDetachDatabase(fixture->sesid, fixture->file));
    assert_int_equal(JetAttachDatabase(fixture->sesid, fixture->file, JET_bitDbDeleteCorruptIndexes),
                     JET_wrnCorruptIndexDeleted);
    open_database(fixture);
    words_open(fixture, &words);
    assert_int_equal(JetSetCurrentIndex(fixture->sesid, words.tableid, "by_text"), JET_errIndexNotFound);
    OK(JetCreateIndex(fixture->sesid, words.tableid, "by_text", JET_bitNil, "+text\0", 7, 80));
    expect_order(fixture->sesid, &words, "by_text", IDS(1, 2, 0));
    OK(JetCloseTable(fixture->sesid, words.tableid));
    detach(fixture);
    OK(JetAttachDatabase(fixture->sesid, fixture->file, JET_bitNil)); /* tomorrow's is current tomorrow */
    open_database(fixture);
}

static void a_primary_index_of_another_version_cannot_be_deleted(void **state)
{
    struct api_fixture *fixture = *state;
    struct words words;

    travel(fixture, OF_TODAY, OF_TOMORROW, "+text\0", COUNT_OF(texts), &words);
    assert_int_equal(JetAttachDatabase(fixture->sesid, fixture->file, JET_bitDbDeleteCorruptIndexes),
                     JET_errPrimaryIndexCorrupted);
    assert_int_equal(
        JetAttachDatabase(fixture->sesid, fixture->file, JET_bitDbDeleteUnicodeIndexes | JET_bitDbReadOnly),
        JET_errInvalidGrbit);
    system_is(OF_TODAY);
    OK(JetAttachDatabase(fixture->sesid, fixture->file, JET_bitNil));
    open_database(fixture);
}

static void an_empty_index_gets_the_new_version(void **state)
{
    struct api_fixture *fixture = *state;
    struct words words;

    travel(fixture, OF_TODAY, OF_TOMORROW, "+id\0", 0, &words);
    for (unsigned i = 0; i < 2; i++) { /* and it is kept */
        OK(JetAttachDatabase(fixture->sesid, fixture->file, JET_bitNil));
        open_database(fixture);
        words_open(fixture, &words);
        OK(JetBeginTransaction(fixture->sesid));
        OK(put(fixture->sesid, &words, (int)i, texts[i]));
        OK(JetCommitTransaction(fixture->sesid, JET_bitNil));
        OK(JetCloseTable(fixture->sesid, words.tableid));
        detach(fixture);
    }
    OK(JetAttachDatabase(fixture->sesid, fixture->file, JET_bitNil));
    open_database(fixture);
    words_open(fixture, &words);
    expect_order(fixture->sesid, &words, "by_text", IDS(1, 0));
    OK(JetCloseTable(fixture->sesid, words.tableid));
}

static void set_parameter(const struct api_fixture *fixture, uint32_t parameter, JET_API_PTR value)
{
    JET_INSTANCE instance = fixture->instance;

    OK(JetSetSystemParameter(&instance, 0, parameter, value, NULL));
}

static void the_look_at_indexes_can_wait_for_the_table(void **state)
{
    enum { AT_OPEN = 2, NEVER = 0 };
    struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    struct words words;

    travel(fixture, OF_TODAY, OF_TOMORROW, "+id\0", COUNT_OF(texts), &words);
    set_parameter(fixture, JET_paramEnableIndexCleanup, 0);
    set_parameter(fixture, JET_paramEnableIndexChecking, AT_OPEN);
    OK(JetAttachDatabase(sesid, fixture->file, JET_bitNil));
    open_database(fixture);
    assert_int_equal(JetOpenTable(sesid, fixture->dbid, "words", NULL, 0, JET_bitNil, &words.tableid),
                     JET_errSecondaryIndexCorrupted);
    assert_int_equal(JetOpenTable(sesid, fixture->dbid, "words", NULL, 0, JET_bitTableReadOnly, &words.tableid),
                     JET_wrnSecondaryIndexOutOfDate);
    expect_order(sesid, &words, "by_text", IDS(1, 2, 0));
    OK(JetCloseTable(sesid, words.tableid));
    set_parameter(fixture, JET_paramEnableIndexChecking, NEVER);
    words_open(fixture, &words);
    OK(JetBeginTransaction(sesid));
    assert_int_equal(put(sesid, &words, 7, u"x"), JET_errUnicodeNormalizationNotSupported); /* and not a wrong key */
    OK(JetCommitTransaction(sesid, JET_bitNil));
    OK(JetCloseTable(sesid, words.tableid));
    system_is(OF_TODAY); /* for the check at the end */
}

/* ---- another system ---- */

static void an_index_of_another_system_is_read_and_not_written(void **state)
{
    struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    struct words words;
    uint8_t key[256];
    uint32_t size;

    travel(fixture, OF_WINDOWS, OF_TODAY, "+id\0", COUNT_OF(texts), &words);
    OK(JetAttachDatabase(sesid, fixture->file, JET_bitNil));
    open_database(fixture);
    words_open(fixture, &words);
    expect_order(sesid, &words, "by_text", IDS(1, 2, 0));
    assert_int_equal(JetMakeKey(sesid, words.tableid, u"zebra", 10, JET_bitNewKey),
                     JET_errUnicodeNormalizationNotSupported);
    OK(JetMove(sesid, words.tableid, JET_MoveFirst, JET_bitNil)); /* a key that is there is as good as ever */
    OK(JetMove(sesid, words.tableid, JET_MoveNext, JET_bitNil));
    OK(JetRetrieveKey(sesid, words.tableid, key, sizeof key, &size, JET_bitNil));
    OK(JetMakeKey(sesid, words.tableid, key, size, JET_bitNewKey | JET_bitNormalizedKey));
    OK(JetSeek(sesid, words.tableid, JET_bitSeekEQ));
    OK(JetBeginTransaction(sesid));
    assert_int_equal(put(sesid, &words, 7, u"x"), JET_errUnicodeNormalizationNotSupported);
    OK(put(sesid, &words, 8, NULL)); /* null is null in all languages */
    expect_order(sesid, &words, "primary", IDS(0, 1, 2, 8));
    OK(JetMove(sesid, words.tableid, JET_MoveFirst, JET_bitNil));
    assert_int_equal(JetDelete(sesid, words.tableid), JET_errUnicodeNormalizationNotSupported);
    OK(JetPrepareUpdate(sesid, words.tableid, JET_prepReplace));
    OK(JetSetColumn(sesid, words.tableid, words.note, "n", 1, JET_bitNil, NULL));
    OK(JetUpdate(sesid, words.tableid, NULL, 0, NULL)); /* no key changes */
    OK(JetPrepareUpdate(sesid, words.tableid, JET_prepReplace));
    OK(JetSetColumn(sesid, words.tableid, words.text, u"y", 2, JET_bitNil, NULL));
    assert_int_equal(JetUpdate(sesid, words.tableid, NULL, 0, NULL), JET_errUnicodeNormalizationNotSupported);
    OK(JetPrepareUpdate(sesid, words.tableid, JET_prepCancel));
    OK(JetCommitTransaction(sesid, JET_bitNil));
    expect_order(sesid, &words, "by_text", IDS(8, 1, 2, 0));
    OK(JetSetCurrentIndex(sesid, words.tableid, "primary"));
    OK(JetDeleteIndex(sesid, words.tableid, "by_text"));
    OK(JetCreateIndex(sesid, words.tableid, "by_text", JET_bitNil, "+text\0", 7, 80));
    OK(JetBeginTransaction(sesid));
    OK(put(sesid, &words, 7, u"x"));
    OK(JetCommitTransaction(sesid, JET_bitNil));
    expect_order(sesid, &words, "by_text", IDS(8, 1, 2, 7, 0));
    OK(JetCloseTable(sesid, words.tableid));
}

static void records_of_another_systems_primary_key_can_be_changed_beside_it(void **state)
{
    struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    struct words words;

    travel(fixture, OF_WINDOWS, OF_TODAY, "+text\0", COUNT_OF(texts), &words);
    OK(JetAttachDatabase(sesid, fixture->file, JET_bitNil));
    open_database(fixture);
    words_open(fixture, &words);
    OK(JetBeginTransaction(sesid));
    OK(JetMove(sesid, words.tableid, JET_MoveFirst, JET_bitNil));
    OK(JetPrepareUpdate(sesid, words.tableid, JET_prepReplace));
    OK(JetSetColumn(sesid, words.tableid, words.note, "n", 1, JET_bitNil, NULL));
    OK(JetUpdate(sesid, words.tableid, NULL, 0, NULL));
    assert_int_equal(put(sesid, &words, 7, u"x"), JET_errUnicodeNormalizationNotSupported);
    OK(JetCommitTransaction(sesid, JET_bitNil));
    expect_order(sesid, &words, "primary", IDS(1, 2, 0));
    OK(JetCloseTable(sesid, words.tableid));
}

static void indexes_over_text_can_all_be_deleted(void **state)
{
    static const struct {
        enum made_by from;
        JET_GRBIT grbit;
        JET_ERR expected;
    } cases[] = {
        {OF_WINDOWS, JET_bitDbDeleteCorruptIndexes, JET_wrnCorruptIndexDeleted},
        {OF_TODAY,   JET_bitDbDeleteUnicodeIndexes, JET_errSuccess            },
    };
    struct api_fixture *fixture = *state;
    struct words words;

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        travel(fixture, cases[i].from, OF_TODAY, "+id\0", COUNT_OF(texts), &words);
        assert_int_equal(JetAttachDatabase(fixture->sesid, fixture->file, cases[i].grbit), cases[i].expected);
        open_database(fixture);
        words_open(fixture, &words);
        assert_int_equal(JetSetCurrentIndex(fixture->sesid, words.tableid, "by_text"), JET_errIndexNotFound);
        expect_order(fixture->sesid, &words, "primary", IDS(0, 1, 2));
        OK(JetCloseTable(fixture->sesid, words.tableid));
        OK(JetDeleteTable(fixture->sesid, fixture->dbid, "words"));
    }
}

/* ---- the check of a file ---- */

static void the_check_makes_the_keys_again(void **state)
{
    struct api_fixture *fixture = *state;
    struct words words;

    travel(fixture, OF_TODAY, OF_TODAY, "+id\0", COUNT_OF(texts), &words);
    assert_true(api_file_is_sound(fixture->file));
    OK(JetAttachDatabase(fixture->sesid, fixture->file, JET_bitNil));
    open_database(fixture);
    OK(JetDeleteTable(fixture->sesid, fixture->dbid, "words"));
    keys_are_wrong = true;
    travel(fixture, OF_TODAY, OF_TODAY, "+id\0", COUNT_OF(texts), &words);
    keys_are_wrong = false;
    assert_false(api_file_is_sound(fixture->file));
    OK(JetAttachDatabase(fixture->sesid, fixture->file, JET_bitDbDeleteUnicodeIndexes));
    open_database(fixture);
}

static int setup(void **state)
{
    keys_are_wrong = false;
    system_is(OF_TODAY);
    return api_fixture_setup(state);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, api_fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_index_of_another_version_is_reported_and_can_be_made_again),
        TEST(a_primary_index_of_another_version_cannot_be_deleted),
        TEST(an_empty_index_gets_the_new_version),
        TEST(the_look_at_indexes_can_wait_for_the_table),
        TEST(an_index_of_another_system_is_read_and_not_written),
        TEST(records_of_another_systems_primary_key_can_be_changed_beside_it),
        TEST(indexes_over_text_can_all_be_deleted),
        TEST(the_check_makes_the_keys_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
