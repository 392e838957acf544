/* SPDX-License-Identifier: MIT */
#include "format/double_write.h"

#include <string.h>

#include "base/corrupt.h"
#include "format/block_sum.h"
#include "format/checksum.h"
#include "format/page.h"

static const uint8_t file_magic[] = {'C', 'S', 'D', 'W', 'F', 'I', 'L', 'E'};
static const uint8_t group_magic[] = {'C', 'S', 'D', 'W', 'G', 'R', 'O', 'U'};

/* Wraps behind 16 TiB, which is far behind the end of any such file. */
static uint64_t block_checksum(const void *block, uint64_t offset)
{
    return checksum_headed_block(block, DOUBLE_WRITE_BLOCK, (uint32_t)(offset / DOUBLE_WRITE_BLOCK));
}

void double_write_file_seal(struct double_write_file_disk *file)
{
    memcpy(file->magic, file_magic, sizeof file_magic);
    file->checksum = le64_make(block_checksum(file, 0));
}

jet_err double_write_file_verify(const struct double_write_file_disk *file)
{
    const uint32_t page_size = le32_get(file->page_size), area_size = le32_get(file->area_size);
    if (memcmp(file->magic, file_magic, sizeof file_magic) != 0 ||
        le64_get(file->checksum) != block_checksum(file, 0) || le32_get(file->version) != DOUBLE_WRITE_VERSION)
        return CORRUPT(JET_errReadVerifyFailure);
    if (!page_size_is_valid(page_size) || area_size > DOUBLE_WRITE_AREA_MAX || area_size % DOUBLE_WRITE_BLOCK != 0 ||
        area_size < double_write_group_size(1, page_size))
        return CORRUPT(JET_errReadVerifyFailure);
    return JET_errSuccess;
}

void double_write_group_seal(struct double_write_group_disk *group, uint64_t offset)
{
    memcpy(group->magic, group_magic, sizeof group_magic);
    group->checksum = le64_make(block_checksum(group, offset));
}

jet_err double_write_group_verify(const struct double_write_group_disk *group, uint64_t offset, uint64_t id)
{
    const uint32_t sources = le32_get(group->source_count), pages = le32_get(group->page_count);
    if (memcmp(group->magic, group_magic, sizeof group_magic) != 0 ||
        le64_get(group->checksum) != block_checksum(group, offset) || le64_get(group->id) != id)
        return JET_errReadVerifyFailure; /* the end of what was written: nothing is damaged */
    if (sources > DOUBLE_WRITE_SOURCES_MAX || pages == 0 || pages > DOUBLE_WRITE_PAGES_MAX)
        return CORRUPT(JET_errReadVerifyFailure);
    for (uint32_t i = 0; i < pages; i++) {
        const pgno_t pgno = le32_get(group->pages[i].pgno);
        if (pgno == 0 || pgno > PGNO_MAX || le32_get(group->pages[i].source) >= sources)
            return CORRUPT(JET_errReadVerifyFailure);
    }
    return JET_errSuccess;
}

bool double_write_image_counts(const struct double_write_page_disk *page, const void *image, size_t page_size)
{
    struct page_verdict verdict;
    return le64_get(page->sum) == block_sum(image, page_size) &&
           page_verify(image, page_size, le32_get(page->pgno), &verdict) == JET_errSuccess;
}
