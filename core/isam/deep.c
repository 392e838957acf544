/* SPDX-License-Identifier: MIT */
/* deep.c - the order of the checks, and how they report.
 *
 *      pages by checksum -> header -> root tree -> catalogue, twice -> every tree and its space, table by table with
 *      the contents -> the account of all pages
 *
 * Every page of a tree is read once more for its structure, silently: whoever verified the checksums has said what is
 * to be said about them.
 */
#include "isam/deep.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "isam/codepage.h"
#include "isam/deep_internal.h"
#include "os/os_thread.h"
#include "storage/database_verify.h"

enum {
    DETAIL_SIZE = 600,
    PAGES_BETWEEN_LOOKS = 64, /* at `cancel`, and at progress */
    UPDATE_MAJOR_BLOCK_CODE = 0xB,
};

/* ---- reports ---- */

static enum finding_severity scope_severity(const struct deep *d, enum deep_scope scope)
{
    switch (scope) {
    case DEEP_WITHIN_PAGE: return FINDING_DAMAGE;
    case DEEP_BETWEEN: return d->is_clean ? FINDING_DAMAGE : FINDING_WARNING;
    case DEEP_WARNING: return FINDING_WARNING;
    case DEEP_NOTE: break;
    }
    return FINDING_NOTE;
}

static void count_finding(struct deep *d, enum finding_severity severity, jet_err err)
{
    if (severity == FINDING_DAMAGE) {
        d->counts->damages++;
        if (d->first_damage == JET_errSuccess)
            d->first_damage = err;
    } else if (severity == FINDING_WARNING) {
        d->counts->warnings++;
    }
}

void deep_report(struct deep *d, enum finding_kind kind, enum deep_scope scope, jet_err err, pgno_t pgno,
                 const char *format, ...)
{
    char text[DETAIL_SIZE];
    va_list values;
    va_start(values, format);
    (void)vsnprintf(text, sizeof text, format, values); /* a text that is cut is still a text */
    va_end(values);
    const enum finding_severity severity = scope_severity(d, scope);
    const uint64_t max = d->options->findings_max > 0 ? d->options->findings_max : DEEP_FINDINGS_MAX;
    count_finding(d, severity, err);
    if (++d->findings > max)
        return;
    const struct finding finding = {
        .kind = kind,
        .severity = severity,
        .err = severity == FINDING_NOTE ? JET_errSuccess : err,
        .file = d->info->path,
        .place = pgno > 0 ? FINDING_AT_PAGE : FINDING_WHOLE_FILE,
        .where = pgno,
        .detail = text,
    };
    finding_report(d->listener, &finding);
}

static void report_what_was_not_reported(struct deep *d)
{
    const uint64_t max = d->options->findings_max > 0 ? d->options->findings_max : DEEP_FINDINGS_MAX;
    if (d->findings <= max)
        return;
    char text[80];
    (void)snprintf(text, sizeof text, "%" PRIu64 " further findings are not listed", d->findings - max);
    const struct finding finding = {
        .kind = FINDING_UNJUDGED,
        .severity = FINDING_NOTE,
        .err = JET_errSuccess,
        .file = d->info->path,
        .place = FINDING_WHOLE_FILE,
        .detail = text,
    };
    finding_report(d->listener, &finding);
}

/* A name of the catalogue for people: the one reader of it that must not fail. */
static void name_text(const struct deep_bytes *name, char *text, size_t size)
{
    char *utf8 = name->bytes ? codepage_1252_to_utf8(name->bytes, name->size) : NULL;
    (void)snprintf(text, size, "%.100s", utf8 ? utf8 : "?");
    free(utf8);
}

const char *deep_tree_name(const struct deep *d, const struct deep_tree *tree, char text[DEEP_NAME_SIZE])
{
    char table[128] = "?", index[128] = "?";
    if (tree->kind != DEEP_TREE_ROOT && tree->table < d->schema.table_count)
        name_text(&d->schema.tables[tree->table].name, table, sizeof table);
    if (tree->kind == DEEP_TREE_INDEX && tree->index < d->schema.index_count)
        name_text(&d->schema.indexes[tree->index].name, index, sizeof index);
    switch (tree->kind) {
    case DEEP_TREE_ROOT: (void)snprintf(text, DEEP_NAME_SIZE, "the root of the database"); break;
    case DEEP_TREE_TABLE: (void)snprintf(text, DEEP_NAME_SIZE, "table %s", table); break;
    case DEEP_TREE_INDEX: (void)snprintf(text, DEEP_NAME_SIZE, "index %s of table %s", index, table); break;
    case DEEP_TREE_LONG_VALUES: (void)snprintf(text, DEEP_NAME_SIZE, "long values of table %s", table); break;
    }
    if (tree->fdp == DEEP_CATALOG_FDP && tree->objid == DEEP_CATALOG_OBJID)
        return "the catalogue";
    if (tree->fdp == DEEP_SHADOW_FDP && tree->objid == DEEP_SHADOW_OBJID)
        return "the copy of the catalogue";
    if (tree->table == SIZE_MAX && tree->kind != DEEP_TREE_ROOT)
        (void)snprintf(text, DEEP_NAME_SIZE, "the tree of page %" PRIu32, tree->fdp);
    return text;
}

