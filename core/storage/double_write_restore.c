/* SPDX-License-Identifier: MIT */
/* double_write_restore.c - what a crash left in the double-write file, and the pages that are put back from it. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "format/page.h"
#include "storage/database.h"
#include "storage/double_write_internal.h"

/* ---- loading ---- */

static jet_err add_entry(struct double_write *double_write, const struct double_write_entry *entry)
{
    if (double_write->entry_count == double_write->entry_room) {
        const size_t room = double_write->entry_room ? 2 * double_write->entry_room : DOUBLE_WRITE_PAGES_MAX;
        struct double_write_entry *grown = realloc(double_write->entries, room * sizeof *grown);
        if (!grown)
            return JET_errOutOfMemory;
        double_write->entries = grown;
        double_write->entry_room = room;
    }
    double_write->entries[double_write->entry_count++] = *entry;
    double_write->holds[entry->area]++;
    return JET_errSuccess;
}

/* Whole or not at all: what is behind the end of the file is not there. */
static jet_err read_whole(struct os_file *file, uint64_t offset, void *buffer, size_t size, bool *ret_is_whole)
{
    size_t actual;
    jet_err err = os_file_read(file, offset, buffer, size, &actual);
    *ret_is_whole = err >= JET_errSuccess && actual == size;
    return err;
}

/* The images of the group that count. */
static jet_err load_group(struct double_write *double_write, unsigned area, uint64_t offset, uint8_t *image)
{
    const struct double_write_group_disk *group = double_write->group;
    const size_t page_size = double_write->config.page_size;
    for (uint32_t i = 0; i < le32_get(group->page_count); i++) {
        const struct double_write_entry entry = {
            .source = group->sources[le32_get(group->pages[i].source)],
            .page = group->pages[i],
            .sequence = le64_get(group->sequence),
            .offset = offset + double_write_group_size(i, page_size),
            .area = area,
        };
        bool is_whole;
        jet_err err = read_whole(double_write->file, entry.offset, image, page_size, &is_whole);
        if (err >= JET_errSuccess && is_whole && double_write_image_counts(&entry.page, image, page_size))
            err = add_entry(double_write, &entry);
        if (err < JET_errSuccess)
            return err;
    }
    return JET_errSuccess;
}

static jet_err load_area(struct double_write *double_write, unsigned area, uint8_t *image)
{
    const uint64_t start = double_write_area_offset(double_write, area);
    uint64_t sequence = 0;
    for (size_t position = 0; position + DOUBLE_WRITE_BLOCK <= double_write->area_size;) {
        const uint64_t offset = start + position;
        struct double_write_group_disk *group = double_write->group;
        bool is_whole;
        jet_err err = read_whole(double_write->file, offset, group, sizeof *group, &is_whole);
        if (err < JET_errSuccess || !is_whole)
            return err;
        if (double_write_group_verify(group, offset, double_write->id) < JET_errSuccess ||
            le64_get(group->sequence) <= sequence)
            return JET_errSuccess;
        sequence = le64_get(group->sequence);
        double_write->sequence = sequence > double_write->sequence ? sequence : double_write->sequence;
        err = load_group(double_write, area, offset, image);
        if (err < JET_errSuccess)
            return err;
        position += double_write_group_size(le32_get(group->page_count), double_write->config.page_size);
    }
    return JET_errSuccess;
}

static jet_err load_areas(struct double_write *double_write)
{
    const size_t page_size = double_write->config.page_size;
    uint8_t *image = os_pages_alloc(page_size);
    jet_err err = image ? JET_errSuccess : JET_errOutOfMemory;
    for (unsigned area = 0; area < double_write->area_count && err >= JET_errSuccess; area++)
        err = load_area(double_write, area, image);
    os_pages_free(image, page_size);
    return err;
}

/* Takes over the file if it is one, else closes it. */
static jet_err take_start(struct double_write *double_write)
{
    uint64_t size;
    bool is_whole;
    struct double_write_file_disk *start = os_pages_alloc(sizeof *start);
    if (!start)
        return JET_errOutOfMemory;
    jet_err err = os_file_lock(double_write->file, OS_FILE_SHARE_NOBODY);
    if (err >= JET_errSuccess)
        err = os_file_size(double_write->file, &size);
    if (err >= JET_errSuccess)
        err = read_whole(double_write->file, 0, start, sizeof *start, &is_whole);
    const bool is_ours = err >= JET_errSuccess && is_whole && double_write_file_verify(start) >= JET_errSuccess &&
                         le32_get(start->page_size) == double_write->config.page_size;
    if (is_ours) {
        double_write->id = le64_get(start->id);
        double_write->area_size = le32_get(start->area_size);
        const uint64_t areas = (size - DOUBLE_WRITE_BLOCK + double_write->area_size - 1) / double_write->area_size;
        double_write->area_count = areas < DOUBLE_WRITE_AREAS_MAX ? (unsigned)areas : DOUBLE_WRITE_AREAS_MAX;
        double_write->allocated = size;
        double_write->current = 0;
        double_write->position = double_write->area_size; /* the next group has to look for an area */
        double_write->sequence = 0;
    } else {
        double_write_close(double_write);
    }
    os_pages_free(start, sizeof *start);
    return err;
}

static jet_err load(struct double_write *double_write)
{
    assert(!double_write->file);
    jet_err err = os_file_open(double_write->path, OS_FILE_READ_WRITE, &double_write->file);
    if (err == JET_errFileNotFound)
        return JET_errSuccess;
    if (err >= JET_errSuccess)
        err = take_start(double_write);
    if (err >= JET_errSuccess && double_write->file)
        err = load_areas(double_write);
    if (err < JET_errSuccess)
        double_write_close(double_write);
    return err;
}

