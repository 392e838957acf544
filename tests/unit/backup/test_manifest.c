/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "backup/manifest.h"
#include "backup/manifest_internal.h"
#include "base/compiler.h"

static void add_finding(struct manifest *m, enum finding_kind kind, enum finding_severity severity, uint64_t page)
{
    const struct finding finding = {
        .kind = kind,
        .severity = severity,
        .file = "x",
        .place = FINDING_AT_PAGE,
        .where = page,
        .has_values = true,
        .expected = 0x8123456789ABCDEFu,
        .found = 7,
        .bit = 1234,
    };
    assert_int_equal(manifest_add_damage(m, &finding), JET_errSuccess);
}

/* Two databases and a log; every field differs from its default. */
static void make(struct manifest *m)
{
    struct manifest_file *file;
    *m = (struct manifest){
        .state = MANIFEST_DAMAGED,
        .created_unix_ms = 1600000000123,
        .tool_version = "1.2.3",
        .base_name = "edb",
        .first_generation = 5,
        .last_generation = 9,
        .recoverable = false,
    };
    memset(&m->log_signature, 0x5A, sizeof m->log_signature);
    assert_int_equal(manifest_set_reason(m, "because"), 0);
    assert_int_equal(manifest_add_file(m, "mail \xC3\xA4.edb", BACKUP_FILE_DATABASE, &file), 0);
    file->size = 1060864;
    memset(file->digest, 0xA7, sizeof file->digest);
    file->page_size = 4096;
    file->last_page = 256;
    file->dbtime = UINT64_MAX;
    file->state = 2;
    memset(&file->signature, 3, sizeof file->signature);
    file->required_first = 5;
    file->required_last = 8;
    add_finding(m, FINDING_PAGE_CHECKSUM, FINDING_DAMAGE, 17);
    add_finding(m, FINDING_PAGE_CHECKSUM, FINDING_DAMAGE, 18);
    add_finding(m, FINDING_PAGE_CHECKSUM, FINDING_DAMAGE, 20);
    add_finding(m, FINDING_PAGE_CORRECTABLE, FINDING_WARNING, 21);
    add_finding(m, FINDING_PAGE_CORRECTABLE, FINDING_WARNING, 22);
    assert_int_equal(manifest_add_file(m, "edb00005.log", BACKUP_FILE_LOG, &file), 0);
    file->generation = 5;
    assert_int_equal(manifest_add_file(m, "edb.chk", BACKUP_FILE_CHECKPOINT, &file), 0);
}

static char *encode(const struct manifest *m, size_t *ret_size)
{
    char digest[MANIFEST_DIGEST_TEXT_SIZE];
    char *text;
    assert_int_equal(manifest_encode(m, &text, ret_size, digest), 0);
    return text;
}

static jet_err decode(const char *text, size_t size, struct manifest *m)
{
    char digest[MANIFEST_DIGEST_TEXT_SIZE];
    const char *detail;
    jet_err err = manifest_decode(text, size, m, digest, &detail);
    if (err < JET_errSuccess)
        assert_true(strlen(detail) > 0);
    return err;
}

static void what_is_encoded_is_decoded(void **state)
{
    struct manifest a, b;
    size_t size, size_again;
    make(&a);
    assert_int_equal(a.files[0].damage_count, 4); /* 17 and 18 are one run; mended bits differ, so they are two */
    char *text = encode(&a, &size);
    assert_int_equal(decode(text, size, &b), 0);
    assert_int_equal(b.state, MANIFEST_DAMAGED);
    assert_int_equal(b.created_unix_ms, a.created_unix_ms);
    assert_string_equal(b.tool_version, "1.2.3");
    assert_string_equal(b.base_name, "edb");
    assert_memory_equal(&b.log_signature, &a.log_signature, sizeof a.log_signature);
    assert_string_equal(b.reason, "because");
    assert_int_equal(b.file_count, 3);
    assert_string_equal(b.files[0].name, "mail \xC3\xA4.edb");
    assert_true(b.files[0].dbtime == UINT64_MAX);
    assert_int_equal(b.files[0].damages[0].count, 2);
    assert_true(b.files[0].damages[0].expected == 0x8123456789ABCDEFu);
    assert_int_equal(b.files[0].damages[2].bit, 1234);
    assert_int_equal(b.files[1].generation, 5);
    assert_int_equal(b.files[2].role, BACKUP_FILE_CHECKPOINT);
    char *text_again = encode(&b, &size_again);
    assert_int_equal(size_again, size);
    assert_memory_equal(text_again, text, size);
    free(text);
    free(text_again);
    manifest_done(&a);
    manifest_done(&b);
}

