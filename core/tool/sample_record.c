/* SPDX-License-Identifier: MIT */
/* sample_record.c - the record format and the normalised keys, as far as the sample database needs them.
 *
 *      u8 last fixed column, u8 last variable column, u16 end of the fixed part
 *      fixed columns, in order of id, without gaps; then their null bitmap (bit set = null; unused bits are set)
 *      u16 end of each variable column (bit 15 = null); their bytes
 *      (u16 id, u16 offset) of each tagged column; their bytes
 *
 * On small pages a tagged value has a header byte only if bit 0x4000 of its offset says so; on large pages always, and
 * the bit belongs to the offset.
 *
 * A key segment is 7F and the value in a form that sorts as bytes: integers big-endian with the sign inverted, text in
 * upper case with a NUL, binary in groups of 8 bytes with a count behind each (9: more follows).
 */
#include "tool/sample_record.h"

#include <assert.h>
#include <string.h>

#include "base/byteorder.h"
#include "format/page.h"

enum {
    RECORD_HEADER_SIZE = 4,
    VARIABLE_NULL = 0x8000,
    TAGGED_HAS_HEADER = 0x4000,
    KEY_DATA_FOLLOWS = 0x7F,
    KEY_BINARY_GROUP = 8,
    KEY_BINARY_MORE = 9,
};

void sample_record_begin(struct sample_record *r, size_t page_size)
{
    r->is_large_page = page_is_large(page_size);
    r->fixed_size = r->variable_size = r->tagged_size = 0;
    r->count_fixed = r->count_variable = r->count_tagged = 0;
    memset(r->fixed_nulls, 0xFF, sizeof r->fixed_nulls);
}

void sample_record_fixed(struct sample_record *r, const void *bytes, size_t size)
{
    assert(size <= sizeof r->fixed - r->fixed_size);
    memcpy(r->fixed + r->fixed_size, bytes, size);
    r->fixed_size += size;
    r->fixed_nulls[r->count_fixed / 8] &= (uint8_t) ~(1u << r->count_fixed % 8);
    r->count_fixed++;
}

/* Zeros, because there are readers that do not look at the bitmap. */
void sample_record_fixed_null(struct sample_record *r, size_t size)
{
    assert(size <= sizeof r->fixed - r->fixed_size);
    memset(r->fixed + r->fixed_size, 0, size);
    r->fixed_size += size;
    r->count_fixed++;
}

void sample_record_u8(struct sample_record *r, uint8_t value)
{
    sample_record_fixed(r, &value, sizeof value);
}

void sample_record_u16(struct sample_record *r, uint16_t value)
{
    le16 disk = le16_make(value);
    sample_record_fixed(r, &disk, sizeof disk);
}

void sample_record_u32(struct sample_record *r, uint32_t value)
{
    le32 disk = le32_make(value);
    sample_record_fixed(r, &disk, sizeof disk);
}

void sample_record_u64(struct sample_record *r, uint64_t value)
{
    le64 disk = le64_make(value);
    sample_record_fixed(r, &disk, sizeof disk);
}

void sample_record_variable(struct sample_record *r, unsigned id, const void *bytes, size_t size)
{
    unsigned place = id - SAMPLE_COLUMN_VARIABLE_FIRST;
    assert(place >= r->count_variable && place < SAMPLE_VARIABLE_MAX);
    assert(size <= sizeof r->variable - r->variable_size);
    while (r->count_variable < place)
        r->variable_ends[r->count_variable++] = (uint16_t)(r->variable_size | VARIABLE_NULL);
    memcpy(r->variable + r->variable_size, bytes, size);
    r->variable_size += size;
    r->variable_ends[r->count_variable++] = (uint16_t)r->variable_size;
}

void sample_record_tagged(struct sample_record *r, unsigned id, unsigned header, const void *bytes, size_t size)
{
    assert(r->count_tagged < SAMPLE_TAGGED_MAX && size < sizeof r->tagged - r->tagged_size);
    r->tagged_columns[r->count_tagged++] =
        (struct sample_tagged){.id = (uint16_t)id, .offset = (uint16_t)r->tagged_size, .header = (uint8_t)header};
    if (r->is_large_page || header != SAMPLE_TAGGED_PLAIN)
        r->tagged[r->tagged_size++] = (uint8_t)header;
    memcpy(r->tagged + r->tagged_size, bytes, size);
    r->tagged_size += size;
}

