/* SPDX-License-Identifier: MIT */
/* command_snapshot.c - `snapshot`: the files of a running instance as they are at one moment, by a freeze and a copy.
 *
 *      ask where the files are -> freeze -> clone or copy each -> thaw -> make durable -> give the folder its name
 *
 * Where the file system can share blocks, a file takes less than a millisecond. Where it cannot the instance stays
 * frozen while bytes are copied: its readers do not notice, its commits wait. The freeze is this process's own: it ends
 * with it, however it ends. The result is what a crash at that moment would have left: 'coldstream recover' makes it
 * clean.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format/logname.h"
#include "os/os_clock.h"
#include "os/os_error.h"
#include "os/os_file.h"
#include "tool/json_line.h"
#include "tool/text.h"
#include "tool/tool.h"
#include "tool/tool_service.h"

enum { SNAPSHOT_SECONDS_DEFAULT = 60, SNAPSHOT_SECONDS_MAX = 600, COPY_SIZE = 1 << 20, NS_PER_MS = 1000000 };

static const struct option snapshot_options[] = {
    {OPTION_OUTPUT,  "output",  'o', "DIR",     "the new folder for the files"                          },
    {OPTION_TIMEOUT, "timeout", 0,   "SECONDS", "that the copy may take at most, 1 to 600 (default: 60)"},
    TOOL_SERVICE_OPTION,
    {OPTION_END,     NULL,      0,   NULL,      NULL                                                    },
};

static const char snapshot_description[] =
    "Freezes the instance NAME, takes its databases, logs and checkpoint into the new folder DIR, and thaws it. On "
    "file\n"
    "systems that can share blocks (XFS, btrfs), with DIR on the same one, that takes milliseconds; elsewhere the "
    "files\n"
    "are copied while the instance is frozen, which is told before: readers go on, commits wait, for as long as the "
    "disk\n"
    "takes for so many bytes. If that is longer than --timeout, the instance thaws by itself, the copy ends, and "
    "nothing\n"
    "is left of DIR (exit status 10).\n"
    "\n"
    "You must be allowed to read the files. The result is no backup set: it is what a crash would have left at that\n"
    "moment, and 'coldstream recover DIR' makes it clean. It is not recorded as a backup, and no log is deleted.\n";

struct snapshot {
    struct tool *tool;
    struct service_instance *instance;
    char *folder; /* DIR.partial */
    void *buffer; /* COPY_SIZE */
    uint64_t files, bytes, cloned;
    uint64_t deadline_ns; /* when the instance thaws by itself: what is copied later is not of that moment */
    uint64_t frozen_ns;   /* how long */
};

static jet_err file_failed(const struct snapshot *snapshot, const char *path, jet_err err)
{
    char text[160];
    report_error(&snapshot->tool->report, "%s: %s", path, os_last_error_text(text, sizeof text));
    return err;
}

static jet_err copy_bytes(const struct snapshot *snapshot, struct os_file *from, struct os_file *to, uint64_t *ret_size)
{
    uint64_t at = 0;
    for (;;) {
        size_t actual;
        if (os_event_wait(snapshot->tool->stop, 0))
            return JET_errBackupAbortByServer;
        if (os_clock_monotonic_ns() > snapshot->deadline_ns)
            return JET_errOSSnapshotTimeOut;
        jet_err err = os_file_read(from, at, snapshot->buffer, COPY_SIZE, &actual);
        if (err >= JET_errSuccess && actual > 0)
            err = os_file_write(to, at, snapshot->buffer, actual);
        if (err < JET_errSuccess || actual == 0) {
            *ret_size = at;
            return err;
        }
        at += actual;
    }
}

static jet_err copy_file(const struct snapshot *snapshot, const char *path, const char *target, uint64_t *ret_size)
{
    struct os_file *from, *to = NULL;
    jet_err err = os_file_open(path, OS_FILE_READ, &from);
    if (err < JET_errSuccess)
        return err;
    err = os_file_open(target, OS_FILE_CREATE_NEW, &to);
    if (err >= JET_errSuccess)
        err = copy_bytes(snapshot, from, to, ret_size);
    os_file_close(to);
    os_file_close(from);
    return err;
}