static void every_flipped_bit_is_detected(void **state)
{
    struct manifest a, b;
    size_t size;
    make(&a);
    char *text = encode(&a, &size);
    for (size_t bit = 0; bit < 8 * size; bit++) {
        text[bit / 8] = (char)(text[bit / 8] ^ (1 << bit % 8));
        if (decode(text, size, &b) >= JET_errSuccess)
            fail_msg("bit %u was not noticed", (unsigned)bit);
        text[bit / 8] = (char)(text[bit / 8] ^ (1 << bit % 8));
    }
    assert_int_equal(decode(text, size, &b), 0);
    manifest_done(&b);
    manifest_done(&a);
    free(text);
}

static void every_cut_is_detected(void **state)
{
    struct manifest a, b;
    size_t size;
    make(&a);
    char *text = encode(&a, &size);
    for (size_t cut = 0; cut < size; cut++)
        assert_int_equal(decode(text, cut, &b), JET_errReadVerifyFailure);
    manifest_done(&a);
    free(text);
}

/* ---- hostile texts, with a right seal: a forger can compute it ---- */

/* Puts the seal behind `body`, which ends in a line feed. */
static jet_err decode_sealed(const char *body, struct manifest *m)
{
    size_t size = strlen(body);
    char *text = malloc(size + MANIFEST_SEAL_SIZE);
    assert_non_null(text);
    memcpy(text, body, size);
    manifest_make_seal(text, size, text + size);
    jet_err err = decode(text, size + MANIFEST_SEAL_SIZE, m);
    free(text);
    return err;
}

static size_t offset_of(const char *text, const char *part)
{
    for (size_t at = 0; text[at]; at++) {
        if (strncmp(text + at, part, strlen(part)) == 0)
            return at;
    }
    fail_msg("the manifest has no %s", part);
    return 0;
}

/* Replaces the first `from` in a good manifest by `to`, seals and decodes. */
static jet_err decode_changed(const char *from, const char *to)
{
    struct manifest a, b;
    size_t size;
    make(&a);
    char *text = encode(&a, &size);
    size_t before = offset_of(text, from);
    size_t after = before + strlen(from);
    size_t body = size - MANIFEST_SEAL_SIZE;
    char *changed = malloc(body + strlen(to) + 1);
    assert_non_null(changed);
    memcpy(changed, text, before);
    memcpy(changed + before, to, strlen(to));
    memcpy(changed + before + strlen(to), text + after, body - after);
    changed[body + strlen(to) - strlen(from)] = '\0';
    jet_err err = decode_sealed(changed, &b);
    if (err >= JET_errSuccess)
        manifest_done(&b);
    manifest_done(&a);
    free(changed);
    free(text);
    return err;
}

