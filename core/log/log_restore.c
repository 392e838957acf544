/* SPDX-License-Identifier: MIT */
#include "log/log_restore.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/corrupt.h"
#include "log/log_path.h"
#include "os/os_file.h"

/* ---- the set ---- */

jet_err log_restore_range(struct log_config *config, const char *folder, lgen_t *ret_low, lgen_t *ret_high)
{
    struct log_folder look;
    const enum logname_family configured = config->family;
    jet_err err = log_folder_look(config, folder, &look);
    if (err >= JET_errSuccess && look.newest == 0) {
        config->family = configured == LOGNAME_LOG_CHK ? LOGNAME_JTX_JCP : LOGNAME_LOG_CHK;
        err = log_folder_look(config, folder, &look);
        if (look.newest == 0)
            config->family = configured;
    }
    if (err < JET_errSuccess)
        return err;
    *ret_low = look.oldest;
    *ret_high = look.newest;
    return JET_errSuccess;
}

static jet_err read_header(const char *path, struct logheader_disk *ret_header, uint64_t *ret_file_size)
{
    size_t actual;
    jet_err err = os_file_read_start(path, ret_header, sizeof *ret_header, &actual, ret_file_size);
    return err < JET_errSuccess ? err : logheader_verify(ret_header, actual);
}

static jet_err header_in(const struct log_config *config, const char *folder, lgen_t generation,
                         struct logheader_disk *ret_header, uint64_t *ret_file_size)
{
    char *path;
    jet_err err = log_path_find_closed(config, folder, generation, &path);
    if (err < JET_errSuccess)
        return err;
    err = read_header(path, ret_header, ret_file_size);
    free(path);
    return err;
}

jet_err log_restore_header(const struct log_config *config, const char *folder, lgen_t generation,
                           struct logheader_disk *ret_header)
{
    uint64_t file_size;
    return header_in(config, folder, generation, ret_header, &file_size);
}

/* One header of the set, against those of the first and of the one before. */
static jet_err check_given(const struct log_config *config, lgen_t generation, uint64_t file_size,
                           const struct logheader_disk *header, const struct logheader_disk *first,
                           const struct logheader_disk *before)
{
    if (logheader_page_size(header) != config->page_size)
        return JET_errPageSizeMismatch;
    if (logheader_file_size(header) != file_size)
        return CORRUPT(JET_errLogFileSizeMismatch);
    if (!signature_equal(&header->signature, &first->signature))
        return CORRUPT(JET_errBadLogSignature);
    if (le32_get(header->generation) != generation)
        return CORRUPT(JET_errLogGenerationMismatch);
    if (before && !logtime_equal(header->prev_created, before->created))
        return CORRUPT(JET_errGivenLogFileIsNotContiguous);
    return JET_errSuccess;
}

static jet_err check_set(const struct log_config *config, const struct log_restore *restore,
                         struct logheader_disk *ret_first, struct logheader_disk *ret_last)
{
    if (restore->low == 0 || restore->low > restore->high)
        return JET_errFileNotFound;
    for (lgen_t generation = restore->low;; generation++) {
        const bool is_first = generation == restore->low;
        struct logheader_disk header;
        uint64_t file_size;
        jet_err err = header_in(config, restore->folder, generation, &header, &file_size);
        if (err < JET_errSuccess)
            return err;
        if (is_first)
            *ret_first = header;
        err = check_given(config, generation, file_size, &header, ret_first, is_first ? NULL : ret_last);
        if (err < JET_errSuccess)
            return err;
        *ret_last = header;
        if (generation == restore->high)
            return JET_errSuccess;
    }
}

/* ---- what exists ---- */

struct existing {
    const struct log_config *config;
    const struct log_restore *restore;
    const char *folder;
    struct log_folder look;
    struct logheader_disk first, last; /* of the set */
    struct logheader_disk before;      /* of the generation before the one that is looked at */
    bool has_before;
};

static jet_err missing(const struct existing *existing, lgen_t generation)
{
    if (generation < existing->restore->low)
        return JET_errExistingLogFileIsNotContiguous;
    return generation <= existing->restore->high ? JET_errMissingRestoreLogFiles : JET_errMissingCurrentLogFiles;
}

/* `generation` must be what follows `before`, the one of the set if there is such a one, and what the set begins
 * behind. */
static jet_err check_existing(struct existing *existing, lgen_t generation, const struct logheader_disk *header)
{
    const struct log_restore *restore = existing->restore;
    if (!signature_equal(&header->signature, &existing->first.signature))
        return JET_errExistingLogFileHasBadSignature;
    if (le32_get(header->generation) != generation)
        return JET_errExistingLogFileIsNotContiguous;
    if (existing->has_before && !logtime_equal(header->prev_created, existing->before.created))
        return JET_errExistingLogFileIsNotContiguous;
    if (generation == restore->low - 1 && !logtime_equal(existing->first.prev_created, header->created))
        return JET_errExistingLogFileIsNotContiguous;
    if (generation < restore->low || generation > restore->high)
        return JET_errSuccess;
    struct logheader_disk given;
    jet_err err = log_restore_header(existing->config, restore->folder, generation, &given);
    if (err < JET_errSuccess)
        return err;
    return logtime_equal(given.created, header->created) ? JET_errSuccess : JET_errExistingLogFileIsNotContiguous;
}

/* What the next one has to continue; the last of the set, where nothing of it exists. */
static void go_behind(struct existing *existing, const struct logheader_disk *header)
{
    existing->before = *header;
    existing->has_before = true;
}