/* Shares the blocks if that can be done, else copies. */
static jet_err take_file(struct snapshot *snapshot, const char *path)
{
    const struct service_door *door = snapshot->tool->platform->service;
    struct os_path_info info;
    uint64_t size = 0;
    char *target = os_path_join(snapshot->folder, os_path_name(path));
    if (!target)
        return JET_errOutOfMemory;
    jet_err err = door->clone_file ? door->clone_file(path, target) : JET_errFeatureNotAvailable;
    if (err >= JET_errSuccess) {
        snapshot->cloned++;
        size = os_path_stat(target, &info) >= JET_errSuccess ? info.size_bytes : 0;
    } else if (err == JET_errFeatureNotAvailable) {
        err = copy_file(snapshot, path, target, &size);
    }
    if (err < JET_errSuccess && err != JET_errBackupAbortByServer && err != JET_errOSSnapshotTimeOut)
        (void)file_failed(snapshot, err == JET_errDiskFull ? target : path, err);
    free(target);
    snapshot->files++;
    snapshot->bytes += size;
    return err;
}

/* Those of the log stream that recovery reads. */
static bool is_wanted(const struct snapshot *snapshot, const char *name, bool is_checkpoint)
{
    struct logname parsed;
    if (logname_parse(name, &parsed) < JET_errSuccess || strcmp(parsed.base, snapshot->instance->base_name) != 0)
        return false;
    return is_checkpoint ? parsed.kind == LOGNAME_CHECKPOINT
                         : parsed.kind == LOGNAME_CURRENT || parsed.kind == LOGNAME_CLOSED;
}

static jet_err take_stream(struct snapshot *snapshot, const char *folder, bool is_checkpoint)
{
    struct os_folder_list list;
    jet_err err = os_folder_list(folder, &list);
    if (err < JET_errSuccess)
        return file_failed(snapshot, folder, err);
    for (size_t i = 0; i < list.count && err >= JET_errSuccess; i++) {
        if (!is_wanted(snapshot, list.names[i], is_checkpoint))
            continue;
        char *path = os_path_join(folder, list.names[i]);
        err = path ? take_file(snapshot, path) : JET_errOutOfMemory;
        free(path);
    }
    os_folder_list_free(&list);
    return err;
}

static jet_err take_files(struct snapshot *snapshot)
{
    const struct service_instance *instance = snapshot->instance;
    jet_err err = JET_errSuccess;
    for (size_t i = 0; i < instance->database_count && err >= JET_errSuccess; i++)
        err = take_file(snapshot, instance->databases[i].path);
    if (err >= JET_errSuccess)
        err = take_stream(snapshot, instance->log_path, false);
    if (err >= JET_errSuccess)
        err = take_stream(snapshot, instance->system_path, true);
    return err;
}

/* ---- what to expect ---- */

/* Whether a file of that folder can share blocks with this one: by trying. */
static bool can_be_cloned(const struct snapshot *snapshot, const char *path)
{
    const struct service_door *door = snapshot->tool->platform->service;
    char *target = os_path_join(snapshot->folder, os_path_name(path));
    const bool is_cloned = target && door->clone_file && door->clone_file(path, target) >= JET_errSuccess;
    if (is_cloned)
        jet_err_ignore(os_file_remove(target)); /* one that stays is in the way, which is told then */
    free(target);
    return is_cloned;
}

/* Commits wait while bytes are copied. Whoever does not want that learns it before it has happened. */
static void tell_of_copies(const struct snapshot *snapshot, uint32_t timeout_ms)
{
    char size[TEXT_SIZE_MAX];
    uint64_t bytes = 0;
    for (size_t i = 0; i < snapshot->instance->database_count; i++)
        if (!can_be_cloned(snapshot, snapshot->instance->databases[i].path))
            bytes += snapshot->instance->databases[i].size;
    if (bytes > 0)
        report_say(
            &snapshot->tool->report,
            "%s: no blocks can be shared, so its databases, %s, and logs are copied while it is frozen, in %" PRIu32
            " seconds at most (--timeout)",
            snapshot->instance->label, text_size_format(bytes, size), timeout_ms / 1000);
}

/* ---- frozen ---- */

