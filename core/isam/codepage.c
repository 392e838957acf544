/* SPDX-License-Identifier: MIT */
#include "isam/codepage.h"

#include <stdlib.h>

#include "base/byteorder.h"

enum {
    REPLACEMENT = 0xFFFD,
    SURROGATE_HIGH = 0xD800,
    SURROGATE_LOW = 0xDC00,
    SURROGATE_END = 0xE000,
    UTF8_BYTES_PER_1252 = 3,  /* the euro sign and its like */
    UTF8_BYTES_PER_UTF16 = 3, /* two units make four bytes at most */
};

/* 0x80 to 0x9F; the rest of code page 1252 is Latin-1. Zero: not assigned. */
static const uint16_t high_controls[32] = {
    0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017D, 0,      0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178,
};

static char *put_utf8(char *to, uint32_t code)
{
    if (code < 0x80) {
        *to++ = (char)code;
    } else if (code < 0x800) {
        *to++ = (char)(0xC0 | code >> 6);
        *to++ = (char)(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
        *to++ = (char)(0xE0 | code >> 12);
        *to++ = (char)(0x80 | (code >> 6 & 0x3F));
        *to++ = (char)(0x80 | (code & 0x3F));
    } else {
        *to++ = (char)(0xF0 | code >> 18);
        *to++ = (char)(0x80 | (code >> 12 & 0x3F));
        *to++ = (char)(0x80 | (code >> 6 & 0x3F));
        *to++ = (char)(0x80 | (code & 0x3F));
    }
    return to;
}

static uint32_t decode_1252(uint8_t byte)
{
    uint32_t code = byte >= 0x80 && byte < 0xA0 ? high_controls[byte - 0x80] : byte;
    return code ? code : REPLACEMENT;
}

char *codepage_1252_to_utf8(const uint8_t *text, size_t size)
{
    char *utf8 = malloc(size * UTF8_BYTES_PER_1252 + 1);
    if (!utf8)
        return NULL;
    char *to = utf8;
    for (size_t i = 0; i < size; i++)
        to = put_utf8(to, decode_1252(text[i]));
    *to = '\0';
    return utf8;
}

/* Takes one character, one or two units, from the front of `left` units. */
static uint32_t take_utf16(const le16 **text, size_t *left)
{
    uint32_t unit = le16_get(*(*text)++);
    (*left)--;
    if (unit == 0)
        return REPLACEMENT;
    if (unit < SURROGATE_HIGH || unit >= SURROGATE_END)
        return unit;
    if (unit >= SURROGATE_LOW || *left == 0)
        return REPLACEMENT;
    uint32_t low = le16_get(**text);
    if (low < SURROGATE_LOW || low >= SURROGATE_END)
        return REPLACEMENT;
    (*text)++;
    (*left)--;
    return 0x10000 + ((unit - SURROGATE_HIGH) << 10) + (low - SURROGATE_LOW);
}

char *codepage_utf16_to_utf8(const uint8_t *text, size_t size)
{
    const le16 *units = (const void *)text;
    size_t left = size / sizeof *units;
    char *utf8 = malloc(left * UTF8_BYTES_PER_UTF16 + 1);
    if (!utf8)
        return NULL;
    char *to = utf8;
    while (left > 0)
        to = put_utf8(to, take_utf16(&units, &left));
    *to = '\0';
    return utf8;
}
