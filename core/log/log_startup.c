/* SPDX-License-Identifier: MIT */
/* log_startup.c - looks at a log stream as it lies on disk, and decides what has to be done.
 *
 *      names of the folder --> last generation, read to its end --> checkpoint file --> NEW, CLEAN or RECOVER from there
 *
 * A checkpoint that cannot be used stops nothing: redo then starts at the oldest log. Starting too early is harmless.
 *
 * A roll-over that was cut short between its renames left no current log, but <base>tmp.log with the header of the
 * generation that follows the last closed one. Only that header proves it: a log that was merely prepared lies there
 * nearly always, and proves nothing about a current log that somebody has lost.
 */
#include "log/log_startup.h"

#include <stdlib.h>
#include <string.h>

#include "format/logrecord.h"
#include "format/logsegment.h"
#include "log/log_path.h"
#include "log/log_reader_internal.h"
#include "log/log_restore.h"
#include "os/os_file.h"

/* Log versions from which a checkpoint holds the attachment list: 8.4000.4.3. */
enum { ATTACHMENTS_UPDATE_MAJOR = 4, ATTACHMENTS_UPDATE_MINOR = 3 };

struct look {
    struct log_config config; /* with the family of names that was found */
    const struct log_restore *restore;
    unsigned flags;
    const struct finding_listener *listener;
    struct log_folder folder;
    struct logheader_disk spare; /* of <base>tmp.log; zeroed if there is no current log and it has none that counts */
    struct log_startup startup;  /* what has been found out */
};

/* ---- which files there are ---- */

static bool has_logs(const struct log_folder *folder)
{
    return folder->has_current || folder->newest != 0;
}

/* The configured names, or the other ones. */
static jet_err find_family(struct look *look)
{
    jet_err err = log_folder_look(&look->config, look->config.log_folder, &look->folder);
    if (err < JET_errSuccess || has_logs(&look->folder))
        return err;
    const enum logname_family configured = look->config.family;
    look->config.family = configured == LOGNAME_LOG_CHK ? LOGNAME_JTX_JCP : LOGNAME_LOG_CHK;
    err = log_folder_look(&look->config, look->config.log_folder, &look->folder);
    if (!has_logs(&look->folder))
        look->config.family = configured;
    return err;
}

static jet_err settle_new(struct look *look)
{
    if (look->flags & LOG_STARTUP_MUST_EXIST)
        return JET_errMissingLogFile;
    look->startup.kind = LOG_STARTUP_NEW;
    look->startup.segments = look->config.segments;
    look->startup.resume = (struct log_resume){.is_new = true, .generation = 1};
    return JET_errSuccess;
}

static jet_err read_header(const struct look *look, enum logname_kind kind, struct logheader_disk *ret_header,
                           uint64_t *ret_file_size)
{
    size_t actual;
    char *path;
    jet_err err = log_path_make(&look->config, kind, &path);
    if (err < JET_errSuccess)
        return err;
    err = os_file_read_start(path, ret_header, sizeof *ret_header, &actual, ret_file_size);
    free(path);
    return err == JET_errSuccess ? logheader_verify(ret_header, actual) : err;
}

/* ---- a roll-over that was cut short ---- */

/* Whether <base>tmp.log is whole, and has the number that the current log would have. */
static bool spare_has_next_number(struct look *look)
{
    uint64_t file_size;
    if (!look->folder.has_spare || (look->flags & LOG_STARTUP_WITHOUT_CURRENT))
        return false;
    return read_header(look, LOGNAME_TEMPORARY, &look->spare, &file_size) == JET_errSuccess &&
           file_size == logheader_file_size(&look->spare) &&
           le32_get(look->spare.generation) == look->folder.newest + 1;
}

static jet_err check_current(struct look *look)
{
    if (look->folder.has_current || spare_has_next_number(look))
        return JET_errSuccess;
    look->spare = (struct logheader_disk){.generation = le32_make(0)};
    return look->flags & LOG_STARTUP_ALLOW_MISSING_CURRENT ? JET_errSuccess : JET_errMissingLogFile;
}

