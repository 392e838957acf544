/* SPDX-License-Identifier: MIT */
/* Tests of the order of text: what readers of several languages expect, what each flag takes away, and texts that
 * nobody would write. They hold for both halves of os/; where the tables behind them differ, only one side is asked. */
#include "os/os_collation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <uchar.h>

#include <cmocka.h>

#include "os/os_thread.h"

enum { KEY_ROOM = 4000, DEFAULT_FLAGS = 0x30401 };

struct key {
    uint8_t bytes[KEY_ROOM];
    size_t size;
};

static struct os_collation *opened(const char *name, uint32_t flags)
{
    struct os_collation *collation;

    assert_int_equal(os_collation_open(name, flags, &collation), JET_errSuccess);
    return collation;
}

static size_t units_of(const char16_t *text)
{
    size_t count = 0;

    while (text[count])
        count++;
    return count;
}

static struct key key_of_units(const struct os_collation *collation, const char16_t *text, size_t count)
{
    struct key key;
    uint8_t bytes[2 * 1024 + 1]; /* at an odd address, as in a record */

    assert_true(count <= 1024);
    memcpy(bytes + 1, text, 2 * count);
    assert_int_equal(os_collation_key(collation, bytes + 1, 2 * count, key.bytes, sizeof key.bytes, &key.size),
                     JET_errSuccess);
    assert_true(key.size <= sizeof key.bytes);
    return key;
}

static struct key key_of(const struct os_collation *collation, const char16_t *text)
{
    return key_of_units(collation, text, units_of(text));
}

static int compare_keys(const struct key *a, const struct key *b)
{
    const int order = memcmp(a->bytes, b->bytes, a->size < b->size ? a->size : b->size);

    return order != 0 ? order : (a->size > b->size) - (a->size < b->size);
}

static int compare(const char *name, uint32_t flags, const char16_t *a, const char16_t *b)
{
    struct os_collation *collation = opened(name, flags);
    const struct key key_a = key_of(collation, a), key_b = key_of(collation, b);

    os_collation_close(collation);
    return compare_keys(&key_a, &key_b);
}

static void expect_ascending(const char *name, uint32_t flags, const char16_t *const *texts)
{
    for (; texts[1]; texts++)
        assert_true(compare(name, flags, texts[0], texts[1]) < 0);
}

static void expect_same(const char *name, uint32_t flags, const char16_t *a, const char16_t *b)
{
    assert_int_equal(compare(name, flags, a, b), 0);
}

static void expect_different(const char *name, uint32_t flags, const char16_t *a, const char16_t *b)
{
    assert_int_not_equal(compare(name, flags, a, b), 0);
}

/* ---- languages ---- */

static void english_text_is_ordered_as_in_a_dictionary(void **state)
{
    static const char16_t *const words[] = {u"cat", u"Cote", u"côté", u"coter", u"dog", u"Zebra", NULL};

    (void)state;
    expect_ascending("en-US", DEFAULT_FLAGS, words);
    expect_ascending("", DEFAULT_FLAGS, words);
}

static void languages_have_their_own_alphabets(void **state)
{
    static const char16_t *const swedish[] = {u"adam", u"zebra", u"ålder", u"ärta", u"öl", NULL};
    static const char16_t *const german[] = {u"adam", u"älter", u"öl", u"zebra", NULL};
    static const char16_t *const czech[] = {u"cukr", u"hora", u"chata", u"iris", NULL};
    static const char16_t *const estonian[] = {u"saba", u"zoo", u"taba", u"vaba", NULL};

    (void)state;
    expect_ascending("sv-SE", DEFAULT_FLAGS, swedish);
    expect_ascending("de-DE", DEFAULT_FLAGS, german);
    expect_ascending("cs-CZ", DEFAULT_FLAGS, czech);
    expect_ascending("et-EE", DEFAULT_FLAGS, estonian);
}

static void a_language_may_have_a_second_order(void **state)
{
    static const char16_t *const phone_book[] = {u"adam", u"ärger", u"afrika", NULL};
    static const char16_t *const dictionary[] = {u"adam", u"afrika", u"ärger", NULL};

    (void)state;
    expect_ascending("de-DE_phoneb", DEFAULT_FLAGS, phone_book);
    expect_ascending("de-DE", DEFAULT_FLAGS, dictionary);
}

