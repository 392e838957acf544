/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>

#include "format/dbheader.h"
#include "jet/inspect.h"
#include "tool/info.h"
#include "tool/text.h"

static void show_version(struct sheet *sheet, const struct dbheader_disk *header)
{
    char text[64], created[32];
    snprintf(text, sizeof text, "%" PRIu32 ",%" PRIu32 ",%" PRIu32, le32_get(header->version),
             le32_get(header->update_major), le32_get(header->update_minor));
    snprintf(created, sizeof created, "%" PRIu32 ",%" PRIu32, le32_get(header->create_version),
             le32_get(header->create_update_major));
    sheet_text(sheet, "format_version", "format version", text);
    sheet_text(sheet, "create_version", "created as version", created);
    if (le32_get(header->engine_version_attach))
        sheet_u64(sheet, "engine_version_attach", "newest engine format", le32_get(header->engine_version_attach));
}

static void show_size(struct sheet *sheet, const struct inspect_database_info *info)
{
    char size[TEXT_SIZE_MAX];
    sheet_u64(sheet, "bytes", NULL, info->file_size);
    sheet_note(sheet, "size", "%s (%" PRIu64 " bytes)", text_size_format(info->file_size, size), info->file_size);
    sheet_u64(sheet, "page_size", "page size", info->page_size);
    sheet_u64(sheet, "file_pages", "pages in the file", info->file_pages);
    if (info->last_page_known)
        sheet_u64(sheet, "last_page", "last page in use", info->last_page);
    else
        sheet_text(sheet, NULL, "last page in use", "cannot be found out");
    sheet_bool(sheet, "first_header_valid", "first header sound", info->first_copy_valid);
    sheet_bool(sheet, "second_header_valid", "second header sound", info->second_copy_valid);
}

static void show_times(struct sheet *sheet, const struct dbheader_disk *header)
{
    info_logtime(sheet, "attached", "last attach", header->logtime_attach);
    info_lgpos(sheet, "lgpos_attach", "  in the log at", header->lgpos_attach);
    info_logtime(sheet, "detached", "last detach", header->logtime_detach);
    info_lgpos(sheet, "lgpos_detach", "  in the log at", header->lgpos_detach);
    info_logtime(sheet, "consistent", "last consistent", header->logtime_consistent);
    info_lgpos(sheet, "lgpos_consistent", "  in the log at", header->lgpos_consistent);
    info_logtime(sheet, "reattached", "last re-attach", header->logtime_last_reattach);
    info_logtime(sheet, "scan_started", "last scan started", header->logtime_scan_start);
    info_logtime(sheet, "scan_finished", "last scan finished", header->logtime_scan_prev);
}

static void show_generations(struct sheet *sheet, const struct dbheader_disk *header)
{
    uint32_t min = le32_get(header->generation_min_required);
    uint32_t max = le32_get(header->generation_max_required);
    sheet_u64(sheet, "generation_min_required", NULL, min);
    sheet_u64(sheet, "generation_max_required", NULL, max);
    sheet_u64(sheet, "generation_max_committed", NULL, le32_get(header->generation_max_committed));
    if (max == 0)
        sheet_text(sheet, NULL, "logs required", "none");
    else
        sheet_note(sheet, "logs required",
                   "generations %" PRIu32 " to %" PRIu32 " (0x%" PRIx32 "-0x%" PRIx32 "), committed up to %" PRIu32,
                   min, max, min, max, le32_get(header->generation_max_committed));
}

static void show_backup(struct sheet *sheet, const char *key, const char *label, const struct bkinfo_disk *backup)
{
    if (!logtime_is_set(backup->logtime) && le32_get(backup->generation_low) == 0)
        return;
    sheet_section_begin(sheet, key, label);
    info_logtime(sheet, "time", "time", backup->logtime);
    info_lgpos(sheet, "lgpos", "in the log at", backup->lgpos);
    sheet_u64(sheet, "generation_low", "first generation", le32_get(backup->generation_low));
    sheet_u64(sheet, "generation_high", "last generation", le32_get(backup->generation_high));
    sheet_section_end(sheet);
}

