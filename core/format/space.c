/* SPDX-License-Identifier: MIT */
/* space.c - space headers, split buffers and extents, bytes to meaning and back.
 *
 * The space header of newer formats (1568,30,40 on) may be preceded by a byte that says what follows: 1 the space
 * header, 2 the highest auto-increment value. The plain form is told by its length.
 */
#include "format/space.h"

#include "base/corrupt.h"

enum {
    FLAGS_KNOWN = SPACE_FLAG_MULTIPLE | SPACE_FLAG_NON_UNIQUE | SPACE_FLAG_LAST_ALLOCATION,
    EXTENDED_SPACE = 1, /* bits of the first byte of the extended form */
    EXTENDED_AUTO_INCREMENT = 2,
    POOL_MARK = 0x80, /* first byte of a key with a pool: this and the pool */
};

static bool pgno_is_valid(pgno_t pgno)
{
    return pgno >= 1 && pgno <= PGNO_MAX;
}

static jet_err header_from_disk(const struct space_header_disk *disk, struct space_header *ret_header)
{
    struct space_header header = {
        .count_pages = le32_get(disk->count_pages),
        .pgno_parent = le32_get(disk->pgno_parent),
        .flags = le32_get(disk->flags),
    };

    if (header.flags & ~(uint32_t)FLAGS_KNOWN || header.pgno_parent > PGNO_MAX)
        return CORRUPT(JET_errSPOwnExtCorrupted);
    if (header.flags & SPACE_FLAG_MULTIPLE) {
        header.pgno_owned = le32_get(disk->space);
        if (!pgno_is_valid(header.pgno_owned) || !pgno_is_valid(header.pgno_owned + 1))
            return CORRUPT(JET_errSPOwnExtCorrupted);
    } else {
        header.mask_available = le32_get(disk->space);
    }
    *ret_header = header;
    return JET_errSuccess;
}

jet_err space_header_decode(const void *bytes, size_t size, struct space_header *ret_header)
{
    const uint8_t *extended = bytes;
    const le64 *auto_increment = (const void *)(extended + 1 + sizeof(struct space_header_disk));
    jet_err err;

    if (size == sizeof(struct space_header_disk))
        return header_from_disk(bytes, ret_header);
    if (size < 1 || !(extended[0] & EXTENDED_SPACE) || extended[0] & ~(EXTENDED_SPACE | EXTENDED_AUTO_INCREMENT))
        return CORRUPT(JET_errSPOwnExtCorrupted);
    if (size != (extended[0] & EXTENDED_AUTO_INCREMENT ? SPACE_HEADER_SIZE_MAX : 1 + sizeof(struct space_header_disk)))
        return CORRUPT(JET_errSPOwnExtCorrupted);
    err = header_from_disk((const void *)(extended + 1), ret_header);
    if (err == JET_errSuccess && extended[0] & EXTENDED_AUTO_INCREMENT) {
        ret_header->has_auto_increment = true;
        ret_header->auto_increment_max = le64_get(*auto_increment);
    }
    return err;
}

jet_err space_header_encode(const struct space_header *header, struct space_header_disk *ret_disk)
{
    if (header->has_auto_increment)
        return JET_errFeatureNotAvailable;
    ret_disk->count_pages = le32_make(header->count_pages);
    ret_disk->pgno_parent = le32_make(header->pgno_parent);
    ret_disk->flags = le32_make(header->flags);
    ret_disk->space = le32_make(header->flags & SPACE_FLAG_MULTIPLE ? header->pgno_owned : header->mask_available);
    return JET_errSuccess;
}

static jet_err damage(enum space_tree tree)
{
    return tree == SPACE_OWNED ? JET_errSPOwnExtCorrupted : JET_errSPAvailExtCorrupted;
}

/* All pages of the extent exist in the space of page numbers. */
static bool extent_is_valid(const struct space_extent *extent)
{
    return pgno_is_valid(extent->pgno_last) && extent->count_pages <= extent->pgno_last;
}

jet_err space_split_buffer_decode(const void *bytes, size_t size, enum space_tree tree,
                                  struct space_extent ret_reserve[2])
{
    const struct space_split_buffer_disk *disk = bytes;
    struct space_extent reserve[2];

    if (size != sizeof *disk)
        return CORRUPT(damage(tree));
    for (size_t i = 0; i < 2; i++) {
        reserve[i] = (struct space_extent){
            .pool = SPACE_POOL_GENERAL,
            .pgno_last = le32_get(disk->reserve[i].pgno_last),
            .count_pages = le32_get(disk->reserve[i].count_pages),
        };
        if (reserve[i].count_pages > 0 && !extent_is_valid(&reserve[i]))
            return CORRUPT(damage(tree));
    }
    ret_reserve[0] = reserve[0];
    ret_reserve[1] = reserve[1];
    return JET_errSuccess;
}

/* The key in one piece, whether it is compressed or not: pool and last page. */
static jet_err extent_decode_key(const struct node *node, enum space_tree tree, struct space_extent *extent)
{
    uint8_t key[SPACE_EXTENT_KEY_MAX];
    const be32 *pgno = (const void *)key;
    size_t size;

    if (node_key_copy(node, key, sizeof key, &size) < JET_errSuccess)
        return CORRUPT(damage(tree));
    if (size == SPACE_EXTENT_KEY_MAX && tree == SPACE_AVAILABLE) {
        const unsigned pool = key[0] ^ (unsigned)POOL_MARK;

        if (pool < SPACE_POOL_CONTINUOUS || pool > SPACE_POOL_SHELVED)
            return CORRUPT(damage(tree));
        extent->pool = (enum space_pool)pool;
        pgno = (const void *)(key + 1);
    } else if (size != sizeof *pgno) {
        return CORRUPT(damage(tree));
    }
    extent->pgno_last = be32_get(*pgno);
    return JET_errSuccess;
}

jet_err space_extent_decode(const struct node *node, enum space_tree tree, struct space_extent *ret_extent)
{
    struct space_extent extent = {.pool = SPACE_POOL_GENERAL};
    const le32 *count = (const void *)node->data;
    jet_err err = extent_decode_key(node, tree, &extent);

    if (err < JET_errSuccess)
        return err;
    if (node->data_size != sizeof *count)
        return CORRUPT(damage(tree));
    extent.count_pages = le32_get(*count);
    if (!extent_is_valid(&extent))
        return CORRUPT(damage(tree));
    if (extent.count_pages == 0 && !(tree == SPACE_AVAILABLE && node->flags & NODE_FLAG_DELETED))
        return CORRUPT(damage(tree));
    *ret_extent = extent;
    return JET_errSuccess;
}

void space_extent_encode(const struct space_extent *extent, struct space_extent_disk *ret_disk, struct node *ret_node)
{
    ret_disk->pgno_last = be32_make(extent->pgno_last);
    ret_disk->count_pages = le32_make(extent->count_pages);
    *ret_node = (struct node){
        .suffix = ret_disk->pgno_last.b,
        .suffix_size = sizeof ret_disk->pgno_last,
        .data = ret_disk->count_pages.b,
        .data_size = sizeof ret_disk->count_pages,
    };
}
