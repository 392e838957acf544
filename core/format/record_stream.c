/* SPDX-License-Identifier: MIT */
#include "format/record_stream.h"

#include <string.h>

#include "base/byteorder.h"

enum {
    VERSION = 1,
    BIT_ODD = 0x1,
    BIT_NOT_IN_RECORD = 0x2,
    BIT_REFERENCE = 0x4,
    BIT_NULL = 0x8,
};

struct header_disk {
    uint8_t version;  /* +0 */
    le32 header_size; /* +1 */
    le32 next;        /* +5 */
    le32 record;      /* +9 */
    le32 column;      /* +13 */
    le32 itag;        /* +17 */
};
_Static_assert(sizeof(struct header_disk) == 21, "record_stream.h");

struct value_disk {
    uint8_t bits; /* +0 */
    le32 column;  /* +1 */
    le32 size;    /* +5 */
};
_Static_assert(sizeof(struct value_disk) == 9, "record_stream.h");

static const uint8_t bits_of[] = {
    [RECORD_STREAM_VALUE] = 0,
    [RECORD_STREAM_NOT_IN_RECORD] = BIT_NOT_IN_RECORD,
    [RECORD_STREAM_REFERENCE] = BIT_REFERENCE,
    [RECORD_STREAM_NULL] = BIT_NULL,
};

jet_err record_stream_begin(struct record_stream *stream, void *buffer, size_t room)
{
    const struct header_disk header = {
        .version = VERSION,
        .header_size = le32_make(sizeof header),
        .next = le32_make(sizeof header),
        .record = le32_make(UINT32_MAX),
        .itag = le32_make(1),
    };

    if (room < sizeof header)
        return JET_errBufferTooSmall;
    memcpy(buffer, &header, sizeof header);
    *stream = (struct record_stream){.bytes = buffer, .room = room, .size = sizeof header, .pending = sizeof header};
    return JET_errSuccess;
}

jet_err record_stream_add(struct record_stream *stream, uint32_t column, enum record_stream_kind kind,
                          const void *bytes, size_t size)
{
    const struct value_disk value = {
        .bits = (uint8_t)(bits_of[kind] | (stream->record & BIT_ODD)),
        .column = le32_make(column),
        .size = le32_make((uint32_t)size),
    };
    const size_t left = stream->room - stream->pending;

    if (left < sizeof value || left - sizeof value < size)
        return JET_errBufferTooSmall;
    memcpy(stream->bytes + stream->pending, &value, sizeof value);
    stream->pending += sizeof value;
    if (size > 0)
        memcpy(stream->bytes + stream->pending, bytes, size);
    stream->pending += size;
    return JET_errSuccess;
}

void record_stream_end_record(struct record_stream *stream)
{
    stream->size = stream->pending;
    stream->record++;
}

static jet_err header_get(const void *bytes, size_t size, struct header_disk *ret_header)
{
    if (!bytes || size < sizeof *ret_header)
        return JET_errInvalidParameter;
    memcpy(ret_header, bytes, sizeof *ret_header);
    return ret_header->version == VERSION && le32_get(ret_header->header_size) == sizeof *ret_header &&
                   le32_get(ret_header->next) >= sizeof *ret_header && le32_get(ret_header->next) <= size
               ? JET_errSuccess
               : JET_errInvalidParameter;
}

static jet_err warning_of(uint8_t bits)
{
    if (bits & BIT_NULL)
        return JET_wrnColumnNull;
    if (bits & BIT_REFERENCE)
        return JET_wrnColumnReference;
    return bits & BIT_NOT_IN_RECORD ? JET_wrnColumnNotInRecord : JET_errSuccess;
}

jet_err record_stream_next(void *bytes, size_t size, struct record_stream_value *ret_value)
{
    struct header_disk header;
    struct value_disk value;
    jet_err err = header_get(bytes, size, &header);

    if (err < JET_errSuccess)
        return err;
    const size_t at = le32_get(header.next);
    if (at == size)
        return JET_wrnNoMoreRecords;
    if (size - at < sizeof value)
        return JET_errInvalidParameter;
    memcpy(&value, (const uint8_t *)bytes + at, sizeof value);
    const uint32_t value_size = le32_get(value.size);
    if (size - at - sizeof value < value_size)
        return JET_errInvalidParameter;
    const uint32_t record = le32_get(header.record), column = le32_get(value.column);
    const bool is_new = (value.bits & BIT_ODD) != (record & BIT_ODD);
    *ret_value = (struct record_stream_value){
        .record = record + is_new,
        .column = column,
        .itag = !is_new && le32_get(header.column) == column ? le32_get(header.itag) + 1 : 1,
        .offset = (uint32_t)(at + sizeof value),
        .size = value_size,
    };
    header.next = le32_make(ret_value->offset + value_size);
    header.record = le32_make(ret_value->record);
    header.column = value.column;
    header.itag = le32_make(ret_value->itag);
    memcpy(bytes, &header, sizeof header);
    return warning_of(value.bits);
}