static void take_header(struct log_resume *resume, const struct logheader_disk *header)
{
    resume->generation = le32_get(header->generation);
    resume->signature = header->signature;
    resume->created = header->created;
    resume->was_circular = header->flags & (LOGHEADER_FLAG_CIRCULAR | LOGHEADER_FLAG_WAS_CIRCULAR);
    resume->update_major = le32_get(header->update_major);
    resume->update_minor = le32_get(header->update_minor);
}

/* The last closed log has been read. If <base>tmp.log was made behind it, that is where writing goes on. */
static jet_err follow_spare(struct look *look)
{
    struct log_resume *resume = &look->startup.resume;
    if (look->folder.has_current || le32_get(look->spare.generation) == 0)
        return JET_errSuccess;
    if (!signature_equal(&look->spare.signature, &resume->signature) ||
        !logtime_equal(look->spare.prev_created, resume->created))
        return look->flags & LOG_STARTUP_ALLOW_MISSING_CURRENT ? JET_errSuccess : JET_errMissingLogFile;
    take_header(resume, &look->spare);
    resume->has_current = true;
    resume->isec = 1;
    resume->checksum = 0;
    look->startup.has_to_roll = true;
    return JET_errSuccess;
}

/* ---- the last generation ---- */

static struct log_reader_source source_of(const struct look *look)
{
    return (struct log_reader_source){
        .config = &look->config,
        .restore_folder = look->restore ? look->restore->folder : NULL,
        .restore_last = look->restore ? look->restore->high : 0,
        .listener = look->listener,
    };
}

static jet_err read_records(struct look *look, struct log_reader *reader)
{
    struct log_reader_record record = {0};
    jet_err err;
    while ((err = log_reader_next(reader, &record)) == JET_errSuccess && record.bytes) {
        look->startup.last_type = record.bytes[0];
        look->startup.last_lgpos = record.lgpos;
    }
    look->startup.ends_in_fragment = log_reader_ends_in_fragment(reader);
    return err;
}

static void take_generation(struct look *look, const struct log_generation *generation)
{
    look->startup.segments = generation->segments;
    look->startup.is_torn = generation->torn != 0;
    look->startup.has_remains = generation->remains_from != 0;
    look->startup.resume = (struct log_resume){
        .has_current = look->folder.has_current,
        .oldest = look->folder.oldest,
        .isec = generation->end,
        .checksum = generation->checksum,
    };
    take_header(&look->startup.resume, generation->header);
}

/* Reads the last generation to its end. */
static jet_err look_at_last(struct look *look)
{
    struct log_reader_source source = source_of(look);
    struct log_reader *reader;
    struct logheader_disk current;
    uint64_t file_size;
    lgen_t generation = look->folder.newest;
    jet_err err = JET_errSuccess;
    if (look->folder.has_current)
        err = read_header(look, LOGNAME_CURRENT, &current, &file_size);
    if (err < JET_errSuccess)
        return err;
    if (look->folder.has_current)
        generation = le32_get(current.generation);
    source.last = generation;
    err = log_reader_open(&source, lgpos_pack((struct lgpos){.generation = generation, .isec = 1}), &reader);
    if (err < JET_errSuccess)
        return err;
    err = read_records(look, reader);
    if (err == JET_errSuccess)
        take_generation(look, log_reader_generation(reader));
    log_reader_close(reader);
    return err;
}

/* ---- the checkpoint ---- */

static jet_err read_checkpoint(const struct look *look, struct checkpoint_disk *ret_checkpoint)
{
    uint8_t bytes[CHECKPOINT_FILE_SIZE];
    struct checkpoint_selection selection;
    uint64_t file_size;
    size_t actual;
    char *path;
    jet_err err = log_path_make(&look->config, LOGNAME_CHECKPOINT, &path);
    if (err < JET_errSuccess)
        return err;
    err = os_file_read_start(path, bytes, sizeof bytes, &actual, &file_size);
    free(path);
    if (err == JET_errFileNotFound || err == JET_errInvalidPath)
        return JET_errCheckpointFileNotFound;
    if (err == JET_errSuccess)
        err = checkpoint_select(bytes, actual, &selection);
    if (err == JET_errSuccess && !signature_equal(&selection.checkpoint->signature, &look->startup.resume.signature))
        err = JET_errBadCheckpointSignature;
    if (err == JET_errSuccess)
        *ret_checkpoint = *selection.checkpoint;
    return err;
}

