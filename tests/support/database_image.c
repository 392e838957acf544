/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "support/database_image.h"

#include "format/checksum.h"
#include "format/page.h"
#include "format/space.h"
#include "os/os_file.h"
#include "tool/sample_database.h"

void database_image_make(struct database_image *image, struct temp_folder *folder, uint32_t page_size)
{
    struct sample_database_info info;
    struct sample_database_request request = {
        .path = temp_folder_path(folder, "image-source.edb"), .page_size = page_size, .seed = 7};
    assert_int_equal(sample_database_write(&request, &info), JET_errSuccess);
    image->bytes = temp_file_read(request.path, &image->size);
    image->page_size = page_size;
    image->count_pages = info.count_pages;
    temp_tree_remove(request.path);
}

static void make_bare_headers(const struct database_image *image)
{
    for (unsigned copy = 0; copy < DBHEADER_COPIES; copy++) {
        struct dbheader_disk *header = database_image_header(image, copy);
        header->magic = le32_make(DBHEADER_MAGIC);
        header->version = le32_make(DBHEADER_VERSION);
        header->update_major = le32_make(DBHEADER_UPDATE_MAJOR_WRITE);
        header->state = le32_make(DBHEADER_CLEAN);
        header->page_size = le32_make((uint32_t)image->page_size);
        header->filetype = le32_make(DBHEADER_FILETYPE_DATABASE);
    }
    database_image_seal_headers(image);
}

void database_image_make_bare(struct database_image *image, size_t page_size, pgno_t count_pages)
{
    const struct space_header space = {.count_pages = count_pages};
    struct space_header_disk disk;
    image->page_size = page_size;
    image->count_pages = count_pages;
    image->size = (count_pages + 2) * page_size;
    image->bytes = calloc(1, image->size);
    assert_non_null(image->bytes);
    make_bare_headers(image);
    page_init(database_image_page(image, 1), page_size,
              PAGE_FLAG_ROOT | PAGE_FLAG_LEAF | PAGE_FLAG_NEW_RECORD | PAGE_FLAG_NEW_CHECKSUM, 1, 1, 0x46);
    assert_int_equal(space_header_encode(&space, &disk), JET_errSuccess);
    assert_int_equal(page_replace(database_image_page(image, 1), page_size, 0, 0, &disk, sizeof disk), JET_errSuccess);
    database_image_seal(image, 1);
}

void database_image_done(struct database_image *image)
{
    free(image->bytes);
}

uint8_t *database_image_page(const struct database_image *image, pgno_t pgno)
{
    assert_in_range(pgno, 1, image->count_pages);
    return image->bytes + page_offset(pgno, image->page_size);
}

void database_image_seal(const struct database_image *image, pgno_t pgno)
{
    page_seal(database_image_page(image, pgno), image->page_size, pgno);
}

void database_image_seal_naming(const struct database_image *image, pgno_t pgno, pgno_t inside)
{
    const size_t block_size = image->page_size / PAGE_BLOCKS_MAX;
    uint8_t *page = database_image_page(image, pgno);
    struct page_header_large_disk *header = (void *)page;
    header->pgno = le32_make(inside);
    for (unsigned block = 1; block < PAGE_BLOCKS_MAX; block++)
        header->checksums[block - 1] = le64_make(checksum_block(page + block * block_size, block_size, pgno));
    header->base.checksum = le64_make(checksum_headed_block(page, block_size, pgno));
}

struct dbheader_disk *database_image_header(const struct database_image *image, unsigned copy)
{
    return (void *)(image->bytes + copy * image->page_size);
}

void database_image_seal_headers(const struct database_image *image)
{
    for (unsigned copy = 0; copy < DBHEADER_COPIES; copy++)
        dbheader_seal(database_image_header(image, copy), image->page_size);
}

static void write_at(const char *path, enum os_file_mode mode, uint64_t offset, const void *bytes, size_t size)
{
    struct os_file *file;
    assert_int_equal(os_file_open(path, mode, &file), JET_errSuccess);
    assert_int_equal(os_file_write(file, offset, bytes, size), JET_errSuccess);
    os_file_close(file);
}

const char *database_image_store(const struct database_image *image, struct temp_folder *folder, const char *name,
                                 size_t size)
{
    const char *path = temp_folder_path(folder, name);
    struct os_path_info info;
    if (os_path_stat(path, &info) == JET_errSuccess)
        assert_int_equal(os_file_remove(path), JET_errSuccess);
    write_at(path, OS_FILE_CREATE_NEW, 0, image->bytes, size);
    return path;
}

void database_image_store_page(const struct database_image *image, const char *path, pgno_t pgno)
{
    write_at(path, OS_FILE_READ_WRITE, page_offset(pgno, image->page_size), database_image_page(image, pgno),
             image->page_size);
}
