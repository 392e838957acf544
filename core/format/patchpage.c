/* SPDX-License-Identifier: MIT */
#include "format/patchpage.h"

#include <string.h>

#include "base/corrupt.h"
#include "format/checksum.h"

void patchpage_make(const struct patchpage_disk *content, void *page, size_t page_size)
{
    struct patchpage_disk *patch = page;

    memset(page, 0, page_size);
    *patch = *content;
    memset(patch->page_header, 0, sizeof patch->page_header);
    patch->checksum = le32_make(checksum_xor32(page, page_size));
}

jet_err patchpage_verify(const void *page, size_t page_size, const struct signature_disk *signature)
{
    const struct patchpage_disk *patch = page;

    /* A zero page fails here as well: the XOR of zeros is not zero. */
    if (le32_get(patch->checksum) != checksum_xor32(page, page_size))
        return CORRUPT(JET_errBadPatchPage);
    if (!signature_equal(&patch->signature, signature))
        return CORRUPT(JET_errDatabasePatchFileMismatch);
    return JET_errSuccess;
}
