/* SPDX-License-Identifier: MIT */
/* Log segments. Input: bit 0 of the first byte: seal; index and generation that are expected (u32 each); a bit to flip
 * (u32); then the segment. */
#include "format/logsegment.h"

#include "fuzz_input.h"

static void look_at(uint8_t *segment, uint16_t isec, lgen_t generation)
{
    struct logsegment_verdict verdict;
    const jet_err err = logsegment_verify(segment, isec, generation, &verdict);

    fuzz_expect((err == JET_errSuccess) == (verdict.state < LOGSEGMENT_MISPLACED));
    if (verdict.state == LOGSEGMENT_CORRECTABLE) {
        segment[verdict.bit / 8] = (uint8_t)(segment[verdict.bit / 8] ^ 1u << verdict.bit % 8);
        (void)!logsegment_verify(segment, isec, generation, &verdict);
        fuzz_expect(verdict.checksum_stored == verdict.checksum_computed);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t segment[LOGSEGMENT_SIZE];
    struct fuzz_input input = {data, size};
    const uint8_t choice = fuzz_byte(&input);
    const uint16_t isec = (uint16_t)fuzz_u32(&input);
    const lgen_t generation = fuzz_u32(&input);
    const uint32_t bit = fuzz_u32(&input) % (LOGSEGMENT_SIZE * 8);

    memset(segment, 0, sizeof segment);
    (void)fuzz_take(&input, segment, sizeof segment);
    look_at(segment, isec, generation);
    if (choice & 1) {
        logsegment_seal(segment, isec, generation);
        look_at(segment, isec, generation);
        look_at(segment, (uint16_t)(isec + 1), generation);
        segment[bit / 8] = (uint8_t)(segment[bit / 8] ^ 1u << bit % 8);
        look_at(segment, isec, generation);
    }
    return 0;
}
