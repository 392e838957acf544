/* SPDX-License-Identifier: MIT */
/* database_file.c - opens a database file: which header counts, how long the file is, where the database ends.
 *
 *      +--------+--------+--------+-- ... --+-----------+-- ... --+------------+------+
 *      | header | shadow | page 1 |         | last_page |         | file_pages | tail |
 *      +--------+--------+--------+-- ... --+-----------+-- ... --+------------+------+
 *       \_ prefix, kept _/                     owned by the root    not owned    less than a page
 *
 * Rules.
 *   1. One read of 64 KiB finds both header copies at any page size; these bytes are kept, so that what
 *      database_file_copy_headers() gives is what was chosen, whatever happens to the file later.
 *   2. The size of the file decides nothing about what belongs to the database. Engines extend a file ahead of its space
 *      trees, and other people's disk content has been seen behind the end; the root's owned-extents tree tells
 *      (database_end.c). If it cannot be read, every page of the file counts as the database's; so it is where a crash came
 *      before the first pages were written, which is no damage: the logs have them.
 *   3. Whatever is wrong but lets us go on is reported here, once, and kept in info.size_is_right for those who must
 *      decide whether the file is whole.
 */
#include "storage/database_file.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format/checksum.h"
#include "format/page.h"
#include "os/os_error.h"
#include "storage/database.h"
#include "storage/database_file_internal.h"

static jet_err report_system_error(const struct database_file *file, const struct finding_listener *listener,
                                   jet_err err)
{
    char text[160];
    return finding_report_error(listener, FINDING_FILE, file->path, err, os_last_error_text(text, sizeof text));
}

static jet_err read_prefix(struct database_file *file, const struct finding_listener *listener)
{
    jet_err err = os_file_open(file->path, OS_FILE_READ, &file->file);
    if (err < JET_errSuccess)
        return report_system_error(file, listener, err);
    err = os_file_size(file->file, &file->info.file_size);
    if (err < JET_errSuccess)
        return report_system_error(file, listener, err);
    err = os_file_read(file->file, 0, file->prefix, DBHEADER_PREFIX_SIZE, &file->prefix_size);
    if (err < JET_errSuccess)
        return report_system_error(file, listener, err);
    return JET_errSuccess;
}

static jet_err report_no_header(const struct database_file *file, const struct finding_listener *listener, jet_err err)
{
    switch (err) {
    case JET_errReadVerifyFailure:
        return finding_report_error(listener, FINDING_HEADER, file->path, err, "neither header copy is valid");
    case JET_errInvalidDatabaseVersion:
        return finding_report_error(listener, FINDING_FILE_TYPE, file->path, err,
                                    "a database of another format version");
    default: return finding_report_error(listener, FINDING_FILE_TYPE, file->path, err, "not an ESE database");
    }
}

static void report_header_copy(const struct database_file *file, const struct finding_listener *listener, unsigned copy)
{
    size_t page_size = file->selection.page_size;
    const uint8_t *bytes = file->prefix + copy * page_size;
    struct finding finding = {
        .kind = FINDING_HEADER_COPY,
        .severity = FINDING_WARNING,
        .err = JET_errReadVerifyFailure,
        .file = file->path,
        .place = FINDING_AT_COPY,
        .where = copy,
        .detail = "the other copy is used",
    };
    if (file->selection.copies[copy] == DBHEADER_COPY_BAD_CHECKSUM) {
        le32 stored;
        memcpy(&stored, bytes, sizeof stored);
        finding.expected = le32_get(stored);
        finding.found = checksum_xor32(bytes, page_size);
        finding.has_values = finding.expected != finding.found;
        if (!finding.has_values)
            finding.detail = "it names another page size; the other copy is used";
    }
    finding_report(listener, &finding);
}

/* An engine writes one copy after the other, so a crash may leave them apart. Which one is believed decides nothing but
 * for a state: a database taken for clean is attached without recovery. */