static void hostile_values_are_refused(void **state)
{
    static const struct {
        const char *from, *to;
    } changes[] = {
        {"\"edb.chk\"",                 "\"../x\""                                                      },
        {"\"edb.chk\"",                 "\"/etc/passwd\""                                               },
        {"\"edb.chk\"",                 "\"C:x\""                                                       },
        {"\"edb.chk\"",                 "\"a\\\\b\""                                                    },
        {"\"edb.chk\"",                 "\"\""                                                          },
        {"\"edb.chk\"",                 "\"..\""                                                        },
        {"\"edb.chk\"",                 "\"NUL.edb\""                                                   },
        {"\"edb.chk\"",                 "\"coldstream-manifest.json\""                                  },
        {"\"edb.chk\"",                 "\"EDB00005.LOG\""                                              },
        {"\"edb.chk\"",                 "17"                                                            },
        {"\"edb.chk\"",                 "\"a\\u0000b\""                                                 },
        {"\"size\": 1060864",           "\"size\": -1"                                                  },
        {"\"size\": 1060864",           "\"size\": 1e300"                                               },
        {"\"size\": 1060864",           "\"size\": 99999999999999999999"                                },
        {"\"size\": 1060864",           "\"size\": 9223372036854775807, \"size\": 1"                    },
        {"\"page_size\": 4096",         "\"page_size\": 4095"                                           },
        {"\"page_size\": 4096",         "\"page_size\": 0"                                              },
        {"\"page_size\": 4096",         "\"page_size\": 65536"                                          },
        {"\"last_page\": 256",          "\"last_page\": 4294967295"                                     },
        {"\"xxh3_128\": \"a7",          "\"xxh3_128\": \"A7"                                            },
        {"\"xxh3_128\": \"a7",          "\"xxh3_128\": \"7"                                             },
        {"\"dbtime\": \"0xff",          "\"dbtime\": \"0xgf"                                            },
        {"\"count\": 2",                "\"count\": 0"                                                  },
        {"\"count\": 2",                "\"count\": 9223372036854775807"                                },
        {"\"page-checksum\"",           "\"no-such-kind\""                                              },
        {"\"severity\": \"damage\"",    "\"severity\": \"error\""                                       },
        {"\"place\": \"page\"",         "\"place\": \"moon\""                                           },
        {"\"state\": \"damaged\"",      "\"state\": \"complete\""                                       },
        {"\"state\": \"damaged\"",      "\"state\": \"splendid\""                                       },
        {"\"kind\": \"full\"",          "\"kind\": \"half\""                                            },
        {"\"role\": \"log\"",           "\"role\": \"program\""                                         },
        {"\"format_version\": 1",       "\"format_version\": 2"                                         },
        {"\"coldstream-backup-set\"",   "\"other\""                                                     },
        {"\"base_name\": \"edb\"",      "\"base_name\": \"edbx\""                                       },
        {"\"recoverable\": false",      "\"recoverable\": 0"                                            },
        {"\"tool_version\": \"1.2.3\"", "\"tool_version\": \"0123456789012345678901234567890123456789\""},
        {"\"files\": [",                "\"files\": 3, \"others\": ["                                   },
        {"\"findings\": [",             "\"findings\": {}, \"others\": ["                               },
    };
    for (size_t i = 0; i < COUNT_OF(changes); i++) {
        if (decode_changed(changes[i].from, changes[i].to) != JET_errFileInvalidType)
            fail_msg("accepted: %s", changes[i].to);
    }
    /* Members nobody knows are for newer versions. */
    assert_int_equal(decode_changed("\"kind\": \"full\"", "\"kind\": \"full\", \"future\": [1, {\"a\": 2}]"), 0);
}

static void sizes_that_overflow_together_are_refused(void **state)
{
    struct manifest a, b;
    size_t size;
    make(&a);
    a.files[0].size = INT64_MAX;
    a.files[1].size = 1;
    char *text = encode(&a, &size);
    assert_int_equal(decode(text, size, &b), JET_errFileInvalidType);
    free(text);
    manifest_done(&a);
}

static void nonsense_with_a_right_seal_is_refused(void **state)
{
    static const char *const bodies[] = {
        "", "\n", "{", "[", "[]\n", "\"text\"\n", "{}\n", "{\"files\": [{\"name\": \n", "\xFF\xFE\n", "]]]]]]{\n",
    };
    struct manifest m;
    for (size_t i = 0; i < COUNT_OF(bodies); i++)
        assert_int_equal(decode_sealed(bodies[i], &m), JET_errFileInvalidType);
}

static void deep_nesting_does_not_reach_the_parser(void **state)
{
    enum { DEPTH = 1000000 };
    struct manifest m;
    char *body = malloc(DEPTH + 8);
    assert_non_null(body);
    memcpy(body, "{\"a\":", 5);
    memset(body + 5, '[', DEPTH);
    memcpy(body + 5 + DEPTH, "\n", 2);
    assert_int_equal(decode_sealed(body, &m), JET_errFileInvalidType);
    free(body);
}

/* jansson would take gigabytes for these 30 MB. */
static void many_small_values_do_not_reach_the_parser(void **state)
{
    static const char *const values[] = {"[],", "{},", "\"\",", "1,"};
    enum { SIZE = 30 << 20 };
    for (size_t i = 0; i < COUNT_OF(values); i++) {
        struct manifest m;
        char digest[MANIFEST_DIGEST_TEXT_SIZE];
        const char *detail = NULL;
        char *text = malloc(SIZE + MANIFEST_SEAL_SIZE);
        assert_non_null(text);
        memcpy(text, "{\"a\":[ ", 7);
        for (size_t at = 7; at < SIZE; at++) /* no end: what is in front of it must do */
            text[at] = values[i][(at - 7) % strlen(values[i])];
        manifest_make_seal(text, SIZE, text + SIZE);
        assert_int_equal(manifest_decode(text, SIZE + MANIFEST_SEAL_SIZE, &m, digest, &detail), JET_errFileInvalidType);
        assert_non_null(strstr(detail, "lists too much"));
        free(text);
    }
}

