/* SPDX-License-Identifier: MIT */
/* page_verify.c - is a page what was once written to this place?
 *
 * A small page is one block with its checksum at offset 0. A large page is four blocks; the checksums of blocks 1 to 3
 * lie in the header, so inside block 0, and are covered by block 0's. That order decides how they are made (1 to 3
 * first) and how they are mended (0 first: the flipped bit may lie in the stored checksum of another block).
 *
 * A page that does not match is looked at again, in this order; the first that fits is the verdict:
 *   1. all zero: never written. Only asked of pages that fail, so it costs a whole page nothing.
 *   2. every block differs by the page number alone, and by the same one: the image of another page.
 *   3. every block that differs is explained by one flipped bit: correctable. Not if the bit is one of those that the
 *      checksum does not cover (the first 64), or the one that selects the scheme, whose flip leads elsewhere.
 *   4. damaged.
 * Pages with the XOR-32 scheme (before format update 0xB, small ones only) know only 1, another page's number, and 4.
 */
#include "format/page.h"

#include <string.h>

#include "base/corrupt.h"
#include "format/checksum.h"

enum {
    BIT_CHECKSUMS = 8 * (int)offsetof(struct page_header_large_disk, checksums), /* of blocks 1 to 3 ... */
    BIT_CHECKSUMS_END = BIT_CHECKSUMS + 3 * 64,
    BIT_PGNO = 8 * (int)offsetof(struct page_header_large_disk, pgno),
    BIT_PGNO_END = BIT_PGNO + 32,
    BIT_COVERED = 8 * CHECKSUM_FIELD_SIZE, /* block 0 does not cover its own checksum */
};

/* The checksums of a page, block by block, as they are and as they should be. */
struct sums {
    unsigned count;
    size_t block_size;
    uint64_t stored[PAGE_BLOCKS_MAX];
    uint64_t computed[PAGE_BLOCKS_MAX];
};

static unsigned block_count(size_t page_size)
{
    return page_is_large(page_size) ? PAGE_BLOCKS_MAX : 1;
}

static uint64_t block_compute(const void *page, size_t block_size, unsigned block, pgno_t pgno)
{
    const uint8_t *at = (const uint8_t *)page + block * block_size;

    return block == 0 ? checksum_headed_block(at, block_size, pgno) : checksum_block(at, block_size, pgno);
}

static void sums_collect(const void *page, size_t page_size, pgno_t pgno, struct sums *sums)
{
    const struct page_header_large_disk *large = page;

    sums->count = block_count(page_size);
    sums->block_size = page_size / sums->count;
    for (unsigned i = 0; i < sums->count; i++) {
        sums->stored[i] = le64_get(i == 0 ? large->base.checksum : large->checksums[i - 1]);
        sums->computed[i] = block_compute(page, sums->block_size, i, pgno);
    }
}

/* The first block that differs; sums->count if none does. */
static unsigned sums_first_difference(const struct sums *sums)
{
    unsigned i = 0;

    while (i < sums->count && sums->stored[i] == sums->computed[i])
        i++;
    return i;
}

bool page_is_zero(const void *page, size_t page_size)
{
    const uint8_t *bytes = page;

    return bytes[0] == 0 && memcmp(bytes, bytes + 1, page_size - 1) == 0;
}

/* Is the page, as a whole, the image of one other page? */
static bool is_misplaced(const void *page, const struct sums *sums, struct page_verdict *verdict)
{
    const struct page_header_large_disk *large = page;
    pgno_t found;

    if (!checksum_other_number(sums->stored[0], sums->computed[0], verdict->pgno_expected, &found))
        return false;
    for (unsigned i = 1; i < sums->count; i++)
        if ((sums->stored[i] ^ sums->computed[i]) != (found ^ verdict->pgno_expected))
            return false;
    if (found == 0 || found > PGNO_MAX || (sums->count > 1 && le32_get(large->pgno) != found))
        return false;
    verdict->pgno_found = found;
    return true;
}

/* Finds the flipped bit of one block. A bit of block 0 may be part of what other blocks are compared with. */
static bool correct_block(struct sums *sums, unsigned block, struct page_verdict *verdict)
{
    uint32_t bit;

    if (sums->stored[block] == sums->computed[block])
        return true;
    if (!checksum_flipped_bit(sums->stored[block], sums->computed[block], sums->block_size, &bit))
        return false;
    if (block == 0 && (bit < BIT_COVERED || bit == PAGE_BIT_NEW_CHECKSUM))
        return false;
    if (block == 0 && sums->count > 1 && bit >= BIT_CHECKSUMS && bit < BIT_CHECKSUMS_END)
        sums->stored[1 + (bit - BIT_CHECKSUMS) / 64] ^= UINT64_C(1) << (bit - BIT_CHECKSUMS) % 64;
    verdict->bits[verdict->count_bits++] = (uint32_t)(block * sums->block_size * 8) + bit;
    return true;
}

/* The page number that a large page carries once the verdict's bits are flipped. */
static pgno_t corrected_pgno(const struct page_header_large_disk *large, const struct page_verdict *verdict)
{
    pgno_t pgno = le32_get(large->pgno);

    if (verdict->count_bits > 0 && verdict->bits[0] >= BIT_PGNO && verdict->bits[0] < BIT_PGNO_END)
        pgno ^= UINT32_C(1) << (verdict->bits[0] - BIT_PGNO);
    return pgno;
}

