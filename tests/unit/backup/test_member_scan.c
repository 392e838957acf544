/* SPDX-License-Identifier: MIT */
/* The trailer of a streaming backup, as its database passes: the last page of it, or damage. */
#include "backup/member_scan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "format/patchpage.h"
#include "support/database_image.h"

enum { PAGE = 4096, PAGES = 20, CHUNK = 10000 };

/* The database, then `extra`, in pieces that end anywhere. */
static void scan(const struct database_image *image, const uint8_t *extra, size_t extra_size,
                 struct scan_result *ret_result)
{
    const size_t size = image->size + extra_size;
    struct member_scan *scan;
    uint8_t *bytes = malloc(size);
    assert_non_null(bytes);
    memcpy(bytes, image->bytes, image->size);
    memcpy(bytes + image->size, extra, extra_size);
    assert_int_equal(member_scan_new(&scan), JET_errSuccess);
    member_scan_begin(scan);
    for (size_t at = 0; at < size; at += CHUNK)
        assert_int_equal(member_scan_data(scan, bytes + at, size - at < CHUNK ? size - at : CHUNK), JET_errSuccess);
    assert_int_equal(member_scan_end(scan, ret_result), JET_errSuccess);
    member_scan_free(scan);
    free(bytes);
}

static void make_trailer(const struct database_image *image, uint8_t page[PAGE])
{
    const struct dbheader_disk *header = (const void *)image->bytes;
    const struct patchpage_disk content = {.signature = header->signature};
    patchpage_make(&content, page, PAGE);
}

static void a_trailer_is_sound_as_the_last_page_only(void **state)
{
    static uint8_t extra[2 * PAGE];
    struct database_image image;
    struct scan_result result;
    (void)state;
    database_image_make_bare(&image, PAGE, PAGES);
    make_trailer(&image, extra);
    scan(&image, extra, PAGE, &result);
    assert_int_equal(result.kind, BACKUP_FILE_DATABASE);
    assert_int_equal(result.run_count, 0);
    scan_result_done(&result);
    scan(&image, extra, sizeof extra, &result); /* an empty page follows */
    assert_int_equal(result.run_count, 1);
    assert_int_equal(result.runs[0].first, PAGES + 1);
    assert_int_equal(result.runs[0].last, PAGES + 1);
    scan_result_done(&result);
    database_image_done(&image);
}

static void the_trailer_of_another_database_is_damage(void **state)
{
    static uint8_t extra[PAGE];
    struct database_image image;
    struct scan_result result;
    (void)state;
    database_image_make_bare(&image, PAGE, PAGES);
    const struct patchpage_disk content = {.signature = {.random = le32_make(12345)}};
    patchpage_make(&content, extra, PAGE);
    scan(&image, extra, PAGE, &result);
    assert_int_equal(result.run_count, 1);
    assert_int_equal(result.runs[0].first, PAGES + 1);
    scan_result_done(&result);
    database_image_done(&image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_trailer_is_sound_as_the_last_page_only),
        cmocka_unit_test(the_trailer_of_another_database_is_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
