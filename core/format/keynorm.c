/* SPDX-License-Identifier: MIT */
/* keynorm.c - values of columns as keys.
 *
 * A segment is made in place, behind the key, cut to the room that is left, complemented if it is descending, and only
 * then counted to the key: so an error leaves the key as it was.
 */
#include "format/keynorm.h"

#include <assert.h>
#include <string.h>

enum {
    MARK_NULL = 0x00,
    MARK_NULL_HIGH = 0xC0,
    MARK_EMPTY = 0x40,
    MARK_VALUE = 0x7F,
    FILL = 0xFF,
    TEXT_END = 0x00,
    SORT_KEY_BASE_END = 0x01, /* what follows in a sort key are accents, case ... */
    CHUNK_SIZE = 8,
    CHUNK_KEY_SIZE = 9, /* with its length */
    CHUNK_MORE = 9,     /* its length, if another chunk follows or was cut off */
    NUMBER_SIZE_MAX = 16,
};

/* A segment behind the key. */
struct segment {
    uint8_t *bytes;
    size_t room; /* up to the limit of the key */
    size_t size;
    size_t end;  /* binary: where the bytes of the value end, so that more could follow; 0: nowhere */
    bool is_cut; /* by the limit of the key; segment_max cuts silently */
    bool lacks;  /* a part of the value did not count, and yet the key is not full */
};

/* ---- numbers and GUIDs ---- */

enum number_kind {
    NUMBER_NONE,
    NUMBER_UNSIGNED,
    NUMBER_SIGNED,
    NUMBER_FLOAT,
    NUMBER_BIT,
    NUMBER_GUID,
};

static const struct number {
    uint8_t size;
    uint8_t kind; /* enum number_kind */
} numbers[] = {
    [KEYNORM_BIT] = {1,  NUMBER_BIT     },
    [KEYNORM_UNSIGNED_BYTE] = {1,  NUMBER_UNSIGNED},
    [KEYNORM_SHORT] = {2,  NUMBER_SIGNED  },
    [KEYNORM_LONG] = {4,  NUMBER_SIGNED  },
    [KEYNORM_CURRENCY] = {8,  NUMBER_SIGNED  },
    [KEYNORM_SINGLE] = {4,  NUMBER_FLOAT   },
    [KEYNORM_DOUBLE] = {8,  NUMBER_FLOAT   },
    [KEYNORM_DATE_TIME] = {8,  NUMBER_FLOAT   },
    [KEYNORM_UNSIGNED_LONG] = {4,  NUMBER_UNSIGNED},
    [KEYNORM_LONG_LONG] = {8,  NUMBER_SIGNED  },
    [KEYNORM_GUID] = {16, NUMBER_GUID    },
    [KEYNORM_UNSIGNED_SHORT] = {2,  NUMBER_UNSIGNED},
    [KEYNORM_UNSIGNED_LONG_LONG] = {8,  NUMBER_UNSIGNED},
};

static struct number number_of(unsigned type)
{
    return type < COUNT_OF(numbers) ? numbers[type] : (struct number){0, NUMBER_NONE};
}

static void normalise_guid(const uint8_t *value, bool is_dotnet, uint8_t *to)
{
    static const uint8_t plain[16] = {10, 11, 12, 13, 14, 15, 8, 9, 6, 7, 4, 5, 0, 1, 2, 3};
    static const uint8_t dotnet[16] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};

    for (unsigned i = 0; i < 16; i++)
        to[i] = value[is_dotnet ? dotnet[i] : plain[i]];
}

static void normalise_number(struct number number, const uint8_t *value, bool is_dotnet, uint8_t *to)
{
    const bool is_negative = value[number.size - 1] & 0x80;

    if (number.kind == NUMBER_GUID) {
        normalise_guid(value, is_dotnet, to);
        return;
    }
    if (number.kind == NUMBER_BIT) {
        to[0] = value[0] ? 0xFF : 0;
        return;
    }
    for (unsigned i = 0; i < number.size; i++)
        to[i] = value[number.size - 1 - i];
    if (number.kind == NUMBER_FLOAT && is_negative)
        for (unsigned i = 0; i < number.size; i++)
            to[i] = (uint8_t)~to[i];
    else if (number.kind != NUMBER_UNSIGNED)
        to[0] ^= 0x80;
}