static void report_copies_differ(const struct database_file *file, const struct finding_listener *listener)
{
    const struct dbheader_disk *second = (const void *)(file->prefix + file->selection.page_size);
    uint32_t states[DBHEADER_COPIES] = {le32_get(file->selection.header->state), le32_get(second->state)};
    bool is_grave = (states[DBHEADER_PRIMARY] == DBHEADER_CLEAN) != (states[DBHEADER_SHADOW] == DBHEADER_CLEAN);
    char detail[100];
    (void)snprintf(detail, sizeof detail, "the first says %s, the second %s",
                   dbheader_state_name(states[DBHEADER_PRIMARY]), dbheader_state_name(states[DBHEADER_SHADOW]));
    const struct finding finding = {
        .kind = FINDING_HEADER_DIFFER,
        .severity = is_grave ? FINDING_WARNING : FINDING_NOTE,
        .err = is_grave ? JET_errDatabaseDirtyShutdown : JET_errSuccess,
        .file = file->path,
        .place = FINDING_WHOLE_FILE,
        .detail = is_grave ? detail : NULL,
    };
    finding_report(listener, &finding);
}

/* The bytes are sound, but only the engine that was interrupted could have gone on. */
static void check_state(const struct database_file *file, const struct finding_listener *listener)
{
    char detail[80];
    uint32_t state = le32_get(file->selection.header->state);
    if (dbheader_state_is_attachable(state))
        return;
    (void)snprintf(detail, sizeof detail, "%" PRIu32 " (%s)", state, dbheader_state_name(state));
    const struct finding finding = {
        .kind = FINDING_DATABASE_STATE,
        .severity = FINDING_WARNING,
        .err = dbheader_check_attach(&file->selection, 0),
        .file = file->path,
        .place = FINDING_WHOLE_FILE,
        .detail = detail,
    };
    finding_report(listener, &finding);
}

static jet_err choose_header(struct database_file *file, const struct finding_listener *listener)
{
    jet_err err = dbheader_select(file->prefix, file->prefix_size, &file->selection);
    if (err < JET_errSuccess)
        return report_no_header(file, listener, err);
    for (unsigned copy = 0; copy < DBHEADER_COPIES; copy++) {
        if (file->selection.copies[copy] != DBHEADER_COPY_VALID)
            report_header_copy(file, listener, copy);
    }
    if (file->selection.copies_differ)
        report_copies_differ(file, listener);
    check_state(file, listener);
    file->info.header = file->selection.header;
    file->info.first_copy_valid = file->selection.copies[DBHEADER_PRIMARY] == DBHEADER_COPY_VALID;
    file->info.second_copy_valid = file->selection.copies[DBHEADER_SHADOW] == DBHEADER_COPY_VALID;
    return JET_errSuccess;
}

/* Pages and rest of the file as it is. Pages beyond the highest legal number count as neither. */
static void measure_file(struct database_file_info *info, size_t page_size)
{
    uint64_t pages = info->file_size / page_size;
    info->page_size = (uint32_t)page_size;
    info->tail_bytes = (uint32_t)(info->file_size % page_size);
    info->file_pages = pages < 2 ? 0 : pages - 2 > PGNO_MAX ? PGNO_MAX : (pgno_t)(pages - 2);
    info->last_page = info->file_pages;
}

/* An unreadable page is damage that reading it again will report; one that the logs have is none; all else shows only
 * here. */
static enum finding_severity end_severity(const struct database_file *file, const struct database_end_problem *problem)
{
    const bool is_clean = le32_get(file->info.header->state) == DBHEADER_CLEAN;
    if (problem->is_unwritten && !is_clean)
        return FINDING_NOTE;
    return problem->is_unreadable ? FINDING_WARNING : FINDING_DAMAGE;
}

static jet_err find_end(struct database_file *file, const struct finding_listener *listener)
{
    struct database_file_info *info = &file->info;
    struct database_end_problem problem = {0};
    jet_err err = database_end_find(file, &info->last_page, &problem);
    info->last_page_known = err == JET_errSuccess;
    info->size_is_right = info->last_page_known || end_severity(file, &problem) != FINDING_DAMAGE;
    if (info->last_page_known)
        return JET_errSuccess;
    if (err == JET_errOutOfMemory)
        return finding_report_error(listener, FINDING_FILE, file->path, err, NULL);
    const struct finding finding = {
        .kind = FINDING_DATABASE_END,
        .severity = end_severity(file, &problem),
        .err = err,
        .file = file->path,
        .place = FINDING_AT_PAGE,
        .where = problem.pgno,
        .detail = problem.text,
    };
    finding_report(listener, &finding);
    return JET_errSuccess;
}

