/* SPDX-License-Identifier: MIT */
/* command_status.c - `list` and `status`: what instances the service has, and what they are doing. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/calendar.h"
#include "tool/json_line.h"
#include "tool/sheet.h"
#include "tool/text.h"
#include "tool/tool_service.h"

enum { WATCH_MS = 1000 };

static const struct option list_options[] = {
    TOOL_SERVICE_OPTION,
    {OPTION_END, NULL, 0, NULL, NULL},
};

static const struct option status_options[] = {
    {OPTION_WATCH, "watch", 'w', NULL, "again every second, until Ctrl-C"},
    TOOL_SERVICE_OPTION,
    {OPTION_END,   NULL,    0,   NULL, NULL                              },
};

static const char list_description[] =
    "Lists the instances that the service hosts, or that applications have registered with it: label, state, kind,\n"
    "number of databases, log generations, the last full backup. The label is what 'backup', 'stop', 'snapshot' and\n"
    "'status' take as NAME.\n";

static const char status_description[] =
    "Says what the service is doing, and each of its instances, or the one named NAME: state, folders, databases, log\n"
    "generations, the last backups, and the backup that is under way.\n"
    "\n"
    "With --watch the answer is written again every second: on a terminal in place of the last, else below it. With\n"
    "--json each answer is an object of type \"service\" and one of type \"instance\" for each instance.\n";

/* "2026-11-29T01:02:03Z", or "never". */
static const char *time_text(uint64_t time_us, char text[CALENDAR_TEXT_SIZE])
{
    if (time_us == 0)
        return "never";
    struct calendar time = calendar_from_unix_ms((int64_t)(time_us / 1000));
    calendar_format(&time, text);
    return text;
}

static void generations_text(const struct service_instance *instance, char *text, size_t size)
{
    if (instance->current_generation == 0)
        (void)snprintf(text, size, "-");
    else
        (void)snprintf(text, size, "0x%" PRIx32 "-0x%" PRIx32, instance->first_generation,
                       instance->current_generation);
}

static void last_backup_put(struct sheet *sheet, const char *key, const char *label,
                            const struct service_last_backup *last)
{
    char time[CALENDAR_TEXT_SIZE];
    sheet_section_begin(sheet, key, label);
    sheet_text(sheet, "finished", "finished", time_text(last->time_us, time));
    if (last->time_us > 0) {
        sheet_hex(sheet, "first_generation", "first generation", last->first_generation);
        sheet_hex(sheet, "last_generation", "last generation", last->last_generation);
    }
    sheet_section_end(sheet);
}

static void running_backup_put(struct sheet *sheet, const struct service_backup *backup)
{
    char done[TEXT_SIZE_MAX], total[TEXT_SIZE_MAX];
    if (!backup->is_there)
        return;
    sheet_section_begin(sheet, "backup", "Backup under way");
    sheet_text(sheet, "phase", "phase", backup->phase);
    sheet_u64(sheet, "bytes_done", NULL, backup->bytes_done);
    sheet_u64(sheet, "bytes_total", NULL, backup->bytes_total);
    if (backup->bytes_total > 0)
        sheet_note(sheet, "sent", "%s of %s", text_size_format(backup->bytes_done, done),
                   text_size_format(backup->bytes_total, total));
    else
        sheet_note(sheet, "sent", "%s", text_size_format(backup->bytes_done, done));
    sheet_u64(sheet, "files_done", "files", backup->files_done);
    if (backup->has_owner)
        sheet_u64(sheet, "owner_uid", "of user", backup->owner_uid);
    sheet_section_end(sheet);
}

static void databases_put(struct sheet *sheet, const struct service_instance *instance)
{
    char size[TEXT_SIZE_MAX];
    for (size_t i = 0; i < instance->database_count; i++) {
        sheet_row_begin(sheet, "databases", instance->databases[i].path);
        sheet_u64(sheet, "bytes", NULL, instance->databases[i].size);
        sheet_note(sheet, "", "%s", text_size_format(instance->databases[i].size, size));
        sheet_row_end(sheet);
    }
}

static void instance_put(struct sheet *sheet, const struct service_instance *instance)
{
    char generations[64];
    sheet_text(sheet, "label", NULL, instance->label);
    sheet_text(sheet, "state", "state", instance->state);
    if (instance->err < JET_errSuccess)
        sheet_text(sheet, "error", "because", jet_err_name(instance->err) ? jet_err_name(instance->err) : "unknown");
    sheet_text(sheet, "kind", "kind", instance->kind);
    if (instance->system_path)
        sheet_path(sheet, "system_path", "checkpoint in", instance->system_path);
    if (instance->log_path)
        sheet_path(sheet, "log_path", "logs in", instance->log_path);
    sheet_text(sheet, "base_name", "base name", instance->base_name);
    sheet_bool(sheet, "circular_logging", "circular logging", instance->is_circular);
    sheet_hex(sheet, "first_generation", NULL, instance->first_generation);
    sheet_hex(sheet, "current_generation", NULL, instance->current_generation);
    generations_text(instance, generations, sizeof generations);
    sheet_note(sheet, "generations", "%s", generations);
    databases_put(sheet, instance);
    last_backup_put(sheet, "last_full_backup", "Last full backup", &instance->last_full);
    last_backup_put(sheet, "last_incremental_backup", "Last incremental backup", &instance->last_incremental);
    running_backup_put(sheet, &instance->backup);
}