static void add_number(struct segment *segment, struct number number, const uint8_t *value, bool is_dotnet)
{
    uint8_t bytes[1 + NUMBER_SIZE_MAX] = {MARK_VALUE};

    normalise_number(number, value, is_dotnet, bytes + 1);
    segment->size = number.size + (size_t)1;
    if (segment->size > segment->room) {
        segment->size = segment->room;
        segment->is_cut = true;
    }
    memcpy(segment->bytes, bytes, segment->size);
}

/* ---- binary ---- */

/* Cuts a segment of binary to what it may have. */
static void cut(struct segment *segment, size_t segment_max)
{
    if (segment->size > segment_max)
        segment->size = segment_max;
    if (segment->size > segment->room) {
        segment->size = segment->room;
        segment->is_cut = true;
    }
}

static void add_bytes(struct segment *segment, size_t segment_max, const uint8_t *value, size_t size)
{
    segment->size = 1 + size;
    cut(segment, segment_max);
    segment->bytes[0] = MARK_VALUE;
    memcpy(segment->bytes + 1, value, segment->size - 1);
}

/* One chunk, or what fits of it; returns the bytes of the value that went into it. */
static size_t add_chunk(uint8_t *to, size_t room, const uint8_t *value, size_t size)
{
    const size_t data_room = room < CHUNK_SIZE ? room : CHUNK_SIZE;
    const size_t n = size < data_room ? size : data_room;

    memcpy(to, value, n);
    memset(to + n, 0, data_room - n);
    if (room >= CHUNK_KEY_SIZE)
        to[CHUNK_SIZE] = (uint8_t)(size > CHUNK_SIZE ? CHUNK_MORE : size);
    return n;
}

static void add_chunks(struct segment *segment, size_t segment_max, const uint8_t *value, size_t size)
{
    segment->size = 1 + (size + CHUNK_SIZE - 1) / CHUNK_SIZE * CHUNK_KEY_SIZE;
    cut(segment, segment_max);
    segment->bytes[0] = MARK_VALUE;
    for (size_t at = 1; at < segment->size; at += CHUNK_KEY_SIZE) {
        const size_t room = segment->size - at;
        const size_t n = add_chunk(segment->bytes + at, room, value, size);

        if (n == size && n < room) /* a byte behind it, be it the length */
            segment->end = at + n;
        value += n;
        size -= n;
    }
}

/* ---- text ---- */

static uint8_t upper(uint8_t byte)
{
    return byte >= 'a' && byte <= 'z' ? (uint8_t)(byte - 'a' + 'A') : byte;
}

/* Copies upper-cased text up to its first NUL; returns how many bytes that were. */
static size_t copy_upper(uint8_t *to, const uint8_t *value, size_t size)
{
    size_t n = 0;

    while (n < size && value[n] != 0) {
        to[n] = upper(value[n]);
        n++;
    }
    return n;
}

/* The last byte of a text that is cut is wrong for all but lower-case letters. That is how all such keys are. */
static void add_text(struct segment *segment, size_t segment_max, const uint8_t *value, size_t size)
{
    const bool by_key = segment->room < segment_max;
    const size_t room = (by_key ? segment->room : segment_max) - 1;
    size_t n;

    segment->bytes[0] = MARK_VALUE;
    segment->size = 1;
    if (room == 0) {
        segment->is_cut = by_key;
        return;
    }
    n = copy_upper(segment->bytes + 1, value, size < room ? size : room - 1);
    if (size >= room && n == room - 1 && value[room - 1] != 0) {
        segment->bytes[1 + n] = (uint8_t)(value[room - 1] - ('a' - 'A'));
        segment->is_cut = by_key;
    } else {
        segment->bytes[1 + n] = TEXT_END;
    }
    segment->size = 1 + n + 1;
}

static jet_err add_unicode(struct segment *segment, size_t segment_max, const struct keynorm_collation *collation,
                           const uint8_t *value, size_t size)
{
    size_t key_size = 0;
    jet_err err =
        collation->sort_key(collation->context, value, size, segment->bytes + 1, segment->room - 1, &key_size);

    if (err < JET_errSuccess)
        return err;
    segment->bytes[0] = MARK_VALUE;
    segment->size = 1 + key_size;
    cut(segment, segment_max);
    return JET_errSuccess;
}

