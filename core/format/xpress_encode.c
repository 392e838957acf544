/* SPDX-License-Identifier: MIT */
/* xpress_encode.c - making XPRESS; what the stream is says xpress.c.
 *
 * Matches are found by a hash of three bytes, and the positions before with the same hash, the newest first, as far
 * back as a match can reach. The first longest one is taken; nothing is tried twice. The flags behind the last item are
 * ones, and there is always a word of them there: so a reader that does not know the size sees the end.
 */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/byteorder.h"
#include "format/xpress.h"

enum {
    MATCH_MIN = 3,
    DISTANCE_MAX = 8192,
    LENGTH_BITS = 3,
    LENGTH_MORE = 7,
    NIBBLE_MORE = 15,
    BYTE_MORE = 255,
    FLAGS = 32,
    HASH_BITS = 12,
    TRIES_MAX = 16, /* positions with the same hash that are looked at */
    NOWHERE = XPRESS_SIZE_MAX,
};

struct writer {
    uint8_t *bytes;
    size_t size, at;
    bool is_full;
    size_t flags_at;
    uint32_t flags;
    unsigned flag_count;
    size_t nibbles_at; /* the byte whose high nibble is free; 0: none */
};

struct finder {
    const uint8_t *bytes;
    size_t size;
    uint16_t newest[1u << HASH_BITS]; /* position by hash */
    uint16_t before[DISTANCE_MAX];    /* the one with the same hash before it, by position modulo the reach */
};

/* ---- writing ---- */

static void put(struct writer *writer, uint32_t value, unsigned width)
{
    if (width > writer->size - writer->at) {
        writer->is_full = true;
        return;
    }
    for (unsigned i = 0; i < width; i++)
        writer->bytes[writer->at++] = (uint8_t)(value >> 8 * i);
}

static void flags_begin(struct writer *writer)
{
    writer->flags_at = writer->at;
    writer->flags = 0;
    writer->flag_count = 0;
    put(writer, 0, sizeof(le32));
}

static void flags_end(struct writer *writer)
{
    const le32 disk = le32_make(writer->flags);

    if (!writer->is_full)
        memcpy(writer->bytes + writer->flags_at, &disk, sizeof disk);
}

/* Behind the item that it is for. */
static void put_flag(struct writer *writer, bool is_match)
{
    writer->flags |= (uint32_t)is_match << (FLAGS - 1 - writer->flag_count);
    if (++writer->flag_count < FLAGS)
        return;
    flags_end(writer);
    flags_begin(writer);
}

static void put_nibble(struct writer *writer, unsigned nibble)
{
    if (writer->nibbles_at > 0) {
        writer->bytes[writer->nibbles_at] |= (uint8_t)(nibble << 4);
        writer->nibbles_at = 0;
        return;
    }
    writer->nibbles_at = writer->at;
    put(writer, nibble, 1);
}

static void put_match(struct writer *writer, size_t distance, size_t length)
{
    uint32_t left = (uint32_t)(length - MATCH_MIN);
    const uint32_t whole = left, in_word = left < LENGTH_MORE ? left : LENGTH_MORE;

    put(writer, (uint32_t)(distance - 1) << LENGTH_BITS | in_word, sizeof(le16));
    if (in_word < LENGTH_MORE || writer->is_full)
        return;
    left -= LENGTH_MORE;
    put_nibble(writer, left < NIBBLE_MORE ? left : NIBBLE_MORE);
    if (left < NIBBLE_MORE)
        return;
    left -= NIBBLE_MORE;
    put(writer, left < BYTE_MORE ? left : BYTE_MORE, 1);
    if (left >= BYTE_MORE)
        put(writer, whole, sizeof(le16)); /* no value is long enough for the four bytes that there could be */
}

/* ---- finding ---- */

static unsigned hash_at(const struct finder *finder, size_t at)
{
    const uint8_t *b = finder->bytes + at;
    const uint32_t three = (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16;

    return (three * 2654435761u) >> (32 - HASH_BITS);
}

static void enter(struct finder *finder, size_t at)
{
    if (finder->size - at < MATCH_MIN)
        return;
    uint16_t *newest = &finder->newest[hash_at(finder, at)];
    finder->before[at % DISTANCE_MAX] = *newest;
    *newest = (uint16_t)at;
}

static size_t common(const struct finder *finder, size_t from, size_t at)
{
    size_t length = 0;

    while (at + length < finder->size && finder->bytes[from + length] == finder->bytes[at + length])
        length++;
    return length;
}

/* The length of the best match there is; less than MATCH_MIN: none. */
static size_t find(const struct finder *finder, size_t at, size_t *ret_distance)
{
    size_t best = 0, last = at;

    if (finder->size - at < MATCH_MIN)
        return 0;
    size_t from = finder->newest[hash_at(finder, at)];
    for (unsigned i = 0; i < TRIES_MAX && from != NOWHERE && from < last && at - from <= DISTANCE_MAX; i++) {
        const size_t length = common(finder, from, at);

        if (length > best) {
            best = length;
            *ret_distance = at - from;
        }
        last = from;
        from = finder->before[from % DISTANCE_MAX]; /* an entry that was overwritten is no older one: the loop ends */
    }
    return best;
}

size_t xpress_encode(const void *bytes, size_t size, void *ret_stream, size_t stream_size)
{
    struct writer writer = {.bytes = ret_stream, .size = stream_size};
    struct finder finder = {.bytes = bytes, .size = size};

    if (size > XPRESS_SIZE_MAX || size == 0)
        return 0;
    memset(finder.newest, 0xFF, sizeof finder.newest);
    flags_begin(&writer);
    for (size_t at = 0; at < size && !writer.is_full;) {
        size_t distance = 0;
        const size_t found = find(&finder, at, &distance), length = found < MATCH_MIN ? 1 : found;

        if (found < MATCH_MIN)
            put(&writer, finder.bytes[at], 1);
        else
            put_match(&writer, distance, found);
        put_flag(&writer, found >= MATCH_MIN);
        for (const size_t end = at + length; at < end; at++)
            enter(&finder, at);
    }
    writer.flags |= (uint32_t)((UINT64_C(1) << (FLAGS - writer.flag_count)) - 1);
    flags_end(&writer);
    return writer.is_full ? 0 : writer.at;
}
