/* SPDX-License-Identifier: MIT */
/* offline_files.c - see offline_files.h. A database is what carries a database header, wherever it comes from and
 * whatever its name is; one whose header copies are both damaged still carries the magic and is not passed over,
 * because a backup that silently leaves out the broken database would be worse than none. What lost even the magic,
 * or is empty, cannot be backed up as a database; its name then decides whether somebody must be warned. */
#include "backup/offline_files.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backup/failure.h"
#include "backup/manifest.h"
#include "base/array.h"
#include "base/compiler.h"
#include "format/double_write.h"
#include "os/os_file.h"

/* The one kind of file that engines name like a database, and that no backup needs. */
static bool is_temporary_database(const struct dbheader_selection *selection)
{
    return selection->has_magic && selection->header &&
           le32_get(selection->header->filetype) == DBHEADER_FILETYPE_TEMPORARY;
}

/* JET_errDatabaseCorrupted: a temporary database. JET_errFileInvalidType: no database. */
static jet_err classify(const char *path, struct offline_database *database)
{
    struct dbheader_selection selection;
    size_t size;
    void *prefix = malloc(DBHEADER_PREFIX_SIZE);
    if (!prefix)
        return JET_errOutOfMemory;
    jet_err err = os_file_read_start(path, prefix, DBHEADER_PREFIX_SIZE, &size, &database->size_bytes);
    if (err >= JET_errSuccess) {
        err = dbheader_select(prefix, size, &selection);
        database->header_valid = err >= JET_errSuccess;
        if (database->header_valid)
            database->header = *selection.header;
        if (err == JET_errReadVerifyFailure || err == JET_errInvalidDatabaseVersion)
            err = JET_errSuccess; /* opening it will say what is wrong */
        if (err == JET_errDatabaseCorrupted && !is_temporary_database(&selection))
            err = JET_errFileInvalidType;
    }
    free(prefix);
    return err;
}

/* Takes `path` over, also on failure. */
static jet_err add_database(struct offline_files *files, char *path, const struct offline_database *found)
{
    struct offline_database *databases = array_grow(files->databases, files->database_count, sizeof *databases);
    if (!databases) {
        free(path);
        return JET_errOutOfMemory;
    }
    files->databases = databases;
    databases[files->database_count] = *found;
    databases[files->database_count++].path = path;
    return JET_errSuccess;
}

static bool is_in_log_set(const struct log_set *logs, const char *name)
{
    if (logs->checkpoint_name && strcmp(name, logs->checkpoint_name) == 0)
        return true;
    for (size_t i = 0; i < logs->count; i++) {
        if (strcmp(name, logs->files[i].name) == 0)
            return true;
    }
    return false;
}

static bool is_named_like_database(const char *path)
{
    static const char *const endings[] = {".edb", ".mdb", ".dit"};
    const char *ending = strrchr(os_path_name(path), '.');
    for (size_t i = 0; ending && i < COUNT_OF(endings); i++) {
        if (manifest_compare_names(ending, endings[i]) == 0)
            return true;
    }
    return false;
}

/* It is there while an engine runs, and behind a crash. */
static bool is_double_write_file(const char *path)
{
    struct double_write_file_disk start;
    uint64_t file_size;
    size_t size;
    return os_file_read_start(path, &start, sizeof start, &size, &file_size) >= JET_errSuccess &&
           size == sizeof start && double_write_file_verify(&start) >= JET_errSuccess;
}

static void report_left_out(const struct finding_listener *listener, const char *path, const char *warning)
{
    const struct finding finding = {
        .kind = FINDING_FILE_TYPE,
        .severity = warning ? FINDING_WARNING : FINDING_NOTE,
        .err = warning ? JET_errFileInvalidType : JET_errSuccess,
        .file = path,
        .place = FINDING_WHOLE_FILE,
        .detail = warning ? warning : "no database, nor one of its logs: left out",
    };
    finding_report(listener, &finding);
}

static void report_stranger(const struct finding_listener *listener, const char *path, bool is_no_database)
{
    if (is_no_database && is_named_like_database(path))
        report_left_out(listener, path, "by its name a database, but not by its content: left out");
    else if (is_no_database && is_double_write_file(path))
        report_left_out(listener, path, "pages that a crash tore are put back from it by recovery only: left out");
    else
        report_left_out(listener, path, NULL);
}

