/* SPDX-License-Identifier: MIT */
/* A sound sample database, changed at random places: opening, verifying and reading its catalogue end, and touch
 * nothing that is not theirs (the sanitizers watch). And one flipped bit, wherever it is, is always noticed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/compiler.h"
#include "format/page.h"
#include "jet/inspect.h"
#include "storage/database_verify.h"
#include "support/corpus.h"
#include "support/database_image.h"
#include "support/finding_list.h"
#include "support/memory_file.h"

enum {
    ROUNDS = 20000,
    CATALOG_PAGES = 40, /* system pages and the first ones of users */
};

/* ---- chance ---- */

static uint32_t seed;

static uint32_t chance(uint32_t below)
{
    seed = seed * 1664525 + 1013904223;
    return (uint32_t)((uint64_t)(seed >> 8) * below >> 24);
}

/* A byte that is more often than chance would have it one of those on which bounds turn. */
static uint8_t chance_byte(uint8_t old)
{
    static const uint8_t edges[] = {0x00, 0x01, 0x7F, 0x80, 0xFF, 0x20};
    switch (chance(4)) {
    case 0: return edges[chance(COUNT_OF(edges))];
    case 1: return (uint8_t)(old ^ 1u << chance(8));
    case 2: return (uint8_t)(old + 1);
    default: return (uint8_t)chance(256);
    }
}

/* Page header, tags or data, each as often. */
static size_t chance_offset(size_t page_size)
{
    switch (chance(3)) {
    case 0: return 8 + chance((uint32_t)page_header_size(page_size) - 8);
    case 1: return page_size - 1 - chance(160);
    default: return chance((uint32_t)page_size);
    }
}

/* ---- one round ---- */

/* How often what happened; every line must have been met in the end. */
struct outcomes {
    unsigned refused, catalog_read, catalog_refused, verified, damage_found;
};

static void look_at_catalog(struct outcomes *outcomes)
{
    static const struct finding_listener nobody = {0};
    struct inspect_database *database = NULL;
    struct inspect_catalog catalog = {0};
    if (inspect_database_open("hostile.edb", &nobody, &database) < JET_errSuccess) {
        outcomes->refused++;
        return;
    }
    if (inspect_catalog_read(database, &nobody, &catalog) == JET_errSuccess) {
        inspect_catalog_done(&catalog);
        outcomes->catalog_read++;
    } else {
        outcomes->catalog_refused++;
    }
    inspect_database_close(database);
}

static void look_at_pages(struct outcomes *outcomes)
{
    static const struct finding_listener nobody = {0};
    const struct database_verify_options options = {.jobs = 1};
    struct database_page_counts counts;
    struct database_file *file = NULL;
    if (database_file_open("hostile.edb", &nobody, &file) < JET_errSuccess)
        return;
    jet_err err = database_verify(file, &options, &nobody, &counts);
    assert_int_equal(counts.pages_checked, database_file_info(file)->file_pages);
    assert_true(err < JET_errSuccess || counts.pages_damaged == 0);
    if (err < JET_errSuccess)
        outcomes->damage_found++;
    else
        outcomes->verified++;
    database_file_close(file);
}

static void change_pages(const struct database_image *image)
{
    for (unsigned changes = 1 + chance(3); changes > 0; changes--) {
        pgno_t pgno = 1 + chance(CATALOG_PAGES);
        uint8_t *page = database_image_page(image, pgno);
        for (unsigned bytes = 1 + chance(4); bytes > 0; bytes--) {
            size_t offset = chance_offset(image->page_size);
            page[offset] = chance_byte(page[offset]);
        }
        database_image_seal(image, pgno);
    }
}

static void change_headers(const struct database_image *image)
{
    for (unsigned bytes = 1 + chance(4); bytes > 0; bytes--) {
        size_t offset = chance((uint32_t)image->page_size * 2);
        image->bytes[offset] = chance_byte(image->bytes[offset]);
    }
    if (chance(2))
        database_image_seal_headers(image);
}