static void names_that_some_system_cannot_have_are_refused(void **state)
{
    static const char *const bad[] = {
        "",
        ".",
        "..",
        "a/b",
        "a\\b",
        "a:b",
        "a*",
        "a?",
        "a\"",
        "a<",
        "a>",
        "a|",
        "a\n",
        "a\x7F",
        "a.",
        "a ",
        "CON",
        "con.txt",
        "Nul.edb",
        "com1",
        "LPT9",
        "aux",
        "com0.x",
        "prn .log",
        "\xFF.edb",
        "\xC0\xAF",
        "\xED\xA0\x80",
        "\xF5\x80\x80\x80",
        "CONIN$",
        "Coldstream-Manifest.json",
    };
    static const char *const good[] = {
        "mail.edb", "edb00005.log", ".hidden", "a b",          "console.edb",          "com.edb", "com10.edb",
        "lpt",      "x.con",        "nul0",    "\xC3\xA4.edb", "\xF0\x9F\x98\x80.edb", "a..b",    "$x~",
    };
    char long_name[MANIFEST_NAME_MAX + 2];
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        if (manifest_check_name(bad[i]) != JET_errInvalidName)
            fail_msg("accepted: %s", bad[i]);
    }
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        if (manifest_check_name(good[i]) != JET_errSuccess)
            fail_msg("refused: %s", good[i]);
    }
    memset(long_name, 'x', sizeof long_name);
    long_name[MANIFEST_NAME_MAX + 1] = '\0';
    assert_int_equal(manifest_check_name(long_name), JET_errInvalidName);
    long_name[MANIFEST_NAME_MAX] = '\0';
    assert_int_equal(manifest_check_name(long_name), JET_errSuccess);
}

static void two_files_of_one_name_cannot_be_encoded(void **state)
{
    char digest[MANIFEST_DIGEST_TEXT_SIZE];
    struct manifest m;
    struct manifest_file *file;
    char *text;
    size_t size;
    make(&m);
    assert_int_equal(manifest_add_file(&m, "EDB.CHK", BACKUP_FILE_CHECKPOINT, &file), 0);
    assert_int_equal(manifest_encode(&m, &text, &size, digest), JET_errFileAlreadyExists);
    manifest_remove_last(&m);
    assert_int_equal(manifest_encode(&m, &text, &size, digest), 0);
    free(text);
    manifest_done(&m);
}

static void damage_has_a_limit_in_memory_and_in_text(void **state)
{
    struct manifest m, b;
    size_t size;
    make(&m);
    struct finding finding = {.kind = FINDING_PAGE_CHECKSUM, .severity = FINDING_DAMAGE, .place = FINDING_AT_PAGE};
    jet_err err = JET_errSuccess;
    for (unsigned i = 0; i < 2 * MANIFEST_DAMAGES_MAX && err >= JET_errSuccess; i++) {
        finding.where = 1000 + 2 * (uint64_t)i;
        err = manifest_add_damage(&m, &finding);
    }
    assert_int_equal(err, JET_errDatabaseCorrupted);
    assert_int_equal(m.damage_count, MANIFEST_DAMAGES_MAX);
    char *text = encode(&m, &size);
    assert_true(size < MANIFEST_SIZE_MAX);
    assert_int_equal(decode(text, size, &b), 0);
    assert_int_equal(b.damage_count, MANIFEST_DAMAGES_MAX);
    manifest_done(&b);
    free(text);
    manifest_done(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_encoded_is_decoded),
        cmocka_unit_test(every_flipped_bit_is_detected),
        cmocka_unit_test(every_cut_is_detected),
        cmocka_unit_test(hostile_values_are_refused),
        cmocka_unit_test(sizes_that_overflow_together_are_refused),
        cmocka_unit_test(nonsense_with_a_right_seal_is_refused),
        cmocka_unit_test(deep_nesting_does_not_reach_the_parser),
        cmocka_unit_test(many_small_values_do_not_reach_the_parser),
        cmocka_unit_test(names_that_some_system_cannot_have_are_refused),
        cmocka_unit_test(two_files_of_one_name_cannot_be_encoded),
        cmocka_unit_test(damage_has_a_limit_in_memory_and_in_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
