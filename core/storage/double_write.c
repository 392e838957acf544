/* SPDX-License-Identifier: MIT */
/* double_write.c - the double-write file is written. See double_write.h for the rules. */
#include "storage/double_write.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "format/block_sum.h"
#include "os/os_clock.h"
#include "storage/database.h"
#include "storage/double_write_internal.h"

enum { ALLOCATION_STEP = 1 << 20 }; /* the file grows by so much: what is written then is data only */

/* ---- the object ---- */

static size_t area_size_of(const struct double_write_config *config)
{
    size_t size = double_write_group_size(config->area_pages, config->page_size);
    return size < DOUBLE_WRITE_AREA_MAX ? size : DOUBLE_WRITE_AREA_MAX;
}

jet_err double_write_new(const struct double_write_config *config, struct double_write **ret_double_write)
{
    struct double_write *double_write = calloc(1, sizeof *double_write);
    if (!double_write)
        return JET_errOutOfMemory;
    assert(config->area_pages > 0);
    double_write->config = *config;
    double_write->area_size = area_size_of(config);
    double_write->group = os_pages_alloc(sizeof *double_write->group);
    jet_err err = double_write->group ? JET_errSuccess : JET_errOutOfMemory;
    if (err >= JET_errSuccess)
        err = os_path_absolute(config->path, &double_write->path);
    if (err >= JET_errSuccess)
        err = os_mutex_new(LOCK_RANK_DOUBLE_WRITE, &double_write->lock);
    if (err < JET_errSuccess) {
        double_write_free(double_write);
        return err;
    }
    *ret_double_write = double_write;
    return JET_errSuccess;
}

void double_write_close(struct double_write *double_write)
{
    os_file_close(double_write->file);
    double_write->file = NULL;
    double_write->entry_count = 0;
    double_write->area_count = 0;
    double_write->allocated = 0;
    memset(double_write->holds, 0, sizeof double_write->holds);
}

void double_write_free(struct double_write *double_write)
{
    if (!double_write)
        return;
    double_write_close(double_write);
    os_mutex_free(double_write->lock);
    os_pages_free(double_write->group, sizeof *double_write->group);
    free(double_write->entries);
    free(double_write->path);
    free(double_write);
}

static jet_err remove_file(const char *path)
{
    jet_err err = os_file_remove(path);
    return err == JET_errFileNotFound ? JET_errSuccess : err;
}

jet_err double_write_remove(struct double_write *double_write)
{
    os_mutex_lock(double_write->lock);
    double_write_close(double_write);
    jet_err err = remove_file(double_write->path);
    os_mutex_unlock(double_write->lock);
    return err;
}

/* ---- the file is made ---- */

/* Room for `size` bytes, in steps that do not reach beyond the areas that there are. */
static jet_err allocate(struct double_write *double_write, uint64_t size)
{
    const uint64_t end = double_write_area_offset(double_write, double_write->area_count);
    if (size <= double_write->allocated)
        return JET_errSuccess;
    size += ALLOCATION_STEP - size % ALLOCATION_STEP;
    size = size < end ? size : end;
    jet_err err = os_file_allocate(double_write->file, size);
    if (err >= JET_errSuccess)
        double_write->allocated = size;
    return err;
}

static jet_err write_start(struct double_write *double_write)
{
    struct double_write_file_disk *start = os_pages_alloc(sizeof *start);
    if (!start)
        return JET_errOutOfMemory;
    start->version = le32_make(DOUBLE_WRITE_VERSION);
    start->page_size = le32_make(double_write->config.page_size);
    start->area_size = le32_make((uint32_t)double_write->area_size);
    start->id = le64_make(double_write->id);
    double_write_file_seal(start);
    jet_err err = os_file_write(double_write->file, 0, start, sizeof *start);
    os_pages_free(start, sizeof *start);
    return err;
}

/* Its name and its start are durable before anything relies on them. */
static jet_err fill_new(struct double_write *double_write)
{
    jet_err err = os_file_lock(double_write->file, OS_FILE_SHARE_NOBODY);
    double_write->area_count = 1;
    if (err >= JET_errSuccess)
        err = os_random_bytes(&double_write->id, sizeof double_write->id);
    if (err >= JET_errSuccess)
        err = allocate(double_write, double_write_group_size(1, double_write->config.page_size));
    if (err >= JET_errSuccess)
        err = write_start(double_write);
    if (err >= JET_errSuccess)
        err = os_file_flush(double_write->file);
    return err >= JET_errSuccess ? os_path_flush_name(double_write->path) : err;
}

static jet_err create(struct double_write *double_write)
{
    jet_err err = remove_file(double_write->path);
    if (err >= JET_errSuccess)
        err = os_file_open(double_write->path, OS_FILE_CREATE_NEW, &double_write->file);
    if (err < JET_errSuccess)
        return err;
    double_write->sequence = 0;
    double_write->current = 0;
    double_write->position = 0;
    err = fill_new(double_write);
    if (err < JET_errSuccess) {
        double_write_close(double_write);
        jet_err_ignore(remove_file(double_write->path)); /* the first error is the one to tell */
    }
    return err;
}

/* ---- areas ---- */