static int timed_out(const struct snapshot *snapshot, uint32_t timeout_ms)
{
    report_error(&snapshot->tool->report,
                 "%s: not everything could be copied in %" PRIu32
                 " seconds, after which it was thawed: give more by --timeout, or a folder that can share blocks",
                 snapshot->instance->label, timeout_ms / 1000);
    return (int)exit_status_of(JET_errOSSnapshotTimeOut);
}

/* Sets `*ret_status` where something was told already. */
static jet_err take_frozen(struct snapshot *snapshot, uint32_t timeout_ms, int *ret_status)
{
    struct service *service = snapshot->tool->service;
    char *label = snapshot->instance->label;
    const struct service_freeze_request request = {
        .labels = &label, .label_count = 1, .timeout_ms = timeout_ms, .is_copy = true};
    uint32_t count;
    jet_err err = service->ops->freeze(service, &request);
    if (err < JET_errSuccess) {
        *ret_status = tool_service_failed(snapshot->tool, label, err);
        return err;
    }
    const uint64_t begin_ns = os_clock_monotonic_ns();
    snapshot->deadline_ns = begin_ns + (uint64_t)timeout_ms * NS_PER_MS;
    jet_err taken = take_files(snapshot);
    err = service->ops->thaw(service, &count);
    snapshot->frozen_ns = os_clock_monotonic_ns() - begin_ns;
    if (taken >= JET_errSuccess && err == JET_errOSSnapshotTimeOut)
        taken = err;
    if (taken == JET_errOSSnapshotTimeOut)
        *ret_status = timed_out(snapshot, timeout_ms);
    else if (err < JET_errSuccess && taken >= JET_errSuccess)
        *ret_status = tool_service_failed(snapshot->tool, label, err);
    return taken < JET_errSuccess ? taken : err;
}

static jet_err flush_files(const struct snapshot *snapshot, struct os_folder_list *list)
{
    jet_err err = JET_errSuccess;
    for (size_t i = 0; i < list->count && err >= JET_errSuccess; i++) {
        struct os_file *file;
        char *path = os_path_join(snapshot->folder, list->names[i]);
        err = path ? os_file_open(path, OS_FILE_READ_WRITE, &file) : JET_errOutOfMemory;
        if (err >= JET_errSuccess) {
            err = os_file_flush(file);
            os_file_close(file);
        }
        free(path);
    }
    return err;
}

/* Files, folder, then the name. */
static jet_err make_durable(const struct snapshot *snapshot, const char *target)
{
    struct os_folder_list list;
    jet_err err = os_folder_list(snapshot->folder, &list);
    if (err < JET_errSuccess)
        return err;
    err = flush_files(snapshot, &list);
    os_folder_list_free(&list);
    if (err >= JET_errSuccess)
        err = os_folder_flush(snapshot->folder);
    if (err >= JET_errSuccess)
        err = os_path_rename_new(snapshot->folder, target);
    if (err >= JET_errSuccess)
        err = os_path_flush_name(target);
    return err;
}

static void remove_folder(const struct snapshot *snapshot)
{
    struct os_folder_list list;
    if (os_folder_list(snapshot->folder, &list) < JET_errSuccess)
        return;
    for (size_t i = 0; i < list.count; i++) {
        char *path = os_path_join(snapshot->folder, list.names[i]);
        if (path)
            jet_err_ignore(os_file_remove(path)); /* what stays is told by the folder that stays */
        free(path);
    }
    os_folder_list_free(&list);
    if (os_folder_remove(snapshot->folder) < JET_errSuccess)
        report_error(&snapshot->tool->report, "%s: could not be removed; it is no snapshot", snapshot->folder);
}

static jet_err make_folder(struct snapshot *snapshot, const char *target)
{
    struct os_path_info info;
    if (os_path_stat(target, &info) != JET_errFileNotFound) {
        report_error(&snapshot->tool->report, "%s: there is something of this name already", target);
        return JET_errFileAlreadyExists;
    }
    jet_err err = os_folder_create(snapshot->folder);
    return err < JET_errSuccess ? file_failed(snapshot, snapshot->folder, err) : JET_errSuccess;
}

