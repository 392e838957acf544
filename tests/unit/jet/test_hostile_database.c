/* SPDX-License-Identifier: MIT */
/* A sound sample database, changed at random places: opening, verifying and reading its catalogue end, and touch nothing
 * that is not theirs (the sanitizers watch). The database lies in memory: the calls of the system are replaced. */
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
#include "os/os_file.h"
#include "storage/database_verify.h"
#include "support/database_image.h"
#include "support/finding_list.h"

enum {
    ROUNDS = 20000,
    CATALOG_PAGES = 40, /* system pages and the first ones of users */
};

/* ---- the file ---- */

static const struct database_image *in_memory; /* NULL: the real system */
static size_t size_in_memory;

jet_err __real_os_file_open(const char *path, enum os_file_mode mode, struct os_file **ret_file);
void __real_os_file_close(struct os_file *file);
jet_err __real_os_file_size(struct os_file *file, uint64_t *ret_size);
jet_err __real_os_file_read(struct os_file *file, uint64_t offset, void *buffer, size_t size, size_t *ret_actual);
void __real_os_file_will_read_in_order(struct os_file *file);
jet_err __wrap_os_file_open(const char *path, enum os_file_mode mode, struct os_file **ret_file);
void __wrap_os_file_close(struct os_file *file);
jet_err __wrap_os_file_size(struct os_file *file, uint64_t *ret_size);
jet_err __wrap_os_file_read(struct os_file *file, uint64_t offset, void *buffer, size_t size, size_t *ret_actual);
void __wrap_os_file_will_read_in_order(struct os_file *file);

jet_err __wrap_os_file_open(const char *path, enum os_file_mode mode, struct os_file **ret_file)
{
    return in_memory ? JET_errSuccess : __real_os_file_open(path, mode, ret_file);
}

void __wrap_os_file_close(struct os_file *file)
{
    if (!in_memory)
        __real_os_file_close(file);
}

jet_err __wrap_os_file_size(struct os_file *file, uint64_t *ret_size)
{
    if (!in_memory)
        return __real_os_file_size(file, ret_size);
    *ret_size = size_in_memory;
    return JET_errSuccess;
}

jet_err __wrap_os_file_read(struct os_file *file, uint64_t offset, void *buffer, size_t size, size_t *ret_actual)
{
    if (!in_memory)
        return __real_os_file_read(file, offset, buffer, size, ret_actual);
    size_t left = offset < size_in_memory ? size_in_memory - (size_t)offset : 0;
    *ret_actual = left < size ? left : size;
    if (*ret_actual > 0)
        memcpy(buffer, in_memory->bytes + offset, *ret_actual);
    return JET_errSuccess;
}

void __wrap_os_file_will_read_in_order(struct os_file *file)
{
    if (!in_memory)
        __real_os_file_will_read_in_order(file);
}

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

static void look_at_everything(unsigned round)
{
    static const struct finding_listener nobody = {0};
    const struct database_verify_options options = {.jobs = 1};
    struct inspect_database *database = NULL;
    struct inspect_catalog catalog = {0};
    if (inspect_database_open("hostile.edb", &nobody, &database) < JET_errSuccess)
        return;
    if (inspect_catalog_read(database, &nobody, &catalog) == JET_errSuccess)
        inspect_catalog_done(&catalog);
    inspect_database_close(database);
    if (round % 100 == 0) {
        struct database_page_counts counts;
        struct database_file *file = NULL;
        if (database_file_open("hostile.edb", &nobody, &file) == JET_errSuccess) {
            jet_err err = database_verify(file, &options, &nobody, &counts);
            assert_int_equal(counts.pages_checked, database_file_info(file)->file_pages);
            assert_true(err < JET_errSuccess || counts.pages_damaged == 0);
        }
        database_file_close(file);
    }
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
    seed = page_size;
    for (unsigned round = 0; round < rounds; round++) {
        in_memory = &image;
        size_in_memory = chance(20) == 0 ? chance((uint32_t)image.size) : image.size;
        if (chance(20) == 0)
            change_headers(&image);
        else
            change_pages(&image);
        look_at_everything(round);
        in_memory = NULL;
        memcpy(image.bytes, kept, kept_size);
    }
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

int main(void)
{
    const struct CMUnitTest tests[] = {
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, temp_folder_setup, temp_folder_teardown)
        IN_FOLDER(no_change_of_a_small_page_database_does_harm),
        IN_FOLDER(no_change_of_a_large_page_database_does_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
