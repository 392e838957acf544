/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "format/checkpoint.h"
#include "format/logheader.h"
#include "format/logrecord.h"
#include "jet/inspect.h"
#include "os/os_error.h"
#include "os/os_file.h"
#include "tool/info.h"
#include "tool/text.h"

static MUST_CHECK jet_err read_failed(const char *path, jet_err err, const struct finding_listener *listener)
{
    char text[256];
    return finding_report_error(listener, FINDING_FILE, path, err, os_last_error_text(text, sizeof text));
}

static void show_dbms(struct sheet *sheet, const struct dbms_disk *dbms)
{
    char path[sizeof dbms->system_path + 1];
    snprintf(path, sizeof path, "%.*s", (int)sizeof dbms->system_path, (const char *)dbms->system_path);
    if (*path)
        sheet_path(sheet, "system_path", "system path", path);
    snprintf(path, sizeof path, "%.*s", (int)sizeof dbms->log_path, (const char *)dbms->log_path);
    if (*path)
        sheet_path(sheet, "log_path", "log path", path);
}

static void show_log_header(struct sheet *sheet, const struct logheader_disk *header, uint64_t file_size)
{
    char version[LOGHEADER_VERSION_TEXT_SIZE], size[TEXT_SIZE_MAX];
    uint32_t generation = le32_get(header->generation);
    sheet_u64(sheet, "generation", NULL, generation);
    sheet_note(sheet, "generation", "%" PRIu32 " (0x%" PRIx32 ")", generation, generation);
    sheet_u64(sheet, "bytes", NULL, file_size);
    sheet_note(sheet, "size", "%s (%" PRIu64 " bytes)", text_size_format(file_size, size), file_size);
    sheet_u64(sheet, "bytes_expected", logheader_file_size(header) == file_size ? NULL : "size in the header",
              logheader_file_size(header));
    sheet_u64(sheet, "segment_size", "segment size", le16_get(header->segment_size));
    sheet_u64(sheet, "segment_count", "segments", le16_get(header->segment_count));
    sheet_u64(sheet, "page_size", "page size", logheader_page_size(header));
    logheader_version_format(header, version);
    sheet_text(sheet, "format_version", "format version", version);
    info_signature(sheet, "signature", "signature", &header->signature);
    info_logtime(sheet, "created", "created", header->created);
    info_logtime(sheet, "previous_created", "previous one created", header->prev_created);
    info_lgpos(sheet, "checkpoint", "checkpoint", header->checkpoint);
    sheet_bool(sheet, "circular_logging", "circular logging", header->flags & LOGHEADER_FLAG_CIRCULAR);
    show_dbms(sheet, &header->dbms);
}

/* What the records of a log are, added up. */
struct record_counts {
    uint64_t total;
    uint64_t by_type[LOGREC_TYPES];
    unsigned last_type;
};

static jet_err count_records(const char *path, struct record_counts *ret_counts)
{
    static const struct finding_listener nobody = {0}; /* verify says what is wrong, dump where */
    struct inspect_log *log;
    struct inspect_log_record record;
    jet_err err = inspect_log_open(path, &nobody, &log);
    *ret_counts = (struct record_counts){0};
    if (err < JET_errSuccess)
        return err;
    while ((err = inspect_log_next(log, &record)) == JET_errSuccess && record.bytes) {
        ret_counts->total++;
        ret_counts->by_type[record.bytes[0]]++;
        ret_counts->last_type = record.bytes[0];
    }
    inspect_log_close(log);
    return err;
}

static void show_records(struct sheet *sheet, const char *path)
{
    struct record_counts counts;
    jet_err err = count_records(path, &counts);
    sheet_section_begin(sheet, "records", "Records");
    sheet_u64(sheet, "total", "all", counts.total);
    for (unsigned type = 0; type < LOGREC_TYPES; type++)
        if (counts.by_type[type] > 0)
            sheet_u64(sheet, logrec_name(type), logrec_name(type), counts.by_type[type]);
    if (err < JET_errSuccess)
        sheet_text(sheet, "problem", "then", jet_err_text(err));
    else
        sheet_bool(sheet, "ends_cleanly", "end of a clean run", logrec_is_clean_end(counts.last_type));
    sheet_section_end(sheet);
}

jet_err info_log(struct sheet *sheet, const char *path, const struct finding_listener *listener)
{
    struct logheader_disk header;
    uint64_t file_size;
    size_t actual;
    jet_err err = os_file_read_start(path, &header, sizeof header, &actual, &file_size);
    if (err < JET_errSuccess)
        return read_failed(path, err, listener);
    err = logheader_verify(&header, actual);
    if (err < JET_errSuccess)
        return finding_report_error(listener, FINDING_HEADER, path, err, NULL);
    sheet_text(sheet, "kind", "kind", "log file");
    show_log_header(sheet, &header, file_size);
    sheet_section_begin(sheet, "attached", "Attached databases");
    info_attachments(sheet, header.attachments);
    sheet_section_end(sheet);
    if (logheader_has_segments(&header))
        show_records(sheet, path);
    return JET_errSuccess;
}

jet_err info_checkpoint(struct sheet *sheet, const char *path, const struct finding_listener *listener)
{
    uint8_t bytes[CHECKPOINT_FILE_SIZE];
    struct checkpoint_selection selection;
    uint64_t file_size;
    size_t actual;
    jet_err err = os_file_read_start(path, bytes, sizeof bytes, &actual, &file_size);
    if (err < JET_errSuccess)
        return read_failed(path, err, listener);
    err = checkpoint_select(bytes, actual, &selection);
    if (err < JET_errSuccess)
        return finding_report_error(listener, FINDING_CHECKPOINT, path, err,
                                    "recovery starts at the oldest log without it");

    const struct checkpoint_disk *checkpoint = selection.checkpoint;
    sheet_text(sheet, "kind", "kind", "checkpoint file");
    sheet_bool(sheet, "first_copy_valid", "first copy sound", selection.copies[0] == CHECKPOINT_COPY_VALID);
    sheet_bool(sheet, "second_copy_valid", "second copy sound", selection.copies[1] == CHECKPOINT_COPY_VALID);
    info_lgpos(sheet, "checkpoint", "checkpoint", checkpoint->checkpoint);
    info_lgpos(sheet, "consistency", "database consistency", checkpoint->consistency);
    info_signature(sheet, "signature", "log signature", &checkpoint->signature);
    info_lgpos(sheet, "full_backup", "last full backup", checkpoint->full_backup);
    info_logtime(sheet, "full_backup_time", "  at", checkpoint->full_time);
    info_lgpos(sheet, "incremental_backup", "last incremental backup", checkpoint->incremental_backup);
    info_logtime(sheet, "incremental_backup_time", "  at", checkpoint->incremental_time);
    show_dbms(sheet, &checkpoint->dbms);
    sheet_section_begin(sheet, "attached", "Attached databases");
    if (checkpoint->flags & CHECKPOINT_FLAG_ATTACHMENTS)
        info_attachments(sheet, checkpoint->attachments);
    sheet_section_end(sheet);
    return JET_errSuccess;
}
