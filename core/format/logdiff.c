/* SPDX-License-Identifier: MIT */
/* logdiff.c - how the data of a node changed.
 *
 * Records change in a few fixed columns, or in one that grows: then what lies before it stays where it is, but for some
 * offsets, and what lies behind it moves as a whole. So a difference is looked for without searching: equal ends are
 * stripped; what is left is compared byte by byte at equal offsets; its last part is replaced, whatever the two
 * lengths.
 */
#include "format/logdiff.h"

#include <assert.h>
#include <string.h>

#include "base/byteorder.h"
#include "base/corrupt.h"

enum {
    FLAG_SAME_LENGTH = 1 << 0,
    FLAG_INSERT = 1 << 1,
    FLAG_LONG = 1 << 2, /* lengths take two bytes */
    FLAGS_SHIFT_NARROW = 13,
    FLAGS_SHIFT_WIDE = 5,
    OFFSET_MAX_NARROW = 0x1FFF,
    RUN_MIN = 6, /* equal bytes that are worth a new piece */
};

struct piece {
    size_t offset; /* in the old data */
    size_t old_size;
    size_t new_size;
    const uint8_t *bytes;
};

/* ---- making ---- */

struct writer {
    uint8_t *bytes;
    size_t size;
    size_t left;
    bool is_wide;
    bool is_full; /* or the narrow form cannot say an offset */
};

static void write_bytes(struct writer *writer, const void *bytes, size_t size)
{
    if (size > writer->left)
        writer->is_full = true;
    if (writer->is_full || size == 0)
        return;
    memcpy(writer->bytes + writer->size, bytes, size);
    writer->size += size;
    writer->left -= size;
}

static void write_length(struct writer *writer, size_t length, unsigned flags)
{
    const le16 disk = le16_make((uint16_t)length);

    write_bytes(writer, &disk, flags & FLAG_LONG ? 2 : 1);
}

static void write_piece(struct writer *writer, const struct piece *piece)
{
    unsigned flags = 0;

    if (piece->old_size == piece->new_size)
        flags |= FLAG_SAME_LENGTH;
    else if (piece->old_size == 0)
        flags |= FLAG_INSERT;
    if (piece->old_size > UINT8_MAX || piece->new_size > UINT8_MAX)
        flags |= FLAG_LONG;
    if (writer->is_wide) {
        const le16 offset = le16_make((uint16_t)piece->offset);
        const uint8_t last = (uint8_t)(flags << FLAGS_SHIFT_WIDE | (piece->offset >> 8 & 0x1F));

        write_bytes(writer, &offset, sizeof offset);
        write_bytes(writer, &last, sizeof last);
    } else {
        const le16 head = le16_make((uint16_t)(piece->offset | flags << FLAGS_SHIFT_NARROW));

        writer->is_full |= piece->offset > OFFSET_MAX_NARROW;
        write_bytes(writer, &head, sizeof head);
    }
    write_length(writer, piece->new_size, flags);
    if (!(flags & (FLAG_SAME_LENGTH | FLAG_INSERT)))
        write_length(writer, piece->old_size, flags);
    write_bytes(writer, piece->bytes, piece->new_size);
}

/* Bytes, of `size` at most, that are equal from the start on. */
static size_t equal_run(const uint8_t *a, const uint8_t *b, size_t size)
{
    size_t n = 0;

    while (n < size && a[n] == b[n])
        n++;
    return n;
}

/* Bytes from the start on up to the first run of equal ones that is worth it; SIZE_MAX: there is none. */
static size_t find_run(const uint8_t *a, const uint8_t *b, size_t size)
{
    for (size_t at = 0; at < size;) {
        const size_t run = equal_run(a + at, b + at, size - at);

        if (run >= RUN_MIN)
            return at;
        at += run + 1;
    }
    return SIZE_MAX;
}

