/* SPDX-License-Identifier: MIT */
/* report.c - every line that a command says passes here.
 *
 *      findings, files, results, messages --> words for a screen --> DATA: standard output, through `out`
 *                                         \-> JSON objects -----> TALK: standard error
 *
 * Rules.
 *   1. A line is written whole, under the lock, with the progress line out of the way.
 *   2. Nothing that came from a file name or a file reaches a screen as it is: text_for_screen().
 *   3. Findings are counted here as they are shown, so that the exit status agrees with what was said.
 * Locks. `lock` guards the screen, the output and the counts. The progress thread calls write_progress_json() with it.
 */
#include "tool/report.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "os/os_console.h"
#include "os/os_file.h"
#include "tool/exit_status.h"
#include "tool/json_line.h"
#include "tool/text.h"

enum { LINE_SIZE = 2048 };

enum channel { TALK, DATA };

/* Writes a whole line, around the progress line. */
static void write_line(struct report *report, enum channel channel, const char *line)
{
    os_mutex_lock(report->lock);
    progress_hide_locked(report->progress);
    if (channel == DATA) {
        output_write(report->out, line, strlen(line));
        output_flush(report->out);
    } else {
        os_console_write_stderr(line, strlen(line));
    }
    os_mutex_unlock(report->lock);
}

static void write_json_line(struct report *report, const json_t *object)
{
    char *line = json_line_text(object);
    if (line)
        write_line(report, report->settings.output_is_taken ? TALK : DATA, line);
    free(line);
}

void report_json(struct report *report, json_t *object)
{
    if (report->settings.is_json)
        write_json_line(report, object);
    json_decref(object);
}

/* Called by the progress thread, which holds the lock. */
static void write_progress_json(void *context, const struct progress_state *state)
{
    struct report *report = context;
    json_t *object = json_line_new("progress");
    json_line_add_path(object, "path", state->name);
    json_line_add_text(object, "phase", state->phase);
    json_line_add_u64(object, "file_index", state->file_index);
    json_line_add_u64(object, "file_count", state->file_count);
    json_line_add_u64(object, "bytes_done", state->bytes_done);
    json_line_add_u64(object, "bytes_total", state->bytes_total);
    json_line_add(object, "seconds", json_real((double)state->elapsed_ms / 1000));
    char *line = json_line_text(object);
    if (line && report->settings.output_is_taken) {
        os_console_write_stderr(line, strlen(line));
    } else if (line) {
        output_write(report->out, line, strlen(line));
        output_flush(report->out);
    }
    free(line);
    json_decref(object);
}

jet_err report_open(struct report *report, const struct report_settings *settings, struct output *out)
{
    *report = (struct report){.settings = *settings, .out = out};
    jet_err err = os_mutex_new(LOCK_RANK_PROGRESS, &report->lock);
    if (err < JET_errSuccess)
        return err;
    err = progress_new(settings->progress, report->lock, write_progress_json, report, &report->progress);
    if (err < JET_errSuccess)
        report_close(report);
    return err;
}

void report_close(struct report *report)
{
    progress_free(report->progress);
    os_mutex_free(report->lock);
    report->progress = NULL;
    report->lock = NULL;
}

void report_begin(struct report *report, const char *subject)
{
    os_mutex_lock(report->lock);
    report->subject = subject;
    report->first_damage = JET_errSuccess;
    report->is_other_kind = report->has_damage = false;
    report->notes = report->warnings = report->damages = report->errors = 0;
    os_mutex_unlock(report->lock);
    progress_begin(report->progress, subject);
}

void report_end(struct report *report)
{
    progress_end(report->progress);
}

static bool is_correctable(const struct finding *finding)
{
    return finding->kind == FINDING_PAGE_CORRECTABLE || finding->kind == FINDING_LOG_SEGMENT_CORRECTABLE;
}

static enum finding_severity severity_of(const struct report *report, const struct finding *finding)
{
    if (report->settings.correctable_is_damage && is_correctable(finding) && finding->severity < FINDING_DAMAGE)
        return FINDING_DAMAGE;
    return finding->severity;
}

static void count(struct report *report, enum finding_severity severity)
{
    os_mutex_lock(report->lock);
    switch (severity) {
    case FINDING_NOTE: report->notes++; break;
    case FINDING_WARNING: report->warnings++; break;
    case FINDING_DAMAGE: report->damages++; break;
    case FINDING_ERROR: report->errors++; break;
    }
    os_mutex_unlock(report->lock);
}

