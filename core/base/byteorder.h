/* SPDX-License-Identifier: MIT */
/* byteorder.h - little-endian and big-endian integers as they lie on disk.
 *
 * A le32 is a struct that holds nothing but four bytes. It has alignment 1, so a layout made of such members needs no
 * packing attribute and may be overlaid on any address; and because it is a struct, arithmetic on the raw field or a
 * getter of the wrong width does not compile. gcc and clang turn each getter into one load on little-endian machines.
 *
 * Keys of B+ trees and a few headers are big-endian: be32 and be64, same idea.
 */
#ifndef COLDSTREAM_BASE_BYTEORDER_H
#define COLDSTREAM_BASE_BYTEORDER_H

#include <stdint.h>

typedef struct {
    uint8_t b[2];
} le16;

typedef struct {
    uint8_t b[4];
} le32;

typedef struct {
    uint8_t b[8];
} le64;

typedef struct {
    uint8_t b[4];
} be32;

_Static_assert(sizeof(le16) == 2 && _Alignof(le16) == 1, "le16 overlays bytes");
_Static_assert(sizeof(le32) == 4 && _Alignof(le32) == 1, "le32 overlays bytes");
_Static_assert(sizeof(le64) == 8 && _Alignof(le64) == 1, "le64 overlays bytes");

static inline uint16_t le16_get(le16 v)
{
    return (uint16_t)(v.b[0] | v.b[1] << 8);
}

static inline uint32_t le32_get(le32 v)
{
    return (uint32_t)v.b[0] | (uint32_t)v.b[1] << 8 | (uint32_t)v.b[2] << 16 | (uint32_t)v.b[3] << 24;
}

static inline uint64_t le64_get(le64 v)
{
    return (uint64_t)v.b[0] | (uint64_t)v.b[1] << 8 | (uint64_t)v.b[2] << 16 | (uint64_t)v.b[3] << 24 |
           (uint64_t)v.b[4] << 32 | (uint64_t)v.b[5] << 40 | (uint64_t)v.b[6] << 48 | (uint64_t)v.b[7] << 56;
}

static inline uint32_t be32_get(be32 v)
{
    return (uint32_t)v.b[0] << 24 | (uint32_t)v.b[1] << 16 | (uint32_t)v.b[2] << 8 | (uint32_t)v.b[3];
}

static inline le16 le16_make(uint16_t v)
{
    return (le16){
        {(uint8_t)v, (uint8_t)(v >> 8)}
    };
}

static inline le32 le32_make(uint32_t v)
{
    return (le32){
        {(uint8_t)v, (uint8_t)(v >> 8), (uint8_t)(v >> 16), (uint8_t)(v >> 24)}
    };
}

static inline le64 le64_make(uint64_t v)
{
    return (le64){
        {(uint8_t)v, (uint8_t)(v >> 8), (uint8_t)(v >> 16), (uint8_t)(v >> 24), (uint8_t)(v >> 32), (uint8_t)(v >> 40),
         (uint8_t)(v >> 48), (uint8_t)(v >> 56)}
    };
}

static inline be32 be32_make(uint32_t v)
{
    return (be32){
        {(uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v}
    };
}

#endif
