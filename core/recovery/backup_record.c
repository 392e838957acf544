/* SPDX-License-Identifier: MIT */
#include "recovery/backup_record.h"

#include "format/dbheader_state.h"
#include "log/log_time.h"

/* ---- the log ---- */

void backup_record_make(const struct backup_kind *kind, enum logrec_backup_phase phase, lgen_t low, lgen_t high,
                        struct logrec_backup_disk *ret_disk, struct log_piece *ret_piece)
{
    const struct logrec_backup backup = {
        .phase = (uint8_t)phase,
        .kind = kind->source,
        .scope = (uint8_t)kind->scope,
        .mark = {.logtime = log_time_now(), .generation_low = le32_make(low), .generation_high = le32_make(high)},
    };
    logrec_backup_encode(&backup, ret_disk);
    *ret_piece = (struct log_piece){ret_disk, sizeof *ret_disk};
}

jet_err backup_record_append(struct log_stream *log, const struct backup_kind *kind, enum logrec_backup_phase phase,
                             lgen_t low, lgen_t high)
{
    struct logrec_backup_disk disk;
    struct log_piece piece;
    backup_record_make(kind, phase, low, high, &disk, &piece);
    const struct log_record record = {&piece, 1};
    return log_append(log, &record, 1, NULL, NULL, NULL);
}

static jet_err append_update(struct log_stream *log, uint8_t dbid, const struct backup_kind *kind,
                             const struct bkinfo_disk *info)
{
    const struct logrec_backup backup = {
        .phase = LOGREC_BACKUP_UPDATE_HEADER,
        .kind = kind->source,
        .scope = (uint8_t)kind->scope,
        .dbid = dbid,
        .mark = *info,
    };
    struct logrec_backup_disk disk;
    logrec_backup_encode(&backup, &disk);
    const struct log_piece piece = {&disk, sizeof disk};
    const struct log_record record = {&piece, 1};
    return log_append(log, &record, 1, NULL, NULL, NULL);
}

/* ---- the header ---- */

struct stamp {
    struct dbheader_backup backup;
    bool is_new;
};

static void change(struct dbheader_disk *header, void *context)
{
    struct stamp *stamp = context;
    stamp->is_new = dbheader_set_backup(header, &stamp->backup);
}

/* Tries on a copy first: a header that is not to be changed is not written either. */
static jet_err stamp_header(struct database *db, struct stamp *stamp)
{
    struct dbheader_disk copy;
    database_header_get(db, &copy);
    change(&copy, stamp);
    return stamp->is_new ? database_header_update(db, change, stamp) : JET_errSuccess;
}

static struct stamp stamp_of(uint32_t source, unsigned scope, const struct bkinfo_disk *info)
{
    return (struct stamp){
        .backup =
            {
                     .type = (enum dbheader_backup_type)source,
                     .is_logs_only = scope == LOGREC_BACKUP_INCREMENTAL || scope == LOGREC_BACKUP_DIFFERENTIAL,
                     .is_truncating = scope == LOGREC_BACKUP_FULL || scope == LOGREC_BACKUP_INCREMENTAL,
                     .info = *info,
                     },
    };
}

jet_err backup_stamp(struct log_stream *log, struct database *db, const struct backup_kind *kind,
                     const struct bkinfo_disk *info)
{
    struct stamp stamp = stamp_of(kind->source, kind->scope, info);
    jet_err err = append_update(log, db->dbid, kind, info);
    return err < JET_errSuccess ? err : stamp_header(db, &stamp);
}

jet_err backup_stamp_redo(struct database *db, const struct logrec_backup *record)
{
    struct stamp stamp = stamp_of(record->kind, record->scope, &record->mark);
    const bool is_known = record->scope == LOGREC_BACKUP_FULL || record->scope == LOGREC_BACKUP_INCREMENTAL ||
                          record->scope == LOGREC_BACKUP_COPY || record->scope == LOGREC_BACKUP_DIFFERENTIAL;
    if (record->phase != LOGREC_BACKUP_UPDATE_HEADER || !is_known || record->kind > LOGREC_BACKUP_SURROGATE)
        return JET_errSuccess;
    return stamp_header(db, &stamp);
}
