/* SPDX-License-Identifier: MIT */
/* wire_codec.h - fields of a message, for both directions: a codec that writes takes the value of a variable, one that
 * reads sets it. So a message is one list of calls, and what is written is what is read. After a failure nothing
 * happens any more. */
#ifndef COLDSTREAM_WIRE_WIRE_CODEC_H
#define COLDSTREAM_WIRE_WIRE_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/jet_err.h"

struct wire_codec {
    bool is_writing;
    jet_err err;
    /* writing: a buffer that grows; whoever made the codec takes it */
    uint8_t *bytes;
    size_t size, room, size_max;
    /* reading */
    const uint8_t *at;
    size_t left;
};

void wire_u8(struct wire_codec *codec, uint8_t *value);
void wire_u32(struct wire_codec *codec, uint32_t *value);
void wire_i32(struct wire_codec *codec, int32_t *value);
void wire_u64(struct wire_codec *codec, uint64_t *value);

/* Reading borrows it; NULL is written as "". */
void wire_text(struct wire_codec *codec, const char **text);

/* The count of a list whose elements have `least` bytes on the wire, at least: reading refuses one that cannot be, and
 * gives zeroed elements of `size` bytes each, for free(). Writing leaves `*elements` alone. */
void wire_list(struct wire_codec *codec, uint32_t *count, size_t least, size_t size, void **elements);

#endif
