/* SPDX-License-Identifier: MIT */
/* log_set.c - which log files of a folder belong together, and whether they follow each other.
 *
 *      names of the folder --logname_parse--> base name chosen --> one member per log file, header read
 *                                                                      |
 *                             set  <-- names moved out <-- checked <-- sorted by generation, current last
 *
 * Rules.
 *   1. The name decides what is in the set, the header what is wrong with it. Nothing is left out because it is damaged.
 *   2. Two files of one set are consecutive only if the later header names the creation time of the earlier one; equal
 *      numbers alone could come from two streams.
 *   3. The signature of the last good header is the stream's: an older stream may have left closed logs behind.
 */
#include "log/log_set.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "format/logname.h"
#include "log/log_file_internal.h"
#include "os/os_error.h"
#include "os/os_file.h"

/* A log file of the set, with what the checks need. */
struct member {
    struct log_set_file file;
    struct logname parsed;
    bool header_is_good;
    struct signature_disk signature;
    struct logtime_disk created, prev_created;
};

struct collection {
    const char *folder;
    const struct finding_listener *listener;
    struct os_folder_list names;
    struct logname base; /* only the base counts */
    struct member *members;
    size_t count;
    char *checkpoint_name;
    uint64_t checkpoint_size;
};

/* ---- names ---- */

static bool name_is_log(const struct logname *name)
{
    return name->kind == LOGNAME_CURRENT || name->kind == LOGNAME_CLOSED;
}

/* Finds the base name of the set; false if there is no log. */
static bool choose_base(struct collection *c)
{
    struct logname name;
    bool found = false;
    for (size_t i = 0; i < c->names.count; i++) {
        if (logname_parse(c->names.names[i], &name) < JET_errSuccess || !name_is_log(&name))
            continue;
        if (name.kind == LOGNAME_CURRENT) {
            c->base = name;
            return true;
        }
        if (!found)
            c->base = name;
        found = true;
    }
    return found;
}

static bool set_base(struct collection *c, const char *base_name)
{
    if (!base_name)
        return choose_base(c);
    if (strlen(base_name) != LOGNAME_BASE_SIZE)
        return false;
    memcpy(c->base.base, base_name, sizeof c->base.base);
    return true;
}

/* ---- members ---- */

static void report_member(const struct collection *c, const struct member *member, enum finding_severity severity,
                          jet_err err, const char *detail)
{
    char *path = os_path_join(c->folder, member->file.name);
    const struct finding finding = {
        .kind = FINDING_LOG_SEQUENCE,
        .severity = severity,
        .err = err,
        .file = path ? path : member->file.name,
        .place = FINDING_WHOLE_FILE,
        .detail = detail,
    };
    finding_report(c->listener, &finding);
    free(path);
}

static void member_take_header(struct member *member, const struct logheader_disk *header)
{
    member->header_is_good = true;
    member->file.generation = le32_get(header->generation);
    member->signature = header->signature;
    member->created = header->created;
    member->prev_created = header->prev_created;
}

/* Reads the header of a member; a bad one is reported. */
static jet_err member_read(struct collection *c, struct member *member)
{
    struct os_file *file = NULL;
    struct logheader_disk header;
    char *path = os_path_join(c->folder, member->file.name);
    if (!path)
        return JET_errOutOfMemory;
    jet_err err = os_file_open(path, OS_FILE_READ, &file);
    if (err == JET_errSuccess)
        err = log_header_read(file, &header, &member->file.size_bytes);
    if (err < JET_errSuccess)
        log_file_report(c->listener, FINDING_DAMAGE, path, err, &header, member->file.size_bytes);
    if (err == JET_errSuccess || err == JET_errLogFileSizeMismatch)
        member_take_header(member, &header);
    else
        member->file.generation = member->parsed.number;
    os_file_close(file);
    free(path);
    return JET_errSuccess;
}

