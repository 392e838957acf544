/* SPDX-License-Identifier: MIT */
/* utf16.c - code point by code point; the header has the rules. */
#include "base/utf16.h"

enum {
    SURROGATE_HIGH = 0xD800, /* first of 1024 */
    SURROGATE_LOW = 0xDC00,  /* first of 1024 */
    SURROGATE_COUNT = 0x400,
    CODE_MAX = 0x10FFFF,
};

static bool is_surrogate(uint32_t code, uint32_t first)
{
    return code - first < SURROGATE_COUNT;
}

/* Smallest code point of a sequence of 1..4 bytes: anything less is an overlong form. */
static const uint32_t sequence_min[5] = {0, 0, 0x80, 0x800, 0x10000};

static unsigned sequence_length(unsigned char first)
{
    if (first < 0x80)
        return 1;
    if (first >= 0xC2 && first < 0xE0)
        return 2;
    if (first >= 0xE0 && first < 0xF0)
        return 3;
    if (first >= 0xF0 && first < 0xF5)
        return 4;
    return 0;
}

size_t utf8_get(const char *text, size_t left, uint32_t *ret_code)
{
    const unsigned char *byte = (const unsigned char *)text;
    unsigned length = sequence_length(byte[0]);
    if (length == 0 || length > left)
        return 0;
    uint32_t code = length == 1 ? byte[0] : byte[0] & (0x7Fu >> length);
    for (unsigned i = 1; i < length; i++) {
        if ((byte[i] & 0xC0u) != 0x80)
            return 0;
        code = code << 6 | (byte[i] & 0x3Fu);
    }
    if (code < sequence_min[length] || code > CODE_MAX)
        return 0;
    *ret_code = code;
    return length;
}

size_t utf16_get(const uint16_t *wide, size_t left, uint32_t *ret_code)
{
    *ret_code = wide[0];
    if (left < 2 || !is_surrogate(wide[0], SURROGATE_HIGH) || !is_surrogate(wide[1], SURROGATE_LOW))
        return 1;
    *ret_code = 0x10000 + ((uint32_t)(wide[0] - SURROGATE_HIGH) << 10) + (uint32_t)(wide[1] - SURROGATE_LOW);
    return 2;
}

size_t utf16_put(uint32_t code, uint16_t unit[2])
{
    if (code < 0x10000) {
        unit[0] = (uint16_t)code;
        return 1;
    }
    unit[0] = (uint16_t)(SURROGATE_HIGH + ((code - 0x10000) >> 10));
    unit[1] = (uint16_t)(SURROGATE_LOW + ((code - 0x10000) & 0x3FF));
    return 2;
}

size_t utf8_put(uint32_t code, char byte[4])
{
    size_t length = 1;
    while (length < 4 && code >= sequence_min[length + 1])
        length++;
    if (length == 1) {
        byte[0] = (char)code;
        return 1;
    }
    for (size_t i = length - 1; i > 0; i--) {
        byte[i] = (char)(0x80 | (code & 0x3F));
        code >>= 6;
    }
    byte[0] = (char)(0xF00u >> length | code);
    return length;
}

bool utf16_from_utf8(const char *text, size_t size, uint16_t *wide, size_t *ret_units)
{
    size_t units = 0;
    uint32_t before = 0;
    while (size > 0) {
        uint32_t code;
        size_t length = utf8_get(text, size, &code);
        if (length == 0 || (is_surrogate(before, SURROGATE_HIGH) && is_surrogate(code, SURROGATE_LOW)))
            return false;
        units += utf16_put(code, wide + units);
        before = code;
        text += length;
        size -= length;
    }
    *ret_units = units;
    return true;
}

size_t utf16_to_utf8(const uint16_t *wide, size_t length, char *text, size_t size)
{
    size_t total = 0;
    size_t room = size - 1;
    while (length > 0) {
        uint32_t code;
        char byte[4];
        size_t units = utf16_get(wide, length, &code);
        size_t bytes = utf8_put(code, byte);
        if (bytes > room)
            room = 0; /* nothing behind a cut, even if it would fit */
        for (size_t i = 0; i < bytes && room > 0; i++, room--)
            *text++ = byte[i];
        total += bytes;
        wide += units;
        length -= units;
    }
    *text = '\0';
    return total;
}