static bool is_correctable(const void *page, struct sums *sums, struct page_verdict *verdict)
{
    bool correctable = true;

    for (unsigned i = 0; i < sums->count && correctable; i++)
        correctable = correct_block(sums, i, verdict);
    if (correctable && sums->count > 1)
        correctable = corrected_pgno(page, verdict) == verdict->pgno_expected;
    if (!correctable)
        verdict->count_bits = 0;
    return correctable;
}

static enum page_state verify_blocks(const void *page, size_t page_size, struct page_verdict *verdict)
{
    const struct page_header_large_disk *large = page;
    struct sums sums;
    unsigned block;

    sums_collect(page, page_size, verdict->pgno_expected, &sums);
    block = sums_first_difference(&sums);
    if (block == sums.count) {
        verdict->checksum_stored = verdict->checksum_computed = sums.stored[0];
        if (sums.count == 1 || le32_get(large->pgno) == verdict->pgno_expected)
            return PAGE_OK;
        verdict->pgno_found = le32_get(large->pgno);
        return PAGE_WRONG_PGNO;
    }
    verdict->block = block;
    verdict->checksum_stored = sums.stored[block];
    verdict->checksum_computed = sums.computed[block];
    if (page_is_zero(page, page_size))
        return PAGE_ZERO;
    if (is_misplaced(page, &sums, verdict))
        return PAGE_MISPLACED;
    return is_correctable(page, &sums, verdict) ? PAGE_CORRECTABLE : PAGE_DAMAGED;
}

/* The scheme of old engines: XOR-32 in the low half of the checksum field, the page number in the high half. */
static enum page_state verify_xor32(const void *page, size_t page_size, struct page_verdict *verdict)
{
    const uint64_t field = le64_get(page_header(page)->checksum);

    verdict->checksum_stored = (uint32_t)field;
    verdict->checksum_computed = checksum_xor32(page, page_size);
    if (verdict->checksum_stored != verdict->checksum_computed)
        return page_is_zero(page, page_size) ? PAGE_ZERO : PAGE_DAMAGED;
    verdict->pgno_found = (pgno_t)(field >> 32);
    return verdict->pgno_found == verdict->pgno_expected ? PAGE_OK : PAGE_MISPLACED;
}

/* Large pages never had the old scheme; there a cleared flag is a flipped bit like any other. */
static bool has_block_code(const void *page, size_t page_size)
{
    return page_is_large(page_size) || page_flags(page) & PAGE_FLAG_NEW_CHECKSUM;
}

unsigned page_checksums(const void *page, size_t page_size, pgno_t pgno, uint64_t ret_stored[PAGE_BLOCKS_MAX],
                        uint64_t ret_computed[PAGE_BLOCKS_MAX])
{
    struct sums sums;

    if (!has_block_code(page, page_size)) {
        ret_stored[0] = (uint32_t)le64_get(page_header(page)->checksum);
        ret_computed[0] = checksum_xor32(page, page_size);
        return 1;
    }
    sums_collect(page, page_size, pgno, &sums);
    memcpy(ret_stored, sums.stored, sums.count * sizeof *ret_stored);
    memcpy(ret_computed, sums.computed, sums.count * sizeof *ret_computed);
    return sums.count;
}

jet_err page_verify(const void *page, size_t page_size, pgno_t pgno, struct page_verdict *ret_verdict)
{
    *ret_verdict = (struct page_verdict){.pgno_expected = pgno, .pgno_found = pgno};
    ret_verdict->state = has_block_code(page, page_size) ? verify_blocks(page, page_size, ret_verdict)
                                                         : verify_xor32(page, page_size, ret_verdict);
    switch (ret_verdict->state) {
    case PAGE_OK: return JET_errSuccess;
    case PAGE_ZERO: return JET_errPageNotInitialized;
    case PAGE_WRONG_PGNO: return CORRUPT(JET_errReadPgnoVerifyFailure);
    case PAGE_DAMAGED:
    case PAGE_CORRECTABLE:
    case PAGE_MISPLACED: break;
    }
    return CORRUPT(JET_errReadVerifyFailure);
}

bool page_verdict_is_of_other_place(const struct page_verdict *verdict, pgno_t file_pages)
{
    if (verdict->state == PAGE_MISPLACED)
        return verdict->pgno_found > 0 && verdict->pgno_found <= file_pages;
    return verdict->state == PAGE_WRONG_PGNO; /* the checksum is right, so the number was written */
}

void page_correct(void *page, const struct page_verdict *verdict)
{
    uint8_t *bytes = page;

    for (unsigned i = 0; i < verdict->count_bits; i++)
        bytes[verdict->bits[i] / 8] = (uint8_t)(bytes[verdict->bits[i] / 8] ^ 1u << verdict->bits[i] % 8);
}

const char *page_state_name(enum page_state state)
{
    static const char *const names[] = {
        [PAGE_OK] = "ok",
        [PAGE_ZERO] = "not initialised",
        [PAGE_DAMAGED] = "damaged",
        [PAGE_CORRECTABLE] = "correctable",
        [PAGE_MISPLACED] = "misplaced",
        [PAGE_WRONG_PGNO] = "wrong page number",
    };

    return names[state];
}

void page_seal(void *page, size_t page_size, pgno_t pgno)
{
    struct page_header_large_disk *large = page;
    const unsigned count = block_count(page_size);

    large->base.flags = le32_make(page_flags(page) | PAGE_FLAG_NEW_CHECKSUM);
    if (count > 1)
        large->pgno = le32_make(pgno);
    for (unsigned i = count; i-- > 0;) {
        const uint64_t sum = block_compute(page, page_size / count, i, pgno);

        if (i > 0)
            large->checksums[i - 1] = le64_make(sum);
        else
            large->base.checksum = le64_make(sum);
    }
}