static void run_rounds(struct temp_folder *folder, uint32_t page_size, unsigned rounds)
{
    struct database_image image;
    database_image_make(&image, folder, page_size);
    const size_t kept_size = (CATALOG_PAGES + 2) * (size_t)page_size;
    uint8_t *kept = malloc(kept_size);
    assert_non_null(kept);
    memcpy(kept, image.bytes, kept_size);
    struct outcomes outcomes = {0};
    seed = page_size;
    for (unsigned round = 0; round < rounds; round++) {
        memory_file_show(image.bytes, chance(20) == 0 ? chance((uint32_t)image.size) : image.size);
        if (chance(20) == 0)
            change_headers(&image);
        else
            change_pages(&image);
        look_at_catalog(&outcomes);
        if (round % 50 == 0)
            look_at_pages(&outcomes);
        memory_file_hide();
        memcpy(image.bytes, kept, kept_size);
    }
    assert_true(outcomes.refused > 0 && outcomes.catalog_read > 0 && outcomes.catalog_refused > 0);
    assert_true(outcomes.verified > 0 && outcomes.damage_found > 0);
    free(kept);
    database_image_done(&image);
}

static void no_change_of_a_small_page_database_does_harm(void **state)
{
    run_rounds(*state, 4096, ROUNDS);
}

static void no_change_of_a_large_page_database_does_harm(void **state)
{
    run_rounds(*state, 16384, ROUNDS / 4);
}

/* Flips one bit after another of a database in memory; each time, somebody is told. */
static void flip_bits(uint8_t *bytes, size_t size, unsigned flips)
{
    const struct database_verify_options options = {.jobs = 1};
    seed = 17;
    for (unsigned i = 0; i < flips; i++) {
        struct finding_list findings = {0};
        struct finding_listener listener = finding_list_listener(&findings);
        struct database_page_counts counts;
        struct database_file *file = NULL;
        size_t offset = ((size_t)chance(1u << 24) << 12 | chance(1u << 12)) % size;
        uint8_t bit = (uint8_t)(1u << chance(8));
        bytes[offset] ^= bit;
        memory_file_show(bytes, size);
        jet_err err = database_file_open("flipped.edb", &listener, &file);
        if (err == JET_errSuccess)
            err = database_verify(file, &options, &listener, &counts);
        database_file_close(file);
        memory_file_hide();
        bytes[offset] ^= bit;
        assert_int_equal(finding_list_count_severity(&findings, FINDING_NOTE), 0);
        assert_true(findings.count > 0);
        assert_int_equal(err < JET_errSuccess,
                         finding_list_count_severity(&findings, FINDING_WARNING) < findings.count);
    }
}

static void every_flipped_bit_of_a_sample_database_is_noticed(void **state)
{
    static const uint32_t page_sizes[] = {4096, 8192, 16384, 32768};
    for (size_t i = 0; i < COUNT_OF(page_sizes); i++) {
        struct database_image image;
        database_image_make(&image, *state, page_sizes[i]);
        flip_bits(image.bytes, image.size, 250);
        database_image_done(&image);
    }
}

static void every_flipped_bit_of_a_real_database_is_noticed(void **state)
{
    for (size_t i = 0; i < corpus_count; i++) {
        char *path = corpus_path(&corpus_files[i]);
        size_t size;
        if (!path)
            continue;
        uint8_t *bytes = temp_file_read(path, &size);
        flip_bits(bytes, size, size > 10000000 ? 50 : 300);
        free(bytes);
        free(path);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, temp_folder_setup, temp_folder_teardown)
        IN_FOLDER(no_change_of_a_small_page_database_does_harm),
        IN_FOLDER(no_change_of_a_large_page_database_does_harm),
        IN_FOLDER(every_flipped_bit_of_a_sample_database_is_noticed),
        cmocka_unit_test(every_flipped_bit_of_a_real_database_is_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
