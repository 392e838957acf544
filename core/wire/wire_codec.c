/* SPDX-License-Identifier: MIT */
#include "wire/wire_codec.h"

#include <stdlib.h>
#include <string.h>

enum { ROOM_FIRST = 256 };

/* ---- bytes ---- */

static void put(struct wire_codec *codec, const void *bytes, size_t size)
{
    if (codec->err < JET_errSuccess)
        return;
    if (size > codec->size_max - codec->size) {
        codec->err = JET_errInvalidParameter;
        return;
    }
    size_t room = codec->room > 0 ? codec->room : ROOM_FIRST;
    while (room - codec->size < size)
        room *= 2;
    uint8_t *grown = room > codec->room ? realloc(codec->bytes, room) : codec->bytes;
    if (!grown) {
        codec->err = JET_errOutOfMemory;
        return;
    }
    codec->bytes = grown;
    codec->room = room;
    if (size > 0)
        memcpy(codec->bytes + codec->size, bytes, size);
    codec->size += size;
}

/* NULL: there are not so many. */
static const uint8_t *take(struct wire_codec *codec, size_t size)
{
    const uint8_t *at = codec->at;
    if (codec->err >= JET_errSuccess && size > codec->left)
        codec->err = JET_errInvalidParameter;
    if (codec->err < JET_errSuccess)
        return NULL;
    codec->at += size;
    codec->left -= size;
    return at;
}

/* ---- numbers ---- */

static uint64_t number(struct wire_codec *codec, uint64_t value, size_t size)
{
    uint8_t bytes[8];
    if (codec->is_writing) {
        for (size_t i = 0; i < size; i++)
            bytes[i] = (uint8_t)(value >> 8 * i);
        put(codec, bytes, size);
        return value;
    }
    const uint8_t *at = take(codec, size);
    value = 0;
    for (size_t i = 0; at && i < size; i++)
        value |= (uint64_t)at[i] << 8 * i;
    return value;
}

void wire_u8(struct wire_codec *codec, uint8_t *value)
{
    *value = (uint8_t)number(codec, *value, 1);
}

void wire_u32(struct wire_codec *codec, uint32_t *value)
{
    *value = (uint32_t)number(codec, *value, 4);
}

void wire_i32(struct wire_codec *codec, int32_t *value)
{
    *value = (int32_t)(uint32_t)number(codec, (uint32_t)*value, 4);
}

void wire_u64(struct wire_codec *codec, uint64_t *value)
{
    *value = number(codec, *value, 8);
}

/* ---- texts and lists ---- */

void wire_text(struct wire_codec *codec, const char **text)
{
    if (codec->is_writing) {
        const char *value = *text ? *text : "";
        const size_t length = strlen(value);
        if (length > codec->size_max)
            codec->err = JET_errInvalidParameter;
        (void)number(codec, length, 4);
        put(codec, value, length + 1);
        return;
    }
    const size_t length = (size_t)number(codec, 0, 4);
    const uint8_t *at = length <= codec->left ? take(codec, length + 1) : take(codec, SIZE_MAX);
    if (at && memchr(at, '\0', length + 1) != at + length)
        codec->err = JET_errInvalidParameter;
    *text = codec->err >= JET_errSuccess ? (const char *)at : "";
}

void wire_list(struct wire_codec *codec, uint32_t *count, size_t least, size_t size, void **elements)
{
    wire_u32(codec, count);
    if (codec->is_writing)
        return;
    if (codec->err >= JET_errSuccess && *count > codec->left / least)
        codec->err = JET_errInvalidParameter;
    if (codec->err >= JET_errSuccess && *count > 0) {
        *elements = calloc(*count, size);
        if (!*elements)
            codec->err = JET_errOutOfMemory;
    }
    if (codec->err < JET_errSuccess)
        *count = 0;
}