jet_err double_write_load(struct double_write *double_write)
{
    os_mutex_lock(double_write->lock);
    jet_err err = load(double_write);
    os_mutex_unlock(double_write->lock);
    return err;
}

/* ---- which images ---- */

static bool is_of(const struct double_write_entry *entry, const struct dbheader_disk *header)
{
    return signature_equal(&entry->source.signature, &header->signature);
}

/* The database as it was found, and the log. */
struct target {
    struct database *db;
    struct dbheader_disk header;
    uint64_t lgpos_end;
    uint8_t *is, *image; /* a page in place, and its image */
    unsigned count;      /* pages that were put back */
};

/* Pages that were written while the database was being created know of no attachment: they are older than all that
 * do. */
static bool is_of_attachment(const struct double_write_entry *entry, const struct dbheader_disk *header)
{
    const struct lgpos attach = lgpos_get(entry->source.attach);
    return is_of(entry, header) && signature_equal(&entry->source.log_signature, &header->log_signature) &&
           (lgpos_pack(attach) == 0 || lgpos_compare(attach, lgpos_get(header->lgpos_attach)) == 0);
}

static bool is_candidate(const struct double_write_entry *entry, const struct target *target)
{
    const uint64_t lgpos = le64_get(entry->page.lgpos);
    return is_of_attachment(entry, &target->header) && lgpos <= target->lgpos_end &&
           lgpos_unpack(lgpos).generation <= le32_get(target->header.generation_max_required);
}

/* By page, the newest first. */
static int compare_entries(const void *left, const void *right)
{
    const struct double_write_entry *a = left, *b = right;
    const pgno_t a_pgno = le32_get(a->page.pgno), b_pgno = le32_get(b->page.pgno);
    if (a_pgno != b_pgno)
        return a_pgno < b_pgno ? -1 : 1;
    return (a->sequence < b->sequence) - (a->sequence > b->sequence);
}

/* ---- putting back ---- */

static bool is_to_be_replaced(const struct target *target)
{
    const size_t page_size = target->db->page_size;
    return memcmp(target->is, target->image, page_size) != 0 && !page_is_zero(target->is, page_size) &&
           le64_get(page_header(target->is)->dbtime) <= le64_get(page_header(target->image)->dbtime);
}

static jet_err restore_page(struct double_write *double_write, const struct double_write_entry *entry,
                            struct target *target)
{
    const pgno_t pgno = le32_get(entry->page.pgno);
    const size_t page_size = target->db->page_size;
    const uint64_t offset = page_offset(pgno, page_size);
    bool is_there, is_whole;
    if (pgno > database_last_page(target->db))
        return JET_errSuccess; /* never was, as far as the disk knows */
    jet_err err = read_whole(double_write->file, entry->offset, target->image, page_size, &is_whole);
    if (err >= JET_errSuccess)
        err = read_whole(target->db->file, offset, target->is, page_size, &is_there);
    if (err < JET_errSuccess || !is_there || !is_whole ||
        !double_write_image_counts(&entry->page, target->image, page_size) || !is_to_be_replaced(target))
        return err;
    target->count++;
    return os_file_write(target->db->file, offset, target->image, page_size);
}

static jet_err restore_pages(struct double_write *double_write, struct target *target)
{
    pgno_t last = 0;
    jet_err err = JET_errSuccess;
    for (size_t i = 0; i < double_write->entry_count && err >= JET_errSuccess; i++) {
        const struct double_write_entry *entry = &double_write->entries[i];
        if (!is_candidate(entry, target) || le32_get(entry->page.pgno) == last)
            continue;
        last = le32_get(entry->page.pgno);
        err = restore_page(double_write, entry, target);
    }
    return err >= JET_errSuccess && target->count > 0 ? os_file_flush_data(target->db->file) : err;
}

static void forget_entries(struct double_write *double_write, const struct dbheader_disk *header)
{
    size_t kept = 0;
    for (size_t i = 0; i < double_write->entry_count; i++) {
        const struct double_write_entry *entry = &double_write->entries[i];
        if (header && !is_of(entry, header))
            double_write->entries[kept++] = *entry;
        else
            double_write->holds[entry->area]--;
    }
    double_write->entry_count = kept;
}

static jet_err restore(struct double_write *double_write, struct target *target)
{
    const size_t page_size = target->db->page_size;
    database_header_get(target->db, &target->header);
    target->is = os_pages_alloc(page_size);
    target->image = os_pages_alloc(page_size);
    jet_err err = target->is && target->image ? JET_errSuccess : JET_errOutOfMemory;
    qsort(double_write->entries, double_write->entry_count, sizeof *double_write->entries, compare_entries);
    if (err >= JET_errSuccess && le32_get(target->header.state) != DBHEADER_CLEAN)
        err = restore_pages(double_write, target);
    if (err >= JET_errSuccess)
        forget_entries(double_write, &target->header);
    os_pages_free(target->is, page_size);
    os_pages_free(target->image, page_size);
    return err;
}

jet_err double_write_restore(struct double_write *double_write, struct database *db, uint64_t lgpos_end,
                             unsigned *ret_count)
{
    struct target target = {.db = db, .lgpos_end = lgpos_end};
    os_mutex_lock(double_write->lock);
    jet_err err = double_write->entry_count > 0 ? restore(double_write, &target) : JET_errSuccess;
    os_mutex_unlock(double_write->lock);
    if (ret_count)
        *ret_count = target.count;
    return err;
}

void double_write_recovered(struct double_write *double_write)
{
    os_mutex_lock(double_write->lock);
    forget_entries(double_write, NULL);
    os_mutex_unlock(double_write->lock);
}