static void add_place(json_t *object, const struct finding *finding)
{
    static const char *const keys[] = {
        [FINDING_AT_PAGE] = "page",
        [FINDING_AT_COPY] = "header_copy",
        [FINDING_AT_SEGMENT] = "segment",
        [FINDING_AT_OFFSET] = "offset",
    };
    if (finding->place != FINDING_WHOLE_FILE)
        json_line_add_u64(object, keys[finding->place], finding->where);
}

static void add_err(json_t *object, jet_err err)
{
    if (jet_err_name(err))
        json_line_add_text(object, "error", jet_err_name(err));
    json_line_add(object, "code", json_integer(err));
}

/* A member of an archive as in the records of files: behind the archive, as in a folder. */
static void add_path(json_t *object, const struct finding *finding)
{
    char *path = finding->archive ? os_path_join(finding->archive, finding->file) : NULL;
    json_line_add_path(object, "path", path ? path : finding->file);
    free(path);
}

static json_t *finding_json(const struct finding *finding, enum finding_severity severity, const char *message)
{
    json_t *object = json_line_new(finding_severity_name(severity));
    json_line_add_text(object, "kind", finding_kind_name(finding->kind));
    add_path(object, finding);
    add_place(object, finding);
    if (finding->has_values) {
        json_line_add_hex(object, "expected", finding->expected);
        json_line_add_hex(object, "found", finding->found);
    }
    if (is_correctable(finding))
        json_line_add_u64(object, "bit", finding->bit);
    if (finding->err != JET_errSuccess)
        add_err(object, finding->err);
    json_line_add_text(object, "message", message);
    return object;
}

static void tell_finding(struct report *report, enum finding_severity severity, const char *message)
{
    static const char *const prefixes[] = {
        [FINDING_NOTE] = "note: ", [FINDING_WARNING] = "warning: ", [FINDING_DAMAGE] = "", [FINDING_ERROR] = ""};
    bool is_data = report->settings.findings_are_data && severity != FINDING_ERROR;
    char line[LINE_SIZE + 32];
    if (severity == FINDING_NOTE && !report->settings.is_verbose)
        return;
    if (severity < FINDING_DAMAGE && report->settings.is_quiet)
        return;
    snprintf(line, sizeof line, "%s%s%s\n", is_data ? "" : "coldstream: ", prefixes[severity], message);
    write_line(report, is_data ? DATA : TALK, line);
}

static bool is_damage(enum finding_kind kind, enum finding_severity severity, jet_err err)
{
    bool is_why_it_ends = severity == FINDING_ERROR && kind != FINDING_FILE_TYPE;
    return severity == FINDING_DAMAGE || (is_why_it_ends && exit_status_of(err) == EXIT_STATUS_DAMAGE);
}

static void on_finding(void *context, const struct finding *finding)
{
    struct report *report = context;
    enum finding_severity severity = severity_of(report, finding);
    char raw[LINE_SIZE], message[LINE_SIZE];
    finding_describe(finding, raw, sizeof raw);
    text_for_screen(raw, message, sizeof message);
    count(report, severity);
    if (finding->kind == FINDING_FILE_TYPE && severity == FINDING_ERROR)
        report->is_other_kind = true;
    if (severity == FINDING_DAMAGE && report->first_damage == JET_errSuccess)
        report->first_damage = finding->err;
    if (is_damage(finding->kind, severity, finding->err))
        report->has_damage = true;
    if (report->settings.is_json)
        report_json(report, finding_json(finding, severity, message));
    else
        tell_finding(report, severity, message);
}

static void on_progress(void *context, const struct coldstream_progress *progress)
{
    struct report *report = context;
    progress_update(report->progress, progress);
}

/* "mail.edb: 764 pages, 120 of them never written; 3 damaged". */
static void tell_file(struct report *report, const struct coldstream_file *file, const char *name)
{
    char size[TEXT_SIZE_MAX], damage[96] = "";
    const char *unit = strcmp(file->role, "log") == 0 ? "segments" : "pages";
    uint64_t bad = file->pages_damaged + file->pages_correctable;
    if (bad > 0 && file->pages_damaged == 0)
        snprintf(damage, sizeof damage, "; %" PRIu64 " with one flipped bit, which can be mended", bad);
    else if (bad > 0)
        snprintf(damage, sizeof damage, "; %" PRIu64 " damaged", bad);
    text_size_format(file->size_bytes, size);
    if (file->pages_checked == 0)
        report_result(report, "%s: %s, %s", name, file->role, size);
    else if (file->pages_zero > 0 && strcmp(file->role, "database") == 0)
        report_result(report, "%s: %s, %s, %" PRIu64 " %s checked, %" PRIu64 " of them never written%s", name,
                      file->role, size, file->pages_checked, unit, file->pages_zero, damage);
    else
        report_result(report, "%s: %s, %s, %" PRIu64 " %s checked%s", name, file->role, size, file->pages_checked, unit,
                      damage);
    if (file->is_deep)
        report_result(report,
                      "%s: looked into %" PRIu64 " trees, %" PRIu64 " records, %" PRIu64 " index entries, %" PRIu64
                      " long values",
                      name, file->trees, file->records, file->index_entries, file->long_values);
}