/* ---- segments ---- */

static bool is_text(const struct keynorm_column *column)
{
    return column->type == KEYNORM_TEXT || column->type == KEYNORM_LONG_TEXT;
}

static bool is_unicode(const struct keynorm_column *column)
{
    return is_text(column) && column->code_page == KEYNORM_CODE_PAGE_UNICODE;
}

static bool is_binary(const struct keynorm_column *column)
{
    return column->type == KEYNORM_BINARY || column->type == KEYNORM_LONG_BINARY;
}

static jet_err check_value(const struct keynorm_column *column, const void *value, size_t size)
{
    const struct number number = number_of(column->type);

    if (number.kind == NUMBER_NONE && !is_text(column) && !is_binary(column))
        return JET_errInvalidColumnType;
    if (!value)
        return JET_errSuccess;
    if (number.kind != NUMBER_NONE)
        return size == number.size ? JET_errSuccess : JET_errInvalidBufferSize;
    if (size == 0)
        return column->is_fixed ? JET_errInvalidBufferSize : JET_errSuccess;
    return is_unicode(column) && !column->collation ? JET_errUnicodeNormalizationNotSupported : JET_errSuccess;
}

/* How much of a value counts: of Unicode text whole characters. */
static size_t size_that_counts(const struct keynorm *key, const struct keynorm_column *column, size_t size)
{
    const size_t limit = is_unicode(column) ? KEYNORM_LIMIT_DEFAULT + 1 : KEYNORM_LIMIT_DEFAULT;

    return key->limit == KEYNORM_LIMIT_DEFAULT && size > limit ? limit : size;
}

/* Makes a segment of a checked value behind the key; there is room for a byte at least. Errors of the collation. */
static jet_err make_segment(const struct keynorm *key, const struct keynorm_column *column, const void *value,
                            size_t size, struct segment *segment)
{
    const struct number number = number_of(column->type);
    jet_err err = JET_errSuccess;

    const size_t whole_size = size;
    size = size_that_counts(key, column, size);
    if (!value || size == 0) {
        segment->bytes[0] = value ? MARK_EMPTY : key->flags & KEYNORM_NULLS_HIGH ? MARK_NULL_HIGH : MARK_NULL;
        segment->size = 1;
    } else if (number.kind != NUMBER_NONE) {
        add_number(segment, number, value, key->flags & KEYNORM_DOTNET_GUID);
    } else if (is_unicode(column)) {
        err = add_unicode(segment, key->segment_max, column->collation, value, size);
        segment->lacks = size < whole_size && segment->size < key->segment_max;
    } else if (is_text(column)) {
        add_text(segment, key->segment_max, value, size);
    } else if (column->is_fixed) {
        add_bytes(segment, key->segment_max, value, size);
    } else {
        add_chunks(segment, key->segment_max, value, size);
    }
    if (column->is_descending)
        for (size_t i = 0; i < segment->size; i++)
            segment->bytes[i] = (uint8_t)~segment->bytes[i];
    return err;
}

/* ---- limits ---- */

/* Behind all keys that begin with the first `from` bytes of the segment: it fills the buffer, the byte beyond the limit
 * too. */
static void fill(struct segment *segment, size_t from)
{
    memset(segment->bytes + from, FILL, segment->room + 1 - from);
    segment->size = segment->room + 1;
}

bool keynorm_is_of_all(const struct keynorm *key, size_t begin, bool is_descending)
{
    const uint8_t end = is_descending ? (uint8_t)~SORT_KEY_BASE_END : SORT_KEY_BASE_END;

    if (!key->is_truncated && key->size - begin < key->segment_max)
        return false;
    return key->size == begin || !memchr(key->bytes + begin, end, key->size - begin);
}

/* Where more base characters could follow, unless that was cut off. Null and the empty text have no such place. */
static size_t unicode_end(const struct segment *segment, bool is_descending)
{
    const uint8_t end = is_descending ? (uint8_t)~SORT_KEY_BASE_END : SORT_KEY_BASE_END;
    const uint8_t *at = segment->size >= 2 ? memchr(segment->bytes + 1, end, segment->size - 1) : NULL;

    return at ? (size_t)(at - segment->bytes) : segment->size;
}