static uint8_t *put(uint8_t *at, const void *bytes, size_t size)
{
    memcpy(at, bytes, size);
    return at + size;
}

static uint8_t *put_u16(uint8_t *at, size_t value)
{
    le16 disk = le16_make((uint16_t)value);
    return put(at, &disk, sizeof disk);
}

static uint8_t *put_tagged(const struct sample_record *r, uint8_t *at)
{
    for (unsigned i = 0; i < r->count_tagged; i++) {
        const struct sample_tagged *column = &r->tagged_columns[i];
        size_t offset = (size_t)r->count_tagged * 4 + column->offset;
        bool is_flagged = !r->is_large_page && column->header != SAMPLE_TAGGED_PLAIN;
        at = put_u16(at, column->id);
        at = put_u16(at, is_flagged ? offset | TAGGED_HAS_HEADER : offset);
    }
    return put(at, r->tagged, r->tagged_size);
}

size_t sample_record_encode(const struct sample_record *r, uint8_t *bytes)
{
    size_t bitmap_size = (r->count_fixed + 7) / 8;
    uint8_t *at = bytes;
    *at++ = (uint8_t)r->count_fixed;
    *at++ = (uint8_t)(SAMPLE_COLUMN_VARIABLE_FIRST - 1 + r->count_variable);
    at = put_u16(at, RECORD_HEADER_SIZE + r->fixed_size + bitmap_size);
    at = put(at, r->fixed, r->fixed_size);
    at = put(at, r->fixed_nulls, bitmap_size);
    for (unsigned i = 0; i < r->count_variable; i++)
        at = put_u16(at, r->variable_ends[i]);
    at = put(at, r->variable, r->variable_size);
    at = put_tagged(r, at);
    return (size_t)(at - bytes);
}

static void key_put(struct sample_key *key, const void *bytes, size_t size)
{
    assert(size <= sizeof key->bytes - key->size);
    memcpy(key->bytes + key->size, bytes, size);
    key->size += size;
}

static void key_put_byte(struct sample_key *key, unsigned byte)
{
    uint8_t value = (uint8_t)byte;
    key_put(key, &value, 1);
}

void sample_key_true(struct sample_key *key)
{
    key_put_byte(key, KEY_DATA_FOLLOWS);
    key_put_byte(key, 0xFF);
}

void sample_key_short(struct sample_key *key, int16_t value)
{
    uint16_t sortable = (uint16_t)value ^ 0x8000u;
    key_put_byte(key, KEY_DATA_FOLLOWS);
    key_put_byte(key, sortable >> 8);
    key_put_byte(key, sortable & 0xFF);
}

void sample_key_long(struct sample_key *key, int32_t value)
{
    be32 sortable = be32_make((uint32_t)value ^ 0x80000000u);
    key_put_byte(key, KEY_DATA_FOLLOWS);
    key_put(key, &sortable, sizeof sortable);
}

void sample_key_text(struct sample_key *key, const char *text)
{
    key_put_byte(key, KEY_DATA_FOLLOWS);
    for (; *text; text++)
        key_put_byte(key, (uint8_t)(*text >= 'a' && *text <= 'z' ? *text - 'a' + 'A' : *text));
    key_put_byte(key, 0);
}

void sample_key_binary(struct sample_key *key, const void *bytes, size_t size)
{
    const uint8_t *from = bytes;
    key_put_byte(key, KEY_DATA_FOLLOWS);
    for (; size > KEY_BINARY_GROUP; size -= KEY_BINARY_GROUP, from += KEY_BINARY_GROUP) {
        key_put(key, from, KEY_BINARY_GROUP);
        key_put_byte(key, KEY_BINARY_MORE);
    }
    uint8_t last[KEY_BINARY_GROUP] = {0};
    memcpy(last, from, size);
    key_put(key, last, sizeof last);
    key_put_byte(key, (unsigned)size);
}
