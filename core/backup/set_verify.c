/* SPDX-License-Identifier: MIT */
/* set_verify.c - see set_verify.h.
 *
 * The manifest comes first (folder) or last (tar from a pipe, where nothing can be known before). So the result of each
 * member is kept, and all of them are compared when everything was read; what can be known earlier is asked earlier:
 * a folder's manifest that says "stopped" ends the work before a byte of a database is read.
 */
#include "backup/set_verify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/corrupt.h"

struct checked_member {
    char *name;
    struct scan_result result;
};

struct set_check {
    struct set_reader *reader;
    const struct set_verify_options *options;
    struct set_verify_result *result;
    struct member_scan *scan;
    bool has_manifest;
    struct checked_member *members;
    size_t member_count;
};

static jet_err fail(const struct set_check *check, enum finding_kind kind, const char *file, jet_err err,
                    const char *detail)
{
    return set_reader_report_error(check->reader, &check->options->found, kind, file, CORRUPT(err), detail);
}

/* ---- the manifest ---- */

/* Reads a member whole; NUL-terminated, for free(). */
static jet_err read_text(struct set_reader *reader, uint64_t size, char **ret_text)
{
    char *text = malloc((size_t)size + 1);
    size_t used = 0;
    if (!text)
        return JET_errOutOfMemory;
    for (;;) {
        const void *bytes;
        size_t count;
        jet_err err = reader->ops->read(reader, &bytes, &count);
        if (err < JET_errSuccess) {
            free(text);
            return err;
        }
        if (count == 0)
            break;
        memcpy(text + used, bytes, count); /* readers give exactly `size` bytes, or fail */
        used += count;
    }
    text[used] = '\0';
    *ret_text = text;
    return JET_errSuccess;
}

/* May the set be used at all? */
static jet_err check_state(const struct set_check *check)
{
    const char *name = check->reader->name;
    switch (check->result->manifest.state) {
    case MANIFEST_STOPPED:
        return fail(check, FINDING_SET_STATE, name, JET_errRestoreOfNonBackupDatabase,
                    "its backup was stopped before it was whole; make a new one");
    case MANIFEST_FAILED:
        return fail(check, FINDING_SET_STATE, name, JET_errRestoreOfNonBackupDatabase,
                    "its backup failed before it was whole; make a new one");
    case MANIFEST_COMPLETE:
    case MANIFEST_DAMAGED: break;
    }
    return JET_errSuccess;
}

static jet_err check_manifest(struct set_check *check, const struct set_member *member)
{
    const char *detail;
    char *text;
    if (check->has_manifest)
        return fail(check, FINDING_MEMBER, member->name, JET_errFileInvalidType, "a second manifest");
    if (member->size > MANIFEST_SIZE_MAX)
        return fail(check, FINDING_MANIFEST, member->name, JET_errFileInvalidType, "it is too big");
    jet_err err = read_text(check->reader, member->size, &text);
    if (err < JET_errSuccess)
        return err;
    err = manifest_decode(text, (size_t)member->size, &check->result->manifest, check->result->digest, &detail);
    free(text);
    if (err < JET_errSuccess)
        return fail(check, FINDING_MANIFEST, member->name, err, detail);
    check->has_manifest = true;
    err = check_state(check);
    struct set_consumer *consumer = check->options->consumer;
    if (err >= JET_errSuccess && check->reader->manifest_first && consumer)
        err = consumer->ops->expect(consumer, &check->result->manifest);
    return err;
}

/* ---- members ---- */

/* Takes `result` over, also on failure. */
static jet_err keep_member(struct set_check *check, const char *name, struct scan_result *result)
{
    size_t size = strlen(name) + 1;
    char *copy = malloc(size);
    struct checked_member *members = NULL;
    if (copy && check->member_count < MANIFEST_FILES_MAX)
        members = array_grow(check->members, check->member_count, sizeof *members);
    if (!members) {
        free(copy);
        scan_result_done(result);
        return JET_errOutOfMemory;
    }
    memcpy(copy, name, size);
    check->members = members;
    members[check->member_count++] = (struct checked_member){copy, *result};
    return JET_errSuccess;
}

static jet_err check_stop(const struct set_check *check)
{
    struct os_event *stop = check->options->stop;
    return stop && os_event_wait(stop, 0) ? JET_errBackupAbortByServer : JET_errSuccess;
}