jet_err deep_grow(void **list, size_t count, size_t *room, size_t more, size_t element_size)
{
    if (more <= *room - count)
        return JET_errSuccess;
    size_t wanted = *room > 0 ? *room : 16;
    while (wanted - count < more) {
        if (wanted > SIZE_MAX / 2 / element_size)
            return JET_errOutOfMemory;
        wanted *= 2;
    }
    void *grown = realloc(*list, wanted * element_size);
    if (!grown)
        return JET_errOutOfMemory;
    *list = grown;
    *room = wanted;
    return JET_errSuccess;
}

jet_err deep_page_done(struct deep *d)
{
    if (++d->pages_done % PAGES_BETWEEN_LOOKS != 0)
        return JET_errSuccess;
    if (d->options->progress)
        d->options->progress(d->options->progress_context, d->pages_done);
    if (d->options->cancel && os_event_wait(d->options->cancel, 0))
        return JET_errBackupAbortByServer;
    return JET_errSuccess;
}

/* ---- the header ---- */

static void check_clean_header(struct deep *d, const struct dbheader_disk *header)
{
    const uint32_t generations = le32_get(header->generation_min_required) | le32_get(header->generation_max_required) |
                                 le32_get(header->generation_max_committed) |
                                 le32_get(header->generation_min_consistent);
    if (generations != 0)
        deep_report(d, FINDING_HEADER, DEEP_BETWEEN, JET_errDatabaseCorrupted, 0,
                    "the database was closed cleanly, and the header names logs that recovery needs");
    if (memcmp(&header->lgpos_detach, &header->lgpos_consistent, sizeof header->lgpos_detach) != 0)
        deep_report(d, FINDING_HEADER, DEEP_BETWEEN, JET_errDatabaseCorrupted, 0,
                    "the last detach is not where the database was last consistent");
}

static void read_header(struct deep *d)
{
    const struct dbheader_disk *header = d->info->header;
    d->is_clean = le32_get(header->state) == DBHEADER_CLEAN;
    d->objid_last = le32_get(header->objid_last);
    d->dbtime_last = le64_get(header->dbtime);
    d->update_major = le32_get(header->update_major);
    d->has_old_checksums = d->update_major < UPDATE_MAJOR_BLOCK_CODE;
    if (d->is_clean)
        check_clean_header(d, header);
}

static jet_err check_checksums(struct deep *d)
{
    struct database_page_counts counts;
    const struct database_verify_options options = {
        .jobs = d->options->jobs > 0 ? d->options->jobs : 1,
        .cancel = d->options->cancel,
    };
    if (d->options->pages_are_verified)
        return JET_errSuccess;
    jet_err err = database_verify(d->file, &options, d->listener, &counts);
    if (err == JET_errReadVerifyFailure || err == JET_errReadPgnoVerifyFailure || err == JET_errDatabaseCorrupted) {
        d->first_damage = err;
        return JET_errSuccess;
    }
    return err;
}

/* ---- the whole ---- */

static jet_err check_root(struct deep *d)
{
    const struct deep_tree root = {
        .fdp = DEEP_ROOT_FDP,
        .objid = DEEP_ROOT_OBJID,
        .kind = DEEP_TREE_ROOT,
        .table = SIZE_MAX,
    };
    size_t tree;
    jet_err err = deep_tree_add(d, &root, &tree);
    if (err < JET_errSuccess)
        return err;
    return deep_tree_and_space(d, tree, NULL, NULL);
}

static jet_err check_trees(struct deep *d)
{
    jet_err err = check_root(d);
    if (err == JET_errSuccess)
        err = deep_catalog(d);
    for (size_t i = 0; err == JET_errSuccess && i < d->schema.table_count; i++)
        err = deep_table_check(d, i);
    if (err == JET_errSuccess)
        err = deep_space_account(d);
    return err;
}

static void store_done(struct deep_store *store)
{
    free(store->bytes);
    free(store->list);
}