bool logdiff_make(const void *old_data, size_t old_size, const void *new_data, size_t new_size, bool is_wide,
                  void *buffer, size_t buffer_size, size_t *ret_size)
{
    const uint8_t *old_bytes = old_data, *new_bytes = new_data;
    struct writer writer = {.bytes = buffer, .is_wide = is_wide};
    size_t at = 0;

    assert(old_size <= UINT16_MAX && new_size <= UINT16_MAX);
    if (new_size == 0)
        return false;
    writer.left = buffer_size < new_size ? buffer_size : new_size - 1;
    while (old_size > 0 && new_size > 0 && old_bytes[old_size - 1] == new_bytes[new_size - 1]) {
        old_size--;
        new_size--;
    }
    for (;;) {
        const size_t both = old_size < new_size ? old_size : new_size;
        size_t run;

        at += equal_run(old_bytes + at, new_bytes + at, both - at);
        run = find_run(old_bytes + at, new_bytes + at, both - at);
        if (run == SIZE_MAX)
            break;
        write_piece(&writer, &(struct piece){at, run, run, new_bytes + at});
        at += run;
    }
    if (at < old_size || at < new_size)
        write_piece(&writer, &(struct piece){at, old_size - at, new_size - at, new_bytes + at});
    *ret_size = writer.size;
    return !writer.is_full;
}

/* ---- applying ---- */

struct reader {
    const uint8_t *bytes;
    size_t left;
    bool is_wide;
};

/* The next bytes, or NULL. */
static const uint8_t *take(struct reader *reader, size_t size)
{
    const uint8_t *bytes = reader->bytes;

    if (size > reader->left)
        return NULL;
    reader->bytes += size;
    reader->left -= size;
    return bytes;
}

static bool read_length(struct reader *reader, unsigned flags, size_t *ret_length)
{
    const uint8_t *bytes = take(reader, flags & FLAG_LONG ? 2 : 1);

    if (!bytes)
        return false;
    *ret_length = bytes[0] | (flags & FLAG_LONG ? (size_t)bytes[1] << 8 : 0);
    return true;
}

static bool read_piece(struct reader *reader, struct piece *ret_piece)
{
    const uint8_t *head = take(reader, reader->is_wide ? 3 : 2);
    unsigned flags;

    if (!head)
        return false;
    ret_piece->offset = (size_t)(head[0] | head[1] << 8);
    if (reader->is_wide) {
        flags = head[2] >> FLAGS_SHIFT_WIDE;
    } else {
        flags = (unsigned)ret_piece->offset >> FLAGS_SHIFT_NARROW;
        ret_piece->offset &= OFFSET_MAX_NARROW;
    }
    if (!read_length(reader, flags, &ret_piece->new_size))
        return false;
    ret_piece->old_size = flags & FLAG_INSERT ? 0 : ret_piece->new_size;
    if (!(flags & (FLAG_SAME_LENGTH | FLAG_INSERT)) && !read_length(reader, flags, &ret_piece->old_size))
        return false;
    ret_piece->bytes = take(reader, ret_piece->new_size);
    return ret_piece->bytes != NULL;
}

/* The data as it grows. */
struct result {
    uint8_t *bytes;
    size_t left;
};

static bool append(struct result *result, const uint8_t *bytes, size_t size)
{
    if (size > result->left)
        return false;
    if (size > 0)
        memcpy(result->bytes, bytes, size);
    result->bytes += size;
    result->left -= size;
    return true;
}

jet_err logdiff_apply(const void *difference, size_t size, bool is_wide, const void *old_data, size_t old_size,
                      void *ret_data, size_t new_size)
{
    const uint8_t *old_bytes = old_data;
    struct reader reader = {difference, size, is_wide};
    struct result result = {ret_data, new_size};
    size_t at = 0; /* old bytes that are done */

    while (reader.left > 0) {
        struct piece piece;

        if (!read_piece(&reader, &piece) || piece.offset < at || piece.offset > old_size ||
            piece.old_size > old_size - piece.offset)
            return CORRUPT(JET_errLogFileCorrupt);
        if (!append(&result, old_bytes + at, piece.offset - at) || !append(&result, piece.bytes, piece.new_size))
            return CORRUPT(JET_errLogFileCorrupt);
        at = piece.offset + piece.old_size;
    }
    if (!append(&result, old_bytes + at, old_size - at) || result.left > 0)
        return CORRUPT(JET_errLogFileCorrupt);
    return JET_errSuccess;
}