static size_t text_end(const struct segment *segment, bool is_descending)
{
    const uint8_t end = is_descending ? (uint8_t)~TEXT_END : TEXT_END;
    const size_t size = segment->size;

    return size >= 2 && segment->bytes[size - 1] == end ? size - 1 : size;
}

/* Where a text could go on: before its end, unless that was cut off. */
static void limit_text(struct segment *segment, const struct keynorm_column *column, bool is_end)
{
    const size_t from =
        is_unicode(column) ? unicode_end(segment, column->is_descending) : text_end(segment, column->is_descending);

    if (is_end)
        fill(segment, from);
    else
        segment->size = from;
}

/* Likewise a binary value; if its end was cut off, all that begins with the segment is meant. */
static void limit_binary(struct segment *segment, bool is_end)
{
    if (segment->end == 0) {
        if (is_end)
            fill(segment, segment->size);
    } else if (is_end) {
        segment->size++;
        memset(segment->bytes + segment->end, FILL, segment->size - segment->end);
    } else {
        segment->size = segment->end;
    }
}

static void limit_segment(struct segment *segment, const struct keynorm_column *column, enum keynorm_limit limit)
{
    switch (limit) {
    case KEYNORM_EXACT:
    case KEYNORM_FULL_START: break;
    case KEYNORM_FULL_END: fill(segment, segment->size); break;
    case KEYNORM_PARTIAL_START:
    case KEYNORM_PARTIAL_END:
        if (is_text(column))
            limit_text(segment, column, limit == KEYNORM_PARTIAL_END);
        else
            limit_binary(segment, limit == KEYNORM_PARTIAL_END);
        break;
    case KEYNORM_STRING: limit_binary(segment, true); break;
    case KEYNORM_SUBSTRING:
        if (is_text(column))
            limit_text(segment, column, true);
        break;
    }
}

/* ---- keys ---- */

size_t keynorm_limit_max(size_t page_size)
{
    return page_size <= 2048 ? 500 : page_size == 4096 ? 1000 : KEYNORM_LIMIT_MAX;
}

void keynorm_begin(struct keynorm *key, void *buffer, size_t limit, size_t segment_max, unsigned flags)
{
    assert(limit > 0 && limit <= KEYNORM_LIMIT_MAX && segment_max <= limit);
    *key = (struct keynorm){
        .bytes = buffer,
        .limit = limit,
        .segment_max = segment_max == 0 || segment_max == limit ? SIZE_MAX : segment_max,
        .flags = flags,
    };
}

jet_err keynorm_add_limit(struct keynorm *key, const struct keynorm_column *column, const void *value, size_t size,
                          enum keynorm_limit limit)
{
    struct segment segment = {.bytes = key->bytes + key->size, .room = key->limit - key->size};
    const bool is_partial = limit == KEYNORM_PARTIAL_START || limit == KEYNORM_PARTIAL_END;
    jet_err err;

    if (key->is_limit)
        return JET_errKeyIsMade;
    if (is_partial && !is_text(column) && (column->is_fixed || !is_binary(column)))
        return JET_errInvalidGrbit;
    err = check_value(column, value, size);
    if (err < JET_errSuccess)
        return err;
    if (key->is_truncated || segment.room == 0)
        segment.is_cut = true;
    else
        err = make_segment(key, column, value, size, &segment);
    if (err < JET_errSuccess)
        return err;
    if ((segment.is_cut || segment.lacks) && key->flags & KEYNORM_DISALLOW_TRUNCATION)
        return JET_errKeyTruncated;
    if (segment.size > 0) {
        limit_segment(&segment, column, limit);
        key->is_limit = limit != KEYNORM_EXACT && (limit != KEYNORM_SUBSTRING || is_text(column));
    }
    key->size += segment.size;
    key->is_truncated = segment.is_cut;
    return JET_errSuccess;
}

jet_err keynorm_add(struct keynorm *key, const struct keynorm_column *column, const void *value, size_t size)
{
    return keynorm_add_limit(key, column, value, size, KEYNORM_EXACT);
}
