/* SPDX-License-Identifier: MIT */
/* page_image.h - the image of a page inside a log record (Split2, Merge2), packed and unpacked.
 *
 * An image is the page as it is, or
 *      dehydrated    without the free space between data and tags, so that it is shorter than a page;
 *      compressed    its bytes, dehydrated or not, in a form of compressed.h.
 *
 * The free space in the header of a dehydrated image does not count what was cut out: it is a sound, if short, page. A
 * reader undoes compression first. A writer may always take the page as it is; we dehydrate, and never compress.
 */
#ifndef COLDSTREAM_FORMAT_PAGE_IMAGE_H
#define COLDSTREAM_FORMAT_PAGE_IMAGE_H

#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/jet_err.h"

/* Packs a page that page_check_tags() accepted into `buffer`, which holds `page_size` bytes. Returns the size of the
 * image; `*ret_flags` becomes LOGREC_IMAGE_DEHYDRATED if that saved a tenth or more, else 0 and the image is the
 * page. */
size_t page_image_pack(const void *page, size_t page_size, void *buffer, uint32_t *ret_flags);

/* Unpacks an image; `flags`: enum logrec_image_flag. `ret_page` is undefined after an error. Safe on any bytes.
 * JET_errLogFileCorrupt; JET_errDecompressionFailed: also, compressed by a method that we do not have. Guarantees on
 * success: page_check_tags() accepts the page. */
MUST_CHECK jet_err page_image_unpack(const void *image, size_t size, uint32_t flags, void *ret_page, size_t page_size);

/* A page without the free space between data and tags, in two parts, as PageMove has it. */
struct page_image_parts {
    const uint8_t *front, *back;
    size_t front_size, back_size;
};

/* Of a page that page_check_tags() accepted; they lie in it. */
struct page_image_parts page_image_part(const void *page, size_t page_size);

/* The page again. JET_errLogFileCorrupt. Guarantees on success: page_check_tags() accepts the page. */
MUST_CHECK jet_err page_image_join(const struct page_image_parts *parts, void *ret_page, size_t page_size);

#endif