static jet_err take(struct snapshot *snapshot, const char *target, uint32_t timeout_ms, int *ret_status)
{
    jet_err err = make_folder(snapshot, target);
    if (err < JET_errSuccess)
        return err;
    tell_of_copies(snapshot, timeout_ms);
    err = take_frozen(snapshot, timeout_ms, ret_status);
    if (err >= JET_errSuccess) {
        err = make_durable(snapshot, target);
        if (err < JET_errSuccess)
            (void)file_failed(snapshot, snapshot->folder, err);
    }
    if (err < JET_errSuccess)
        remove_folder(snapshot);
    return err;
}

static void tell(const struct snapshot *snapshot, const char *target)
{
    char size[TEXT_SIZE_MAX];
    report_say(&snapshot->tool->report,
               "%s: %" PRIu64 " files, %s, in %s; %" PRIu64 " of them cloned, frozen for %.0f ms",
               snapshot->instance->label, snapshot->files, text_size_format(snapshot->bytes, size), target,
               snapshot->cloned, (double)snapshot->frozen_ns / 1e6);
}

static int summarise(const struct snapshot *snapshot, const char *target, jet_err err, int status)
{
    struct tool *tool = snapshot->tool;
    int interrupted;
    if (err < JET_errSuccess && interrupt_happened(&interrupted))
        status = interrupted;
    else if (err < JET_errSuccess && status == EXIT_STATUS_DONE)
        status = (int)exit_status_of(err);
    if (err >= JET_errSuccess)
        tell(snapshot, target);
    json_t *object = json_line_new("summary");
    json_line_add_text(object, "instance", snapshot->instance->label);
    json_line_add_path(object, "folder", target);
    json_line_add_u64(object, "files", snapshot->files);
    json_line_add_u64(object, "bytes", snapshot->bytes);
    json_line_add_u64(object, "cloned", snapshot->cloned);
    json_line_add(object, "frozen_seconds", json_real((double)snapshot->frozen_ns / 1e9));
    tool_summary(tool, object, status);
    return status;
}

static int snapshot_of(struct tool *tool, struct service_instance *instance, const char *target, uint32_t timeout_ms)
{
    struct snapshot snapshot = {.tool = tool, .instance = instance, .buffer = malloc(COPY_SIZE)};
    const size_t size = strlen(target) + sizeof ".partial";
    int status = EXIT_STATUS_DONE;
    jet_err err = JET_errOutOfMemory;
    snapshot.folder = malloc(size);
    if (snapshot.folder && snapshot.buffer && instance->log_path && instance->system_path) {
        (void)snprintf(snapshot.folder, size, "%s.partial", target);
        err = take(&snapshot, target, timeout_ms, &status);
    }
    status = summarise(&snapshot, target, err, status);
    free(snapshot.folder);
    free(snapshot.buffer);
    return status;
}

static int snapshot_run(struct tool *tool)
{
    const char *label = tool->options.operands[0];
    const char *target = tool->options.value[OPTION_OUTPUT];
    const char *value = tool->options.value[OPTION_TIMEOUT];
    unsigned long long seconds = SNAPSHOT_SECONDS_DEFAULT;
    struct service_status found = {.instances = NULL};
    int status;
    if (!target || !*target)
        return tool_usage(tool, "where to? give -o DIR");
    if (value && !options_number(value, 1, SNAPSHOT_SECONDS_MAX, &seconds))
        return tool_usage(tool, "--timeout takes a number of seconds from 1 to %d", SNAPSHOT_SECONDS_MAX);
    if (!tool_service_begin(tool, &status))
        return status;
    jet_err err = tool->service->ops->status(tool->service, label, &found);
    if (err < JET_errSuccess || found.instance_count != 1)
        status = tool_service_failed(tool, label, err);
    else
        status = snapshot_of(tool, &found.instances[0], target, (uint32_t)seconds * 1000);
    service_status_done(&found);
    tool_service_end(tool);
    return status;
}

const struct command command_snapshot = {
    .name = "snapshot",
    .synopsis = "NAME -o DIR [--timeout SECONDS] [--bus-address ADDRESS]",
    .summary = "freeze an instance and take its files as they are",
    .description = snapshot_description,
    .options = snapshot_options,
    .operands_min = 1,
    .operands_max = 1,
    .run = snapshot_run,
};