static bool has_list(const struct look *look, const struct checkpoint_disk *checkpoint)
{
    const uint32_t major = look->startup.resume.update_major, minor = look->startup.resume.update_minor;
    const bool may_have =
        major > ATTACHMENTS_UPDATE_MAJOR || (major == ATTACHMENTS_UPDATE_MAJOR && minor >= ATTACHMENTS_UPDATE_MINOR);
    return may_have && (checkpoint->flags & CHECKPOINT_FLAG_ATTACHMENTS);
}

static bool closes_the_log(unsigned type)
{
    return type == LOGREC_TERM || type == LOGREC_TERM2 || type == LOGREC_RECOVERY_QUIT ||
           type == LOGREC_RECOVERY_QUIT2 || type == LOGREC_RECOVERY_QUIT_KEEP;
}

/* Starts at the beginning of a generation, with the list of its header. */
static jet_err start_at_header(struct look *look, lgen_t generation)
{
    const struct log_reader_source source = source_of(look);
    struct log_reader *reader;
    look->startup.start = lgpos_pack((struct lgpos){.generation = generation, .isec = 1});
    jet_err err = log_reader_open(&source, look->startup.start, &reader);
    if (err < JET_errSuccess)
        return err;
    memcpy(look->startup.attachments, log_reader_header(reader)->attachments, ATTACHLIST_SIZE);
    look->startup.dbms = log_reader_header(reader)->dbms;
    log_reader_close(reader);
    return JET_errSuccess;
}

static jet_err start_at_checkpoint(struct look *look, const struct checkpoint_disk *checkpoint)
{
    const struct lgpos position = lgpos_get(checkpoint->checkpoint);
    if (!has_list(look, checkpoint))
        return start_at_header(look, position.generation);
    look->startup.start = lgpos_pack(position);
    memcpy(look->startup.attachments, checkpoint->attachments, ATTACHLIST_SIZE);
    look->startup.dbms = checkpoint->dbms;
    return JET_errSuccess;
}

static jet_err decide_start(struct look *look)
{
    struct checkpoint_disk checkpoint;
    jet_err err = read_checkpoint(look, &checkpoint);
    look->startup.checkpoint_err = err;
    look->startup.kind = LOG_STARTUP_RECOVER;
    if (err < JET_errSuccess) {
        const lgen_t oldest = look->folder.oldest ? look->folder.oldest : look->startup.resume.generation;
        return start_at_header(look, oldest);
    }
    look->startup.resume.checkpoint = checkpoint;
    if (closes_the_log(look->startup.last_type) &&
        lgpos_pack(lgpos_get(checkpoint.checkpoint)) == look->startup.last_lgpos)
        look->startup.kind = LOG_STARTUP_CLEAN;
    return start_at_checkpoint(look, &checkpoint);
}

jet_err log_startup_look(const struct log_config *config, unsigned flags, const struct finding_listener *listener,
                         struct log_startup *ret_startup)
{
    struct look look = {.config = *config, .flags = flags, .listener = listener};
    jet_err err = find_family(&look);
    if (err < JET_errSuccess)
        return err;
    if (flags & LOG_STARTUP_WITHOUT_CURRENT)
        look.folder.has_current = false;
    look.startup.family = look.config.family;
    if (!has_logs(&look.folder)) {
        err = settle_new(&look);
    } else {
        err = check_current(&look);
        if (err == JET_errSuccess)
            err = look_at_last(&look);
        if (err == JET_errSuccess)
            err = follow_spare(&look);
        if (err == JET_errSuccess)
            err = decide_start(&look);
    }
    if (err == JET_errSuccess)
        *ret_startup = look.startup;
    return err;
}

/* ---- a restore ---- */

