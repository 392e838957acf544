/* SPDX-License-Identifier: MIT */
/* logsegment.c - the verdict about one segment of a log file.
 *
 * The checksum holds the index of the segment, and so does the position in the header. A segment whose content is whole
 * but whose sum fits another index is a shadow if that index is the one before and its position agrees; any other index
 * is damage. Positions are compared as one number: lower is old, higher cannot be.
 */
#include "format/logsegment.h"

#include <string.h>

#include "base/corrupt.h"
#include "format/block_sum.h"
#include "format/checksum.h"
#include "format/page.h"

static enum logsegment_state state_by_position(struct lgpos position, uint16_t isec, lgen_t generation)
{
    const struct lgpos expected = {.generation = generation, .isec = isec, .ib = 0};
    const int order = lgpos_compare(position, expected);

    return order == 0 ? LOGSEGMENT_DATA : order < 0 ? LOGSEGMENT_OLD : LOGSEGMENT_MISPLACED;
}

/* Position and number of the place, which are not the same in a copy, are not in it. */
static uint64_t data_sum(const void *segment)
{
    return block_sum((const uint8_t *)segment + LOGSEGMENT_DATA_OFFSET, LOGSEGMENT_SIZE - LOGSEGMENT_DATA_OFFSET);
}

/* Is it one segment, and not some sectors of one and some of another? Only ours can tell. */
static bool is_of_one_piece(const struct logsegment_header_disk *header)
{
    return le16_get(header->sum_mark) != LOGSEGMENT_SUM_MARK || le64_get(header->sum) == data_sum(header);
}

static enum logsegment_state classify(const void *segment, uint16_t isec, lgen_t generation,
                                      struct logsegment_verdict *verdict)
{
    const uint64_t stored = verdict->checksum_stored, computed = verdict->checksum_computed;
    uint32_t other;

    if (stored == computed)
        return is_of_one_piece(segment) ? state_by_position(verdict->position, isec, generation) : LOGSEGMENT_DAMAGED;
    if (page_is_zero(segment, LOGSEGMENT_SIZE))
        return LOGSEGMENT_ZERO;
    if (isec > 1 && checksum_other_number(stored, computed, isec, &other) && other == isec - 1u &&
        verdict->position.isec == other)
        return is_of_one_piece(segment) ? LOGSEGMENT_SHADOW : LOGSEGMENT_DAMAGED;
    if (checksum_flipped_bit(stored, computed, LOGSEGMENT_SIZE, &verdict->bit) &&
        verdict->bit >= 8 * CHECKSUM_FIELD_SIZE)
        return LOGSEGMENT_CORRECTABLE;
    return LOGSEGMENT_DAMAGED;
}

jet_err logsegment_verify(const void *segment, uint16_t isec, lgen_t generation, struct logsegment_verdict *ret_verdict)
{
    const struct logsegment_header_disk *header = segment;

    *ret_verdict = (struct logsegment_verdict){
        .checksum_stored = le64_get(header->checksum),
        .checksum_computed = checksum_headed_block(segment, LOGSEGMENT_SIZE, isec),
        .position = lgpos_get(header->position),
    };
    ret_verdict->state = classify(segment, isec, generation, ret_verdict);
    switch (ret_verdict->state) {
    case LOGSEGMENT_DATA:
    case LOGSEGMENT_ZERO:
    case LOGSEGMENT_SHADOW:
    case LOGSEGMENT_OLD: return JET_errSuccess;
    case LOGSEGMENT_MISPLACED:
    case LOGSEGMENT_CORRECTABLE:
    case LOGSEGMENT_DAMAGED: break;
    }
    return CORRUPT(JET_errLogFileCorrupt);
}

bool logsegment_is_copy(const void *segment, uint16_t place, uint16_t isec, lgen_t generation)
{
    struct logsegment_verdict verdict;
    if (place <= isec || place - isec > LOGSEGMENT_COPIES ||
        logsegment_verify(segment, place, generation, &verdict) < JET_errSuccess)
        return false;
    const struct lgpos expected = {.generation = generation, .isec = isec, .ib = 0};
    const enum logsegment_state state = place == isec + 1 ? LOGSEGMENT_SHADOW : LOGSEGMENT_OLD;
    return verdict.state == state && lgpos_compare(verdict.position, expected) == 0;
}

static size_t size_in_use(const uint8_t *segment)
{
    size_t size = LOGSEGMENT_SIZE;
    while (size > LOGSEGMENT_DATA_OFFSET && segment[size - 1] == 0)
        size--;
    return size;
}

bool logsegment_is_newer(const void *segment, const void *other)
{
    return size_in_use(segment) > size_in_use(other);
}

void logsegment_seal(void *segment, uint16_t isec, lgen_t generation)
{
    struct logsegment_header_disk *header = segment;

    header->position = lgpos_make((struct lgpos){.generation = generation, .isec = isec, .ib = 0});
    header->flags = le32_make(LOGSEGMENT_FLAGS);
    header->sum = le64_make(data_sum(segment));
    header->sum_mark = le16_make(LOGSEGMENT_SUM_MARK);
    header->checksum = le64_make(checksum_headed_block(segment, LOGSEGMENT_SIZE, isec));
}

void logsegment_seal_copy(void *segment, uint16_t place)
{
    struct logsegment_header_disk *header = segment;
    header->checksum = le64_make(checksum_headed_block(segment, LOGSEGMENT_SIZE, place));
}
