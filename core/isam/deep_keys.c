/* SPDX-License-Identifier: MIT */
/* deep_keys.c - the key that the values of a record have in an index. Written for the check alone.
 *
 *      key       segments one behind the other, cut at the longest key of the index
 *      segment   00 null (C0 if nulls sort high), 40 value of no length, or 7F and the value in a form whose order as bytes
 *                is that of the values; every byte inverted if the segment descends
 *
 * Numbers are big-endian with the sign turned round; binary comes in pieces of eight bytes, each followed by how many
 * of them count (9: and more follow); text of a code page of one byte is upper-cased and ends with a zero. Unicode text
 * is as the system orders it, if the index says that it is this system and version; of others a key is known up to
 * there.
 */
#include <string.h>

#include "isam/deep_internal.h"

enum {
    SEGMENT_NULL = 0x00,
    SEGMENT_NULL_HIGH = 0xC0,
    SEGMENT_EMPTY = 0x40,
    SEGMENT_DATA = 0x7F,
    BINARY_PIECE = 8,
    BINARY_MORE = 9,
};

/* Where the bytes of one segment go: not more than there is room for. */
struct segment {
    uint8_t *bytes;
    size_t size, room;
};

static void put(struct segment *s, uint8_t byte)
{
    if (s->size < s->room)
        s->bytes[s->size++] = byte;
}

/* Little-endian on disk. */
static uint64_t number_get(const uint8_t *bytes, size_t size)
{
    uint64_t value = 0;
    for (size_t i = size; i-- > 0;)
        value = value << 8 | bytes[i];
    return value;
}

static void put_number(struct segment *s, uint64_t value, size_t size)
{
    for (size_t i = size; i-- > 0;)
        put(s, (uint8_t)(value >> 8 * i));
}

static uint64_t top_bit(size_t size)
{
    return UINT64_C(1) << (8 * size - 1);
}

/* Floating point: negative numbers inverted, so that greater ones come first; the sign of the others turned round. */
static void put_float(struct segment *s, uint64_t value, size_t size)
{
    put_number(s, value & top_bit(size) ? ~value : value ^ top_bit(size), size);
}

static void put_guid(struct segment *s, const uint8_t *bytes, bool is_dot_net)
{
    static const uint8_t windows[] = {10, 11, 12, 13, 14, 15, 8, 9, 6, 7, 4, 5, 0, 1, 2, 3};
    static const uint8_t dot_net[] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
    for (size_t i = 0; i < sizeof windows; i++)
        put(s, bytes[is_dot_net ? dot_net[i] : windows[i]]);
}

/* If the room ends before the value does, the bytes that have room are the same. */
static void put_binary(struct segment *s, const uint8_t *bytes, size_t size)
{
    for (size_t at = 0; at < size && s->size < s->room; at += BINARY_PIECE) {
        const size_t left = size - at;
        for (size_t i = 0; i < BINARY_PIECE; i++)
            put(s, i < left ? bytes[at + i] : 0);
        put(s, left > BINARY_PIECE ? BINARY_MORE : (uint8_t)left);
    }
}

static uint8_t upper(uint8_t byte)
{
    return byte >= 'a' && byte <= 'z' ? (uint8_t)(byte - 'a' + 'A') : byte;
}

/* Text in a code page of one byte. The last byte of a key that is cut is an old mistake of the engine, which everybody
 * has to repeat. */
static void put_text(struct segment *s, const uint8_t *bytes, size_t size)
{
    const size_t room = s->room - s->size;
    const size_t take = room > size ? size : room > 0 ? room - 1 : 0;
    size_t i = 0;
    if (room == 0)
        return;
    for (; i < take && bytes[i] != 0; i++)
        put(s, upper(bytes[i]));
    if (room <= size && i == take && bytes[take] != 0)
        put(s, (uint8_t)(bytes[take] - 0x20));
    else
        put(s, 0);
}

static bool is_unicode(const struct deep_column *column)
{
    return (column->type == DEEP_TYPE_TEXT || column->type == DEEP_TYPE_LONG_TEXT) &&
           column->code_page == DEEP_CODE_PAGE_UNICODE;
}

/* False: it is not known. Of a text in an index with keys of 255 bytes only half as many characters count, rounded
 * up. */