static jet_err check_closed(struct existing *existing)
{
    for (lgen_t generation = existing->look.oldest; generation <= existing->look.newest; generation++) {
        struct logheader_disk header;
        jet_err err = log_restore_header(existing->config, existing->folder, generation, &header);
        if (err == JET_errFileNotFound)
            return missing(existing, generation);
        if (err < JET_errSuccess)
            return err;
        if (generation == existing->restore->high + 1)
            go_behind(existing, &existing->last);
        err = check_existing(existing, generation, &header);
        if (err < JET_errSuccess)
            return err;
        go_behind(existing, &header);
    }
    return JET_errSuccess;
}

static jet_err check_current(struct existing *existing)
{
    const lgen_t newest =
        existing->look.newest > existing->restore->high ? existing->look.newest : existing->restore->high;
    struct logheader_disk header;
    uint64_t file_size;
    char *path;
    jet_err err = log_path_make(existing->config, LOGNAME_CURRENT, &path);
    if (err < JET_errSuccess)
        return err;
    err = read_header(path, &header, &file_size);
    free(path);
    if (err < JET_errSuccess)
        return err;
    if (!signature_equal(&header.signature, &existing->first.signature))
        return JET_errExistingLogFileHasBadSignature;
    if (le32_get(header.generation) > newest + 1)
        return JET_errMissingCurrentLogFiles;
    if (newest == existing->restore->high)
        go_behind(existing, &existing->last);
    return check_existing(existing, newest + 1, &header);
}

/* A log that is made behind the set must not leave a hole between it and what exists. */
static jet_err check_ends(const struct existing *existing)
{
    if (existing->look.oldest > existing->restore->high + 1)
        return JET_errMissingCurrentLogFiles;
    if (existing->look.newest != 0 && existing->look.newest < existing->restore->high)
        return JET_errExistingLogFileIsNotContiguous;
    return JET_errSuccess;
}

static jet_err check_log_folder(struct existing *existing)
{
    existing->folder = existing->config->log_folder;
    jet_err err = log_folder_look(existing->config, existing->folder, &existing->look);
    if (err == JET_errSuccess && existing->look.newest != 0)
        err = check_closed(existing);
    if (err == JET_errSuccess && existing->look.has_current)
        err = check_current(existing);
    return err == JET_errSuccess ? check_ends(existing) : err;
}

/* The target writes on: its current log is nobody's business, and nothing of it is read behind `target_last`. */
static jet_err check_target(struct existing *existing)
{
    const struct log_restore *restore = existing->restore;
    jet_err err = log_folder_look(existing->config, existing->config->log_folder, &existing->look);
    if (err < JET_errSuccess)
        return err;
    if (existing->look.has_current || existing->look.newest != 0)
        return JET_errExistingLogFileIsNotContiguous;
    existing->folder = restore->target_folder;
    err = log_folder_look(existing->config, existing->folder, &existing->look);
    if (err < JET_errSuccess)
        return err;
    if (existing->look.oldest == 0 || existing->look.oldest > restore->target_last ||
        existing->look.newest < restore->target_last)
        return JET_errMissingRestoreLogFiles;
    existing->look.newest = restore->target_last;
    err = check_closed(existing);
    return err == JET_errSuccess ? check_ends(existing) : err;
}

jet_err log_restore_check(const struct log_config *config, const struct log_restore *restore)
{
    struct existing *existing = calloc(1, sizeof *existing); /* three headers: much for a stack */
    if (!existing)
        return JET_errOutOfMemory;
    existing->config = config;
    existing->restore = restore;
    jet_err err = check_set(config, restore, &existing->first, &existing->last);
    if (err == JET_errSuccess)
        err = restore->target_folder ? check_target(existing) : check_log_folder(existing);
    free(existing);
    return err;
}

/* ---- changes ---- */

static bool is_of_the_set(const struct log_config *config, const struct log_restore *restore, const char *text)
{
    struct logname name, base = {.digits = 0};
    memcpy(base.base, config->base_name, sizeof base.base);
    if (logname_parse(text, &name) < JET_errSuccess || !logname_same_base(&name, &base) ||
        name.family != config->family)
        return true; /* none of our business */
    if (name.kind == LOGNAME_CLOSED)
        return name.number >= restore->low && name.number <= restore->high;
    return name.kind != LOGNAME_CURRENT;
}

static jet_err is_log_folder(const struct log_config *config, const struct log_restore *restore, bool *ret_is)
{
    char *ours = NULL;
    char *theirs = NULL;
    jet_err err = os_path_absolute(config->log_folder, &ours);
    if (err == JET_errSuccess)
        err = os_path_absolute(restore->folder, &theirs);
    if (err == JET_errSuccess)
        *ret_is = strcmp(ours, theirs) == 0;
    free(ours);
    free(theirs);
    return err;
}

jet_err log_restore_tidy(const struct log_config *config, const struct log_restore *restore)
{
    struct os_folder_list names;
    bool is_ours = false;
    jet_err err = is_log_folder(config, restore, &is_ours);
    if (err < JET_errSuccess || is_ours)
        return err;
    err = os_folder_list(restore->folder, &names);
    if (err < JET_errSuccess)
        return err;
    for (size_t i = 0; i < names.count && err == JET_errSuccess; i++) {
        if (is_of_the_set(config, restore, names.names[i]))
            continue;
        char *path = os_path_join(restore->folder, names.names[i]);
        err = path ? os_file_remove(path) : JET_errOutOfMemory;
        free(path);
    }
    os_folder_list_free(&names);
    return err;
}

jet_err log_restore_forget_checkpoint(const struct log_config *config)
{
    char *path;
    jet_err err = log_path_make(config, LOGNAME_CHECKPOINT, &path);
    if (err < JET_errSuccess)
        return err;
    err = os_file_remove(path);
    free(path);
    if (err == JET_errFileNotFound)
        return JET_errSuccess;
    return err == JET_errSuccess ? os_folder_flush(config->system_folder) : err;
}