static void show_backups(struct sheet *sheet, const struct dbheader_disk *header)
{
    show_backup(sheet, "backup_full_previous", "previous full backup", &header->backup_full_prev);
    show_backup(sheet, "backup_incremental_previous", "previous incremental backup", &header->backup_incremental_prev);
    show_backup(sheet, "backup_copy_previous", "previous copy backup", &header->backup_copy_prev);
    show_backup(sheet, "backup_differential_previous", "previous differential backup",
                &header->backup_differential_prev);
    show_backup(sheet, "backup_full_current", "this is a backup copy of", &header->backup_full_current);
    show_backup(sheet, "backup_snapshot_current", "snapshot backup", &header->backup_snapshot_current);
}

static void show_count(struct sheet *sheet, const char *key, const char *label, le32 count)
{
    if (le32_get(count) != 0)
        sheet_u64(sheet, key, label, le32_get(count));
}

/* Things that have happened to the file; in a healthy one none has. */
static void show_counts(struct sheet *sheet, const struct dbheader_disk *header)
{
    show_count(sheet, "repair_count", "repairs", header->repair_count);
    show_count(sheet, "repair_count_old", "repairs before", header->repair_count_old);
    show_count(sheet, "ecc_fix_success", "bits mended", header->ecc_fix_success);
    show_count(sheet, "ecc_fix_fail", "pages that could not be mended", header->ecc_fix_fail);
    show_count(sheet, "bad_checksum", "bad checksums seen", header->bad_checksum);
    show_count(sheet, "reseed_count", "reseeds", header->reseed_count);
    show_count(sheet, "page_patch_count", "pages patched", header->page_patch_count);
    show_count(sheet, "extend_count", "extensions", header->extend_count);
    show_count(sheet, "shrink_count", "shrinks", header->shrink_count);
    show_count(sheet, "trim_count", "trims", header->trim_count);
    show_count(sheet, "revert_count", "reverts", header->revert_count);
}

void info_dbheader(struct sheet *sheet, const struct dbheader_disk *header)
{
    sheet_u64(sheet, "state_number", NULL, le32_get(header->state));
    sheet_text(sheet, "state", "state", dbheader_state_name(le32_get(header->state)));
    show_version(sheet, header);
    info_signature(sheet, "signature", "signature", &header->signature);
    info_signature(sheet, "log_signature", "log signature", &header->log_signature);
    sheet_hex(sheet, "dbtime", "dbtime", le64_get(header->dbtime));
    sheet_u64(sheet, "objid_last", "last objid", le32_get(header->objid_last));
    show_generations(sheet, header);
    show_times(sheet, header);
    show_counts(sheet, header);
    if (le32_get(header->os_major))
        sheet_note(sheet, "Windows at last attach", "%" PRIu32 ".%" PRIu32 ", build %" PRIu32,
                   le32_get(header->os_major), le32_get(header->os_minor), le32_get(header->os_build));
    sheet_u64(sheet, "os_major", NULL, le32_get(header->os_major));
    sheet_u64(sheet, "os_minor", NULL, le32_get(header->os_minor));
    sheet_u64(sheet, "os_build", NULL, le32_get(header->os_build));
    show_backups(sheet, header);
}

static void show_column(struct sheet *sheet, const struct inspect_column *column)
{
    sheet_row_begin(sheet, "columns", column->name);
    sheet_u64(sheet, "id", "column", column->id);
    sheet_u64(sheet, "type_number", NULL, column->type);
    sheet_text(sheet, "type", "", inspect_column_type_name(column->type));
    if (column->size)
        sheet_u64(sheet, "size", "size", column->size);
    if (column->code_page)
        sheet_u64(sheet, "code_page", "code page", column->code_page);
    sheet_hex(sheet, "flags", NULL, column->flags);
    sheet_bool(sheet, NULL, "not null", column->flags & INSPECT_COLUMN_NOT_NULL);
    sheet_bool(sheet, NULL, "version", column->flags & INSPECT_COLUMN_VERSION);
    sheet_bool(sheet, NULL, "auto-increment", column->flags & INSPECT_COLUMN_AUTO_INCREMENT);
    sheet_bool(sheet, NULL, "multi-valued", column->flags & INSPECT_COLUMN_MULTI_VALUED);
    sheet_bool(sheet, NULL, "default", column->flags & INSPECT_COLUMN_DEFAULT);
    sheet_bool(sheet, NULL, "escrow", column->flags & INSPECT_COLUMN_ESCROW);
    sheet_bool(sheet, NULL, "compressed", column->flags & INSPECT_COLUMN_COMPRESSED);
    sheet_bool(sheet, NULL, "encrypted", column->flags & INSPECT_COLUMN_ENCRYPTED);
    sheet_row_end(sheet);
}

