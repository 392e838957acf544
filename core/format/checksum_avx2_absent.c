/* SPDX-License-Identifier: MIT */
/* Stands in for checksum_avx2.c where the compiler does not target x86. */
#include "format/checksum_internal.h"

bool checksum_avx2_available(void)
{
    return false;
}

/* Never chosen; it exists so that nobody has to ask the platform. */
struct checksum_fold checksum_fold_avx2(const uint8_t *block, size_t size)
{
    return checksum_fold_portable(block, size);
}