/* JET_errDatabaseCorrupted, JET_errFileInvalidType: as classify(). */
static jet_err classify_path(const char *path, struct offline_database *database)
{
    struct os_path_info info;
    jet_err err = os_path_stat(path, &info);
    if (err == JET_errFileNotFound)
        return JET_errFileInvalidType; /* a link to nowhere */
    if (err < JET_errSuccess)
        return err;
    switch (info.kind) {
    case OS_PATH_FILE: return classify(path, database);
    case OS_PATH_FOLDER: return JET_errDatabaseCorrupted;
    case OS_PATH_OTHER: break;
    }
    return JET_errFileInvalidType;
}

/* Looks at one name of the folder. What cannot be read might be a database: that is an error, not a file to leave
 * out. */
static jet_err look_at(struct offline_files *files, const char *name, const struct finding_listener *listener)
{
    struct offline_database found = {0};
    if (is_in_log_set(&files->logs, name))
        return JET_errSuccess;
    char *path = os_path_join(files->folder, name);
    if (!path)
        return JET_errOutOfMemory;
    jet_err err = classify_path(path, &found);
    if (err >= JET_errSuccess)
        return add_database(files, path, &found);
    if (err == JET_errDatabaseCorrupted || err == JET_errFileInvalidType) {
        report_stranger(listener, path, err == JET_errFileInvalidType);
        err = JET_errSuccess;
    } else {
        (void)failure_report_os(listener, path, err);
    }
    free(path);
    return err;
}

static int compare_paths(const void *a, const void *b)
{
    return manifest_compare_names(*(const char *const *)a, *(const char *const *)b);
}

/* Names that differ in case only cannot lie in one folder of Windows: such a set could not be restored there. */
static jet_err check_distinct(const struct os_folder_list *list, const struct offline_files *files,
                              const struct finding_listener *listener)
{
    const char **names = calloc(list->count + 1, sizeof *names);
    size_t count = 0;
    jet_err err = JET_errSuccess;
    if (!names)
        return JET_errOutOfMemory;
    for (size_t i = 0; i < files->database_count; i++)
        names[count++] = os_path_name(files->databases[i].path);
    for (size_t i = 0; i < files->logs.count && count < list->count; i++)
        names[count++] = files->logs.files[i].name;
    qsort(names, count, sizeof *names, compare_paths);
    for (size_t i = 1; i < count && err >= JET_errSuccess; i++) {
        if (manifest_compare_names(names[i - 1], names[i]) == 0)
            err = finding_report_error(listener, FINDING_FILE, names[i], JET_errFileAlreadyExists,
                                       "another file has the same name but for upper and lower case");
    }
    free(names);
    return err;
}

static jet_err read_folder(struct offline_files *files, const struct finding_listener *listener)
{
    struct os_folder_list list;
    jet_err err = log_set_read(files->folder, NULL, listener, &files->logs);
    if (err < JET_errSuccess)
        return err;
    err = os_folder_list(files->folder, &list);
    if (err < JET_errSuccess)
        return failure_report_os(listener, files->folder, err);
    for (size_t i = 0; i < list.count && err >= JET_errSuccess; i++)
        err = look_at(files, list.names[i], listener);
    if (err >= JET_errSuccess)
        err = check_distinct(&list, files, listener);
    os_folder_list_free(&list);
    if (err >= JET_errSuccess && files->database_count == 0)
        err = finding_report_error(listener, FINDING_FILE, files->folder, JET_errFileNotFound,
                                   "there is no database in this folder");
    return err;
}

static bool is_clean(const struct offline_database *database)
{
    return database->header_valid && le32_get(database->header.state) == DBHEADER_CLEAN;
}

static jet_err read_file(struct offline_files *files, const char *path, const struct finding_listener *listener)
{
    struct offline_database found = {0};
    jet_err err = classify(path, &found);
    if (err == JET_errDatabaseCorrupted || err == JET_errFileInvalidType)
        return finding_report_error(listener, FINDING_FILE_TYPE, path, JET_errDatabaseCorrupted, "this is no database");
    if (err < JET_errSuccess)
        return failure_report_os(listener, path, err);
    char *copy = os_path_join("", path);
    err = copy ? add_database(files, copy, &found) : JET_errOutOfMemory;
    if (err >= JET_errSuccess && !is_clean(&found))
        err = log_set_read(files->folder, NULL, listener, &files->logs);
    return err;
}

