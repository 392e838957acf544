/* SPDX-License-Identifier: MIT */
/* Compressed values: any bytes decode or do not; and what is made of any bytes becomes them again, in fewer bytes.
 *
 *      how       bit 0: the rest is decoded, else it is encoded; bit 1: XPRESS is tried
 *      the rest */
#include "fuzz_input.h"

#include "format/compressed.h"

static uint8_t made[70000], decoded[70000];

static void decode(const uint8_t *bytes, size_t size)
{
    size_t announced, actual;

    if (compressed_size(bytes, size, &announced) < JET_errSuccess)
        return;
    if (announced <= sizeof decoded && compressed_decode(bytes, size, decoded, sizeof decoded, &actual) >= 0)
        fuzz_expect(actual == announced);
}

static void encode(const uint8_t *bytes, size_t size, bool xpress)
{
    size_t made_size, actual;

    if (size > sizeof made || !compressed_encode(bytes, size, xpress ? 0 : SIZE_MAX, made, &made_size))
        return;
    fuzz_expect(made_size < size);
    fuzz_expect(compressed_decode(made, made_size, decoded, sizeof decoded, &actual) >= 0);
    fuzz_expect(actual == size && memcmp(decoded, bytes, size) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    if (data[0] & 1)
        decode(data + 1, size - 1);
    else
        encode(data + 1, size - 1, (data[0] & 2) != 0);
    return 0;
}