static jet_err pass_bytes(struct set_check *check, const char *name)
{
    const struct set_verify_options *options = check->options;
    for (;;) {
        const void *bytes;
        size_t size;
        jet_err err = check_stop(check);
        if (err >= JET_errSuccess)
            err = check->reader->ops->read(check->reader, &bytes, &size);
        if (err < JET_errSuccess || size == 0)
            return err;
        err = member_scan_data(check->scan, bytes, size);
        if (err >= JET_errSuccess && options->consumer)
            err = options->consumer->ops->data(options->consumer, bytes, size);
        if (err < JET_errSuccess)
            return err;
        check->result->bytes += size;
        if (options->progress)
            options->progress(options->context, name, (unsigned)check->member_count + 1, check->result->bytes);
    }
}

static jet_err check_member(struct set_check *check, const struct set_member *member)
{
    const struct set_verify_options *options = check->options;
    struct set_consumer *consumer = options->consumer;
    struct scan_result result;
    jet_err err = JET_errSuccess;
    if (check->has_manifest && !check->reader->manifest_first)
        return fail(check, FINDING_MEMBER, member->name, JET_errFileInvalidType, "something follows the manifest");
    if (consumer)
        err = consumer->ops->begin_file(consumer, member->name, member->size);
    if (err < JET_errSuccess)
        return err;
    member_scan_begin(check->scan);
    err = pass_bytes(check, member->name);
    if (consumer)
        err = consumer->ops->end_file(consumer, err);
    if (err >= JET_errSuccess)
        err = member_scan_end(check->scan, &result);
    if (err < JET_errSuccess)
        return err;
    if (options->file)
        options->file(options->context, member->name, &result);
    return keep_member(check, member->name, &result);
}

static jet_err read_members(struct set_check *check)
{
    for (;;) {
        struct set_member member;
        jet_err err = check->reader->ops->next(check->reader, &member);
        if (err < JET_errSuccess || !member.name)
            return err;
        err = member.is_manifest ? check_manifest(check, &member) : check_member(check, &member);
        if (err < JET_errSuccess)
            return err;
        /* A folder without its manifest in front has none; the databases need not be read to say so. */
        if (check->reader->manifest_first && !check->has_manifest)
            return JET_errSuccess;
    }
}

/* ---- the whole ---- */

/* The first error is what set_verify() returns; each is reported. */
struct verdict {
    const struct set_check *check;
    jet_err err;
};

static void damage(struct verdict *verdict, const struct finding *finding)
{
    set_reader_report(verdict->check->reader, &verdict->check->options->found, finding);
    if (verdict->err >= JET_errSuccess)
        verdict->err = CORRUPT(finding->err);
}

static void damage_of_file(struct verdict *verdict, enum finding_kind kind, const char *name, jet_err err,
                           const char *detail)
{
    const struct finding finding = {
        .kind = kind,
        .severity = FINDING_DAMAGE,
        .err = err,
        .file = name,
        .place = FINDING_WHOLE_FILE,
        .detail = detail,
    };
    damage(verdict, &finding);
}

/* What a manifest may record and the set still not verify at that place. A mended bit, say, is no excuse: the set has
 * the mended bytes. Damage that was passed on is one, but report_all_recorded() then has its say. */
static bool excuses(const struct manifest_file *file, const struct manifest_damage *recorded)
{
    return recorded->severity == FINDING_DAMAGE || recorded->kind == FINDING_LOG_TORN ||
           (recorded->kind == FINDING_PAGE_FOREIGN && recorded->first > file->last_page);
}

static bool is_recorded(const struct manifest_file *file, enum finding_place place, uint64_t where)
{
    for (size_t i = 0; i < file->damage_count; i++) {
        const struct manifest_damage *recorded = &file->damages[i];
        if (recorded->place == place && excuses(file, recorded) && where >= recorded->first &&
            where - recorded->first < recorded->count)
            return true;
    }
    return false;
}

/* Bad pages that the manifest does not know. Only the ends of a run are looked up: a forger gains nothing by gaps,
 * the digest already says that these are the bytes that were backed up. */