static void check_size(struct database_file *file, const struct finding_listener *listener)
{
    struct database_file_info *info = &file->info;
    pgno_t pages = info->last_page > info->file_pages ? info->last_page : info->file_pages;
    uint64_t expected = ((uint64_t)pages + 2) * info->page_size;
    if (info->file_size == expected)
        return;
    info->size_is_right = false;
    const struct finding finding = {
        .kind = FINDING_FILE_SIZE,
        .severity = FINDING_DAMAGE,
        .err = JET_errDatabaseCorrupted,
        .file = file->path,
        .place = FINDING_WHOLE_FILE,
        .has_values = true,
        .expected = expected,
        .found = info->file_size,
        .detail = info->last_page > info->file_pages ? "the file is shorter than the database"
                                                     : "the file does not end with a whole page",
    };
    finding_report(listener, &finding);
}

static jet_err file_new(const char *path, struct database_file **ret_file)
{
    struct database_file *file = calloc(1, sizeof *file);
    if (!file)
        goto fail;
    size_t path_size = strlen(path) + 1;
    file->path = malloc(path_size);
    file->prefix = malloc(DBHEADER_PREFIX_SIZE);
    if (!file->path || !file->prefix || os_event_new(&file->never) < JET_errSuccess)
        goto fail;
    memcpy(file->path, path, path_size);
    file->info.path = file->path;
    *ret_file = file;
    return JET_errSuccess;
fail:
    database_file_close(file);
    return JET_errOutOfMemory;
}

jet_err database_file_open(const char *path, const struct finding_listener *listener, struct database_file **ret_file)
{
    struct database_file *file = NULL;
    jet_err err = file_new(path, &file);
    if (err < JET_errSuccess)
        return finding_report_error(listener, FINDING_FILE, path, err, NULL);
    err = read_prefix(file, listener);
    if (err < JET_errSuccess)
        goto fail;
    err = choose_header(file, listener);
    if (err < JET_errSuccess)
        goto fail;
    measure_file(&file->info, file->selection.page_size);
    err = find_end(file, listener);
    if (err < JET_errSuccess)
        goto fail;
    check_size(file, listener);
    *ret_file = file;
    return JET_errSuccess;
fail:
    database_file_close(file);
    return err;
}

jet_err database_file_of(struct database *db, const struct dbheader_disk *header, pgno_t last_page,
                         struct database_file **ret_file)
{
    struct database_file *file = NULL;
    jet_err err = file_new(db->path, &file);
    if (err < JET_errSuccess)
        return err;
    file->file = db->file;
    file->is_borrowed = true;
    file->info.page_size = db->page_size;
    file->info.file_size = ((uint64_t)last_page + DBHEADER_COPIES) * db->page_size;
    file->info.file_pages = last_page;
    file->info.last_page = last_page;
    file->info.last_page_known = true;
    file->info.size_is_right = true;
    file->info.header = header;
    *ret_file = file;
    return JET_errSuccess;
}

void database_file_close(struct database_file *file)
{
    if (!file)
        return;
    if (!file->is_borrowed)
        os_file_close(file->file);
    os_event_free(file->never);
    free(file->prefix);
    free(file->path);
    free(file);
}

const struct database_file_info *database_file_info(const struct database_file *file)
{
    return &file->info;
}

void database_file_copy_headers(const struct database_file *file, void *buffer)
{
    size_t page_size = file->info.page_size;
    uint8_t *to = buffer;
    for (unsigned copy = 0; copy < DBHEADER_COPIES; copy++) {
        const uint8_t *own = file->prefix + copy * page_size;
        bool valid = file->selection.copies[copy] == DBHEADER_COPY_VALID;
        memcpy(to + copy * page_size, valid ? (const void *)own : (const void *)file->info.header, page_size);
    }
}