static void service_put(struct sheet *sheet, const struct service_status *status)
{
    sheet_text(sheet, "version", "version", status->version);
    sheet_text(sheet, "state", "state", status->state);
    sheet_u64(sheet, "active_backups", "backups", status->active_backups);
    if (status->is_frozen) {
        sheet_u64(sheet, "thaws_in_ms", NULL, status->thaws_in_ms);
        sheet_note(sheet, "thaws by itself", "in %.1f s", (double)status->thaws_in_ms / 1000);
    }
}

/* A title and the values below it, or one object. */
static void put(struct tool *tool, const char *type, const char *title, void (*fill)(struct sheet *, const void *),
                const void *what)
{
    const bool is_json = tool_option(tool, OPTION_JSON);
    char shown[4 * SERVICE_TEXT_SIZE];
    struct sheet sheet;
    json_t *object = is_json ? json_line_new(type) : NULL;
    sheet_begin(&sheet, text_for_screen(title, shown, sizeof shown), is_json ? NULL : &tool->out, object);
    fill(&sheet, what);
    if (is_json)
        report_json(&tool->report, object);
    else
        output_print(&tool->out, "\n");
}

static void fill_service(struct sheet *sheet, const void *status)
{
    service_put(sheet, status);
}

static void fill_instance(struct sheet *sheet, const void *instance)
{
    instance_put(sheet, instance);
}

static void show_status(struct tool *tool, const struct service_status *status)
{
    put(tool, "service", "service", fill_service, status);
    for (size_t i = 0; i < status->instance_count; i++)
        put(tool, "instance", status->instances[i].label, fill_instance, &status->instances[i]);
    output_flush(&tool->out);
}

/* In place of the last answer, where a person looks. */
static void clear_screen(struct tool *tool)
{
    static const char home_and_clear[] = "\033[H\033[2J";
    if (!tool_option(tool, OPTION_JSON) && tool->out.stream && os_stream_is_terminal(tool->out.stream))
        output_write(&tool->out, home_and_clear, sizeof home_and_clear - 1);
}

/* One answer. */
static jet_err ask_and_show(struct tool *tool, const char *label,
                            void (*show)(struct tool *, const struct service_status *))
{
    struct service_status status = {.instances = NULL};
    jet_err err = tool->service->ops->status(tool->service, label, &status);
    if (err >= JET_errSuccess)
        show(tool, &status);
    service_status_done(&status);
    return err;
}

static jet_err watch(struct tool *tool, const char *label)
{
    jet_err err = JET_errSuccess;
    do {
        clear_screen(tool);
        err = ask_and_show(tool, label, show_status);
    } while (err >= JET_errSuccess && tool->out.err >= JET_errSuccess && !os_event_wait(tool->stop, WATCH_MS));
    return err >= JET_errSuccess && os_event_wait(tool->stop, 0) ? JET_errBackupAbortByServer : err;
}

static int finish(struct tool *tool, const char *label, jet_err err)
{
    const int status = err < JET_errSuccess ? tool_service_failed(tool, label, err) : EXIT_STATUS_DONE;
    tool_summary(tool, json_line_new("summary"), status);
    tool_service_end(tool);
    return status;
}

static int status_run(struct tool *tool)
{
    const char *label = tool->options.operand_count > 0 ? tool->options.operands[0] : NULL;
    int status;
    if (!tool_service_begin(tool, &status))
        return status;
    return finish(tool, label,
                  tool_option(tool, OPTION_WATCH) ? watch(tool, label) : ask_and_show(tool, label, show_status));
}

static void show_list(struct tool *tool, const struct service_status *status)
{
    if (tool_option(tool, OPTION_JSON)) {
        for (size_t i = 0; i < status->instance_count; i++)
            put(tool, "instance", "", fill_instance, &status->instances[i]);
        return;
    }
    if (status->instance_count == 0)
        report_say(&tool->report, "no instances");
    else
        output_print(&tool->out, "%-20s %-10s %-10s %9s  %-19s %s\n", "LABEL", "STATE", "KIND", "DATABASES", "LOGS",
                     "LAST FULL BACKUP");
    for (size_t i = 0; i < status->instance_count; i++) {
        const struct service_instance *instance = &status->instances[i];
        char label[4 * SERVICE_TEXT_SIZE], generations[64], time[CALENDAR_TEXT_SIZE];
        generations_text(instance, generations, sizeof generations);
        output_print(&tool->out, "%-20s %-10s %-10s %9" PRIu64 "  %-19s %s\n",
                     text_for_screen(instance->label, label, sizeof label), instance->state, instance->kind,
                     (uint64_t)instance->database_count, generations, time_text(instance->last_full.time_us, time));
    }
}

static int list_run(struct tool *tool)
{
    int status;
    if (!tool_service_begin(tool, &status))
        return status;
    return finish(tool, NULL, ask_and_show(tool, NULL, show_list));
}

const struct command command_list = {
    .name = "list",
    .synopsis = "[--bus-address ADDRESS]",
    .summary = "list the instances of the service",
    .description = list_description,
    .options = list_options,
    .operands_min = 0,
    .operands_max = 0,
    .run = list_run,
};

const struct command command_status = {
    .name = "status",
    .synopsis = "[NAME] [--watch] [--bus-address ADDRESS]",
    .summary = "say what the service and its instances are doing",
    .description = status_description,
    .options = status_options,
    .operands_min = 0,
    .operands_max = 1,
    .run = status_run,
};