static void compare_runs(struct verdict *verdict, const struct manifest_file *file, const struct scan_result *result)
{
    enum finding_place place = result->kind == BACKUP_FILE_DATABASE ? FINDING_AT_PAGE : FINDING_AT_SEGMENT;
    if (result->runs_overflow)
        damage_of_file(verdict, FINDING_PAGE_CHECKSUM, file->name, JET_errReadVerifyFailure, "too many damaged pages");
    for (size_t i = 0; i < result->run_count; i++) {
        const struct scan_run *run = &result->runs[i];
        if (is_recorded(file, place, run->first) && is_recorded(file, place, run->last))
            continue;
        const struct finding finding = {
            .kind = run->kind,
            .severity = FINDING_DAMAGE,
            .err = place == FINDING_AT_PAGE ? JET_errReadVerifyFailure : JET_errLogReadVerifyFailure,
            .file = file->name,
            .place = place,
            .where = run->first,
            .has_values = true,
            .expected = run->expected,
            .found = run->found,
            .detail = "the manifest does not record this",
        };
        damage(verdict, &finding);
    }
    if (result->kind == BACKUP_FILE_DATABASE && !result->headers_valid)
        damage_of_file(verdict, FINDING_HEADER, file->name, JET_errReadVerifyFailure, "a header copy is not valid");
}

/* Does the content look like what the manifest calls it? A log whose header was damaged, and recorded, is not
 * recognised. */
static bool role_fits(const struct manifest_file *file, const struct scan_result *result)
{
    if (file->role == BACKUP_FILE_DATABASE)
        return result->kind == BACKUP_FILE_DATABASE && result->page_size == file->page_size;
    if (file->role == BACKUP_FILE_LOG)
        return result->kind == BACKUP_FILE_LOG || is_recorded(file, FINDING_WHOLE_FILE, 0);
    return result->kind == BACKUP_FILE_NONE;
}

static void compare_member(struct verdict *verdict, const struct manifest_file *file, const struct scan_result *result)
{
    if (file->size != result->size) {
        const struct finding finding = {
            .kind = FINDING_FILE_SIZE,
            .severity = FINDING_DAMAGE,
            .err = JET_errReadVerifyFailure,
            .file = file->name,
            .place = FINDING_WHOLE_FILE,
            .has_values = true,
            .expected = file->size,
            .found = result->size,
        };
        damage(verdict, &finding);
    } else if (memcmp(file->digest, result->digest, sizeof file->digest) != 0) {
        damage_of_file(verdict, FINDING_DIGEST, file->name, JET_errReadVerifyFailure, NULL);
    } else if (!role_fits(file, result)) {
        damage_of_file(verdict, FINDING_FILE_TYPE, file->name, JET_errFileInvalidType, "not what the manifest says");
        return;
    }
    compare_runs(verdict, file, result);
}

static int compare_files(const void *a, const void *b)
{
    const struct manifest_file *const *x = a;
    const struct manifest_file *const *y = b;
    return strcmp((*x)->name, (*y)->name);
}

static int compare_members(const void *a, const void *b)
{
    return strcmp(((const struct checked_member *)a)->name, ((const struct checked_member *)b)->name);
}

/* Both sorted by name: what is in one only is wrong. */
static void compare_sorted(struct verdict *verdict, const struct manifest_file *const *files, size_t file_count)
{
    const struct set_check *check = verdict->check;
    size_t f = 0;
    size_t m = 0;
    while (f < file_count || m < check->member_count) {
        int order = f == file_count            ? 1
                    : m == check->member_count ? -1
                                               : strcmp(files[f]->name, check->members[m].name);
        if (order < 0)
            damage_of_file(verdict, FINDING_MEMBER, files[f++]->name, JET_errMissingFileToBackup,
                           "missing, the manifest names it");
        else if (order > 0)
            damage_of_file(verdict, FINDING_MEMBER, check->members[m++].name, JET_errFileInvalidType,
                           "the manifest does not name it, or it is there twice");
        else
            compare_member(verdict, files[f++], &check->members[m++].result);
    }
}

static void compare_all(struct verdict *verdict)
{
    const struct set_check *check = verdict->check;
    const struct manifest *manifest = &check->result->manifest;
    const struct manifest_file **files = calloc(manifest->file_count + 1, sizeof *files);
    if (!files) {
        verdict->err = JET_errOutOfMemory;
        return;
    }
    for (size_t i = 0; i < manifest->file_count; i++)
        files[i] = &manifest->files[i];
    qsort(files, manifest->file_count, sizeof *files, compare_files);
    if (check->member_count > 0)
        qsort(check->members, check->member_count, sizeof *check->members, compare_members);
    compare_sorted(verdict, files, manifest->file_count);
    free(files);
}