/* One that nothing holds any more, the current one too, or one more. */
static jet_err next_area(struct double_write *double_write)
{
    for (unsigned area = 0; area < double_write->area_count; area++) {
        if (double_write->holds[area] > 0)
            continue;
        jet_err err = double_write->config.flush(double_write->config.context);
        if (err < JET_errSuccess)
            return err;
        double_write->current = area;
        double_write->position = 0;
        return JET_errSuccess;
    }
    if (double_write->area_count == DOUBLE_WRITE_AREAS_MAX)
        return JET_errDiskFull;
    double_write->current = double_write->area_count++;
    double_write->position = 0;
    return JET_errSuccess;
}

void double_write_hold(struct double_write *double_write, unsigned area)
{
    os_mutex_lock(double_write->lock);
    double_write->holds[area]++;
    os_mutex_unlock(double_write->lock);
}

void double_write_release(struct double_write *double_write, unsigned area)
{
    os_mutex_lock(double_write->lock);
    assert(double_write->holds[area] > 0);
    double_write->holds[area]--;
    os_mutex_unlock(double_write->lock);
}

void double_write_done(struct double_write *double_write, unsigned area)
{
    double_write_release(double_write, area);
}

void double_write_keep_all(struct double_write *double_write)
{
    os_mutex_lock(double_write->lock);
    for (unsigned area = 0; area < double_write->area_count; area++)
        double_write->holds[area]++;
    os_mutex_unlock(double_write->lock);
}

/* ---- groups ---- */

size_t double_write_pages_max(const struct double_write *double_write)
{
    size_t pages = (double_write->area_size - DOUBLE_WRITE_BLOCK) / double_write->config.page_size;
    return pages < DOUBLE_WRITE_PAGES_MAX ? pages : DOUBLE_WRITE_PAGES_MAX;
}

static unsigned source_of(struct double_write_group_disk *group, const struct double_write_page *pages, size_t index)
{
    struct dbheader_disk header;
    for (size_t i = 0; i < index; i++)
        if (pages[i].db == pages[index].db)
            return le32_get(group->pages[i].source);
    const unsigned source = le32_get(group->source_count);
    assert(source < DOUBLE_WRITE_SOURCES_MAX);
    database_header_get(pages[index].db, &header);
    group->sources[source] = (struct double_write_source_disk){
        .signature = header.signature, .log_signature = header.log_signature, .attach = header.lgpos_attach};
    group->source_count = le32_make(source + 1);
    return source;
}

static void fill_group(struct double_write *double_write, const struct double_write_page *pages, size_t count)
{
    struct double_write_group_disk *group = double_write->group;
    *group = (struct double_write_group_disk){
        .id = le64_make(double_write->id),
        .sequence = le64_make(double_write->sequence + 1),
        .page_count = le32_make((uint32_t)count),
    };
    for (size_t i = 0; i < count; i++) {
        group->pages[i] = (struct double_write_page_disk){
            .pgno = le32_make(pages[i].pgno),
            .source = le32_make(source_of(group, pages, i)),
            .sum = le64_make(block_sum(pages[i].bytes, double_write->config.page_size)),
            .lgpos = le64_make(pages[i].lgpos),
        };
    }
}

/* Images that lie behind each other in memory go out in one write. */
static jet_err write_images(struct double_write *double_write, uint64_t offset, const struct double_write_page *pages,
                            size_t count)
{
    const size_t page_size = double_write->config.page_size;
    jet_err err = JET_errSuccess;
    for (size_t first = 0, run; first < count && err >= JET_errSuccess; first += run) {
        run = 1;
        while (first + run < count && pages[first + run].bytes == pages[first].bytes + run * page_size)
            run++;
        err = os_file_write(double_write->file, offset + first * page_size, pages[first].bytes, run * page_size);
    }
    return err;
}

static jet_err write_group(struct double_write *double_write, const struct double_write_page *pages, size_t count)
{
    const uint64_t offset = double_write_area_offset(double_write, double_write->current) + double_write->position;
    const size_t size = double_write_group_size(count, double_write->config.page_size);
    jet_err err = allocate(double_write, offset + size);
    if (err < JET_errSuccess)
        return err;
    fill_group(double_write, pages, count);
    double_write_group_seal(double_write->group, offset);
    err = os_file_write(double_write->file, offset, double_write->group, sizeof *double_write->group);
    if (err >= JET_errSuccess)
        err = write_images(double_write, offset + DOUBLE_WRITE_BLOCK, pages, count);
    if (err >= JET_errSuccess)
        err = os_file_flush_data(double_write->file);
    if (err < JET_errSuccess)
        return err;
    double_write->sequence++;
    double_write->position += size;
    return JET_errSuccess;
}

static jet_err put_locked(struct double_write *double_write, const struct double_write_page *pages, size_t count)
{
    const size_t size = double_write_group_size(count, double_write->config.page_size);
    jet_err err = double_write->file ? JET_errSuccess : create(double_write);
    if (err >= JET_errSuccess && size > double_write->area_size - double_write->position)
        err = next_area(double_write);
    return err >= JET_errSuccess ? write_group(double_write, pages, count) : err;
}

jet_err double_write_put(struct double_write *double_write, const struct double_write_page *pages, size_t count,
                         unsigned *ret_area)
{
    os_mutex_lock(double_write->lock);
    assert(count > 0 && count <= double_write_pages_max(double_write));
    jet_err err = put_locked(double_write, pages, count);
    if (err >= JET_errSuccess) {
        *ret_area = double_write->current;
        double_write->holds[*ret_area]++;
    }
    os_mutex_unlock(double_write->lock);
    return err;
}