jet_err offline_files_read(const char *path, const struct finding_listener *listener, struct offline_files *ret_files)
{
    struct offline_files files = {0};
    struct os_path_info info;
    jet_err err = os_path_stat(path, &info);
    if (err < JET_errSuccess)
        return failure_report_os(listener, path, err);
    if (info.kind == OS_PATH_OTHER)
        return finding_report_error(listener, FINDING_FILE_TYPE, path, JET_errInvalidPath,
                                    "neither a file nor a folder");
    files.folder = info.kind == OS_PATH_FOLDER ? os_path_join("", path) : os_path_parent(path);
    if (!files.folder)
        err = JET_errOutOfMemory;
    else if (info.kind == OS_PATH_FOLDER)
        err = read_folder(&files, listener);
    else
        err = read_file(&files, path, listener);
    if (err < JET_errSuccess)
        offline_files_done(&files);
    else
        *ret_files = files;
    return err;
}

void offline_files_done(struct offline_files *files)
{
    for (size_t i = 0; i < files->database_count; i++)
        free(files->databases[i].path);
    free(files->databases);
    free(files->folder);
    log_set_done(&files->logs);
    *files = (struct offline_files){0};
}

uint64_t offline_files_bytes(const struct offline_files *files)
{
    uint64_t bytes = files->logs.checkpoint_size;
    for (size_t i = 0; i < files->database_count; i++)
        bytes += files->databases[i].size_bytes;
    for (size_t i = 0; i < files->logs.count; i++)
        bytes += files->logs.files[i].size_bytes;
    return bytes;
}

/* Why the header alone rules recovery out; false: it does not. Opening the database reports it. */
static bool header_rules_out(const struct offline_database *database, char *reason, size_t reason_size)
{
    const char *name = os_path_name(database->path);
    uint32_t state = le32_get(database->header.state);
    if (!database->header_valid)
        (void)snprintf(reason, reason_size, "%s has no valid header", name);
    else if (!dbheader_state_is_attachable(state))
        (void)snprintf(reason, reason_size, "%s is in the state %" PRIu32 " (%s)", name, state,
                       dbheader_state_name(state));
    else
        return false;
    return true;
}

/* Why the logs that are here do not help a database that was not closed cleanly; false: they do. */
static bool logs_are_wrong(const struct offline_files *files, const struct offline_database *database, char *reason,
                           size_t reason_size)
{
    const struct dbheader_disk *header = &database->header;
    const char *name = os_path_name(database->path);
    lgen_t first = le32_get(header->generation_min_required);
    lgen_t last = le32_get(header->generation_max_required);
    bool names_logs = first > 0 && first <= last;
    lgen_t missing = names_logs ? log_set_first_missing(&files->logs, first, last) : 0;
    lgen_t misfit = names_logs ? log_set_first_misfit(&files->logs, first, last) : 0;
    if (!names_logs)
        (void)snprintf(reason, reason_size, "%s was not closed cleanly and names no log files that could mend that",
                       name);
    else if (missing > 0)
        (void)snprintf(reason, reason_size,
                       "%s was not closed cleanly and needs the log generations %" PRIu32 " to %" PRIu32
                       "; generation %" PRIu32 " (in a file name %05" PRIX32 ") is missing",
                       name, first, last, missing, missing);
    else if (misfit > 0)
        (void)snprintf(reason, reason_size,
                       "%s was not closed cleanly and needs the log generations %" PRIu32 " to %" PRIu32
                       "; the file of generation %" PRIu32 " (in a file name %05" PRIX32 ") does not belong to them",
                       name, first, last, misfit, misfit);
    else if (!signature_equal(&header->log_signature, &files->logs.signature))
        (void)snprintf(reason, reason_size, "%s was not closed cleanly and the log files belong to another database",
                       name);
    else
        return false;
    return true;
}

bool offline_files_recoverable(const struct offline_files *files, const struct offline_database *database,
                               const struct finding_listener *listener, char *reason, size_t reason_size)
{
    const struct finding finding = {
        .kind = FINDING_LOGS_MISSING,
        .severity = FINDING_WARNING,
        .err = JET_errRequiredLogFilesMissing,
        .file = database->path,
        .place = FINDING_WHOLE_FILE,
        .detail = reason,
    };
    if (is_clean(database))
        return true;
    if (header_rules_out(database, reason, reason_size))
        return false;
    if (!logs_are_wrong(files, database, reason, reason_size))
        return true;
    finding_report(listener, &finding);
    return false;
}