static void report_recorded(struct verdict *verdict, const struct manifest_file *file,
                            const struct manifest_damage *recorded)
{
    char detail[64];
    (void)snprintf(detail, sizeof detail, "recorded when the backup was made, %llu in a row",
                   (unsigned long long)recorded->count);
    const struct finding finding = {
        .kind = recorded->kind,
        .severity = recorded->severity,
        .err = JET_errReadVerifyFailure,
        .file = file->name,
        .place = recorded->place,
        .where = recorded->first,
        .has_values = recorded->has_values,
        .expected = recorded->expected,
        .found = recorded->found,
        .bit = recorded->bit,
        .detail = detail,
    };
    if (verdict->check->options->allow_damage)
        set_reader_report(verdict->check->reader, &verdict->check->options->found, &finding);
    else
        damage(verdict, &finding);
}

/* Damage that was passed on into the set makes it unsound, however faithful the copy. */
static void report_all_recorded(struct verdict *verdict)
{
    const struct manifest *manifest = &verdict->check->result->manifest;
    for (size_t i = 0; i < manifest->file_count; i++) {
        const struct manifest_file *file = &manifest->files[i];
        for (size_t k = 0; k < file->damage_count; k++) {
            if (file->damages[k].severity == FINDING_DAMAGE)
                report_recorded(verdict, file, &file->damages[k]);
        }
    }
}

static void warn_not_recoverable(const struct set_check *check)
{
    const struct manifest *manifest = &check->result->manifest;
    const struct finding finding = {
        .kind = FINDING_LOGS_MISSING,
        .severity = FINDING_WARNING,
        .err = JET_errRequiredLogFilesMissing,
        .file = check->reader->name,
        .place = FINDING_WHOLE_FILE,
        .detail = manifest->reason,
    };
    if (!manifest->recoverable)
        finding_report(&check->options->found, &finding);
}

static jet_err judge(struct set_check *check)
{
    struct verdict verdict = {.check = check, .err = JET_errSuccess};
    if (!check->has_manifest)
        return fail(check, FINDING_MANIFEST, check->reader->name, JET_errRestoreOfNonBackupDatabase,
                    "there is no manifest: this is no backup set, or one that was never finished");
    compare_all(&verdict);
    report_all_recorded(&verdict);
    warn_not_recoverable(check);
    return verdict.err;
}

static void check_done(struct set_check *check)
{
    for (size_t i = 0; i < check->member_count; i++) {
        free(check->members[i].name);
        scan_result_done(&check->members[i].result);
    }
    free(check->members);
    member_scan_free(check->scan);
}

jet_err set_verify(struct set_reader *reader, const struct set_verify_options *options,
                   struct set_verify_result *ret_result)
{
    struct set_check check = {.reader = reader, .options = options, .result = ret_result};
    *ret_result = (struct set_verify_result){0};
    jet_err err = member_scan_new(&check.scan);
    if (err >= JET_errSuccess)
        err = read_members(&check);
    if (err >= JET_errSuccess)
        err = judge(&check);
    check_done(&check);
    return err;
}

jet_err set_manifest_read(const char *path, const struct finding_listener *listener, char **ret_text)
{
    struct set_reader *reader;
    struct set_member member;
    jet_err err = set_reader_open(path, NULL, listener, &reader);
    if (err < JET_errSuccess)
        return err;
    do {
        err = reader->ops->next(reader, &member);
    } while (err >= JET_errSuccess && member.name && !member.is_manifest && !reader->manifest_first);
    if (err >= JET_errSuccess && (!member.name || !member.is_manifest))
        err = finding_report_error(listener, FINDING_MANIFEST, path, CORRUPT(JET_errRestoreOfNonBackupDatabase),
                                   "there is no manifest: this is no backup set, or one that was never finished");
    else if (err >= JET_errSuccess && member.size > MANIFEST_SIZE_MAX)
        err = finding_report_error(listener, FINDING_MANIFEST, path, CORRUPT(JET_errFileInvalidType), "it is too big");
    if (err >= JET_errSuccess)
        err = read_text(reader, member.size, ret_text);
    set_reader_close(reader);
    return err;
}
