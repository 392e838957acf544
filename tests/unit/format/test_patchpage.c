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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_patch_page_belongs_to_one_database),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
