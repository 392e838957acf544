/* SPDX-License-Identifier: MIT */
/* backup_file.c - the bytes of the file that is open: sizes, positions, and which part of a stream comes from where.
 *
 * A log is its file. A database is a stream of parts, all of whole pages but the last:
 *
 *      0             2 p                      (2 + last_page) p              + tail_bytes, or + p
 *      | two headers | pages 1 .. last_page   | tail bytes (offline)         |
 *                                             | trailer page (live)          |
 *
 * with p the page size. Both ends are fixed at open: what grows later is not streamed, the logs rebuild it. A read
 * starts at a multiple of p and fills as many parts as there is room for; a part that does not fit whole waits for
 * the next read.
 *
 * keep_going: the source reports a damaged page or segment and fills the buffer with what is there; the read then
 * counts as good, and the file as not copied, so that nothing is stamped or truncated on its account.
 */
#include "backup/backup_internal.h"

#include <string.h>

#include "base/corrupt.h"

/* Where the pages end and the tail or the trailer begins. */
static uint64_t database_pages_end(const struct backup_database_view *view)
{
    return (2 + (uint64_t)view->last_page) * view->page_size;
}

static uint64_t database_size(const struct backup_database_view *view)
{
    return database_pages_end(view) + view->tail_bytes + (view->has_trailer ? view->page_size : 0);
}

static jet_err open_database(const struct backup_file_reader *reader, uint64_t first_byte, struct backup_file *file)
{
    struct backup_source *source = reader->source;
    jet_err err = source->ops->open_database(source, file->index, &file->database);
    if (err < JET_errSuccess)
        return err;
    file->size = database_size(&file->database);
    if (first_byte > file->size) {
        source->ops->close(source, BACKUP_CLOSE_INCOMPLETE);
        return JET_errInvalidParameter;
    }
    file->position = first_byte;
    return JET_errSuccess;
}

static jet_err open_log(const struct backup_file_reader *reader, struct backup_file *file)
{
    struct backup_log_view view;
    jet_err err = reader->source->ops->open_log(reader->source, file->index, &view);
    if (err < JET_errSuccess)
        return err;
    file->size = view.size;
    file->generation = view.generation;
    return JET_errSuccess;
}

jet_err backup_file_open(const struct backup_file_reader *reader, const struct backup_file_id *id, uint64_t first_byte,
                         struct backup_file *file)
{
    struct backup_file opened = {.kind = id->kind, .index = id->index};
    jet_err err =
        id->kind == BACKUP_FILE_DATABASE ? open_database(reader, first_byte, &opened) : open_log(reader, &opened);
    if (err >= JET_errSuccess)
        *file = opened;
    return err;
}

jet_err backup_file_check_size(const struct backup_file *file, uint32_t unit, size_t size)
{
    bool is_database = file->kind == BACKUP_FILE_DATABASE;
    uint32_t page_size = is_database ? file->database.page_size : unit;
    size_t least = is_database ? page_size : 0;
    if (file->position == 0)
        least = (is_database ? 3u : 2u) * (size_t)page_size;
    return size % page_size == 0 && size >= least ? JET_errSuccess : JET_errInvalidParameter;
}

/* A read in the making: what is filled, what is left. */
struct filling {
    uint8_t *next;
    size_t room;
    uint64_t position;
};

static void filled(struct filling *f, size_t size)
{
    f->next += size;
    f->room -= size;
    f->position += size;
}

/* Whether damage that was reported is passed on. The two codes of a database leave the buffer filled, so does that of
 * a log. */
static bool is_passed_on(const struct backup_file_reader *reader, jet_err err)
{
    return reader->keep_going && (err == JET_errReadVerifyFailure || err == JET_errReadPgnoVerifyFailure ||
                                  err == JET_errLogReadVerifyFailure);
}

static void fill_headers(const struct backup_database_view *view, struct filling *f)
{
    uint64_t end = 2 * (uint64_t)view->page_size;
    if (f->position >= end)
        return;
    size_t size = (size_t)(end - f->position);
    if (size > f->room)
        size = f->room;
    memcpy(f->next, (const uint8_t *)view->headers + f->position, size);
    filled(f, size);
}

static jet_err fill_pages(const struct backup_file_reader *reader, struct backup_file *file, struct filling *f)
{
    const struct backup_database_view *view = &file->database;
    uint64_t end = database_pages_end(view);
    if (f->position >= end || f->room == 0)
        return JET_errSuccess;
    uint64_t count = (end - f->position) / view->page_size;
    if (count > f->room / view->page_size)
        count = f->room / view->page_size;
    pgno_t first = (pgno_t)(f->position / view->page_size - 1);
    jet_err err = reader->source->ops->read_pages(reader->source, first, (uint32_t)count, f->next, &file->counts);
    if (is_passed_on(reader, err)) {
        file->damaged = true;
        err = JET_errSuccess;
    }
    if (err < JET_errSuccess)
        return err;
    filled(f, (size_t)count * view->page_size);
    return JET_errSuccess;
}

/* The tail or the trailer: both fit into one page of room. */
static jet_err fill_end(struct backup_source *source, const struct backup_file *file, struct filling *f)
{
    const struct backup_database_view *view = &file->database;
    size_t size = (size_t)(file->size - database_pages_end(view));
    if (f->position != database_pages_end(view) || size == 0 || f->room < size)
        return JET_errSuccess;
    jet_err err =
        view->has_trailer ? source->ops->make_trailer(source, f->next) : source->ops->read_tail(source, f->next);
    if (err >= JET_errSuccess)
        filled(f, size);
    return err;
}

static jet_err read_database(const struct backup_file_reader *reader, struct backup_file *file, void *buffer,
                             size_t size, size_t *ret_actual)
{
    struct filling f = {.next = buffer, .room = size, .position = file->position};
    fill_headers(&file->database, &f);
    jet_err err = fill_pages(reader, file, &f);
    if (err < JET_errSuccess)
        return err;
    err = fill_end(reader->source, file, &f);
    if (err < JET_errSuccess)
        return err;
    *ret_actual = size - f.room;
    return JET_errSuccess;
}

static jet_err read_log(const struct backup_file_reader *reader, struct backup_file *file, void *buffer, size_t size,
                        size_t *ret_actual)
{
    uint64_t left = file->size - file->position;
    size_t actual = 0;
    if (left == 0 || size == 0) {
        *ret_actual = 0;
        return JET_errSuccess;
    }
    jet_err err = reader->source->ops->read_log(reader->source, file->position, buffer, size, &actual);
    if (is_passed_on(reader, err)) {
        file->damaged = true;
        err = JET_errSuccess;
    }
    if (err < JET_errSuccess)
        return err;
    /* A file that became shorter: the set would not be what its manifest says. One that grew is cut to its size at
     * open. */
    if (actual == 0)
        return CORRUPT(JET_errFileIOBeyondEOF);
    *ret_actual = actual < left ? actual : (size_t)left;
    return JET_errSuccess;
}

jet_err backup_file_read(const struct backup_file_reader *reader, struct backup_file *file, void *buffer, size_t size,
                         size_t *ret_actual)
{
    size_t actual = 0;
    jet_err err = file->kind == BACKUP_FILE_DATABASE ? read_database(reader, file, buffer, size, &actual)
                                                     : read_log(reader, file, buffer, size, &actual);
    if (err < JET_errSuccess)
        return err;
    file->position += actual;
    *ret_actual = actual;
    return JET_errSuccess;
}
