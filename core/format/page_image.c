/* SPDX-License-Identifier: MIT */
/* page_image.c - the image of a page inside a log record. */
#include "format/page_image.h"

#include <string.h>

#include "base/corrupt.h"
#include "format/compressed.h"
#include "format/logrecord_tree.h"
#include "format/page.h"

/* ---- packing ---- */

static size_t tags_size(const void *page)
{
    return (size_t)page_tag_count(page) * PAGE_TAG_SIZE;
}

/* Header and data: all before the free space in the middle. */
static size_t front_size(const void *page, size_t page_size)
{
    return page_header_size(page_size) + le16_get(page_header(page)->free_offset);
}

size_t page_image_pack(const void *page, size_t page_size, void *buffer, uint32_t *ret_flags)
{
    const size_t front = front_size(page, page_size), back = tags_size(page);
    const size_t gap = page_size - front - back;
    struct page_header_disk *header = buffer;

    if (gap < page_size / 10) {
        memcpy(buffer, page, page_size);
        *ret_flags = 0;
        return page_size;
    }
    memcpy(buffer, page, front);
    memcpy((uint8_t *)buffer + front, (const uint8_t *)page + page_size - back, back);
    header->free_size = le16_make((uint16_t)(le16_get(header->free_size) - gap));
    *ret_flags = LOGREC_IMAGE_DEHYDRATED;
    return front + back;
}

/* ---- unpacking ---- */

/* Moves the tags of a dehydrated image to the end of the page, and counts the free space between. */
static jet_err hydrate(void *page, size_t image_size, size_t page_size)
{
    struct page_header_disk *header = page;
    const size_t gap = page_size - image_size;
    size_t front, back;

    if (image_size < page_header_size(page_size))
        return CORRUPT(JET_errLogFileCorrupt);
    front = front_size(page, page_size);
    back = tags_size(page);
    if (front > image_size || back > image_size - front || le16_get(header->free_size) > page_size - gap)
        return CORRUPT(JET_errLogFileCorrupt);
    memmove((uint8_t *)page + page_size - back, (uint8_t *)page + image_size - back, back);
    memset((uint8_t *)page + image_size - back, 0, gap);
    header->free_size = le16_make((uint16_t)(le16_get(header->free_size) + gap));
    return JET_errSuccess;
}

jet_err page_image_unpack(const void *image, size_t size, uint32_t flags, void *ret_page, size_t page_size)
{
    struct page_problem problem;
    jet_err err = JET_errSuccess;

    if (flags & ~(uint32_t)(LOGREC_IMAGE_DEHYDRATED | LOGREC_IMAGE_COMPRESSED))
        return CORRUPT(JET_errLogFileCorrupt);
    if (flags & LOGREC_IMAGE_COMPRESSED)
        err = compressed_decode(image, size, ret_page, page_size, &size);
    else if (size <= page_size)
        memcpy(ret_page, image, size);
    if (err == JET_errDecompressionFailed)
        return err;
    if (err < JET_errSuccess || size > page_size || (size != page_size && !(flags & LOGREC_IMAGE_DEHYDRATED)))
        return CORRUPT(JET_errLogFileCorrupt);
    if (flags & LOGREC_IMAGE_DEHYDRATED)
        err = hydrate(ret_page, size, page_size);
    if (err < JET_errSuccess)
        return err;
    return page_check_tags(ret_page, page_size, &problem) < JET_errSuccess ? CORRUPT(JET_errLogFileCorrupt)
                                                                           : JET_errSuccess;
}

/* ---- in two parts ---- */

struct page_image_parts page_image_part(const void *page, size_t page_size)
{
    const size_t back = tags_size(page);
    return (struct page_image_parts){
        .front = page,
        .front_size = front_size(page, page_size),
        .back = (const uint8_t *)page + page_size - back,
        .back_size = back,
    };
}

jet_err page_image_join(const struct page_image_parts *parts, void *ret_page, size_t page_size)
{
    struct page_problem problem;
    uint8_t *page = ret_page;

    if (parts->front_size < page_header_size(page_size) || parts->front_size > page_size ||
        parts->back_size > page_size - parts->front_size)
        return CORRUPT(JET_errLogFileCorrupt);
    memcpy(page, parts->front, parts->front_size);
    memset(page + parts->front_size, 0, page_size - parts->front_size);
    if (parts->back_size > 0)
        memcpy(page + page_size - parts->back_size, parts->back, parts->back_size);
    return page_check_tags(page, page_size, &problem) < JET_errSuccess ? CORRUPT(JET_errLogFileCorrupt)
                                                                       : JET_errSuccess;
}
