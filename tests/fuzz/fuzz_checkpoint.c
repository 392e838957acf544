/* SPDX-License-Identifier: MIT */
/* Checkpoint files. Input: bits 0 and 1 of the first byte: seal the first, the second copy; bit 2: the file is cut to
 * the length that follows (u32); then the first copy, which is also the second unless there are bytes left for it. */
#include "format/checkpoint.h"

#include "fuzz_attachments.h"
#include "fuzz_input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct checkpoint_disk copies[2];
    struct fuzz_input input = {data, size};
    const uint8_t choice = fuzz_byte(&input);
    struct checkpoint_selection selection;
    size_t file_size = sizeof copies;

    memset(copies, 0, sizeof copies);
    if (choice & 4)
        file_size = fuzz_u32(&input) % (sizeof copies + 1);
    (void)fuzz_take(&input, &copies[0], sizeof copies[0]);
    copies[1] = copies[0];
    (void)fuzz_take(&input, &copies[1], sizeof copies[1]);
    for (unsigned i = 0; i < 2; i++)
        if (choice & 1u << i)
            checkpoint_seal(&copies[i]);
    if (checkpoint_select(copies, file_size, &selection) == JET_errSuccess) {
        fuzz_expect(selection.checkpoint && selection.copies[selection.used] == CHECKPOINT_COPY_VALID);
        fuzz_walk_attachments(selection.checkpoint->attachments);
    }
    return 0;
}
