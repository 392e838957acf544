/* SPDX-License-Identifier: MIT */
#include "format/patchpage.h"

#include "base/corrupt.h"
#include "format/checksum.h"

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