static bool put_unicode(struct segment *s, const struct deep_index *index, const struct deep_segment_value *value)
{
    enum { SHORT_KEY_MOST = 255, SHORT_KEY_BYTES = 256, SORT_KEY_BASE_END = 0x01 };
    const bool is_short = index->key_most == SHORT_KEY_MOST;
    const size_t counts = is_short && value->size > SHORT_KEY_BYTES ? (size_t)SHORT_KEY_BYTES : value->size;
    const size_t room = s->room - s->size;
    size_t size;
    if (index->order.state != TEXT_ORDER_CURRENT || value->is_unreadable ||
        os_collation_key(index->order.collation, value->bytes, counts, s->bytes + s->size, room, &size) <
            JET_errSuccess)
        return false;
    const size_t begin = s->size;
    s->size += size < room ? size : room;
    /* Of a text that goes on, the base weights alone have to fill it: those of what follows come before all accents. */
    return is_short || !value->is_cut || (size >= room && !memchr(s->bytes + begin, SORT_KEY_BASE_END, room));
}

static void put_sized(struct segment *s, const struct deep_column *column, const uint8_t *bytes, bool is_dot_net)
{
    const size_t size = deep_type_size(column->type);
    const uint64_t value = size <= sizeof(uint64_t) ? number_get(bytes, size) : 0;
    switch (column->type) {
    case DEEP_TYPE_BIT: put(s, value ? 0xFF : 0); break;
    case DEEP_TYPE_SHORT:
    case DEEP_TYPE_LONG:
    case DEEP_TYPE_CURRENCY:
    case DEEP_TYPE_LONG_LONG: put_number(s, value ^ top_bit(size), size); break;
    case DEEP_TYPE_SINGLE:
    case DEEP_TYPE_DOUBLE:
    case DEEP_TYPE_DATE_TIME: put_float(s, value, size); break;
    case DEEP_TYPE_GUID: put_guid(s, bytes, is_dot_net); break;
    default: put_number(s, value, size); break;
    }
}

/* False: what would follow is not known. The value has the size of its type. */
static bool put_value(struct segment *s, const struct deep_index *index, const struct deep_segment_value *value)
{
    const struct deep_column *column = value->column;
    if (value->size == 0 && column->id > RECORD_FIXED_LAST) {
        put(s, SEGMENT_EMPTY);
        return true;
    }
    put(s, SEGMENT_DATA);
    if (is_unicode(column))
        return put_unicode(s, index, value);
    if (value->is_unreadable)
        return false;
    if (deep_type_size(column->type) > 0)
        put_sized(s, column, value->bytes, index->flags & (uint32_t)DEEP_INDEX_DOT_NET_GUID);
    else if (column->type == DEEP_TYPE_TEXT || column->type == DEEP_TYPE_LONG_TEXT)
        put_text(s, value->bytes, value->size);
    else if (column->id > RECORD_FIXED_LAST)
        put_binary(s, value->bytes, value->size);
    else
        for (size_t i = 0; i < value->size; i++)
            put(s, value->bytes[i]);
    return true;
}

/* One rule counts: that for all null, else that for the first, else that for some. */
static enum deep_key_verdict judge_nulls(const struct deep_index *index, const struct deep_key_values *values)
{
    size_t nulls = 0;
    uint32_t allowed = DEEP_INDEX_ALLOW_SOME_NULLS;
    for (size_t i = 0; i < index->segment_count; i++)
        nulls += values->list[i].is_null;
    if (nulls == 0)
        return DEEP_KEY_ENTRY;
    if (nulls == index->segment_count)
        allowed = DEEP_INDEX_ALLOW_ALL_NULLS;
    else if (values->list[0].is_null)
        allowed = DEEP_INDEX_ALLOW_FIRST_NULL;
    return index->flags & allowed ? DEEP_KEY_ENTRY : DEEP_KEY_NO_ENTRY;
}

enum deep_key_verdict deep_key_make(const struct deep_index *index, const struct deep_key_values *values,
                                    struct deep_key *ret_key)
{
    struct deep_key *key = ret_key;
    enum deep_key_verdict verdict = judge_nulls(index, values);
    key->size = key->known = 0;
    key->is_known = true;
    if (verdict != DEEP_KEY_ENTRY)
        return verdict;
    for (size_t i = 0; i < index->segment_count && key->is_known; i++) {
        struct segment s = {.bytes = key->bytes + key->size, .room = index->key_most - key->size};
        if (values->list[i].is_null)
            put(&s, index->flags & DEEP_INDEX_NULLS_HIGH ? SEGMENT_NULL_HIGH : SEGMENT_NULL);
        else if (s.room > 0)
            key->is_known = put_value(&s, index, &values->list[i]);
        for (size_t k = 0; index->segments[i].is_descending && k < s.size; k++)
            s.bytes[k] = (uint8_t)~s.bytes[k];
        key->size += s.size;
    }
    key->known = key->size;
    return DEEP_KEY_ENTRY;
}
