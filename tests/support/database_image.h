/* SPDX-License-Identifier: MIT */
/* database_image.h - a small valid database in memory, to be damaged and written to a file.
 *
 * Include <cmocka.h> with what it needs before this.
 */
#ifndef COLDSTREAM_TESTS_DATABASE_IMAGE_H
#define COLDSTREAM_TESTS_DATABASE_IMAGE_H

#include <stddef.h>
#include <stdint.h>

#include "base/types.h"
#include "format/dbheader.h"
#include "support/temp_folder.h"

struct database_image {
    uint8_t *bytes;
    size_t size;
    size_t page_size;
    pgno_t count_pages;
};

/* The sample database of `coldstream demo` in its smallest size; page sizes from 4096 on. */
void database_image_make(struct database_image *image, struct temp_folder *folder, uint32_t page_size);

/* A database of page 1 alone, the root, which owns `count_pages` pages as a single extent; the others are zero. Any
 * page size. */
void database_image_make_bare(struct database_image *image, size_t page_size, pgno_t count_pages);

void database_image_done(struct database_image *image);

uint8_t *database_image_page(const struct database_image *image, pgno_t pgno);

/* Gives a changed page the checksum that it now has to have. */
void database_image_seal(const struct database_image *image, pgno_t pgno);

/* The same for a large page that shall name another number than its own, `inside`. */
void database_image_seal_naming(const struct database_image *image, pgno_t pgno, pgno_t inside);

/* Header copy 0 or 1. */
struct dbheader_disk *database_image_header(const struct database_image *image, unsigned copy);
void database_image_seal_headers(const struct database_image *image);

/* Writes the first `size` bytes to the file `name`, replacing it, and returns its path. */
const char *database_image_store(const struct database_image *image, struct temp_folder *folder, const char *name,
                                 size_t size);

/* Overwrites page `pgno` of a file that was stored. */
void database_image_store_page(const struct database_image *image, const char *path, pgno_t pgno);

#endif
