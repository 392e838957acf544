/* SPDX-License-Identifier: MIT */
#include "format/checkpoint.h"

#include "base/corrupt.h"
#include "format/checksum.h"

static enum checkpoint_copy_state copy_state(const uint8_t *bytes, size_t size, unsigned copy)
{
    const struct checkpoint_disk *disk = (const void *)(bytes + copy * (size_t)CHECKPOINT_COPY_SIZE);

    if (size < (copy + (size_t)1) * CHECKPOINT_COPY_SIZE)
        return CHECKPOINT_COPY_ABSENT;
    if (le32_get(disk->checksum) != checksum_xor32(disk, CHECKPOINT_COPY_SIZE))
        return CHECKPOINT_COPY_BAD_CHECKSUM;
    return CHECKPOINT_COPY_VALID;
}

jet_err checkpoint_select(const void *bytes, size_t size, struct checkpoint_selection *ret_selection)
{
    const struct checkpoint_disk *copies = bytes;

    *ret_selection = (struct checkpoint_selection){.checkpoint = NULL};
    for (unsigned i = 0; i < 2; i++) {
        ret_selection->copies[i] = copy_state(bytes, size, i);
        if (ret_selection->copies[i] == CHECKPOINT_COPY_VALID && !ret_selection->checkpoint) {
            ret_selection->used = i;
            ret_selection->checkpoint = &copies[i];
        }
    }
    if (!ret_selection->checkpoint)
        return CORRUPT(JET_errCheckpointCorrupt);
    if (le32_get(ret_selection->checkpoint->filetype) != CHECKPOINT_FILETYPE)
        return CORRUPT(JET_errFileInvalidType);
    return JET_errSuccess;
}

void checkpoint_seal(struct checkpoint_disk *checkpoint)
{
    checkpoint->checksum = le32_make(checksum_xor32(checkpoint, sizeof *checkpoint));
}
