/* SPDX-License-Identifier: MIT */
/* backup_internal.h - what the files of the machine share: backup.c (states), backup_file.c (the open file). */
#ifndef COLDSTREAM_BACKUP_BACKUP_INTERNAL_H
#define COLDSTREAM_BACKUP_BACKUP_INTERNAL_H

#include "backup/source.h"

/* The one file that is open, if `kind` is not BACKUP_FILE_NONE. */
struct backup_file {
    enum backup_file_kind kind;
    size_t index;      /* in the source's list */
    uint64_t position; /* of the next read, bytes */
    uint64_t size;     /* what open returned */
    bool damaged;      /* damage was passed on (keep_going) */
    struct backup_database_view database;
    struct database_page_counts counts;
    lgen_t generation;
};

/* What goes for all files of a backup. */
struct backup_file_reader {
    struct backup_source *source;
    bool keep_going;
};

/* Opens what `id` names; `file` is written on success only. */
MUST_CHECK jet_err backup_file_open(const struct backup_file_reader *reader, const struct backup_file_id *id,
                                    uint64_t first_byte, struct backup_file *file);

/* The size rules of backup-api 4.4: JET_errInvalidParameter. */
MUST_CHECK jet_err backup_file_check_size(const struct backup_file *file, uint32_t unit, size_t size);

/* Reads on from the position; moves it on success only. 0 bytes: end. */
MUST_CHECK jet_err backup_file_read(const struct backup_file_reader *reader, struct backup_file *file, void *buffer,
                                    size_t size, size_t *ret_actual);

/* Read to the end, and sound. */
static inline bool backup_file_is_copied(const struct backup_file *file)
{
    return file->position == file->size && !file->damaged;
}

#endif