static void deep_done(struct deep *d)
{
    for (size_t i = 0; i < d->tree_count; i++) {
        free(d->trees[i].owned.list);
        free(d->trees[i].available.list);
    }
    for (size_t i = 0; i < DEEP_DEPTH_MAX; i++)
        free(d->pages[i]);
    for (size_t i = 0; i <= DEEP_DEPTH_MAX; i++)
        free(d->bounds[i]);
    store_done(&d->catalog);
    store_done(&d->shadow);
    free(d->schema.tables);
    free(d->schema.columns);
    for (size_t i = 0; i < d->schema.index_count; i++)
        text_order_close(&d->schema.indexes[i].order);
    free(d->schema.indexes);
    free(d->by_objid);
    free(d->trees);
    free(d->starts);
    free(d->scratch);
    free(d->key);
    free(d->owners);
    free(d->uses);
}

/* Levels of a tree get their buffers when they are reached: see deep_tree.c. */
static jet_err deep_init(struct deep *d)
{
    d->uses = calloc((size_t)d->last_page + 1, sizeof *d->uses);
    d->owners = calloc((size_t)d->last_page + 1, sizeof *d->owners);
    d->key = malloc(DEEP_KEY_MAX + PAGE_SIZE_MAX);
    d->scratch = malloc(DEEP_SCRATCH_SIZE);
    d->starts = malloc((size_t)DEEP_SEGMENTS_MAX * DEEP_START_SIZE);
    return d->uses && d->owners && d->key && d->scratch && d->starts ? JET_errSuccess : JET_errOutOfMemory;
}

/* The trees that the caller knows of, and what they give: see deep_verify_trees(). */
struct known_trees {
    const struct deep_known_tree *list;
    size_t count;
};

static jet_err known_tree_check(struct deep *d, const struct deep_known_tree *known)
{
    struct deep_tree tree = {
        .fdp = known->fdp,
        .objid = known->objid,
        .kind = known->pgno_parent == DEEP_ROOT_FDP ? DEEP_TREE_TABLE : DEEP_TREE_INDEX,
        .page_flags = known->page_flags & (PAGE_FLAG_INDEX | PAGE_FLAG_LONG_VALUE | PAGE_FLAG_NON_UNIQUE),
        .pgno_parent = known->pgno_parent,
        .table = SIZE_MAX,
        .index = SIZE_MAX,
    };
    size_t number;
    while (tree.parent + 1 < d->tree_count && d->trees[tree.parent].fdp != known->pgno_parent)
        tree.parent++;
    tree.level = d->trees[tree.parent].level + 1;
    jet_err err = deep_tree_add(d, &tree, &number);
    return err < JET_errSuccess ? err : deep_tree_and_space(d, number, NULL, NULL);
}

static jet_err check_known_trees(struct deep *d, const struct known_trees *known)
{
    jet_err err = check_root(d);
    for (size_t i = 0; err == JET_errSuccess && i < known->count; i++)
        err = known_tree_check(d, &known->list[i]);
    return err < JET_errSuccess ? err : deep_space_account(d);
}

/* `known`: NULL: the catalogue says which trees there are. */
static jet_err verify(struct database_file *file, const struct deep_options *options,
                      const struct finding_listener *listener, const struct known_trees *known,
                      struct deep_counts *ret_counts)
{
    const struct database_file_info *info = database_file_info(file);
    struct deep d = {
        .file = file,
        .info = info,
        .options = options,
        .listener = listener,
        .counts = ret_counts,
        .page_size = info->page_size,
        .last_page = info->last_page < info->file_pages ? info->last_page : info->file_pages,
        .first_damage = JET_errSuccess,
    };
    *ret_counts = (struct deep_counts){0};
    jet_err err = check_checksums(&d);
    if (err < JET_errSuccess)
        return err;
    err = deep_init(&d);
    if (err == JET_errSuccess) {
        read_header(&d);
        err = known ? check_known_trees(&d, known) : check_trees(&d);
    }
    report_what_was_not_reported(&d);
    if (err == JET_errOutOfMemory)
        finding_report_error(listener, FINDING_FILE, info->path, err, NULL);
    deep_done(&d);
    return err < JET_errSuccess ? err : d.first_damage;
}

jet_err deep_verify(struct database_file *file, const struct deep_options *options,
                    const struct finding_listener *listener, struct deep_counts *ret_counts)
{
    return verify(file, options, listener, NULL, ret_counts);
}

jet_err deep_verify_trees(struct database_file *file, const struct deep_options *options,
                          const struct finding_listener *listener, const struct deep_known_tree *trees, size_t count,
                          struct deep_counts *ret_counts)
{
    const struct known_trees known = {trees, count};
    return verify(file, options, listener, &known, ret_counts);
}