static jet_err add_member(struct collection *c, char **name, const struct logname *parsed)
{
    struct member *grown = array_grow(c->members, c->count, sizeof *grown);
    if (!grown)
        return JET_errOutOfMemory;
    c->members = grown;
    struct member *member = &c->members[c->count++];
    *member = (struct member){.parsed = *parsed};
    member->file.is_current = parsed->kind == LOGNAME_CURRENT;
    member->file.name = *name; /* moved out of the list of names */
    *name = NULL;
    return member_read(c, member);
}

static void take_checkpoint(struct collection *c, char **name, uint64_t size)
{
    if (c->checkpoint_name) /* both families are there: the first by name stays */
        return;
    c->checkpoint_name = *name;
    c->checkpoint_size = size;
    *name = NULL;
}

/* `*name` is moved out if the file belongs to the set. */
static jet_err sort_in(struct collection *c, char **name)
{
    struct logname parsed;
    struct os_path_info info = {.kind = OS_PATH_FILE}; /* for one that cannot be asked; opening it will say why */
    if (logname_parse(*name, &parsed) < JET_errSuccess || !logname_same_base(&parsed, &c->base))
        return JET_errSuccess;
    if (!name_is_log(&parsed) && parsed.kind != LOGNAME_CHECKPOINT)
        return JET_errSuccess;
    char *path = os_path_join(c->folder, *name);
    if (!path)
        return JET_errOutOfMemory;
    jet_err err = os_path_stat(path, &info);
    free(path);
    if (err == JET_errFileNotFound || info.kind != OS_PATH_FILE)
        return JET_errSuccess; /* gone meanwhile, or no file */
    if (name_is_log(&parsed))
        return add_member(c, name, &parsed);
    take_checkpoint(c, name, info.size_bytes);
    return JET_errSuccess;
}

static int member_compare(const void *a, const void *b)
{
    const struct member *left = a, *right = b;
    if (left->file.is_current != right->file.is_current)
        return left->file.is_current ? 1 : -1;
    if (left->file.generation != right->file.generation)
        return left->file.generation < right->file.generation ? -1 : 1;
    return strcmp(left->file.name, right->file.name);
}

/* ---- checks on the sorted members ---- */

static const struct member *last_good(const struct collection *c)
{
    for (size_t i = c->count; i-- > 0;) {
        if (c->members[i].header_is_good)
            return &c->members[i];
    }
    return NULL;
}

static void check_member(const struct collection *c, struct member *member, const struct signature_disk *reference)
{
    if (!member->header_is_good)
        return;
    if (member->parsed.kind == LOGNAME_CLOSED && member->parsed.number != member->file.generation) {
        member->file.is_foreign = true;
        report_member(c, member, FINDING_DAMAGE, JET_errLogGenerationMismatch, "its header names another generation");
    }
    if (!signature_equal(&member->signature, reference)) {
        member->file.is_foreign = true;
        report_member(c, member, FINDING_DAMAGE, JET_errBadLogSignature, "it belongs to another log stream");
    }
}

/* Whether `next` follows `member`. A current log whose header is bad is believed to follow: its name has no number. */
static bool check_neighbours(const struct collection *c, const struct member *member, struct member *next)
{
    if (next->file.generation == 0)
        return true;
    if (next->file.generation <= member->file.generation) {
        next->file.is_foreign = true;
        report_member(c, next, FINDING_DAMAGE, JET_errInvalidLogSequence,
                      "its generation is not above that of the file before");
        return true;
    }
    if (next->file.generation - member->file.generation > 1) {
        char gap[80];
        (void)snprintf(gap, sizeof gap, "generations 0x%X to 0x%X are missing", (unsigned)member->file.generation + 1,
                       (unsigned)next->file.generation - 1);
        report_member(c, next, FINDING_WARNING, JET_errMissingLogFile, gap);
        return false;
    }
    if (member->header_is_good && next->header_is_good && !logtime_equal(member->created, next->prev_created)) {
        next->file.is_unchained = !member->file.is_foreign;
        report_member(c, next, FINDING_DAMAGE, JET_errInvalidLogSequence,
                      "its header names another file as the one before");
    }
    return true;
}

