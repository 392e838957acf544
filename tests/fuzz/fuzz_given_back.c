/* SPDX-License-Identifier: MIT */
/* Bytes that a client was given and gives back: references to values, streams of records, pages that it asks about.
 *
 *      what      0: a reference; 1: a stream; 2, 3: a page of 4 or of 16 KiB, sealed if bit 2 is set
 *      the rest */
#include "fuzz_input.h"

#include "format/column_reference.h"
#include "format/page.h"
#include "format/record_stream.h"

static bool lies_in(const void *part, size_t part_size, const uint8_t *bytes, size_t size)
{
    const uint8_t *at = part;

    return at >= bytes && at <= bytes + size && part_size <= (size_t)(bytes + size - at);
}

/* What was taken apart is put together as it was. */
static void reference(const uint8_t *bytes, size_t size)
{
    uint8_t again[COLUMN_REFERENCE_SIZE_MAX];
    struct column_reference reference;
    size_t again_size;

    if (column_reference_decode(bytes, size, &reference) < JET_errSuccess)
        return;
    fuzz_expect(lies_in(reference.bookmark, reference.bookmark_size, bytes, size));
    fuzz_expect(lies_in(reference.name, reference.name_size, bytes, size));
    fuzz_expect(column_reference_encode(&reference, again, &again_size) >= JET_errSuccess);
    fuzz_expect(again[0] != bytes[0] || (again_size == size && memcmp(again, bytes, size) == 0));
}

/* Every value lies in it, and behind the one before. */
static void stream(const uint8_t *bytes, size_t size)
{
    uint8_t *copy = malloc(size + 1);
    struct record_stream_value value;
    jet_err err = JET_errSuccess;

    fuzz_expect(copy != NULL);
    memcpy(copy, bytes, size);
    for (uint32_t from = 0; err >= JET_errSuccess;) {
        err = record_stream_next(copy, size, &value);
        if (err < JET_errSuccess || err == JET_wrnNoMoreRecords)
            break;
        fuzz_expect(value.offset > from && value.offset <= size && value.size <= size - value.offset);
        from = value.offset;
    }
    free(copy);
}

static void page(const uint8_t *bytes, size_t size, size_t page_size, bool sealed)
{
    static uint8_t block[16384];
    uint64_t stored[PAGE_BLOCKS_MAX], computed[PAGE_BLOCKS_MAX];

    memset(block, 0, page_size);
    memcpy(block, bytes, size < page_size ? size : page_size);
    if (sealed)
        page_seal(block, page_size, 7);
    const unsigned count = page_checksums(block, page_size, 7, stored, computed);
    fuzz_expect(count == 1 || count == PAGE_BLOCKS_MAX);
    for (unsigned i = 0; sealed && i < count; i++)
        fuzz_expect(stored[i] == computed[i]);
    const uint64_t sum = page_logged_checksum(block, page_size);
    if (sealed) { /* which the seal does not change */
        page_seal(block, page_size, 7);
        fuzz_expect(page_logged_checksum(block, page_size) == sum);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    switch (data[0] & 3) {
    case 0: reference(data + 1, size - 1); break;
    case 1: stream(data + 1, size - 1); break;
    case 2: page(data + 1, size - 1, 4096, (data[0] & 4) != 0); break;
    default: page(data + 1, size - 1, 16384, (data[0] & 4) != 0); break;
    }
    return 0;
}