static void add_file(json_t *object, const struct coldstream_file *file)
{
    json_line_add_text(object, "role", file->role);
    json_line_add_u64(object, "bytes", file->size_bytes);
    json_line_add_u64(object, "pages_checked", file->pages_checked);
    json_line_add_u64(object, "pages_zero", file->pages_zero);
    json_line_add_u64(object, "pages_damaged", file->pages_damaged);
    json_line_add_u64(object, "pages_correctable", file->pages_correctable);
    if (file->is_deep) {
        json_line_add_u64(object, "trees", file->trees);
        json_line_add_u64(object, "records", file->records);
        json_line_add_u64(object, "index_entries", file->index_entries);
        json_line_add_u64(object, "long_values", file->long_values);
    }
    if (file->digest[0])
        json_line_add_text(object, "digest", file->digest);
}

/* The subject, if it is this file, else the file in the subject; for free(), NULL when out of memory. */
static char *file_path(const struct report *report, const char *name)
{
    if (strcmp(os_path_name(report->subject), name) == 0)
        return os_path_join("", report->subject);
    return os_path_join(report->subject, name);
}

static void on_file(void *context, const struct coldstream_file *file)
{
    struct report *report = context;
    char *path = file_path(report, file->name);
    const char *name = path ? path : file->name;
    if (report->settings.is_json) {
        json_t *object = json_line_new("file");
        json_line_add_path(object, "path", name);
        add_file(object, file);
        report_json(report, object);
    } else if (report->settings.findings_are_data || report->settings.is_verbose) {
        tell_file(report, file, name);
    }
    free(path);
}

struct coldstream_callbacks report_callbacks(struct report *report)
{
    return (struct coldstream_callbacks){
        .context = report, .finding = on_finding, .progress = on_progress, .file = on_file};
}

struct finding_listener report_listener(struct report *report)
{
    return (struct finding_listener){.report = on_finding, .context = report};
}

void report_outcome(struct report *report, const char *subject, jet_err err)
{
    os_mutex_lock(report->lock);
    /* Damage was told place by place: the error for the whole file would add that there is damage. */
    bool is_of_damage = exit_status_of(err) == EXIT_STATUS_DAMAGE || err == report->first_damage;
    bool is_told = report->errors > 0 || (report->damages > 0 && is_of_damage);
    os_mutex_unlock(report->lock);
    if (err >= JET_errSuccess || is_told)
        return;
    struct finding finding = {
        .kind = err == JET_errBackupAbortByServer ? FINDING_STOPPED : FINDING_FILE,
        .severity = FINDING_ERROR,
        .err = err,
        .file = subject,
        .detail = jet_err_text(err),
    };
    on_finding(report, &finding);
}

static void message_format(char message[LINE_SIZE], const char *format, va_list values)
{
    char raw[LINE_SIZE];
    vsnprintf(raw, sizeof raw, format, values);
    text_for_screen(raw, message, LINE_SIZE);
}

void report_error(struct report *report, const char *format, ...)
{
    char message[LINE_SIZE], line[LINE_SIZE + 32];
    va_list values;
    va_start(values, format);
    message_format(message, format, values);
    va_end(values);
    count(report, FINDING_ERROR);
    if (report->settings.is_json) {
        json_t *object = json_line_new("error");
        json_line_add_text(object, "message", message);
        report_json(report, object);
        return;
    }
    snprintf(line, sizeof line, "coldstream: %s\n", message);
    write_line(report, TALK, line);
}

void report_say(struct report *report, const char *format, ...)
{
    char message[LINE_SIZE], line[LINE_SIZE + 32];
    va_list values;
    if (report->settings.is_quiet || report->settings.is_json)
        return;
    va_start(values, format);
    message_format(message, format, values);
    va_end(values);
    snprintf(line, sizeof line, "%s\n", message);
    write_line(report, TALK, line);
}

void report_result(struct report *report, const char *format, ...)
{
    char message[LINE_SIZE], line[LINE_SIZE + 32];
    va_list values;
    if (report->settings.is_json || report->settings.is_quiet)
        return;
    va_start(values, format);
    message_format(message, format, values);
    va_end(values);
    snprintf(line, sizeof line, "%s\n", message);
    write_line(report, report->settings.findings_are_data ? DATA : TALK, line);
}