/* Which file is the last, and in whose folder. */
static void choose_last(struct look *look, const struct log_restore *restore)
{
    if (restore->target_folder) {
        look->config.log_folder = restore->target_folder;
        look->folder.newest = restore->target_last;
    } else if (!look->folder.has_current && look->folder.newest < restore->high) {
        look->folder.newest = restore->high;
    }
}

jet_err log_restore_look(const struct log_config *config, const struct log_restore *restore,
                         const struct finding_listener *listener, struct log_startup *ret_startup)
{
    struct look look = {.config = *config, .restore = restore, .listener = listener};
    jet_err err = log_folder_look(&look.config, config->log_folder, &look.folder);
    if (err < JET_errSuccess)
        return err;
    choose_last(&look, restore);
    look.startup.kind = LOG_STARTUP_RECOVER;
    look.startup.family = config->family;
    look.startup.checkpoint_err = JET_errCheckpointFileNotFound;
    err = look_at_last(&look);
    if (err == JET_errSuccess)
        err = start_at_header(&look, restore->low);
    if (err < JET_errSuccess)
        return err;
    if (look.folder.oldest == 0 && !look.folder.has_current) /* the first in the folder will be the next */
        look.startup.resume.oldest = look.startup.resume.generation + 1;
    *ret_startup = look.startup;
    return JET_errSuccess;
}

/* ---- repair ---- */

static jet_err wipe(struct os_file *file, unsigned from, unsigned to)
{
    static const uint8_t zeros[LOGSEGMENT_SIZE];
    for (unsigned isec = from; isec <= to; isec++) {
        jet_err err = os_file_write(file, (uint64_t)isec * LOGSEGMENT_SIZE, zeros, sizeof zeros);
        if (err < JET_errSuccess)
            return err;
    }
    return os_file_flush(file);
}

/* What the crashed engine wrote may not have been flushed either: nothing may be built on it before it is. */
static jet_err mend(const char *path, const struct log_generation *generation)
{
    struct os_file *file;
    jet_err err = log_file_occupy(path, &file);
    if (err < JET_errSuccess)
        return err;
    if (generation->torn != 0)
        err = os_file_write(file, (uint64_t)generation->torn * LOGSEGMENT_SIZE,
                            generation->bytes + (size_t)generation->torn * LOGSEGMENT_SIZE, LOGSEGMENT_SIZE);
    if (err == JET_errSuccess)
        err = os_file_flush(file);
    if (err == JET_errSuccess && generation->remains_from != 0)
        err = wipe(file, generation->remains_from, generation->remains_to);
    os_file_close(file);
    return err;
}

/* The second rename of a roll-over. */
static jet_err finish_roll(const struct log_config *config, const char *current)
{
    char *spare;
    jet_err err = log_path_make(config, LOGNAME_TEMPORARY, &spare);
    if (err < JET_errSuccess)
        return err;
    err = os_path_rename_new(spare, current);
    free(spare);
    return err;
}

static jet_err mend_current(const char *path)
{
    const struct log_generation_rules rules = {.is_current = true, .damage = JET_errLogFileCorrupt};
    struct log_generation generation;
    jet_err err = log_generation_load(path, &rules, &generation);
    if (err < JET_errSuccess)
        return err;
    err = mend(path, &generation);
    log_generation_done(&generation);
    return err;
}

/* The names may be those of a roll-over that the crashed engine did not live to see durable: they have to be before
 * anything is promised that lies in the current log. */
jet_err log_startup_repair(const struct log_config *config, const struct log_startup *startup)
{
    struct log_config found = *config;
    char *path;
    if (!startup->resume.has_current)
        return JET_errSuccess;
    found.family = startup->family;
    jet_err err = log_path_make(&found, LOGNAME_CURRENT, &path);
    if (err < JET_errSuccess)
        return err;
    err = startup->has_to_roll ? finish_roll(&found, path) : mend_current(path);
    free(path);
    return err == JET_errSuccess ? os_folder_flush(config->log_folder) : err;
}

/* ---- the end of a stream ---- */

#define KIND(kind) (1u << LOGNAME_##kind)