static const char *column_name(const struct inspect_table *table, uint32_t id)
{
    for (size_t i = 0; i < table->column_count; i++)
        if (table->columns[i].id == id)
            return table->columns[i].name;
    return "?";
}

static void show_index(struct sheet *sheet, const struct inspect_table *table, const struct inspect_index *index)
{
    char keys[512] = "";
    size_t used = 0;
    for (size_t i = 0; i < index->key_count && used < sizeof keys; i++) {
        int size = snprintf(keys + used, sizeof keys - used, "%s%c%s", i ? " " : "",
                            index->keys[i].descending ? '-' : '+', column_name(table, index->keys[i].column));
        used += size > 0 ? (size_t)size : 0;
    }
    sheet_row_begin(sheet, "indexes", index->name);
    sheet_u64(sheet, "objid", "index", index->id);
    sheet_u64(sheet, "fdp", "root page", index->fdp);
    sheet_text(sheet, "key", "key", keys);
    sheet_u64(sheet, "density", NULL, index->density);
    sheet_hex(sheet, "flags", NULL, index->flags);
    if (index->locale)
        sheet_text(sheet, "locale", index->flags & INSPECT_INDEX_LOCALIZED_TEXT ? "locale" : NULL, index->locale);
    sheet_bool(sheet, "is_primary", "primary", index->flags & INSPECT_INDEX_PRIMARY);
    sheet_bool(sheet, "is_unique", "unique", index->flags & INSPECT_INDEX_UNIQUE);
    sheet_row_end(sheet);
}

static void show_table(struct sheet *sheet, const struct inspect_table *table, bool is_verbose)
{
    char counts[64];
    sheet_row_begin(sheet, "tables", table->name);
    sheet_u64(sheet, "objid", "objid", table->id);
    sheet_u64(sheet, "fdp", "root page", table->fdp);
    snprintf(counts, sizeof counts, "%zu column%s, %zu index%s", table->column_count,
             table->column_count == 1 ? "" : "s", table->index_count, table->index_count == 1 ? "" : "es");
    sheet_text(sheet, NULL, "", counts);
    sheet_u64(sheet, "initial_pages", NULL, table->initial_pages);
    sheet_u64(sheet, "density", NULL, table->density);
    sheet_hex(sheet, "flags", NULL, table->flags);
    if (table->long_value_fdp)
        sheet_u64(sheet, "long_value_fdp", "long values at page", table->long_value_fdp);
    sheet_bool(sheet, "is_system", "system", table->flags & INSPECT_TABLE_SYSTEM);
    sheet_bool(sheet, "is_template", "template", table->flags & INSPECT_TABLE_TEMPLATE);
    sheet_bool(sheet, "is_derived", "derived", table->flags & INSPECT_TABLE_DERIVED);
    for (size_t i = 0; is_verbose && i < table->column_count; i++)
        show_column(sheet, &table->columns[i]);
    for (size_t i = 0; is_verbose && i < table->index_count; i++)
        show_index(sheet, table, &table->indexes[i]);
    sheet_row_end(sheet);
}

static jet_err show_catalog(struct sheet *sheet, struct inspect_database *database, bool is_verbose,
                            const struct finding_listener *listener)
{
    struct inspect_catalog catalog;
    jet_err err = inspect_catalog_read(database, listener, &catalog);
    if (err < JET_errSuccess)
        return err;
    sheet_section_begin(sheet, "catalog", "Tables");
    for (size_t i = 0; i < catalog.table_count; i++)
        show_table(sheet, &catalog.tables[i], is_verbose);
    sheet_section_end(sheet);
    inspect_catalog_done(&catalog);
    return JET_errSuccess;
}

jet_err info_database(struct sheet *sheet, const char *path, bool is_verbose, const struct finding_listener *listener)
{
    struct inspect_database *database;
    struct inspect_database_info info;
    jet_err err = inspect_database_open(path, listener, &database);
    if (err < JET_errSuccess)
        return err;
    inspect_database_info(database, &info);
    sheet_text(sheet, "kind", "kind", "database");
    show_size(sheet, &info);
    info_dbheader(sheet, info.header);
    err = show_catalog(sheet, database, is_verbose, listener);
    inspect_database_close(database);
    return err;
}
