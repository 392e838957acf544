/* SPDX-License-Identifier: MIT */
/* Tests of the page that old engines append to a backup copy. */
#include "format/patchpage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "format/checksum.h"

static void a_patch_page_belongs_to_one_database(void **state)
{
    static uint8_t page[8192];
    const struct signature_disk ours = {.random = {{1, 2, 3, 4}}}, other = {.random = {{5}}};
    struct patchpage_disk *patch = (void *)page;

    assert_int_equal(patchpage_verify(page, sizeof page, &ours), JET_errBadPatchPage);
    patch->signature = ours;
    patch->checksum = le32_make(checksum_xor32(page, sizeof page));
    assert_int_equal(patchpage_verify(page, sizeof page, &ours), JET_errSuccess);
    assert_int_equal(patchpage_verify(page, sizeof page, &other), JET_errDatabasePatchFileMismatch);
    page[500] = 1;
    assert_int_equal(patchpage_verify(page, sizeof page, &ours), JET_errBadPatchPage);
}

static void what_is_made_is_verified_and_zero_otherwise(void **state)
{
    static uint8_t page[4096];
    const struct patchpage_disk content = {
        .checksum = le32_make(0x11111111),
        .page_header = {9                             },
        .backup = {.generation_low = le32_make(5), .generation_high = le32_make(7)},
        .signature = {.random = {{1, 2, 3, 4}}                             },
    };
    const struct patchpage_disk *made = (const void *)page;

    memset(page, 0xEE, sizeof page);
    patchpage_make(&content, page, sizeof page);
    assert_int_equal(patchpage_verify(page, sizeof page, &content.signature), JET_errSuccess);
    assert_int_equal(le32_get(made->backup.generation_high), 7);
    assert_int_equal(made->page_header[0], 0);
    for (size_t i = sizeof content; i < sizeof page; i++)
        assert_int_equal(page[i], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_patch_page_belongs_to_one_database),
        cmocka_unit_test(what_is_made_is_verified_and_zero_otherwise),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