static bool is_to_go(const struct log_config *config, const char *text, unsigned kinds)
{
    struct logname name, base = {.digits = 0};
    memcpy(base.base, config->base_name, sizeof base.base);
    return logname_parse(text, &name) == JET_errSuccess && logname_same_base(&name, &base) &&
           (name.family == config->family || name.kind == LOGNAME_RESERVE) && (kinds & 1u << name.kind);
}

static jet_err delete_in(const struct log_config *config, const char *folder, unsigned kinds)
{
    struct os_folder_list names;
    jet_err err = os_folder_list(folder, &names);
    if (err < JET_errSuccess)
        return err;
    for (size_t i = 0; i < names.count && err == JET_errSuccess; i++) {
        if (!is_to_go(config, names.names[i], kinds))
            continue;
        char *path = os_path_join(folder, names.names[i]);
        err = path ? os_file_remove(path) : JET_errOutOfMemory;
        free(path);
    }
    os_folder_list_free(&names);
    return err == JET_errSuccess ? os_folder_flush(folder) : err;
}

jet_err log_startup_delete(const struct log_config *config)
{
    jet_err err = delete_in(config, config->system_folder, KIND(CHECKPOINT));
    if (err == JET_errSuccess)
        err = delete_in(config, config->log_folder, KIND(CLOSED) | KIND(TEMPORARY) | KIND(RESERVE));
    return err == JET_errSuccess ? delete_in(config, config->log_folder, KIND(CURRENT)) : err;
}

/* ---- a stream without its end ---- */

/* The current log, and closed ones above `last`. */
static bool is_beyond(const struct log_config *config, const char *text, lgen_t last)
{
    struct logname name, base = {.digits = 0};
    memcpy(base.base, config->base_name, sizeof base.base);
    if (logname_parse(text, &name) < JET_errSuccess || !logname_same_base(&name, &base) ||
        name.family != config->family)
        return false;
    return name.kind == LOGNAME_CURRENT || (name.kind == LOGNAME_CLOSED && name.number > last);
}

static jet_err delete_beyond(const struct log_config *config, lgen_t last, bool may_delete, bool *ret_removed)
{
    struct os_folder_list names;
    jet_err err = os_folder_list(config->log_folder, &names);
    if (err < JET_errSuccess)
        return err;
    for (size_t i = names.count; i-- > 0 && err == JET_errSuccess;) { /* the highest first: no hole appears */
        if (!is_beyond(config, names.names[i], last))
            continue;
        char *path = os_path_join(config->log_folder, names.names[i]);
        if (!path)
            err = JET_errOutOfMemory;
        else
            err = may_delete ? os_file_remove(path) : JET_errCommittedLogFilesMissing;
        free(path);
        *ret_removed = true;
    }
    os_folder_list_free(&names);
    return err == JET_errSuccess ? os_folder_flush(config->log_folder) : err;
}

jet_err log_startup_cut(const struct log_config *config, lgen_t generation, bool may_delete,
                        struct log_startup *startup, bool *ret_removed)
{
    struct look look = {.config = *config};
    char *path = NULL;
    *ret_removed = false;
    jet_err err = log_path_find_closed(config, config->log_folder, generation, &path);
    free(path);
    if (err == JET_errFileNotFound)
        return JET_errSuccess; /* it is the current log: nothing lies behind it */
    if (err == JET_errSuccess)
        err = delete_beyond(config, generation, may_delete, ret_removed);
    if (err == JET_errSuccess)
        err = log_folder_look(config, config->log_folder, &look.folder);
    if (err == JET_errSuccess)
        err = look_at_last(&look);
    if (err < JET_errSuccess)
        return err;
    look.startup.resume.checkpoint = startup->resume.checkpoint;
    startup->resume = look.startup.resume;
    startup->is_torn = startup->has_remains = startup->has_to_roll = false;
    startup->ends_in_fragment = look.startup.ends_in_fragment;
    startup->last_type = look.startup.last_type;
    startup->last_lgpos = look.startup.last_lgpos;
    return JET_errSuccess;
}
