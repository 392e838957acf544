/* SPDX-License-Identifier: MIT */
#include "format/dbheader_state.h"

/* Version from which the position of the last change of size is kept. */
enum { UPDATE_MAJOR_LAST_RESIZE = 110 };

static const struct lgpos_disk lgpos_none;
static const struct logtime_disk logtime_none;
static const struct bkinfo_disk no_backup;

static void set_generations(struct dbheader_disk *header, lgen_t generation, struct logtime_disk created)
{
    header->generation_min_required = le32_make(generation);
    header->generation_max_required = le32_make(generation);
    header->generation_min_consistent = le32_make(generation);
    header->generation_max_committed = le32_make(generation);
    header->logtime_generation_max = created;
    header->logtime_max_required = logtime_none;
    header->generation_recovering = le32_make(0);
}

/* Nothing that was said in the positions of another stream means anything in this one. */
static void enter_stream(struct dbheader_disk *header, const struct signature_disk *log_signature)
{
    static const struct bkinfo_disk none;
    header->log_signature = *log_signature;
    header->lgpos_consistent = lgpos_none;
    header->lgpos_last_resize = lgpos_none;
    header->backup_full_prev = none;
    header->backup_incremental_prev = none;
    header->backup_copy_prev = none;
    header->backup_differential_prev = none;
}

static void set_dirty(struct dbheader_disk *header, const struct dbheader_attach *attach)
{
    header->state = le32_make(DBHEADER_DIRTY);
    header->dbid = le32_make(attach->dbid);
    header->lgpos_attach = lgpos_make(attach->lgpos);
    header->logtime_attach = attach->now;
    header->lgpos_detach = lgpos_none;
    header->logtime_detach = logtime_none;
    set_generations(header, attach->lgpos.generation, attach->generation_created);
}

void dbheader_set_attached(struct dbheader_disk *header, const struct dbheader_attach *attach,
                           const struct signature_disk *unlogged_signature)
{
    static const struct signature_disk no_signature;
    const struct signature_disk *stream = attach->log_signature ? attach->log_signature : &no_signature;
    if (!signature_equal(&header->log_signature, stream))
        enter_stream(header, stream);
    if (!attach->log_signature)
        header->signature = *unlogged_signature;
    header->lgpos_last_reattach = lgpos_none;
    header->logtime_last_reattach = logtime_none;
    header->backup_full_current = no_backup;
    header->backup_snapshot_current = no_backup;
    set_dirty(header, attach);
}

void dbheader_set_created(struct dbheader_disk *header, const struct dbheader_attach *attach)
{
    const lgen_t required = le32_get(header->generation_max_required);
    set_dirty(header, attach);
    header->sort_version = le64_make(UINT64_MAX);
    if (required > attach->lgpos.generation) {
        header->generation_max_required = le32_make(required);
        header->generation_max_committed = le32_make(required);
        header->logtime_generation_max = logtime_none;
    }
}

void dbheader_set_clean(struct dbheader_disk *header, struct lgpos lgpos, struct logtime_disk now)
{
    header->state = le32_make(DBHEADER_CLEAN);
    header->lgpos_consistent = lgpos_make(lgpos);
    header->lgpos_detach = lgpos_make(lgpos);
    if (le32_get(header->update_major) >= UPDATE_MAJOR_LAST_RESIZE)
        header->lgpos_last_resize = lgpos_make(lgpos);
    header->logtime_consistent = now;
    header->logtime_detach = now;
    header->backup_full_current = no_backup;
    header->backup_snapshot_current = no_backup;
    set_generations(header, 0, logtime_none);
}

void dbheader_set_shrunk(struct dbheader_disk *header, struct lgpos lgpos, struct logtime_disk now)
{
    header->shrink_count = le32_make(le32_get(header->shrink_count) + 1);
    header->logtime_last_shrink = now;
    if (le32_get(header->update_major) >= UPDATE_MAJOR_LAST_RESIZE)
        header->lgpos_last_resize = lgpos_make(lgpos);
}

static bool raise(le32 *number, lgen_t to)
{
    if (le32_get(*number) >= to)
        return false;
    *number = le32_make(to);
    return true;
}

bool dbheader_raise_min_required(struct dbheader_disk *header, lgen_t min_required)
{
    if (le32_get(header->state) != DBHEADER_DIRTY)
        return false;
    const bool required = raise(&header->generation_min_required, min_required);
    const bool consistent = raise(&header->generation_min_consistent, min_required);
    return required || consistent;
}

/* Where the header keeps a backup of a kind. */
struct backup_slot {
    struct bkinfo_disk *info;
    le32 *type;
};

static struct backup_slot backup_slot(struct dbheader_disk *header, bool is_logs_only, bool is_truncating)
{
    if (is_logs_only && is_truncating)
        return (struct backup_slot){&header->backup_incremental_prev, &header->backup_type_incremental_prev};
    if (is_logs_only)
        return (struct backup_slot){&header->backup_differential_prev, &header->backup_type_differential_prev};
    if (is_truncating)
        return (struct backup_slot){&header->backup_full_prev, &header->backup_type_full_prev};
    return (struct backup_slot){&header->backup_copy_prev, &header->backup_type_copy_prev};
}

static void backup_slot_clear(struct backup_slot slot)
{
    *slot.info = no_backup;
    *slot.type = le32_make(DBHEADER_BACKUP_NORMAL);
}

/* Backups that build on a full one before this. */
static void clear_older(struct dbheader_disk *header, const struct dbheader_backup *backup)
{
    if (!backup->is_logs_only) {
        backup_slot_clear(backup_slot(header, true, true));
        backup_slot_clear(backup_slot(header, true, false));
    }
    if (backup->type == DBHEADER_BACKUP_NORMAL) {
        header->backup_snapshot_current = no_backup;
        header->backup_type_incremental_prev = le32_make(DBHEADER_BACKUP_NORMAL);
    }
}

bool dbheader_set_backup(struct dbheader_disk *header, const struct dbheader_backup *backup)
{
    const struct backup_slot slot = backup_slot(header, backup->is_logs_only, backup->is_truncating);
    const bool is_surrogate = backup->type == DBHEADER_BACKUP_SURROGATE;
    if (lgpos_pack(lgpos_get(slot.info->lgpos)) > lgpos_pack(lgpos_get(backup->info.lgpos)))
        return false;
    *slot.info = backup->info;
    *slot.type = le32_make(is_surrogate ? DBHEADER_BACKUP_OS_SNAPSHOT : backup->type);
    if (backup->is_truncating)
        clear_older(header, backup);
    return true;
}

void dbheader_set_restoring(struct dbheader_disk *header, lgen_t high)
{
    header->backup_full_current.generation_high = le32_make(high);
    if (raise(&header->generation_max_committed, high)) /* nobody knows when that one was made */
        header->logtime_generation_max = logtime_none;
    if (raise(&header->generation_max_required, high))
        header->logtime_max_required = logtime_none;
}

void dbheader_forget_backups(struct dbheader_disk *header)
{
    header->backup_full_current = no_backup;
    header->backup_snapshot_current = no_backup;
    for (unsigned kind = 0; kind < 4; kind++)
        backup_slot_clear(backup_slot(header, (kind & 1) != 0, (kind & 2) != 0));
}

void dbheader_set_recovering(struct dbheader_disk *header, lgen_t generation)
{
    header->generation_recovering = le32_make(generation);
}