static void check_sequence(struct collection *c, struct log_set *set)
{
    const struct member *reference = last_good(c);
    set->contiguous = true;
    for (size_t i = 0; i < c->count; i++) {
        if (reference)
            check_member(c, &c->members[i], &reference->signature);
        if (i > 0 && !check_neighbours(c, &c->members[i - 1], &c->members[i]))
            set->contiguous = false;
    }
    if (reference)
        set->signature = reference->signature;
}

/* ---- the set ---- */

static jet_err collect(struct collection *c, const char *base_name)
{
    jet_err err = os_folder_list(c->folder, &c->names);
    if (err < JET_errSuccess) {
        char text[160];
        return finding_report_error(c->listener, FINDING_FILE, c->folder, err, os_last_error_text(text, sizeof text));
    }
    if (!set_base(c, base_name))
        return JET_errSuccess;
    for (size_t i = 0; i < c->names.count; i++) {
        err = sort_in(c, &c->names.names[i]);
        if (err < JET_errSuccess)
            return finding_report_error(c->listener, FINDING_FILE, c->folder, err, NULL);
    }
    if (c->count > 0)
        qsort(c->members, c->count, sizeof *c->members, member_compare);
    return JET_errSuccess;
}

static jet_err hand_over(struct collection *c, struct log_set *ret_set)
{
    struct log_set set = {.checkpoint_name = c->checkpoint_name, .checkpoint_size = c->checkpoint_size};
    set.files = calloc(c->count + 1, sizeof *set.files);
    if (!set.files)
        return finding_report_error(c->listener, FINDING_FILE, c->folder, JET_errOutOfMemory, NULL);
    if (c->count > 0)
        memcpy(set.base_name, c->base.base, sizeof set.base_name);
    check_sequence(c, &set);
    for (size_t i = 0; i < c->count; i++) {
        set.files[i] = c->members[i].file;
        c->members[i].file.name = NULL;
    }
    set.count = c->count;
    c->checkpoint_name = NULL;
    *ret_set = set;
    return JET_errSuccess;
}

/* Frees what was not handed over. The names that were moved out of the list are NULL there. */
static void collection_done(struct collection *c)
{
    for (size_t i = 0; i < c->count; i++)
        free(c->members[i].file.name);
    free(c->members);
    free(c->checkpoint_name);
    os_folder_list_free(&c->names);
}

jet_err log_set_read(const char *folder, const char *base_name, const struct finding_listener *listener,
                     struct log_set *ret_set)
{
    struct collection c = {.folder = folder, .listener = listener};
    jet_err err = collect(&c, base_name);
    if (err == JET_errSuccess)
        err = hand_over(&c, ret_set);
    collection_done(&c);
    return err;
}

void log_set_done(struct log_set *set)
{
    for (size_t i = 0; i < set->count; i++)
        free(set->files[i].name);
    free(set->files);
    free(set->checkpoint_name);
    *set = (struct log_set){0};
}

lgen_t log_set_first_missing(const struct log_set *set, lgen_t first, lgen_t last)
{
    lgen_t wanted = first;
    for (size_t i = 0; i < set->count && wanted <= last; i++) {
        if (set->files[i].generation == wanted)
            wanted++;
    }
    return wanted <= last ? wanted : 0;
}

lgen_t log_set_first_misfit(const struct log_set *set, lgen_t first, lgen_t last)
{
    for (size_t i = 0; i < set->count; i++) {
        const struct log_set_file *file = &set->files[i];
        bool in_range = file->generation >= first && file->generation <= last;
        if (in_range && (file->is_foreign || (file->is_unchained && file->generation > first)))
            return file->generation;
    }
    return 0;
}