static void names_of_languages_may_be_in_any_case(void **state)
{
    (void)state;
    os_collation_close(opened("pt-br", 0));
    os_collation_close(opened("PT-BR", 0));
    os_collation_close(opened("ja-JP", 0));
}

static void what_is_no_language_is_refused(void **state)
{
    struct os_collation *collation;
    struct os_collation_version version;
    char name[OS_COLLATION_NAME_SIZE], long_name[200];

    (void)state;
    memset(long_name, 'a', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = '\0';
    const char *const names[] = {"xx-not-a-language", "!", "en US", "en-", "de-DE_nothing", "\xFF", long_name};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        assert_int_equal(os_collation_open(names[i], 0, &collation), JET_errInvalidLanguageId);
        assert_int_equal(os_collation_version(names[i], &version), JET_errInvalidLanguageId);
    }
    assert_int_equal(os_collation_name_of_lcid(0x9999, name), JET_errInvalidLanguageId);
    assert_int_equal(os_collation_name_of_lcid(0xFFFFFFFF, name), JET_errInvalidLanguageId);
}

static void numbers_of_languages_have_names(void **state)
{
    static const struct {
        uint32_t lcid;
        const char *name;
    } known[] = {
        {0x007F,  ""            },
        {0x0404,  "zh-TW"       },
        {0x0407,  "de-DE"       },
        {0x0409,  "en-US"       },
        {0x0411,  "ja-JP"       },
        {0x0416,  "pt-BR"       },
        {0x041D,  "sv-SE"       },
        {0x0446,  "pa-IN"       },
        {0x0804,  "zh-CN"       },
        {0x0C0C,  "fr-CA"       },
        {0x10407, "de-DE_phoneb"},
        {0x30404, "zh-TW_pronun"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        char name[OS_COLLATION_NAME_SIZE];
        uint32_t lcid;

        assert_int_equal(os_collation_name_of_lcid(known[i].lcid, name), JET_errSuccess);
        assert_string_equal(name, known[i].name);
        assert_int_equal(os_collation_lcid_of_name(name, &lcid), JET_errSuccess);
        assert_int_equal(lcid, known[i].lcid);
    }
}

/* ---- flags ---- */

static void the_default_ignores_case_width_and_kind_of_kana(void **state)
{
    (void)state;
    expect_same("en-US", DEFAULT_FLAGS, u"Coldstream", u"cOLDsTREAM");
    expect_same("en-US", DEFAULT_FLAGS, u"abc", u"ａｂｃ");
    expect_same("ja-JP", DEFAULT_FLAGS, u"あいう", u"アイウ");
    expect_same("ja-JP", DEFAULT_FLAGS, u"あいう", u"ｱｲｳ");
    expect_different("en-US", DEFAULT_FLAGS, u"cote", u"coté");
}

static void without_flags_everything_counts(void **state)
{
    (void)state;
    expect_different("en-US", 0, u"abc", u"ABC");
    expect_different("en-US", 0, u"abc", u"ａｂｃ");
    expect_different("en-US", 0, u"あ", u"ア");
    expect_different("ja-JP", 0, u"あ", u"ア");
    assert_true(compare("en-US", 0, u"abc", u"ABC") < 0); /* small letters first */
    assert_true(compare("en-US", 0, u"ABC", u"abd") < 0); /* letters count more than their case */
}

static void each_flag_takes_one_thing_away(void **state)
{
    (void)state;
    expect_same("en-US", OS_COLLATION_IGNORE_CASE, u"straße ABC", u"STRASSE abc");
    expect_different("en-US", OS_COLLATION_IGNORE_CASE, u"あ", u"ア");
    expect_different("en-US", OS_COLLATION_IGNORE_CASE, u"abc", u"ａｂｃ");
    expect_same("en-US", OS_COLLATION_IGNORE_KANA_TYPE, u"あいう", u"アイウ");
    expect_different("en-US", OS_COLLATION_IGNORE_KANA_TYPE, u"abc", u"ABC");
    expect_same("en-US", OS_COLLATION_IGNORE_WIDTH, u"abcア", u"ａｂｃｱ");
    expect_different("en-US", OS_COLLATION_IGNORE_WIDTH, u"あ", u"ｱ");
    expect_different("en-US", OS_COLLATION_IGNORE_WIDTH, u"abc", u"ABC");
    expect_same("en-US", OS_COLLATION_IGNORE_NONSPACE, u"côté", u"cote");
    expect_different("en-US", OS_COLLATION_IGNORE_NONSPACE, u"côté", u"COTE");
    expect_same("en-US", OS_COLLATION_IGNORE_NONSPACE | OS_COLLATION_IGNORE_CASE, u"côté", u"COTE");
    expect_same("en-US", OS_COLLATION_IGNORE_SYMBOLS, u"a-b, c!", u"abc");
    expect_different("en-US", OS_COLLATION_IGNORE_SYMBOLS, u"a-b, c!", u"ABC");
}

static void digits_may_be_numbers(void **state)
{
    static const char16_t *const names[] = {u"file 2", u"file 10", u"file 100", NULL};

    (void)state;
    expect_ascending("en-US", OS_COLLATION_DIGITS_AS_NUMBERS, names);
    assert_true(compare("en-US", 0, u"file 10", u"file 2") < 0);
}

static void equivalent_texts_have_one_key(void **state)
{
    (void)state;
    expect_same("en-US", 0, u"caf\u00E9", u"cafe\u0301");
    expect_same("vi-VN", 0, u"\u1EA1", u"a\u0323");
}

/* ---- keys ---- */

static void a_key_ends_with_its_only_zero(void **state)
{
    static const char16_t with_zeros[] = {'a', 0, 'b', 0, 0, 0xFFFF, 0xFFFE, 0xD800};
    struct os_collation *collation = opened("en-US", 0);
    const struct key key = key_of_units(collation, with_zeros, COUNT_OF(with_zeros));

    (void)state;
    assert_true(key.size >= 2);
    for (size_t i = 0; i + 1 < key.size; i++)
        assert_int_not_equal(key.bytes[i], 0);
    assert_int_equal(key.bytes[key.size - 1], 0);
    assert_non_null(memchr(key.bytes, 1, key.size));
    os_collation_close(collation);
}

/* Whoever looks for all that begins like "ab" cuts the key there. */
static void base_characters_of_a_beginning_are_a_beginning(void **state)
{
    struct os_collation *collation = opened("en-US", DEFAULT_FLAGS);
    const struct key beginning = key_of(collation, u"Col"), whole = key_of(collation, u"coldstream");
    const uint8_t *end = memchr(beginning.bytes, 1, beginning.size);

    (void)state;
    assert_memory_equal(beginning.bytes, whole.bytes, (size_t)(end - beginning.bytes));
    os_collation_close(collation);
}

static void hostile_texts_have_keys(void **state)
{
    static const char16_t lone[] = {0xD800, 'a', 0xDC00, 0xDFFF, 0xD83D};
    struct os_collation *collation = opened("en-US", OS_COLLATION_IGNORE_CASE); /* the long way, over folding */
    char16_t long_text[1024];

    (void)state;
    key_of_units(collation, lone, COUNT_OF(lone));
    for (size_t i = 0; i < COUNT_OF(long_text); i++)
        long_text[i] = (char16_t)(i * 0x9E37u);
    key_of_units(collation, long_text, 300);
    const struct key odd = key_of(collation, u"ab");
    struct key cut;
    assert_int_equal(os_collation_key(collation, (const uint8_t *)"a\0b\0c", 5, cut.bytes, sizeof cut.bytes, &cut.size),
                     JET_errSuccess);
    assert_int_equal(compare_keys(&odd, &cut), 0);
    assert_int_equal(os_collation_key(collation, (const uint8_t *)"", 0, cut.bytes, sizeof cut.bytes, &cut.size),
                     JET_errSuccess);
    os_collation_close(collation);
}

static void a_key_is_cut_where_the_room_ends(void **state)
{
    static const char16_t text[] =
        u"The quick brown fox jumps over the lazy dog, again and again, and still there is no end";
    static const uint32_t flags[] = {DEFAULT_FLAGS, 0, OS_COLLATION_IGNORE_CASE, OS_COLLATION_BYTE_REVERSAL};

    (void)state;
    for (size_t f = 0; f < COUNT_OF(flags); f++) {
        struct os_collation *collation = opened("en-US", flags[f]);
        const struct key whole = key_of(collation, text);

        for (size_t room = 0; room <= whole.size; room += 7) {
            uint8_t cut[KEY_ROOM];
            size_t size;

            memset(cut, 0xEE, sizeof cut);
            assert_int_equal(os_collation_key(collation, (const uint8_t *)text, 2 * units_of(text), cut, room, &size),
                             JET_errSuccess);
            assert_int_equal(size, whole.size);
            if (room > 0)
                assert_memory_equal(cut, whole.bytes, room);
            assert_int_equal(cut[room], 0xEE);
        }
        os_collation_close(collation);
    }
}

/* ---- threads ---- */

enum { THREADS = 4, ROUNDS = 2000 };

struct worker {
    const struct os_collation *collation;
    struct key expected;
    bool is_wrong;
};

static const char16_t shared_text[] = u"Ｃｏｌｄ stream, côté";

/* No assertions: they are for the thread of the test. */
static void make_keys(void *context)
{
    struct worker *worker = context;
    struct key key;

    for (unsigned i = 0; i < ROUNDS; i++) {
        const jet_err err = os_collation_key(worker->collation, (const uint8_t *)shared_text, sizeof shared_text - 2,
                                             key.bytes, sizeof key.bytes, &key.size);

        worker->is_wrong |= err < JET_errSuccess || compare_keys(&key, &worker->expected) != 0;
    }
}

static void one_collation_serves_many_threads(void **state)
{
    static const uint32_t flags[] = {DEFAULT_FLAGS, OS_COLLATION_IGNORE_WIDTH};
    static struct worker workers[THREADS];
    struct os_thread *threads[THREADS];

    (void)state;
    for (size_t f = 0; f < COUNT_OF(flags); f++) {
        struct os_collation *collation = opened("fr-FR", flags[f]);

        for (size_t i = 0; i < THREADS; i++) {
            workers[i] = (struct worker){.collation = collation, .expected = key_of(collation, shared_text)};
            assert_int_equal(os_thread_start(make_keys, &workers[i], &threads[i]), JET_errSuccess);
        }
        for (size_t i = 0; i < THREADS; i++) {
            os_thread_join(threads[i]);
            assert_false(workers[i].is_wrong);
        }
        os_collation_close(collation);
    }
}

/* ---- versions ---- */

static void today_is_current_and_anything_else_is_not(void **state)
{
    static const uint8_t windows[16] = {1, 0, 0, 0, 0xEE, 0x57, 0x5C, 0x1E, 0, 0xB4, 0xD0, 0, 0x0B, 0xB1, 0xE1, 0x1E};
    struct os_collation_version version, other;

    (void)state;
    assert_int_equal(os_collation_version("en-US", &version), JET_errSuccess);
    assert_int_not_equal(version.order, 0);
    assert_int_equal(os_collation_age("en-US", &version), OS_COLLATION_CURRENT);
    other = version;
    other.order += 0x01000000;
    assert_int_equal(os_collation_age("en-US", &other), OS_COLLATION_OUTDATED);
    other = version;
    other.defined++;
    assert_int_equal(os_collation_age("en-US", &other), OS_COLLATION_OUTDATED);
    other = (struct os_collation_version){.order = 0x00000001, .defined = 1};
    memcpy(other.id, windows, sizeof windows);
    assert_int_not_equal(os_collation_age("en-US", &other), OS_COLLATION_CURRENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(english_text_is_ordered_as_in_a_dictionary),
        cmocka_unit_test(languages_have_their_own_alphabets),
        cmocka_unit_test(a_language_may_have_a_second_order),
        cmocka_unit_test(names_of_languages_may_be_in_any_case),
        cmocka_unit_test(what_is_no_language_is_refused),
        cmocka_unit_test(numbers_of_languages_have_names),
        cmocka_unit_test(the_default_ignores_case_width_and_kind_of_kana),
        cmocka_unit_test(without_flags_everything_counts),
        cmocka_unit_test(each_flag_takes_one_thing_away),
        cmocka_unit_test(digits_may_be_numbers),
        cmocka_unit_test(equivalent_texts_have_one_key),
        cmocka_unit_test(a_key_ends_with_its_only_zero),
        cmocka_unit_test(base_characters_of_a_beginning_are_a_beginning),
        cmocka_unit_test(hostile_texts_have_keys),
        cmocka_unit_test(a_key_is_cut_where_the_room_ends),
        cmocka_unit_test(one_collation_serves_many_threads),
        cmocka_unit_test(today_is_current_and_anything_else_is_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
